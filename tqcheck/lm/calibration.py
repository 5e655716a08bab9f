"""From surprisal to fluency: the place among human-written news, 0–100.

Short sentences vary more than long ones, so quantiles are kept by length, and
the first sentence of a document, which has no context, has quantiles of its
own. :mod:`tqcheck.lm.calibration_sample` makes the file. It belongs to one set of weights
and holds a sum over what it says, so that a damaged or edited file never gives
a wrong figure.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tqcheck.errors import CalibrationError

CALIBRATION = "calibration.json"
SCHEMA = "tqcheck-calibration/3"
"""Name and version of the file's format, its first field."""
_EARLIER = "tqcheck-calibration/2"
"""The same without ``reader``."""
UNIT = "normalized bits per word"
"""What quantiles are of: :class:`tqcheck.lm.normalization.Normalizer`'s surprisal."""
SHORTEST = 22
"""Words from which a text counts as a document."""
LEVELS = tuple(step / 200 for step in range(1, 200))
"""The probabilities that quantiles are kept for: 0.5 % to 99.5 %."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Texts of about ``words`` words: the quantiles of their normalized surprisal at :data:`LEVELS`."""

    words: float
    quantiles: tuple[float, ...]

    def below(self, bits: float) -> float:
        """The share of texts with a lower surprisal, 0 to 1, linear between quantiles.

        Outside them 0 or 1: nothing is known there.
        """
        values = self.quantiles
        left, right = bisect_left(values, bits), bisect_right(values, bits)
        if right == 0:
            return 0.0
        if left == len(values):
            return 1.0
        if left < right:
            return (LEVELS[left] + LEVELS[right - 1]) / 2
        low, high = values[left - 1], values[left]
        return LEVELS[left - 1] + (bits - low) / (high - low) * (LEVELS[left] - LEVELS[left - 1])


@dataclass(frozen=True, slots=True)
class Calibration:
    """Quantiles for sentences, for first sentences and for documents, each by length.

    ``model`` and ``weights`` are the id and the sha256 of the weights that it
    was made with, ``sha256`` is that of its file, ``made`` says from what and when.
    ``reader`` is the sha256 of the network (:mod:`tqcheck.detector.fluency`)
    whose judgement is part of the surprisal; ``None`` where it is surprisal alone.
    """

    sentences: tuple[Bucket, ...]
    openings: tuple[Bucket, ...]
    documents: tuple[Bucket, ...]
    model: str = ""
    weights: str = ""
    sha256: str = ""
    made: Mapping[str, Any] = field(default_factory=dict)
    reader: str | None = None

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """From ``calibration.json`` of a model's folder; raises as :meth:`read`."""
        return cls.read(folder / CALIBRATION, remedy="install tqcheck again")

    @classmethod
    def read(cls, path: Path, *, remedy: str = "make it anew with 'tqcheck models calibrate'") -> Calibration:
        """From a file; raises :class:`CalibrationError`, which ends in the remedy, if it is missing or damaged."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CalibrationError(
                f"{path}: the calibration cannot be read: {error.strerror or error}; check the path, or {remedy}"
            ) from error
        try:
            return cls._parse(json.loads(data), hashlib.sha256(data).hexdigest())
        except _FormatError as error:
            raise CalibrationError(f"{path}: {error}; {remedy}") from None
        except KeyError as error:
            raise CalibrationError(f"{path}: not a usable calibration (no field {error}); {remedy}") from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise CalibrationError(f"{path}: not a usable calibration ({error}); {remedy}") from error

    @classmethod
    def _parse(cls, raw: Any, sha256: str) -> Calibration:
        if not isinstance(raw, dict) or "schema" not in raw:
            raise _FormatError("not a calibration of tqcheck: it has no field 'schema'")
        if raw["schema"] not in (SCHEMA, _EARLIER):
            raise _FormatError(f"its format is {str(raw['schema'])[:60]!r}, and this version of tqcheck reads {SCHEMA}")
        if raw["sum"] != content_sum(raw):
            raise ValueError("it was changed after it was made")
        if raw["unit"] != UNIT or raw["levels"] != [LEVELS[0], LEVELS[-1], len(LEVELS)]:
            raise ValueError("its unit or its levels are not those of this format")
        found = cls(
            _buckets(raw["sentences"]),
            _buckets(raw["openings"]),
            _buckets(raw["documents"]),
            str(raw["model"]["id"]),
            str(raw["model"]["sha256"]),
            sha256,
            dict(raw["made"]),
            None if raw["schema"] == _EARLIER or raw["reader"] is None else str(raw["reader"]),
        )
        _ = found.basis  # Must be there too.
        return found

    @property
    def basis(self) -> str:
        """What it rests on, for people: numbers of stories, sentences and words, and the date."""
        made = self.made
        stories = sum(made["documents"].values())
        return f"{stories:,} stories, {made['sentences']:,} sentences, {made['words']:,} words; {made['on']}"

    def sentence_fluency(self, bits: float, words: int, *, opening: bool = False) -> float:
        """Fluency of a sentence of ``bits`` normalized surprisal; ``opening`` if it is the first of its document.

        0 to 100 with one decimal; 50 is ordinary, under 5 is odd.
        """
        return _fluency(self.openings if opening else self.sentences, bits, words)

    def document_fluency(self, bits: float, words: int) -> float:
        """Fluency of a document from the mean over the words of its sentences; 0 to 100 with one decimal.

        One of fewer than :data:`SHORTEST` words is compared with first sentences.
        """
        if words < SHORTEST:
            return self.sentence_fluency(bits, words, opening=True)
        return _fluency(self.documents, bits, words)


def _fluency(buckets: Sequence[Bucket], bits: float, words: int) -> float:
    """100·(1 − share below), between the two nearest lengths in proportion on a logarithmic scale."""
    if words <= 0:
        return 50.0
    right = bisect_right([bucket.words for bucket in buckets], words)
    if right in (0, len(buckets)):
        below = buckets[max(0, right - 1)].below(bits)
    else:
        low, high = buckets[right - 1], buckets[right]
        share = math.log(words / low.words) / math.log(high.words / low.words)
        below = (1 - share) * low.below(bits) + share * high.below(bits)
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


def content_sum(content: Mapping[str, Any]) -> str:
    """sha256 over all that a calibration says but the sum itself, however it is laid out."""
    said = {name: value for name, value in content.items() if name != "sum"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class _FormatError(Exception):
    """The file is not of the format that is read here."""


def _buckets(raw: Any) -> tuple[Bucket, ...]:
    buckets = tuple(Bucket(float(one["words"]), tuple(float(value) for value in one["quantiles"])) for one in raw)
    if not buckets or any(len(bucket.quantiles) != len(LEVELS) for bucket in buckets):
        raise ValueError("quantiles are missing")
    if not all(math.isfinite(value) for bucket in buckets for value in (bucket.words, *bucket.quantiles)):
        raise ValueError("a figure is infinite or not a number")
    if any(list(bucket.quantiles) != sorted(bucket.quantiles) for bucket in buckets):
        raise ValueError("quantiles are not in order")
    if any(one.words >= other.words or one.words <= 0 for one, other in pairwise(buckets)):
        raise ValueError("lengths are not in order")
    return buckets
