"""HTML: the text of the article that a browser would show, each character with its place in the page.

The tokenizer follows the HTML standard where pages need it and keeps going
where they are broken. It is our own because the standard library's parser
gives no end positions, takes quadratic time on some broken pages, and reads
the same page differently in different Python versions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tqcheck.readers.entities import REFERENCE, resolve
from tqcheck.readers.extraction import PLACEHOLDER, Piece, RawBlock, assemble
from tqcheck.text.document import BlockKind, Document

BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "noscript",
        "ol",
        "optgroup",
        "option",
        "p",
        "plaintext",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "xmp",
    ]
)
"""Elements that begin and end a block of text."""

_VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "keygen",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# The content of these is not markup; it ends at the first end tag of the same name, or with the page.
_RAW = frozenset(["script", "style", "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp"])
_LEFT_OUT = frozenset(
    [
        "nav",
        "footer",
        "aside",
        "button",
        "select",
        "pre",
        "listing",
        "dialog",
        "template",
        "svg",
        "rt",
        "rp",
        "datalist",
        "map",
        "code",
        "kbd",
        "samp",
        "math",
        "video",
        "audio",
        "object",
        "canvas",
        "applet",
    ]
)
# What stands in a sentence as a word does, though it is left out.
_STANDS_IN = frozenset(
    [
        "code",
        "kbd",
        "samp",
        "math",
        "video",
        "audio",
        "object",
        "canvas",
        "iframe",
        "select",
        "textarea",
        "embed",
        "input",
    ]
)
_KINDS: dict[str, BlockKind] = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading")
_KINDS |= {
    "li": "list-item",
    "dt": "list-item",
    "dd": "list-item",
    "blockquote": "quotation",
    "td": "cell",
    "th": "cell",
}
_KINDS |= {"figcaption": "caption", "caption": "caption"}
_ROLES_LEFT_OUT = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
_UNSEEN_CLASSES = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only")
)
_NO_LANGUAGE = frozenset(("", "en", "eng", "und", "zxx", "mul", "mis", "x"))
# An open paragraph ends where one of these begins.
_ENDS_PARAGRAPH = BLOCK_TAGS - frozenset(
    [
        "body",
        "html",
        "head",
        "title",
        "caption",
        "legend",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "option",
        "optgroup",
    ]
)
_TABLE_PARTS = frozenset(["table", "td", "th", "tr", "caption", "tbody", "thead", "tfoot"])
_SCOPE = frozenset(["table", "td", "th", "caption", "template", "object", "applet", "button"])
# The elements that one of these ends, unless one of the second set is open inside.
_ENDED_BY: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "li": (("li",), _SCOPE | {"ul", "ol", "menu"}),
    **dict.fromkeys(("dd", "dt"), (("dd", "dt"), _SCOPE | {"dl"})),
    **dict.fromkeys(("td", "th"), (("td", "th"), frozenset(("table", "tr")))),
    **dict.fromkeys(("tr", "tbody", "thead", "tfoot"), (("tr",), frozenset(("table",)))),
}
_NONE: frozenset[str] = frozenset()
_TABLE = frozenset(("table",))
_SIGNIFICANT = (
    _LEFT_OUT
    | frozenset(_KINDS)
    | frozenset(["p", "q", "header", "article", "main", "form", "ul", "ol", "body", "html"])
)
# How far up the open elements an end tag is looked for, so that broken nesting costs no more than its length.
_REACH = 100

_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)
    (?P<attributes>(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>)))*+)>""",
    re.VERBOSE,
)
_LOOSE_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>[^>]*+)>")
_CUT_TAG = re.compile(
    r"""</?[a-zA-Z][\w:-]*+
    (?:\s++[^\s=<]++\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s"']*+))*+
    \s*+[\w:-]*+/?\s*\Z""",
    re.VERBOSE,
)
_TELLING = re.compile(r"hidden|lang|translate|role|style|sr-only|screen-reader|visuallyhidden", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\s>]*+)))?")
_UNSEEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_LAYOUT = "\u00ad\u200b"
"""Where a word may be broken at the end of a line, as ``<wbr>`` says: no part of what is read."""
_SPECIAL = re.compile(rf"[ \t\n\r\f]{{2,}}|[\t\n\r\f]|[{_LAYOUT}]|{REFERENCE}")
_SPACES = " \t\n\r\f"


