"""Tokens of a page: its text, start tags and end tags, as browsers cut it, however broken it is.

It follows the HTML standard where pages need it. It is our own because the
standard library's parser gives no end positions, takes quadratic time on some
broken pages, and reads the same page differently in different Python versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tqcheck.readers.html.elements import RAW

_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
# Of a tag: the slash of an end tag, its name, its attributes.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>]*+)
    ((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>)))*+)>""",
    re.VERBOSE,
)
_LOOSE_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)([^>]*+)>")
_CUT_TAG = re.compile(
    r"""</?[a-zA-Z][\w:-]*+
    (?:\s++[^\s=<]++\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s"']*+))*+
    \s*+[\w:-]*+/?\s*\Z""",
    re.VERBOSE,
)
_RAW_CLOSES = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in sorted(RAW)}


class Token(NamedTuple):
    """A stretch of the page: text, a tag, or what shows nothing.

    The start tag of an element whose content is no markup reaches to the end
    of the element. ``closed`` is one that is its own end tag.
    """

    what: Literal["text", "start", "end", "nothing"]
    start: int
    end: int
    name: str = ""
    attributes: str = ""
    closed: bool = False


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a page in order; together they are the page."""
    return _Tokenizer(source).read()


class _Tokenizer:
    """One pass over a page."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._last_close = source.rfind(">")
        self._last_open = source.rfind("<")
        self._last_comment_end = max(source.rfind("-->"), source.rfind("--!>"))
        self._quotes_broken = False
        self._xml = source[:200].lstrip("\ufeff \t\r\n").startswith("<?xml")

    def read(self) -> Iterator[Token]:
        source, size = self.source, len(self.source)
        position = 0
        while position < size:
            found = _MARKUP.search(source, position)
            start = size if found is None else found.start()
            if start > position:
                yield Token("text", position, start)
            if found is None:
                break
            token = self._markup(start)
            yield token
            position = token.end

    def _markup(self, start: int) -> Token:
        """The token that begins with the ``<`` at ``start``."""
        following = self.source[start + 1]
        if following == "!":
            return self._declaration(start)
        if following == "?" or (following == "/" and not self.source[start + 2 : start + 3].isalpha()):
            return self._to_close(start)
        if start > self._last_close:
            if start == self._last_open and _CUT_TAG.match(self.source, start):
                return Token("nothing", start, len(self.source))
            return Token("text", start, start + 1)
        found = None if self._quotes_broken else _TAG.match(self.source, start)
        if found is None:
            # A quoted value without an end would swallow the page: from here on tags end at the first ">".
            self._quotes_broken = True
            found = _LOOSE_TAG.match(self.source, start)
            if found is None:
                return Token("text", start, start + 1)
        close, name, attributes = found.groups()
        name, end = name.lower(), found.end()
        if close:
            return Token("end", start, end, name)
        closed = attributes.endswith("/") and (self._xml or name in ("svg", "math"))
        if name in RAW and not closed:
            end = self._raw_end(name, end)
        return Token("start", start, end, name, attributes, closed)

    def _declaration(self, start: int) -> Token:
        if not self.source.startswith("<!--", start):
            return self._to_close(start)
        if self.source.startswith((">", "->"), start + 4):
            return Token("nothing", start, self.source.index(">", start) + 1)
        if start + 4 > self._last_comment_end:
            return self._to_close(start)
        plain = self.source.find("-->", start + 4)
        limit = plain if plain >= 0 else len(self.source)
        odd = self.source.find("--!>", start + 4, limit)
        return Token("nothing", start, odd + 4 if odd >= 0 else plain + 3)

    def _to_close(self, start: int) -> Token:
        if start > self._last_close:
            return Token("text", start, start + 1)
        return Token("nothing", start, self.source.index(">", start) + 1)

    def _raw_end(self, name: str, position: int) -> int:
        found = _RAW_CLOSES[name].search(self.source, position)
        if found is None:
            return len(self.source)
        close = self.source.find(">", found.end())
        return len(self.source) if close < 0 else close + 1
