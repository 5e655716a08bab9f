"""A sample of scored stories, and the calibration made from it.

Quantiles rest on at least :data:`FEWEST` texts of a length: classes of length
that hold fewer are joined with a neighbour, and a sample too small for that is
refused with its figures.
"""

from __future__ import annotations

import json
import math
import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tqcheck.errors import CalibrationError, SettingsError
from tqcheck.lm.calibration import LEVELS, SCHEMA, SHORTEST, UNIT, content_sum, quantiles
from tqcheck.lm.sentences import SentenceSurprisal

SENTENCE_EDGES = (2, 6, 10, 14, 19, 26, 37)
OPENING_EDGES = (2, 10, 19)
DOCUMENT_EDGES = (SHORTEST, 55, 110, 220, 440, 880)
"""Where classes of length begin, in words; shorter texts are not counted."""
FEWEST = 40
"""Texts that a class of length needs."""
FEWEST_SENTENCES = 200
"""Sentences that a sample needs, those that open a story not counted."""

Measure = tuple[float, int]
"""Normalized surprisal of a text in bits per word, and its words."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Bits and words of the sentences after the first, of first sentences, and of beginnings of stories."""

    sentences: tuple[Measure, ...]
    openings: tuple[Measure, ...]
    documents: tuple[Measure, ...]
    stories: int
    counted: int
    words: int

    @classmethod
    def of(cls, stories: Iterable[Sequence[SentenceSurprisal]]) -> Sample:
        """From the sentences of each story in order; those without a word are left out.

        Raises :class:`CalibrationError` if a surprisal is infinite or not a number.
        """
        kept = [with_words(story) for story in stories]
        kept = [story for story in kept if story]
        if not all(math.isfinite(one.normalized) for story in kept for one in story):
            raise CalibrationError(
                "the model gives surprisals that are infinite or not a number, so there is nothing to calibrate; "
                "its weights are damaged, or meant for another configuration: fetch it again"
            )
        return cls(
            tuple((one.normalized, one.words) for story in kept for one in story[1:]),
            tuple((story[0].normalized, story[0].words) for story in kept),
            tuple(pair for story in kept for pair in beginnings(story)),
            stories=len(kept),
            counted=sum(map(len, kept)),
            words=sum(one.words for story in kept for one in story),
        )

    def need_enough(self) -> None:
        """Raise :class:`CalibrationError` with the figures if the sample is too small for quantiles."""
        lacking = [
            f"{have} {what} (needed: {needed})"
            for have, needed, what in (
                (_long(self.openings, OPENING_EDGES), FEWEST, "stories"),
                (_long(self.sentences, SENTENCE_EDGES), FEWEST_SENTENCES, "sentences after the first of a story"),
                (_long(self.documents, DOCUMENT_EDGES), FEWEST, f"beginnings of {DOCUMENT_EDGES[0]} words or more"),
            )
            if have < needed
        ]
        if lacking:
            lengths = ", ".join(
                f"{_class_name(low, high)}: {sum(low <= words < high for _, words in self.sentences)}"
                for low, high in _classes(SENTENCE_EDGES)
            )
            raise CalibrationError(
                f"too little text for a calibration: {', '.join(lacking)}; sentences by length in words: {lengths}. "
                "Give more clean stories"
            )


def with_words(story: Sequence[SentenceSurprisal]) -> tuple[SentenceSurprisal, ...]:
    """The sentences of a story that hold a word."""
    return tuple(one for one in story if one.words and one.tokens)


def beginnings(story: Sequence[SentenceSurprisal]) -> list[Measure]:
    """Of the story's beginnings that just pass each of :data:`DOCUMENT_EDGES`, and of all of it."""
    found = []
    bits, words = 0.0, 0
    edges = list(DOCUMENT_EDGES)
    for sentence in story:
        bits, words = bits + sentence.normalized * sentence.words, words + sentence.words
        if edges and words >= edges[0]:
            found.append((bits / words, words))
            while edges and words >= edges[0]:
                edges.pop(0)
    if not found or found[-1][1] != words:
        found.append((bits / words, words))
    return found


def buckets(measures: Iterable[Measure], edges: Sequence[int], fewest: int = FEWEST) -> list[dict[str, Any]]:
    """Quantiles of bits per word in each class of length [edge, next edge).

    A class of fewer than ``fewest`` texts is joined with the next longer one,
    the last with the one before. Without so many texts in all there is none.
    """
    measures = list(measures)
    classes: list[list[Measure]] = []
    waiting: list[Measure] = []
    for low, high in _classes(edges):
        waiting += [(bits, words) for bits, words in measures if low <= words < high]
        if len(waiting) >= fewest:
            classes.append(waiting)
            waiting = []
    if classes:
        classes[-1] += waiting
    return [_bucket(members) for members in classes]


def _bucket(members: Sequence[Measure]) -> dict[str, Any]:
    return {
        "words": round(statistics.fmean(words for _, words in members), 1),
        "count": len(members),
        "quantiles": [round(value, 4) for value in quantiles([bits for bits, _ in members])],
    }


def calibrate(
    sample: Sample, model_id: str, weights: str, made: Mapping[str, Any], reader: str | None = None
) -> dict[str, Any]:
    """The content of a calibration file for a model with this id and sha256 of its weights.

    ``made`` says by what and when; the numbers of sentences and words are added.
    ``reader`` is the sha256 of the network whose judgement is in the sample's figures, if one's is.
    Raises :class:`CalibrationError` for a sample that is too small.
    """
    sample.need_enough()
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "model": {"id": model_id, "sha256": weights},
        "reader": reader,
        "made": {**made, "sentences": sample.counted, "words": sample.words},
        "unit": UNIT,
        "levels": [LEVELS[0], LEVELS[-1], len(LEVELS)],
        "sentences": buckets(sample.sentences, SENTENCE_EDGES),
        "openings": buckets(sample.openings, OPENING_EDGES),
        "documents": buckets(sample.documents, DOCUMENT_EDGES),
    }
    return content | {"sum": content_sum(content)}


def dumps(content: Mapping[str, Any]) -> str:
    """A calibration as it stands in its file: JSON, a line for each class of length."""
    return json.dumps(content, separators=(",", ":")).replace("},{", "},\n{") + "\n"


def today() -> str:
    """The date here, or that (UTC) of ``SOURCE_DATE_EPOCH``, which makes files the same whenever they are made."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if not fixed:
        return date.today().isoformat()
    try:
        return datetime.fromtimestamp(int(fixed), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise SettingsError(f"SOURCE_DATE_EPOCH is a number of seconds since 1970, not {fixed!r}") from None


def _classes(edges: Sequence[int]) -> list[tuple[int, float]]:
    return list(zip(edges, [*edges[1:], math.inf], strict=True))


def _class_name(low: int, high: float) -> str:
    return f"{low} and more" if high == math.inf else f"{low}–{high - 1:.0f}"


def _long(measures: Sequence[Measure], edges: Sequence[int]) -> int:
    return sum(words >= edges[0] for _, words in measures)
