"""What the command line says beside its reports."""

from __future__ import annotations

import sys

import typer

from tqcheck.reports.cells import clean


def note(text: str) -> None:
    """Say something on standard error, on one line and with nothing in it that a terminal or a runner would obey."""
    if sys.stderr is not None:
        typer.echo(f"tqcheck: {clean(text)}", err=True)
