from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.errors import BinaryError, EncodingError, SettingsError
from tqcheck.files.decoding import decode, validate_text

TEXT = "Café “naïve” 😀\r\ne\u0301\u00a0x\rend"
ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark_settles_the_encoding_and_is_left_out(mark: bytes, codec: str) -> None:
    assert decode(mark + TEXT.encode(codec), "a.txt") == TEXT


@given(ANY_TEXT)
def test_utf8_comes_back_as_written(text: str) -> None:
    assert decode(codecs.BOM_UTF8 + text.encode(), "a.txt") == text


def test_other_bytes_name_the_offset_and_the_way_out() -> None:
    with pytest.raises(EncodingError) as caught:
        decode("It said: “Quoted".encode("cp1252"), "wire.txt")
    assert caught.value.offset == 9
    assert caught.value.path == "wire.txt"
    assert caught.value.reason == (
        "byte 0x93 at offset 9 is not UTF-8; convert the file or name its encoding with --encoding"
    )


def test_a_page_that_declares_its_encoding_is_told_which_to_name() -> None:
    page = '<meta charset="windows-1252"><p>“Quoted”'.encode("cp1252")
    with pytest.raises(EncodingError, match=r"--encoding \(the page declares windows-1252\)"):
        decode(page, "a.html")


def test_a_named_encoding_is_used() -> None:
    assert decode("“ça”".encode("cp1252"), "a.txt", "windows-1252") == "“ça”"


def test_a_byte_order_mark_overrules_the_named_encoding() -> None:
    assert decode(codecs.BOM_UTF8 + "ça".encode(), "a.txt", "windows-1252") == "ça"


def test_bytes_outside_the_named_encoding() -> None:
    with pytest.raises(EncodingError, match="byte 0x81 at offset 2 is not windows-1252") as caught:
        decode(b"ab\x81", "a.txt", "windows-1252")
    assert caught.value.offset == 2


def test_offsets_of_errors_count_the_byte_order_mark() -> None:
    with pytest.raises(EncodingError) as caught:
        decode(codecs.BOM_UTF8 + b"ab\xff", "a.txt")
    assert caught.value.offset == 5


def test_a_cut_utf16_file() -> None:
    with pytest.raises(EncodingError):
        decode(codecs.BOM_UTF16_LE + "abc".encode("utf-16-le")[:-1], "a.txt")


@pytest.mark.parametrize("name", ["no-such-code", "base64", "rot13", "", "a\0b", "hex"])
def test_names_that_are_no_text_encoding(name: str) -> None:
    with pytest.raises(SettingsError, match="unknown encoding"):
        decode(b"", "a.txt", name)


def test_nul_characters_are_not_text() -> None:
    with pytest.raises(BinaryError, match="NUL character at offset 2"):
        decode(b"ab\0c", "a.txt")


def test_binary_files_are_called_so() -> None:
    with pytest.raises(BinaryError, match="NUL byte at offset 4"):
        decode(b"\x89PNG\0\0\0\rIHDR\xff\0", "a.txt")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Plain words here", "Café “words” hére"])
def test_utf16_without_a_mark_is_recognised(codec: str, text: str) -> None:
    with pytest.raises(BinaryError, match=f"--encoding {codec}"):
        decode(text.encode(codec), "a.txt")
    assert decode(text.encode(codec), "a.txt", codec) == text


def test_strings_are_checked_too() -> None:
    validate_text("fine 😀", "-")
    with pytest.raises(BinaryError, match=r"lone surrogate U\+D83D at offset 4"):
        validate_text("é 😀 \ud83d", "-")
    with pytest.raises(BinaryError, match="NUL character at offset 0"):
        validate_text("\0", "-")


def test_nothing_is_a_text() -> None:
    assert decode(b"", "a.txt") == ""
    assert decode(codecs.BOM_UTF8, "a.txt") == ""
