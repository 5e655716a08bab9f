from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from tqcheck.lm import output_layer  # noqa: E402
from tqcheck.lm.llama_weights import orthogonal  # noqa: E402
from tqcheck.lm.matrices import integers_are_exact, rounded  # noqa: E402
from tqcheck.lm.output_layer import FloatOutput, IntOutput, OutputLayer  # noqa: E402

needs_integers = pytest.mark.skipif(not integers_are_exact(), reason="this processor's products of integers overflow")
PRECISIONS = ["float32", "bfloat16", pytest.param("int8", marks=needs_integers)]


def output(weights: torch.Tensor, precision: str) -> OutputLayer:
    if precision == "float32":
        return FloatOutput(weights, weights.shape[1])
    if precision == "bfloat16":
        return FloatOutput(FloatOutput.widened(weights.bfloat16()), weights.shape[1])
    basis = orthogonal(weights.shape[1])
    whole = weights @ basis
    rows, steps = rounded(whole)
    return IntOutput(rows, steps[:, 0], whole, basis)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_log_probabilities_of_likely_and_unlikely_tokens(precision: str) -> None:
    torch.manual_seed(3)
    weights = torch.randn(500, 64)
    hidden = torch.randn(40, 64)
    if precision == "bfloat16":
        weights, hidden = weights.bfloat16().float(), hidden.bfloat16().float()
    hidden[0] *= 4
    # Tokens as likely as can be, and as unlikely.
    exact = torch.log_softmax(hidden.double() @ weights.double().T, dim=-1)
    layer = output(weights, precision)
    bound = {"float32": 1e-4, "bfloat16": 0.02, "int8": 0.12}[precision]
    for targets in (exact.argmax(-1), exact.argmin(-1), torch.arange(40)):
        expected = exact.gather(1, targets[:, None])[:, 0]
        found = layer.log_probabilities(hidden, targets)
        assert found.dtype == torch.float32
        assert (found <= 0).all()
        # What is rounded is the distance of the others, so an error is small beside what it is an error of.
        assert ((found - expected).abs() <= bound * (0.2 + expected.abs())).all()
    assert exact.min() < -100


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_token_beyond_float32_has_a_figure(precision: str) -> None:
    weights = torch.zeros((8, 4))
    weights[0, 0], weights[1, 0] = 30.0, -30.0
    hidden = torch.tensor([[4.0, 0, 0, 0], [1.0, 0, 0, 0]])
    found = output(weights, precision).log_probabilities(hidden, torch.tensor([1, 0]))
    assert found[0].item() == pytest.approx(-240.0, rel=0.01)
    assert found[1].item() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_parts_of_the_vocabulary_do_not_show(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    weights, hidden, targets = torch.randn(100, 16), torch.randn(7, 16), torch.arange(93, 100)
    expected = output(weights, precision).log_probabilities(hidden, targets)
    scores = output(weights, precision).logits(hidden)
    monkeypatch.setattr(output_layer, "PART", 33)
    assert torch.allclose(output(weights, precision).log_probabilities(hidden, targets), expected, atol=1e-5)
    assert torch.allclose(output(weights, precision).logits(hidden), scores, atol=1e-5)
    assert scores.shape == (7, 100)
