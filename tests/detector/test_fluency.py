from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from tqcheck.detector.fluency import Adding, FluencyReader
from tqcheck.detector.weights import means, save
from tqcheck.errors import DetectorError
from tqcheck.lm.sentences import SentenceSurprisal

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import Shape, SpanNetwork  # noqa: E402

SHAPE = Shape(states=8, depths=3, width=8, layers=1, heads=2)


def saved(folder: Path, adding: object = None) -> FluencyReader:
    torch.manual_seed(0)
    tensors = {name: tensor.numpy() for name, tensor in SpanNetwork(SHAPE).state_dict().items()}
    told = {"model": "m", "layers": [1, 2, 3], "shape": asdict(SHAPE), "surprisal": [3.0, 2.0]}
    save(folder, "fluency", tensors, told | {"adding": adding or {"errors": 10.0, "edits": 2.0}})
    return FluencyReader.open(folder)


def test_two_probabilities_of_each_token(tmp_path: Path) -> None:
    reader = saved(tmp_path)
    sentences = [(torch.randn(length, 3, 8), -torch.rand(length)) for length in (1, 7)]
    found = reader.read(sentences)
    assert [one.shape for one in found] == [(1, 2), (7, 2)]
    assert all(((one > 0) & (one < 1)).all() for one in found)
    for one, (errors, edits) in zip(found, reader.tag(sentences), strict=True):
        assert torch.allclose(one[:, 0], errors[:, 1:].sum(-1), atol=1e-6)
        assert torch.equal(one[:, 1], edits)
    assert reader.read([]) == []


def test_the_mean_shares_of_a_sentence_are_added_to_its_surprisal(tmp_path: Path) -> None:
    reader = saved(tmp_path)
    one = SentenceSurprisal(30.0, 2, 3, 6.5, read=((9.0,), (0.1, 0.2, 0.3, 0.6)))
    (found,) = reader.judged([one], 1)
    assert found.normalized == pytest.approx(6.5 + 10 * 0.2 + 2 * 0.4)
    assert (found.bits, found.words, found.read) == (one.bits, one.words, one.read)


def test_a_sentence_without_words_or_tokens_stays_as_it_is(tmp_path: Path) -> None:
    marks = SentenceSurprisal(5.0, 1, 0, 0.0, read=((0.5, 0.5),))
    nothing = SentenceSurprisal(0.0, 0, 0, 0.0)
    assert saved(tmp_path).judged([marks, nothing]) == [marks, nothing]
    assert means(()) == (0.0, 0.0)


def test_a_manifest_that_does_not_say_what_is_added_is_an_error(tmp_path: Path) -> None:
    reader = saved(tmp_path, adding={"errors": 1.0})
    with pytest.raises(DetectorError, match="the network of fluency cannot be used"):
        reader.load()


def test_nothing_is_added_by_nought() -> None:
    assert Adding(0.0, 0.0).to(6.5, 0.9, 0.9) == 6.5
