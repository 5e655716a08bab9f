"""Other readings of a stretch of a document, as branches off the tokens of one of its windows.

A fix changes a few words. What stands before them has been computed for the
window, so of the other reading only the tokens from the first that differs are
run. Once both readings go on with the same words, what is still to come is
about as likely after either; so they are compared over :data:`TAIL` tokens
beyond the change, and not beyond its sentence. Most other readings are so much
worse that far fewer tokens settle it (:data:`EARLY_TAIL`).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tqcheck.lm.windows import Window

TAIL = 16
"""Tokens after a change over which two readings are compared."""
EARLY_TAIL = 4
"""Tokens after a change over which two readings are compared first."""
EARLY_EXIT = 6.0
"""Nats by which a reading must fall short of what it needs there, so that no more tokens are asked."""


class Replacement(NamedTuple):
    """``text`` in place of ``[start, end)`` of a document (code points); see :func:`narrowed`.

    ``needed`` is the gain (nats) under which nobody asks how large it is.
    """

    start: int
    end: int
    text: str
    needed: float = -math.inf


@dataclass(frozen=True, slots=True)
class Branch:
    """``ids`` in place of the tokens ``[start, stop)`` of a window (indices in its ``ids``).

    Both end with the same ``tail`` tokens; ``needed`` as for :class:`Replacement`.
    """

    start: int
    stop: int
    ids: tuple[int, ...]
    tail: int = 0
    needed: float = -math.inf

    def shortened(self) -> Branch | None:
        """The branch up to :data:`EARLY_TAIL` tokens after the change; ``None`` if it has no more, or all are asked."""
        cut = self.tail - EARLY_TAIL
        if cut <= 0 or self.needed == -math.inf:
            return None
        return Branch(self.start, self.stop - cut, self.ids[: len(self.ids) - cut], EARLY_TAIL, self.needed)

    def exits_early(self, gain: float) -> bool:
        """Whether so small a gain over a :meth:`shortened` settles it."""
        return gain < self.needed - EARLY_EXIT


def narrowed(document: str, start: int, end: int, text: str) -> Replacement:
    """The replacement of ``document[start:end]`` by ``text`` without what both begin and end with."""
    written = document[start:end]
    same = _shared(written, text)
    alike = min(_shared(written[::-1], text[::-1]), len(written) - same, len(text) - same)
    return Replacement(start + same, end - alike, text[same : len(text) - alike])


def branch_off(window: Window, document: str, change: Replacement, encode: Callable[[str], list[int]]) -> Branch | None:
    """The branch of a window that reads as ``document`` after a change; ``None`` where it cannot be told.

    That is where the change does not lie within the window, and where a
    sentence by itself has other tokens than in its document, so that those of
    the other reading are not known either.

    :param encode: token ids of a text, nothing added.
    """
    stretch = _sentences(window, change)
    if stretch is None:
        return None
    start, stop = stretch
    left, right = window.ends[start - 1] if start else window.begin, window.ends[stop - 1]
    own = window.ids[window.first + start : window.first + stop]
    if tuple(encode(document[left:right])) != own:
        return None
    other = encode(document[left : change.start] + change.text + document[change.end : right])
    same = _shared(own, other)
    alike = min(_shared(own[::-1], other[::-1]), len(own) - same, len(other) - same)
    after = min(alike, TAIL) - alike
    first, last = window.first + start + same, window.first + stop + after
    return Branch(first, last, tuple(other[same : len(other) + after]), min(alike, TAIL), change.needed)


class DocumentChanges:
    """The changes of one document and what they gain; the windows come in, in their order.

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
        """Enter what the branches of a window gain (nats)."""
        for index, gain in zip(own, gains, strict=True):
            self.gains[index] = gain


def batches(sizes: Sequence[int], most: int) -> Iterator[list[int]]:
    """Indices in order, in lists of together at most so many (tokens), or of one that has more."""
    batch: list[int] = []
    total = 0
    for index, size in enumerate(sizes):
        if batch and total + size > most:
            yield batch
            batch, total = [], 0
        batch.append(index)
        total += size
    if batch:
        yield batch


def _sentences(window: Window, change: Replacement) -> tuple[int, int] | None:
    """Which of a window's scored tokens are those of the sentences in which a change lies."""
    if not window.begin <= change.start <= change.end <= window.ends[-1]:
        return None
    first = min(bisect_right(window.ends, change.start), len(window.ends) - 1)
    last = max(first, bisect_left(window.ends, change.end))
    held = [(start, stop) for start, stop, _ in window.runs() if stop > first and start <= last]
    return held[0][0], held[-1][1]


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
