"""With real repositories: what git says is half of the module."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tqcheck import Checker, Settings
from tqcheck.changes.git import ChangedFile, Changes
from tqcheck.errors import ChangesError, TqcheckError
from tqcheck.result import CheckResult, DocumentResult, Finding, Severity, Signature

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")

ROOT = Path(__file__).resolve().parents[2]
LINES = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"
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


def finding(start: int, end: int) -> Finding:
    return Finding("XX001", "a-name", "calque", Severity.WARNING, start, end, 1, 1, 1, 1, "text", "A message.")


def result_of(*documents: DocumentResult) -> CheckResult:
    return CheckResult(Signature("1", "sha256:0", None, None, "sha256:0"), documents)


def words_found(source: str, path: str = "a.md", words: str = "") -> CheckResult:
    """A result with a finding at each of these words of the source, by default at all."""
    findings, at = [], 0
    for word in (words or source).split():
        at = source.index(word, at)
        findings.append(finding(at, at + len(word)))
        at += len(word)
    return result_of(DocumentResult(path, source=source, findings=tuple(findings)))


def texts(result: CheckResult) -> list[str]:
    return [(document.source or "")[one.start : one.end] for document in result.documents for one in document.findings]


# What counts as changed


def test_nothing_has_changed(repository: Repository) -> None:
    assert repository.since() == repository.staged() == {}


def test_lines_changed_in_the_working_tree(repository: Repository) -> None:
    repository.write("a.md", LINES.replace("two", "2").replace("five\nsix", "5\n6") + "nine\n")
    assert repository.since() == {"a.md": ((2, 2), (5, 6), (9, 9))}


def test_committed_staged_and_unstaged_changes_count_together(repository: Repository) -> None:
    repository.commit(a=LINES.replace("one", "1"))
    repository.write("a.md", LINES.replace("one", "1").replace("three", "3"))
    repository.git("add", "a.md")
    repository.write("a.md", LINES.replace("one", "1").replace("three", "3").replace("seven", "7"))
    assert repository.since("HEAD~1") == {"a.md": ((1, 1), (3, 3), (7, 7))}


def test_what_was_changed_back_has_not_changed(repository: Repository) -> None:
    repository.commit(a="other\n")
    repository.write("a.md", LINES)
    assert repository.since("HEAD~1") == {}


def test_since_the_branches_parted(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(a=LINES.replace("one", "1"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(a=LINES.replace("eight", "8"), b="other\n")
    repository.git("checkout", "--quiet", "topic")
    assert repository.since("main") == {"a.md": ((1, 1),)}


@pytest.mark.parametrize(
    "ref", ["main", "v1", "annotated", "HEAD~1", "main@{0}", "id", "refs/heads/main", ":/A change"]
)
def test_every_name_of_a_commit(repository: Repository, ref: str) -> None:
    repository.git("tag", "v1")
    repository.git("tag", "--annotate", "annotated", "--message", "A tag")
    first = repository.git("rev-parse", "HEAD").strip()
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.write("a.md", LINES.replace("one", "1"))
    repository.git("commit", "--quiet", "--all", "--message", "An edit")
    assert repository.since(first if ref == "id" else ref) == {"a.md": ((1, 1),)}


def test_lines_that_were_only_deleted_change_no_line(repository: Repository) -> None:
    repository.write("a.md", LINES.replace("two\nthree\n", "").replace("eight\n", ""))
    assert repository.since() == {"a.md": ()}


def test_lines_put_in_at_the_beginning(repository: Repository) -> None:
    repository.write("a.md", f"zero\n{LINES}")
    assert repository.since() == {"a.md": ((1, 1),)}


def test_deleted_files_are_left_out(repository: Repository) -> None:
    (repository.folder / "a.md").unlink()
    repository.git("rm", "--quiet", "b.md")
    assert repository.since() == {}
    assert repository.staged() == {}


def test_untracked_files_are_wholly_new_and_ignored_ones_none(repository: Repository) -> None:
    repository.write("below/new.md", "new\n")
    repository.write("below/debug.log", "ignored\n")
    repository.write("below/.gitignore", "draft.md\n")
    repository.write("below/draft.md", "ignored\n")
    assert repository.since() == {"below/.gitignore": None, "below/new.md": None}
    assert repository.staged() == {}


def test_a_repository_within_is_left_out(repository: Repository) -> None:
    inner = Repository(repository.folder / "inner")
    inner.git("init", "--quiet")
    inner.commit(a="inner\n")
    assert repository.since() == {}


def test_new_files(repository: Repository) -> None:
    repository.commit(new="new\n", empty="")
    assert repository.since("HEAD~1") == {"empty.md": None, "new.md": None}


def test_a_file_that_is_emptied_has_no_line(repository: Repository) -> None:
    repository.write("a.md", "")
    assert repository.since() == {"a.md": ()}


def test_files_that_are_touched_and_not_changed(repository: Repository) -> None:
    os.utime(repository.folder / "a.md", (1, 1))
    assert repository.since() == {}


def test_a_renamed_file_has_no_changed_lines(repository: Repository) -> None:
    repository.write("c.md", "another text\n")
    repository.commit()
    repository.git("mv", "a.md", "new.md")
    repository.git("mv", "c.md", "below.md")
    assert repository.since() == repository.staged() == {"below.md": (), "new.md": ()}


def test_a_file_that_is_renamed_and_edited(repository: Repository) -> None:
    (repository.folder / "below").mkdir()
    repository.git("mv", "a.md", "below/new name.md")
    repository.write("below/new name.md", LINES.replace("four", "4"))
    repository.write("c.md", LINES.replace("eight", "8"))
    assert repository.since() == {"below/new name.md": ((4, 4),), "c.md": None}
    assert repository.staged() == {"below/new name.md": ()}


def test_another_mode_changes_no_line(repository: Repository) -> None:
    repository.git("config", "core.fileMode", "true")
    (repository.folder / "a.md").chmod(0o755)
    repository.write("b.md", LINES.replace("one", "1"))
    assert repository.since() == {"a.md": (), "b.md": ((1, 1),)}


def test_links_are_left_out_and_what_replaces_one_is_new(repository: Repository) -> None:
    (repository.folder / "link.md").symlink_to("a.md")
    (repository.folder / "changed.md").symlink_to("a.md")
    repository.commit()
    (repository.folder / "untracked.md").symlink_to("a.md")
    (repository.folder / "changed.md").unlink()
    (repository.folder / "changed.md").symlink_to("b.md")
    (repository.folder / "link.md").unlink()
    repository.write("link.md", "a story\n")
    (repository.folder / "b.md").unlink()
    (repository.folder / "b.md").symlink_to("a.md")
    assert repository.since() == {"link.md": None}
    repository.git("add", "--all")
    assert repository.staged() == {"link.md": None}


def test_submodules_are_left_out(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.git("init", "--quiet")
    other.commit(a="one\n")
    repository.git("submodule", "--quiet", "add", str(other.folder), "module")
    assert repository.since() == repository.staged() == {".gitmodules": None}
    repository.commit()
    module = Repository(repository.folder / "module")
    module.commit(a="two\n")
    module.write("new.md", "new\n")
    repository.write("a.md", LINES.replace("one", "1"))
    assert repository.since() == {"a.md": ((1, 1),)}
    repository.git("add", "--all")
    assert repository.staged() == {"a.md": ((1, 1),)}


def test_a_file_in_place_of_a_submodule_is_new(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.git("init", "--quiet")
    other.commit(a="one\n")
    repository.git("submodule", "--quiet", "add", str(other.folder), "story.md")
    repository.commit()
    repository.git("rm", "--quiet", "story.md")
    repository.write("story.md", "a story\n")
    repository.git("add", "story.md")
    assert repository.since()["story.md"] is None
    assert repository.staged()["story.md"] is None


def test_what_is_no_text_to_git_has_changed_as_a_whole(repository: Repository) -> None:
    repository.write("wide.txt", "one\ntwo\n".encode("utf-16"))
    repository.write(".gitattributes", "*.html -diff\n")
    repository.write("page.html", "<p>one</p>\n<p>two</p>\n")
    repository.commit()
    repository.write("wide.txt", "one\n2\n".encode("utf-16"))
    repository.write("page.html", "<p>one</p>\n<p>2</p>\n")
    repository.write("b.md", LINES.replace("two", "2"))
    assert repository.since() == {"b.md": ((2, 2),), "page.html": None, "wide.txt": None}


def test_what_looks_like_a_header_in_a_text_is_none(repository: Repository) -> None:
    patch = (
        "diff --git a/b.md b/b.md\nBinary files a/b.md and b/b.md differ\n@@ -1 +7,9 @@\n\\ No newline\n--- a/b.md\n"
    )
    repository.write("a.md", LINES.replace("two\n", patch.replace("No", "no")))
    repository.write("b.md", patch)
    repository.commit()
    repository.write(
        "a.md", LINES.replace("two\n", "").replace("seven\n", patch.replace("b.md", "c.md").replace("-1", "-2"))
    )
    repository.write("b.md", f"{LINES}++ b/x\n-- a/x\n")
    assert repository.since() == {"a.md": ((6, 10),), "b.md": ((1, 10),)}


def test_files_out_of_a_sparse_checkout_are_left_out(repository: Repository) -> None:
    repository.write("far/c.md", "one\n")
    repository.commit()
    repository.write("far/c.md", "two\n")
    repository.commit(a="other\n")
    repository.git("sparse-checkout", "set", "near")
    assert not (repository.folder / "far").exists()
    assert repository.since("HEAD~1") == {"a.md": ((1, 1),)}


# What is staged


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


# Where


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


# Git as people have set it up


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


# What cannot be told


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


# Findings on changed lines


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("one\ntwo\nthree\n", "one\n2 two\nthree\n", "2 two"),
        ("one\r\ntwo\r\nthree\r\n", "one\r\n2\r\nthree\r\n", "2"),
        ("one\r\ntwo\r\nthree\r\n", "one\ntwo\r\nthree\r\n", "one"),
        ("\ufeffone\ntwo\n", "\ufeffone\n2\n", "2"),
        ("one\ntwo\n", "\ufeffone\ntwo\n", "one"),
        ("\U0001f680 one\n\U0001f680 two\nthree\n", "\U0001f680 one\n\U0001f680 2\nthree\n", "\U0001f680 2"),
        ("cafe\u0301 a\nnai\u0308ve b\nc\n", "cafe\u0301 a\nnai\u0308ve bb\nc\n", "nai\u0308ve bb"),
        ("one\ntwo", "one\ntwo\nthree", "two three"),
        ("one\ntwo\n", "one\ntwo", "two"),
        ("one\ntwo", "one\n2", "2"),
        # To git these are one line, two and one.
        ("one\rtwo\rthree", "one\rtwo\r3", "one two 3"),
        ("one\rtwo\nthree\rfour\n", "one\rtwo\n3\rfour\n", "3 four"),
        ("one\u2028two\x0bthree\x0cfour\x85five\n", "one\u2028two\x0bthree\x0c4\x85five\n", "one two three 4 five"),
        ("one\ntwo\nthree\n", "one\nthree\n", ""),
        ("\n\none\n\n\ntwo\n", "\n\none\n\n\n2\n", "2"),
    ],
)
def test_findings_on_changed_lines(repository: Repository, before: str, after: str, kept: str) -> None:
    repository.git("config", "core.autocrlf", "false")
    repository.commit(a=before)
    repository.write("a.md", after)
    result = words_found(after.removeprefix("\ufeff"))
    touched, lost = Changes.since("HEAD", repository.folder).touched(result)
    assert texts(touched) == kept.split()
    assert lost == len(result.findings) - len(kept.split())
    repository.git("add", "a.md")
    assert Changes.staged(repository.folder).touched(result) == (touched, lost)


def changes_of(*ranges: tuple[int, int]) -> Changes:
    return Changes(Path(), {"a.md": ChangedFile("a.md", ranges)})


@pytest.mark.parametrize(
    ("ranges", "span", "touches"),
    [
        # ab\ncd\nef\n
        ([(2, 2)], (2, 3), False),
        ([(2, 2)], (0, 3), False),
        ([(2, 2)], (0, 4), True),
        ([(2, 2)], (3, 4), True),
        ([(2, 2)], (5, 6), True),
        ([(2, 2)], (6, 8), False),
        ([(2, 2)], (5, 7), True),
        ([(1, 1), (3, 3)], (3, 5), False),
        ([(1, 1), (3, 3)], (2, 7), True),
        ([(1, 1), (3, 3)], (3, 7), True),
        ([(2, 2)], (0, 9), True),
        ([(1, 2)], (4, 5), True),
        # Of no length.
        ([(2, 2)], (3, 3), True),
        ([(2, 2)], (5, 5), True),
        ([(2, 2)], (6, 6), False),
        ([(2, 2)], (2, 2), False),
        ([(3, 3)], (9, 9), True),
        ([(2, 2)], (9, 9), False),
        # The file has become shorter since.
        ([(2, 9)], (8, 9), True),
        ([(7, 9)], (8, 9), False),
        ([], (0, 9), False),
    ],
)
def test_a_finding_at_the_edge(ranges: list[tuple[int, int]], span: tuple[int, int], touches: bool) -> None:
    document = DocumentResult("a.md", source="ab\ncd\nef\n", findings=(finding(*span),))
    touched, lost = changes_of(*ranges).touched(result_of(document))
    assert (len(touched.findings), lost) == ((1, 0) if touches else (0, 1))


def test_an_empty_text() -> None:
    document = DocumentResult("a.md", source="", findings=(finding(0, 0),))
    assert changes_of().touched(result_of(document))[1] == 1
    assert changes_of((1, 1)).touched(result_of(document))[1] == 0


def test_all_else_stays_as_it_is() -> None:
    one, other = words_found("one\ntwo\n").documents[0], words_found("one\ntwo\n", "other.md").documents[0]
    one = replace(one, words=2, notes=("A note.",))
    failed = DocumentResult("a.md", error="a.md: cannot be read")
    bare = replace(one, source=None)
    result = replace(result_of(one, other, failed, bare), left_out=3)
    touched, lost = changes_of((2, 2)).touched(result)
    assert touched == replace(result, documents=(replace(one, findings=one.findings[1:]), other, failed, bare))
    assert lost == 1
    assert touched.left_out == 3
    wholly = Changes(Path(), {"a.md": ChangedFile("a.md", None)})
    assert wholly.touched(result) == (result, 0)


def test_documents_are_found_by_any_path(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("news/c.md", "one\n")
    repository.write("-", "one\n")
    (repository.folder / "link.md").symlink_to("news/c.md")
    (repository.folder / "latest").symlink_to("news")
    monkeypatch.chdir(repository.folder)
    changes = Changes.since("HEAD")
    file = changes.files["news/c.md"]
    absolute = str(repository.folder / "news" / "c.md")
    for path in ("news/c.md", "./news/c.md", "news/../news/c.md", "link.md", "latest/c.md", absolute):
        assert changes.find(path) is file, path
    for path in ("-", "a.md", "c.md", "news", "", "missing/c.md", "nul\0.md"):
        assert changes.find(path) is None, path
    assert changes.find("./-") is changes.files["./-"]
    below = Changes.since("HEAD", repository.folder / "news")
    assert below.find("../link.md") is below.find(absolute) is below.files["c.md"]


def test_with_a_check(repository: Repository) -> None:
    story = "# News\r\n\r\nCaf\u00e9 \U0001f680: a telematics summit was held.\r\n\r\nMinisters {} on Monday.\r\n"
    repository.commit(a="\ufeff" + story.format("met"))
    repository.write("a.md", "\ufeff" + story.format("held a telematics summit"))
    repository.git("add", "a.md")
    repository.write("a.md", "Something else.\n")
    changes = Changes.staged(repository.folder)
    data = changes.files["a.md"].data
    assert data is not None
    checked = Checker(Settings(lm="off")).check_bytes(data, path="a.md")
    assert [one.line for one in checked.findings] == [3, 5]
    touched, lost = changes.touched(result_of(checked))
    assert [(one.line, one.text) for one in touched.findings] == [(5, "telematics summit")]
    assert lost == 1


def test_any_edit_of_any_text(repository: Repository) -> None:
    """What is not on changed lines was there before, in the same order; ranges are in order and within the text."""
    draw = random.Random(4)
    pieces = [
        "a",
        "b ",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\u2028",
        "\x85",
        "\x0c",
        "\U0001f680",
        "e\u0301",
        "@@ -1 +1 @@",
        "\\ x",
    ]
    pieces += ["diff --git a/0.md b/0.md\n", "-", "+", "Binary files x\n"]
    repository.git("config", "core.autocrlf", "false")
    texts_before, texts_after = {}, {}
    for number in range(200):
        before = [draw.choice(pieces) for _ in range(draw.randrange(40))]
        after = list(before)
        for _ in range(draw.randrange(1, 5)):
            at = draw.randrange(len(after) + 1)
            after[at : at + draw.randrange(3)] = draw.choices(pieces, k=draw.randrange(4))
        texts_before[f"{number}.md"], texts_after[f"{number}.md"] = "".join(before), "".join(after)
    for name, text in texts_before.items():
        repository.write(name, text)
    repository.commit()
    for name, text in texts_after.items():
        repository.write(name, text)
    changes = Changes.since("HEAD", repository.folder)
    assert set(changes.files) == {name for name, text in texts_after.items() if text != texts_before[name]}
    for name, file in changes.files.items():
        text, old = texts_after[name], iter(texts_before[name].split("\n"))
        findings = tuple(finding(at, at + 1) for at in range(len(text)))
        touched, _ = changes.touched(result_of(DocumentResult(name, source=text, findings=findings)))
        places = {one.start for one in touched.findings}
        assert file.ranges is not None
        numbers = [number for first, last in file.ranges for number in range(first, last + 1)]
        assert numbers == sorted(set(numbers))
        assert places == {at for at in range(len(text)) if text.count("\n", 0, at) + 1 in numbers}
        lines = text.split("\n")
        assert all(1 <= number <= len(lines) for number in numbers)
        kept = [line for number, line in enumerate(lines, 1) if number not in numbers and (line or number < len(lines))]
        assert all(line in old for line in kept), name
