"""The ``tqcheck`` command: one file for each subcommand, each importing what it needs when it runs."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from tqcheck.cli.baseline import baseline
from tqcheck.cli.check import check
from tqcheck.cli.config import config
from tqcheck.cli.models import models
from tqcheck.cli.notes import note, silence
from tqcheck.cli.report import report
from tqcheck.cli.rules import explain, rules
from tqcheck.errors import TqcheckError

app = typer.Typer(
    name="tqcheck",
    help="Find machine-translation artifacts in English news copy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(check)
app.command()(report)
app.command()(explain)
app.command()(config)
app.add_typer(baseline, name="baseline")
app.add_typer(rules, name="rules")
app.add_typer(models, name="models")


def _version(wanted: bool) -> None:
    if wanted:
        import tqcheck

        typer.echo(f"tqcheck {tqcheck.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find machine-translation artifacts in English news copy.

    Exit codes: 0 nothing at or above the fail level, 1 findings at or above it, 2 some input could not be checked.
    """


def main() -> None:
    """Run the command line; every error of tqcheck's own ends in one message and exit code 2."""
    # A run makes many small objects and few cycles: rarer collections save a tenth of a short run.
    gc.set_threshold(50_000, 20, 100)
    try:
        app()
    except TqcheckError as error:
        note(f"error: {error}")
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has gone (head, a closed pager).
        silence(sys.stdout)
        sys.exit(2)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        note(f"error: {place}{error.strerror or error}")
        silence(sys.stdout)
        sys.exit(2)
    except MemoryError:
        note("error: not enough memory; check fewer or smaller files at once, or use --no-lm")
        sys.exit(2)
