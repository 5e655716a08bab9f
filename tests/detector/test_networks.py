from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import OriginNetwork, Shape, inputs, neighbours  # noqa: E402

SHAPE = Shape(states=8, depths=2, width=8, layers=0, heads=1)


def test_what_a_token_has_beside_it() -> None:
    rows = neighbours(torch.tensor([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]]))
    assert rows[0].tolist() == [[1.0, 0.0, 2.0], [2.0, 1.0, 3.0], [3.0, 2.0, 0.0]]
    assert rows.shape == (2, 3, 3)


def test_texts_are_padded_and_surprisals_standardized() -> None:
    texts = [
        (torch.ones(1, 2, 8), torch.tensor([-3.0])),
        (torch.ones(2, 2, 8, dtype=torch.float16), torch.tensor([-1, -5.0])),
    ]
    states, surprisals, inside = inputs(texts, (3.0, 2.0))
    assert states.shape == (2, 2, 2, 8)
    assert states.dtype == torch.float32
    assert inside.tolist() == [[True, False], [True, True]]
    assert surprisals[1].tolist() == [[-1.0, 0.0, 1.0], [1.0, -1.0, 0.0]]
    assert surprisals[0, 0].tolist() == [0.0, 0.0, 0.0]


def test_no_token_outweighs_the_scale_and_padding_says_nothing() -> None:
    torch.manual_seed(0)
    network = OriginNetwork(SHAPE).eval()
    texts = [(100 * torch.randn(length, 2, 8), -100 * torch.rand(length)) for length in (5, 9)]
    with torch.inference_mode():
        together = network(*inputs(texts, (3.0, 2.0)))
        assert (together.abs() <= 3.0 + 1e-6).all()
        for row, text in enumerate(texts):
            (alone,) = network(*inputs([text], (3.0, 2.0)))
            assert torch.allclose(together[row, : len(alone)], alone, atol=1e-4)
