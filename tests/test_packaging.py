"""A wheel built from the tree works outside it, with its packs, schema and model data."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(folder / done.stdout.splitlines()[-1]) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run(unpacked: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=unpacked.parent,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_checks_a_story(unpacked: Path) -> None:
    where = run(unpacked, "-c", "import tqcheck; print(tqcheck.__file__)").stdout
    assert str(unpacked) in where
    (unpacked.parent / "story.txt").write_text("They held a telematics summit on Monday.\n", "utf-8")
    done = run(unpacked, "-m", "tqcheck", "check", "--no-lm", "story.txt")
    assert done.returncode == 1
    assert "virtual summit" in done.stdout
    page = run(unpacked, "-m", "tqcheck", "check", "--no-lm", "--format", "html", "story.txt").stdout
    assert ".story" in page


def test_the_wheel_holds_its_data(unpacked: Path) -> None:
    code = (
        "from tqcheck.lm.manifest import model_data, known_models, load_manifest;"
        "from tqcheck.lm.calibration import Calibration;"
        "from tqcheck.reports.json_report import schema;"
        "from tqcheck.detector.verdict import VerdictModel; VerdictModel.open().load();"
        "from tqcheck.detector.tagger import Tagger; assert Tagger.open().layers;"
        "print(model_data()); [load_manifest(one) for one in known_models()];"
        "Calibration.load(model_data() / known_models()[0]); assert schema()"
    )
    done = run(unpacked, "-c", code)
    assert done.returncode == 0, done.stderr
    assert str(unpacked) in done.stdout


def test_the_wheel_holds_no_weights_but_our_own(unpacked: Path) -> None:
    found = [path for path in unpacked.rglob("*") if path.suffix in {".gguf", ".safetensors", ".bin"}]
    assert sorted(path.name for path in found) == [
        "calques.safetensors",
        "fluency.safetensors",
        "origin.safetensors",
        "tagger.safetensors",
        "verdict.safetensors",
    ]
    assert {path.parent.name for path in found} == {"detector"}
    assert not [path for path in unpacked.rglob("*.py") if "model_data" in path.parts]
    assert sum(path.stat().st_size for path in unpacked.rglob("*")) < 16_000_000
