from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.translated import TranslatedReader, levelled
from tqcheck.detector.weights import save
from tqcheck.errors import DetectorError

torch = pytest.importorskip("torch")
JOINT: dict[str, float] = {
    "wording": 0.5,
    "states": 2.0,
    "bias": 0.0,
    "machine": 1.0,
    "per_length": 0.5,
    "machine_bias": 0.0,
    "rate": 1.0,
    "each": 0.4,
    "most": 4.0,
}


def test_levelled_states_weigh_the_same() -> None:
    states = torch.tensor([[3.0, 4.0], [300.0, 400.0], [0.0, 0.0]])
    assert torch.allclose(levelled(states)[0], levelled(states)[1])
    assert torch.equal(levelled(states)[2], torch.zeros(2))


@pytest.fixture
def reader(tmp_path: Path) -> TranslatedReader:
    tensors = {"weights": np.array([1.0, -1.0, 0.0, 2.0], dtype=np.float32), "bias": np.array([0.5], dtype=np.float32)}
    save(tmp_path, "translated", tensors, {"model": "m", "layers": [12, 18], "joint": JOINT})
    return TranslatedReader.open(tmp_path)


def test_a_number_a_token_and_their_mean(reader: TranslatedReader) -> None:
    states = torch.tensor([[[1.0, 1.0], [0.0, 3.0]], [[2.0, 0.0], [0.0, 0.0]]])
    (read,) = reader.read([(states, torch.zeros(2))])
    assert read.shape == (2, 1)
    assert read.flatten().tolist() == pytest.approx([2 * math.sqrt(2), math.sqrt(2)])
    assert reader.score(float(read.sum()), 2) == pytest.approx(3 * math.sqrt(2) / 2 + 0.5)
    assert (reader.model, reader.layers) == ("m", (12, 18))


def test_weights_for_other_states_are_an_error(reader: TranslatedReader) -> None:
    with pytest.raises(DetectorError, match="4 weights for states of 6 numbers"):
        reader.read([(torch.zeros(2, 2, 3), torch.zeros(2))])


def test_what_was_read_before_is_scored_without_torch() -> None:
    code = (
        "import sys; from tqcheck.detector.translated import TranslatedReader;"
        "reader = TranslatedReader.open(); reader.load(); assert reader.score(1.0, 2) is not None;"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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
    save(tmp_path, "translated", tensors, {"model": "m", "layers": [12, 18], **told})
    with pytest.raises(DetectorError, match=message):
        TranslatedReader.open(tmp_path).load()


def test_a_folder_without_them_says_so(tmp_path: Path) -> None:
    save(tmp_path, "verdict", {"x": np.ones(1, dtype=np.float32)}, {})
    with pytest.raises(DetectorError, match="has no part 'translated'; install tqcheck again"):
        _ = TranslatedReader.open(tmp_path).model
