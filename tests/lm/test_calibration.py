from __future__ import annotations

import json
import random
import statistics
from pathlib import Path

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm.calibration import LEVELS, Bucket, Calibration, quantiles
from tqcheck.lm.manifest import DEFAULT_MODEL, load_manifest, model_data


def even(low: float, high: float, tokens: float = 10) -> Bucket:
    """A bucket in which means are spread evenly from ``low`` to ``high``."""
    return Bucket(tokens, tuple(low + level * (high - low) for level in LEVELS))


def test_fluency_is_the_share_above() -> None:
    calibration = Calibration((even(0, 10),), (even(10, 20),), (even(0, 1),))
    assert calibration.sentence_fluency(50.0, 10) == 50.0
    assert calibration.sentence_fluency(95.0, 10) == 5.0
    assert calibration.sentence_fluency(12.34, 10) == 87.7
    assert calibration.sentence_fluency(150.0, 10, opening=True) == 50.0
    assert calibration.document_fluency(25.0, 100) == 75.0


def test_outside_the_quantiles_it_stays_in_range() -> None:
    calibration = Calibration((even(1, 2),), (even(1, 2),), (even(1, 2),))
    assert calibration.sentence_fluency(0.0, 5) == 100.0
    assert calibration.sentence_fluency(1e9, 5) == 0.0
    assert calibration.sentence_fluency(0.0, 0) == 50.0


def test_between_lengths_in_proportion() -> None:
    calibration = Calibration((even(0, 10, 10), even(0, 5, 40)), (even(0, 1),), (even(0, 1),))
    assert calibration.sentence_fluency(40.0, 10) == 60.0
    assert calibration.sentence_fluency(160.0, 40) == 20.0
    assert calibration.sentence_fluency(80.0, 20) == 40.0
    assert calibration.sentence_fluency(4.0 * 400, 400) == 20.0


def test_equal_values_take_the_middle_of_their_share() -> None:
    bucket = Bucket(1, (1.0,) * 100 + (2.0,) * 99)
    assert bucket.below(1.0) == pytest.approx((LEVELS[0] + LEVELS[99]) / 2)
    assert bucket.below(1.5) == pytest.approx(0.5025)


def test_quantiles_of_a_sample_score_evenly() -> None:
    random.seed(1)
    values = [random.gauss(5, 1) for _ in range(2000)]
    found = quantiles(values)
    assert found[99] == pytest.approx(statistics.median(values))
    assert list(found) == sorted(found)
    calibration = Calibration((Bucket(1, found),), (Bucket(1, found),), (Bucket(1, found),))
    scores = [calibration.sentence_fluency(value, 1) for value in values]
    assert statistics.fmean(scores) == pytest.approx(50, abs=0.5)
    assert sum(score < 5 for score in scores) / len(scores) == pytest.approx(0.05, abs=0.005)
    assert quantiles([3.0]) == (3.0,) * len(LEVELS)


def test_the_embedded_calibration_belongs_to_the_pinned_weights() -> None:
    folder = model_data() / DEFAULT_MODEL
    raw = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    assert raw["model"] == {"id": DEFAULT_MODEL, "sha256": load_manifest().converted_sha256}
    calibration = Calibration.load(folder)
    assert len(calibration.sentences) >= 5
    assert len(calibration.documents) >= 3
    for buckets in (calibration.sentences, calibration.openings, calibration.documents):
        assert all(1 < bucket.quantiles[99] < 12 for bucket in buckets)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"calibration\.json: not a usable calibration"):
        Calibration.load(tmp_path)


GOOD = [{"tokens": 5, "quantiles": [float(index) for index in range(len(LEVELS))]}]


@pytest.mark.parametrize(
    "sentences",
    [
        [],
        [{"tokens": 5, "quantiles": [1.0]}],
        [{"tokens": 5, "quantiles": GOOD[0]["quantiles"][::-1]}],  # type: ignore[index]
        GOOD + GOOD,
        [{"tokens": 5}],
        "x",
    ],
)
def test_damaged_file(sentences: object, tmp_path: Path) -> None:
    content = {"sentences": sentences, "openings": GOOD, "documents": GOOD}
    (tmp_path / "calibration.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ModelError, match="not a usable calibration"):
        Calibration.load(tmp_path)
