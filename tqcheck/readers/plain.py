"""Plain text: paragraphs by blank lines or one a line, as news copy is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tqcheck.readers.extraction import is_decoration
from tqcheck.text.document import Block, BlockKind, Document
from tqcheck.text.ignores import without_comments

WIDEST_WRAP = 120
"""Longest line, in code points, of a text that counts as hard-wrapped."""

LONGEST_HEADLINE = 20
"""Most words of a line that counts as a headline."""

_LINE_END = re.compile("\r\n|[\n\r\v\f\u2028\u2029]")
_RARE_LINE_END = re.compile("[\r\v\f\u2028\u2029]")
_EDGE = "\ufeff"
_BULLET = re.compile(
    r"(?:[-*+•◦▪‣·●○■][ \t\xa0]+|\(?(?:[0-9]{1,3}|[a-zA-Z]|[ivx]{2,5})\)[ \t\xa0]+|[0-9]{1,3}\.[ \t\xa0]+)(?=\S)"
)
_ENDED = re.compile(r"[.?!…:;,—–][\"'”’»“‘)\]*_]*$")
_STOPPED = re.compile(r"[.?!…:][\"'”’»“‘)\]*_]*$")
_FIRST_WORD = re.compile(r"\S+")


class _Line(NamedTuple):
    """A line with something to read: ``text[start:end]`` trimmed; ``indent`` and ``bullet`` in code points."""

    start: int
    end: int
    indent: int
    bullet: int

    @property
    def width(self) -> int:
        return self.indent + self.end - self.start


class _Passage(NamedTuple):
    """One block to be: from the first character after a bullet to the end of the last line."""

    start: int
    end: int
    listed: bool
    single: bool


def read_plain(source: str, path: str) -> Document:
    """The Document of a plain text; its ``text`` is its ``source`` without the comments of :mod:`tqcheck.text.ignores`.

    Blank lines and lines of mere decoration separate blocks. So does every
    other line end, except in hard-wrapped paragraphs: their lines are joined
    where the next word would not have fitted, or goes on in the middle of a
    sentence (some programs count bytes, or one blank more). A single line of 2 to
    :data:`LONGEST_HEADLINE` words without closing punctuation, with more text
    after it, is a heading.
    """
    text, segments = without_comments(source)
    chunks = list(_chunks(text))
    width = _wrap_width(text, chunks)
    passages = [
        passage for chunk in chunks for passage in _passages(text, chunk, width or _wrap_width(text, [chunk], least=3))
    ]
    last = len(passages) - 1
    return Document(
        path,
        source,
        None if segments is None else text,
        blocks=[
            Block(passage.start, passage.end, _kind(text, passage, index == last))
            for index, passage in enumerate(passages)
        ],
        segments=segments,
    )


def _chunks(text: str) -> Iterator[list[_Line]]:
    """Runs of lines with no blank or merely decorative line between them."""
    current: list[_Line] = []
    position = 0
    for end, following in _line_ends(text):
        raw = text[position:end]
        line = raw.strip().strip(_EDGE).strip()
        if line and not is_decoration(line):
            indent = raw.index(line[0])
            found = _BULLET.match(line)
            start = position + indent
            current.append(_Line(start, start + len(line), indent, found.end() if found else 0))
        elif current:
            yield current
            current = []
        position = following
    if current:
        yield current


def _line_ends(text: str) -> Iterator[tuple[int, int]]:
    """Where each line ends and where the next one begins."""
    if _RARE_LINE_END.search(text):
        for found in _LINE_END.finditer(text):
            yield found.span()
    else:
        end = text.find("\n")
        while end >= 0:
            yield end, end + 1
            end = text.find("\n", end + 1)
    yield len(text), len(text)


def _passages(text: str, chunk: list[_Line], width: int) -> Iterator[_Passage]:
    first = previous = chunk[0]
    for line in chunk[1:]:
        if not (width and _continues(text, previous, line, width)):
            yield _Passage(first.start + first.bullet, previous.end, first.bullet > 0, first is previous)
            first = line
        previous = line
    yield _Passage(first.start + first.bullet, previous.end, first.bullet > 0, first is previous)


def _continues(text: str, line: _Line, following: _Line, width: int) -> bool:
    """Whether ``following`` goes on with the paragraph of ``line`` in a text wrapped at ``width``."""
    if following.bullet or (following.indent > line.indent and not line.bullet):
        return False
    if line.width + 1 + _first_word(text, following) > width:
        return True
    stopped = _STOPPED.search(text, max(line.start, line.end - 8), line.end)
    return 2 * line.width > width and text[following.start].islower() and not stopped


def _first_word(text: str, line: _Line) -> int:
    found = _FIRST_WORD.match(text, line.start, min(line.end, line.start + WIDEST_WRAP + 1))
    return found.end() - found.start() if found else 0


def _wrap_width(text: str, chunks: list[list[_Line]], least: int = 2) -> int:
    """The width at which all lines of these chunks were wrapped, or 0 if they were not.

    Wrapped prose shows it: most lines within a chunk are so long that the next
    word would not have fitted, and many next lines begin in the middle of a
    sentence. Only chunks of at least ``least`` lines are looked at, and a line
    that is a single word (a URL) does not count for the width.
    """
    pairs = [pair for chunk in chunks if len(chunk) >= least for pair in pairwise(chunk)]
    if not pairs:
        return 0
    width = 0
    for chunk in chunks:
        for line in chunk:
            if line.width > WIDEST_WRAP:
                if line.end - line.start > 2000 or len(text[line.start : line.end].split(None, 1)) > 1:
                    return 0
                continue
            width = max(width, line.width)
    full = [pair for pair in pairs if pair[0].width + 1 + _first_word(text, pair[1]) > width]
    going_on = sum(text[following.start].islower() for _, following in full)
    return width if 2 * len(full) >= len(pairs) and going_on and 4 * going_on >= len(full) else 0


def _kind(text: str, passage: _Passage, is_last: bool) -> BlockKind:
    if passage.listed:
        return "list-item"
    size = passage.end - passage.start
    if is_last or not passage.single or size > 15 * LONGEST_HEADLINE:
        return "paragraph"
    line = text[passage.start : passage.end]
    if not 2 <= len(line.split()) <= LONGEST_HEADLINE or line[0].islower() or _ENDED.search(line):
        return "paragraph"
    return "heading"
