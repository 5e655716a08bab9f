from __future__ import annotations

from pathlib import Path

import pytest

from tqcheck.lm import hardware
from tqcheck.lm.engine_choice import engine_for
from tqcheck.lm.hardware import floating_engine, has_gpu, processor_features


@pytest.mark.parametrize(
    ("features", "for_llamas", "for_others"),
    [
        (["avx512_vnni", "amx_bf16", "amx_int8", "avx512_bf16"], "bfloat16", "bfloat16"),
        (["avx512f", "avx512_vnni", "avx512_bf16"], "int8", "bfloat16"),
        (["avx512f", "avx512_vnni"], "int8", "float32"),
        (["avx2", "avx_vnni"], "int8", "float32"),
        (["avx512f", "avx2"], "float32", "float32"),
        ([], "float32", "float32"),
    ],
)
def test_auto_goes_by_the_processor_and_the_model(
    features: list[str],
    for_llamas: str,
    for_others: str,
    tiny_folder: Path,
    tiny_gpt2: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hardware, "processor_features", lambda: frozenset(features))
    monkeypatch.setattr(hardware, "has_gpu", lambda: False)
    assert engine_for("auto", tiny_folder) == for_llamas
    for folder in (tiny_gpt2, tmp_path, tmp_path / "none"):
        assert engine_for("auto", folder) == for_others
    assert floating_engine() == for_others
    assert engine_for("transformers", tiny_folder) == "transformers"


def test_a_gpu_is_there_if_torch_can_use_it(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_GPU_DEVICES", (str(tmp_path / "none"), str(tmp_path)))
    for version, found in (("2.13.0+cu130", True), ("2.13.0", True), ("2.13.0+cpu", False)):
        monkeypatch.setattr(hardware.metadata, "version", lambda name, version=version: version)
        assert has_gpu() is found
    monkeypatch.setattr(hardware, "has_gpu", lambda: True)
    assert engine_for("auto", tiny_folder) == "bfloat16"
    monkeypatch.undo()
    monkeypatch.setattr(hardware, "_GPU_DEVICES", (str(tmp_path / "none"),))
    assert not has_gpu()


def test_features_are_those_of_the_processor() -> None:
    found = processor_features()
    assert found == processor_features()
    # On Linux on Intel or AMD it says many; elsewhere nothing is claimed.
    assert not found or {"fpu", "sse2"} <= found
