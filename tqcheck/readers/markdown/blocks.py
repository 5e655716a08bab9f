"""The block level of Markdown: which lines belong together, in which containers, and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tqcheck.readers.extraction import RawBlock
from tqcheck.readers.html import extract_blocks
from tqcheck.readers.markdown.columns import Cursor, advance, after_quote, first_character
from tqcheck.readers.markdown.front_matter import front_matter
from tqcheck.readers.markdown.inline import read_inline
from tqcheck.readers.markdown.lines import LINE_END, Lines
from tqcheck.readers.markdown.links import read_definitions
from tqcheck.readers.markdown.tables import is_delimiter_row, split_cells
from tqcheck.readers.markdown.tags import html_start
from tqcheck.text.document import BlockKind
from tqcheck.text.span import Span

DEEPEST = 20
"""Most block quotes and list items inside one another; deeper marks are text."""

_ATX = re.compile(r"#{1,6}(?=[ \t]|$)")
_ATX_TAIL = re.compile(r"(?:^|[ \t])#+$")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_BULLET = re.compile(r"[-+*](?=[ \t]|$)")
_NUMBER = re.compile(r"([0-9]{1,9})[.)](?=[ \t]|$)")
_TASK = re.compile(r"\[[ xX]\](?=[ \t])")
_ALERT = re.compile(r"\[!\w+\]$")
_FOOTNOTE = re.compile(r"\[\^[^\s\[\]]+\]:")


@dataclass(slots=True)
class _Container:
    """An open block quote, list item or footnote; ``content`` is the column where an item's text stands."""

    kind: Literal["quote", "item", "note"]
    content: int = 0
    empty: bool = False
    fresh: bool = True


@dataclass(slots=True)
class _Leaf:
    """A block of text: its lines in the source, and the kind of block it becomes."""

    kind: BlockKind
    lines: list[tuple[int, int]] = field(default_factory=list)
    html: bool = False


@dataclass(slots=True)
class _Open:
    """The leaf that further lines may belong to."""

    what: Literal["paragraph", "fence", "html", "table"]
    leaf: _Leaf | None = None
    fence: str = ""
    until: re.Pattern[str] | None = None
    columns: int = 0


