"""Markdown: the text a reader sees, each character with its place in the file.

Follows CommonMark for block structure, with front matter, tables, footnotes,
task lists and strikethrough as on GitHub. It is our own because Markdown
parsers keep lines, not characters, and some take quadratic time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from tqcheck.readers.extraction import RawBlock, assemble
from tqcheck.readers.html import extract_blocks
from tqcheck.readers.markdown_inline import CLOSE_TAG, OPEN_TAG, Lines, normalise_label, read_inline
from tqcheck.text.document import BlockKind, Document
from tqcheck.text.span import Span

DEEPEST = 20
"""Most block quotes and list items inside one another; deeper marks are text."""

_LINE_END = re.compile(r"\r\n|\n|\r")
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
_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*+\|?[ \t]*$")
_PIPE = re.compile(r"\\.|\|")
_TITLE = r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"
_DEFINITION = re.compile(
    r"[ \t]*+\[((?:[^\[\]\\]|\\.){1,999}+)\]:[ \t]*+(?:\n[ \t]*+)?+(?:<(?:[^<>\n\\]|\\.)*+>|[^\s<]\S*+)"
    rf"(?:(?:[ \t]*+\n[ \t]*+|[ \t]++){_TITLE}[ \t]*+(?=\n|\Z)|[ \t]*+(?=\n|\Z))\n?",
    re.DOTALL,
)
_HTML_TAGS = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead "
    "title tr track ul"
).replace(" ", "|")
# How a block of HTML begins, and what ends it; ``None`` is a blank line.
_HTML = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![a-zA-Z]"), re.compile(r">")),
    (re.compile(rf"</?(?:{_HTML_TAGS})(?=[\s>]|/>|$)", re.IGNORECASE), None),
)
_HTML_ALONE = re.compile(rf"(?:{OPEN_TAG}|{CLOSE_TAG})[ \t]*$")


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


class _Cursor(NamedTuple):
    """A place in a line: position in the source, column, and blanks left of a tab taken in part."""

    at: int
    column: int
    spare: int = 0


def read_markdown(text: str, path: str) -> Document:
    """The Document of a Markdown file: its prose without the markup.

    Left out: front matter, code, HTML tags and comments, link and image
    targets, definitions, footnote marks, alternative texts. Inline code,
    images and URLs leave U+FFFC, so that the words around them stay apart.
    Table cells are blocks of their own.
    """
    blocks = _Blocks(text)
    blocks.read()
    document = assemble(path, text, blocks.render())
    document.code = tuple(sorted(blocks.code))
    return document


class _Blocks:
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
        front = _front_matter(source)
        position = front or (1 if source.startswith("\ufeff") else 0)
        for found in _LINE_END.finditer(source, position):
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
        cursor, matched = self._match_containers(_Cursor(start, 0), end)
        all_matched = matched == len(self._containers)
        first = self._first(cursor, end)
        if opened is not None and all_matched and opened.what in ("fence", "html"):
            self._verbatim(opened, cursor, end)
            return
        if first.at >= end:
            self._blank(matched, all_matched)
            return
        self._open_blocks(cursor, end, matched)

    def _match_containers(self, cursor: _Cursor, end: int) -> tuple[_Cursor, int]:
        """Pass the marks of the open containers; gives how many the line goes on with."""
        for index, container in enumerate(self._containers):
            first = self._first(cursor, end)
            if container.kind == "quote":
                if first.at >= end or first.column - cursor.column >= 4 or self.source[first.at] != ">":
                    return cursor, index
                cursor = self._after_quote(first, end)
            elif first.at >= end:
                if container.empty:
                    return cursor, index
            elif first.column >= container.content:
                cursor = self._advance(cursor, end, container.content)
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

    def _verbatim(self, opened: _Open, cursor: _Cursor, end: int) -> None:
        source = self.source
        first = self._first(cursor, end)
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

    def _open_blocks(self, cursor: _Cursor, end: int, matched: int) -> None:
        """Take the marks that open blocks at the beginning of a line, then its text."""
        source = self.source
        new = False
        while True:
            first = self._first(cursor, end)
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
                cursor, new = self._after_quote(first, end), True
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
            if char == "<" and (html := self._html_start(first.at, end, in_text)) is not None:
                self._settle(matched, new)
                self._open = _Open("html", self._leaf(html=True), until=html[0])
                self._verbatim(self._open, _Cursor(first.at, first.column), end)
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
                cursor, new = _Cursor(note.end(), first.column + note.end() - first.at), True
                matched = len(self._containers)
                continue
            if going_on is not None and self._table(going_on, first.at, end):
                return
            break
        self._prose(self._first(cursor, end).at, end, matched, new)

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
                start = self._first(_Cursor(task.end(), 0), end).at
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
        if self.source[leaf.lines[0][0]] != "[":
            return
        text = Lines(self.source, leaf.lines).text
        position = 0
        while (found := _DEFINITION.match(text, position)) and (label := normalise_label(found[1])):
            self.labels.add(label)
            position = found.end()
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

    def _html_start(self, at: int, end: int, in_text: bool) -> tuple[re.Pattern[str] | None] | None:
        for begins, until in _HTML:
            if begins.match(self.source, at, end):
                return (until,)
        if not in_text and _HTML_ALONE.match(self.source, at, end):
            return (None,)
        return None

    def _table(self, opened: _Open, start: int, end: int) -> bool:
        """Go on with a table, or make the last line of the open paragraph the head of one."""
        source = self.source
        if opened.what == "table":
            self._cells(start, end, opened.columns)
            return True
        if opened.what != "paragraph" or source[start] not in "|:-" or not _DELIMITERS.match(source, start, end):
            return False
        assert opened.leaf is not None
        head = opened.leaf.lines[-1]
        count = len(_split_cells(source, start, end))
        if "|" not in source[start:end] and ":" not in source[start:end]:
            return False
        if count != len(_split_cells(source, *head)):
            return False
        opened.leaf.lines.pop()
        if opened.leaf.lines:
            self._close()
        self._open = _Open("table", columns=count)
        self._cells(*head, count)
        return True

    def _cells(self, start: int, end: int, columns: int) -> None:
        cells = _split_cells(self.source, start, end)[:columns]
        self._leaves += [_Leaf("cell", [cell]) for cell in cells if cell[0] < cell[1]]

    # Columns

    def _item(self, first: _Cursor, end: int, in_paragraph: bool) -> tuple[_Container, _Cursor] | None:
        source = self.source
        if len(self._containers) >= DEEPEST:
            return None
        found = _BULLET.match(source, first.at, end) or _NUMBER.match(source, first.at, end)
        if found is None:
            return None
        width = found.end() - first.at
        after = _Cursor(found.end(), first.column + width)
        text = self._first(after, end)
        blank = text.at >= end
        if in_paragraph and (blank or (found.lastindex and int(found[1]) != 1)):
            return None
        gap = text.column - after.column
        content = after.column + 1 if blank or gap > 4 else text.column
        cursor = after if blank else self._advance(after, end, content)
        return _Container("item", content, empty=blank), cursor

    def _first(self, cursor: _Cursor, end: int) -> _Cursor:
        """The next character that is no blank, with its column."""
        at, column, spare = cursor
        source = self.source
        column += spare
        while at < end:
            char = source[at]
            if char == " ":
                column += 1
            elif char == "\t":
                column += 4 - column % 4
            else:
                break
            at += 1
        return _Cursor(at, column)

    def _advance(self, cursor: _Cursor, end: int, column: int) -> _Cursor:
        """Pass blanks up to a column; a tab that reaches beyond it leaves the rest as blanks."""
        at, now, spare = cursor
        source = self.source
        if spare:
            taken = min(spare, max(0, column - now))
            now += taken
            spare -= taken
        while now < column and at < end and source[at] in " \t":
            step = 1 if source[at] == " " else 4 - now % 4
            at += 1
            if now + step > column:
                return _Cursor(at, column, now + step - column)
            now += step
        return _Cursor(at, now, spare)

    def _after_quote(self, first: _Cursor, end: int) -> _Cursor:
        return self._advance(_Cursor(first.at + 1, first.column + 1), end, first.column + 2)


def _front_matter(source: str) -> int:
    """The end of YAML or TOML front matter, or 0."""
    if not source.startswith(("---", "+++", "\ufeff---", "\ufeff+++")):
        return 0
    start = 1 if source[0] == "\ufeff" else 0
    mark = source[start : start + 3]
    closers = ("---", "...") if mark == "---" else ("+++",)
    position = start
    for number, found in enumerate(_LINE_END.finditer(source, start)):
        line = source[position : found.start()].rstrip(" \t")
        if number == 0 and line != mark:
            return 0
        if number and line in closers:
            return found.end()
        position = found.end()
    return len(source) if position > start and source[position:].rstrip(" \t") in closers else 0


def _split_cells(source: str, start: int, end: int) -> list[tuple[int, int]]:
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
