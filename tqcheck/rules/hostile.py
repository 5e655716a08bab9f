"""Texts made from a regular expression to make it slow, and a test that refuses those that are.

A backtracking engine such as :mod:`re` takes exponential time on ``(\\w+\\s?)*x``
and a text of one letter many times. For every repeat in an expression the
texts here hold what leads to it, then its body many times, then something that
cannot match.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import lru_cache

# Private, and the only parser of the dialect that re speaks; the tests of this module show when it changes.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

_STEPS = (8, 12, 15, 18, 20, 22, 24)
_TOO_LONG = 0.02
_MOST = 12
_END = "\x00"


def catastrophic(regex: str) -> str | None:
    """The beginning of a short text on which the expression takes exponential time, if there is one.

    Raises :class:`re.error` for what is no regular expression.
    """
    compiled = re.compile(regex)
    for before, body in _pumps(regex):
        for count in _STEPS:
            text = before + body * count + _END
            begun = time.process_time()
            compiled.search(text)
            if time.process_time() - begun > _TOO_LONG:
                # Once more: the machine may have been busy.
                begun = time.process_time()
                compiled.search(text)
                if time.process_time() - begun > _TOO_LONG:
                    return (before + body * 3)[:40]
    return None


def hostile_texts(regex: str, size: int) -> list[str]:
    """Texts of about ``size`` characters: each repeat's body over and over, and the whole but its end over and over."""
    texts: list[str] = []
    for before, body in _pumps(regex):
        texts.append(before + body * (size // len(body)) + _END)
        texts.append((before + body + " ") * (size // (len(before + body) + 1)))
    whole = _sample(_parsed(regex))
    if whole:
        cut = whole[: max(1, len(whole) * 3 // 4)]
        texts += [(whole + " ") * (size // (len(whole) + 1)), (cut + " ") * (size // (len(cut) + 1))]
    return list(dict.fromkeys(texts))


def _pumps(regex: str) -> list[tuple[str, str]]:
    """(what leads to a repeat, its body) for the repeats of an expression that may be long."""
    return list(dict.fromkeys(_find(_parsed(regex), "")))[:_MOST]


@lru_cache(maxsize=4)
def _parsed(regex: str) -> Any:
    """The expression as a tree: a proof asks for that of the same one several times in a row."""
    return sre_parse.parse(regex)


def _find(nodes: Any, before: str) -> Iterator[tuple[str, str]]:
    for code, value in nodes:
        if code in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            _, most, body = value
            if most > 8:
                yield from ((before, sample) for sample in _samples(body) if sample)
            yield from _find(body, before)
        elif code is sre.SUBPATTERN:
            yield from _find(value[3], before)
        elif code is sre.BRANCH:
            for branch in value[1]:
                yield from _find(branch, before)
        before += _sample([(code, value)])


def _samples(nodes: Any) -> list[str]:
    """One string for each way through the choices at the top of ``nodes``."""
    for index, (code, value) in enumerate(nodes):
        inner = value[3] if code is sre.SUBPATTERN else [(code, value)]
        if len(inner) == 1 and inner[0][0] is sre.BRANCH:
            before, after = _sample(nodes[:index]), _sample(nodes[index + 1 :])
            return [before + _sample(branch) + after for branch in inner[0][1][1]][:6]
    return [_sample(nodes)]


def _sample(nodes: Any) -> str:
    """A string that the nodes match, as short as can be told at sight (a repeat once at least)."""
    parts: list[str] = []
    for code, value in nodes:
        if code is sre.LITERAL:
            parts.append(chr(value))
        elif code is sre.NOT_LITERAL:
            parts.append("b" if value == ord("a") else "a")
        elif code is sre.ANY:
            parts.append("a")
        elif code is sre.IN:
            parts.append(_member(value))
        elif code in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, body = value
            parts.append(_sample(body) * (least or min(1, most)))
        elif code is sre.SUBPATTERN:
            parts.append(_sample(value[3]))
        elif code is sre.BRANCH:
            parts.append(_sample(value[1][0]))
        elif code is sre.ATOMIC_GROUP:
            parts.append(_sample(value))
    return "".join(parts)


def _member(choices: Any) -> str:
    negated = choices[0][0] is sre.NEGATE
    for char in "aA1 -.'\"!_,ß“€\n":
        if any(_holds(code, value, char) for code, value in choices) != negated:
            return char
    code, value = choices[-1]
    if not negated and code is sre.RANGE:
        return chr(value[0])
    return chr(value) if not negated and code is sre.LITERAL else "a"


def _holds(code: Any, value: Any, char: str) -> bool:
    if code is sre.LITERAL:
        return bool(ord(char) == value)
    if code is sre.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    if code is sre.CATEGORY:
        tests = {
            sre.CATEGORY_WORD: char.isalnum() or char == "_",
            sre.CATEGORY_NOT_WORD: not (char.isalnum() or char == "_"),
            sre.CATEGORY_SPACE: char.isspace(),
            sre.CATEGORY_NOT_SPACE: not char.isspace(),
            sre.CATEGORY_DIGIT: char.isdigit(),
            sre.CATEGORY_NOT_DIGIT: not char.isdigit(),
        }
        return bool(tests.get(value, False))
    return False
