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
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, groupby, islice
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tqcheck.cache.folder import cache_folder
from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm import models
from tqcheck.lm.cache import sha256_of
from tqcheck.lm.completion import BEFORE, LIKELY, Completer
from tqcheck.lm.engine import Engine, Offshoots, padded
from tqcheck.lm.engine_choice import engine_for, load_engine, longest_sequence
from tqcheck.lm.hardware import torch_version
from tqcheck.lm.normalization import Normalizer
from tqcheck.lm.prefix_cache import Beginnings, Ran
from tqcheck.lm.progress import Progress
from tqcheck.lm.score_cache import ScoreCache
from tqcheck.lm.sentences import SentenceLedger, SentenceSurprisal
from tqcheck.lm.token_tree import GLIMPSE, HOPELESS, Branch, Replacement, batches, branch_off
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.lm.validation import not_numbers
from tqcheck.lm.windows import CONTEXT, LONGEST, SHORTEST, Window, windows
from tqcheck.lm.words import Place, WordBounds, WordLedger, WordSurprisal

if TYPE_CHECKING:
    from torch import Tensor

_ALONE = 1024  # tokens of a text that is scored by itself without being cut
_BRANCHES = 512  # tokens of branches run at once, unless one has more; their mask grows with the square
_BATCH = 32_768  # tokens run at once on a GPU, padding included
_POOL = 64  # windows in hand at once, or up to a group more
_GROUP = 8  # windows of a document whose branches are run together; their keys and values take up to 70 MB in bfloat16
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

    ``id`` names the model, ``sha256`` is that of its weights, ``config`` that
    of its configuration, ``engine`` is what it is run by. The model itself is loaded when a score is not in
    ``cache``. On a processor every window is run by itself, so that equal
    input gives equal output on one machine, whatever else is scored.

    :param load: loads the engine; what it raises is raised by the first score.
    :param longest: tokens that the model takes at once, the beginning token included.
    :param goes_on: whether a window that begins like one of the last is run from where they part
        (:mod:`tqcheck.lm.prefix_cache`); the scores are the same.
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
        config: str = "",
        cache: ScoreCache | None = None,
        goes_on: bool = True,
    ) -> None:
        self._goes_on = goes_on
        self.id = model_id
        self.sha256 = sha256
        self.engine = engine
        self._open = load
        self._tokenizer = tokenizer
        self._cache = cache
        self._most = longest
        self._alone = min(_ALONE, longest - 1)
        self._context = min(CONTEXT, (longest - 1) // 4)
        self._longest = min(LONGEST, longest - 1 - self._context)
        self._shortest = min(SHORTEST, self._longest // 2)
        self._salt = hashlib.sha256(f"{_VERSION} {sha256} {config} {engine} {torch_version()}".encode()).digest()

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
        return self.score_and_compare(documents, (), progress, words=words, readers=readers)[0]

    def score_and_compare(
        self,
        documents: Sequence[tuple[str, Sequence[tuple[int, int]]]],
        changes: Sequence[Sequence[Replacement]],
        progress: Progress | None = None,
        *,
        words: WordBounds | None = None,
        readers: Sequence[StateReader] = (),
    ) -> tuple[list[list[SentenceSurprisal]], list[list[float | None]]]:
        """:meth:`score`, and what each change of each document gains, in nats, in the same pass.

        That is the natural log-probability of the document after the change
        minus that of the document as it is, where it stands in the window of
        the change and over the tokens that :mod:`tqcheck.lm.token_tree` compares;
        ``None`` for a change outside the sentences, and where it cannot be told there.

        :param changes: for each document; none at all for all may be left out.
        """
        sums = [SentenceLedger(text, spans, self._normalizer) for text, spans in documents]
        total = sum(spans[-1][1] for _, spans in documents if spans)
        reached = [0] * len(documents)
        ledgers = None if words is None else [WordLedger(text, spans, words) for text, spans in documents]
        pending = [
            _Changes(text, own, self._most)
            for (text, _), own in zip(documents, changes or [()] * len(documents), strict=True)
        ]
        for pool in _pools(self._windows(documents)):
            taken = [pending[window.document].branches(window, self._tokenizer.ids) for window in pool]
            branches = [list(own.values()) for own in taken]
            for window, own, told in zip(pool, taken, self._scores(pool, ledgers, readers, branches), strict=True):
                sums[window.document].add(window, told.scores, told.read)
                pending[window.document].add(own, told.gains)
                reached[window.document] = window.ends[-1]
            if progress is not None:
                progress("score", sum(reached), total)
        singly = None if ledgers is None or words is None else self._single_words(ledgers, words)
        found = [ledger.sentences() for ledger in sums]
        gains = [one.gains for one in pending]
        if singly is None:
            return found, gains
        return [
            [replace(sentence, each=each) for sentence, each in zip(document, of_document, strict=True)]
            for document, of_document in zip(found, singly, strict=True)
        ], gains

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

        Progress is reported as ``("arbitrate", done, total)`` in texts.
        """
        totals: dict[str, float] = {}
        distinct = list(dict.fromkeys(texts))
        for text in distinct:
            whole = len(self._tokenizer.ids(text)) <= self._alone
            pool = list(self._windows([(text, [(0, len(text))])], self._alone if whole else None))
            totals[text] = math.fsum(score for told in self._scores(pool) for score in told.scores)
            if progress is not None:
                progress("arbitrate", len(totals), len(distinct))
        return [totals[text] for text in texts]

    def _windows(
        self, documents: Sequence[tuple[str, Sequence[tuple[int, int]]]], longest: int | None = None
    ) -> Iterator[Window]:
        for index, (text, spans) in enumerate(documents):
            # What follows the last sentence is not scored, and nothing looks ahead to it.
            text = text[: spans[-1][1]] if spans else ""
            tokens = self._tokenizer.tokens(text, spans)
            yield from windows(
                index,
                tokens,
                self._tokenizer.beginning,
                longest=longest or self._longest,
                shortest=self._shortest,
                context=self._context,
            )

    def _scores(
        self,
        pool: Sequence[Window],
        ledgers: Sequence[WordLedger] | None = None,
        readers: Sequence[StateReader] = (),
        branches: Sequence[Sequence[Branch]] = (),
    ) -> list[_Told]:
        """What there is to tell of each window; its scores are also entered in the documents' ledgers.

        ``branches`` are those of each window, or of none.
        """
        branches = branches or [()] * len(pool)
        found = [_Told(self._keys(window, readers, own), own) for window, own in zip(pool, branches, strict=True)]
        kept = self._kept([key for told in found for key in told.keys])
        for told in found:
            told.take(kept)
        states: dict[int, Tensor] = {}
        fresh: dict[bytes, Sequence[float]] = {}
        trunks: list[_Trunk] = []
        groups = _groups(pool)
        group = 0
        layers = sorted({layer for reader in readers for layer in reader.layers})
        missing = [index for index, told in enumerate(found) if not told.complete]
        # Those of more are not edited soon, and their memory would be held for nothing.
        few = len(missing) <= Beginnings.MOST
        for some in self._batches(pool, missing):
            # Together, since weights are then read once for all.
            if trunks and group != groups[some[0]]:
                fresh.update(self._run_branches(trunks))
                trunks = []
            group = groups[some[0]]
            rows = [(pool[index].ids, pool[index].first) for index in some]
            if few and self._beginnings is not None:
                ran, memory = self._run_on(self._beginnings, *rows[0], tuple(layers))
            else:
                ran, memory = self._run(rows, layers, any(branches[index] for index in some))
            for row, (index, (scores, hidden, inner)) in enumerate(zip(some, ran, strict=True)):
                window, told = pool[index], found[index]
                fresh[told.keys[0]] = scores
                for key, reader in zip(told.keys[1:], readers, strict=False):
                    at_layers = [inner[layers.index(layer)] for layer in reader.layers]
                    fresh[key] = _read(reader, window, scores, at_layers)
                if ledgers is not None:
                    states[index] = hidden
                if branches[index]:
                    trunks.append(_Trunk(told.keys[-1], window, branches[index], scores, hidden, memory, row))
        fresh.update(self._run_branches(trunks))
        for told in found:
            told.take(fresh)
        self._keep(fresh)
        if ledgers is not None:
            for index, window in enumerate(pool):
                self._enter(window, found[index].scores, ledgers[window.document], states.get(index))
        return found

    def _keys(self, window: Window, readers: Sequence[StateReader], branches: Sequence[Branch]) -> list[bytes]:
        """What the answers about a window are kept by: its scores, those of each reader, those of branches if any."""
        found = [self._key("window", window.ids, (window.first,))]
        found += [self._read_key(reader, window) for reader in readers]
        if branches:
            parts = [part for one in branches for part in ((one.start, one.stop, *_bits(one.needed)), one.ids)]
            found.append(self._key(f"gains {GLIMPSE} {HOPELESS}", window.ids, (window.first,), *parts))
        return found

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
        self, rows: Sequence[tuple[Sequence[int], int]], layers: Sequence[int] = (), remember: bool = False
    ) -> tuple[list[tuple[list[float], Tensor, list[Tensor]]], Any]:
        """The scores of each (token ids, index of the first to score), and the states [scored, width] they are from.

        Last are the states [scored, width] of the scored tokens themselves after each of ``layers`` layers. Beside
        all that, what branches off these rows need, if it is to be remembered.
        """
        import torch

        device = self._engine.device
        ids, lengths = padded([row for row, _ in rows], self._tokenizer.beginning, device)
        found: list[tuple[list[float], Tensor, list[Tensor]]] = []
        memory = None
        with torch.inference_mode():
            if remember:
                hidden, inner, memory = self._engine.remembered(ids, lengths, layers)
            elif layers:
                hidden, inner = self._engine.hidden_at(ids, lengths, layers)
            else:
                hidden, inner = self._engine.hidden(ids, lengths), []
            for at, (row, first) in enumerate(rows):
                # The state at each place predicts the token after it.
                states = hidden[at, first - 1 : len(row) - 1]
                scores = self._log_probabilities(states, ids[at, first : len(row)])
                found.append((scores, states, [one[at, first : len(row)] for one in inner]))
        return found, memory

    def _run_on(
        self, beginnings: Beginnings, row: Sequence[int], first: int, layers: tuple[int, ...]
    ) -> tuple[list[tuple[list[float], Tensor, list[Tensor]]], Any]:
        """:meth:`_run` of one row, gone on with after as much of it as one of the rows before has, and remembered."""
        import torch

        before = beginnings.longest(row, first, layers)
        with torch.inference_mode():
            found = self._continued(*before, row) if before is not None else self._whole(row, first, layers)
            if before is not None and beginnings.on_trial:
                whole = self._whole(row, first, layers)
                beginnings.tried(whole.same(found))
                found = whole
        beginnings.keep(found)
        states, inner = found.hidden[first - 1 : len(row) - 1], [one[first:] for one in found.inner]
        return [(list(found.scores), states, inner)], found.memory

    def _whole(self, row: Sequence[int], first: int, layers: tuple[int, ...]) -> Ran:
        """A row that is run by itself."""
        ids, lengths = padded([row], self._tokenizer.beginning, self._engine.device)
        (hidden,), inner, memory = self._engine.remembered(ids, lengths, layers)
        scores = self._log_probabilities(hidden[first - 1 : len(row) - 1], ids[0, first:])
        return Ran(tuple(row), first, layers, scores, hidden, [one[0] for one in inner], memory)

    def _continued(self, ran: Ran, count: int, row: Sequence[int]) -> Ran:
        """A row of which the first ``count`` tokens were run in another."""
        import torch

        (after,), inner, memory = self._engine.continued(ran.memory, count, row[count:], ran.layers)
        hidden = torch.cat((ran.hidden[:count], after))
        targets = torch.tensor(row[count:], device=self._engine.device)
        scores = self._log_probabilities(hidden[count - 1 : len(row) - 1], targets)
        states = [torch.cat((old[:count], new[0])) for old, new in zip(ran.inner, inner, strict=True)]
        return Ran(
            tuple(row), ran.first, ran.layers, [*ran.scores[: count - ran.first], *scores], hidden, states, memory
        )

    def _log_probabilities(self, states: Tensor, targets: Tensor) -> list[float]:
        """Those of the engine; raises :class:`ModelError` where one is no number."""
        scores = self._engine.log_probabilities(states, targets)
        if not bool(scores.isfinite().all()):
            raise not_numbers(self.id)
        found: list[float] = scores.tolist()
        return found

    @cached_property
    def _beginnings(self) -> Beginnings | None:
        """The windows that were run last; ``None`` where none is to be gone on with, or the engine cannot."""
        return Beginnings(self._engine.cut) if self._goes_on and self._engine.cut is not None else None

    def _run_branches(self, trunks: Sequence[_Trunk]) -> dict[bytes, list[float]]:
        """Nats that each branch of each trunk gains, by the trunks' keys; of a hopeless one as far as was looked."""
        found = {trunk.key: [0.0] * len(trunk.branches) for trunk in trunks}
        every = [_Place(trunk, at, branch) for trunk in trunks for at, branch in enumerate(trunk.branches)]
        glimpses = [(one, glimpse) for one in every if (glimpse := one.branch.glimpse()) is not None]
        seen = self._gains([one._replace(branch=glimpse) for one, glimpse in glimpses])
        hopeless = set()
        for (one, _), gain in zip(glimpses, seen, strict=True):
            if one.branch.hopeless(gain):
                found[one.trunk.key][one.at] = gain
                hopeless.add((one.trunk.key, one.at))
        rest = [one for one in every if (one.trunk.key, one.at) not in hopeless]
        for one, gain in zip(rest, self._gains(rest), strict=True):
            found[one.trunk.key][one.at] = gain
        return found

    def _gains(self, branches: Sequence[_Place]) -> list[float]:
        """Natural log-probability of each branch minus that of the tokens whose place it takes."""
        # A branch that only leaves words out has no tokens.
        running = [index for index, one in enumerate(branches) if one.branch.ids]
        scores = [0.0] * len(branches)
        for some in batches([len(branches[index].branch.ids) for index in running], _BRANCHES):
            chosen = [running[at] for at in some]
            for index, score in zip(chosen, self._branch_scores([branches[index] for index in chosen]), strict=True):
                scores[index] = score
        return [score - one.written() for score, one in zip(scores, branches, strict=True)]

    def _branch_scores(self, branches: Sequence[_Place]) -> list[float]:
        import torch

        # The last token of a branch predicts nothing that is asked for.
        longer = [(trunk, branch) for trunk, _, branch in branches if len(branch.ids) > 1]
        rows = [
            Offshoots(trunk.memory, trunk.row, [(branch.start, branch.ids[:-1]) for _, branch in own])
            for trunk, own in groupby(longer, key=itemgetter(0))
        ]
        with torch.inference_mode():
            states = chain.from_iterable(self._engine.offshoots(rows) if rows else ())
            predicting = []
            for trunk, _, branch in branches:
                before = branch.start - trunk.window.first
                predicting.append(trunk.states[before : before + 1])
                if len(branch.ids) > 1:
                    predicting.append(next(states))
            targets = torch.tensor([token for *_, branch in branches for token in branch.ids])
            scores = self._engine.log_probabilities(torch.cat(predicting), targets.to(self._engine.device))
        each = torch.split(scores, [len(branch.ids) for *_, branch in branches])
        return [math.fsum(one.tolist()) for one in each]

    def _enter(self, window: Window, scores: Sequence[float], ledger: WordLedger, states: Tensor | None) -> None:
        """Enter scores, and what is likely in place of words that may be odd; ``states`` predict the scored tokens."""
        wanted = ledger.add(window, scores)
        if not wanted:
            return
        if states is None:
            ((_, states, _),), _ = self._run([(window.ids, window.first)])
        for start in range(0, len(wanted), _ROWS):
            some = wanted[start : start + _ROWS]
            logits = self._engine.logits(states[[index for _, index in some]])
            likely = logits.topk(min(LIKELY, logits.shape[-1]), dim=-1).indices.tolist()
            for (word, index), ids in zip(some, likely, strict=True):
                at = window.first + index
                blank = self._tokenizer.piece(window.ids[at]).startswith(" ")
                before = window.ids[max(1, at - BEFORE) : at]
                ledger.expect(word, Place(before, tuple(ids), blank))

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


@dataclass(frozen=True, slots=True, eq=False)
class _Trunk:
    """A window that was run as a row, its branches, and what they go on from.

    ``scores`` are natural log-probabilities of its scored tokens, ``states`` [scored, width] those from which they are
    predicted; ``key`` is what is to be kept of the branches.
    """

    key: bytes
    window: Window
    branches: Sequence[Branch]
    scores: Sequence[float]
    states: Tensor
    memory: Any
    row: int


class _Place(NamedTuple):
    """A branch with its trunk and its number there."""

    trunk: _Trunk
    at: int
    branch: Branch

    def written(self) -> float:
        """Natural log-probability of the tokens whose place the branch takes."""
        first = self.trunk.window.first
        return math.fsum(self.trunk.scores[self.branch.start - first : self.branch.stop - first])


@dataclass(slots=True)
class _Told:
    """What is told of a window, each answer by the key that it is kept by.

    First natural log-probabilities of its scored tokens, then what each reader
    says of the tokens in sentences, token after token, then what its branches
    gain (nats) if it has any.
    """

    keys: list[bytes]
    _branches: Sequence[Branch]
    _answers: dict[bytes, Sequence[float]] = field(default_factory=dict)

    def take(self, answers: Mapping[bytes, Sequence[float]]) -> None:
        """Take those of these answers that belong here."""
        self._answers.update((key, answers[key]) for key in self.keys if key in answers)

    @property
    def complete(self) -> bool:
        return all(key in self._answers for key in self.keys)

    @property
    def scores(self) -> Sequence[float]:
        return self._answers[self.keys[0]]

    @property
    def read(self) -> list[Sequence[float]]:
        return [self._answers[key] for key in self.keys[1 : len(self.keys) - bool(self._branches)]]

    @property
    def gains(self) -> Sequence[float]:
        return self._answers[self.keys[-1]] if self._branches else ()


class _Changes:
    """The changes of one document; the windows come in, in their order.

    :param longest: tokens that the model takes at once; a change that would need more is left out.
    """

    def __init__(self, text: str, changes: Sequence[Replacement], longest: int) -> None:
        self._longest = longest
        self._text = text
        self._changes = changes
        self._order = sorted(range(len(changes)), key=lambda index: changes[index].start)
        self._starts = [changes[index].start for index in self._order]
        self.gains: list[float | None] = [None] * len(changes)

    def branches(self, window: Window, encode: Callable[[str], list[int]]) -> dict[int, Branch]:
        """The branches of a window, by the number of the change."""
        begin, end = (bisect_left(self._starts, place) for place in (window.begin, window.ends[-1] + 1))
        found = {
            index: branch_off(window, self._text, self._changes[index], encode) for index in self._order[begin:end]
        }
        return {
            index: one
            for index, one in found.items()
            if one is not None and one.start + len(one.ids) - 1 <= self._longest
        }

    def add(self, own: Mapping[int, Branch], gains: Sequence[float]) -> None:
        """Enter what the branches of a window gain."""
        for index, gain in zip(own, gains, strict=True):
            self.gains[index] = gain


def _bits(number: float) -> tuple[int, ...]:
    """A number as two of 32 bits."""
    return struct.unpack("<2I", struct.pack("<d", number))


def _grouped(stream: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows in groups of at most ``_GROUP`` of one document, counted from its first one."""
    for _, own in groupby(stream, key=attrgetter("document")):
        while group := list(islice(own, _GROUP)):
            yield group


def _pools(stream: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows in lists of at least ``_POOL`` but for the last; those of a group stay together."""
    pool: list[Window] = []
    for group in _grouped(stream):
        pool += group
        if len(pool) >= _POOL:
            yield pool
            pool = []
    if pool:
        yield pool


def _groups(pool: Sequence[Window]) -> list[int]:
    """For each window of a pool the number of its group; no other document, nor another pool, has a part in it."""
    return [number for number, group in enumerate(_grouped(pool)) for _ in group]


def _sentences(window: Window) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of a window's tokens that are of one sentence each; those of none left out."""
    return [(start, stop) for start, stop, sentence in window.runs() if sentence >= 0]


def _read(reader: StateReader, window: Window, scores: Sequence[float], at_layers: Sequence[Tensor]) -> list[float]:
    """What a reader says of a window's tokens in sentences, token after token, by their states at its layers."""
    import torch

    states, told = torch.stack([one.cpu() for one in at_layers], dim=1), torch.tensor(scores)
    found: list[float] = []
    for one in reader.read([(states[start:stop], told[start:stop]) for start, stop in _sentences(window)]):
        found += one.flatten().tolist()
    return found


def load_scorer(
    spec: str | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "auto",
    keep_scores: bool = False,
    goes_on: bool = True,
) -> Scorer:
    """A scorer for the embedded default (``None``), a folder with a causal model, or a hub name.

    The default is fetched into ``cache`` (the user's cache by default) the
    first time; a damaged copy there is made anew once. ``threads`` bounds
    processor threads; ``engine`` is one of :data:`tqcheck.config.settings.ENGINES`;
    ``keep_scores`` keeps scores in ``cache``, and takes them from there; for ``goes_on`` see :class:`Scorer`.
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

    engine = engine_for(engine, model.folder)
    settings = model.folder / "config.json"
    # Where there is none the engine tells of it.
    config = sha256_of(settings) if settings.is_file() else ""
    prepared = (cache or cache_folder()) / "prepared" / f"{model.sha256}-{config[:16]}-{engine}.safetensors"

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
        config=config,
        cache=ScoreCache((cache or cache_folder()) / SCORES) if keep_scores else None,
        goes_on=goes_on,
    )
