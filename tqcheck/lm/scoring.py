"""Surprisal of the sentences of documents, and log-probability of texts.

Surprisal is −log₂ p of a token given what stands before it in its window: the
sentences of the window itself and some before it
(:mod:`tqcheck.lm.windows`), in bits. A beginning token stands before the first
word, so that word is scored too; no end token is scored.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import metadata
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tqcheck.cache import cache_folder
from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm import models
from tqcheck.lm.causal import Engine, engine_for, load_engine, longest_sequence, padded
from tqcheck.lm.expectation import BEFORE, LIKELY, Completer
from tqcheck.lm.normalization import Normalizer
from tqcheck.lm.progress import Progress
from tqcheck.lm.score_cache import ScoreCache
from tqcheck.lm.sentences import SentenceLedger, SentenceSurprisal
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.lm.trees import TokenTree, grow
from tqcheck.lm.windows import CONTEXT, LONGEST, SHORTEST, Window, windows
from tqcheck.lm.words import Place, WordBounds, WordLedger, WordSurprisal

if TYPE_CHECKING:
    from torch import Tensor

_ALONE = 1024  # tokens of a text that is scored by itself without being cut
_TREE = 320  # nodes of a tree, unless one text has more; its mask grows with the square
_BATCH = 32_768  # tokens run at once on a GPU, padding included
_POOL = 64  # windows in hand at once
_ROWS = 256  # scores over the vocabulary held at once: 50 MB for 49,152 entries
SCORES = "scores.sqlite"
"""Name of the file of kept scores in the cache."""
_VERSION = 1  # of what kept scores depend on beside model, engine and tokens


class StateReader(Protocol):
    """What reads the states of some of the model's layers and says something of each token."""

    @property
    def sha256(self) -> str:
        """Sum over what its answers depend on."""
        ...

    @property
    def layers(self) -> Sequence[int]:
        """How many layers the states that it takes have passed."""
        ...

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """For each sentence one row of numbers a token [tokens, numbers].

        A sentence is the states [tokens, layers, width] of its tokens, and their natural log-probabilities [tokens].
        """
        ...


