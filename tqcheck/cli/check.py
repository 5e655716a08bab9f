"""``tqcheck check``: check drafts and report."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tqcheck.cli.progress import Progress
    from tqcheck.errors import InputError
    from tqcheck.result import CheckResult, DocumentResult
    from tqcheck.settings import Settings
    from tqcheck.text import Document


class Format(StrEnum):
    """Report formats of ``check``."""

    TERMINAL = "terminal"
    JSON = "json"
    LINE = "line"


class Kind(StrEnum):
    """Kinds of input."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


class Level(StrEnum):
    """Severities as levels."""

    ERROR = "error"
    WARNING = "warning"
    SUGGESTION = "suggestion"


class FailLevel(StrEnum):
    """Severities at which a check fails."""

    ERROR = "error"
    WARNING = "warning"
    SUGGESTION = "suggestion"
    NEVER = "never"


class Color(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def check(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, patterns such as '**/*.md', or - for standard input.")
    ],
    report: Annotated[Format, typer.Option("--format", "-f", help="Form of the report.")] = Format.TERMINAL,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report to this file.")] = None,
    show: Annotated[Level | None, typer.Option(help="Lowest severity to show (default: suggestion).")] = None,
    fail_on: Annotated[
        FailLevel | None, typer.Option(help="Lowest severity that makes the exit code 1 (default: warning).")
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 whatever was found (2 for failures stays).")
    ] = False,
    no_lm: Annotated[bool, typer.Option("--no-lm", help="Rules alone: no language model, no fluency.")] = False,
    require_model: Annotated[
        bool, typer.Option("--require-model", help="Fail when the language model cannot be used.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="A causal language model: folder or hub name.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="What the model is run by: auto, float32, bfloat16 or transformers.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="The model's calibration (default: the one that it has; see models calibrate).")
    ] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="A further rule pack (TOML); may be repeated.")] = None,
    preview: Annotated[
        bool | None, typer.Option("--preview/--no-preview", help="Also run rules that are in preview.")
    ] = None,
    enable: Annotated[
        list[str] | None, typer.Option(help="Run this rule, category or pack although a wider choice turns it off.")
    ] = None,
    disable: Annotated[list[str] | None, typer.Option(help="Do not run this rule, category or pack.")] = None,
    severity: Annotated[
        list[str] | None, typer.Option(help="SELECTOR=LEVEL, such as calque=suggestion or ES014=off.")
    ] = None,
    accept: Annotated[list[str] | None, typer.Option(help="A name or term that is right as it is.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Configuration file (default: tqcheck.toml or pyproject.toml, here or above).")
    ] = None,
    explain_dropped: Annotated[
        bool, typer.Option("--explain-dropped", help="Also show what the language model turned down, and why.")
    ] = False,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the files (default: UTF-8, or as a byte-order mark says).")
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option("--input-format", help="Kind of the files (default: by their suffix).")
    ] = None,
    stdin_filename: Annotated[
        str | None, typer.Option(help="Name of the standard input in the report; its suffix tells the kind.")
    ] = None,
    max_size: Annotated[
        int | None, typer.Option(min=1, help="Largest file to check, in megabytes (default: 50).")
    ] = None,
    least_fluent: Annotated[
        int | None, typer.Option(min=0, help="How many of the least fluent sentences to list (default: 3).")
    ] = None,
    words: Annotated[
        bool | None,
        typer.Option(
            "--words/--no-words", help="Mark the words that make a sentence odd, with what the model expected there."
        ),
    ] = None,
    keep_scores: Annotated[
        bool | None,
        typer.Option(
            "--keep-scores/--no-keep-scores",
            help="Keep scores of the model in the cache, to score a text once.",
        ),
    ] = None,
    width: Annotated[int | None, typer.Option(min=20, help="Width of the report (default: of the terminal).")] = None,
    color: Annotated[Color, typer.Option(help="Colour the report.")] = Color.AUTO,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on standard error.")] = False,
) -> None:
    """Check drafts for machine-translation artifacts.

    Examples: `tqcheck check story.txt`, `tqcheck check -f json -o report.json drafts/`, `tqcheck check - < story.md`
    """
    from tqcheck.cli.output import write_report
    from tqcheck.cli.progress import Progress
    from tqcheck.configuration import configure, parse_severities
    from tqcheck.errors import SettingsError
    from tqcheck.reports import ReportOptions, render
    from tqcheck.result import Severity

    if no_lm and (require_model or model is not None or calibration is not None):
        raise SettingsError("--no-lm contradicts --require-model, --model and --calibration; give one or the other")
    if output is not None:
        _refuse_input(output, paths)
    configuration = configure(file=config)
    if no_lm or require_model:
        configuration.put("lm", "off" if no_lm else "require", "--no-lm" if no_lm else "--require-model")
    flags: dict[str, str | int | bool | list[str] | dict[str, str] | None] = {
        "model": model,
        "engine": engine,
        "calibration": None if calibration is None else str(calibration),
        "packs": [str(path) for path in pack or ()],
        "preview": preview,
        "enable": list(enable or ()),
        "disable": list(disable or ()),
        "severity": parse_severities(severity or (), "--severity"),
        "accept": list(accept or ()),
        "encoding": encoding,
        "input-format": None if kind is None else kind.value,
        "max-size": max_size,
        "show": None if show is None else show.value,
        "fail-on": None if fail_on is None else fail_on.value,
        "least-fluent": least_fluent,
        "words": words,
        "keep-scores": keep_scores,
    }
    for name, value in flags.items():
        if value is not None and value != [] and value != {}:
            configuration.put(name, value, f"--{name}")
    settings = configuration.settings()
    progress = Progress(enabled=not quiet)
    try:
        result, model_failed = _run(settings, paths, stdin_filename, progress, report is Format.TERMINAL, quiet)
    finally:
        progress.close()
    to_terminal = output is None and sys.stdout.isatty()
    colored = color is Color.ALWAYS or (color is Color.AUTO and to_terminal and "NO_COLOR" not in os.environ)
    options = ReportOptions(
        show=Severity.parse(configuration.text("show")),
        width=width or (shutil.get_terminal_size((100, 24)).columns if to_terminal else int(_columns() or 100)),
        color=colored,
        dropped=explain_dropped,
        least_fluent=configuration.number("least-fluent"),
    )
    write_report(render(report.value, result, options), output)
    raise typer.Exit(2 if model_failed else _exit_code(result, configuration.text("fail-on"), exit_zero))


