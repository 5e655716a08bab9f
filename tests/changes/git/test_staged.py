"""What is staged, and merges that are not done."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.changes.git.conftest import LINES, Repository
from tqcheck.changes.git import ChangedFile, Changes
from tqcheck.errors import ChangesError


def test_staged_is_not_what_the_working_tree_says(repository: Repository) -> None:
    repository.write("a.md", LINES.replace("five", "5"))
    repository.write("new.md", "staged\n")
    repository.git("add", "--all")
    repository.write("a.md", f"before\n{LINES}")
    (repository.folder / "new.md").unlink()
    repository.write("b.md", "unstaged\n")
    assert Changes.staged(repository.folder).files == {
        "a.md": ChangedFile("a.md", ((5, 5),), LINES.replace("five", "5").encode()),
        "new.md": ChangedFile("new.md", None, b"staged\n"),
    }


def test_staged_contents_are_bytes_as_they_are(repository: Repository) -> None:
    contents = {
        "crlf.txt": b"one\r\ntwo\r\n",
        "empty.txt": b"",
        "same.txt": b"one\r\ntwo\r\n",
        "wide.txt": "one\n".encode("utf-16"),
        "zeros.txt": b"\0\n\0 blob 12\n",
    }
    for name, content in contents.items():
        repository.write(name, content)
    repository.git("add", "--all")
    assert {path: file.data for path, file in Changes.staged(repository.folder).files.items()} == contents


def test_staged_in_a_repository_without_commits(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "empty")
    repository.git("init", "--quiet")
    assert repository.staged() == {}
    repository.write("a.md", "new\n")
    repository.git("add", "a.md")
    assert repository.staged() == {"a.md": None}


def test_a_file_that_is_only_meant_to_be_added(repository: Repository) -> None:
    repository.write("new.md", "one\n")
    repository.git("add", "--intent-to-add", "new.md")
    assert repository.since() == {"new.md": None}
    assert repository.staged() == {}


def test_a_merge_with_conflicts(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(a=LINES.replace("two", "topic"), b=LINES.replace("eight", "topic"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(a=LINES.replace("two", "main"))
    merge = subprocess.run(["git", "merge", "topic"], cwd=repository.folder, capture_output=True, check=False)
    assert merge.returncode == 1
    # <<<<<<<, main, =======, topic, >>>>>>>
    assert repository.since("HEAD~1") == {"a.md": ((2, 6),), "b.md": ((8, 8),)}
    assert repository.staged() == {"b.md": ((8, 8),)}
    repository.write("a.md", LINES.replace("two", "both"))
    repository.git("add", "a.md")
    assert repository.staged() == {"a.md": ((2, 2),), "b.md": ((8, 8),)}


def test_other_conflicts(repository: Repository) -> None:
    """Deleted here and edited there, either way about; added by both; renamed by both."""
    repository.commit(c="old\n" * 9 + LINES)
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.git("rm", "--quiet", "a.md")
    repository.git("mv", "c.md", "theirs.md")
    repository.commit(b=LINES.replace("one", "topic"), both="topic\n")
    repository.git("checkout", "--quiet", "main")
    repository.git("rm", "--quiet", "b.md")
    repository.git("mv", "c.md", "ours.md")
    repository.commit(a=LINES.replace("two", "main"), both="main\n")
    merge = subprocess.run(["git", "merge", "topic"], cwd=repository.folder, capture_output=True, check=False)
    assert merge.returncode == 1
    changed = repository.since("HEAD~1")
    assert changed.pop("ours.md") in ((), None)
    assert changed.pop("theirs.md") in ((), None)
    assert changed == {"a.md": ((2, 2),), "b.md": ((1, 1),), "both.md": None}
    assert repository.staged() == {}


def test_a_staged_text_that_is_lost(repository: Repository) -> None:
    repository.write("new.md", "soon lost\n")
    repository.git("add", "new.md")
    blob = repository.git("rev-parse", ":new.md").strip()
    path = repository.folder / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(stat.S_IWUSR)
    path.unlink()
    with pytest.raises(ChangesError, match="git"):
        Changes.staged(repository.folder)


def test_only_what_is_wanted(repository: Repository) -> None:
    repository.write("c.txt", "new\n")
    repository.write("a.md", "new\n")
    repository.git("add", "--all")
    repository.write("d.txt", "new\n")
    assert list(Changes.staged(repository.folder, wanted=lambda path: path.endswith(".txt")).files) == ["c.txt"]
    changes = Changes.since("HEAD", repository.folder, wanted=lambda path: path.endswith(".txt"))
    assert list(changes.files) == ["c.txt", "d.txt"]
