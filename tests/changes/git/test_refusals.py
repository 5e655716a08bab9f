"""What cannot be told, and what is said then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.changes.git.conftest import LINES, Repository
from tqcheck.changes.git import Changes
from tqcheck.errors import ChangesError, TqcheckError


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(ChangesError) as caught:
        ask()
    assert isinstance(caught.value, TqcheckError)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_there_is_no_git(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.folder))
    assert "--diff and --staged need the program git, which is not on the PATH" in refused(repository.since)
    program = repository.folder / "git"
    program.write_text("no program")
    program.chmod(0o755)
    assert "git cannot be run (Exec format error)" in refused(repository.staged)


def test_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = refused(lambda: Changes.since("main", tmp_path))
    assert message.startswith(f"{tmp_path} is in no git repository, which --diff and --staged need")
    monkeypatch.chdir(tmp_path)
    assert refused(Changes.staged).startswith("the current folder is in no git repository")
    assert "cannot change to" in refused(lambda: Changes.staged(tmp_path / "missing"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "missing"))
    assert f"not a git repository: '{tmp_path / 'missing'}'" in refused(Changes.staged)


def test_a_repository_without_files(repository: Repository, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repository.git("clone", "--quiet", "--bare", ".", str(bare))
    assert refused(lambda: Changes.staged(bare)).startswith(f"{bare} is in a bare repository")
    assert "outside the files" in refused(lambda: Changes.since("main", repository.folder / ".git"))


def test_there_is_no_commit_of_that_name(repository: Repository, tmp_path: Path) -> None:
    assert "there is no commit 'mian' here; did you mean 'main'?" in refused(lambda: repository.since("mian"))
    clone = Repository(tmp_path / "clone")
    clone.git("clone", "--quiet", str(repository.folder), ".")
    clone.git("checkout", "--quiet", "-b", "topic")
    clone.git("branch", "--quiet", "--delete", "main")
    assert "did you mean 'origin/main'?" in refused(lambda: clone.since("main"))
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    message = refused(lambda: clone.since("origin/main"))
    assert message.startswith("there is no commit 'origin/main' here; fetch it with 'git fetch origin main:")
    # It does what it says.
    clone.git(*message.partition("'git ")[2].partition("'")[0].split())
    assert clone.since("origin/main") == {}
    blob = repository.git("rev-parse", "HEAD:a.md").strip()
    for ref in ("1" * 40, blob, "main^7", "origin/main~7", "^main", "a b", "HEAD:a.md", "\udcff", "nothing-like-it"):
        message = refused(lambda ref=ref: clone.since(ref))  # type: ignore[misc]
        assert f"there is no commit {ref!r} here; " in message
        assert "git fetch" not in message


def test_a_repository_without_commits(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "fresh")
    assert "no commit here to compare with 'main'; commit first, or use --staged" in refused(
        lambda: repository.since("main")
    )


@pytest.mark.parametrize("ref", ["", " ", "-", "--output=told", "-O/dev/null", "--merge-base", "--", "a\0b"])
def test_what_is_no_name(repository: Repository, ref: str) -> None:
    assert f"{ref!r} names no commit" in refused(lambda: repository.since(ref))
    assert sorted(path.name for path in repository.folder.iterdir()) == [".git", ".gitignore", "a.md", "b.md"]


@pytest.mark.parametrize("ref", ["main..HEAD", "main...HEAD", "..", "main.."])
def test_a_range_is_refused(repository: Repository, ref: str) -> None:
    assert f"{ref!r} is a range; give the one commit" in refused(lambda: repository.since(ref))


def test_no_history_in_common(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "fresh")
    repository.commit(a="other\n")
    assert "'main' and HEAD have no history in common" in refused(lambda: repository.since("main"))


def test_a_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(a=LINES.replace("one", "1"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(b="other\n")
    clone = Repository(tmp_path / "clone")
    url = repository.folder.as_uri()
    clone.git("clone", "--quiet", "--depth=1", "--branch=topic", url, ".")
    message = refused(lambda: clone.since("origin/main"))
    assert "there is no commit 'origin/main' here; fetch it with 'git fetch origin main:" in message
    assert "this clone is shallow" in message
    assert "fetch-depth: 0" in message
    clone.git("fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    message = refused(lambda: clone.since("origin/main"))
    assert "this clone is shallow and lacks the commit where 'origin/main' and HEAD parted" in message
    assert "git fetch --unshallow" in message
    clone.git("fetch", "--quiet", "--unshallow")
    assert clone.since("origin/main") == {"a.md": ((1, 1),)}


def test_a_shallow_clone_that_holds_enough(repository: Repository, tmp_path: Path) -> None:
    """As the checkout of a pull request, two commits deep: its first parent is the target."""
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(a=LINES.replace("one", "1"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(b="other\n")
    repository.git("merge", "--quiet", "--no-ff", "--no-edit", "topic")
    clone = Repository(tmp_path / "clone")
    clone.git("clone", "--quiet", "--depth=2", repository.folder.as_uri(), ".")
    assert clone.since("HEAD^1") == {"a.md": ((1, 1),)}
    assert clone.since("HEAD") == {}
    assert clone.since("origin/main") == {}


def test_a_repository_of_somebody_else(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    message = refused(repository.staged)
    assert f"detected dubious ownership in repository at '{repository.folder}'" in message
    assert "git config --global --add safe.directory" in message


def test_other_failures_give_the_words_of_git(repository: Repository) -> None:
    (repository.folder / ".git" / "index").write_bytes(b"damaged" * 9)
    assert refused(repository.since) == "git diff-index failed: index file corrupt"
    assert refused(repository.staged) == "git diff failed: index file corrupt"
    (repository.folder / ".git" / "config").write_text("[broken")
    assert "bad config" in refused(repository.staged)