class Scorer:
    """A language model ready to score. Not for several threads at once.

    ``id`` names the model, ``sha256`` is that of its weights, ``engine`` is
    what it is run by. The model itself is loaded when a score is not in
    ``cache``. On a processor every window is run by itself, so that equal
    input gives equal output on one machine, whatever else is scored.

    :param load: loads the engine; what it raises is raised by the first score.
    :param longest: tokens that the model takes at once, the beginning token included.
    """

    def __init__(
        self,
        model_id: str,
        sha256: str,
        load: Callable[[], Engine],
        tokenizer: TextTokenizer,
        *,
        longest: int,
        engine: str = "float32",
        cache: ScoreCache | None = None,
    ) -> None:
        self.id = model_id
        self.sha256 = sha256
        self.engine = engine
        self._open = load
        self._tokenizer = tokenizer
        self._cache = cache
        self._alone = min(_ALONE, longest - 1)
        self._context = min(CONTEXT, (longest - 1) // 4)
        self._longest = min(LONGEST, longest - 1 - self._context)
        self._shortest = min(SHORTEST, self._longest // 2)
        self._salt = hashlib.sha256(f"{_VERSION} {sha256} {engine} {_torch_version()}".encode()).digest()

    @cached_property
    def _engine(self) -> Engine:
        return self._open()

    def load(self) -> None:
        """Load the model now; raises what the first score would."""
        _ = self._engine

    @property
    def cache_problem(self) -> str | None:
        """Why scores are not kept although they should be; ``None`` while all is well."""
        return None if self._cache is None else self._cache.problem

    def score(
        self,
        documents: Sequence[tuple[str, Sequence[tuple[int, int]]]],
        progress: Progress | None = None,
        *,
        words: WordBounds | None = None,
        readers: Sequence[StateReader] = (),
    ) -> list[list[SentenceSurprisal]]:
        """Surprisal of every sentence in the context of its document.

        Each document is its text and the spans of its sentences (code points,
        ordered, not overlapping); the result has one entry for each sentence.
        White space between sentences is context and belongs to none. With
        ``words`` it also has the single words, and for those that are odd by
        these bounds what the model expected; with ``readers`` what each says
        of the tokens. Progress is reported as ``("score", done, total)`` in code points.
        """
        sums = [SentenceLedger(text, spans, self._normalizer) for text, spans in documents]
        total = sum(spans[-1][1] for _, spans in documents if spans)
        reached = [0] * len(documents)
        ledgers = None if words is None else [WordLedger(text, spans, words) for text, spans in documents]
        stream = self._windows(documents)
        while pool := list(islice(stream, _POOL)):
            for window, (scores, said) in zip(pool, self._scores(pool, ledgers, readers), strict=True):
                sums[window.document].add(window, scores, said)
                reached[window.document] = window.ends[-1]
            if progress is not None:
                progress("score", sum(reached), total)
        singly = None if ledgers is None or words is None else self._single_words(ledgers, words)
        found = [ledger.sentences() for ledger in sums]
        if singly is None:
            return found
        return [
            [replace(sentence, each=each) for sentence, each in zip(document, of_document, strict=True)]
            for document, of_document in zip(found, singly, strict=True)
        ]

    @cached_property
    def _normalizer(self) -> Normalizer:
        return Normalizer()

    def _single_words(self, ledgers: Sequence[WordLedger], bounds: WordBounds) -> list[list[tuple[WordSurprisal, ...]]]:
        """The words of each sentence of each document, with what was expected in place of the odd ones."""
        found = []
        # One document at a time, so that no other has a part in what is expected.
        for ledger in ledgers:
            odd = ledger.odd_places()
            expected: list[tuple[str, ...]] = []
            if odd:
                completer = Completer(self._engine, self._tokenizer, lambda word: bounds.per_million(word) > 0)
                expected = completer.words(list(odd.values()))
            found.append(ledger.sentences(dict(zip(odd, expected, strict=True))))
        return found

    def log_probabilities(self, texts: Sequence[str], progress: Progress | None = None) -> list[float]:
        """Natural log-probability of each text by itself, after the beginning token; 0 for an empty one.

        Texts that begin alike share the work of what they have in common, and
        several are scored together; so a call should have the texts of one
        document. Progress is reported as ``("arbitrate", done, total)`` in texts.
        """
        distinct = list(dict.fromkeys(texts))
        sequences = [self._tokenizer.ids(text) for text in distinct]
        short = [index for index, ids in enumerate(sequences) if len(ids) <= self._alone]
        trees = grow([sequences[index] for index in short], self._tokenizer.beginning, _TREE)
        keys = [self._key("tree", tree.ids, [parent + 1 for parent in tree.parents], tree.leaves) for tree in trees]
        kept = self._kept(keys)
        fresh: dict[bytes, Sequence[float]] = {}
        totals: dict[str, float] = {}
        for tree, key in zip(trees, keys, strict=True):
            scores: Sequence[float] | None = kept.get(key)
            if scores is None:
                scores = fresh[key] = self._run_tree(tree)
            totals.update((distinct[short[member]], score) for member, score in zip(tree.members, scores, strict=True))
            if progress is not None:
                progress("arbitrate", len(totals), len(distinct))
        self._keep(fresh)
        for text in distinct:
            if text not in totals:
                pool = list(self._windows([(text, [(0, len(text))])]))
                totals[text] = math.fsum(score for scores, _ in self._scores(pool, None) for score in scores)
        if progress is not None:
            progress("arbitrate", len(distinct), len(distinct))
        return [totals[text] for text in texts]

    def _windows(self, documents: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> Iterator[Window]:
        for index, (text, spans) in enumerate(documents):
            # What follows the last sentence is not scored, and nothing looks ahead to it.
            text = text[: spans[-1][1]] if spans else ""
            tokens = self._tokenizer.tokens(text, spans)
            yield from windows(
                index,
                tokens,
                self._tokenizer.beginning,
                longest=self._longest,
                shortest=self._shortest,
                context=self._context,
            )

    def _scores(
        self, pool: Sequence[Window], ledgers: Sequence[WordLedger] | None, readers: Sequence[StateReader] = ()
    ) -> list[tuple[Sequence[float], Sequence[Sequence[float]]]]:
        """Natural log-probability of each scored token of each window, also entered in the documents' ledgers.

        Beside it what each reader says of the tokens in sentences, token after token.
        """
        keys = [self._key("window", window.ids, (window.first,)) for window in pool]
        read = [[self._read_key(reader, window) for window in pool] for reader in readers]
        kept = self._kept([*keys, *chain(*read)])
        found: list[Sequence[float]] = [kept.get(key, ()) for key in keys]
        said: list[list[Sequence[float]]] = [[kept.get(each[index], ()) for each in read] for index in range(len(pool))]
        states: dict[int, Tensor] = {}
        fresh: dict[bytes, Sequence[float]] = {}
        missing = [
            index for index, key in enumerate(keys) if key not in kept or any(each[index] not in kept for each in read)
        ]
        layers = sorted({layer for reader in readers for layer in reader.layers})
        for some in self._batches(pool, missing):
            ran = self._run([(pool[index].ids, pool[index].first) for index in some], layers)
            for index, (scores, hidden, inner) in zip(some, ran, strict=True):
                found[index] = fresh[keys[index]] = scores
                if ledgers is not None:
                    states[index] = hidden
                for number, reader in enumerate(readers):
                    at_layers = [inner[layers.index(layer)] for layer in reader.layers]
                    said[index][number] = fresh[read[number][index]] = _read(reader, pool[index], scores, at_layers)
        self._keep(fresh)
        if ledgers is not None:
            for index, window in enumerate(pool):
                self._enter(window, found[index], ledgers[window.document], states.get(index))
        return list(zip(found, said, strict=True))

    def _read_key(self, reader: StateReader, window: Window) -> bytes:
        sizes = [stop - start for start, stop in _sentences(window)]
        return self._key(f"read {reader.sha256}", window.ids, (window.first,), sizes)

    def _batches(self, pool: Sequence[Window], indices: Sequence[int]) -> Iterator[list[int]]:
        """These windows of a pool one by one; on a GPU from long to short, as many at once as fit."""
        if not indices:
            return
        if self._engine.device.type == "cpu":
            yield from ([index] for index in indices)
            return
        batch: list[int] = []
        for index in sorted(indices, key=lambda index: -len(pool[index].ids)):
            if batch and (len(batch) + 1) * len(pool[batch[0]].ids) > _BATCH:
                yield batch
                batch = []
            batch.append(index)
        yield batch

    def _run(
        self, rows: Sequence[tuple[Sequence[int], int]], layers: Sequence[int] = ()
    ) -> list[tuple[list[float], Tensor, list[Tensor]]]:
        """The scores of each (token ids, index of the first to score), and the states [scored, width] they are from.

        Last are the states [scored, width] of the scored tokens themselves after each of ``layers`` layers.
        """
        import torch

        device = self._engine.device
        ids, lengths = padded([row for row, _ in rows], self._tokenizer.beginning, device)
        found: list[tuple[list[float], Tensor, list[Tensor]]] = []
        with torch.inference_mode():
            if layers:
                hidden, inner = self._engine.hidden_at(ids, lengths, layers)
            else:
                hidden, inner = self._engine.hidden(ids, lengths), []
            for at, (row, first) in enumerate(rows):
                # The state at each place predicts the token after it.
                states = hidden[at, first - 1 : len(row) - 1]
                scores = self._engine.log_probabilities(states, ids[at, first : len(row)])
                found.append((scores.tolist(), states, [one[at, first : len(row)] for one in inner]))
        return found

    def _enter(self, window: Window, scores: Sequence[float], ledger: WordLedger, states: Tensor | None) -> None:
        """Enter scores, and what is likely in place of words that may be odd; ``states`` predict the scored tokens."""
        wanted = ledger.add(window, scores)
        if not wanted:
            return
        if states is None:
            ((_, states, _),) = self._run([(window.ids, window.first)])
        for start in range(0, len(wanted), _ROWS):
            some = wanted[start : start + _ROWS]
            logits = self._engine.logits(states[[index for _, index in some]])
            likely = logits.topk(min(LIKELY, logits.shape[-1]), dim=-1).indices.tolist()
            for (word, index), ids in zip(some, likely, strict=True):
                at = window.first + index
                blank = self._tokenizer.piece(window.ids[at]).startswith(" ")
                before = window.ids[max(1, at - BEFORE) : at]
                ledger.expect(word, Place(before, tuple(ids), blank))

    def _run_tree(self, tree: TokenTree) -> list[float]:
        """Natural log-probability of each sequence of a tree."""
        if not self._engine.takes_trees:
            paths = [tree.path(leaf) for leaf in tree.leaves]
            return [math.fsum(self._run([(ids, 1)])[0][0]) if len(ids) > 1 else 0.0 for ids in paths]
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
            parents = torch.tensor(tree.parents[1:], device=device, dtype=torch.long)
            scores = self._engine.log_probabilities(hidden[parents], ids[1:]).tolist()
        sums = [0.0] * nodes
        for node, score in enumerate(scores, 1):
            sums[node] = sums[tree.parents[node]] + score
        return [sums[leaf] for leaf in tree.leaves]

    def _key(self, kind: str, *parts: Sequence[int]) -> bytes:
        """A sum over everything that scores depend on."""
        told = hashlib.sha256(self._salt + kind.encode())
        for ids in parts:
            told.update(struct.pack(f"<{len(ids) + 1}I", len(ids), *ids))
        return told.digest()[:16]

    def _kept(self, keys: Sequence[bytes]) -> dict[bytes, tuple[float, ...]]:
        return {} if self._cache is None else self._cache.get(keys)

    def _keep(self, scores: Mapping[bytes, Sequence[float]]) -> None:
        if self._cache is not None:
            self._cache.put(scores)


def _sentences(window: Window) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of a window's tokens that are of one sentence each; those of none left out."""
    found = []
    start = 0
    for sentence, run in groupby(window.sentences):
        stop = start + sum(1 for _ in run)
        if sentence >= 0:
            found.append((start, stop))
        start = stop
    return found


def _read(reader: StateReader, window: Window, scores: Sequence[float], at_layers: Sequence[Tensor]) -> list[float]:
    """What a reader says of a window's tokens in sentences, token after token, by their states at its layers."""
    import torch

    states, told = torch.stack([one.cpu() for one in at_layers], dim=1), torch.tensor(scores)
    found: list[float] = []
    for one in reader.read([(states[start:stop], told[start:stop]) for start, stop in _sentences(window)]):
        found += one.flatten().tolist()
    return found


def _torch_version() -> str:
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return ""


def load_scorer(
    spec: str | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "auto",
    keep_scores: bool = False,
) -> Scorer:
    """A scorer for the embedded default (``None``), a folder with a causal model, or a hub name.

    The default is fetched into ``cache`` (the user's cache by default) the
    first time; a damaged copy there is made anew once. ``threads`` bounds
    processor threads; ``engine`` is one of :data:`tqcheck.settings.ENGINES`;
    ``keep_scores`` keeps scores in ``cache``, and takes them from there.
    Raises :class:`~tqcheck.errors.ModelUnavailable`,
    :class:`~tqcheck.errors.ChecksumError`, :class:`~tqcheck.errors.ModelError`,
    :class:`~tqcheck.errors.OutputError` or :class:`~tqcheck.errors.MissingExtra`,
    and so may the first score, for which the model is loaded.
    """
    if importlib.util.find_spec("torch") is None:
        raise MissingExtra("the language model", "lm")
    model = models.resolve(spec, cache=cache, progress=progress)

    def rebuilt() -> models.LocalModel:
        return models.rebuild(model, cache=cache, progress=progress)

    engine = engine_for(engine)
    prepared = (cache or cache_folder()) / "prepared" / f"{model.sha256}-{engine}.safetensors"

    def load() -> Engine:
        try:
            return load_engine(model.folder, threads, engine, prepared)
        except ModelError:
            if not model.managed:
                raise
        return load_engine(rebuilt().folder, threads, engine, prepared)

    try:
        tokenizer = TextTokenizer(model.folder)
    except ModelError:
        if not model.managed:
            raise
        model = rebuilt()
        tokenizer = TextTokenizer(model.folder)
    return Scorer(
        model.id,
        model.sha256,
        load,
        tokenizer,
        longest=longest_sequence(model.folder),
        engine=engine,
        cache=ScoreCache((cache or cache_folder()) / SCORES) if keep_scores else None,
    )