class _Context(NamedTuple):
    """What holds for the text at one place, inherited by inner elements."""

    kind: BlockKind = "paragraph"
    hidden: bool = False
    foreign: bool = False
    fixed: bool = False
    article: int = 0
    main: bool = False
    form: bool = False
    quotes: int = 0

    @property
    def silent(self) -> bool:
        return self.hidden or self.foreign or self.fixed


class _Element(NamedTuple):
    """An open element: its name, the context outside it, and the place of the piece that stands in for it."""

    name: str
    outside: _Context
    block: int = -1
    piece: int = -1


class PageBlock(NamedTuple):
    """A block of a page, and where on the page it stands."""

    block: RawBlock
    article: int
    main: bool
    form: bool


def read_html(text: str, path: str) -> Document:
    """The Document of an HTML page: the visible text of its article.

    The article is the longest ``<article>`` (or ``role=article``), else
    ``<main>``, else the body. Left out: scripts, styles, navigation, headers
    and footers of the page, asides, forms, code, whatever is hidden, and
    elements marked ``translate="no"`` or as another language than English. An
    inline element that is left out leaves U+FFFC. White space collapses as in
    browsers; ``<br>`` is a newline, two of them end the block.

    Never fails, however broken the page.
    """
    page = _Page(text)
    page.read()
    return assemble(path, text, choose(page.blocks, page.headed))


def extract_blocks(text: str) -> list[RawBlock]:
    """The visible blocks of a stretch of HTML, wherever on the page they stand."""
    page = _Page(text)
    page.read()
    return [found.block for found in page.blocks]


def choose(blocks: Iterable[PageBlock], headed: Iterable[int]) -> list[RawBlock]:
    """The blocks of the article.

    :param headed: numbers of the articles that hold an ``<h1>``.

    An article without one that is shorter than a tenth of the page is taken
    for a teaser, and a form that holds most of the page (as some servers write
    it) for the page.
    """
    found = [(block, sum(len(piece.text) for piece in block.block.pieces)) for block in blocks]
    in_forms = sum(size for block, size in found if block.form)
    if in_forms <= sum(size for _, size in found) - in_forms:
        found = [(block, size) for block, size in found if not block.form]
    total = sum(size for _, size in found)
    articles: Counter[int] = Counter()
    for block, size in found:
        if block.article:
            articles[block.article] += size
    known = set(headed)
    fit = [(size, -number) for number, size in articles.items() if number in known or 10 * size >= total]
    if fit:
        best = -max(fit)[1]
        return [block.block for block, _ in found if block.article == best]
    if 10 * sum(size for block, size in found if block.main) >= total > 0:
        return [block.block for block, _ in found if block.main]
    return [block.block for block, _ in found]


