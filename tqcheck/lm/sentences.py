"""Surprisal of the sentences of a text, summed from its windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tqcheck.lm.normalization import Normalizer
from tqcheck.lm.windows import Window
from tqcheck.lm.words import WordSurprisal
from tqcheck.text import WORD

_LN2 = math.log(2)


class TokenError(NamedTuple):
    """A token ``[start, end)`` with its probabilities [0, 1] of being part of a minor and of a major error."""

    start: int
    end: int
    minor: float
    major: float


@dataclass(frozen=True, slots=True)
class SentenceSurprisal:
    """Summed surprisal of a sentence in bits, and the tokens and words that it is the sum over.

    ``normalized`` is :class:`~tqcheck.lm.normalization.Normalizer`'s, in bits
    per word, 0 without words. ``each`` are its single words where they were
    asked for; what they leave of ``bits`` is punctuation. ``errors`` are its
    tokens (code points of the text) where a reader of the states was given.
    """

    bits: float
    tokens: int
    words: int
    normalized: float
    each: tuple[WordSurprisal, ...] | None = None
    errors: tuple[TokenError, ...] = ()


class SentenceLedger:
    """The sentences of one text; the windows come in, in their order."""

    def __init__(self, text: str, spans: Sequence[tuple[int, int]], normalizer: Normalizer) -> None:
        self._text = text
        self._spans = spans
        self._normalizer = normalizer
        self._ready: list[SentenceSurprisal] = []
        self._ends: list[int] = []
        self._bits: list[float] = []
        self._errors: list[TokenError] = []

    def add(self, window: Window, scores: Sequence[float], errors: Sequence[float] = ()) -> None:
        """Add the natural log-probabilities of a window's tokens, and what a reader said of those in sentences.

        ``errors`` has two values for each of the latter, the probabilities of a minor and a major error.
        """
        said = zip(errors[::2], errors[1::2], strict=True)
        for sentence, place, end, score in zip(window.sentences, window.places, window.ends, scores, strict=True):
            if sentence >= 0:
                self._close(sentence)
                self._ends.append(end - self._spans[sentence][0])
                self._bits.append(-score / _LN2)
                if errors:
                    self._errors.append(TokenError(place, end, *next(said)))

    def sentences(self) -> list[SentenceSurprisal]:
        """All sentences, once all windows are in."""
        self._close(len(self._spans))
        return self._ready

    def _close(self, upto: int) -> None:
        """Sum up the sentences before ``upto``; those without tokens have none."""
        while len(self._ready) < upto:
            start, end = self._spans[len(self._ready)]
            words = len(WORD.findall(self._text, start, end))
            normalized = self._normalizer.score(self._text[start:end], self._ends, self._bits) if words else 0.0
            bits = math.fsum(self._bits)
            self._ready.append(SentenceSurprisal(bits, len(self._bits), words, normalized, errors=tuple(self._errors)))
            self._ends, self._bits, self._errors = [], [], []
