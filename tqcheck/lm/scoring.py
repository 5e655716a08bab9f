"""Surprisal of the sentences of documents, and log-probability of texts.

Surprisal is −log₂ p of a token given what stands before it in its window: the
sentences of the window itself and some before it
(:mod:`tqcheck.lm.windows`), in bits. A beginning token stands before the first
word, so that word is scored too; no end token is scored.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tqcheck.cache.folder import cache_folder
from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm import models
from tqcheck.lm.answers import AnswerKeys, Answers
from tqcheck.lm.cache import sha256_of
from tqcheck.lm.completion import BEFORE, LIKELY, Completer
from tqcheck.lm.engine import Engine
from tqcheck.lm.engine_choice import engine_for, load_engine, longest_sequence
from tqcheck.lm.normalization import Normalizer
from tqcheck.lm.pools import groups, pools
from tqcheck.lm.prefix_cache import PrefixCache
from tqcheck.lm.progress import Progress
from tqcheck.lm.row_runner import RowRunner
from tqcheck.lm.score_cache import ScoreCache
from tqcheck.lm.sentences import SentenceLedger, SentenceSurprisal
from tqcheck.lm.state_reader import StateReader, read_window
from tqcheck.lm.token_tree import Branch, DocumentChanges, Replacement
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.lm.tree_runner import TreeRunner, Trunk
from tqcheck.lm.windows import CONTEXT, LONGEST, SHORTEST, Window, windows
from tqcheck.lm.words import Place, WordBounds, WordLedger, WordSurprisal

if TYPE_CHECKING:
    from torch import Tensor

_ALONE = 1024  # tokens of a text that is scored by itself without being cut
_ROWS = 256  # scores over the vocabulary held at once: 50 MB for 49,152 entries
SCORES = "scores.sqlite"
"""Name of the file of kept scores in the cache."""


class Scorer:
    """A language model ready to score. Not for several threads at once.

    ``id`` names the model, ``sha256`` is that of its weights, ``config`` that
    of its configuration, ``engine`` is what it is run by. The model itself is loaded when a score is not in
    ``cache``. On a processor every window is run by itself, so that equal
    input gives equal output on one machine, whatever else is scored.

    :param load: loads the engine; what it raises is raised by the first score.
    :param longest: tokens that the model takes at once, the beginning token included.
    :param prefix_cache: whether a window that begins like one of the last is run from where they part
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
        prefix_cache: bool = True,
    ) -> None:
        self._uses_prefix_cache = prefix_cache
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
        self._keys = AnswerKeys(sha256, config, engine)

    @cached_property
    def _engine(self) -> Engine:
        return self._open()

    @cached_property
    def _rows(self) -> RowRunner:
        return RowRunner(self._engine, self.id, self._tokenizer.beginning, prefix_cache=self._uses_prefix_cache)

    @cached_property
    def _trees(self) -> TreeRunner:
        return TreeRunner(self._engine)

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
            DocumentChanges(text, own, self._most)
            for (text, _), own in zip(documents, changes or [()] * len(documents), strict=True)
        ]
        for pool in pools(self._windows(documents)):
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
    ) -> list[Answers]:
        """What there is to tell of each window; its scores are also entered in the documents' ledgers.

        ``branches`` are those of each window, or of none.
        """
        branches = branches or [()] * len(pool)
        found = [self._keys.answers(window, readers, own) for window, own in zip(pool, branches, strict=True)]
        kept = self._kept([key for told in found for key in told.keys])
        for told in found:
            told.take(kept)
        fresh, states = self._fresh(pool, found, readers, branches, keep_states=ledgers is not None)
        for told in found:
            told.take(fresh)
        self._keep(fresh)
        if ledgers is not None:
            for index, window in enumerate(pool):
                self._enter(window, found[index].scores, ledgers[window.document], states.get(index))
        return found

    def _fresh(
        self,
        pool: Sequence[Window],
        answers: Sequence[Answers],
        readers: Sequence[StateReader],
        branches: Sequence[Sequence[Branch]],
        *,
        keep_states: bool,
    ) -> tuple[dict[bytes, Sequence[float]], dict[int, Tensor]]:
        """The answers that are missing, by their keys, and the states behind the scores of windows that were run."""
        fresh: dict[bytes, Sequence[float]] = {}
        states: dict[int, Tensor] = {}
        missing = [(index, len(pool[index].ids)) for index, told in enumerate(answers) if not told.complete]
        if not missing:
            return fresh, states
        layers = sorted({layer for reader in readers for layer in reader.layers})
        # Those of more are not edited soon, and their memory would be held for nothing.
        prefix_cache = self._rows.prefix_cache if len(missing) <= PrefixCache.MOST else None
        trunks: list[Trunk] = []
        group_of, group = groups(pool), 0
        for some in self._rows.batches(missing):
            # Together, since weights are then read once for all.
            if trunks and group != group_of[some[0]]:
                fresh.update(self._trees.gains(trunks))
                trunks = []
            group = group_of[some[0]]
            rows = [(pool[index].ids, pool[index].first) for index in some]
            if prefix_cache is not None and len(rows) == 1:
                ran, past = self._rows.run_cached(prefix_cache, *rows[0], tuple(layers))
            else:
                ran, past = self._rows.run(rows, layers, keep_past=any(branches[index] for index in some))
            for row, (index, (scores, hidden, inner)) in enumerate(zip(some, ran, strict=True)):
                keys = answers[index].keys
                fresh[keys[0]] = scores
                for key, reader in zip(keys[1:], readers, strict=False):
                    at_layers = [inner[layers.index(layer)] for layer in reader.layers]
                    fresh[key] = read_window(reader, pool[index], scores, at_layers)
                if keep_states:
                    states[index] = hidden
                if branches[index]:
                    trunks.append(Trunk(keys[-1], pool[index], branches[index], scores, hidden, past, row))
        fresh.update(self._trees.gains(trunks))
        return fresh, states

    def _enter(self, window: Window, scores: Sequence[float], ledger: WordLedger, states: Tensor | None) -> None:
        """Enter scores, and what is likely in place of words that may be odd; ``states`` predict the scored tokens."""
        wanted = ledger.add(window, scores)
        if not wanted:
            return
        if states is None:
            ((_, states, _),), _ = self._rows.run([(window.ids, window.first)])
        for start in range(0, len(wanted), _ROWS):
            some = wanted[start : start + _ROWS]
            logits = self._engine.logits(states[[index for _, index in some]])
            likely = logits.topk(min(LIKELY, logits.shape[-1]), dim=-1).indices.tolist()
            for (word, index), ids in zip(some, likely, strict=True):
                at = window.first + index
                blank = self._tokenizer.piece(window.ids[at]).startswith(" ")
                before = window.ids[max(1, at - BEFORE) : at]
                ledger.expect(word, Place(before, tuple(ids), blank))

    def _kept(self, keys: Sequence[bytes]) -> dict[bytes, tuple[float, ...]]:
        return {} if self._cache is None else self._cache.get(keys)

    def _keep(self, scores: Mapping[bytes, Sequence[float]]) -> None:
        if self._cache is not None:
            self._cache.put(scores)


def load_scorer(
    spec: str | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "auto",
    keep_scores: bool = False,
    prefix_cache: bool = True,
) -> Scorer:
    """A scorer for the embedded default (``None``), a folder with a causal model, or a hub name.

    The default is fetched into ``cache`` (the user's cache by default) the
    first time; a damaged copy there is made anew once. ``threads`` bounds
    processor threads; ``engine`` is one of :data:`tqcheck.config.settings.ENGINES`;
    ``keep_scores`` keeps scores in ``cache``, and takes them from there; for ``prefix_cache`` see :class:`Scorer`.
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
        prefix_cache=prefix_cache,
    )
