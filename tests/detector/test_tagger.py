from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tqcheck.detector.tagger import CalqueTagger, Tagger
from tqcheck.detector.weights import save
from tqcheck.errors import DetectorError

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import Shape, SpanNetwork  # noqa: E402

SHAPE = Shape(states=8, depths=3, width=8, layers=1, heads=2)


def saved(folder: Path, shape: Shape = SHAPE, told: Shape = SHAPE, part: type[Tagger] = Tagger) -> Tagger:
    torch.manual_seed(0)
    tensors = {name: tensor.numpy() for name, tensor in SpanNetwork(shape).state_dict().items()}
    told_of_it = {"model": "m", "layers": [1, 2, 3], "shape": asdict(told), "surprisal": [3.0, 2.0], "bounds": {}}
    save(folder, part.NAME, tensors, told_of_it)
    return part.open(folder)


def test_probabilities_of_each_token_whatever_stands_beside_its_sentence(tmp_path: Path) -> None:
    tagger = saved(tmp_path)
    sentences = [(torch.randn(length, 3, 8), -torch.rand(length)) for length in (1, 7, 4)]
    together = tagger.read(sentences)
    assert [one.shape for one in together] == [(1, 2), (7, 2), (4, 2)]
    for sentence, found in zip(sentences, together, strict=True):
        assert ((found >= 0) & (found.sum(-1, keepdim=True) <= 1)).all()
        (alone,) = tagger.read([sentence])
        assert torch.allclose(alone, found, atol=1e-5)
    assert tagger.read([]) == []


def test_every_layer_has_a_part_in_it(tmp_path: Path) -> None:
    tagger = saved(tmp_path)
    states, scores = torch.randn(5, 3, 8), -torch.rand(5)
    (whole,) = tagger.read([(states, scores)])
    for layer in range(3):
        other = states.clone()
        other[:, layer] = torch.randn(5, 8)
        (found,) = tagger.read([(other, scores)])
        assert not torch.allclose(found, whole, atol=1e-4)


def test_weights_of_another_shape_are_an_error(tmp_path: Path) -> None:
    tagger = saved(tmp_path, told=Shape(states=8, depths=1, width=8, layers=1, heads=2))
    tagger.load()
    with pytest.raises(DetectorError, match="the span tagger cannot be used"):
        tagger.read([(torch.zeros(2, 1, 8), torch.zeros(2))])


def test_a_shape_that_is_none_is_an_error(tmp_path: Path) -> None:
    saved(tmp_path)
    manifest = tmp_path / "detector.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"depths"', '"deep"'), "utf-8")
    with pytest.raises(DetectorError, match="the span tagger cannot be used"):
        Tagger.open(tmp_path).read([(torch.zeros(2, 3, 8), torch.zeros(2))])


def test_calques_are_one_probability_of_each_token(tmp_path: Path) -> None:
    tagger = saved(tmp_path, part=CalqueTagger)
    sentences = [(torch.randn(length, 3, 8), -torch.rand(length)) for length in (4, 1)]
    assert [one.shape for one in tagger.read(sentences)] == [(4, 2), (1, 2)]
    for found, (_, edits) in zip(tagger.read(sentences), tagger.tag(sentences), strict=True):
        assert (found[:, 0] == 0).all()
        assert torch.equal(found[:, 1], edits)
    assert tagger.right(0.9) is None
    assert tagger.read([]) == []


@pytest.mark.parametrize("part", ["Tagger", "CalqueTagger"])
def test_it_is_loaded_without_torch(part: str) -> None:
    code = (
        f"import sys; from tqcheck.detector.tagger import {part}; tagger = {part}.open(); tagger.load();"
        "assert 0 < tagger.bounds['shown'] < 1; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
