"""From probabilities of tokens to spans of whole words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|[^\w\s]+|_+")

_JOINTS = dict.fromkeys(map(ord, "'’.-"))


class TokenError(NamedTuple):
    """A token ``[start, end)`` with its probabilities [0, 1] of being part of a minor and of a major error."""

    start: int
    end: int
    minor: float
    major: float


class ErrorSpan(NamedTuple):
    """A stretch ``text[start:end]`` that people would mark as wrong.

    ``probability`` [0, 1] is that of its likeliest word; ``major`` whether a
    grave error is likelier there than a small one.
    """

    start: int
    end: int
    major: bool
    probability: float


def by_word(text: str, tokens: Sequence[TokenError]) -> list[TokenError]:
    """The words and marks of a text with what is highest among the tokens in them; those without tokens are left out.

    ``tokens`` are in order and do not overlap.
    """
    found: list[TokenError] = []
    words = _WORD.finditer(text, tokens[0].start if tokens else len(text))
    word = next(words, None)
    for token in tokens:
        while word is not None and word.end() <= token.start:
            word = next(words, None)
        if word is None:
            break
        if token.end <= word.start():
            continue
        if found and found[-1].start == word.start():
            last = found[-1]
            minor, major = max((last.minor, last.major), (token.minor, token.major), key=sum)
            found[-1] = TokenError(word.start(), word.end(), minor, major)
        else:
            found.append(TokenError(word.start(), word.end(), token.minor, token.major))
    return found


def wordings(text: str, words: Sequence[TokenError]) -> list[TokenError]:
    """The words without numbers and marks, of which rules have more to say: those count as faultless.

    People mark ``2000`` where they miss the comma, and from that a tagger learns to mistrust numbers.
    """
    return [
        word if text[word.start : word.end].translate(_JOINTS).isalpha() else TokenError(word.start, word.end, 0.0, 0.0)
        for word in words
    ]


def spans(words: Sequence[TokenError], bound: float) -> list[ErrorSpan]:
    """Runs of neighbouring words whose probability of an error is at least ``bound``.

    A run is major if that is likelier than minor in any of its words.
    """
    found: list[ErrorSpan] = []
    last = -2
    for place, word in enumerate(words):
        probability = word.minor + word.major
        if probability < bound:
            continue
        major = word.major > word.minor
        if last == place - 1 and found:
            before = found[-1]
            found[-1] = ErrorSpan(before.start, word.end, before.major or major, max(before.probability, probability))
        else:
            found.append(ErrorSpan(word.start, word.end, major, probability))
        last = place
    return found
