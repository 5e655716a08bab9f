"""Tables as on GitHub: rows of cells between bars, under a head and a row of dashes."""

from __future__ import annotations

import re
from itertools import pairwise

_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*+\|?[ \t]*$")
_PIPE = re.compile(r"\\.|\|")


def is_delimiter_row(source: str, start: int, end: int) -> bool:
    """Whether a line can stand under the head of a table."""
    return (
        source[start] in "|:-"
        and _DELIMITERS.match(source, start, end) is not None
        and ("|" in source[start:end] or ":" in source[start:end])
    )


def split_cells(source: str, start: int, end: int) -> list[tuple[int, int]]:
    """The cells of a table row as trimmed spans."""
    while end > start and source[end - 1] in " \t":
        end -= 1
    if source.startswith("|", start):
        start += 1
    edges = [start]
    edges += [found.end() for found in _PIPE.finditer(source, start, end) if found[0] == "|"]
    if edges[-1] != end:
        edges.append(end + 1)
    cells: list[tuple[int, int]] = []
    for left, right in pairwise(edges):
        first, last = left, right - 1
        while first < last and source[first] in " \t":
            first += 1
        while last > first and source[last - 1] in " \t":
            last -= 1
        cells.append((first, last))
    return cells
