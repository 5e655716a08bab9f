"""Surprisal of the sentences of a text, summed from its windows."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tqcheck.lm.normalization import Normalizer
from tqcheck.lm.windows import Window
from tqcheck.lm.words import WordSurprisal
from tqcheck.text.spelling import spelt_out
from tqcheck.text.words import WORD

_LN2 = math.log(2)


@dataclass(frozen=True, slots=True)
class SentenceSurprisal:
    """Summed surprisal of a sentence in bits, and the tokens and words that it is the sum over.

    ``normalized`` is :class:`~tqcheck.lm.normalization.Normalizer`'s, in bits
    per word, 0 without words. ``each`` are its single words where they were
    asked for; what they leave of ``bits`` is punctuation. Where readers of the
    states were given, ``places`` are its tokens (code points of the text), and
    ``read`` has for each reader what it says of them, token after token.
    """

    bits: float
    tokens: int
    words: int
    normalized: float
    each: tuple[WordSurprisal, ...] | None = None
    places: tuple[tuple[int, int], ...] = ()
    read: tuple[tuple[float, ...], ...] = ()


class SentenceLedger:
    """The sentences of one text; the windows come in, in their order."""

    def __init__(self, text: str, spans: Sequence[tuple[int, int]], normalizer: Normalizer) -> None:
        self._text = text
        self._spans = spans
        self._normalizer = normalizer
        self._ready: list[SentenceSurprisal] = []
        self._ends: list[int] = []
        self._bits: list[float] = []
        self._places: list[tuple[int, int]] = []
        self._read: list[list[float]] = []

    def add(self, window: Window, scores: Sequence[float], said: Sequence[Sequence[float]] = ()) -> None:
        """Add the natural log-probabilities of a window's tokens, and what each reader said of those in sentences.

        A reader says the same number of numbers of each of the latter.
        """
        inside = sum(sentence >= 0 for sentence in window.sentences)
        sizes = [len(one) // max(inside, 1) for one in said]
        number = 0
        for sentence, place, end, score in zip(window.sentences, window.places, window.ends, scores, strict=True):
            if sentence >= 0:
                self._close(sentence)
                self._ends.append(end - self._spans[sentence][0])
                self._bits.append(-score / _LN2)
                if said:
                    self._places.append((place, end))
                    self._read = self._read or [[] for _ in said]
                    for one, size, every in zip(self._read, sizes, said, strict=True):
                        one += every[number * size : (number + 1) * size]
                    number += 1

    def sentences(self) -> list[SentenceSurprisal]:
        """All sentences, once all windows are in."""
        self._close(len(self._spans))
        return self._ready

    def _close(self, upto: int) -> None:
        """Sum up the sentences before ``upto``; those without tokens have none."""
        while len(self._ready) < upto:
            start, end = self._spans[len(self._ready)]
            spelt, stood = spelt_out(self._text[start:end])
            ends = self._ends if stood is None else _moved(self._ends, stood)
            words = len(WORD.findall(spelt))
            normalized = self._normalizer.score(spelt, ends, self._bits) if words else 0.0
            bits = math.fsum(self._bits)
            places, read = tuple(self._places), tuple(map(tuple, self._read))
            self._ready.append(SentenceSurprisal(bits, len(self._bits), words, normalized, places=places, read=read))
            self._ends, self._bits, self._places, self._read = [], [], [], []


def _moved(ends: Sequence[int], stood: Sequence[tuple[int, int]]) -> list[int]:
    """Ends in a text as ends in what it spells, whose code points stood there."""
    of_each = [end for _, end in stood]
    return [bisect_right(of_each, end) for end in ends]
