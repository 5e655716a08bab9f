"""Git as people have set it up: configuration, filters, hooks, variables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.changes.git.conftest import LINES, Repository
from tqcheck.changes.git import ChangedFile, Changes

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = """
[alias]
    diff = !false
    ls-files = !false
[color]
    ui = always
    diff = always
[core]
    quotePath = false
    pager = false
    abbrev = 4
    attributesFile = {attributes}
[diff]
    algorithm = patience
    autoRefreshIndex = false
    colorMoved = zebra
    context = 9
    external = false
    ignoreSubmodules = none
    indentHeuristic = false
    interHunkContext = 9
    mnemonicPrefix = true
    noPrefix = true
    orderFile = /nowhere/order
    relative = true
    renameLimit = 1
    renames = false
    submodule = log
    suppressBlankEmpty = true
    wordRegex = .
    wsErrorHighlight = all
[diff "shout"]
    textconv = head -n 1
    command = false
    algorithm = histogram
[status]
    showUntrackedFiles = no
    relativePaths = false
"""


def test_configuration_and_variables_make_no_difference(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    other.git("init", "--quiet")
    other.commit(a="one\n")
    repository.git("submodule", "--quiet", "add", str(other.folder), "module")
    repository.write("news/old.md", LINES)
    repository.write("\u00e9.md", LINES)
    repository.write("blank.md", "one\n\ntwo\n\nthree\n")
    repository.write("alike.md", "a\na\na\n  d\n")
    repository.commit()
    Repository(repository.folder / "module").commit(a="two\n")
    repository.git("mv", "news/old.md", "news/new.md")
    repository.write("news/new.md", LINES.replace("three", "3").replace("five", "5"))
    repository.write("\u00e9.md", LINES.replace("one", "1"))
    repository.write("blank.md", "one\n\n2\n\nthree\n\n")
    repository.write("alike.md", "a\na\na\na\na\n  d\n")
    repository.write("untracked.md", "new\n")
    os.utime(repository.folder / "a.md", (1, 1))
    expected = {
        "../alike.md": ((3, 4),),
        "../blank.md": ((3, 3), (6, 6)),
        "../untracked.md": None,
        "../\u00e9.md": ((1, 1),),
        "new.md": ((3, 3), (5, 5)),
    }
    assert repository.since(below="news") == expected
    (tmp_path / "attributes").write_text("*.md diff=shout\n")
    (tmp_path / "gitconfig").write_text(HOSTILE.format(attributes=tmp_path / "attributes"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=9")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    monkeypatch.setenv("GIT_PAGER", "false")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert repository.since(below="news") == expected
    # The configuration is bad enough: git by itself is bent by it.
    assert "\x1b" in repository.git("-c", "diff.orderFile=/dev/null", "diff", "--no-ext-diff", "HEAD")
    monkeypatch.delenv("GIT_LITERAL_PATHSPECS")
    repository.git("add", "--all")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert repository.staged("news") == expected


def test_files_in_large_file_storage_have_changed_as_a_whole(repository: Repository) -> None:
    """Git has a pointer of three lines in their place, whose lines say nothing."""
    pointer = "version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize 9\\n"
    repository.git("config", "filter.lfs.clean", f"printf '{pointer}' $(git hash-object --stdin)$(printf %024d 0)")
    repository.write(".gitattributes", "*.txt filter=lfs diff=lfs merge=lfs -text\n")
    repository.write("large.txt", LINES)
    repository.commit()
    repository.write("large.txt", LINES.replace("seven", "7"))
    assert repository.git("diff", "--unified=0").count("+oid sha256:") == 1
    expected = {"large.txt": ChangedFile("large.txt", None)}
    assert Changes.since("HEAD", repository.folder).files == expected
    repository.git("add", "--all")
    assert Changes.staged(repository.folder).files == expected


def test_lines_are_those_of_the_text_as_it_is_checked_out(repository: Repository) -> None:
    repository.write(".gitattributes", "*.txt text eol=crlf\nwide.txt text working-tree-encoding=UTF-16\n")
    repository.write("crlf.txt", "one\r\ntwo\r\nthree\r\n")
    repository.write("wide.txt", "one\ntwo\nthree\n".encode("utf-16"))
    repository.commit()
    repository.write("crlf.txt", "one\r\n2\r\nthree\r\n")
    repository.write("wide.txt", "one\ntwo\n3\n".encode("utf-16"))
    assert repository.since() == {"crlf.txt": ((2, 2),), "wide.txt": ((3, 3),)}


@pytest.mark.parametrize("asked", ["since", "staged"])
def test_few_processes(repository: Repository, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    for number in range(100):
        repository.write(f"{number}.md", "new\n")
    repository.git("add", "--all")
    calls: list[list[str]] = []
    run = subprocess.run

    def count(command: list[str], **options: object) -> object:
        calls.append(command)
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", count)
    assert len(Changes.since("HEAD", repository.folder).files if asked == "since" else repository.staged()) == 100
    assert len(calls) == {"since": 4, "staged": 3}[asked]


def test_nothing_is_written(repository: Repository) -> None:
    repository.git("mv", "b.md", "c.md")
    repository.write("d.md", LINES * 2)
    repository.commit(e=LINES * 3)
    repository.write("a.md", "changed\n")
    repository.write("c.md", "changed\n")
    repository.git("add", "c.md")
    for name in "cde":
        os.utime(repository.folder / f"{name}.md", (1, 1))
    index = repository.folder / ".git" / "index"
    before = index.read_bytes()
    assert len(repository.since()) == 2
    assert len(repository.staged()) == 1
    assert index.read_bytes() == before
    # As while another git is at work.
    (repository.folder / ".git" / "index.lock").touch()
    assert len(repository.since()) == 2
    assert len(repository.staged()) == 1
    assert index.read_bytes() == before


@pytest.mark.parametrize(
    ("commit", "expected"),
    [
        (["--all"], {"a.md": ((1, 1),), "b.md": ((2, 2),)}),
        (["--", "b.md"], {"b.md": ((2, 2),)}),
        ([], {"a.md": ((1, 1),)}),
    ],
)
@pytest.mark.parametrize("worktree", [False, True])
def test_in_a_hook(
    repository: Repository, tmp_path: Path, commit: list[str], expected: dict[str, object], worktree: bool
) -> None:
    """Git tells its hooks where the repository and the index of this one commit are."""
    told = tmp_path / "told"
    hook = repository.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from tqcheck.changes.git import Changes\n"
        "files = {path: file.ranges for path, file in Changes.staged().files.items()}\n"
        f"open({str(told)!r}, 'w').write(repr((files, 'GIT_INDEX_FILE' in os.environ, 'GIT_DIR' in os.environ)))\n"
    )
    hook.chmod(0o755)
    if worktree:
        repository.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "tree"))
        repository = Repository(tmp_path / "tree")
    repository.write("a.md", LINES.replace("one", "1"))
    repository.write("b.md", LINES.replace("two", "2"))
    if commit != ["--all"]:
        repository.git("add", "a.md")
    repository.git("commit", "--quiet", "--message", "A change", *commit)
    assert told.read_text() == repr((expected, True, worktree))


def test_variables_that_name_the_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("a.md", LINES.replace("one", "1"))
    monkeypatch.setenv("GIT_DIR", str(repository.folder / ".git"))
    assert repository.since() == {"a.md": ((1, 1),)}
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(repository.folder, elsewhere, ignore=shutil.ignore_patterns(".git"))
    (elsewhere / "b.md").write_text(LINES.replace("two", "2"))
    monkeypatch.setenv("GIT_WORK_TREE", str(elsewhere))
    assert list(Changes.since("HEAD", elsewhere).files) == ["a.md", "b.md"]
