from __future__ import annotations

from pathlib import Path

import pytest

from tqcheck import Settings
from tqcheck.cache.folder import VARIABLE, cache_folder, keep


def test_the_variable_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "here"))
    assert cache_folder() == Settings().cache_folder == tmp_path / "here"
    assert Settings(cache=tmp_path).cache_folder == tmp_path


def test_a_file_is_kept_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    keep(tmp_path / "deep" / "file", "å".encode())
    keep(tmp_path / "deep" / "file", b"new")
    assert [path.read_text("utf-8") for path in (tmp_path / "deep").iterdir()] == ["new"]


def test_what_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    keep(tmp_path / "file" / "deep", b"x")
    assert (tmp_path / "file").read_text("utf-8") == "in the way"
