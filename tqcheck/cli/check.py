"""``tqcheck check``: check drafts and report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from time import perf_counter
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
    LeastFluentOption,
    MaxFindingsOption,
    OutputOption,
    QuietOption,
    ShowOption,
    StatisticsOption,
    WidthOption,
)

if TYPE_CHECKING:
    from tqcheck.check import Checker
    from tqcheck.cli.progress import Progress
    from tqcheck.errors import InputError
    from tqcheck.result import CheckResult, DocumentResult
    from tqcheck.settings import Settings
    from tqcheck.text import Document


class Kind(StrEnum):
    """Kinds of input."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


def check(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, patterns such as '**/*.md', or - for standard input.")
    ],
    formats: FormatOption = None,
    output: OutputOption = None,
    statistics: StatisticsOption = False,
    show: ShowOption = None,
    fail_on: FailOnOption = None,
    exit_zero: ExitZeroOption = False,
    max_findings: MaxFindingsOption = None,
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
    config: ConfigOption = None,
    explain_dropped: Annotated[
        bool, typer.Option("--explain-dropped", help="Also show what the language model turned down, and why.")
    ] = False,
    encoding: EncodingOption = None,
    kind: Annotated[
        Kind | None, typer.Option("--input-format", help="Kind of the files (default: by their suffix).")
    ] = None,
    stdin_filename: Annotated[
        str | None, typer.Option(help="Name of the standard input in the report; its suffix tells the kind.")
    ] = None,
    max_size: Annotated[
        int | None, typer.Option(min=1, help="Largest file to check, in megabytes (default: 50).")
    ] = None,
    least_fluent: LeastFluentOption = None,
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
    width: WidthOption = None,
    color: ColorOption = Color.AUTO,
    quiet: QuietOption = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on standard error what is used and what each file gave.")
    ] = False,
    timings: Annotated[
        bool, typer.Option("--timings", help="Say on standard error how many seconds each stage took.")
    ] = False,
) -> None:
    """Check drafts for machine-translation artifacts.

    Examples: `tqcheck check story.txt`, `tqcheck check -f json -o report.json drafts/`, `tqcheck check - < story.md`,
    `tqcheck check -f sarif=report.sarif -f github drafts/`
    """
    from tqcheck.check import Checker
    from tqcheck.cli.models import stage_name
    from tqcheck.cli.progress import Progress
    from tqcheck.cli.reporting import Look, exit_code, write_reports
    from tqcheck.cli.targets import parse_targets, refuse_inputs
    from tqcheck.configuration import configure, parse_severities
    from tqcheck.errors import SettingsError
    from tqcheck.readers.discovery import find_files
    from tqcheck.reports import SHOW_SOURCE
    from tqcheck.result import Severity

    if no_lm and (require_model or model is not None or calibration is not None):
        raise SettingsError("--no-lm contradicts --require-model, --model and --calibration; give one or the other")
    if quiet and verbose:
        raise SettingsError("--quiet contradicts --verbose; give one or the other")
    targets = parse_targets(formats or (), output, statistics=statistics)
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
    found = list(find_files(paths))
    refuse_inputs(targets, [one for one in found if isinstance(one, str)])
    progress = Progress(enabled=not quiet)
    checker = Checker(
        settings, model_progress=lambda stage, now, all_of_it: progress.show(stage_name(stage), now, all_of_it)
    )
    keep_source = any(target.format in SHOW_SOURCE for target in targets)
    if verbose:
        _note(f"configuration file: {configuration.file or 'none'}")
    try:
        result = _run(checker, found, stdin_filename, progress, keep_source, quiet, verbose)
    finally:
        progress.close()
    look = Look(
        show=Severity.parse(configuration.text("show")),
        least_fluent=configuration.number("least-fluent"),
        width=width,
        color=color,
        dropped=explain_dropped,
        most_findings=max_findings,
    )
    start = perf_counter()
    complete = write_reports(result, targets, look, lambda: checker.rules, quiet=quiet)
    if timings:
        seconds = checker.seconds | {"report": perf_counter() - start}
        _note(f"seconds: {', '.join(f'{stage} {spent:.2f}' for stage, spent in seconds.items())}")
    failed = checker.model_failed or checker.detector_problem is not None or not complete
    raise typer.Exit(2 if failed else exit_code(result, configuration.text("fail-on"), exit_zero))


def _run(
    checker: Checker,
    found: list[str | InputError],
    stdin_filename: str | None,
    progress: Progress,
    keep_source: bool,
    quiet: bool,
    verbose: bool,
) -> CheckResult:
    count = 0

    def note(text: str) -> None:
        progress.close()
        _note(text)

    def done(document: DocumentResult) -> None:
        nonlocal count
        count += 1
        progress.show("checked", count, total)
        if document.error is not None:
            note(f"error: {document.path}: {document.error}")
        elif not quiet:
            if verbose and document.skipped is None:
                note(f"{document.path}: words {document.words:,}, findings {len(document.findings):,}")
            if document.skipped is not None:
                note(f"{document.path}: skipped: {document.skipped}")
            for remark in document.notes:
                note(f"{document.path}: {remark}")

    total = len(found) if len(found) > 1 else None
    checker.prepare_rules()
    if verbose:
        note(f"rules: {len(checker.active_rules):,} of {len(checker.rules):,} run")
    result = checker.check_files(_inputs(found, stdin_filename, checker.settings), keep_source=keep_source, done=done)
    if checker.model_failed:
        note(f"error: {checker.model_problem}; rules alone were used, fluency was not scored")
    elif checker.model_problem is not None and not quiet:
        note(f"no language model, so rules alone and no fluency: {checker.model_problem}")
    elif checker.uncalibrated is not None and not quiet:
        note(
            f"no fluency, as {checker.uncalibrated} has no calibration; "
            "'tqcheck models calibrate' makes one from clean stories of yours"
        )
    if checker.detector_problem is not None:
        note(f"error: {checker.detector_problem}")
    if checker.cache_problem is not None and not quiet:
        note(checker.cache_problem)
    if verbose:
        model = result.signature.model
        note(f"language model: {'none' if model is None else f'{model.id}, sha256 {model.sha256}'}")
    return result


def _note(text: str) -> None:
    typer.echo(f"tqcheck: {text}", err=True)


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
