from __future__ import annotations

import codecs
import errno
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.errors import OutputError
from tqcheck.files.decoding import decode_file
from tqcheck.fix import rewriting
from tqcheck.fix.rewriting import write_fixed

TEXT = "Café “naïve” 😀 👩\u200d👧\r\ne\u0301\u00a0x\rend\n"
MARKED = [
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
]
ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_bytes(TEXT.encode())
    return path


def rest(path: Path) -> list[str]:
    """Names beside the file; a half-written one would be among them."""
    return sorted(one.name for one in path.parent.iterdir() if one != path)


@pytest.mark.parametrize(("mark", "codec"), MARKED)
def test_encoding_and_byte_order_mark_stay(story: Path, mark: bytes, codec: str) -> None:
    before = mark + TEXT.encode(codec)
    story.write_bytes(before)
    write_fixed(story, before, TEXT.replace("naïve", "plain"))
    assert story.read_bytes() == mark + TEXT.replace("naïve", "plain").encode(codec)
    assert rest(story) == []


@pytest.mark.parametrize(
    "encoding", ["latin-1", "windows-1252", "cp1251", "utf-16", "utf-16-be", "utf-8-sig", "shift_jis"]
)
def test_a_stated_encoding_stays(story: Path, encoding: str) -> None:
    codec = {"utf-16": f"utf-16-{'le' if sys.byteorder == 'little' else 'be'}", "utf-8-sig": "utf-8"}.get(
        encoding, encoding
    )
    before = "one\r\ntwo\r\n".encode(codec)
    story.write_bytes(before)
    write_fixed(story, before, "one\r\n2\r\n", encoding=encoding)
    assert story.read_bytes() == "one\r\n2\r\n".encode(codec)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.sampled_from(MARKED))
def test_every_byte_outside_the_fixed_stretch_stays(
    tmp_path_factory: pytest.TempPathFactory, head: str, old: str, new: str, tail: str, marked: tuple[bytes, str]
) -> None:
    mark, codec = marked
    story = tmp_path_factory.mktemp("story") / "story.txt"
    text = head + old + tail
    before = mark + text.encode(codec)
    if not mark and any(before.startswith(one) for one, _ in MARKED[1:]):
        return
    story.write_bytes(before)
    assert decode_file(before, "story.txt").encode(text) == before
    write_fixed(story, before, head + new + tail)
    after = story.read_bytes()
    first, last = mark + head.encode(codec), tail.encode(codec)
    assert after == first + new.encode(codec) + last


@given(st.binary(max_size=60), st.sampled_from(["latin-1", "cp1252", "cp1251", "koi8-r", "utf-16-le"]))
def test_bytes_that_can_be_read_can_be_written_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, encoding: str
) -> None:
    try:
        read = decode_file(data, "story.txt", encoding)
    except Exception:
        return
    story = tmp_path_factory.mktemp("story") / "story.txt"
    story.write_bytes(data)
    write_fixed(story, data, read.text, encoding=encoding)
    assert story.read_bytes() == data


def test_mode_and_links_stay(story: Path, tmp_path: Path) -> None:
    story.chmod(0o640)
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "link.txt"
    link.symlink_to(Path("..") / story.name)
    write_fixed(link, TEXT.encode(), "new\n")
    assert link.is_symlink()
    assert story.read_text("utf-8") == "new\n"
    assert story.stat().st_mode & 0o7777 == 0o640
    assert rest(link) == []


def test_another_name_of_the_file_keeps_the_old_text(story: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.hardlink_to(story)
    write_fixed(story, TEXT.encode(), "new\n")
    assert story.read_text("utf-8") == "new\n"
    assert other.read_bytes() == TEXT.encode()
    assert (story.stat().st_nlink, other.stat().st_nlink) == (1, 1)


def test_the_same_text_is_not_written(story: Path) -> None:
    state = story.stat()
    write_fixed(story, TEXT.encode(), TEXT)
    assert (story.stat().st_ino, story.stat().st_mtime_ns) == (state.st_ino, state.st_mtime_ns)


def test_a_file_that_has_changed_is_left_alone(story: Path) -> None:
    story.write_bytes(b"somebody else was here")
    with pytest.raises(OutputError, match="has changed since it was checked"):
        write_fixed(story, TEXT.encode(), "new")
    assert story.read_bytes() == b"somebody else was here"
    assert rest(story) == []


def test_a_file_that_is_gone_stays_gone(story: Path) -> None:
    story.unlink()
    with pytest.raises(OutputError, match=r"story.txt: not fixed, and left as it was: it is gone"):
        write_fixed(story, TEXT.encode(), "new")
    assert not story.exists()


def test_a_read_only_file_is_refused(story: Path) -> None:
    story.chmod(0o444)
    with pytest.raises(OutputError, match="read-only"):
        write_fixed(story, TEXT.encode(), "new")
    assert story.read_bytes() == TEXT.encode()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not a regular file"):
        write_fixed(tmp_path, TEXT.encode(), "new")


def test_characters_that_the_encoding_lacks_are_refused(story: Path) -> None:
    story.write_bytes(b"na\xefve")
    with pytest.raises(OutputError, match="iso8859-1 lacks"):
        write_fixed(story, b"na\xefve", "“naïve”", encoding="latin-1")
    assert story.read_bytes() == b"na\xefve"


def test_bytes_that_would_not_come_back_are_refused(story: Path) -> None:
    before = b"+AOk-t+AOk- x"  # UTF-7 can write the same text in several ways
    story.write_bytes(before)
    text = before.decode("utf-7")
    if text.encode("utf-7") == before:
        pytest.skip("this version of Python writes it as it was")
    with pytest.raises(OutputError, match="not those that utf-7 would give"):
        write_fixed(story, before, "new", encoding="utf-7")


def test_a_full_disk_leaves_the_old_file(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(rewriting.os, "fsync", full)
    with pytest.raises(OutputError, match=f"not fixed, and left as it was: {os.strerror(errno.ENOSPC)}"):
        write_fixed(story, TEXT.encode(), "new")
    assert story.read_bytes() == TEXT.encode()
    assert rest(story) == []


def test_a_file_that_may_not_grow_leaves_the_old_one(story: Path) -> None:
    code = (
        "import resource, sys\nfrom tqcheck.fix.rewriting import write_fixed\nfrom tqcheck.errors import OutputError\n"
        "path = sys.argv[1]; before = open(path, 'rb').read()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_fixed(path, before, 'x' * 100_000)\nexcept OutputError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, story], capture_output=True, text=True, check=True)
    assert os.strerror(errno.EFBIG) in done.stdout
    assert story.read_bytes() == TEXT.encode()
    assert rest(story) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_a_killed_run_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    old, new = (f"{word} words of a long story\n" * 200_000 for word in ("old", "new"))
    story.write_text(old, "utf-8")
    code = (
        "import sys\nfrom pathlib import Path\nfrom tqcheck.fix.rewriting import write_fixed\n"
        "path = Path(sys.argv[1])\nold = path.read_text('utf-8')\nnew = old.replace('old', 'new', 200_000)\n"
        "print('ready', flush=True)\n"
        "while True:\n    write_fixed(path, old.encode(), new)\n    write_fixed(path, new.encode(), old)\n"
    )
    chance = random.Random(4)
    for _ in range(12):
        story.write_text(old, "utf-8")
        with subprocess.Popen([sys.executable, "-c", code, story], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert story.read_text("utf-8") in (old, new)
