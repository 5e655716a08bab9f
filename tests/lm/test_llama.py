from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tqcheck.errors import ModelError  # noqa: E402
from tqcheck.lm.causal import Causal  # noqa: E402
from tqcheck.lm.engine_choice import load_engine  # noqa: E402
from tqcheck.lm.llama import Llama  # noqa: E402
from tqcheck.lm.matrices import integers_are_exact  # noqa: E402

CPU = torch.device("cpu")
needs_integers = pytest.mark.skipif(not integers_are_exact(), reason="this processor's products of integers overflow")
PREPARED = ["bfloat16", pytest.param("int8", marks=needs_integers)]
IDS = torch.tensor([[0, 5, 17, 3, 99, 42, 7, 7, 21]])


def states(model: Llama) -> torch.Tensor:
    with torch.inference_mode():
        return model.hidden(IDS)[0]


@pytest.mark.parametrize("precision", PREPARED)
def test_prepared_weights_are_made_once_and_give_the_same_figures(
    tiny_folder: Path, tmp_path: Path, precision: str
) -> None:
    prepared = tmp_path / "new" / "weights.safetensors"
    fresh = Llama(tiny_folder, CPU, precision)
    first = Llama(tiny_folder, CPU, precision, prepared)
    made = prepared.stat().st_mtime_ns
    second = Llama(tiny_folder, CPU, precision, prepared)
    assert prepared.stat().st_mtime_ns == made
    assert set(prepared.parent.iterdir()) == {prepared, prepared.with_suffix(".sum")}
    expected = states(fresh)
    for model in (first, second):
        assert torch.equal(states(model), expected)
        assert torch.equal(model.logits(expected), fresh.logits(expected))


@pytest.mark.parametrize("precision", PREPARED)
def test_damaged_prepared_weights_are_made_anew(tiny_folder: Path, tmp_path: Path, precision: str) -> None:
    prepared = tmp_path / "weights.safetensors"
    expected = states(Llama(tiny_folder, CPU, precision, prepared))
    whole = prepared.read_bytes()
    # The last is whole but for what it holds, as after a crash.
    for damaged in (b"", b"x" * 100, whole[: len(whole) // 2], whole[:-20_000] + bytes(20_000)):
        prepared.write_bytes(damaged)
        assert torch.equal(states(Llama(tiny_folder, CPU, precision, prepared)), expected)
        assert prepared.read_bytes() == whole


def test_prepared_weights_of_another_version_are_made_anew(tiny_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    prepared = tmp_path / "weights.safetensors"
    expected = states(Llama(tiny_folder, CPU, "bfloat16", prepared))
    whole = prepared.read_bytes()
    weights = {name: tensor.clone() * 2 for name, tensor in load_file(prepared).items()}
    for metadata in (None, {"layout": "0"}):
        save_file(weights, prepared, metadata)
        assert torch.equal(states(Llama(tiny_folder, CPU, "bfloat16", prepared)), expected)
        assert prepared.read_bytes() == whole


@pytest.mark.parametrize("precision", PREPARED)
def test_prepared_weights_that_cannot_be_kept_only_cost_time(tiny_folder: Path, tmp_path: Path, precision: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    model = Llama(tiny_folder, CPU, precision, tmp_path / "file" / "weights.safetensors")
    assert torch.equal(states(model), states(Llama(tiny_folder, CPU, precision)))


def test_float32_prepares_nothing(tiny_folder: Path, tmp_path: Path) -> None:
    Llama(tiny_folder, CPU, "float32", tmp_path / "weights.safetensors")
    assert list(tmp_path.iterdir()) == []


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


@needs_integers
@pytest.mark.parametrize("tied", [True, False])
def test_integers_give_nearly_the_states_and_scores_of_float32(tiny_folder: Path, tmp_path: Path, tied: bool) -> None:
    folder = tiny_folder if tied else with_a_head(tiny_folder, tmp_path)
    whole, rough = Llama(folder, CPU), Llama(folder, CPU, "int8")
    with torch.inference_mode():
        expected, (inner,) = whole.hidden_at(IDS, None, (1,))
        found, (other,) = rough.hidden_at(IDS, None, (1,))
        assert (found - expected).norm() < 0.12 * expected.norm()
        # In the basis of the model, as all that reads them expects.
        assert (other - inner).norm() < 0.12 * inner.norm()
        scores, others = whole.logits(expected[0]), rough.logits(expected[0])
        assert (others - scores).norm() < 0.02 * scores.norm()
        exact, near = (one.log_probabilities(expected[0], IDS[0]) for one in (whole, rough))
        assert torch.allclose(near, exact, atol=0.1)


def with_a_head(folder: Path, to: Path) -> Path:
    """A copy whose output layer is not its embedding."""
    from safetensors.torch import load_file, save_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["tie_word_embeddings"]
    (to / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}), encoding="utf-8")
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"].flip(0).contiguous()
    save_file(weights, to / "model.safetensors")
    return to


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"num_attention_heads": 2, "head_dim": 32}, "k_proj.weight is of shape"),
        ({"num_attention_heads": 16, "head_dim": 16}, "q_proj.weight is of shape"),
        ({"intermediate_size": 100}, "gate_proj.weight is of shape"),
        ({"hidden_size": 32}, "is of shape"),
    ],
)
@pytest.mark.parametrize("precision", ["float32", *PREPARED])
def test_a_configuration_of_other_sizes_is_refused(
    tiny_folder: Path, tmp_path: Path, precision: str, changes: dict[str, int], told: str
) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text("utf-8")) | changes
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ValueError, match=told):
        Llama(folder, CPU, precision, tmp_path / "weights.safetensors")
    with pytest.raises(ModelError, match=told):
        load_engine(folder, engine=precision)
