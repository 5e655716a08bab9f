"""A text in HTML paragraphs with stretches of it marked up, however they overlap."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tqcheck.reports.markup import escape

DEEPEST = 8
"""Elements open at one place; a stretch that begins within so many has no element of its own, but its end is shown."""

_BREAK = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)\s*")


@dataclass(frozen=True, slots=True)
class Stretch:
    """``source[start:end]`` as an element.

    Where other stretches or the ends of paragraphs cut it up, each piece is an
    element with the attributes ``attributes`` (HTML, a blank before each);
    the first has the ``id`` as well, the last ends in ``finish`` (HTML), and
    all the others have the ``title`` (text).
    """

    start: int
    end: int
    tag: str
    attributes: str = ""
    id: str = ""
    title: str = ""
    finish: str = ""


def marked_paragraphs(source: str, stretches: Iterable[Stretch]) -> str:
    """``source`` in ``<p>`` elements, split at blank lines.

    The text of the result, without the ``finish`` of the stretches, is
    ``legible(source)``. Stretches beyond the source are cut to it. Of two that
    begin at one place the longer is the outer one, then the earlier given.
    The time needed grows with the length of the text and the number of stretches.
    """
    writer = _Writer(source)
    ordered = sorted(_within(stretches, len(source)), key=lambda each: (each.start, -each.end))
    starts = {start: list(group) for start, group in groupby(ordered, key=lambda each: each.start)}
    begins = dict(_breaks(source, ordered))
    edges = {*starts, *(each.end for each in ordered), *begins, *begins.values(), len(source)}
    ends: dict[int, list[Stretch]] = {}
    for each in ordered:
        ends.setdefault(each.end, []).append(each)
    writer.begin()
    at = 0
    resume = -1
    for edge in sorted(edges):
        if edge == resume:
            writer.begin()
        elif edge > at:
            writer.text(at, edge)
        at = edge
        # The inner ones end first; an empty one begins and ends here.
        for each in reversed(ends.get(edge, ())):
            if each.start < edge:
                writer.end(each)
        for each in starts.get(edge, ()):
            if each.end > edge:
                writer.open(each)
            else:
                writer.point(each)
        if edge in begins:
            resume = begins[edge]
            writer.separate(edge, resume)
    writer.close()
    return "".join(writer.out)


def _within(stretches: Iterable[Stretch], length: int) -> Iterable[Stretch]:
    for each in stretches:
        start = min(each.start, length)
        end = max(start, min(each.end, length))
        if (start, end) == (each.start, each.end):
            yield each
        else:
            yield replace(each, start=start, end=end)


def _breaks(source: str, stretches: Sequence[Stretch]) -> list[tuple[int, int]]:
    """The blank lines at which paragraphs end; not those at which a stretch begins or ends."""
    starts = sorted(each.start for each in stretches)
    ends = sorted(each.end for each in stretches)

    def holds(sorted_edges: list[int], first: int, last: int) -> bool:
        index = bisect_left(sorted_edges, first)
        return index < len(sorted_edges) and sorted_edges[index] <= last

    return [
        match.span()
        for match in _BREAK.finditer(source)
        if match.start() > 0
        and match.end() < len(source)
        and not holds(starts, match.start(), match.end() - 1)
        and not holds(ends, match.start() + 1, match.end())
    ]


class _Writer:
    """Pieces of HTML, with the elements that are open (``emitted``) and those that should be before the next text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.out: list[str] = []
        self._wanted: list[Stretch] = []
        self._emitted: list[tuple[Stretch, int]] = []
        self._seen: set[int] = set()

    def begin(self) -> None:
        self.out.append("<p>")

    def close(self) -> None:
        self._down_to(0)
        self.out.append("</p>")

    def separate(self, start: int, end: int) -> None:
        """End the paragraph; the blank lines stand between it and the next."""
        self.close()
        self.out.append(self._shown(start, end))

    def text(self, start: int, end: int) -> None:
        for stretch in self._wanted[len(self._emitted) :]:
            self._put(stretch)
        self.out.append(self._shown(start, end))

    def open(self, stretch: Stretch) -> None:
        if len(self._wanted) < DEEPEST:
            self._wanted.append(stretch)

    def point(self, stretch: Stretch) -> None:
        """All of a stretch that has no text to show."""
        self.out.append(f"{self._tag(stretch)}{stretch.finish}</{stretch.tag}>")

    def end(self, stretch: Stretch) -> None:
        depth = next((index for index, each in enumerate(self._wanted) if each is stretch), None)
        if depth is None:
            self.point(stretch)
            return
        if depth < len(self._emitted):
            self._down_to(depth + 1)
            self.out.append(f"{stretch.finish}</{stretch.tag}>")
            self._emitted.pop()
        else:
            self.point(stretch)
        del self._wanted[depth]

    def _down_to(self, depth: int) -> None:
        while len(self._emitted) > depth:
            stretch, place = self._emitted.pop()
            if stretch.title:
                # Only now it is known that this piece is not the last one.
                self.out[place] = f'{self.out[place][:-1]} title="{escape(stretch.title)}">'
            self.out.append(f"</{stretch.tag}>")

    def _put(self, stretch: Stretch) -> None:
        self._emitted.append((stretch, len(self.out)))
        self.out.append(self._tag(stretch))

    def _tag(self, stretch: Stretch) -> str:
        first = id(stretch) not in self._seen
        self._seen.add(id(stretch))
        named = f' id="{stretch.id}"' if stretch.id and first else ""
        return f"<{stretch.tag}{named}{stretch.attributes}>"

    def _shown(self, start: int, end: int) -> str:
        # A CRLF that a stretch cuts in two is one line end still.
        if self.source[end - 1 : end + 1] == "\r\n":
            end -= 1
        return escape(self.source[start:end])
