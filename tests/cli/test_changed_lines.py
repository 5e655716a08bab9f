from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

OLD = "The ministers met in Geneva.\n\nIt was a telematics meeting of old.\n"
NEW = "On Monday they held a telematics summit.\n"
AS_DESK = {f"GIT_{who}_{what}": "desk" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], env=os.environ | AS_DESK, capture_output=True, check=True)


def tqcheck(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tqcheck", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | AS_DESK, check=False)


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return tqcheck("check", "--no-lm", "-f", "line", *arguments)


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.md").write_text(OLD, "utf-8")
    (tmp_path / "b.md").write_text(OLD, "utf-8")
    (tmp_path / "tqcheck.toml").write_text('root = true\nexclude = ["b.md"]\n', "utf-8")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "old")
    return tmp_path


def places(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.partition(": ")[0] for line in done.stdout.splitlines()]


def test_nothing_changed_is_nothing_to_report() -> None:
    done = check("--diff", "HEAD")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    empty = json.loads(tqcheck("check", "--no-lm", "-f", "json", "--staged").stdout)
    assert empty["documents"] == []


def test_findings_on_changed_lines_alone() -> None:
    Path("news/a.md").write_text(f"{OLD}\n{NEW}", "utf-8")
    Path("b.md").write_text(f"{OLD}\n{NEW}", "utf-8")
    Path("news/new.md").write_text(OLD, "utf-8")
    done = check("--diff", "HEAD")
    assert places(done) == ["news/a.md:5:23", "news/new.md:3:10"]
    assert done.returncode == 1
    assert "tqcheck: 1 finding on unchanged lines left out" in done.stderr
    assert places(check("--diff", "HEAD", "news/new.md")) == ["news/new.md:3:10"]
    # A file that is named is checked although it is excluded, unless that is enforced.
    assert places(check("--diff", "HEAD", "b.md")) == ["b.md:5:23"]
    assert places(check("--diff", "HEAD", "--force-exclude", "b.md")) == []


def test_what_is_staged_is_checked_as_it_is_staged() -> None:
    Path("news/a.md").write_text(f"{NEW}\n{OLD}", "utf-8")
    git("add", "news/a.md")
    Path("news/a.md").write_text(f"One.\n\nTwo.\n\nA telematics meeting.\n\n{OLD}", "utf-8")
    done = check("--staged", "-q")
    assert places(done) == ["news/a.md:1:23"]
    assert done.stderr == ""
    os.chdir("news")
    assert places(check("--staged")) == ["a.md:1:23"]


def test_a_baseline_and_changed_lines_together() -> None:
    Path("news/a.md").write_text(f"{OLD}\n{NEW}", "utf-8")
    assert tqcheck("baseline", "write", "--no-lm", "news", "--output", "known.json").returncode == 0
    Path("news/a.md").write_text(f"{OLD}\n{NEW}\nIt was a telematic meeting.\n", "utf-8")
    assert places(check("--diff", "HEAD", "--baseline", "known.json")) == ["news/a.md:7:10"]
    Path("tqcheck.toml").write_text('root = true\nbaseline = "known.json"\n', "utf-8")
    assert places(check("--diff", "HEAD", "news")) == ["news/a.md:7:10"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--diff", "HEAD", "--staged"], "--diff contradicts --staged"),
        (["--diff", "HEAD", "-"], "not for standard input"),
        (["--diff", "origin/main"], "there is no commit 'origin/main' here"),
        (["--diff", "main..HEAD"], "is a range"),
        (["--diff", "HEAD", "none"], "no such file"),
        ([], "nothing to check: name files"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: list[str], reason: str) -> None:
    done = check(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
