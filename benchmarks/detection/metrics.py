"""Measures of a detector: how well it ranks, how far its probabilities can be trusted, how well spans agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Values = np.ndarray[Any, np.dtype[Any]]
RESAMPLES = 1000
WRONG_SEVERITY = 0.5
"""What a character of the wrong severity counts for in :func:`span_scores`, as in the WMT23 shared task."""


def auroc(scores: Values, positive: Values) -> float:
    """Share of the (positive, negative) pairs [0, 1] in which the positive has the higher score; ties count half.

    ``scores`` and ``positive`` (bool) have shape [n]; NaN where one of the two classes is missing.

    >>> float(auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])))
    0.75
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def true_positives_at(scores: Values, positive: Values, false_positives: float) -> float:
    """Share of the positives above the least threshold that at most this share of the negatives exceed."""
    negatives = np.sort(scores[~positive])[::-1]
    allowed = int(np.floor(false_positives * len(negatives)))
    bound = negatives[allowed] if allowed < len(negatives) else -np.inf
    return float((scores[positive] > bound).mean())


def balance(positive: Values) -> Values:
    """Weights [n] that give positives and negatives one half each."""
    share = np.where(positive, positive.mean(), 1 - positive.mean())
    weights: Values = 0.5 / share / len(positive)
    return weights


@dataclass(frozen=True, slots=True)
class Bin:
    """Documents of like probability: the mean probability, the share of positives, and their weight."""

    probability: float
    share: float
    weight: float
    count: int


def reliability(probabilities: Values, positive: Values, bins: int = 10, weights: Values | None = None) -> list[Bin]:
    """Bins of equal width over [0, 1], empty ones left out, positives and negatives weighing the same in all.

    ``weights`` [n], of sum 1, are others that they are to have.
    """
    if weights is None:
        weights = balance(positive)
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    found = []
    for place in range(bins):
        inside = places == place
        weight = float(weights[inside].sum())
        if weight:
            mean = float((probabilities * weights)[inside].sum() / weight)
            found.append(Bin(mean, float((positive * weights)[inside].sum() / weight), weight, int(inside.sum())))
    return found


def calibration_error(probabilities: Values, positive: Values, weights: Values | None = None) -> float:
    """Expected calibration error [0, 1]: the mean distance of probability and share over :func:`reliability`'s bins."""
    bins = reliability(probabilities, positive, weights=weights)
    return sum(abs(one.probability - one.share) * one.weight for one in bins)


def interval(measure: Callable[[Values], float], groups: Sequence[str], seed: int = 20) -> tuple[float, float]:
    """95 % bootstrap interval of ``measure(indices)``, all rows of a group drawn together."""
    random = np.random.default_rng(seed)
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    pools = [np.array(indices) for indices in members.values()]
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([pools[at] for at in random.integers(0, len(pools), len(pools))])
        found.append(measure(drawn))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)


def mcc(predicted: Values, marked: Values) -> float:
    """Matthews correlation coefficient [-1, 1] of two bool arrays [n]; 0 where one of them is constant.

    >>> mcc(np.array([True, True, False, False]), np.array([True, False, False, False])).__round__(3)
    0.577
    """
    both = float((predicted & marked).sum())
    neither = float((~predicted & ~marked).sum())
    false = float((predicted & ~marked).sum())
    missed = float((~predicted & marked).sum())
    product = (both + false) * (both + missed) * (neither + false) * (neither + missed)
    return (both * neither - false * missed) / product**0.5 if product else 0.0


Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Character precision, recall and F1 [0, 1]."""

    precision: float
    recall: float
    f1: float


def painted(length: int, spans: Sequence[Span]) -> Values:
    """The severity of each character [length]: 0 none, 1 minor, 2 major; where spans overlap the worse."""
    found: Values = np.zeros(length, dtype=np.int8)
    for start, end, severity in spans:
        found[start:end] = np.maximum(found[start:end], 2 if severity == "major" else 1)
    return found


def span_scores(rows: Sequence[tuple[int, Sequence[Span], Sequence[Span]]]) -> SpanScores:
    """Character F1 over (length of the text, predicted spans, marked spans), as the WMT23 shared task scores it.

    Over all texts together: a character that both mark counts 1, or
    :data:`WRONG_SEVERITY` where their severities differ; precision is the sum
    over all characters predicted, recall over all characters marked. Nothing
    predicted and nothing marked at all is perfect. Source: Blain et al. 2023,
    Findings of the WMT 2023 Shared Task on Quality Estimation, section on
    fine-grained error span detection.
    """
    shared = predicted = marked = 0.0
    for length, ours, theirs in rows:
        a, b = painted(length, ours), painted(length, theirs)
        both = (a > 0) & (b > 0)
        shared += float(both.sum()) - (1 - WRONG_SEVERITY) * float((both & (a != b)).sum())
        predicted += float((a > 0).sum())
        marked += float((b > 0).sum())
    if not predicted and not marked:
        return SpanScores(1.0, 1.0, 1.0)
    precision = shared / predicted if predicted else 0.0
    recall = shared / marked if marked else 0.0
    total = precision + recall
    return SpanScores(precision, recall, 2 * precision * recall / total if total else 0.0)
