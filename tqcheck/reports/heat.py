"""A sentence wrapped to a width with its words coloured by surprisal and its odd words underlined."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tqcheck.reports.cells import Glyph, glyph
from tqcheck.reports.snippet import Run

if TYPE_CHECKING:
    from tqcheck.result import WordResult

# Parameters of the ANSI sequence "select graphic rendition", from the bits at which each begins.
_STYLES = ((10.0, "33"), (16.0, "31"))
_ODD = "1;4;31"


@dataclass(frozen=True, slots=True)
class HeatLine:
    """A line of the sentence in runs of one style, and the row under it: ``^`` below each cell of an odd word."""

    runs: tuple[Run, ...]
    under: str


class _Cell(NamedTuple):
    """A glyph and the number of the word it belongs to (-1: none)."""

    glyph: Glyph
    word: int


def heat_lines(
    source: str, start: int, end: int, words: Sequence[WordResult], width: int, most_lines: int = 0
) -> list[HeatLine]:
    """``source[start:end]`` in lines of at most ``width`` cells, white space as single blanks.

    :param words: within the stretch, in order, not overlapping.
    :param width: at least 2.
    :param most_lines: further lines are left out, the last one then ends in …; 0 for all of them.
    """
    starts = [word.start for word in words]
    lines: list[HeatLine] = []
    for line in _wrapped(_chunks(source, start, end, words, starts), width):
        if most_lines and len(lines) == most_lines:
            last = lines[-1]
            lines[-1] = HeatLine((*last.runs, Run("…", "")), last.under)
            break
        lines.append(HeatLine(_runs(line, words), _under(line, words)))
    return lines


def _chunks(
    source: str, start: int, end: int, words: Sequence[WordResult], starts: Sequence[int]
) -> Iterator[list[_Cell]]:
    """The stretches between white space."""
    chunk: list[_Cell] = []
    for offset in range(start, end):
        if source[offset].isspace():
            if chunk:
                yield chunk
            chunk = []
            continue
        word = bisect_right(starts, offset) - 1
        inside = word >= 0 and offset < words[word].end
        chunk.append(_Cell(glyph(source[offset]), word if inside else -1))
    if chunk:
        yield chunk


def _wrapped(chunks: Iterator[list[_Cell]], width: int) -> Iterator[list[_Cell]]:
    blank = _Cell(Glyph(" ", 1), -1)
    line: list[_Cell] = []
    used = 0
    for chunk in chunks:
        size = sum(cell.glyph.cells for cell in chunk)
        if line and used + 1 + size <= width:
            line += [blank, *chunk]
            used += 1 + size
            continue
        if line:
            yield line
        line, used = [], 0
        for cell in chunk:
            if used + cell.glyph.cells > width:
                yield line
                line, used = [], 0
            line.append(cell)
            used += cell.glyph.cells
    if line:
        yield line


def _runs(line: Sequence[_Cell], words: Sequence[WordResult]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for cell in line:
        style = "" if cell.word < 0 else _style(words[cell.word])
        if runs and runs[-1].style == style:
            runs[-1] = Run(runs[-1].text + cell.glyph.shown, style)
        else:
            runs.append(Run(cell.glyph.shown, style))
    return tuple(runs)


def _style(word: WordResult) -> str:
    if word.odd:
        return _ODD
    return next((style for bits, style in reversed(_STYLES) if word.bits >= bits), "")


def _under(line: Sequence[_Cell], words: Sequence[WordResult]) -> str:
    row = "".join(("^" if cell.word >= 0 and words[cell.word].odd else " ") * cell.glyph.cells for cell in line)
    return row.rstrip()