class Blocks:
    """One pass over the lines; ``render`` then reads the inline level, when all link labels are known.

    ``code`` are the stretches of code found so far.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.labels: set[str] = set()
        self.code: list[Span] = []
        self._leaves: list[_Leaf] = []
        self._containers: list[_Container] = []
        self._open: _Open | None = None
        self._after_blank = False

    def read(self) -> None:
        """Read all lines."""
        source = self.source
        front = front_matter(source)
        position = front or (1 if source.startswith("\ufeff") else 0)
        for found in LINE_END.finditer(source, position):
            self._line(position, found.start())
            position = found.end()
        if position < len(source):
            self._line(position, len(source))
        self._close()

    def render(self) -> Iterator[RawBlock]:
        """The blocks in order."""
        for leaf in self._leaves:
            lines = Lines(self.source, leaf.lines)
            if leaf.html:
                for block in extract_blocks(lines.text):
                    kind = leaf.kind if block.kind == "paragraph" else block.kind
                    yield RawBlock(kind, lines.to_source(block.pieces))
            else:
                pieces, code = read_inline(lines.text, self.labels)
                self.code += map(lines.span_to_source, code)
                yield RawBlock(leaf.kind, lines.to_source(pieces))

    # Lines

    def _line(self, start: int, end: int) -> None:
        opened = self._open
        if not self._containers and start < end and self.source[start].isalpha():
            # No block begins with a letter: the common case, settled at once.
            if opened is None:
                leaf = self._leaf()
                leaf.lines.append((start, end))
                self._open = _Open("paragraph", leaf)
                return
            if opened.what == "paragraph" and opened.leaf is not None:
                opened.leaf.lines.append((start, end))
                return
        elif start == end and opened is None and self._after_blank:
            return
        self._after_blank = False
        cursor, matched = self._match_containers(Cursor(start, 0), end)
        all_matched = matched == len(self._containers)
        first = first_character(self.source, cursor, end)
        if opened is not None and all_matched and opened.what in ("fence", "html"):
            self._verbatim(opened, cursor, end)
            return
        if first.at >= end:
            self._blank(matched, all_matched)
            return
        self._open_blocks(cursor, end, matched)

    def _match_containers(self, cursor: Cursor, end: int) -> tuple[Cursor, int]:
        """Pass the marks of the open containers; gives how many the line goes on with."""
        for index, container in enumerate(self._containers):
            first = first_character(self.source, cursor, end)
            if container.kind == "quote":
                if first.at >= end or first.column - cursor.column >= 4 or self.source[first.at] != ">":
                    return cursor, index
                cursor = after_quote(self.source, first, end)
            elif first.at >= end:
                if container.empty:
                    return cursor, index
            elif first.column >= container.content:
                cursor = advance(self.source, cursor, end, container.content)
            else:
                return cursor, index
        return cursor, len(self._containers)

    def _blank(self, matched: int, all_matched: bool) -> None:
        opened = self._open
        if opened is not None and (not all_matched or opened.what in ("paragraph", "table")):
            self._close()
        if not all_matched:
            del self._containers[matched:]
        self._after_blank = True

    def _verbatim(self, opened: _Open, cursor: Cursor, end: int) -> None:
        source = self.source
        first = first_character(source, cursor, end)
        if opened.what == "fence":
            mark = opened.fence[0]
            self.code[-1] = Span(self.code[-1].start, end)
            if (
                first.column - cursor.column < 4
                and source.startswith(opened.fence, first.at)
                and not source[first.at : end].rstrip(" \t").strip(mark)
            ):
                self._open = None
            return
        assert opened.leaf is not None
        if opened.until is None and first.at >= end:
            self._close()
            return
        opened.leaf.lines.append((cursor.at, end))
        if opened.until is not None and opened.until.search(source, cursor.at, end):
            self._close()

    def _open_blocks(self, cursor: Cursor, end: int, matched: int) -> None:
        """Take the marks that open blocks at the beginning of a line, then its text."""
        source = self.source
        new = False
        while True:
            first = first_character(source, cursor, end)
            if first.at >= end:
                if new:
                    return
                break
            going_on = self._open if not new and matched == len(self._containers) else None
            in_paragraph = self._open is not None and self._open.what == "paragraph" and not new
            in_text = in_paragraph or (going_on is not None and going_on.what == "table")
            if first.column - cursor.column >= 4:
                if in_paragraph:
                    break
                self._settle(matched, new)
                self.code.append(Span(first.at, end))
                return
            char = source[first.at]
            if char == ">" and len(self._containers) < DEEPEST:
                self._settle(matched, new)
                self._containers.append(_Container("quote"))
                cursor, new = after_quote(source, first, end), True
                matched = len(self._containers)
                continue
            if char == "#" and (heading := _ATX.match(source, first.at, end)):
                self._settle(matched, new)
                self._heading(heading.end(), end)
                return
            if char in "`~" and (fence := _FENCE.match(source, first.at, end)):
                self._settle(matched, new)
                self._open = _Open("fence", fence=fence[1] or fence[2])
                self.code.append(Span(first.at, end))
                return
            if char == "<" and (html := html_start(source, first.at, end, in_text=in_text)) is not None:
                self._settle(matched, new)
                self._open = _Open("html", self._leaf(html=True), until=html[0])
                self._verbatim(self._open, Cursor(first.at, first.column), end)
                return
            if (
                char in "=-"
                and going_on is not None
                and going_on.what == "paragraph"
                and _UNDERLINE.match(source, first.at, end)
            ):
                if self._underline(going_on):
                    return
                continue
            if char in "*-_" and _RULE.match(source, first.at, end):
                self._settle(matched, new)
                return
            item = self._item(first, end, going_on is not None and going_on.what == "paragraph")
            if item is not None:
                self._settle(matched, new)
                container, cursor = item
                self._containers.append(container)
                new = True
                matched = len(self._containers)
                continue
            if char == "[" and (note := _FOOTNOTE.match(source, first.at, end)) and len(self._containers) < DEEPEST:
                self._settle(matched, new)
                self._containers.append(_Container("note", first.column + 4))
                cursor, new = Cursor(note.end(), first.column + note.end() - first.at), True
                matched = len(self._containers)
                continue
            if going_on is not None and self._table(going_on, first.at, end):
                return
            break
        self._prose(first_character(source, cursor, end).at, end, matched, new)

    def _settle(self, matched: int, new: bool) -> None:
        """Close what does not go on with this line, before something new is opened."""
        self._close()
        if not new:
            del self._containers[matched:]
        for container in self._containers:
            container.empty = False

    def _prose(self, start: int, end: int, matched: int, new: bool) -> None:
        opened = self._open
        if opened is not None and opened.what == "paragraph" and not new:
            # Also a line that left its containers' marks out goes on with the paragraph.
            assert opened.leaf is not None
            opened.leaf.lines.append((start, end))
            return
        self._settle(matched, new)
        inner = self._containers[-1] if self._containers else None
        if inner is not None and inner.fresh:
            inner.fresh = False
            if inner.kind == "item" and (task := _TASK.match(self.source, start, end)):
                start = first_character(self.source, Cursor(task.end(), 0), end).at
            elif inner.kind == "quote" and _ALERT.match(self.source[start:end].rstrip()):
                return
        leaf = self._leaf()
        leaf.lines.append((start, end))
        self._open = _Open("paragraph", leaf)

    # Leaves

    def _leaf(self, kind: BlockKind | None = None, *, html: bool = False) -> _Leaf:
        if kind is None:
            inner = self._containers[-1].kind if self._containers else "note"
            kind = "quotation" if inner == "quote" else "list-item" if inner == "item" else "paragraph"
        return _Leaf(kind, html=html)

    def _close(self) -> None:
        opened = self._open
        self._open = None
        if opened is None or opened.leaf is None:
            return
        if opened.what == "paragraph":
            self._define(opened.leaf)
        if opened.leaf.lines:
            self._leaves.append(opened.leaf)

    def _define(self, leaf: _Leaf) -> None:
        """Take the link definitions off the beginning of a paragraph."""
        if not self.source.startswith("[", leaf.lines[0][0]):
            return
        text = Lines(self.source, leaf.lines).text
        labels, position = read_definitions(text)
        self.labels.update(labels)
        if position:
            lines = text.count("\n", 0, position) if position < len(text) else len(leaf.lines)
            del leaf.lines[:lines]

    def _heading(self, start: int, end: int) -> None:
        source = self.source
        while start < end and source[start] in " \t":
            start += 1
        while start < end and source[end - 1] in " \t":
            end -= 1
        if tail := _ATX_TAIL.search(source[start:end].rpartition(" ")[2].rpartition("\t")[2]):
            end -= len(tail[0])
        if start < end:
            leaf = self._leaf("heading")
            leaf.lines.append((start, end))
            self._leaves.append(leaf)

    def _underline(self, opened: _Open) -> bool:
        """Make the open paragraph a heading; false where nothing but definitions is left of it."""
        assert opened.leaf is not None
        self._define(opened.leaf)
        if not opened.leaf.lines:
            self._open = None
            return False
        self._open = None
        opened.leaf.kind = "heading"
        self._leaves.append(opened.leaf)
        return True

    def _table(self, opened: _Open, start: int, end: int) -> bool:
        """Go on with a table, or make the last line of the open paragraph the head of one."""
        source = self.source
        if opened.what == "table":
            self._cells(start, end, opened.columns)
            return True
        if opened.what != "paragraph" or not is_delimiter_row(source, start, end):
            return False
        assert opened.leaf is not None
        head = opened.leaf.lines[-1]
        count = len(split_cells(source, start, end))
        if count != len(split_cells(source, *head)):
            return False
        opened.leaf.lines.pop()
        if opened.leaf.lines:
            self._close()
        self._open = _Open("table", columns=count)
        self._cells(*head, count)
        return True

    def _cells(self, start: int, end: int, columns: int) -> None:
        cells = split_cells(self.source, start, end)[:columns]
        self._leaves += [_Leaf("cell", [cell]) for cell in cells if cell[0] < cell[1]]

    # Items

    def _item(self, first: Cursor, end: int, in_paragraph: bool) -> tuple[_Container, Cursor] | None:
        source = self.source
        if len(self._containers) >= DEEPEST:
            return None
        found = _BULLET.match(source, first.at, end) or _NUMBER.match(source, first.at, end)
        if found is None:
            return None
        width = found.end() - first.at
        after = Cursor(found.end(), first.column + width)
        text = first_character(source, after, end)
        blank = text.at >= end
        if in_paragraph and (blank or (found.lastindex and int(found[1]) != 1)):
            return None
        gap = text.column - after.column
        content = after.column + 1 if blank or gap > 4 else text.column
        cursor = after if blank else advance(source, after, end, content)
        return _Container("item", content, empty=blank), cursor
