from __future__ import annotations

import codecs
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

BAD = "“It is a fact, “he said on friday. It was a telematics summit.\r\n\r\nThe rate rose to 3,5 percent.\r\n"
SAFE = "“It is a fact,” he said on Friday. It was a telematics summit.\r\n\r\nThe rate rose to 3.5 percent.\r\n"


def tqcheck(*arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tqcheck", "check", "--no-lm", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tqcheck.toml").write_text("root = true\n", "utf-8")
    return tmp_path


def test_safe_fixes_are_written_and_the_rest_is_reported() -> None:
    story = Path("story.txt")
    story.write_bytes(b"\xef\xbb\xbf" + BAD.encode())
    story.chmod(0o640)
    done = tqcheck("--fix", "-f", "line", ".")
    assert story.read_bytes() == b"\xef\xbb\xbf" + SAFE.encode()
    assert stat.S_IMODE(story.stat().st_mode) == 0o640
    assert [line.split()[:3] for line in done.stdout.decode().splitlines()] == [
        ["story.txt:1:45:", "warning", "ES014"],
    ]
    assert done.returncode == 1
    assert done.stderr.decode() == "tqcheck: fixed 3 findings in 1 file; 1 more with --unsafe-fixes\n"
    again = tqcheck("--fix", "--verbose", "-f", "line", ".")
    assert again.stdout == done.stdout
    assert "fixed 0 findings in 0 files; 1 more with --unsafe-fixes" in again.stderr.decode()
    last = tqcheck("--fix", "--unsafe-fixes", "-f", "line", ".")
    assert (last.returncode, last.stdout) == (0, b"")
    assert "a virtual summit." in story.read_text("utf-8")


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_dry_run_writes_a_patch_alone(mark: bytes) -> None:
    story = Path("story.txt")
    story.write_bytes(mark + BAD.encode())
    done = tqcheck("--fix", "--dry-run", "-f", "json=report.json", ".")
    assert done.returncode == 1
    assert story.read_bytes() == mark + BAD.encode()
    assert '"rule": "QU001"' in Path("report.json").read_text("utf-8")
    assert done.stderr.decode() == "tqcheck: would fix 3 findings in 1 file; 1 more with --unsafe-fixes\n"
    Path("change.patch").write_bytes(done.stdout)
    assert tqcheck("--fix", "--dry-run", "-o", "other.patch", ".").stdout == b""
    assert Path("other.patch").read_bytes() == done.stdout
    if shutil.which("git"):
        subprocess.run(["git", "init", "-q"], check=True)
        subprocess.run(["git", "apply", "change.patch"], check=True)
        assert story.read_bytes() == mark + SAFE.encode()


def test_standard_input_gets_a_patch() -> None:
    done = tqcheck("--fix", "--dry-run", "-", given=BAD.encode())
    assert b"+\xe2\x80\x9cIt is a fact,\xe2\x80\x9d he said on Friday." in done.stdout
    assert done.returncode == 1


def test_files_that_cannot_be_written_are_told_and_the_others_fixed() -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        Path(name).write_bytes(BAD.encode())
    Path("b.txt").chmod(0o444)
    Path("bad.txt").write_bytes(b"caf\xe9")
    done = tqcheck("--fix", "-f", "line", ".")
    assert done.returncode == 2
    assert "b.txt: not fixed, and left as it was: it is read-only" in done.stderr.decode()
    assert "bad.txt: byte 0xe9" in done.stderr.decode()
    assert [Path(name).read_bytes() == SAFE.encode() for name in ("a.txt", "b.txt", "c.txt")] == [True, False, True]
    assert [line.split(":")[0] for line in done.stdout.decode().splitlines()].count("b.txt") == 4


def test_other_encodings_are_kept() -> None:
    Path("a.txt").write_bytes(BAD.encode("utf-16"))
    Path("b.txt").write_bytes(BAD.encode("windows-1252"))
    assert tqcheck("--fix", "--fail-on", "error", "a.txt").returncode == 0
    assert tqcheck("--fix", "--encoding", "windows-1252", "--fail-on", "error", "b.txt").returncode == 0
    assert Path("a.txt").read_bytes() == SAFE.encode("utf-16")
    assert Path("b.txt").read_bytes() == SAFE.encode("windows-1252")


def test_settings_of_the_folder_hold_for_fixes() -> None:
    Path("old").mkdir()
    for name in ("a.txt", "old/b.txt"):
        Path(name).write_bytes(BAD.encode())
    Path("tqcheck.toml").write_text('root = true\n[[overrides]]\nfiles = ["old/"]\ndisable = ["NU001"]\n', "utf-8")
    tqcheck("--fix", ".")
    assert Path("a.txt").read_bytes() == SAFE.encode()
    assert Path("old/b.txt").read_bytes() == SAFE.replace("3.5", "3,5").encode()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_only_what_is_reported_is_fixed() -> None:
    environment = {f"GIT_{who}_{what}": "desk" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    story = Path("story.txt")
    story.write_bytes(BAD.encode())
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "old"]):
        subprocess.run(["git", *command], env=os.environ | environment, check=True)
    story.write_bytes(f"The rate rose to 4,5 percent.\r\n\r\n{BAD}".encode())
    done = tqcheck("--fix", "--diff", "HEAD", "-f", "line")
    assert (done.returncode, done.stdout) == (0, b"")
    assert story.read_bytes() == f"The rate rose to 4.5 percent.\r\n\r\n{BAD}".encode()
    # So it is with what is known.
    subprocess.run([sys.executable, "-m", "tqcheck", "baseline", "write", "--no-lm", ".", "-o", "b.json"], check=True)
    story.write_bytes(f"The rate rose to 4,5 percent.\r\n\r\n{BAD}".encode())
    done = tqcheck("--fix", "--baseline", "b.json", "-f", "line", ".")
    assert (done.returncode, done.stdout) == (0, b"")
    assert story.read_bytes() == f"The rate rose to 4.5 percent.\r\n\r\n{BAD}".encode()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--dry-run", "."], "--dry-run goes with --fix"),
        (["--unsafe-fixes", "."], "--unsafe-fixes goes with --fix"),
        (["--fix", "--staged"], "use --fix --diff HEAD"),
        (["--fix", "-"], "standard input is none"),
        (["--fix", "--dry-run", "-f", "json", "."], "--format json=FILE"),
        (["--fix", "--dry-run", "--statistics", "."], "--format statistics=FILE"),
    ],
)
def test_options_that_contradict_each_other(arguments: list[str], reason: str) -> None:
    done = tqcheck(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr.decode()
    refused = subprocess.run(
        [sys.executable, "-m", "tqcheck", "baseline", "write", "--no-lm", "--fix", ".", "-o", "b.json"],
        capture_output=True,
        check=False,
    )
    assert b"leave out --fix" in refused.stderr


@pytest.mark.parametrize("more", [["-o", "story.txt"], ["-f", "json=same", "-o", "same"]])
def test_a_patch_is_not_written_over_a_draft_or_a_report(more: list[str]) -> None:
    story = Path("story.txt")
    story.write_bytes(BAD.encode())
    done = tqcheck("--fix", "--dry-run", *more, "story.txt")
    assert done.returncode == 2
    assert b"the patch would overwrite story.txt" in done.stderr or b"json and patch would both be" in done.stderr
    assert story.read_bytes() == BAD.encode()
    assert not Path("same").exists()
