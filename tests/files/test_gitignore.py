from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tqcheck.files.discovery import Discovery
from tqcheck.files.gitignore import GitIgnore

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


FOLDERS = ("", "news", "News", "news/Old", "news/old", "News/old", "news/old/deep", "NEWS/Old/x")
NAMES = ("a.md", "A.md", "a.MD", "b.md", "news.md", "News.md", "old.md", "x y.md")
PARTS = (
    *("a.md", "A.md", "*.md", "*.MD", "[aA].md", "[A-Z].md", "[!a].md", "?.md", "news", "News", "NEWS", "old", "Old"),
    *("deep", "*", "**", "n*", "N*", "x?y.md", "\\a.md", "o[l]d", "[[:upper:]].md", "[[:lower:]]*", "[[:foo:]]*"),
)


def pattern(rng: random.Random) -> str:
    """A line of a ``.gitignore`` at random; only file names are taken back."""
    if rng.random() < 0.2:
        return f"!{rng.choice(['', '/', '**/'])}{rng.choice(['a.md', 'A.md', '*.MD', '[A-Z].md', 'news.md'])}"
    parts = "/".join(rng.choice(PARTS) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))
    return rng.choice(["", "", "", "/"]) + parts + rng.choice(["", "", "", "/"])


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("ignorecase", ["false", "true"])
def test_nested_patterns_mean_what_git_says_letter_by_letter(
    ignorecase: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q", ".")
    git("config", "core.ignorecase", ignorecase)
    rng = random.Random(5)
    files = [f"{folder}/{name}".lstrip("/") for folder in FOLDERS for name in NAMES]
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()
    if Path("news").samefile("News"):
        pytest.skip("this file system knows no case")
    for _ in range(60):
        lines = {folder: [pattern(rng) for _ in range(rng.randrange(1, 4))] for folder in rng.sample(FOLDERS, 3)}
        for folder in FOLDERS:
            Path(folder, ".gitignore").write_text("\n".join(lines.get(folder, [])), "utf-8")
        asked = subprocess.run(
            ["git", "check-ignore", "-z", "--stdin"],
            input="\0".join(files),
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode in (0, 1)
        assert found(".") == set(files) - set(asked.stdout.split("\0")), lines


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("[core]\n\tignorecase = true\n", True),
        ("[Core]\n\tbare = false\n\tignoreCase = yes # so it is\n", True),
        ("[core]\n\tignorecase\n", True),
        ("[core]\n\tignorecase = true\n[user]\n\tname = x\n[core]\n\tignorecase = false\n", False),
        ("[other]\n\tignorecase = true\n", False),
        ("[core]\n\t# ignorecase = true\n", False),
        ("", False),
    ],
)
def test_the_repository_says_whether_case_counts(tmp_path: Path, text: str, folded: bool) -> None:
    (tmp_path / ".git" / "worktrees" / "x").mkdir(parents=True)
    (tmp_path / ".git" / "config").write_text(text, "utf-8")
    (tmp_path / ".git" / "worktrees" / "x" / "commondir").write_text("../..\n", "utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text("gitdir: ../.git/worktrees/x\n", "utf-8")
    for top in (tmp_path, other):
        (top / ".gitignore").write_text("Drafts/\n*.MD\n", "utf-8")
        ignore = GitIgnore(str(top))
        assert ignore.leaves_out(str(top), "drafts", is_folder=True) is folded
        assert ignore.leaves_out(str(top), "a.md", is_folder=False) is folded
        assert ignore.leaves_out(str(top), "a.MD", is_folder=False)
