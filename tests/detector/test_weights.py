from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tqcheck.detector.origin import OriginReader
from tqcheck.detector.tagger import Tagger
from tqcheck.detector.verdict import VerdictModel
from tqcheck.detector.weights import FORMAT, MANIFEST, Weights, detector_folder, save
from tqcheck.errors import DetectorError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, "verdict", {"bias": np.zeros(2, dtype=np.float32)}, {"languages": ["es"]})
    return tmp_path


def test_a_part_comes_back_as_saved(folder: Path) -> None:
    told, tensors = Weights.open(folder).part("verdict")
    assert told["languages"] == ["es"]
    assert tensors["bias"].tolist() == [0, 0]


def test_saving_one_part_keeps_the_others(folder: Path) -> None:
    before = Weights.open(folder)
    save(folder, "tagger", {"x": np.ones(1, dtype=np.float16)}, {})
    after = Weights.open(folder)
    assert after.parts["verdict"] == before.parts["verdict"]
    assert after.sha256 != before.sha256


def test_missing_weights_name_the_file_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"detector\.json: missing.*install tqcheck again"):
        Weights.open(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "tqcheck-detector/2"}', "nothing"])
def test_a_damaged_manifest_is_an_error(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(DetectorError, match="cannot be read"):
        Weights.open(folder)


def test_another_version_is_an_error(folder: Path) -> None:
    raw = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(raw | {"format": "tqcheck-detector/9"}))
    with pytest.raises(DetectorError, match=f"'tqcheck-detector/9', this version of tqcheck reads '{FORMAT}'"):
        Weights.open(folder)


def test_a_wrong_checksum_is_an_error(folder: Path) -> None:
    file = folder / "verdict.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(DetectorError, match=r"verdict\.safetensors: sha256 is [0-9a-f]{64}, expected"):
        Weights.open(folder).part("verdict")


def test_a_lost_file_is_an_error(folder: Path) -> None:
    (folder / "verdict.safetensors").unlink()
    with pytest.raises(DetectorError, match=r"verdict\.safetensors: cannot be read"):
        Weights.open(folder).part("verdict")


def test_no_safetensors_at_all_is_an_error(folder: Path) -> None:
    import hashlib

    raw = json.loads((folder / MANIFEST).read_text())
    (folder / "verdict.safetensors").write_bytes(b"no tensors")
    raw["parts"]["verdict"]["sha256"] = hashlib.sha256(b"no tensors").hexdigest()
    (folder / MANIFEST).write_text(json.dumps(raw))
    with pytest.raises(DetectorError, match="no safetensors file"):
        Weights.open(folder).part("verdict")


def test_a_part_that_is_not_named(folder: Path) -> None:
    with pytest.raises(DetectorError, match="no usable part 'tagger'"):
        Weights.open(folder).part("tagger")


def test_the_shipped_weights_are_small_and_sound() -> None:
    weights = Weights.open()
    for name in weights.parts:
        weights.part(name)
    assert sum(file.stat().st_size for file in detector_folder().glob("*.safetensors")) < 60e6


@pytest.mark.parametrize("part", ["verdict", "tagger", "origin"])
def test_a_manifest_that_lacks_a_field_is_an_error(tmp_path: Path, part: str) -> None:
    for file in detector_folder().glob("*.*"):
        shutil.copy(file, tmp_path)
    manifest = tmp_path / "detector.json"
    whole = json.loads(manifest.read_text("utf-8"))
    readers = {"verdict": VerdictModel, "tagger": Tagger, "origin": OriginReader}
    needed = {
        "verdict": ["languages", "unknown", "joint", "bounds", "kept"],
        "tagger": ["model", "layers", "surprisal"],
        "origin": ["model", "layers", "surprisal", "joint"],
    }
    for name in needed[part]:
        told = {key: value for key, value in whole["parts"][part].items() if key != name}
        manifest.write_text(json.dumps(whole | {"parts": whole["parts"] | {part: told}}), "utf-8")
        with pytest.raises(DetectorError, match=name):
            use(readers[part].open(tmp_path))
    manifest.write_text(json.dumps(whole | {"parts": ["verdict"]}), "utf-8")
    with pytest.raises(DetectorError, match="no table of tables"):
        readers[part].open(tmp_path)


def use(part: VerdictModel | Tagger | OriginReader) -> None:
    part.load()
    if not isinstance(part, VerdictModel):
        _ = part.model
