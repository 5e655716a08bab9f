"""A line of the story with the findings in it marked, cut to a width around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tqcheck.reports.cells import ELLIPSIS, Glyph, cells, glyph

if TYPE_CHECKING:
    from tqcheck.result import Finding

# Cells of context that a snippet with several findings keeps at least, so that each can be read.
_CONTEXT = 12
# A word cut at the edge is left out if it takes no more cells than this.
_LONGEST_STUB = 14


class Mark(NamedTuple):
    """A marked stretch ``[start, end)`` of the source in code points, and its style."""

    start: int
    end: int
    style: str


class Run(NamedTuple):
    """Characters of one style."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """The line in runs of one style, and the row under it: ``^~~~`` below each mark."""

    runs: tuple[Run, ...]
    under: tuple[Run, ...]


class _Placed(NamedTuple):
    """A glyph and the source offset it stands for."""

    offset: int
    glyph: Glyph


def share_line(source: str, first: Finding, end: int, following: Finding, width: int) -> bool:
    """Whether ``following`` fits into one snippet of ``width`` cells that begins with ``first`` and reaches ``end``."""
    if not first.line == first.end_line == following.line == following.end_line:
        return False
    end = max(end, following.end)
    if end - first.start > _reach(width):
        return False
    if cells(source[first.start : end]) <= width - _CONTEXT:
        return True
    start, stop = _line_start(first), _line_end(source, end, _reach(width))
    return stop - start <= _reach(width) and cells(source[start:stop]) <= width


def snippet(source: str, findings: Sequence[Finding], marks: Sequence[Mark], width: int) -> Snippet:
    """The line around ``findings``, which are on one line or are a single one.

    A span over several lines is shown from its first line to its last, joined
    by ↵ where the lines are neighbours and by … where they are not.

    :param marks: in order of start, each within the findings.
    :param width: cells that the line may take, at least 8.
    """
    first = findings[0]
    start, end = first.start, max(finding.end for finding in findings)
    reach = _reach(width)
    if first.end_line > first.line:
        turn = _line_end(source, start, len(source))
        last = max(turn, end - first.end_column + 1)
        core = _placed(source, start, turn, reach)
        if last < end:
            joint = Glyph("↵" if first.end_line == first.line + 1 else ELLIPSIS, 1)
            core += [_Placed(turn, joint), *_placed(source, last, end, reach)]
    else:
        core = _placed(source, start, end, reach)
    line_start = max(0, min(_line_start(first), start))
    left = _near(source, range(start - 1, line_start - 1, -1), width)[::-1]
    # A span that takes in the end of its last line has nothing to the right of it.
    all_shown = first.end_line > first.line and first.end_column == 1
    right = [] if all_shown else _near(source, range(end, _line_end(source, end, reach)), width)
    line = _window(left, core, right, width)
    return Snippet(_runs(line, marks), _under(line, marks))


def _near(source: str, offsets: range, width: int) -> list[_Placed]:
    """The glyphs at ``offsets`` until they take more than ``width`` cells."""
    near: list[_Placed] = []
    used = 0
    for offset in offsets[: _reach(width)]:
        near.append(_Placed(offset, glyph(source[offset])))
        used += near[-1].glyph.cells
        if used > width:
            break
    return near


def _reach(width: int) -> int:
    """Code points looked at on each side: enough for ``width`` cells although some code points take none."""
    return 4 * width


def _line_start(finding: Finding) -> int:
    return finding.start - finding.column + 1


def _line_end(source: str, start: int, reach: int) -> int:
    """The end of the line that ``start`` is in, or ``reach`` code points on."""
    stop = min(len(source), start + reach)
    for ending in "\n\r":
        found = source.find(ending, start, stop)
        stop = stop if found < 0 else found
    return stop


def _placed(source: str, start: int, end: int, reach: int) -> list[_Placed]:
    if end - start > 2 * reach:
        middle = _Placed(start + reach, Glyph(ELLIPSIS, 1))
        return [
            *_placed(source, start, start + reach, reach),
            middle,
            *_placed(source, end - reach, end, reach),
        ]
    return [_Placed(offset, glyph(source[offset])) for offset in range(start, end)]


def _width(line: Sequence[_Placed]) -> int:
    return sum(placed.glyph.cells for placed in line)


def _window(left: list[_Placed], core: list[_Placed], right: list[_Placed], width: int) -> list[_Placed]:
    """``left + core + right`` cut to ``width`` cells: the core whole if it fits, the rest shared between the sides."""
    if _width(core) > width - 2:
        core = _shortened(core, width - 2)
    budget = width - max(1, _width(core))
    before, after = _width(left), _width(right)
    if before + after > budget:
        half = budget // 2
        if before <= half:
            right = _head(right, budget - before)
        elif after <= budget - half:
            left = _tail(left, budget - after)
        else:
            left, right = _tail(left, half), _head(right, budget - half)
    return [*left, *core, *right]


def _shortened(core: list[_Placed], width: int) -> list[_Placed]:
    """Beginning and end of a stretch too long to show."""
    head = _take(core, (width - 1) // 2)
    tail = _take(core[::-1], width - 1 - _width(head))[::-1]
    return [*head, _Placed(core[len(head)].offset, Glyph(ELLIPSIS, 1)), *tail]


def _take(line: Sequence[_Placed], width: int) -> list[_Placed]:
    used = 0
    for index, placed in enumerate(line):
        used += placed.glyph.cells
        if used > width:
            return list(line[:index])
    return list(line)


def _head(line: list[_Placed], width: int) -> list[_Placed]:
    """The beginning of ``line`` and …, without a stub of a word, in ``width`` cells."""
    kept = _without_stub(_take(line, width - 1), line)
    return [*kept, _Placed(line[len(kept)].offset, Glyph(ELLIPSIS, 1))][: max(0, width)]


def _tail(line: list[_Placed], width: int) -> list[_Placed]:
    return _head(line[::-1], width)[::-1]


def _without_stub(kept: list[_Placed], line: list[_Placed]) -> list[_Placed]:
    if len(kept) < len(line) and line[len(kept)].glyph.shown.strip():
        for drop in range(min(_LONGEST_STUB, len(kept))):
            if kept[-1 - drop].glyph.shown.isspace():
                kept = kept[: len(kept) - drop]
                break
    while kept and kept[-1].glyph.shown.isspace():
        kept.pop()
    return kept


def _runs(line: Sequence[_Placed], marks: Sequence[Mark]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for placed in line:
        style = next((mark.style for mark in marks if mark.start <= placed.offset < mark.end), "")
        if runs and runs[-1].style == style:
            runs[-1] = Run(runs[-1].text + placed.glyph.shown, style)
        else:
            runs.append(Run(placed.glyph.shown, style))
    return tuple(runs)


def _under(line: Sequence[_Placed], marks: Sequence[Mark]) -> tuple[Run, ...]:
    row: dict[int, Run] = {}
    for mark in marks:
        column = 0
        taken: list[int] = []
        insertion = 0
        for placed in line:
            if placed.offset < mark.start:
                insertion = column + placed.glyph.cells
            if mark.start <= placed.offset < mark.end:
                taken.extend(range(column, column + placed.glyph.cells))
            column += placed.glyph.cells
        for index, cell in enumerate(taken or [insertion]):
            if index == 0 or cell not in row:
                row[cell] = Run("~" if index else "^", mark.style)
    last = max(row, default=-1)
    return tuple(row.get(cell, Run(" ", "")) for cell in range(last + 1))
