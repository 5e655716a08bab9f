"""What the command line says beside its reports."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

import typer

from tqcheck.reports.cells import clean


def note(text: str) -> None:
    """Say something on standard error, on one line and with nothing in it that a terminal or a runner would obey."""
    if sys.stderr is None:
        return
    try:
        typer.echo(f"tqcheck: {clean(text)}", err=True)
    except OSError:
        # Nobody can be told; reports and the exit code go on.
        silence(sys.stderr)


def silence(stream: TextIO | None) -> None:
    """Let a standard stream that cannot be written lead nowhere; Python would complain of it once more at exit."""
    with suppress(OSError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
