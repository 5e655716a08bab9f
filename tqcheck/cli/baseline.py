"""``tqcheck baseline``: keep what is known, so that a check reports only what is new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tqcheck.changes.baseline import Baseline
    from tqcheck.cli.checking import Checked

baseline = typer.Typer(
    help="Keep the findings that are known, so that 'check --baseline FILE' reports only new ones.",
    no_args_is_help=True,
)

# Whatever `tqcheck check` takes: paths, and the options that choose rules, model and input.
_AS_CHECK = {"allow_extra_args": True, "ignore_unknown_options": True}
_OF_REPORTS = ("formats", "output", "statistics", "max_findings", "baseline", "explain_dropped", "timings")
_OF_A_PART = ("diff", "staged", "fix", "dry_run", "unsafe_fixes")
FileOption = Annotated[Path, typer.Option("--output", "-o", help="The baseline file.")]


@baseline.command(context_settings=_AS_CHECK)
def write(context: typer.Context, output: FileOption) -> None:
    """Write all findings of PATHS to a new baseline: `tqcheck baseline write drafts/ --no-lm --output baseline.json`.

    Takes the paths and the options of `tqcheck check`; use the same ones there.
    """
    from tqcheck.changes.baseline import Baseline

    _write(context, output, lambda checked: Baseline.of(checked.result, output))


@baseline.command(context_settings=_AS_CHECK)
def update(context: typer.Context, output: FileOption) -> None:
    """Bring the baseline up to date for PATHS: new findings come in, those that are gone leave.

    Files that are not checked keep their findings.
    """
    from tqcheck.changes.baseline import Baseline

    before = Baseline.read(output)
    _write(context, output, lambda checked: before.updated(checked.result))


@baseline.command(context_settings=_AS_CHECK)
def prune(context: typer.Context, output: FileOption) -> None:
    """Take out of the baseline what PATHS no longer hold; no finding comes in."""
    from tqcheck.changes.baseline import Baseline

    before = Baseline.read(output)
    _write(context, output, lambda checked: before.pruned(checked.result))


def _write(context: typer.Context, output: Path, made: Callable[[Checked], Baseline]) -> None:
    from tqcheck.cli.checking import configurations_of, run_check
    from tqcheck.cli.notes import note
    from tqcheck.cli.output import write_report
    from tqcheck.cli.targets import BASELINE, Target, refuse_inputs
    from tqcheck.reports.wording import number

    parameters = _parameters(context)
    checked = run_check(
        parameters,
        configurations_of(parameters),
        refuse=lambda inputs: refuse_inputs([Target(BASELINE, output)], inputs),
    )
    if checked.failed or checked.result.failed:
        # A baseline of less than was asked for would call the rest new later.
        note(f"error: {output} was not written, since not everything could be checked")
        raise typer.Exit(2)
    new = made(checked)
    write_report(new.dumps(), output)
    if not parameters["quiet"]:
        note(f"{number(len(new.entries), 'finding')} in {output}")


def _parameters(context: typer.Context) -> dict[str, Any]:
    """What is left of the command line, read as that of ``tqcheck check``."""
    from tqcheck.cli.check import check
    from tqcheck.errors import SettingsError

    alone = typer.Typer(add_completion=False)
    alone.command()(check)
    command = typer.main.get_command(alone)
    with command.make_context(context.info_name, list(context.args)) as inner:
        given: dict[str, Any] = inner.params
    asked = next((name for name in _OF_REPORTS if given[name]), None)
    if asked is not None:
        option = "--format" if asked == "formats" else f"--{asked.replace('_', '-')}"
        raise SettingsError(f"{option} is for reports; a baseline has none")
    asked = next((name for name in _OF_A_PART if given[name]), None)
    if asked is not None:
        raise SettingsError(
            f"a baseline holds all findings of files as they are; leave out --{asked.replace('_', '-')}"
        )
    return given
