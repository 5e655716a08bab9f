"""Rows of token ids run through an engine: by themselves, several at once, or on from a prefix in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck.lm.engine import Engine, padded
from tqcheck.lm.prefix_cache import CachedRow, PrefixCache
from tqcheck.lm.validation import not_numbers

if TYPE_CHECKING:
    from torch import Tensor

_BATCH = 32_768  # tokens run at once on a GPU, padding included


class RanRow(NamedTuple):
    """What a run gives of the scored tokens of a row.

    ``scores`` are their natural log-probabilities, ``states`` [scored, width] those from which they are predicted,
    ``inner`` [scored, width] their own after each of the layers that were asked for.
    """

    scores: list[float]
    states: Tensor
    inner: list[Tensor]


class RowRunner:
    """Runs rows, each a sequence of token ids and the index of the first to score.

    :param model_id: named in errors.
    :param filler: token that shorter rows are padded with.
    :param prefix_cache: whether :meth:`run_cached` may go on from the rows that were run last.

    Every run raises :class:`~tqcheck.errors.ModelError` where a score is no number.
    """

    def __init__(self, engine: Engine, model_id: str, filler: int, *, prefix_cache: bool) -> None:
        self._engine = engine
        self._id = model_id
        self._filler = filler
        self._uses_prefix_cache = prefix_cache

    @cached_property
    def prefix_cache(self) -> PrefixCache | None:
        """The rows that were run last; ``None`` where none is to be gone on with, or the engine cannot."""
        return PrefixCache(self._engine.cut) if self._uses_prefix_cache and self._engine.cut is not None else None

    def batches(self, sizes: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
        """Which rows to run at once, of (index, tokens): one by one; on a GPU from long to short, as many as fit."""
        if self._engine.device.type == "cpu":
            yield from ([index] for index, _ in sizes)
            return
        batch: list[int] = []
        longest = 0
        for index, size in sorted(sizes, key=lambda one: -one[1]):
            if batch and (len(batch) + 1) * longest > _BATCH:
                yield batch
                batch = []
            if not batch:
                longest = size
            batch.append(index)
        if batch:
            yield batch

    def run(
        self, rows: Sequence[tuple[Sequence[int], int]], layers: Sequence[int] = (), *, keep_past: bool = False
    ) -> tuple[list[RanRow], Any]:
        """What a run of these rows gives, and what branches off them need if ``keep_past``."""
        import torch

        ids, lengths = padded([row for row, _ in rows], self._filler, self._engine.device)
        found: list[RanRow] = []
        past = None
        with torch.inference_mode():
            if keep_past:
                hidden, inner, past = self._engine.prefill(ids, lengths, layers)
            elif layers:
                hidden, inner = self._engine.hidden_at(ids, lengths, layers)
            else:
                hidden, inner = self._engine.hidden(ids, lengths), []
            for at, (row, first) in enumerate(rows):
                # The state at each place predicts the token after it.
                states = hidden[at, first - 1 : len(row) - 1]
                scores = self._log_probabilities(states, ids[at, first : len(row)])
                found.append(RanRow(scores, states, [one[at, first : len(row)] for one in inner]))
        return found, past

    def run_cached(
        self, cache: PrefixCache, row: Sequence[int], first: int, layers: tuple[int, ...]
    ) -> tuple[list[RanRow], Any]:
        """:meth:`run` of one row, on from the longest prefix of it that is in the cache; it is cached, too."""
        import torch

        before = cache.longest(row, first, layers)
        with torch.inference_mode():
            found = self._extended(*before, row) if before is not None else self._whole(row, first, layers)
            if before is not None and cache.on_trial:
                whole = self._whole(row, first, layers)
                cache.tried(whole.same(found))
                found = whole
        cache.keep(found)
        states, inner = found.hidden[first - 1 : len(row) - 1], [one[first:] for one in found.inner]
        return [RanRow(list(found.scores), states, inner)], found.past

    def _whole(self, row: Sequence[int], first: int, layers: tuple[int, ...]) -> CachedRow:
        """A row that is run by itself."""
        ids, lengths = padded([row], self._filler, self._engine.device)
        (hidden,), inner, past = self._engine.prefill(ids, lengths, layers)
        scores = self._log_probabilities(hidden[first - 1 : len(row) - 1], ids[0, first:])
        return CachedRow(tuple(row), first, layers, scores, hidden, [one[0] for one in inner], past)

    def _extended(self, ran: CachedRow, count: int, row: Sequence[int]) -> CachedRow:
        """A row of which the first ``count`` tokens were run in another."""
        import torch

        (after,), inner, past = self._engine.extend(ran.past, count, row[count:], ran.layers)
        hidden = torch.cat((ran.hidden[:count], after))
        targets = torch.tensor(row[count:], device=self._engine.device)
        scores = self._log_probabilities(hidden[count - 1 : len(row) - 1], targets)
        states = [torch.cat((old[:count], new[0])) for old, new in zip(ran.inner, inner, strict=True)]
        return CachedRow(
            tuple(row), ran.first, ran.layers, [*ran.scores[: count - ran.first], *scores], hidden, states, past
        )

    def _log_probabilities(self, states: Tensor, targets: Tensor) -> list[float]:
        scores = self._engine.log_probabilities(states, targets)
        if not bool(scores.isfinite().all()):
            raise not_numbers(self._id)
        found: list[float] = scores.tolist()
        return found
