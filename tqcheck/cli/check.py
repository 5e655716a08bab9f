"""``tqcheck check``: check drafts and report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

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
    from tqcheck.configuration import Configuration
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
    context: typer.Context,
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
    baseline: Annotated[
        Path | None, typer.Option(help="Report only what is not in this file; see tqcheck baseline.")
    ] = None,
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
    from tqcheck.baseline import Baseline
    from tqcheck.cli.reporting import Look, exit_code, write_reports
    from tqcheck.cli.targets import parse_targets, refuse_inputs
    from tqcheck.reports import SHOW_SOURCE
    from tqcheck.reports.wording import number
    from tqcheck.result import Severity

    targets = parse_targets(formats or (), output, statistics=statistics)
    keep_source = any(target.format in SHOW_SOURCE for target in targets)
    known = None if baseline is None else Baseline.read(baseline)
    # As the command line has them, so that `tqcheck baseline` can hand over its own.
    checked = run_check(context.params, keep_source=keep_source, refuse=lambda inputs: refuse_inputs(targets, inputs))
    result, checker, configuration = checked.result, checked.checker, checked.configuration
    if known is not None:
        result, count = known.new(result)
        if count and not quiet:
            _note(f"{number(count, 'finding')} known from {baseline} left out")
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
    failed = checked.failed or not complete
    raise typer.Exit(2 if failed else exit_code(result, configuration.text("fail-on"), exit_zero))


class Checked(NamedTuple):
    """What a check gave, by which checker, under which settings."""

    result: CheckResult
    checker: Checker
    configuration: Configuration

    @property
    def failed(self) -> bool:
        """Whether a part of the checker failed, so that the result is less than was asked for."""
        return self.checker.model_failed or self.checker.detector_problem is not None


def run_check(
    parameters: Mapping[str, Any], *, keep_source: bool = False, refuse: Callable[[list[str]], None] | None = None
) -> Checked:
    """Check as the command line says.

    :param parameters: values of :func:`check`'s parameters by name, as the command line gives them; those of reports
        are not looked at.
    :param keep_source: whether the results keep the text of their documents.
    :param refuse: called with the files to be checked, before any of them is read.
    """
    from tqcheck.check import Checker
    from tqcheck.cli.models import stage_name
    from tqcheck.cli.progress import Progress
    from tqcheck.configuration import configure, parse_severities
    from tqcheck.errors import SettingsError
    from tqcheck.readers.discovery import find_files

    no_lm, require_model, quiet = (bool(parameters[name]) for name in ("no_lm", "require_model", "quiet"))
    if no_lm and (require_model or parameters["model"] is not None or parameters["calibration"] is not None):
        raise SettingsError("--no-lm contradicts --require-model, --model and --calibration; give one or the other")
    if quiet and parameters["verbose"]:
        raise SettingsError("--quiet contradicts --verbose; give one or the other")
    config = parameters["config"]
    configuration = configure(file=None if config is None else Path(config))
    if no_lm or require_model:
        configuration.put("lm", "off" if no_lm else "require", "--no-lm" if no_lm else "--require-model")

    def text(name: str) -> str | None:
        value = parameters[name]
        return None if value is None else str(value)

    flags: dict[str, str | int | bool | list[str] | dict[str, str] | None] = {
        "model": text("model"),
        "engine": text("engine"),
        "calibration": text("calibration"),
        "packs": [str(path) for path in parameters["pack"] or ()],
        "preview": parameters["preview"],
        "enable": list(parameters["enable"] or ()),
        "disable": list(parameters["disable"] or ()),
        "severity": parse_severities(parameters["severity"] or (), "--severity"),
        "accept": list(parameters["accept"] or ()),
        "encoding": text("encoding"),
        "input-format": text("kind"),
        "max-size": parameters["max_size"],
        "show": text("show"),
        "fail-on": text("fail_on"),
        "least-fluent": parameters["least_fluent"],
        "words": parameters["words"],
        "keep-scores": parameters["keep_scores"],
    }
    for name, value in flags.items():
        if value is not None and value != [] and value != {}:
            configuration.put(name, value, f"--{name}")
    found = list(find_files(list(parameters["paths"])))
    if refuse is not None:
        refuse([one for one in found if isinstance(one, str)])
    progress = Progress(enabled=not quiet)
    checker = Checker(
        configuration.settings(),
        model_progress=lambda stage, now, all_of_it: progress.show(stage_name(stage), now, all_of_it),
    )
    verbose = bool(parameters["verbose"])
    if verbose:
        _note(f"configuration file: {configuration.file or 'none'}")
    try:
        result = _run(checker, found, parameters["stdin_filename"], progress, keep_source, quiet, verbose)
    finally:
        progress.close()
    return Checked(result, checker, configuration)


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
