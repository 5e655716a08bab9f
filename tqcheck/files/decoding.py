"""Bytes to text, and the tests that a text must pass before anything reads it.

A byte-order mark settles the encoding and is no part of the result. Without
one the bytes must be UTF-8, unless an encoding is named: guessing would move
every later offset when it guesses wrong. Newlines are never translated.
"""

from __future__ import annotations

import codecs
import re
import sys
from typing import NamedTuple

from tqcheck.errors import BinaryError, EncodingError, SettingsError

# UTF-32 LE begins with the mark of UTF-16 LE, so the longer marks come first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PROBE = 4096


# Names whose codec writes a byte-order mark of its own accord, and what they read where there is none.
_NATIVE = "le" if sys.byteorder == "little" else "be"
_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": f"utf-16-{_NATIVE}", "utf-32": f"utf-32-{_NATIVE}"}


class Decoded(NamedTuple):
    """The text of a file, the codec its bytes are in, and its byte-order mark (``b""`` where there is none)."""

    text: str
    codec: str
    mark: bytes

    @property
    def encoding(self) -> str:
        """The codec; ``utf-8-sig`` for UTF-8 behind a byte-order mark."""
        return "utf-8-sig" if self.mark and self.codec == "utf-8" else self.codec

    def encode(self, text: str) -> bytes:
        """Another text as the bytes of such a file; raises :class:`UnicodeError` for what the codec has not."""
        return self.mark + text.encode(self.codec)

    def encodes(self, text: str) -> bool:
        """Whether the codec has all characters of a text."""
        try:
            text.encode(self.codec)
        except UnicodeError:
            return False
        return True


def decode_file(data: bytes, path: str, encoding: str | None = None) -> Decoded:
    """The text of a file with all that it takes to write it again; parameters and errors as :func:`decode`."""
    text = decode(data, path, encoding)
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Decoded(text, codec, mark)
    name = "utf-8" if encoding is None else codecs.lookup(encoding).name
    return Decoded(text, _WITHOUT_MARK.get(name, name), b"")


def decode(data: bytes, path: str, encoding: str | None = None) -> str:
    """The text of a file.

    :param path: name for messages.
    :param encoding: a Python codec name for bytes without a byte-order mark;
        ``None`` for UTF-8. A byte-order mark overrules it.
    :raises EncodingError: the bytes are not in that encoding; ``offset`` counts
        bytes from the start of ``data``, the mark included.
    :raises BinaryError: the bytes are not text (NUL characters).
    :raises SettingsError: no text encoding has that name.
    """
    if encoding is not None:
        _require_text_encoding(encoding)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _checked(_decode(data, len(mark), name, path), path)
    if encoding is not None:
        return _checked(_decode(data, 0, encoding, path), path)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(data, error.start, path) from None
    if "\0" in text and (hint := _utf16_hint(data)):
        raise BinaryError(path, f"not text: NUL character at offset {text.index(chr(0))}{hint}")
    return _checked(text, path)


def validate_text(text: str, path: str) -> None:
    """Refuse a string that is not text.

    :raises BinaryError: a NUL character or a lone surrogate, with its 0-based
        code-point offset.
    """
    if (offset := text.find("\0")) >= 0:
        raise BinaryError(path, f"not text: NUL character at offset {offset}")
    if not text.isascii() and (found := _SURROGATE.search(text)):
        raise BinaryError(
            path,
            f"not text: lone surrogate U+{ord(found[0]):04X} at offset {found.start()}; "
            "decode the original bytes without the surrogateescape or surrogatepass handler",
        )


def _checked(text: str, path: str) -> str:
    validate_text(text, path)
    return text


def _require_text_encoding(encoding: str) -> None:
    try:
        b"a".decode(encoding, "replace")
    except (LookupError, ValueError):
        raise SettingsError(
            f"unknown encoding {encoding!r}; use a name Python knows, such as windows-1252, iso-8859-15 or utf-16-le"
        ) from None


def _decode(data: bytes, skip: int, encoding: str, path: str) -> str:
    try:
        return data[skip:].decode(encoding) if skip else data.decode(encoding)
    except UnicodeDecodeError as error:
        offset = skip + error.start
        byte = f"byte 0x{data[offset]:02x}" if offset < len(data) else "the end of the file"
        told = "as its byte-order mark says; save the file again" if skip else "name another with --encoding"
        raise EncodingError(path, f"{byte} at offset {offset} is not {encoding}; {told}", offset) from None
    except UnicodeError as error:
        raise EncodingError(path, f"not {encoding}: {error}; name another encoding with --encoding", 0) from None


def _not_utf8(data: bytes, offset: int, path: str) -> EncodingError | BinaryError:
    if b"\0" in data[:_PROBE]:
        hint = _utf16_hint(data) or "; give a text, Markdown or HTML file"
        return BinaryError(path, f"not text: NUL byte at offset {data.index(0)}{hint}")
    return EncodingError(
        path,
        f"byte 0x{data[offset]:02x} at offset {offset} is not UTF-8; "
        f"convert the file or name its encoding with --encoding{_declared(data)}",
        offset,
    )


def _utf16_hint(data: bytes) -> str:
    """A remark where NUL bytes stand as in UTF-16 text without a byte-order mark."""
    probe = data[:_PROBE]
    half = len(probe) // 2
    for name, zeros, others in (("utf-16-le", probe[1::2], probe[::2]), ("utf-16-be", probe[::2], probe[1::2])):
        if half and zeros.count(0) > 0.6 * half and others.count(0) < 0.1 * half:
            return f"; it looks like UTF-16 without a byte-order mark: try --encoding {name}"
    return ""


def _declared(data: bytes) -> str:
    """What an HTML page says of its own encoding, as the option to give."""
    found = re.search(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,40})", data[:_PROBE], re.IGNORECASE)
    if found is None:
        return ""
    name = found[1].decode("ascii")
    return "" if name.lower().replace("_", "-") in ("utf-8", "utf8") else f" (the page declares {name})"
