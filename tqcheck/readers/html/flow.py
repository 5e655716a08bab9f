"""The flow of a page's text: white space collapsed, references resolved, gathered in blocks of pieces."""

from __future__ import annotations

import re
from typing import NamedTuple

from tqcheck.readers.entities import REFERENCE, resolve
from tqcheck.readers.extraction import PLACEHOLDER, Piece, RawBlock
from tqcheck.readers.html.article import PageBlock
from tqcheck.readers.html.context import Context

_LAYOUT = "\u00ad\u200b"
"""Where a word may be broken at the end of a line, as ``<wbr>`` says: no part of what is read."""
_SPECIAL = re.compile(rf"[ \t\n\r\f]{{2,}}|[\t\n\r\f]|[{_LAYOUT}]|{REFERENCE}")
_SPACES = " \t\n\r\f"


class Place(NamedTuple):
    """The place of a piece: which block is gathered, and which piece of it."""

    block: int
    piece: int


class Flow:
    """The text of a page as it is read.

    ``context`` is what holds for what comes next; it may be set at any time.
    ``blocks`` are those that have ended.
    """

    def __init__(self, source: str) -> None:
        self.context = Context()
        self.blocks: list[PageBlock] = []
        self._source = source
        self._pieces: list[Piece] = []
        self._owner = self.context
        # True where a white-space character would be dropped: at the start of a block or after another.
        self._after_space = True
        self._after_break = False

    @property
    def place(self) -> Place:
        """The place of the last piece."""
        return Place(len(self.blocks), len(self._pieces) - 1)

    def read(self, start: int, end: int) -> None:
        """Take the text that stands in a stretch of the page, unless it is silent there."""
        if self.context.silent:
            return
        source = self._source
        position = start
        for found in _SPECIAL.finditer(source, start, end):
            at = found.start()
            if source[at] == "&":
                if at < position:
                    continue
                resolved = resolve(found[0])
                if resolved is None:
                    continue
                self._copy(position, at)
                characters, length = resolved
                if characters in _SPACES:
                    self._space(at, at + length)
                elif characters not in _LAYOUT:
                    self.put(characters, at, at + length)
                position = at + length
            else:
                self._copy(position, at)
                if source[at] not in _LAYOUT:
                    self._space(at, found.end())
                position = found.end()
        self._copy(position, end)

    def put(self, characters: str, start: int, end: int, *, loose: bool = False) -> None:
        """Show characters of our own for a stretch of the page, unless it is silent there."""
        if not self.context.silent:
            self._add(Piece(characters, start, end, loose))
            self._after_space = False

    def stand_in(self, start: int, end: int, *, loose: bool = False) -> None:
        """Show a placeholder for a stretch of the page."""
        self.put(PLACEHOLDER, start, end, loose=loose)

    def stretch(self, place: Place, end: int) -> None:
        """Let the piece at ``place`` reach to ``end`` if it is still the last."""
        if place == self.place:
            self._pieces[-1] = self._pieces[-1]._replace(end=end)

    def line_break(self, start: int, end: int) -> None:
        """End the line, or the block where the line has ended already."""
        if self.context.silent or not self._pieces:
            return
        if self._after_break:
            self.flush()
            return
        last = self._pieces[-1]
        if self._after_space:
            if len(last.text) == 1:
                self._pieces.pop()
            elif last.text.endswith(" "):
                self._pieces[-1] = Piece(last.text[:-1], last.start, last.end - 1)
        if not self._pieces:
            return
        self._add(Piece("\n", start, end))
        self._after_space = self._after_break = True

    def flush(self) -> None:
        """End the block."""
        if self._pieces:
            owner = self._owner
            self.blocks.append(PageBlock(RawBlock(owner.kind, self._pieces), owner.article, owner.main, owner.form))
            self._pieces = []
        self._after_space = True
        self._after_break = False

    def _copy(self, start: int, end: int) -> None:
        """Take over source text in which blanks stand singly."""
        if start < end and self._after_space and self._source[start] == " ":
            start += 1
        if start >= end:
            return
        self._add(Piece(self._source[start:end], start, end))
        self._after_space = self._source[end - 1] == " "

    def _space(self, start: int, end: int) -> None:
        if not self._after_space:
            self._add(Piece(" ", start, end))
            self._after_space = True

    def _add(self, piece: Piece) -> None:
        if not self._pieces:
            self._owner = self.context
        self._pieces.append(piece)
        self._after_break = False
