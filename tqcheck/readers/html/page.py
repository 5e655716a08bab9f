"""A page as it is read from one end to the other: what its tags open, close, show and hide."""

from __future__ import annotations

from tqcheck.readers.html.article import PageBlock
from tqcheck.readers.html.context import Contexts
from tqcheck.readers.html.elements import BLOCK_TAGS, RAW, STANDS_IN, VOID
from tqcheck.readers.html.flow import Flow
from tqcheck.readers.html.nesting import Element, OpenElements
from tqcheck.readers.html.tokens import tokens


class Page:
    """One pass over a page. ``blocks`` and ``headed`` hold what was found."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._flow = Flow(source)
        self._contexts = Contexts()
        self._open = OpenElements()

    @property
    def blocks(self) -> list[PageBlock]:
        """The visible blocks in order."""
        return self._flow.blocks

    @property
    def headed(self) -> set[int]:
        """Numbers of the articles that hold an ``<h1>``."""
        return self._contexts.headed

    def read(self) -> None:
        """Read the page to its end."""
        flow = self._flow
        for what, start, end, name, attributes, closed in tokens(self.source):
            if what == "text":
                flow.read(start, end)
            elif name == "br":
                flow.line_break(start, end)
            elif what == "start":
                self._start_tag(name, attributes, start, end, closed)
            elif what == "end":
                self._end_tag(name, start, end)
        flow.flush()

    def _start_tag(self, name: str, attributes: str, start: int, end: int, closed: bool) -> None:
        flow = self._flow
        is_block = name in BLOCK_TAGS
        if is_block:
            flow.flush()
            self._leave(self._open.begin(name))
        outside = flow.context
        inside = self._contexts.inside(outside, name, attributes)
        if name in VOID:
            if name == "img" or name in STANDS_IN:
                flow.stand_in(start, end, loose=name == "img")
            return
        if name == "q" and not attributes.endswith("/"):
            flow.put("‘" if outside.quotes % 2 else "“", start, end)
        if closed:
            return
        if name in RAW:
            if not is_block and name in STANDS_IN:
                flow.stand_in(start, end)
            return
        shown = None
        if inside is not outside:
            if inside.silent and not outside.silent and not is_block and (name in STANDS_IN or not inside.hidden):
                flow.stand_in(start, end)
                shown = flow.place
            flow.context = inside
        self._open.open(Element(name, outside, shown))

    def _end_tag(self, name: str, start: int, end: int) -> None:
        flow = self._flow
        if name in BLOCK_TAGS:
            flow.flush()
        if name not in self._open:
            return
        if name == "q" and (quotation := self._open.innermost("q")) is not None:
            flow.put("’" if quotation.outside.quotes % 2 else "”", start, end)
        closed = self._open.end(name)
        self._leave(closed)
        if closed is not None and closed.stand_in is not None:
            flow.stretch(closed.stand_in, end)

    def _leave(self, closed: Element | None) -> None:
        if closed is not None:
            self._flow.context = closed.outside
