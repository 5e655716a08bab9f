"""Surprisal of the sentences of documents, and log-probability of texts.

Surprisal is −log₂ p of a token given everything before it in its document (or
in its window, where the document is longer), in bits. A beginning token stands
before the first word, so that word is scored too; no end token is scored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tqcheck.errors import ModelError
from tqcheck.lm import models
from tqcheck.lm.causal import Engine, load_engine, padded
from tqcheck.lm.expectation import BEFORE, LIKELY, Completer
from tqcheck.lm.progress import Progress
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.lm.trees import TokenTree, grow
from tqcheck.lm.windows import Window, windows
from tqcheck.lm.words import Place, WordBounds, WordLedger, WordSurprisal
from tqcheck.text import WORD

if TYPE_CHECKING:
    from torch import Tensor

WINDOW = 2048
"""Tokens in a window, the beginning token not counted."""
CONTEXT = 256
"""Tokens at the start of a later window that only serve as context."""
_BATCH = 2048  # tokens run at once on a processor, padding included
_BATCH_GPU = 32_768
_TREE = 1024  # nodes of a tree, whose mask grows with the square
_POOL = 64  # windows held back to be sorted by length
_SLICE = 256  # rows of scores over the vocabulary held at once: 50 MB for 49,152 entries


@dataclass(frozen=True, slots=True)
class SentenceSurprisal:
    """Summed surprisal of a sentence in bits, and the tokens and words that it is the sum over.

    ``each`` are its single words where they were asked for; what they leave of
    ``bits`` is punctuation.
    """

    bits: float
    tokens: int
    words: int
    each: tuple[WordSurprisal, ...] | None = None


class Scorer:
    """A language model ready to score. Not for several threads at once.

    ``id`` names the model, ``sha256`` is that of its weights. Equal input in
    the same batch gives equal output on one machine.
    """

    def __init__(self, model_id: str, sha256: str, engine: Engine, tokenizer: TextTokenizer) -> None:
        self.id = model_id
        self.sha256 = sha256
        self._engine = engine
        self._tokenizer = tokenizer
        self._window = min(WINDOW, engine.longest - 1)
        self._context = min(CONTEXT, self._window // 4)
        self._batch = _BATCH if engine.device.type == "cpu" else _BATCH_GPU

    def score(
        self,
        documents: Sequence[tuple[str, Sequence[tuple[int, int]]]],
        progress: Progress | None = None,
        *,
        words: WordBounds | None = None,
    ) -> list[list[SentenceSurprisal]]:
        """Surprisal of every sentence in the context of its document.

        Each document is its text and the spans of its sentences (code points,
        ordered, not overlapping); the result has one entry for each sentence.
        White space between sentences is context and belongs to none. With
        ``words`` it also has the single words, and for those that are odd by
        these bounds what the model expected. Progress
        is reported as ``("score", done, total)`` in code points. Memory is
        bounded whatever the length of a document.
        """
        bits = [[0.0] * len(spans) for _, spans in documents]
        counts = [[0] * len(spans) for _, spans in documents]
        total = sum(spans[-1][1] for _, spans in documents if spans)
        reached = [0] * len(documents)
        done = 0
        ledgers = None if words is None else [WordLedger(text, spans, words) for text, spans in documents]
        stream = self._windows(documents)
        while pool := list(islice(stream, _POOL)):
            for batch in self._batches(pool):
                for window, scores in zip(batch, self._run(batch, ledgers), strict=True):
                    document_bits, document_counts = bits[window.document], counts[window.document]
                    for sentence, logp in zip(window.sentences, scores, strict=True):
                        if sentence >= 0:
                            document_bits[sentence] -= logp / _LN2
                            document_counts[sentence] += 1
                    if window.end > reached[window.document]:
                        done += window.end - reached[window.document]
                        reached[window.document] = window.end
                if progress is not None:
                    progress("score", done, total)
        singly = None if ledgers is None or words is None else self._single_words(ledgers, words)
        return [
            [
                SentenceSurprisal(
                    bits[document][index],
                    counts[document][index],
                    len(WORD.findall(text, start, end)),
                    None if singly is None else singly[document][index],
                )
                for index, (start, end) in enumerate(spans)
            ]
            for document, (text, spans) in enumerate(documents)
        ]

    def _single_words(self, ledgers: Sequence[WordLedger], bounds: WordBounds) -> list[list[tuple[WordSurprisal, ...]]]:
        """The words of each sentence of each document, with what was expected in place of the odd ones."""
        odd = [(ledger, word, place) for ledger in ledgers for word, place in ledger.odd_places().items()]
        completer = Completer(self._engine, self._tokenizer, lambda word: bounds.per_million(word) > 0)
        found: dict[int, dict[int, tuple[str, ...]]] = {}
        for (ledger, word, _), expected in zip(odd, completer.words([place for _, _, place in odd]), strict=True):
            found.setdefault(id(ledger), {})[word] = expected
        return [ledger.sentences(found.get(id(ledger), {})) for ledger in ledgers]

    def log_probabilities(self, texts: Sequence[str], progress: Progress | None = None) -> list[float]:
        """Natural logarithm of the probability of each text by itself, after the beginning token; 0 for an empty one.

        Texts that begin alike share the work of what they have in common.
        Progress is reported as ``("arbitrate", done, total)`` in texts.
        """
        distinct = list(dict.fromkeys(texts))
        sequences = [self._tokenizer.ids(text) for text in distinct]
        short = [index for index, ids in enumerate(sequences) if len(ids) <= self._window]
        totals: dict[str, float] = {}
        if self._engine.takes_trees:
            for tree in grow([sequences[index] for index in short], self._tokenizer.beginning, _TREE):
                for member, logp in zip(tree.members, self._run_tree(tree), strict=True):
                    totals[distinct[short[member]]] = logp
                if progress is not None:
                    progress("arbitrate", len(totals), len(distinct))
        left = [(text, [(0, len(text))]) for text in distinct if text not in totals]
        sums = [0.0] * len(left)
        stream = self._windows(left)
        while pool := list(islice(stream, _POOL)):
            for batch in self._batches(pool):
                for window, scores in zip(batch, self._run(batch), strict=True):
                    sums[window.document] += math.fsum(scores)
        totals.update((text, value) for (text, _), value in zip(left, sums, strict=True))
        if progress is not None:
            progress("arbitrate", len(distinct), len(distinct))
        return [totals[text] for text in texts]

    def _windows(self, documents: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> Iterator[Window]:
        for index, (text, spans) in enumerate(documents):
            # What follows the last sentence is not scored, and nothing looks ahead to it.
            text = text[: spans[-1][1]] if spans else ""
            tokens = self._tokenizer.tokens(text, spans)
            yield from windows(index, tokens, self._tokenizer.beginning, self._window, self._context)

    def _batches(self, pool: list[Window]) -> Iterator[list[Window]]:
        """The windows of a pool from long to short, as many at once as fit."""
        batch: list[Window] = []
        for window in sorted(pool, key=lambda window: -len(window.ids)):
            if batch and (len(batch) + 1) * len(batch[0].ids) > self._batch:
                yield batch
                batch = []
            batch.append(window)
        if batch:
            yield batch

    def _run(self, batch: list[Window], ledgers: Sequence[WordLedger] | None = None) -> list[list[float]]:
        """Natural log-probability of each scored token of each window, also entered in the documents' ledgers."""
        import torch

        device = self._engine.device
        ids, lengths = padded([window.ids for window in batch], self._tokenizer.beginning, device)
        with torch.inference_mode():
            hidden = self._engine.hidden(ids, lengths)
            # The state at each place predicts the token after it.
            states = torch.cat(
                [hidden[row, window.first - 1 : len(window.ids) - 1] for row, window in enumerate(batch)], dim=0
            )
            targets = torch.tensor([token for window in batch for token in window.ids[window.first :]], device=device)
            scores = iter(self._target_scores(states, targets))
            found = [list(islice(scores, len(window.sentences))) for window in batch]
            if ledgers is not None:
                self._enter(batch, found, states, ledgers)
        return found

    def _enter(
        self, batch: list[Window], scores: list[list[float]], states: Tensor, ledgers: Sequence[WordLedger]
    ) -> None:
        """Enter scores, and what is likely in place of words that may be odd; ``states`` predict the scored tokens."""
        wanted: list[tuple[Window, int, int]] = []
        rows: list[int] = []
        offset = 0
        for window, found in zip(batch, scores, strict=True):
            for word, index in ledgers[window.document].add(window, found):
                wanted.append((window, word, index))
                rows.append(offset + index)
            offset += len(found)
        for start in range(0, len(rows), _SLICE):
            logits = self._engine.logits(states[rows[start : start + _SLICE]])
            likely = logits.topk(min(LIKELY, logits.shape[-1]), dim=-1).indices.tolist()
            for (window, word, index), ids in zip(wanted[start : start + _SLICE], likely, strict=True):
                at = window.first + index
                blank = self._tokenizer.piece(window.ids[at]).startswith(" ")
                before = window.ids[max(1, at - BEFORE) : at]
                ledgers[window.document].expect(word, Place(before, tuple(ids), blank))

    def _run_tree(self, tree: TokenTree) -> list[float]:
        """Natural log-probability of each sequence of a tree."""
        import torch

        device, nodes = self._engine.device, len(tree)
        visible = torch.zeros((nodes, nodes), dtype=torch.bool)
        for node, parent in enumerate(tree.parents):
            if parent >= 0:
                visible[node] = visible[parent]
            visible[node, node] = True
        ids = torch.tensor(tree.ids, device=device)
        with torch.inference_mode():
            hidden = self._engine.tree_hidden(ids, torch.tensor(tree.depths, device=device), visible.to(device))
            scores = self._target_scores(
                hidden[torch.tensor(tree.parents[1:], device=device, dtype=torch.long)], ids[1:]
            )
        sums = [0.0] * nodes
        for node, score in enumerate(scores, 1):
            sums[node] = sums[tree.parents[node]] + score
        return [sums[leaf] for leaf in tree.leaves]

    def _target_scores(self, states: Tensor, targets: Tensor) -> list[float]:
        """log p of ``targets`` [rows] under ``states`` [rows, width], a slice of rows at a time."""
        found: list[float] = []
        for start in range(0, len(targets), _SLICE):
            logits = self._engine.logits(states[start : start + _SLICE])
            chosen = logits.gather(1, targets[start : start + _SLICE, None])[:, 0]
            top = logits.amax(dim=-1, keepdim=True)
            normalizer = logits.sub_(top).exp_().sum(dim=-1).log_().add_(top[:, 0])
            found.extend((chosen - normalizer).tolist())
        return found


_LN2 = math.log(2)


def load_scorer(
    spec: str | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "auto",
) -> Scorer:
    """A scorer for the embedded default (``None``), a folder with a causal model, or a hub name.

    The default is fetched into ``cache`` (the user's cache by default) the
    first time; a damaged copy there is made anew once. ``threads`` bounds
    processor threads; ``engine`` is one of :data:`tqcheck.settings.ENGINES`.
    Raises :class:`~tqcheck.errors.ModelUnavailable`,
    :class:`~tqcheck.errors.ChecksumError`, :class:`~tqcheck.errors.ModelError`,
    :class:`~tqcheck.errors.OutputError` or :class:`~tqcheck.errors.MissingExtra`.
    """
    model = models.resolve(spec, cache=cache, progress=progress)
    try:
        return _open(model, threads, engine)
    except ModelError:
        if not model.managed:
            raise
    model = models.rebuild(model, cache=cache, progress=progress)
    return _open(model, threads, engine)


def _open(model: models.LocalModel, threads: int | None, engine: str) -> Scorer:
    return Scorer(model.id, model.sha256, load_engine(model.folder, threads, engine), TextTokenizer(model.folder))
