from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm.conversion import convert
from tqcheck.lm.manifest import load_manifest

if TYPE_CHECKING:
    from tests.lm.conftest import Catalogue

pytest.importorskip("gguf")


def test_weights_come_back_as_they_were(catalogue: Catalogue, tiny_folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    into = tmp_path / "out"
    into.mkdir()
    stages: list[tuple[str, int, int | None]] = []
    convert(catalogue.gguf, into, load_manifest(), lambda *stage: stages.append(stage))
    original, found = load_file(tiny_folder / "model.safetensors"), load_file(into / "model.safetensors")
    assert found.keys() == original.keys()
    for name, tensor in original.items():
        assert found[name].dtype == torch.float32
        # The embedding went through 8 bits; everything else is exact.
        tolerance = 0.02 if "embed" in name else 0.0
        assert torch.allclose(found[name], tensor, atol=tolerance, rtol=0), name
    assert stages[-1] == ("convert", len(original), len(original))


def test_the_folder_is_one_of_transformers(catalogue: Catalogue, tiny_folder: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    into = tmp_path / "out"
    into.mkdir()
    convert(catalogue.gguf, into, load_manifest())
    text = "The talks failed in 2024, 👍 said."
    tokenizer = AutoTokenizer.from_pretrained(into)
    assert tokenizer.bos_token == "<start>"
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
    assert (
        ids.tolist()
        == AutoTokenizer.from_pretrained(tiny_folder)(
            text, add_special_tokens=False, return_tensors="pt"
        ).input_ids.tolist()
    )
    ours = AutoModelForCausalLM.from_pretrained(into)
    theirs = AutoModelForCausalLM.from_pretrained(tiny_folder)
    with torch.inference_mode():
        mine, other = ours(ids).logits, theirs(ids).logits
        # 8 bits of the embedding move the scores a little; wrong heads or rotations would move them altogether.
        assert torch.nn.functional.cosine_similarity(mine, other, dim=-1).min() > 0.99


def test_equal_input_gives_equal_files(catalogue: Catalogue, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        into = tmp_path / name
        into.mkdir()
        convert(catalogue.gguf, into, load_manifest())
        made.append({path.name: path.read_bytes() for path in into.iterdir()})
    assert made[0] == made[1]
    assert json.loads(made[0]["config.json"])["bos_token_id"] == 0


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + b"\x03\0\0\0" + b"\0" * 16, b"not a model at all" * 10])
def test_not_a_model(content: bytes, catalogue: Catalogue, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.gguf: not a usable GGUF model"):
        convert(bad, tmp_path, load_manifest())
