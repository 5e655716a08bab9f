from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lm.reference import TEXTS, spans
from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm.scoring import load_scorer


def test_integers_are_for_llamas_alone(tiny_gpt2: Path) -> None:
    scorer = load_scorer(str(tiny_gpt2), cache=tiny_gpt2 / "cache", engine="int8")
    with pytest.raises(ModelError, match="--engine int8 runs llama models alone; take float32"):
        scorer.log_probabilities(["A text."])


def test_integers_that_overflow_are_refused(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.llama.integers_are_exact", lambda: False)
    scorer = load_scorer(str(tiny_folder), cache=tmp_path, engine="int8")
    with pytest.raises(ModelError, match="products of 8-bit integers are not exact; use another engine"):
        scorer.log_probabilities(["A text."])


def test_missing_extra(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "tqcheck.lm.llama", raising=False)
    with pytest.raises(MissingExtra, match=r"the language model .*tqcheck\[lm\]"):
        load_scorer(str(tiny_folder), cache=tmp_path)


def test_damaged_weights_in_a_folder_of_the_user(tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in tiny_folder.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        load_scorer(str(folder), cache=tmp_path / "cache")
    assert (folder / "model.safetensors").stat().st_size == len(whole) // 2


def test_a_cached_model_that_does_not_load_is_made_anew_once(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tqcheck.lm.models import LocalModel

    bad = LocalModel("tiny", tmp_path / "bad", "0", managed=True)
    good = LocalModel("tiny", tiny_folder, "1", managed=True)
    monkeypatch.setattr("tqcheck.lm.models.resolve", lambda *_, **__: bad)
    monkeypatch.setattr("tqcheck.lm.models.rebuild", lambda *_, **__: good)
    assert load_scorer().sha256 == "1"
    monkeypatch.setattr("tqcheck.lm.models.rebuild", lambda *_, **__: bad)
    with pytest.raises(ModelError):
        load_scorer()


def test_a_model_that_fails_to_load_says_so_at_the_first_score(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "copy")
    scorer = load_scorer(str(folder), cache=tmp_path)
    (folder / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        scorer.score([("A b.", [(0, 4)])])


def spoilt(folder: Path, to: Path, name: str, change: Callable[[Any], Any]) -> Path:
    """A copy of a model with one of its tensors changed, or left out."""
    from safetensors.torch import load_file, save_file

    made = shutil.copytree(folder, to)
    (file,) = made.glob("*.safetensors")
    weights = load_file(file)
    changed = change(weights.pop(name))
    save_file(weights if changed is None else weights | {name: changed}, file, {"format": "pt"})
    return made


@pytest.mark.parametrize("engine", ["float32", "transformers"])
def test_weights_that_give_no_numbers_are_an_error(tiny_folder: Path, tmp_path: Path, engine: str) -> None:
    folder = spoilt(tiny_folder, tmp_path / "model", "model.norm.weight", lambda one: one * math.nan)
    scorer = load_scorer(str(folder), cache=tmp_path, engine=engine, keep_scores=True)
    with pytest.raises(ModelError, match="infinite or not a number; its weights are damaged"):
        scorer.score([(TEXTS[0], spans(TEXTS[0]))])


def test_weights_that_lack_a_tensor_are_an_error(tiny_gpt2: Path, tmp_path: Path) -> None:
    folder = spoilt(tiny_gpt2, tmp_path / "model", "transformer.h.1.ln_1.weight", lambda _: None)
    with pytest.raises(ModelError, match=r"the weights lack transformer\.h\.1\.ln_1\.weight; copy or fetch"):
        load_scorer(str(folder), cache=tmp_path).score([(TEXTS[0], spans(TEXTS[0]))])


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        # Their heads are more than one matrix.
        ("bert", {"is_decoder": True}, "does not end in a plain output layer"),
        ("modernbert-decoder", {}, "does not end in a plain output layer"),
        # It reads to both sides whatever the head is called.
        ("bert-generation", {}, "looks at the words to come"),
    ],
)
def test_architectures_that_would_give_wrong_figures_are_refused(
    tiny_folder: Path, tmp_path: Path, kind: str, changes: dict[str, Any], told: str
) -> None:
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"vocab_size": 2048, "max_position_embeddings": 128, "pad_token_id": 0}
    config = transformers.CONFIG_MAPPING[kind](**sizes, **changes)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    folder = tmp_path / "model"
    model.save_pretrained(folder)
    for file in tiny_folder.glob("*token*"):
        shutil.copy(file, folder)
    with pytest.raises(ModelError, match=told):
        load_scorer(str(folder), cache=tmp_path).score([(TEXTS[0], spans(TEXTS[0]))])
