from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tqcheck.fix.diff import unified_diff


def git(folder: Path, *arguments: str, **options: bytes) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False, **options)
    assert done.returncode == 0, done.stderr.decode()


def applied(folder: Path, name: str, before: str, after: str) -> bytes:
    """What ``git apply`` makes of a file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before.encode())
    patch = unified_diff(name, before, after)
    git(folder, "apply", "--whitespace=nowarn", "-", input=patch.encode())
    return path.read_bytes()


def test_the_diff_is_what_people_know() -> None:
    assert unified_diff("a/story.txt", "one\ntwo\nthree\n", "one\n2\nthree\n") == (
        "--- a/a/story.txt\n+++ b/a/story.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    )
    assert unified_diff("a", "same\n", "same\n") == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("one\ntwo", "one\n2"),
        ("one\ntwo", "one\ntwo\n"),
        ("one\ntwo\n", "one\ntwo"),
        ("one\r\ntwo\r\n", "one\r\n2\r\n"),
        ("one\rtwo\nthree\n", "one\r2\nthree\n"),
        ("a\u2028b\x0cc\x85d\nnext\n", "a\u2028B\x0cc\x85d\nnext\n"),
        ("one\n", "one\n\n"),
        ("\n" * 9 + "x " * 9, "\n" * 9 + "y " * 9),
        ("😀 e\u0301\u00a0x\n", "😀 e\u0301 x\n"),
        ("--- a\n+++ b\n", "--- a\n+++ c\n"),
    ],
)
def test_git_applies_it(tmp_path: Path, before: str, after: str) -> None:
    assert applied(tmp_path, "story.txt", before, after) == after.encode()


@pytest.mark.parametrize(
    "name",
    ["two words.txt", "folder/story.txt", "Müller.txt", 'a "b".txt', "back\\slash.txt", "tab\tname.txt", "-.txt"],
)
def test_git_finds_files_of_any_name(tmp_path: Path, name: str) -> None:
    assert applied(tmp_path, name, "one\n", "two\n") == b"two\n"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "\r", "é", "\u2028", "x\n", " "])), st.data())
def test_git_makes_the_one_text_of_the_other(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], data: st.DataObject
) -> None:
    before = "".join(pieces)
    other = data.draw(st.permutations(pieces))
    after = "".join(other)
    if before and before != after:
        assert applied(tmp_path_factory.mktemp("diff"), "story.txt", before, after) == after.encode()
