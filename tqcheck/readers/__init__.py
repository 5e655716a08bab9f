"""Readers: a file, bytes or a string in, a :class:`~tqcheck.text.document.Document` out.

Each reader keeps, for every character of the text, its place in the decoded
original (code points, the byte-order mark left out, newlines as they are).
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqcheck.errors import SettingsError, TooLargeError, UnreadableError
from tqcheck.files.decoding import Decoded, decode, decode_file, validate_text
from tqcheck.files.discovery import find_files
from tqcheck.files.kinds import KINDS, SUFFIXES, kind_of, sniff
from tqcheck.readers.plain import read_plain
from tqcheck.text.document import Document, Kind

if TYPE_CHECKING:
    from tqcheck.readers.html import read_html
    from tqcheck.readers.markdown import read_markdown

__all__ = [
    "KINDS",
    "MAX_BYTES",
    "SUFFIXES",
    "Decoded",
    "Kind",
    "decode",
    "decode_file",
    "find_files",
    "kind_of",
    "load_file",
    "read_document",
    "read_file",
    "read_html",
    "read_markdown",
    "read_plain",
    "read_text",
    "refuse_large",
    "sniff",
    "validate_text",
]

MAX_BYTES = 50_000_000
"""Largest file that is read unless a caller says otherwise, in bytes."""

_PART = 1 << 20
# The readers of marked-up text are imported when they are used: they are large, and most copy is plain.
_READERS = {"plain": "read_plain", "markdown": "read_markdown", "html": "read_html"}


def __getattr__(name: str) -> Any:
    if name not in ("read_html", "read_markdown"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    reader = getattr(import_module(f"tqcheck.readers.{name.removeprefix('read_')}"), name)
    globals()[name] = reader
    return reader


def read_text(text: str, path: str, *, kind: str | None = None) -> Document:
    """The Document of a string; offsets count its code points.

    :param path: name for reports; its suffix chooses the reader unless ``kind`` does
        (``plain``, ``markdown`` or ``html``).
    :raises SettingsError: another ``kind``.
    :raises BinaryError: NUL characters or lone surrogates.
    """
    validate_text(text, path)
    return _reader(kind or sniff(text, path))(text, path)


def read_document(data: bytes, path: str, *, kind: str | None = None, encoding: str | None = None) -> Document:
    """The Document of a file's bytes; offsets count code points after the byte-order mark.

    :param encoding: a codec name for bytes that are not UTF-8 and bear no byte-order mark.
    :raises EncodingError, BinaryError, SettingsError: as :func:`~tqcheck.files.decoding.decode`.
    """
    decoded = decode_file(data, path, encoding)
    document = _reader(kind or sniff(decoded.text, path))(decoded.text, path)
    document.encoding = decoded.encoding
    return document


def load_file(
    path: str | Path, *, encoding: str | None = None, kind: str | None = None, max_bytes: int = MAX_BYTES
) -> Document:
    """Read a file into a Document.

    :param max_bytes: largest size to read, in bytes; asked of the file system before reading.
    :raises UnreadableError: missing, a folder, or not permitted.
    :raises TooLargeError: more than ``max_bytes``.
    :raises EncodingError, BinaryError, SettingsError: as :func:`~tqcheck.files.decoding.decode`.
    """
    name = str(path)
    return read_document(read_file(path, max_bytes), name, kind=kind, encoding=encoding)


def _reader(kind: str) -> Callable[[str, str], Document]:
    if kind not in _READERS:
        raise SettingsError(f"unknown kind of text {kind!r}; use {', '.join(_READERS)}")
    reader: Callable[[str, str], Document] = globals().get(_READERS[kind]) or __getattr__(_READERS[kind])
    return reader


def read_file(path: str | Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a file; raises :class:`UnreadableError` and :class:`TooLargeError` as :func:`load_file` does."""
    name, path = str(path), Path(path)
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise UnreadableError(name, "is a folder; name the files in it, or check the folder from the command line")
        refuse_large(name, state.st_size, max_bytes)
        with path.open("rb") as file:
            # Pipes and devices state no size, so the limit is kept while reading too.
            parts: list[bytes] = []
            left = max_bytes + 1
            while left > 0 and (part := file.read(min(left, _PART))):
                parts.append(part)
                left -= len(part)
    except FileNotFoundError:
        if path.is_symlink():
            raise UnreadableError(name, "is a link to a file that does not exist; mend or remove the link") from None
        raise UnreadableError(name, "no such file; check the name and the folder you are in") from None
    except PermissionError:
        raise UnreadableError(name, "no permission to read it; change its mode (chmod u+r) or its owner") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(name, f"cannot be read: {reason}; check the path") from None
    if left <= 0:
        raise TooLargeError(name, f"the input is {_over(max_bytes)}")
    return b"".join(parts)


def refuse_large(name: str, size: int, max_bytes: int) -> None:
    """Raise :class:`TooLargeError` for an input of ``size`` bytes if that is over the limit."""
    if size > max_bytes:
        raise TooLargeError(name, f"{_size(size)} is {_over(max_bytes)}")


def _over(max_bytes: int) -> str:
    return f"over the limit of {_size(max_bytes)}; split it, or raise the limit with --max-size"


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"
