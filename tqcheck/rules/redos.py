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

from tqcheck.rules.regex_nodes import bodies, is_width_zero, stands_apart

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_TIMES = 24
_LONGEST = 1000
_STEP = 4
_TOO_LONG = 0.02
# Of repeats of one character so many are tried: only many of them in a row take long.
_MOST_PLAIN = 12
_MOST_LEADS = 4
_LONGEST_SAMPLE = 2000
_SHORT = 16
_END = "\x00"
# What an expression wants behind a repeat is one of these at most.
_ENDS = ("", _END, "!", "a")
# Stands in samples where a word must end or begin.
_EDGE = "\ue000"
_EDGES = re.compile(rf"(?<=\w){_EDGE}+(?=\w)")


def catastrophic(regex: str) -> str | None:
    """The beginning of a short text on which the expression takes exponential time, if there is one.

    The texts grow little by little, so that it is found out before it takes long.
    Raises :class:`re.error` for what is no regular expression.
    """
    compiled = re.compile(regex)
    pumps = _pumps(regex)
    if _parsed(regex).getwidth()[0] > _SHORT and any(nested for _, _, nested in pumps):
        compiled = _without_width(regex, compiled.flags)
    for before, body, _ in pumps:
        pumped = _plain(before + body * _TIMES)
        for end in _ENDS:
            at, taken = len(_plain(before)), 0.0
            longest = min(len(pumped), at + _LONGEST)
            while at < longest:
                at += _STEP if taken < _TOO_LONG / 20 else 1
                text = pumped[:at] + end
                taken = _seconds(compiled, text)
                if taken > _TOO_LONG:
                    # Once more: the machine may have been busy.
                    taken = min(taken, _seconds(compiled, text))
                if taken > _TOO_LONG:
                    return _plain(before + body * 3)[:40]
    return None


def _seconds(compiled: re.Pattern[str], text: str) -> float:
    begun = time.process_time()
    compiled.search(text)
    return time.process_time() - begun


def _without_width(regex: str, flags: int) -> re.Pattern[str]:
    """The expression as one that :mod:`re` does not know the least length of: it would not try a shorter text."""
    front = re.match(r"(?:\(\?[aiLmsux]+\))*", regex)
    assert front is not None
    line_end = "\n" if flags & re.VERBOSE else ""
    return re.compile(f"{front[0]}(?:{regex[front.end() :]}{line_end})|(?!)")


def hostile_texts(regex: str, size: int) -> list[str]:
    """Texts of about ``size`` characters: each repeat's body over and over, and parts of the whole over and over."""
    texts: list[str] = []
    whole = _plain(_sample(_parsed(regex)))
    pumps = [(_plain(before), _plain(before + body), _plain(body * 2)) for before, body, _ in _pumps(regex)]
    for _, begun, body in pumps:
        texts.append(begun + body * (size // len(body)) + _END)
        texts.append(_times(begun + " ", size))
    for before in list(dict.fromkeys(before.strip() for before, _, _ in pumps if before.strip()))[:_MOST_LEADS]:
        # What begins a match, where the rest of it does not follow but stands before.
        texts += [f"{whole} {_times(before + ' ', size)}", f"{whole[len(before) :]} {_times(before + ' ', size)}"]
    if whole:
        cut = whole[: max(1, len(whole) * 3 // 4)]
        texts += [_times(whole + " ", size), _times(cut + " ", size)]
    return list(dict.fromkeys(texts))


def _times(text: str, size: int) -> str:
    return text * (size // len(text))


def _pumps(regex: str) -> list[tuple[str, str, bool]]:
    """(what leads to a repeat, its body, whether it may take long) for repeats of many times."""
    found = list(dict.fromkeys(_find(_parsed(regex), "")))
    nested = [one for one in found if one[2]]
    return nested + [one for one in found if not one[2]][:_MOST_PLAIN]


def _plain(sample: str) -> str:
    """A sample with blanks where words must end."""
    return _EDGES.sub(" ", sample).replace(_EDGE, "")


@lru_cache(maxsize=4)
def _parsed(regex: str) -> Any:
    """The expression as a tree: a proof asks for that of the same one several times in a row."""
    return sre_parse.parse(regex)


def _find(nodes: Any, before: str, inside: bool = False) -> Iterator[tuple[str, str, bool]]:
    for code, value in nodes:
        if code in _REPEATS:
            _, most, body = value
            nested = inside or len(body) > 1 or any(bodies(*node) for node in body)
            if most > 8 or (most > 1 and _repeats(body)):
                yield from ((before, sample, nested) for sample in _samples(body) if _plain(sample))
        for inner in bodies(code, value):
            yield from _find(inner, before, inside or (code in _REPEATS and value[1] > 1))
        before += _sample([(code, value)])


def _repeats(nodes: Any) -> bool:
    """Whether something in the nodes may be there several times."""
    return any((code in _REPEATS and value[1] > 1) or any(map(_repeats, bodies(code, value))) for code, value in nodes)


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
        if is_width_zero((code, value)):
            parts.append(_EDGE if stands_apart([(code, value)], 0) else "")
        elif code is sre.LITERAL:
            parts.append(chr(value))
        elif code is sre.NOT_LITERAL:
            parts.append("b" if value == ord("a") else "a")
        elif code is sre.ANY:
            parts.append("a")
        elif code is sre.IN:
            parts.append(_member(value))
        elif code in _REPEATS:
            least, most, body = value
            once = _sample(body)
            parts.append(once * min(least or min(1, most), max(1, _LONGEST_SAMPLE // (len(once) or 1))))
        elif code is sre.SUBPATTERN:
            parts.append(_sample(value[3]))
        elif code is sre.BRANCH:
            parts.append(_sample(value[1][0]))
        elif code is sre.ATOMIC_GROUP:
            parts.append(_sample(value))
        elif code is sre.GROUPREF_EXISTS:
            parts.append(_sample(value[1]))
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
