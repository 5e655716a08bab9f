"""From surprisal to fluency: the place among human-written news, 0–100.

Short sentences vary more than long ones, so quantiles are kept by length, and
the first sentence of a document, which has no context, has quantiles of its
own. Made by ``benchmarks/calibrate.py``; kept in ``models/<id>/calibration.json``.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tqcheck.errors import ModelError

CALIBRATION = "calibration.json"
LEVELS = tuple(step / 200 for step in range(1, 200))
"""The probabilities that quantiles are kept for: 0.5 % to 99.5 %."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Texts of about ``tokens`` tokens: the quantiles of their mean surprisal (bits per token) at :data:`LEVELS`."""

    tokens: float
    quantiles: tuple[float, ...]

    def below(self, mean: float) -> float:
        """The share of texts with a lower mean, 0 to 1, linear between quantiles.

        Outside them 0 or 1: nothing is known there.
        """
        values = self.quantiles
        left, right = bisect_left(values, mean), bisect_right(values, mean)
        if right == 0:
            return 0.0
        if left == len(values):
            return 1.0
        if left < right:
            return (LEVELS[left] + LEVELS[right - 1]) / 2
        low, high = values[left - 1], values[left]
        return LEVELS[left - 1] + (mean - low) / (high - low) * (LEVELS[left] - LEVELS[left - 1])


@dataclass(frozen=True, slots=True)
class Calibration:
    """Quantiles for sentences, for first sentences and for documents, each by length."""

    sentences: tuple[Bucket, ...]
    openings: tuple[Bucket, ...]
    documents: tuple[Bucket, ...]

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """From ``calibration.json`` of a model's folder; raises :class:`ModelError` if it is missing or damaged."""
        path = folder / CALIBRATION
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(_buckets(raw["sentences"]), _buckets(raw["openings"]), _buckets(raw["documents"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: not a usable calibration ({error}); install tqcheck again") from error

    def sentence_fluency(self, bits: float, tokens: int, *, opening: bool = False) -> float:
        """Fluency of a sentence of ``bits`` summed surprisal; ``opening`` if it is the first of its document.

        0 to 100 with one decimal; 50 is ordinary, under 5 is odd.
        """
        return _fluency(self.openings if opening else self.sentences, bits, tokens)

    def document_fluency(self, bits: float, tokens: int) -> float:
        """Fluency of a document from the sums over its sentences; 0 to 100 with one decimal."""
        return _fluency(self.documents, bits, tokens)


def _fluency(buckets: Sequence[Bucket], bits: float, tokens: int) -> float:
    """100·(1 − share below), between the two nearest lengths in proportion on a logarithmic scale."""
    if tokens <= 0:
        return 50.0
    mean = bits / tokens
    right = bisect_right([bucket.tokens for bucket in buckets], tokens)
    if right in (0, len(buckets)):
        below = buckets[max(0, right - 1)].below(mean)
    else:
        low, high = buckets[right - 1], buckets[right]
        share = math.log(tokens / low.tokens) / math.log(high.tokens / low.tokens)
        below = (1 - share) * low.below(mean) + share * high.below(mean)
    return round(min(100.0, max(0.0, 100 * (1 - below))), 1)


def quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """Quantiles of a sample at :data:`LEVELS`, linear between order statistics; the sample must not be empty."""
    ordered = sorted(values)
    found = []
    for level in LEVELS:
        place = level * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        found.append(ordered[low] + (place - low) * (ordered[high] - ordered[low]))
    return tuple(found)


def _buckets(raw: Any) -> tuple[Bucket, ...]:
    buckets = tuple(Bucket(float(one["tokens"]), tuple(float(value) for value in one["quantiles"])) for one in raw)
    if not buckets or any(len(bucket.quantiles) != len(LEVELS) for bucket in buckets):
        raise ValueError("quantiles are missing")
    if any(list(bucket.quantiles) != sorted(bucket.quantiles) for bucket in buckets):
        raise ValueError("quantiles are not in order")
    if any(one.tokens >= other.tokens or one.tokens <= 0 for one, other in pairwise(buckets)):
        raise ValueError("lengths are not in order")
    return buckets
