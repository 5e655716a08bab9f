"""Where a match can begin: what :mod:`re` is told so that it need not try an expression at every letter.

:mod:`re` skips to the letters that an expression can begin with only where
these stand at its very front. Most expressions look behind first, for the edge
of a word or the end of a sentence, and are tried at each letter of a text. So
the letters that can come first are read off the syntax tree and put into the
compiled form, where :mod:`re` itself puts those that it finds; and the edge of
a word, where there must be one, is asked for before anything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _compiler  # type: ignore[attr-defined]
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from tqcheck.rules.regex_nodes import is_width_zero, stands_apart

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_CHARS = (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)
# Each character up to here is a bit; of those above there are few in English, and all count as possible.
_KNOWN = 256
_EVERY = (1 << _KNOWN) - 1
_WORDS = sum(1 << number for number in range(_KNOWN) if re.match(r"\w", chr(number)))
# A range of more characters is not looked through.
_MOST_CHARS = 5000
# The information that a compiled expression begins with: its length, what it tells, the least and the greatest width.
_PLAIN_INFO = 5
_TELLS_CHARS = 4


class First(NamedTuple):
    """What a match can begin with: the characters as bits, and whether one above them may be none of a word."""

    chars: int
    marks: bool

    def __or__(self, other: First) -> First:
        return First(self.chars | other.chars, self.marks or other.marks)

    def __and__(self, other: First) -> First:
        return First(self.chars & other.chars, self.marks and other.marks)


_ANYTHING = First(_EVERY, True)
_NOTHING = First(0, False)


def hastened(code: list[int], tree: Any) -> list[int]:
    """The compiled form ``code`` of an expression, so that a search passes over where no match can begin.

    :param tree: the expression as parsed.
    """
    # Only the information block that tells no more than widths; an expression that can be empty is left as it is.
    if len(code) < _PLAIN_INFO or code[:3] != [int(sre.INFO), _PLAIN_INFO - 1, 0] or not code[3]:
        return code
    flags = tree.state.flags
    if flags & (re.LOCALE | re.ASCII | re.DEBUG) or not flags & re.UNICODE:
        return code
    first = _first(list(tree), flags)[0]
    if first.chars == _EVERY:
        return code
    info = [*code[:2], _TELLS_CHARS, *code[3:_PLAIN_INFO]]
    _compiler._compile_charset([(sre.CHARSET, _bitmap(first.chars)), (sre.RANGE, (_KNOWN, 0x10FFFF))], flags, info)
    info[1] = len(info) - 1
    edge = []
    if not first.marks and not first.chars & ~_WORDS and stands_apart(list(tree), 0):
        edge = [int(sre.AT), int(sre.AT_UNI_BOUNDARY)]
    return info + edge + code[_PLAIN_INFO:]


def _bitmap(chars: int) -> list[int]:
    width = _compiler._CODEBITS
    return [chars >> shift & ((1 << width) - 1) for shift in range(0, _KNOWN, width)]


def _first(nodes: Sequence[Any], flags: int) -> tuple[First, bool]:
    """What the text of a sequence of nodes can begin with, and whether it can be empty."""
    found, asked = _NOTHING, _ANYTHING
    for code, value in nodes:
        if code is sre.ASSERT and value[0] > 0:
            ahead, empty = _first(list(value[1]), flags)
            # What is asked of the first character holds for it as long as nothing stands before.
            asked = asked if empty else asked & ahead
            continue
        if is_width_zero((code, value)):
            continue
        first, empty = _first_of(code, value, flags)
        found |= first & asked
        if not empty:
            return found, False
        asked = _ANYTHING
    return found, True


def _first_of(code: Any, value: Any, flags: int) -> tuple[First, bool]:
    if code in _CHARS:
        return _chars(code, value, flags), False
    if code is sre.SUBPATTERN:
        _, add, remove, body = value
        return _first(list(body), _compiler._combine_flags(flags, add, remove))
    if code is sre.ATOMIC_GROUP:
        return _first(list(value), flags)
    if code is sre.BRANCH:
        found, empty = _NOTHING, False
        for choice in value[1]:
            first, nothing = _first(list(choice), flags)
            found, empty = found | first, empty or nothing
        return found, empty
    if code in _REPEATS:
        first, empty = _first(list(value[2]), flags)
        return first, empty or not value[0]
    return _ANYTHING, True


def _chars(code: Any, value: Any, flags: int) -> First:
    return _known_chars(code, tuple(value) if code is sre.IN else value, flags & (re.IGNORECASE | re.DOTALL))


@lru_cache(maxsize=4096)
def _known_chars(code: Any, value: Any, flags: int) -> First:
    """What one node that is a character can be; :mod:`re` itself is asked."""
    node = [(code, list(value) if code is sre.IN else value)]
    tree = _compiler._parser.SubPattern(_compiler._parser.State(), node)
    tree.state.flags = flags | re.UNICODE
    one = _compiler._sre.compile(None, flags | re.UNICODE, _compiler._code(tree, flags | re.UNICODE), 0, {}, (None,))
    chars = sum(1 << number for number in range(_KNOWN) if one.match(chr(number)))
    return First(chars, _may_be_mark(code, value))


def _may_be_mark(code: Any, value: Any) -> bool:
    """Whether a character beyond the known ones can be a match that is none of a word."""
    if code is sre.LITERAL:
        return not _is_word(value)
    if code is not sre.IN:
        return True
    if value[0][0] is sre.NEGATE:
        return (sre.CATEGORY, sre.CATEGORY_NOT_WORD) not in value
    for kind, what in value:
        if kind is sre.LITERAL:
            word = _is_word(what)
        elif kind is sre.RANGE:
            most = max(what[0], _KNOWN), what[1] + 1
            word = most[1] - most[0] < _MOST_CHARS and all(map(_is_word, range(*most)))
        else:
            word = kind is sre.CATEGORY and what in (sre.CATEGORY_WORD, sre.CATEGORY_DIGIT)
        if not word:
            return True
    return False


def _is_word(number: int) -> bool:
    return number < _KNOWN or re.match(r"\w", chr(number)) is not None
