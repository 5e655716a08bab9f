from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.translated import Joint, TranslatedReader, levelled
from tqcheck.detector.weights import save
from tqcheck.errors import DetectorError

torch = pytest.importorskip("torch")
JOINT: dict[str, float] = {
    "wording": 1.0,
    "per_length": 0.5,
    "wording_bias": 0.0,
    "slope": 2.0,
    "bias": 0.0,
    "rate": 1.0,
    "each": 0.4,
    "most": 4.0,
}


def probability(odds: Any) -> float:
    return float(1 / (1 + math.exp(-odds)))


def test_the_probability_is_the_product_of_both() -> None:
    joint = Joint(**JOINT)
    assert probability(joint.log_odds(0.0, 0.0, 300)) == pytest.approx(0.25)
    assert probability(joint.log_odds(3.0, 20.0, 300)) == pytest.approx(probability(3.0), abs=1e-4)
    assert probability(joint.log_odds(20.0, 1.0, 300)) == pytest.approx(probability(2.0), abs=1e-4)


def test_an_original_is_no_machine_translation_whatever_its_wording() -> None:
    assert probability(Joint(**JOINT).log_odds(8.0, -4.0, 300)) < 0.01


def test_what_the_wording_says_counts_more_in_a_long_text() -> None:
    joint = Joint(**JOINT)
    assert joint.log_odds(2.0, 5.0, 900) > joint.log_odds(2.0, 5.0, 300) > joint.log_odds(2.0, 5.0, 60)


def test_extremes_stay_finite_and_in_order() -> None:
    joint = Joint(**JOINT)
    odds = joint.log_odds(np.array([-1e3, -5.0, 5.0, 1e3]), np.full(4, 1e3), np.full(4, 300))
    assert np.isfinite(odds).all()
    assert (np.diff(odds) > 0).all()


def test_findings_add_and_never_subtract() -> None:
    joint = Joint(**JOINT)
    assert joint.findings_add(0, 500) == 0
    assert joint.findings_add(3, 1000) == pytest.approx(0.8)
    assert joint.findings_add(1000, 1000) == 4.0


def test_levelled_states_weigh_the_same() -> None:
    states = torch.tensor([[3.0, 4.0], [300.0, 400.0], [0.0, 0.0]])
    assert torch.allclose(levelled(states)[0], levelled(states)[1])
    assert torch.equal(levelled(states)[2], torch.zeros(2))


@pytest.fixture
def reader(tmp_path: Path) -> TranslatedReader:
    tensors = {"weights": np.array([1.0, -1.0], dtype=np.float32), "bias": np.array([0.5], dtype=np.float32)}
    save(tmp_path, "translated", tensors, {"model": "m", "layer": 18, "joint": JOINT})
    return TranslatedReader.open(tmp_path)


def test_a_number_a_token_and_their_mean(reader: TranslatedReader) -> None:
    states = torch.tensor([[1.0, 1.0], [2.0, 0.0]])
    (read,) = reader.read([(states, torch.zeros(2))])
    assert read.shape == (2, 1)
    assert read.flatten().tolist() == pytest.approx([0.0, math.sqrt(2)])
    assert reader.score(float(read.sum()), 2) == pytest.approx(math.sqrt(2) / 2 + 0.5)
    assert (reader.model, reader.layer) == ("m", 18)


def test_without_tokens_there_is_no_score(reader: TranslatedReader) -> None:
    assert reader.score(0.0, 0) is None
    assert reader.score(math.nan, 3) is None


@pytest.mark.parametrize(
    ("tensors", "told", "message"),
    [
        ({"weights": np.ones(2, dtype=np.float32)}, {"joint": JOINT}, "cannot be used"),
        (
            {"weights": np.ones(2, dtype=np.float32), "bias": np.ones(1, dtype=np.float32)},
            {"joint": {"slope": 1.0}},
            "cannot be used",
        ),
    ],
)
def test_weights_that_lack_something_are_an_error(
    tmp_path: Path, tensors: dict[str, Any], told: dict[str, Any], message: str
) -> None:
    save(tmp_path, "translated", tensors, {"model": "m", "layer": 18, **told})
    with pytest.raises(DetectorError, match=message):
        TranslatedReader.open(tmp_path).load()


def test_a_folder_without_them_says_so(tmp_path: Path) -> None:
    save(tmp_path, "verdict", {"x": np.ones(1, dtype=np.float32)}, {})
    with pytest.raises(DetectorError, match="has no part 'translated'; install tqcheck again"):
        _ = TranslatedReader.open(tmp_path).model
