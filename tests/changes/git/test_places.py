"""Where the repository is, and what its files are called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.changes.git.conftest import LINES, Repository
from tqcheck.changes.git import Changes


def test_paths_are_from_the_folder(repository: Repository) -> None:
    repository.write("news/local/c.md", "one\n")
    repository.write("news/d.md", "one\n")
    repository.write("newspaper/e.md", "one\n")
    repository.commit()
    for name in ("a.md", "news/local/c.md", "news/d.md", "newspaper/e.md"):
        repository.write(name, "changed\n")
    repository.write("news/local/new.md", "new\n")
    repository.write("other.md", "new\n")
    expected = {
        "../../a.md": ((1, 1),),
        "../../newspaper/e.md": ((1, 1),),
        "../../other.md": None,
        "../d.md": ((1, 1),),
        "c.md": ((1, 1),),
        "new.md": None,
    }
    assert repository.since(below="news/local") == expected
    assert all((repository.folder / "news/local" / path).is_file() for path in expected)
    assert list(expected) == list(repository.since(below="news/local"))
    repository.git("add", "--all")
    assert repository.staged("news/local") == expected


def test_the_current_folder(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("news/c.md", "one\n")
    monkeypatch.chdir(repository.folder / "news")
    assert list(Changes.since("HEAD").files) == ["c.md"]
    repository.git("add", "--all")
    assert list(Changes.staged().files) == ["c.md"]


def test_a_worktree(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "tree"))
    tree = Repository(tmp_path / "tree")
    tree.write("a.md", LINES.replace("one", "1"))
    assert tree.since("main") == {"a.md": ((1, 1),)}
    tree.git("add", "a.md")
    assert tree.staged() == {"a.md": ((1, 1),)}
    assert repository.since() == repository.staged() == {}


def test_a_worktree_of_a_bare_repository(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    Repository(tmp_path / "bare.git").git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    tree = Repository(tmp_path / "tree")
    tree.write("a.md", LINES.replace("one", "1"))
    assert tree.since() == {"a.md": ((1, 1),)}


NAMES = ["new\nline.md", " blanks .md", "q\"uo'te.md", "back\\slash.md", "tab\t.md", "-", "-x.md", "*.md", ":/.md"]
NAMES += ["caf\u00e9.md", "\u0430\U0001f680.md", "bell\a\x7f.md", "diff --git a b.md", "@@ -1 +1 @@\n.md"]


@pytest.mark.parametrize("way", ["edited", "renamed", "untracked", "staged"])
def test_names_of_every_kind(repository: Repository, way: str) -> None:
    names = [*NAMES, os.fsdecode(b"latin-\xe9.md")]
    try:
        for number, name in enumerate(names):
            path = f"old-{number}" if way == "renamed" else name
            repository.write(path, f"{LINES}{number}\n" * 3)
    except OSError:
        pytest.skip("this file system does not take such names")
    if way == "untracked":
        assert repository.since() == dict.fromkeys((f"./{name}" if name == "-" else name for name in names), None)
        return
    repository.commit()
    for number, name in enumerate(names):
        if way == "renamed":
            (repository.folder / f"old-{number}").unlink()
        repository.write(name, f"{LINES}{number}\n" * 2 + f"{LINES}{number} and more\n")
    if way != "edited":
        repository.git("add", "--all")
    changed = repository.staged() if way == "staged" else repository.since()
    assert changed == dict.fromkeys((f"./{name}" if name == "-" else name for name in names), ((27, 27),))
    assert all((repository.folder / path).is_file() for path in changed)
