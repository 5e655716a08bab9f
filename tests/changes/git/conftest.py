"""With real repositories: what git says is half of the module."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tqcheck.changes.git import Changes

LINES = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"


class Repository:
    """A repository to be worked in as people do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def git(self, *arguments: str | bytes, given: str | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, input=given, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, **files: str | bytes) -> None:
        """Commit everything as it is, and these texts as ``NAME.md``."""
        for name, content in files.items():
            self.write(f"{name}.md", content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")

    def since(self, ref: str = "HEAD", below: str = "") -> dict[str, object]:
        return {path: file.ranges for path, file in Changes.since(ref, self.folder / below).files.items()}

    def staged(self, below: str = "") -> dict[str, object]:
        return {path: file.ranges for path, file in Changes.staged(self.folder / below).files.items()}


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's configuration, nor the variables of a hook that runs these tests."""
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    configuration = tmp_path / "gitconfig"
    configuration.write_text('[protocol "file"]\n    allow = always\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "An Editor")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "editor@example.org")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit on ``main`` with ``a.md``, ``b.md`` and ``.gitignore``."""
    made = Repository(tmp_path / "stories")
    made.git("init", "--quiet", "--initial-branch=main")
    made.write(".gitignore", "*.log\n")
    made.commit(a=LINES, b=LINES)
    return made
