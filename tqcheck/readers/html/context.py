"""What holds for the text inside an element: its kind, whether it is read, and the article that it is in."""

from __future__ import annotations

import re
from typing import NamedTuple

from tqcheck.readers.html.elements import KINDS, LEFT_OUT
from tqcheck.text.document import BlockKind

_ROLES_LEFT_OUT = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
_UNSEEN_CLASSES = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only")
)
_NO_LANGUAGE = frozenset(("", "en", "eng", "und", "zxx", "mul", "mis", "x"))
_SIGNIFICANT = (
    LEFT_OUT | frozenset(KINDS) | frozenset(["p", "q", "header", "article", "main", "form", "ul", "ol", "body", "html"])
)
_TELLING = re.compile(r"hidden|lang|translate|role|style|sr-only|screen-reader|visuallyhidden", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\s>]*+)))?")
_UNSEEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


class Context(NamedTuple):
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
        """Whether nothing of the text is read."""
        return self.hidden or self.foreign or self.fixed


class Contexts:
    """The contexts of one page: ``headed`` are the numbers of its articles that hold an ``<h1>``."""

    def __init__(self) -> None:
        self.headed: set[int] = set()
        self._articles = 0

    def inside(self, context: Context, name: str, attributes: str) -> Context:
        """What holds inside an element that stands in ``context``."""
        if name not in _SIGNIFICANT and not (attributes and _TELLING.search(attributes)):
            return context
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
            name in LEFT_OUT
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
        if name in KINDS:
            changes["kind"] = KINDS[name]
        elif name in ("ul", "ol") or (name == "p" and context.kind == "heading"):
            changes["kind"] = "paragraph"
        return context._replace(**changes) if changes else context  # type: ignore[arg-type]


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
