from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tqcheck.lm.causal import Causal  # noqa: E402
from tqcheck.lm.llama import Llama, _Head  # noqa: E402

CPU = torch.device("cpu")
IDS = torch.tensor([[0, 5, 17, 3, 99, 42, 7, 7, 21]])


def states(model: Llama) -> torch.Tensor:
    with torch.inference_mode():
        return model.hidden(IDS)[0]


def test_prepared_weights_are_made_once_and_give_the_same_figures(tiny_folder: Path, tmp_path: Path) -> None:
    prepared = tmp_path / "new" / "weights.safetensors"
    fresh = Llama(tiny_folder, CPU, torch.bfloat16)
    first = Llama(tiny_folder, CPU, torch.bfloat16, prepared)
    made = prepared.stat().st_mtime_ns
    second = Llama(tiny_folder, CPU, torch.bfloat16, prepared)
    assert prepared.stat().st_mtime_ns == made
    assert list(prepared.parent.iterdir()) == [prepared]
    expected = states(fresh)
    for model in (first, second):
        assert torch.equal(states(model), expected)
        assert torch.equal(model.logits(expected), fresh.logits(expected))


def test_damaged_prepared_weights_are_made_anew(tiny_folder: Path, tmp_path: Path) -> None:
    prepared = tmp_path / "weights.safetensors"
    expected = states(Llama(tiny_folder, CPU, torch.bfloat16, prepared))
    whole = prepared.read_bytes()
    for damaged in (b"", b"x" * 100, whole[: len(whole) // 2]):
        prepared.write_bytes(damaged)
        assert torch.equal(states(Llama(tiny_folder, CPU, torch.bfloat16, prepared)), expected)
        assert prepared.read_bytes() == whole


def test_prepared_weights_that_cannot_be_kept_only_cost_time(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    model = Llama(tiny_folder, CPU, torch.bfloat16, tmp_path / "file" / "weights.safetensors")
    assert torch.equal(states(model), states(Llama(tiny_folder, CPU, torch.bfloat16)))


def test_float32_prepares_nothing(tiny_folder: Path, tmp_path: Path) -> None:
    Llama(tiny_folder, CPU, torch.float32, tmp_path / "weights.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("precision", "bound"), [(torch.float32, 1e-4), (torch.bfloat16, 0.02)])
def test_log_probabilities_of_likely_and_unlikely_tokens(precision: torch.dtype, bound: float) -> None:
    torch.manual_seed(3)
    weights = torch.randn(500, 64).to(precision)
    hidden = torch.randn(40, 64)
    hidden[0] *= 4
    # Tokens as likely as can be, and as unlikely.
    exact = torch.log_softmax(hidden.to(precision).double() @ weights.double().T, dim=-1)
    head = _Head(weights if precision == torch.float32 else _Head.widened(weights), 64)
    for targets in (exact.argmax(-1), exact.argmin(-1), torch.arange(40)):
        expected = exact.gather(1, targets[:, None])[:, 0]
        found = head.log_probabilities(hidden, targets)
        assert found.dtype == torch.float32
        assert (found <= 0).all()
        # What is rounded is the distance of the others, so an error is small beside what it is an error of.
        assert ((found - expected).abs() <= bound * (0.2 + expected.abs())).all()
    assert exact.min() < -100


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_a_token_beyond_float32_has_a_figure(precision: torch.dtype) -> None:
    weights = torch.zeros((8, 4), dtype=precision)
    weights[0, 0], weights[1, 0] = 30.0, -30.0
    head = _Head(weights if precision == torch.float32 else _Head.widened(weights), 4)
    hidden = torch.tensor([[4.0, 0, 0, 0], [1.0, 0, 0, 0]])
    found = head.log_probabilities(hidden, torch.tensor([1, 0]))
    assert found[0].item() == pytest.approx(-240.0, rel=0.01)
    assert found[1].item() == pytest.approx(0.0, abs=1e-6)


def test_parts_of_the_vocabulary_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    weights, hidden, targets = torch.randn(100, 16), torch.randn(7, 16), torch.arange(7)
    expected = _Head(weights, 16).log_probabilities(hidden, targets)
    monkeypatch.setattr(_Head, "PART", 33)
    assert torch.allclose(_Head(weights, 16).log_probabilities(hidden, targets), expected, atol=1e-5)


@pytest.mark.parametrize("layer", [1, 2])
def test_states_of_inner_layers_are_those_of_transformers(tiny_folder: Path, layer: int) -> None:
    ids = torch.tensor([[0, 5, 9, 30, 31], [0, 7, 8, 0, 0]])
    lengths = torch.tensor([5, 3])
    own = Llama(tiny_folder, torch.device("cpu"))
    other = Causal(tiny_folder, torch.device("cpu"))
    with torch.inference_mode():
        final, (inner, first) = own.hidden_at(ids, lengths, (layer, 1))
        expected_final, (expected, _) = other.hidden_at(ids, lengths, (layer, 1))
        assert torch.equal(first, own.hidden_at(ids, lengths, (1,))[1][0])
        assert torch.equal(final, own.hidden(ids, lengths))
    assert torch.allclose(final[0], expected_final[0], atol=1e-4)
    if layer < 2:
        # Of the last layer transformers gives out the normed states.
        assert torch.allclose(inner[0], expected[0], atol=1e-4)
        assert torch.allclose(inner[1, :3], expected[1, :3], atol=1e-4)
