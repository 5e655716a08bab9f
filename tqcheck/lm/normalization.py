"""Normalized surprisal: how odd the wording of a sentence is, whatever its words are.

Rare and long words, names and numbers are surprising in good text too. So the
surprisal of a sentence is divided by what its words would be expected to cost:
of each word, its frequency in news (−log₂ p, bits) and so many bits a letter.
The quotient times the expected cost of a mean word of news is again in bits per
word. What a word can add is capped, so that one strange name does not decide;
names and numbers count in part; and a content word that occurred before in
the sentence, which a model expects because of that, neither counts as cheap nor
is it expected again.

Parameters are in ``normalization.json``, frequencies in ``frequencies.txt``,
both made by ``benchmarks/normalization.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import NamedTuple

from tqcheck.text.quotes import scan_quotes
from tqcheck.text.spelling import fold
from tqcheck.text.words import WORD


@dataclass(frozen=True, slots=True)
class Parameters:
    """The choices of the formula; bits are of surprisal, weights are factors of 0 up."""

    letter_bits: float
    """Expected bits for each letter of a word, beside its frequency."""
    cap: float
    """The most bits that a word counts for."""
    name_weight: float
    """Factor of words with a capital within the sentence and of unknown words within quotation marks."""
    number_weight: float
    """Factor of words with a digit."""
    mark_weight: float
    """Factor of punctuation and other tokens outside words."""
    repeated_share: float
    """A repeated content word counts for at least this share of its frequency's bits."""
    content_bits: float
    """Words of more bits than this are content words."""
    mean_expected: float
    """Expected bits of a mean word of human-written news, by which the quotient is multiplied."""

    @classmethod
    def load(cls) -> Parameters:
        """The parameters that come with the package."""
        found = json.loads(resources.files("tqcheck.lm").joinpath("normalization.json").read_text("utf-8"))
        return cls(**{field.name: float(found[field.name]) for field in fields(cls)})


class Frequencies:
    """−log₂ p of words in news.

    An unknown word gets the bits of the rarest known and
    :data:`LETTER` for each letter after :data:`SHORT`: longer words are rarer.
    """

    LETTER = 0.7
    SHORT = 5

    def __init__(self, bits: dict[str, float]) -> None:
        self._bits = bits
        self._rarest = max(bits.values(), default=0.0)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Frequencies:
        """Each line that is no comment is a number of bits and the folded words that have it, parted by blanks."""
        found: dict[str, float] = {}
        for line in lines:
            if not line.startswith("#"):
                bits, _, words = line.partition(" ")
                found.update(dict.fromkeys(words.split(), float(bits)))
        return cls(found)

    def __contains__(self, folded: str) -> bool:
        return folded in self._bits

    def bits(self, folded: str) -> float:
        """−log₂ p of a folded word (:func:`tqcheck.text.spelling.fold`)."""
        known = self._bits.get(folded)
        return self._rarest + self.LETTER * max(0, len(folded) - self.SHORT) if known is None else known


@cache
def news_frequencies() -> Frequencies:
    """The frequencies that come with the package; read once."""
    return Frequencies.parse(resources.files("tqcheck.lm").joinpath("frequencies.txt").read_text("utf-8").splitlines())


class _Word(NamedTuple):
    """A word's surprisal and frequency in bits, its length in letters, and what it is."""

    bits: float
    frequency: float
    letters: int
    folded: str
    name: bool
    number: bool


class Normalizer:
    """Turns the surprisals of a sentence's tokens into its normalized surprisal."""

    def __init__(self, parameters: Parameters | None = None, frequencies: Frequencies | None = None) -> None:
        self._parameters = Parameters.load() if parameters is None else parameters
        self._frequencies = news_frequencies() if frequencies is None else frequencies

    def score(self, text: str, ends: Sequence[int], bits: Sequence[float]) -> float:
        """Normalized surprisal of the sentence ``text`` in bits per word, 0 up; 0 where it has no word.

        ``ends`` tells where each of its tokens ends in ``text`` (code points),
        ``bits`` the token's surprisal. Raises :class:`ValueError` if they
        differ in length.
        """
        words, marks = self._words(text, ends, bits)
        return self.combine(words, marks)

    def combine(self, words: Sequence[_Word], marks: float) -> float:
        """The formula itself, of words and the bits of all other tokens."""
        given = self._parameters
        cost = given.mark_weight * marks
        expected = 0.0
        seen: set[str] = set()
        for word in words:
            counted = min(word.bits, given.cap)
            content = word.frequency > given.content_bits and not word.number
            if content and word.folded in seen:
                counted = max(counted, given.repeated_share * word.frequency)
            else:
                expected += word.frequency + given.letter_bits * word.letters
            if content:
                seen.add(word.folded)
            weight = given.number_weight if word.number else given.name_weight if word.name else 1.0
            cost += weight * counted
        return given.mean_expected * cost / expected if expected else 0.0

    def _words(self, text: str, ends: Sequence[int], bits: Sequence[float]) -> tuple[list[_Word], float]:
        """The words of a sentence and the summed bits of the tokens outside them."""
        spans = [match.span() for match in WORD.finditer(text)]
        sums = [0.0] * len(spans)
        marks = 0.0
        index = 0
        # A token carries the blank before its word, so its last code point says where it belongs.
        for end, value in zip(ends, bits, strict=True):
            while index < len(spans) and spans[index][1] < end:
                index += 1
            if index < len(spans) and spans[index][0] < end:
                sums[index] += value
            else:
                marks += value
        quoted = scan_quotes(text, [(0, len(text))]).outermost() if spans else []
        words = []
        for number, ((start, stop), value) in enumerate(zip(spans, sums, strict=True)):
            word = text[start:stop]
            folded = fold(word)
            foreign = folded not in self._frequencies and any(left <= start < right for left, right in quoted)
            name = (number > 0 and word[0].isupper()) or foreign
            digits = any(char.isdigit() for char in word)
            words.append(_Word(value, self._frequencies.bits(folded), len(word), folded, name, digits))
        return words, marks
