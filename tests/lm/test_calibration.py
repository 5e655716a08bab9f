from __future__ import annotations

import hashlib
import json
import random
import statistics
from pathlib import Path
from typing import Any

import pytest

from tqcheck.detector.fluency import FluencyReader
from tqcheck.errors import CalibrationError
from tqcheck.lm.calibration import LEVELS, SCHEMA, UNIT, Bucket, Calibration, content_sum, quantiles
from tqcheck.lm.manifest import DEFAULT_MODEL, load_manifest, model_data


def even(low: float, high: float, words: float = 10) -> Bucket:
    """A bucket in which surprisals are spread evenly from ``low`` to ``high``."""
    return Bucket(words, tuple(low + level * (high - low) for level in LEVELS))


def test_fluency_is_the_share_above() -> None:
    calibration = Calibration((even(0, 10),), (even(10, 20),), (even(0, 1),))
    assert calibration.sentence_fluency(5.0, 10) == 50.0
    assert calibration.sentence_fluency(9.5, 10) == 5.0
    assert calibration.sentence_fluency(1.234, 10) == 87.7
    assert calibration.sentence_fluency(15.0, 10, opening=True) == 50.0
    assert calibration.document_fluency(0.25, 100) == 75.0
    # A document shorter than any that was counted is a beginning like a first sentence.
    assert calibration.document_fluency(15.0, 5) == 50.0


def test_outside_the_quantiles_it_stays_in_range() -> None:
    calibration = Calibration((even(1, 2),), (even(1, 2),), (even(1, 2),))
    assert calibration.sentence_fluency(0.0, 5) == 100.0
    assert calibration.sentence_fluency(1e9, 5) == 0.0
    assert calibration.sentence_fluency(0.0, 0) == 50.0


def test_between_lengths_in_proportion() -> None:
    calibration = Calibration((even(0, 10, 10), even(0, 5, 40)), (even(0, 1),), (even(0, 1),))
    assert calibration.sentence_fluency(4.0, 10) == 60.0
    assert calibration.sentence_fluency(4.0, 40) == 20.0
    assert calibration.sentence_fluency(4.0, 20) == 40.0
    assert calibration.sentence_fluency(4.0, 400) == 20.0


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
    assert raw["schema"] == SCHEMA
    assert raw["model"] == {"id": DEFAULT_MODEL, "sha256": load_manifest().converted_sha256}
    calibration = Calibration.load(folder)
    reader = FluencyReader.of(calibration.weights)
    assert reader is not None
    assert calibration.reader == reader.sha256
    assert len(calibration.sentences) >= 5
    assert len(calibration.documents) >= 3
    for buckets in (calibration.sentences, calibration.openings, calibration.documents):
        assert all(8 < bucket.quantiles[99] < 20 for bucket in buckets)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"calibration\.json: the calibration cannot be read: .*install"):
        Calibration.load(tmp_path)
    with pytest.raises(CalibrationError, match="or make it anew with 'tqcheck models calibrate'"):
        Calibration.read(tmp_path)


GOOD = [{"words": 5, "quantiles": [float(index) for index in range(len(LEVELS))]}]


def content(**changes: Any) -> dict[str, Any]:
    """A whole calibration but for the changes, its sum made after them."""
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "model": {"id": "tiny", "sha256": "0f"},
        "reader": "e5",
        "made": {"on": "2026-01-31", "documents": {"stories": 40, "other": 2}, "sentences": 1200, "words": 9000},
        "unit": UNIT,
        "levels": [0.005, 0.995, 199],
        "sentences": GOOD,
        "openings": GOOD,
        "documents": GOOD,
        **changes,
    }
    return made | {"sum": content_sum(made)}


def test_a_file_says_whose_it_is_and_what_it_rests_on(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content(), indent=3), encoding="utf-8")
    calibration = Calibration.read(path)
    assert (calibration.model, calibration.weights, calibration.reader) == ("tiny", "0f", "e5")
    assert calibration.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert calibration.basis == "42 stories, 1,200 sentences, 9,000 words; 2026-01-31"


@pytest.mark.parametrize("changes", [{"reader": None}, {"schema": "tqcheck-calibration/2"}])
def test_a_calibration_of_surprisal_alone(changes: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    made = content(**changes)
    if "schema" in changes:
        del made["reader"], made["sum"]
        made["sum"] = content_sum(made)
    path.write_text(json.dumps(made), encoding="utf-8")
    assert Calibration.read(path).reader is None


@pytest.mark.parametrize(
    "sentences",
    [
        [],
        [{"words": 5, "quantiles": [1.0]}],
        [{"words": 5, "quantiles": GOOD[0]["quantiles"][::-1]}],  # type: ignore[index]
        [{"words": 5, "quantiles": [*GOOD[0]["quantiles"][:-1], float("inf")]}],  # type: ignore[misc]
        [{"words": float("nan"), "quantiles": GOOD[0]["quantiles"]}],
        GOOD + GOOD,
        [{"words": 5}],
        "x",
        None,
    ],
)
def test_damaged_quantiles(sentences: object, tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(json.dumps(content(sentences=sentences)), encoding="utf-8")
    with pytest.raises(CalibrationError, match=r"not a usable calibration.*install tqcheck again"):
        Calibration.load(tmp_path)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not a usable calibration"),
        (b"\xff\xfe{", "not a usable calibration"),
        (json.dumps(content()).encode()[:-300], "not a usable calibration"),
        (b"[" * 100_000, "not a usable calibration"),
        (b"[1, 2]", "no field 'schema'"),
        (b'{"sentences": []}', "no field 'schema'"),
        (json.dumps(content(schema="tqcheck-calibration/9")).encode(), "'tqcheck-calibration/9', and this version"),
        (json.dumps(content()).replace("100.0", "100.5").encode(), "changed after it was made"),
        (json.dumps(content(unit="nats")).encode(), "its unit or its levels"),
        (json.dumps(content(levels=[0.1, 0.9, 199])).encode(), "its unit or its levels"),
        (json.dumps(content(model=None)).encode(), "not a usable calibration"),
        (json.dumps(content(made={})).encode(), "no field 'documents'"),
    ],
    ids=range(12),
)
def test_a_file_that_is_no_calibration(data: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(data)
    with pytest.raises(CalibrationError, match=rf"mine\.json: .*{told}.*tqcheck models calibrate"):
        Calibration.read(path)