def _run(
    settings: Settings, paths: list[str], stdin_filename: str | None, progress: Progress, keep_source: bool, quiet: bool
) -> tuple[CheckResult, bool]:
    from tqcheck.check import Checker
    from tqcheck.cli.models import stage_name
    from tqcheck.readers.discovery import find_files

    count = 0

    def note(text: str) -> None:
        progress.close()
        typer.echo(f"tqcheck: {text}", err=True)

    def done(document: DocumentResult) -> None:
        nonlocal count
        count += 1
        progress.show("checked", count, total)
        if document.error is not None:
            note(f"error: {document.path}: {document.error}")
        elif not quiet:
            if document.skipped is not None:
                note(f"{document.path}: skipped: {document.skipped}")
            for remark in document.notes:
                note(f"{document.path}: {remark}")

    def model_progress(stage: str, now: int, all_of_it: int | None) -> None:
        progress.show(stage_name(stage), now, all_of_it)

    checker = Checker(settings, model_progress=model_progress)
    found = list(find_files(paths))
    total = len(found) if len(found) > 1 else None
    checker.prepare_rules()
    result = checker.check_files(_inputs(found, stdin_filename, settings), keep_source=keep_source, done=done)
    if checker.model_failed:
        note(f"error: {checker.model_problem}; rules alone were used, fluency was not scored")
    elif checker.model_problem is not None and not quiet:
        note(f"no language model, so rules alone and no fluency: {checker.model_problem}")
    elif checker.uncalibrated is not None and not quiet:
        note(
            f"no fluency, as {checker.uncalibrated} has no calibration; "
            "'tqcheck models calibrate' makes one from clean stories of yours"
        )
    if checker.cache_problem is not None and not quiet:
        note(checker.cache_problem)
    return result, checker.model_failed


def _inputs(
    found: list[str | InputError], stdin_filename: str | None, settings: Settings
) -> Iterator[str | InputError | Document]:
    from tqcheck.errors import InputError, UnreadableError
    from tqcheck.readers import read_document

    for one in found:
        if one != "-":
            yield one
            continue
        name = stdin_filename or "-"
        try:
            if sys.stdin is None or sys.stdin.closed:
                raise UnreadableError(name, "there is no standard input; name a file instead")
            data = sys.stdin.buffer.read()
            yield read_document(data, name, kind=settings.kind, encoding=settings.encoding)
        except InputError as error:
            yield error


def _refuse_input(output: Path, paths: list[str]) -> None:
    """Refuse to write the report over a draft."""
    from tqcheck.errors import SettingsError

    for path in paths:
        given = Path(path)
        if path != "-" and output.exists() and given.exists() and output.samefile(given):
            raise SettingsError(f"--output {output} is one of the files to check; name another file for the report")


def _columns() -> str | None:
    columns = os.environ.get("COLUMNS", "")
    return columns if columns.isdigit() and int(columns) >= 20 else None


def _exit_code(result: CheckResult, fail_on: str, exit_zero: bool) -> int:
    from tqcheck.result import Severity

    if result.failed:
        return 2
    if exit_zero or fail_on == FailLevel.NEVER:
        return 0
    level = Severity.parse(fail_on)
    return int(any(finding.severity >= level for finding in result.findings))
