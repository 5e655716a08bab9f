"""The inline level of Markdown: what a paragraph's markup shows to the reader, and where each part stands.

Follows CommonMark, with strikethrough and bare URLs as on GitHub. Every step
is linear in the length of the paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

from tqcheck.readers.entities import REFERENCE, resolve
from tqcheck.readers.extraction import PLACEHOLDER, Piece
from tqcheck.readers.markdown.emphasis import Run, emphasise, read_run
from tqcheck.readers.markdown.links import LABEL, inline_target, normalise_label
from tqcheck.readers.markdown.tags import CLOSE_TAG, OPEN_TAG
from tqcheck.text.span import Span

_SPECIAL = re.compile(
    r"\\[!-/:-@\[-`{-~\n]|`+|\*+|_+|~+|!?\[|\]|<(?=[a-zA-Z/!?])|\n|"
    + REFERENCE
    + r"|(?<![\w/])(?:https?://|www\.)[^\s<>\"“”\]]+",
    re.IGNORECASE,
)
_TAG = re.compile(f"{OPEN_TAG}|{CLOSE_TAG}")
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*+)")
_AUTOLINK = re.compile(
    r"<(?:[a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>\x00-\x20]*+|[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9.-]{1,255})>"
)
_UNTIL = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))
_ASIDE = frozenset(["code", "kbd", "samp", "script", "style", "var", "math"])
_FOOTNOTE = re.compile(r"\[\^[^\s\[\]]{1,200}+\]")
_BRACKETS = re.compile(r"\[+")
_CLOSERS = re.compile(r"\]+")


@dataclass(slots=True)
class _Bracket:
    """An opening bracket: its node, its position, the emphasis before it, and whether brackets lie inside."""

    node: int
    start: int
    end: int
    runs: int
    image: bool
    inner: bool = False


class Inline(NamedTuple):
    """What a reader sees of inline Markdown, and the stretches that are code, all in the order of the text."""

    pieces: list[Piece]
    code: list[Span]


def read_inline(text: str, labels: Container[str]) -> Inline:
    """Read inline Markdown; positions are in ``text``.

    Link text stays; marks, tags and targets go. Inline code, images and URLs
    become U+FFFC. A line end is a blank, a hard line break a newline.

    :param labels: the link labels that the document defines, normalised.
    """
    return _Inline(text, labels).read()


class _Inline:
    """One pass over a paragraph.

    ``_nodes`` are the pieces so far, ``None`` where a mark was used up. Of an image they keep nothing but its place,
    so the code in it is known from ``_code_spans`` alone.
    """

    def __init__(self, text: str, labels: Container[str]) -> None:
        self.text = text
        self.labels = labels
        self._nodes: list[Piece | None] = []
        self._code_spans: list[Span] = []
        self._runs: list[Run] = []
        self._brackets: list[_Bracket] = []
        # Openers below this depth would put a link inside a link.
        self._inert = 0
        self._ticks: dict[int, list[int]] | None = None
        self._missing: set[str] = set()
        self._last_close = text.rfind("]")
        self._last_parenthesis = text.rfind(")")

    def read(self) -> Inline:
        text, size = self.text, len(self.text)
        position = 0
        while position < size:
            found = _SPECIAL.search(text, position)
            if found is None:
                self._copy(position, size)
                break
            at = found.start()
            self._copy(position, at)
            position = self._special(found, at)
        self._emphasise(0)
        return Inline([node for node in self._nodes if node is not None], self._code_spans)

    def _special(self, found: re.Match[str], at: int) -> int:
        token = found[0]
        first = token[0]
        if first == "\n":
            return self._line_end(at, at, "")
        if first == "\\":
            if token[1] == "\n":
                return self._line_end(at, at + 1, "\n")
            self._nodes.append(Piece(token[1], at, at + 2))
            return at + 2
        if first == "`":
            return self._code(at, len(token))
        if first in "*_~":
            return self._mark(at, found.end())
        if token in ("[", "!["):
            return self._open_bracket(token, at)
        if first == "]":
            return self._close_bracket(at)
        if first == "<":
            return self._angle(at)
        if first == "&":
            resolved = resolve(token, strict=True)
            if resolved is None:
                self._copy(at, at + 1)
                return at + 1
            self._nodes.append(Piece(resolved[0], at, at + resolved[1]))
            return at + resolved[1]
        return self._url(at, found.end())

    def _copy(self, start: int, end: int) -> None:
        if start < end:
            self._nodes.append(Piece(self.text[start:end], start, end))

    def _line_end(self, at: int, newline: int, shown: str) -> int:
        """A line end: the blanks before it go; two of them make it a hard break."""
        start = at
        last = self._nodes[-1] if self._nodes else None
        if last is not None and last.end == at and last.end - last.start == len(last.text):
            kept = last.text.rstrip(" \t")
            start = last.start + len(kept)
            if not shown and last.text.endswith("  "):
                shown = "\n"
            self._nodes[-1] = Piece(kept, last.start, start) if kept else None
        self._nodes.append(Piece(shown or " ", start, newline + 1))
        return newline + 1

    def _code(self, at: int, size: int) -> int:
        if self._ticks is None:
            self._ticks = {}
            for run in re.finditer("`+", self.text):
                self._ticks.setdefault(run.end() - run.start(), []).append(run.start())
            for places in self._ticks.values():
                places.reverse()
        places = self._ticks.get(size, [])
        while places and places[-1] <= at:
            places.pop()
        if not places:
            self._copy(at, at + size)
            return at + size
        end = places[-1] + size
        self._nodes.append(Piece(PLACEHOLDER, at, end))
        self._code_spans.append(Span(at, end))
        return end

    def _url(self, at: int, end: int) -> int:
        text = self.text
        surplus = text.count(")", at, end) - text.count("(", at, end)
        while end > at:
            last = text[end - 1]
            if last == ")" and surplus > 0:
                surplus -= 1
            elif last not in "?!.,:;*_~'’”|":
                break
            end -= 1
        if end - at < 9:
            self._copy(at, end)
        else:
            self._nodes.append(Piece(PLACEHOLDER, at, end))
        return end

    # Tags and autolinks

    def _angle(self, at: int) -> int:
        text = self.text
        if found := _AUTOLINK.match(text, at):
            self._nodes.append(Piece(PLACEHOLDER, at, found.end()))
            return found.end()
        if found := _TAG.match(text, at):
            name = _TAG_NAME.match(text, at)
            assert name is not None
            return self._tag(name[1] == "/", name[2].lower(), at, found.end())
        for opening, closing in _UNTIL:
            if text.startswith(opening, at):
                if opening == "<!--" and text.startswith((">", "->"), at + 4):
                    return text.index(">", at) + 1
                if opening == "<!" and not text[at + 2 : at + 3].isalpha():
                    continue
                end = self._find(closing, at + len(opening))
                if end >= 0:
                    return end
        self._copy(at, at + 1)
        return at + 1

    def _tag(self, closing: bool, name: str, at: int, end: int) -> int:
        if name == "br":
            self._nodes.append(Piece("\n", at, end))
        elif name == "img":
            self._nodes.append(Piece(PLACEHOLDER, at, end, loose=True))
        elif name in _ASIDE and not closing and (finish := self._find(f"</{name}>", end)) >= 0:
            self._nodes.append(Piece(PLACEHOLDER, at, finish))
            return finish
        return end

    def _find(self, what: str, start: int) -> int:
        """The end of the next ``what``, or -1; what was not found once is not looked for again."""
        if what in self._missing:
            return -1
        found = self.text.find(what, start)
        if found < 0:
            self._missing.add(what)
            return -1
        return found + len(what)

    # Links and images

    def _open_bracket(self, token: str, at: int) -> int:
        if footnote := _FOOTNOTE.match(self.text, at):
            return footnote.end()
        end = at + len(token)
        if at > self._last_close:
            run = _BRACKETS.match(self.text, at)
            end = end if run is None else run.end()
            self._copy(at, end)
            return end
        if self._brackets:
            self._brackets[-1].inner = True
        self._brackets.append(_Bracket(len(self._nodes), at, end, len(self._runs), token == "!["))
        self._copy(at, end)
        return end

    def _close_bracket(self, at: int) -> int:
        if not self._brackets:
            run = _CLOSERS.match(self.text, at)
            end = at + 1 if run is None else run.end()
            self._copy(at, end)
            return end
        opener = self._brackets.pop()
        depth = len(self._brackets)
        inert = depth < self._inert and not opener.image
        self._inert = min(self._inert, depth)
        end = -1 if inert else self._target(opener, at)
        if end < 0:
            self._copy(at, at + 1)
            return at + 1
        if opener.image:
            del self._nodes[opener.node :]
            del self._runs[opener.runs :]
            self._nodes.append(Piece(PLACEHOLDER, opener.start, end, loose=True))
            return end
        self._nodes[opener.node] = None
        self._emphasise(opener.runs)
        self._inert = depth
        return end

    def _target(self, opener: _Bracket, at: int) -> int:
        """The end of the target of a link whose text ends at ``at``, or -1 where it is no link."""
        text = self.text
        if at < self._last_parenthesis and text.startswith("(", at + 1) and (end := inline_target(text, at + 1)) >= 0:
            return end
        label = LABEL.match(text, at + 1)
        if label is not None and label[1].strip():
            return label.end() if normalise_label(label[1]) in self.labels else -1
        if opener.inner or at - opener.end > 999 or normalise_label(text[opener.end : at]) not in self.labels:
            return -1
        return at + 1 if label is None else label.end()

    # Emphasis

    def _mark(self, start: int, end: int) -> int:
        run = read_run(self.text, start, end, len(self._nodes))
        if run is not None:
            self._runs.append(run)
        self._copy(start, end)
        return end

    def _emphasise(self, bottom: int) -> None:
        """Use up the marks from run ``bottom`` on."""
        emphasise(self._runs[bottom:], self._nodes)
        del self._runs[bottom:]
