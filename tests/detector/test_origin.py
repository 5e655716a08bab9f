from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tqcheck.detector.origin import OriginReader
from tqcheck.detector.weights import save
from tqcheck.errors import DetectorError

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import OriginNetwork, Shape, inputs  # noqa: E402

SHAPE = Shape(states=8, depths=2, width=8, layers=0, heads=1)
JOINT: dict[str, float] = {
    "wording": 0.5,
    "states": 2.0,
    "bias": 0.0,
    "machine": 1.0,
    "per_length": 0.5,
    "machine_states": 1.0,
    "machine_bias": 0.0,
    "rate": 1.0,
    "each": 0.4,
    "most": 4.0,
}


def saved(folder: Path, **told: Any) -> OriginReader:
    torch.manual_seed(0)
    tensors = {name: tensor.numpy() for name, tensor in OriginNetwork(SHAPE).state_dict().items()}
    usual = {"model": "m", "layers": [12, 18], "shape": asdict(SHAPE), "surprisal": [3.0, 2.0], "joint": JOINT}
    save(folder, "origin", tensors, usual | told)
    return OriginReader.open(folder)


@pytest.fixture
def reader(tmp_path: Path) -> OriginReader:
    return saved(tmp_path)


def test_the_sentences_of_a_text_are_read_as_one(reader: OriginReader) -> None:
    sentences = [(torch.randn(length, 2, 8), -torch.rand(length)) for length in (3, 1, 6)]
    read = reader.read(sentences)
    assert [one.shape for one in read] == [(3, 2), (1, 2), (6, 2)]
    whole = (torch.cat([states for states, _ in sentences]), torch.cat([scores for _, scores in sentences]))
    with torch.inference_mode():
        (expected,) = reader._network(*inputs([whole], (3.0, 2.0)))
    assert torch.allclose(torch.cat(read), expected, atol=1e-6)
    alone = torch.cat([found for one in sentences for found in reader.read([one])])
    assert not torch.allclose(alone, expected, atol=1e-3)
    assert reader.read([]) == []
    assert (reader.model, reader.layers) == ("m", (12, 18))


def test_a_text_has_the_means_of_its_tokens(reader: OriginReader) -> None:
    found = reader.score([[1.0, -2.0, 3.0, 0.0], [], [2.0, 5.0]])
    assert found is not None
    assert (found.translated, found.machine) == pytest.approx((2.0, 1.0))


def test_without_tokens_there_is_no_score(reader: OriginReader) -> None:
    assert reader.score([]) is None
    assert reader.score([[]]) is None
    assert reader.score([[math.nan, 1.0]]) is None


def test_weights_for_other_states_are_an_error(tmp_path: Path) -> None:
    reader = saved(tmp_path, shape=asdict(Shape(states=8, depths=3, width=8, layers=0, heads=1)))
    reader.load()
    with pytest.raises(DetectorError, match="the network of the verdict cannot be used"):
        reader.read([(torch.zeros(2, 3, 8), torch.zeros(2))])


def test_a_joint_that_lacks_something_is_an_error(tmp_path: Path) -> None:
    reader = saved(tmp_path, joint={"slope": 1.0})
    with pytest.raises(DetectorError, match="the network of the verdict cannot be used"):
        reader.load()


def test_what_was_read_before_is_scored_without_torch() -> None:
    code = (
        "import sys; from tqcheck.detector.origin import OriginReader;"
        "reader = OriginReader.open(); reader.load(); assert reader.score([[1.0, 2.0]]) is not None;"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_folder_without_them_says_so(tmp_path: Path) -> None:
    save(tmp_path, "verdict", {}, {})
    with pytest.raises(DetectorError, match="has no part 'origin'; install tqcheck again"):
        _ = OriginReader.open(tmp_path).model
