"""Nodes of the syntax tree of a regular expression: what is inside one, what it can be, whether words end at it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# Private, and the only parser of the dialect that re speaks; the tests of the outline show when it changes.
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any

from tqcheck.text.spelling import fold

REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
# A class of more characters is not spelt out.
_MOST_CHARS = 12


def bodies(code: Any, value: Any) -> Sequence[Any]:
    """The sequences of nodes inside a node."""
    if code is sre.SUBPATTERN:
        return [value[3]]
    if code is sre.BRANCH:
        return list(value[1])
    if code in REPEATS:
        return [value[2]]
    if code in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    if code is sre.ATOMIC_GROUP:
        return [value]
    return [one for one in value[1:] if one] if code is sre.GROUPREF_EXISTS else []


@lru_cache(maxsize=4096)
def folded(char: str) -> str:
    """A character as texts are folded, white space as a blank."""
    return " " if char.isspace() else fold(char)


def chars_of(items: Sequence[Any]) -> tuple[str, ...] | None:
    """The characters of a class, folded; ``None`` where there are many or they cannot be told."""
    chars = dict[str, None]()
    for code, value in items:
        if code is sre.LITERAL:
            chars[folded(chr(value))] = None
        elif code is sre.RANGE and value[1] - value[0] < _MOST_CHARS:
            chars.update(dict.fromkeys(folded(chr(number)) for number in range(value[0], value[1] + 1)))
        elif code is sre.CATEGORY and value is sre.CATEGORY_SPACE:
            chars[" "] = None
        else:
            return None
    return tuple(chars) if len(chars) <= _MOST_CHARS else None


def is_width_zero(node: Any) -> bool:
    """Whether a node matches no text, but asks for something where it stands."""
    code, value = node
    if code in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
        return True
    if code is sre.SUBPATTERN:
        return all(map(is_width_zero, value[3]))
    if code is sre.BRANCH:
        return all(all(map(is_width_zero, choice)) for choice in value[1])
    return False


def is_edge(node: Any) -> bool:
    """Whether no word goes on across a node without width."""
    code, value = node
    if code is sre.AT:
        return value is not sre.AT_NON_BOUNDARY
    if code is sre.SUBPATTERN:
        return any(map(is_edge, value[3]))
    if code is sre.BRANCH:
        return all(any(map(is_edge, choice)) for choice in value[1])
    _, body = value
    nodes = list(body)
    if code is sre.ASSERT_NOT:
        return len(nodes) == 1 and _holds_words(nodes[0])
    # Looking back, it is the last character that counts; ahead, the first.
    which = -1 if value[0] < 0 else 0
    return bool(nodes) and _is_no_word(nodes[which], which)


def _holds_words(node: Any) -> bool:
    """Whether a node is one character and may be any of a word."""
    code, value = node
    return bool(
        code is sre.IN and (sre.CATEGORY, sre.CATEGORY_WORD) in value and not any(one is sre.NEGATE for one, _ in value)
    )


def _is_no_word(node: Any, which: int) -> bool:
    """Whether the first (last) character of what a node matches is there, and is none of a word."""
    code, value = node
    if code is sre.LITERAL:
        return re.fullmatch(r"\W", chr(value)) is not None
    if code is sre.IN:
        strings = chars_of(value)
        return strings is not None and all(re.fullmatch(r"\W", string) for string in strings)
    if code in REPEATS:
        return value[0] > 0 and len(value[2]) == 1 and _is_no_word(value[2][0], which)
    if code is sre.BRANCH:
        return all(choice and _is_no_word(choice[which], which) for choice in map(list, value[1]))
    return False


def stands_apart(nodes: Sequence[Any], which: int) -> bool:
    """Whether no word goes on into the beginning (0) or beyond the end (-1) of what a sequence of nodes matches."""
    for node in nodes if which == 0 else reversed(nodes):
        if is_width_zero(node):
            if is_edge(node):
                return True
            continue
        code, value = node
        if code is sre.SUBPATTERN:
            return stands_apart(list(value[3]), which)
        if code is sre.BRANCH:
            return all(stands_apart(list(choice), which) for choice in value[1])
        return _is_no_word(node, which)
    return False
