"""Lines of the file that belong to one paragraph, read as one text and led back to their places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from tqcheck.readers.extraction import Piece
from tqcheck.text.span import Span

LINE_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """A paragraph's lines as one string, and where each of its characters stands in the source.

    :param spans: the lines as (start, end) in ``source``, without indentation
        and container marks. ``text`` joins them by newlines; a newline stands
        for all that lies between two lines.
    """

    def __init__(self, source: str, spans: list[tuple[int, int]]) -> None:
        self.spans = spans
        self.text = source[spans[0][0] : spans[0][1]] if len(spans) == 1 else "\n".join(source[a:b] for a, b in spans)
        self._starts = [0]
        for start, end in spans[:-1]:
            self._starts.append(self._starts[-1] + end - start + 1)

    def span_to_source(self, span: Span) -> Span:
        """A stretch of ``text`` that is not empty as a stretch of the source."""
        line = bisect_right(self._starts, span.start) - 1
        return Span(self.spans[line][0] + span.start - self._starts[line], self._place_end(span.end))

    def to_source(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Pieces with positions in ``text`` as pieces with positions in the source."""
        if len(self.spans) == 1:
            shift = self.spans[0][0]
            return [Piece(text, start + shift, end + shift, loose) for text, start, end, loose in pieces]
        moved: list[Piece] = []
        starts, spans = self._starts, self.spans
        last = len(spans) - 1
        line = 0
        for text, start, end, loose in pieces:
            while line < last and starts[line + 1] <= start:
                line += 1
            place = spans[line][0] + start - starts[line]
            if line == last or end < starts[line + 1]:
                moved.append(Piece(text, place, place + end - start, loose))
            else:
                moved.append(Piece(text, place, self._place_end(end), loose))
        return moved

    def _place_end(self, position: int) -> int:
        """The source position after the character before ``position``."""
        line = bisect_right(self._starts, position - 1) - 1
        start, end = self.spans[line]
        found = start + position - self._starts[line]
        return found if found <= end or line + 1 == len(self.spans) else self.spans[line + 1][0]
