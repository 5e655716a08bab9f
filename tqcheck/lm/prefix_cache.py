"""What was run last, so that a window which begins like one of these is run from where they part.

An editor checks a draft again after each change. Scores of windows that stay as
they were are kept (:mod:`tqcheck.lm.score_cache`); of the one that was changed,
what stands before the change need not be run again. The figures must be the same
to the last bit, or they would tell what else was checked before: rows are cut
where the engine's attention is (:attr:`~tqcheck.lm.engine.Engine.cut`), and the
first few times are compared with a run of the whole row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class CachedRow(NamedTuple):
    """A row that was run: its token ids, and the index of the first that was scored.

    ``scores`` are natural log-probabilities of the scored tokens; ``hidden``
    [tokens, width] and ``inner`` [tokens, width] are states of all tokens, the
    latter after each of ``layers`` layers; ``past`` is the engine's.
    """

    ids: Sequence[int]
    first: int
    layers: Sequence[int]
    scores: list[float]
    hidden: Tensor
    inner: Sequence[Tensor]
    past: Any

    def same(self, other: CachedRow) -> bool:
        """Whether scores and states are the same to the last bit."""
        pairs = zip((self.hidden, *self.inner), (other.hidden, *other.inner), strict=True)
        return self.scores == other.scores and all(one.equal(two) for one, two in pairs)


class PrefixCache:
    """The rows that were run last.

    :param cut: tokens; a row is gone on with after a multiple of them.
    """

    MOST = 8
    """Rows that are remembered: about 14 MB each in float32 for the embedded model."""
    TRIALS = 2
    """So often a row is also run as a whole; if that ever gives other figures, none is gone on with any more."""

    def __init__(self, cut: int) -> None:
        self._cut = cut
        self._rows: deque[CachedRow] = deque(maxlen=self.MOST)
        self._trials = self.TRIALS

    @property
    def on_trial(self) -> bool:
        """Whether the next row that is gone on with is to be run as a whole, too."""
        return self._trials > 0

    def tried(self, same: bool) -> None:
        """Say whether both ways gave the same figures."""
        self._trials -= 1
        if not same:
            self._rows = deque(maxlen=0)

    def longest(self, ids: Sequence[int], first: int, layers: Sequence[int]) -> tuple[CachedRow, int] | None:
        """The row with the most tokens in common with a new one, and how many can be taken from it.

        ``None`` where there are none to score among them. The first token to score and the layers must be the same,
        and both rows as long when their lengths are filled up to a multiple of ``cut``: the sums of attention come
        out in an order that depends on it.
        """
        best: tuple[CachedRow, int] | None = None
        for row in self._rows:
            if (row.first, row.layers) != (first, layers) or self._parts(row.ids) != self._parts(ids):
                continue
            # The last token of either is run again, so that there is something to run.
            common = _common(row.ids, ids[:-1]) // self._cut * self._cut
            if common > max(first, best[1] if best else 0):
                best = row, common
        return best

    def _parts(self, ids: Sequence[int]) -> int:
        return -(-len(ids) // self._cut)

    def keep(self, row: CachedRow) -> None:
        """Remember a row; the one that was run longest ago may be forgotten."""
        self._rows.append(row)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two rows begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
