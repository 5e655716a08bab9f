"""Lines and columns of a text."""

from __future__ import annotations

import re
from bisect import bisect_right


class LineIndex:
    """Lines and columns of a text; both 1-based, columns in code points.

    Lines end at LF, CRLF or a lone CR, as editors count them.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a 0-based code-point offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a 1-based line without its end."""
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[self._starts[number - 1] : end].rstrip("\r\n")

    def start(self, number: int) -> int:
        """The offset at which a 1-based line starts."""
        return self._starts[number - 1]

    def __len__(self) -> int:
        return len(self._starts)


def utf16_column(line: str, column: int) -> int:
    """A 0-based code-point column as a count of UTF-16 units, as language servers want it."""
    return column + sum(1 for char in line[:column] if ord(char) > 0xFFFF)
