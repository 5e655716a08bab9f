"""Many stretches of a text, asked whether they overlap another one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable


class Coverage:
    """What ``(start, end)`` pairs cover together, end exclusive; nested and repeated ones cost nothing later.

    Made in the time that sorting them takes; a question takes the logarithm of their number.

    >>> Coverage([(0, 4), (2, 9), (12, 12)]).overlaps(8, 10)
    True
    """

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            # Touching ones stay apart: what is empty and lies between them overlaps neither.
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether one of them ends after ``start`` and begins before ``end``."""
        first = bisect_right(self._ends, start)
        return first < len(self._starts) and self._starts[first] < end
