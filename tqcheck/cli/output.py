"""Where reports go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from tqcheck.errors import OutputError
from tqcheck.files.atomic import whole_file


def write_report(text: str, output: Path | None) -> None:
    """Write a report as UTF-8 to ``output``, or to standard output when that is ``None``.

    A link keeps leading to its file; a pipe or device is written to as it stands.

    :raises OutputError: the file cannot be written; one that was there before is left as it was.
    """
    if output is None:
        _write_standard(text)
        return
    try:
        # Before links are followed: those of /dev/fd lead to names that are none.
        if output.exists() and not output.is_file() and not output.is_dir():
            output.write_bytes(text.encode("utf-8", "replace"))
            return
        output = Path(os.path.realpath(output))
        with whole_file(output) as new:
            new.write_bytes(text.encode("utf-8", "replace"))
            new.chmod(_mode(output))
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise OutputError(f"{output}: the report could not be written: {reason}; nothing there was changed") from None


def _write_standard(text: str) -> None:
    stream = sys.stdout
    if stream is None or stream.closed:
        raise OutputError("there is no standard output; name a file for the report: --output FILE")
    buffer = getattr(stream, "buffer", None)
    try:
        if buffer is None:
            stream.write(text)
        else:
            stream.flush()
            buffer.write(text.encode("utf-8", "replace"))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output could not be written: {error.strerror or error}") from None


def _mode(output: Path) -> int:
    if output.exists():
        return output.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
