"""Open elements: which are open at a place, and which of them a tag ends, as the HTML standard nests them."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from tqcheck.readers.html.context import Context
from tqcheck.readers.html.elements import BLOCK_TAGS, KINDS, LEFT_OUT
from tqcheck.readers.html.flow import Place

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
# How far up the open elements an end tag is looked for, so that broken nesting costs no more than its length.
_REACH = 100


class Element(NamedTuple):
    """An open element: its name, the context outside it, and the place of the piece that stands in for it."""

    name: str
    outside: Context
    stand_in: Place | None = None


class OpenElements:
    """The elements open at a place of the page. What closes some gives the outermost of them, or ``None``."""

    def __init__(self) -> None:
        self._stack: list[Element] = []
        self._count: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return self._count[name] > 0

    def open(self, element: Element) -> None:
        """Put an element inside all others."""
        self._stack.append(element)
        self._count[element.name] += 1

    def innermost(self, name: str) -> Element | None:
        """The innermost open element if it has this name."""
        return self._stack[-1] if self._stack and self._stack[-1].name == name else None

    def begin(self, name: str) -> Element | None:
        """Close what ends where an element of this name begins."""
        closed = None
        if self._count["p"] and name in _ENDS_PARAGRAPH:
            closed = self._close(("p",), _SCOPE)
        if name in _ENDED_BY:
            names, barrier = _ENDED_BY[name]
            if any(self._count[other] for other in names):
                closed = self._close(names, barrier) or closed
        elif KINDS.get(name) == "heading" and self._stack and KINDS.get(self._stack[-1].name) == "heading":
            closed = self._close((self._stack[-1].name,), _NONE) or closed
        return closed

    def end(self, name: str) -> Element | None:
        """Close what an end tag of this name ends."""
        if name not in BLOCK_TAGS and name not in LEFT_OUT:
            return self._close((name,), BLOCK_TAGS)
        if name in _TABLE_PARTS:
            return self._close((name,), _NONE if name == "table" else _TABLE)
        return self._close((name,), _SCOPE - {name})

    def _close(self, names: tuple[str, ...], barrier: frozenset[str]) -> Element | None:
        """Close the innermost open element of ``names`` unless one of ``barrier`` is open inside it."""
        stack = self._stack
        if stack and stack[-1].name in names:
            element = stack.pop()
            self._count[element.name] -= 1
            return element
        for index in range(len(stack) - 1, max(-1, len(stack) - 1 - _REACH), -1):
            element = stack[index]
            if element.name in names:
                for inner in stack[index:]:
                    self._count[inner.name] -= 1
                del stack[index:]
                return element
            if element.name in barrier:
                return None
        return None
