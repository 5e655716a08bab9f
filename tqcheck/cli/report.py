"""``tqcheck report``: any report from a saved JSON result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tqcheck.cli.options import (
    Color,
    ColorOption,
    ConfigOption,
    EncodingOption,
    ExitZeroOption,
    FailOnOption,
    FormatOption,
    KindOption,
    LeastFluentOption,
    MaxFindingsOption,
    OutputOption,
    QuietOption,
    ShowOption,
    StatisticsOption,
    WidthOption,
)

if TYPE_CHECKING:
    from tqcheck.config.configuration import Configuration
    from tqcheck.result import CheckResult
    from tqcheck.rules.collection import RuleSet


def report(
    saved: Annotated[
        str, typer.Argument(metavar="RESULT", help="A result saved by check --format json; - for standard input.")
    ],
    formats: FormatOption = None,
    output: OutputOption = None,
    statistics: StatisticsOption = False,
    show: ShowOption = None,
    fail_on: FailOnOption = None,
    exit_zero: ExitZeroOption = False,
    max_findings: MaxFindingsOption = None,
    encoding: EncodingOption = None,
    kind: KindOption = None,
    config: ConfigOption = None,
    least_fluent: LeastFluentOption = None,
    width: WidthOption = None,
    color: ColorOption = Color.AUTO,
    quiet: QuietOption = False,
) -> None:
    """Make reports from a saved JSON result, without checking again.

    Lines of the drafts are shown where the drafts still agree with the result.
    Exit codes are those of check.

    Examples: `tqcheck report result.json`, `tqcheck report -f sarif=result.sarif -f github result.json`
    """
    from tqcheck.cli.notes import note
    from tqcheck.cli.reporting import Look, exit_code, write_reports
    from tqcheck.cli.targets import parse_targets, refuse_inputs
    from tqcheck.config.resolver import Configurations
    from tqcheck.pipeline.sources import with_sources
    from tqcheck.reports import SHOW_SOURCE
    from tqcheck.reports.json_report import from_json
    from tqcheck.result import Severity

    targets = parse_targets(formats or (), output, statistics=statistics)
    given = {"show": show, "fail-on": fail_on, "least-fluent": least_fluent, "encoding": encoding, "input-format": kind}
    flags = [(f"--{name}", name, value) for name, value in given.items() if value is not None]
    configurations = Configurations(file=config, flags=flags)
    configuration = configurations.run
    name = "standard input" if saved == "-" else saved
    result = from_json(_text(saved, name), path=name)
    refuse_inputs(targets, [saved, *(document.path for document in result.documents)])
    if any(target.format in SHOW_SOURCE for target in targets):
        result, without = with_sources(result, settings=configurations.settings)
        if not quiet:
            for path in without:
                note(f"{path}: not here as it was checked, so its lines are not shown")
    look = Look(
        show=Severity.parse(configuration.text("show")),
        least_fluent=configuration.number("least-fluent"),
        width=width,
        color=color,
        most_findings=max_findings,
    )
    complete = write_reports(result, targets, look, lambda: _rules(result, configuration), quiet=quiet)
    raise typer.Exit(exit_code(result, configuration.text("fail-on"), exit_zero) if complete else 2)


def _text(saved: str, name: str) -> str:
    from tqcheck.errors import EncodingError, UnreadableError

    try:
        if saved != "-":
            data = Path(saved).read_bytes()
        elif sys.stdin is None or sys.stdin.closed:
            raise UnreadableError(name, "there is no standard input; name a file instead")
        else:
            data = sys.stdin.buffer.read()
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EncodingError(name, "not a tqcheck report: it is not UTF-8", error.start) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(name, f"cannot be read: {reason}; check the path") from None


def _rules(result: CheckResult, configuration: Configuration) -> list[RuleSet]:
    """The rules on this machine, if they are those of the result."""
    from tqcheck.errors import RuleError
    from tqcheck.rules.loader import load_rules

    settings = configuration.settings()
    try:
        rules = load_rules(settings.packs, cache=settings.cache_folder)
    except RuleError:
        return []
    return [rules] if result.signature.rules == f"sha256:{rules.sha256}" else []
