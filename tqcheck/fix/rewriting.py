"""A checked file written again with another text: whole or not at all, and in all else as it was."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tqcheck.errors import OutputError
from tqcheck.files.atomic import whole_file
from tqcheck.files.decoding import decode_file


def write_fixed(path: str | Path, before: bytes, text: str, *, encoding: str | None = None) -> None:
    """Give a file the text ``text``, in the encoding it has and with its byte-order mark, its mode and its owner.

    Newlines are those of ``text``. A symbolic link stays one: the file it leads to is written. The new file is complete
    on the disk before it takes the place of the old one, so that there is one or the other at every moment; further
    names of the old one (hard links) still lead to the old one.

    :param before: the bytes of the file when it was read.
    :param encoding: as it was read with.
    :raises OutputError: the file has changed since, is gone, is read-only, or cannot be written; it is as it was.
    :raises EncodingError, BinaryError, SettingsError: as :func:`~tqcheck.files.decoding.decode`.
    """
    told = str(path)
    read = decode_file(before, told, encoding)
    if read.text == text:
        return
    if _encoded(read.encode, read.text) != before:
        raise _refused(told, f"its bytes are not those that {read.codec} would give; save it as UTF-8 first")
    data = _encoded(read.encode, text)
    if data is None:
        raise _refused(told, f"the new text has characters that {read.codec} lacks; save it as UTF-8 first")
    target = Path(os.path.realpath(path))
    try:
        state = target.stat()
        if not stat.S_ISREG(state.st_mode):
            raise _refused(told, "it is not a regular file")
        # Root may write to any file; whoever made this one read-only meant it.
        if not state.st_mode & 0o222 or not os.access(target, os.W_OK):
            raise _refused(told, "it is read-only; make it writable (chmod u+w)")
        with whole_file(target) as new:
            with new.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _take_after(new, target, state)
            if target.read_bytes() != before:
                raise _refused(told, "it has changed since it was checked; check it again")
        _flush_folder(target.parent)
    except FileNotFoundError:
        raise _refused(told, "it is gone") from None
    except OSError as error:
        raise _refused(told, error.strerror or str(error)) from None


def _refused(path: str, reason: str) -> OutputError:
    return OutputError(f"{path}: not fixed, and left as it was: {reason}")


def _encoded(encode: Callable[[str], bytes], text: str) -> bytes | None:
    try:
        return encode(text)
    except UnicodeError:
        return None


def _take_after(new: Path, old: Path, state: os.stat_result) -> None:
    """Mode, owner and further attributes of the old file for the new one; what this user may not give is left."""
    made = new.stat()
    if hasattr(os, "chown") and (made.st_uid, made.st_gid) != (state.st_uid, state.st_gid):
        with suppress(OSError):
            os.chown(new, state.st_uid, state.st_gid)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(old):
                with suppress(OSError):
                    os.setxattr(new, name, os.getxattr(old, name))
    # Last, because a change of owner takes bits of the mode away.
    new.chmod(stat.S_IMODE(state.st_mode))


def _flush_folder(folder: Path) -> None:
    """Make the new name last through a crash, where the system lets a folder be flushed."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
