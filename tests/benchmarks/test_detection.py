from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
metrics = importlib.import_module("benchmarks.detection.metrics")


def test_auroc_counts_pairs() -> None:
    scores, positive = np.array([3.0, 1.0, 2.0, 2.0]), np.array([True, False, True, False])
    # 3 beats both, 2 beats 1 and ties with 2: 3.5 of 4.
    assert metrics.auroc(scores, positive) == pytest.approx(3.5 / 4)
    assert np.isnan(metrics.auroc(scores, np.ones(4, dtype=bool)))


def test_true_positives_at_a_share_of_false_ones() -> None:
    scores = np.concatenate([np.arange(100.0), np.array([99.5, 98.5, 50.0])])
    positive = np.arange(103) >= 100
    assert metrics.true_positives_at(scores, positive, 0.01) == pytest.approx(2 / 3)
    assert metrics.true_positives_at(scores, positive, 0.0) == pytest.approx(1 / 3)


def test_calibration_error_of_known_cases() -> None:
    half = np.array([True, False] * 50)
    assert metrics.calibration_error(np.full(100, 0.5), half) == pytest.approx(0)
    assert metrics.calibration_error(np.full(100, 0.9), half) == pytest.approx(0.4)
    # Nine machines to one person, but both sides weigh the same.
    many = np.arange(100) >= 10
    assert metrics.calibration_error(np.full(100, 0.5), many) == pytest.approx(0)


def test_mcc_of_known_cases() -> None:
    truth = np.array([True, True, False, False])
    assert metrics.mcc(truth, truth) == 1
    assert metrics.mcc(~truth, truth) == -1
    assert metrics.mcc(np.ones(4, dtype=bool), truth) == 0
    # 1 hit, 1 false, 2 missed, 6 right: (6 - 2) / sqrt(2 · 3 · 7 · 8).
    predicted = np.array([True, True] + [False] * 8)
    marked = np.array([True, False, True, True] + [False] * 6)
    assert metrics.mcc(predicted, marked) == pytest.approx(4 / np.sqrt(2 * 3 * 7 * 8))


def test_span_scores_by_hand() -> None:
    # Ten characters; ours 0-4 major; theirs 2-6 minor: two shared of the wrong severity count one.
    scores = metrics.span_scores([(10, [(0, 4, "major")], [(2, 6, "minor")])])
    assert (scores.precision, scores.recall, scores.f1) == (0.25, 0.25, 0.25)
    # Beside a sentence that agrees: 1 + 3 of 4 + 3 and of 4 + 3.
    scores = metrics.span_scores(
        [(10, [(0, 4, "major")], [(2, 6, "minor")]), (5, [(0, 3, "minor")], [(0, 3, "minor")])]
    )
    assert scores.precision == scores.recall == pytest.approx(4 / 7)


def test_a_sentence_without_errors_costs_precision_alone() -> None:
    right = (10, [(0, 5, "major")], [(0, 5, "major")])
    clean = (10, [(0, 5, "major")], [])
    scores = metrics.span_scores([right, clean])
    assert (scores.precision, scores.recall) == (0.5, 1.0)


def test_overlapping_spans_count_once_and_as_the_worse() -> None:
    scores = metrics.span_scores([(10, [(0, 4, "minor"), (2, 6, "major")], [(2, 6, "major")])])
    assert scores.precision == pytest.approx(4 / 6)
    assert scores.recall == 1


def test_nothing_marked_and_nothing_found_is_perfect() -> None:
    assert metrics.span_scores([(10, [], [])]).f1 == 1
    assert metrics.span_scores([(10, [], [(0, 1, "minor")])]).f1 == 0


def test_everything_major_is_the_floor() -> None:
    # 4 of 20 characters are major and 4 minor: precision (4 + 2) / 20, recall 6 / 8.
    scores = metrics.span_scores([(20, [(0, 20, "major")], [(0, 4, "major"), (10, 14, "minor")])])
    assert (scores.precision, scores.recall) == (0.3, 0.75)


def test_intervals_draw_groups_whole() -> None:
    groups = ["a"] * 50 + ["b"] * 50
    low, high = metrics.interval(lambda drawn: float((drawn < 50).mean()), groups)
    assert (low, high) == (0, 1)
