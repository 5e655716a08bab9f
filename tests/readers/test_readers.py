from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest

from tqcheck.errors import BinaryError, EncodingError, SettingsError, TooLargeError, UnreadableError
from tqcheck.readers import kind_of, load_file, read_document, read_text

PAGE = "<!DOCTYPE html>\n<p>One &amp; two.</p>"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.txt", "plain"),
        ("A.TEXT", "plain"),
        ("a.b.md", "markdown"),
        ("x/a.Markdown", "markdown"),
        ("a.mdown", "markdown"),
        ("a.htm", "html"),
        ("a.HTML", "html"),
        ("a.xhtml", "html"),
        ("a.rst", "plain"),
        ("a", "plain"),
        ("-", "plain"),
        (".md", "plain"),
    ],
)
def test_kind_by_suffix(path: str, kind: str) -> None:
    assert kind_of(path) == kind


@pytest.mark.parametrize("path", ["-", "page", "page.php"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n  ", "<?xml version='1.0'?>\n", "<!-- saved -->"])
def test_pages_without_a_telling_suffix_are_recognised(path: str, start: str) -> None:
    assert read_text(start + PAGE, path).text == "One & two."


def test_a_suffix_or_a_named_kind_is_believed() -> None:
    assert read_text(PAGE, "a.txt").text == PAGE
    assert read_text(PAGE, "-", kind="plain").text == PAGE
    assert read_text("*a* b", "-", kind="markdown").text == "a b"
    with pytest.raises(SettingsError, match="unknown kind of text 'word'; use plain, markdown, html"):
        read_text("a", "-", kind="word")


def test_the_byte_order_mark_is_no_part_of_the_source() -> None:
    document = read_document(codecs.BOM_UTF8 + "# Häd 😀\r\n".encode(), "a.md")
    assert document.source == "# Häd 😀\r\n"
    assert document.to_source(0, 5) == (2, 7)


def test_strings_must_be_text() -> None:
    with pytest.raises(BinaryError):
        read_text("a\ud800", "-")


class TestLoadFile:
    def test_reads(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes("“Hé”\r\n".encode("utf-16"))
        document = load_file(path)
        assert (document.path, document.source) == (str(path), "“Hé”\r\n")

    def test_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").touch()
        assert load_file(str(tmp_path / "a.md")).blocks == ()

    def test_encoding(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"\x93Hi\x94")
        with pytest.raises(EncodingError, match="offset 0"):
            load_file(path)
        assert load_file(path, encoding="cp1252").source == "“Hi”"

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableError, match="no such file"):
            load_file(tmp_path / "a.txt")
        (tmp_path / "link.txt").symlink_to(tmp_path / "gone.txt")
        with pytest.raises(UnreadableError, match="link to a file that does not exist"):
            load_file(tmp_path / "link.txt")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableError, match="is a folder"):
            load_file(tmp_path)

    @pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
    def test_impossible_names(self, name: str) -> None:
        with pytest.raises(UnreadableError, match="cannot be read"):
            load_file(name)

    def test_no_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.txt"
        path.touch()

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(UnreadableError, match=r"no permission to read it; .*chmod"):
            load_file(path)

    def test_too_large_is_found_before_reading(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.txt"
        with path.open("wb") as file:
            file.truncate(104_900_000)
        monkeypatch.setattr(Path, "open", None)
        with pytest.raises(TooLargeError, match=r"104\.9 MB is over the limit of 50 MB; .*--max-size"):
            load_file(path)

    def test_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"x" * 100)
        assert len(load_file(path, max_bytes=100).source) == 100
        with pytest.raises(TooLargeError, match="100 bytes is over the limit of 99 bytes"):
            load_file(path, max_bytes=99)

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
    def test_endless_devices_stop_at_the_limit(self) -> None:
        with pytest.raises(TooLargeError, match="the input is over the limit of 5 kB"):
            load_file("/dev/zero", max_bytes=5000)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_pipes_are_read(self) -> None:
        reading, writing = os.pipe()
        try:
            os.write(writing, b"From a pipe.")
            os.close(writing)
            assert load_file(f"/dev/fd/{reading}").source == "From a pipe."
        finally:
            os.close(reading)