class _Page:
    """One pass over a page. ``blocks`` and ``headed`` hold what was found."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[PageBlock] = []
        self.headed: set[int] = set()
        self._context = _Context()
        self._stack: list[_Element] = []
        self._open: Counter[str] = Counter()
        self._pieces: list[Piece] = []
        self._owner = self._context
        self._articles = 0
        # True where a white-space character would be dropped: at the start of a block or after another.
        self._after_space = True
        self._after_break = False
        self._last_close = source.rfind(">")
        self._last_open = source.rfind("<")
        self._last_comment_end = max(source.rfind("-->"), source.rfind("--!>"))
        self._quotes_broken = False
        self._xml = source[:200].lstrip("\ufeff \t\r\n").startswith("<?xml")

    def read(self) -> None:
        """Read the page to its end."""
        source, size = self.source, len(self.source)
        position = 0
        while position < size:
            found = _MARKUP.search(source, position)
            start = size if found is None else found.start()
            if start > position:
                self._text(position, start)
            if found is None:
                break
            position = self._markup(start)
        self._flush()

    # Tokens

    def _markup(self, start: int) -> int:
        """Take the markup that begins at ``start``; gives the position after it."""
        following = self.source[start + 1]
        if following == "!":
            return self._declaration(start)
        if following == "?" or (following == "/" and not self.source[start + 2 : start + 3].isalpha()):
            return self._to_close(start)
        if start > self._last_close:
            if start == self._last_open and _CUT_TAG.match(self.source, start):
                return len(self.source)
            return self._literal(start)
        found = None if self._quotes_broken else _TAG.match(self.source, start)
        if found is None:
            # A quoted value without an end would swallow the page: from here on tags end at the first ">".
            self._quotes_broken = True
            found = _LOOSE_TAG.match(self.source, start)
            if found is None:
                return self._literal(start)
        name = found["name"].lower()
        if found["close"]:
            self._end_tag(name, start, found.end())
            return found.end()
        return self._start_tag(name, found["attributes"], start, found.end())

    def _declaration(self, start: int) -> int:
        if not self.source.startswith("<!--", start):
            return self._to_close(start)
        if self.source.startswith((">", "->"), start + 4):
            return self.source.index(">", start) + 1
        if start + 4 > self._last_comment_end:
            return self._to_close(start)
        plain = self.source.find("-->", start + 4)
        limit = plain if plain >= 0 else len(self.source)
        odd = self.source.find("--!>", start + 4, limit)
        return odd + 4 if odd >= 0 else plain + 3

    def _to_close(self, start: int) -> int:
        if start > self._last_close:
            return self._literal(start)
        return self.source.index(">", start) + 1

    def _literal(self, start: int) -> int:
        self._text(start, start + 1)
        return start + 1

    # Elements

    def _start_tag(self, name: str, attributes: str, start: int, end: int) -> int:
        if name == "br":
            self._line_break(start, end)
            return end
        is_block = name in BLOCK_TAGS
        if is_block:
            self._flush()
            self._close_implied(name)
        context = outside = self._context
        if name in _SIGNIFICANT or (attributes and _TELLING.search(attributes)):
            context = self._inner_context(name, attributes)
        if name in _VOID:
            if name == "img" or name in _STANDS_IN:
                self._stand_in(start, end, loose=name == "img")
            return end
        if name == "q" and not attributes.endswith("/"):
            self._put("‘" if outside.quotes % 2 else "“", start, end)
        if attributes.endswith("/") and (self._xml or name in ("svg", "math")):
            return end
        element = _Element(name, outside)
        if name in _RAW:
            finish = self._raw_end(name, end)
            if not is_block and name in _STANDS_IN:
                self._stand_in(start, finish)
            return finish
        if context.silent and not outside.silent and not is_block and (name in _STANDS_IN or not context.hidden):
            self._stand_in(start, end)
            element = _Element(name, outside, len(self.blocks), len(self._pieces) - 1)
        self._stack.append(element)
        self._open[name] += 1
        self._context = context
        return end

    def _raw_end(self, name: str, position: int) -> int:
        found = _RAW_CLOSES[name].search(self.source, position)
        if found is None:
            return len(self.source)
        close = self.source.find(">", found.end())
        return len(self.source) if close < 0 else close + 1

    def _inner_context(self, name: str, attributes: str) -> _Context:
        context = self._context
        changes: dict[str, object] = {}
        values = _attributes(attributes) if attributes else {}
        role = values.get("role", "").strip().lower()
        if name == "article" or role == "article":
            if not context.article:
                self._articles += 1
                changes["article"] = self._articles
        elif name == "main" or role == "main":
            changes["main"] = True
        elif name == "form":
            changes["form"] = True
        elif name == "q":
            changes["quotes"] = context.quotes + 1
        elif name == "h1" and context.article and not context.silent:
            self.headed.add(context.article)
        if (
            name in _LEFT_OUT
            or role in _ROLES_LEFT_OUT
            or _is_unseen(values)
            or (name == "header" and not context.article and not context.main)
        ):
            changes["hidden"] = True
        # On the page as a whole these are settings of its template and say little of the text.
        if name not in ("html", "body", "main", "article"):
            language = values.get("lang", values.get("xml:lang"))
            if language is not None:
                primary = re.split(r"[-_]", language.strip().lower())[0]
                changes["foreign"] = primary not in _NO_LANGUAGE
            if "translate" in values:
                changes["fixed"] = values["translate"].strip().lower() == "no"
        if name in _KINDS:
            changes["kind"] = _KINDS[name]
        elif name in ("ul", "ol") or (name == "p" and context.kind == "heading"):
            changes["kind"] = "paragraph"
        return context._replace(**changes) if changes else context  # type: ignore[arg-type]

    def _close_implied(self, name: str) -> None:
        if self._open["p"] and name in _ENDS_PARAGRAPH:
            self._close(("p",), _SCOPE)
        if name in _ENDED_BY:
            names, barrier = _ENDED_BY[name]
            if any(self._open[other] for other in names):
                self._close(names, barrier)
        elif _KINDS.get(name) == "heading" and self._stack and _KINDS.get(self._stack[-1].name) == "heading":
            self._close((self._stack[-1].name,), _NONE)

    def _end_tag(self, name: str, start: int, end: int) -> None:
        if name == "br":
            self._line_break(start, end)
            return
        is_block = name in BLOCK_TAGS
        if is_block:
            self._flush()
        if not self._open[name]:
            return
        if name == "q" and self._stack[-1].name == "q":
            outside = self._stack[-1].outside
            self._put("’" if outside.quotes % 2 else "”", start, end)
        if not is_block and name not in _LEFT_OUT:
            self._close((name,), BLOCK_TAGS, end)
        elif name in _TABLE_PARTS:
            self._close((name,), _NONE if name == "table" else _TABLE, end)
        else:
            self._close((name,), _SCOPE - {name}, end)

    def _close(self, names: tuple[str, ...], barrier: frozenset[str], end: int = -1) -> None:
        """Close the innermost open element of ``names`` unless one of ``barrier`` is open inside it."""
        stack = self._stack
        for index in range(len(stack) - 1, max(-1, len(stack) - 1 - _REACH), -1):
            element = stack[index]
            if element.name in names:
                for inner in stack[index:]:
                    self._open[inner.name] -= 1
                del stack[index:]
                self._context = element.outside
                if end >= 0 and element.block == len(self.blocks) and element.piece == len(self._pieces) - 1 >= 0:
                    piece = self._pieces[-1]
                    self._pieces[-1] = piece._replace(end=end)
                return
            if element.name in barrier:
                return

    # Text

    def _text(self, start: int, end: int) -> None:
        if self._context.silent:
            return
        source = self.source
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
                    self._put(characters, at, at + length)
                position = at + length
            else:
                self._copy(position, at)
                if source[at] not in _LAYOUT:
                    self._space(at, found.end())
                position = found.end()
        self._copy(position, end)

    def _copy(self, start: int, end: int) -> None:
        """Take over source text in which blanks stand singly."""
        if start < end and self._after_space and self.source[start] == " ":
            start += 1
        if start >= end:
            return
        self._add(Piece(self.source[start:end], start, end))
        self._after_space = self.source[end - 1] == " "

    def _space(self, start: int, end: int) -> None:
        if not self._after_space:
            self._add(Piece(" ", start, end))
            self._after_space = True

    def _put(self, characters: str, start: int, end: int, *, loose: bool = False) -> None:
        if not self._context.silent:
            self._add(Piece(characters, start, end, loose))
            self._after_space = False

    def _stand_in(self, start: int, end: int, *, loose: bool = False) -> None:
        self._put(PLACEHOLDER, start, end, loose=loose)

    def _add(self, piece: Piece) -> None:
        if not self._pieces:
            self._owner = self._context
        self._pieces.append(piece)
        self._after_break = False

    def _line_break(self, start: int, end: int) -> None:
        if self._context.silent or not self._pieces:
            return
        if self._after_break:
            self._flush()
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

    def _flush(self) -> None:
        if self._pieces:
            owner = self._owner
            self.blocks.append(PageBlock(RawBlock(owner.kind, self._pieces), owner.article, owner.main, owner.form))
            self._pieces = []
        self._after_space = True
        self._after_break = False


_RAW_CLOSES = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in sorted(_RAW)}


def _attributes(text: str) -> dict[str, str]:
    """Attributes by lower-case name; of two with the same name the first counts."""
    values: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        values.setdefault(name.lower(), double or single or bare)
    return values


def _is_unseen(values: dict[str, str]) -> bool:
    if "hidden" in values or values.get("aria-hidden", "").strip().lower() == "true":
        return True
    if not _UNSEEN_CLASSES.isdisjoint(values.get("class", "").lower().split()):
        return True
    return "style" in values and _UNSEEN_STYLE.search(values["style"]) is not None
