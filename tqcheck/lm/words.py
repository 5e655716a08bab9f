"""Surprisal of single words, and which of them are odd.

A token counts to the word in which its first code point that is not white
space stands, so the blank before a word is the word's, also where it is a token
by itself; hyphens and apostrophes inside a word are its too. All other punctuation counts to no word: over a
sentence, the words and that rest add up to the sentence.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tqcheck.errors import ModelError
from tqcheck.lm.windows import Window
from tqcheck.text.span import Span
from tqcheck.text.spelling import UNSEEN, fold, spelt_out
from tqcheck.text.words import WORD

BOUNDS = "words.json"
COMPOUND = "compound"
CLASSES_BY_TOKENS = ("1 token", "2 tokens", "3 tokens or more")
_PLAIN = re.compile(r"[A-Za-z]+(?:['’.\-][A-Za-z]+)*")
_LN2 = math.log(2)


class WordSurprisal(NamedTuple):
    """A word ``text[start:end]`` (code points), its summed surprisal in bits, and how many tokens that is the sum over.

    ``odd`` is true when the bits are above the bound for such words;
    ``expected`` are then the likeliest words in its place, the likeliest first
    (beginnings of what the model would have written; perhaps none).
    """

    start: int
    end: int
    bits: float
    tokens: int
    odd: bool = False
    expected: tuple[str, ...] = ()


def word_spans(text: str, start: int, end: int) -> list[Span]:
    """The words of a sentence: those that ``words`` counts, with combining marks and what nobody sees in or after them.

    These join what they part.
    """
    found: list[Span] = []
    for match in WORD.finditer(text, start, end):
        left, right = match.span()
        if found and found[-1].end == left:
            left = found.pop().start
        while right < end and (text[right] in UNSEEN or unicodedata.category(text[right]).startswith("M")):
            right += 1
        found.append(Span(left, right))
    return found


@dataclass(frozen=True, slots=True)
class WordBounds:
    """Above how many bits a word is odd, by the class of words it belongs to.

    Frequent words have a class for each step of frequency, named by the least
    number of times in a million words; others go by the number of tokens the
    model needs for them, since it writes rare words in pieces; compounds have
    a class of their own.

    :param per_million: how often a word in lower case stands in a million words of news; 0 where it is rare.
    :param bounds: bits by class; a word of a class that is not here is never odd.
    """

    per_million: Callable[[str], int]
    bounds: Mapping[str, float]

    @classmethod
    def load(cls, folder: Path, per_million: Callable[[str], int]) -> WordBounds:
        """From ``words.json`` of a model's folder; without the file no word is odd.

        Raises :class:`ModelError` for a damaged one.
        """
        path = folder / BOUNDS
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(per_million, {str(name): float(one["bits"]) for name, one in raw["bounds"].items()})
        except FileNotFoundError:
            return cls(per_million, {})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: not usable bounds of words ({error}); install tqcheck again") from error

    def class_of(self, word: str, tokens: int, *, first: bool) -> str | None:
        """The class of a word; ``None`` for names, numbers and what is not English, which are never odd.

        Capitals make a name, except at the beginning of a sentence
        (``first``), where a frequent word is taken for itself.
        """
        if not _PLAIN.fullmatch(word):
            return None
        frequency = self.per_million(fold(word))
        if word != word.lower() and not (first and frequency and word[1:] == word[1:].lower()):
            return None
        if frequency:
            return str(frequency)
        if any(char in ".-" for char in word):
            return COMPOUND
        return CLASSES_BY_TOKENS[min(tokens, len(CLASSES_BY_TOKENS)) - 1]

    def bound(self, word: str, tokens: int, *, first: bool) -> float:
        """The bits above which a word of so many tokens is odd; infinite where it never is."""
        name = self.class_of(word, tokens, first=first)
        return math.inf if name is None else self.bounds.get(name, math.inf)


class Place(NamedTuple):
    """What was written before a word (ids of the last tokens), and the ids likeliest after that, the likeliest first.

    ``blank`` says whether a blank belongs between them.
    """

    before: tuple[int, ...]
    likely: tuple[int, ...]
    blank: bool


class WordLedger:
    """The words of one document while its windows come in, in any order."""

    def __init__(self, text: str, sentences: Sequence[tuple[int, int]], bounds: WordBounds) -> None:
        self._text = text
        self._bounds = bounds
        self._spans: list[Span] = []
        self._firsts: list[int] = []
        for start, end in sentences:
            self._firsts.append(len(self._spans))
            self._spans += word_spans(text, start, end)
        self._starts = [span.start for span in self._spans]
        self._bits = [0.0] * len(self._spans)
        self._tokens = [0] * len(self._spans)
        self._places: dict[int, Place] = {}

    def add(self, window: Window, scores: Sequence[float]) -> list[tuple[int, int]]:
        """Add the natural log-probabilities of a window's tokens.

        Returns (word, index of its first token among the scored ones) of the
        words that may be odd: those over their bound, and one that may go on
        in the next window.
        """
        first: dict[int, int] = {}
        last = -1
        tokens = zip(window.sentences, window.places, scores, strict=True)
        for index, (sentence, place, score) in enumerate(tokens):
            last = self._word_at(place) if sentence >= 0 else -1
            if last >= 0:
                self._bits[last] -= score / _LN2
                self._tokens[last] += 1
                first.setdefault(last, index)
        # Of a word begun in an earlier window the beginning is not here.
        return [
            (word, index)
            for word, index in first.items()
            if (word == last or self._odd(word)) and self._visible(window.places[index]) == self._starts[word]
        ]

    def expect(self, word: int, place: Place) -> None:
        """Record what is likely in the place of a word."""
        self._places[word] = place

    def odd_places(self) -> dict[int, tuple[str, Place]]:
        """Text and place of every odd word, once all windows are in."""
        return {word: (self.text(word), place) for word, place in self._places.items() if self._odd(word)}

    def text(self, word: int) -> str:
        """The word as it is spelt."""
        return spelt_out(self._text[self._spans[word].start : self._spans[word].end])[0]

    def sentences(self, expected: Mapping[int, tuple[str, ...]]) -> list[tuple[WordSurprisal, ...]]:
        """The words of each sentence; ``expected`` by the number of the word."""
        words = [
            WordSurprisal(*span, self._bits[word], self._tokens[word], self._odd(word), expected.get(word, ()))
            for word, span in enumerate(self._spans)
        ]
        edges = [*self._firsts, len(words)]
        return [tuple(words[start:end]) for start, end in pairwise(edges)]

    def _visible(self, place: int) -> int:
        while place < len(self._text) and (self._text[place].isspace() or self._text[place] in UNSEEN):
            place += 1
        return place

    def _word_at(self, place: int) -> int:
        place = self._visible(place)
        word = bisect_right(self._starts, place) - 1
        return word if word >= 0 and place < self._spans[word].end else -1

    def _odd(self, word: int) -> bool:
        if word == 0:
            # Nothing stands before it that could make another likelier.
            return False
        at = bisect_right(self._firsts, word) - 1
        # Sentences without a word share their first word with the next one.
        first = self._firsts[at] == word
        return self._bits[word] > self._bounds.bound(self.text(word), max(1, self._tokens[word]), first=first)
