from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tqcheck.files.discovery import Discovery

FILES = (
    "a.md",
    "b.md",
    "public/x.md",
    "news/a.md",
    "news/kept.md",
    "news/public/x.md",
    "news/old/1.md",
    "news/old/2.md",
    "news/old/deep/3.md",
    "#odd.md",
    "!odd.md",
    "blank .md",
)
IGNORES = {
    ".gitignore": "# comment\n\npublic/\n/a.md\n\\#odd.md\n\\!odd.md\n*.tmp\n",
    "news/.gitignore": "old/*\n!old/2.md\n!public/\n\r\n",
    "news/old/.gitignore": "deep\n",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text", "utf-8")
    for name, text in IGNORES.items():
        (tmp_path / name).write_bytes(text.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*paths: str, gitignore: bool = True) -> set[str]:
    return {str(path) for path in Discovery(gitignore=gitignore).find(paths)}


def git(*arguments: str) -> str:
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, env=environment).stdout


EXPECTED = {"b.md", "news/a.md", "news/kept.md", "news/public/x.md", "news/old/2.md", "blank .md"}


@pytest.mark.usefixtures("site")
def test_walks_leave_out_what_gitignore_names() -> None:
    assert found(".") == EXPECTED
    assert found(".", gitignore=False) == {name for name in FILES if "/." not in name}
    # Named files are somebody's choice.
    assert found("a.md", "public/x.md") == {"a.md", "public/x.md"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_in_a_repository_it_is_what_git_says(site: Path) -> None:
    git("init", "-q", ".")
    (site / ".git" / "info").mkdir(exist_ok=True)
    (site / ".git" / "info" / "exclude").write_text("b.md\n", "utf-8")
    listed = git("ls-files", "-z", "--others", "--exclude-standard")
    by_git = {name for name in listed.split("\0") if name.endswith(".md")}
    assert found(".") == by_git == EXPECTED - {"b.md"}
    # The files above a folder count in it too.
    assert found("news") == {name for name in by_git if name.startswith("news/")}


def test_a_folder_that_is_named_is_walked_although_it_is_ignored(site: Path) -> None:
    (site / ".git").mkdir()
    assert found("public") == {"public/x.md"}
    assert found("news/old") == {"news/old/2.md"}


def test_a_folder_with_nothing_but_ignored_files_is_no_mistake(site: Path) -> None:
    (site / "made").mkdir()
    (site / "made" / "x.md").write_text("text", "utf-8")
    (site / "made" / ".gitignore").write_text("*\n", "utf-8")
    assert found("made") == set()
