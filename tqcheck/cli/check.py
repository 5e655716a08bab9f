"""``tqcheck check``: check drafts and report."""

from __future__ import annotations

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
    from tqcheck.changes.baseline import Baseline
    from tqcheck.changes.git import Changes
    from tqcheck.result import CheckResult


def check(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, patterns such as '**/*.md', or - for standard input.", show_default=False),
    ] = None,
    formats: FormatOption = None,
    output: OutputOption = None,
    statistics: StatisticsOption = False,
    show: ShowOption = None,
    fail_on: FailOnOption = None,
    exit_zero: ExitZeroOption = False,
    max_findings: MaxFindingsOption = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="Report only what is not in this file; see tqcheck baseline.", rich_help_panel="Only what is new"
        ),
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Check what has changed in git since REF; report changed lines alone.",
            rich_help_panel="Only what is new",
        ),
    ] = None,
    staged: Annotated[
        bool,
        typer.Option(
            "--staged",
            help="Check what is staged in git; report changed lines alone.",
            rich_help_panel="Only what is new",
        ),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Write into the files what can safely be corrected, and report the rest.",
            rich_help_panel="Fixes",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="With --fix: write nothing, and show the changes as a patch.", rich_help_panel="Fixes"
        ),
    ] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option(
            "--unsafe-fixes", help="With --fix: write every first suggestion; look at each.", rich_help_panel="Fixes"
        ),
    ] = False,
    no_lm: Annotated[
        bool,
        typer.Option("--no-lm", help="Rules alone: no language model, no fluency.", rich_help_panel="Language model"),
    ] = False,
    require_model: Annotated[
        bool,
        typer.Option(
            "--require-model", help="Fail when the language model cannot be used.", rich_help_panel="Language model"
        ),
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="A causal language model: folder or hub name.", rich_help_panel="Language model")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="What the model is run by: auto, float32, bfloat16, int8, transformers.",
            rich_help_panel="Language model",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            help="The model's calibration (default: the one that it has; see models calibrate).",
            rich_help_panel="Language model",
        ),
    ] = None,
    pack: Annotated[
        list[Path] | None, typer.Option(help="A further rule pack (TOML); may be repeated.", rich_help_panel="Rules")
    ] = None,
    preview: Annotated[
        bool | None,
        typer.Option("--preview/--no-preview", help="Also run rules that are in preview.", rich_help_panel="Rules"),
    ] = None,
    enable: Annotated[
        list[str] | None,
        typer.Option(
            help="Run this rule, category or pack although a wider choice turns it off.", rich_help_panel="Rules"
        ),
    ] = None,
    disable: Annotated[
        list[str] | None, typer.Option(help="Do not run this rule, category or pack.", rich_help_panel="Rules")
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(help="SELECTOR=LEVEL, such as calque=suggestion or ES014=off.", rich_help_panel="Rules"),
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="A name or term that is right as it is.", rich_help_panel="Rules")
    ] = None,
    config: ConfigOption = None,
    explain_dropped: Annotated[
        bool,
        typer.Option(
            "--explain-dropped",
            help="Also show what the language model turned down, and why.",
            rich_help_panel="Reports",
        ),
    ] = False,
    encoding: EncodingOption = None,
    kind: KindOption = None,
    stdin_filename: Annotated[
        str | None,
        typer.Option(
            help="Name of the standard input in the report; its suffix tells the kind.", rich_help_panel="Files"
        ),
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option(min=1, help="Largest file to check, in megabytes (default: 50).", rich_help_panel="Files"),
    ] = None,
    least_fluent: LeastFluentOption = None,
    words: Annotated[
        bool | None,
        typer.Option(
            "--words/--no-words",
            help="Mark the words that make a sentence odd, with what the model expected there.",
            rich_help_panel="Reports",
        ),
    ] = None,
    keep_scores: Annotated[
        bool | None,
        typer.Option(
            "--keep-scores/--no-keep-scores",
            help="Keep scores of the model in the cache, to score a text once.",
            rich_help_panel="Language model",
        ),
    ] = None,
    keep_results: Annotated[
        bool | None,
        typer.Option(
            "--keep-results/--no-keep-results",
            help="Keep results in the cache, to check a file again only if it has changed.",
            rich_help_panel="Files",
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            help="Files that folders are searched for (as in .gitignore), instead of those of known suffixes.",
            rich_help_panel="Files",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="Files and folders to leave out of folders (as in .gitignore).", rich_help_panel="Files"),
    ] = None,
    gitignore: Annotated[
        bool | None,
        typer.Option(
            "--gitignore/--no-gitignore", help="Leave out of folders what .gitignore names.", rich_help_panel="Files"
        ),
    ] = None,
    force_exclude: Annotated[
        bool | None,
        typer.Option(
            "--force-exclude/--no-force-exclude",
            help="Leave out what is excluded although it is named.",
            rich_help_panel="Files",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=0,
            help="Processes that check files (default: one for each core).",
            rich_help_panel="Files",
        ),
    ] = None,
    width: WidthOption = None,
    color: ColorOption = Color.AUTO,
    quiet: QuietOption = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Say on standard error what is used and what each file gave.",
            rich_help_panel="Messages",
        ),
    ] = False,
    timings: Annotated[
        bool,
        typer.Option(
            "--timings", help="Say on standard error how many seconds each stage took.", rich_help_panel="Messages"
        ),
    ] = False,
) -> None:
    """Check drafts for machine-translation artifacts.

    Examples: `tqcheck check story.txt`, `tqcheck check -f json -o report.json drafts/`, `tqcheck check - < story.md`,
    `tqcheck check -f sarif=report.sarif -f github drafts/`, `tqcheck check --diff origin/main`
    """
    from tqcheck.changes.baseline import Baseline
    from tqcheck.cli.checking import configurations_of, run_check
    from tqcheck.cli.fixing import fix as fix_files
    from tqcheck.cli.fixing import refuse_wrong_options
    from tqcheck.cli.notes import note
    from tqcheck.cli.output import write_report
    from tqcheck.cli.reporting import Look, exit_code, write_reports
    from tqcheck.cli.targets import PATCH, Target, parse_targets, refuse_inputs, refuse_one_place
    from tqcheck.reports import SHOW_SOURCE
    from tqcheck.result import Severity

    refuse_wrong_options(context.params, formats or ())
    if dry_run:
        # The patch takes the place of the report that would go to standard output, or to --output.
        targets = parse_targets(formats) if formats else []
        places = [*targets, Target(PATCH, output)]
        refuse_one_place(places)
    else:
        places = targets = parse_targets(formats or (), output, statistics=statistics)
    keep_source = fix or any(target.format in SHOW_SOURCE for target in targets)
    # As the command line has them, so that `tqcheck baseline` can hand over its own.
    configurations = configurations_of(context.params)
    configuration = configurations.run
    known = configuration.path("baseline")
    baseline_then = None if known is None else Baseline.read(known)
    checked = run_check(
        context.params,
        configurations,
        keep_source=keep_source,
        refuse=lambda inputs: refuse_inputs(places, inputs),
    )
    result = _narrowed(checked.result, checked.changes, baseline_then, known, quiet=quiet or fix)
    failed = checked.failed
    if fix:
        fixing = fix_files(checked, result, unsafe=unsafe_fixes, dry_run=dry_run, quiet=quiet, verbose=verbose)
        failed |= fixing.failed
        changes = checked.changes
        if fixing.written and changes is not None and diff is not None:
            from tqcheck.changes.git import Changes

            # Lines may have moved.
            changes = Changes.since(diff, changes.folder, wanted=changes.files.__contains__)
        result = _narrowed(fixing.result, changes, baseline_then, known, quiet=quiet)
        if dry_run:
            write_report(fixing.patch, output)
    look = Look(
        show=Severity.parse(configuration.text("show")),
        least_fluent=configuration.number("least-fluent"),
        width=width,
        color=color,
        dropped=explain_dropped,
        most_findings=max_findings,
    )
    start = perf_counter()
    complete = write_reports(result, targets, look, checked.rules, quiet=quiet)
    if timings:
        seconds = checked.seconds() | {"report": perf_counter() - start}
        note(f"seconds: {', '.join(f'{stage} {spent:.2f}' for stage, spent in seconds.items())}")
    failed |= not complete
    raise typer.Exit(2 if failed else exit_code(result, configuration.text("fail-on"), exit_zero))


def _narrowed(
    result: CheckResult, changes: Changes | None, known: Baseline | None, file: Path | None, *, quiet: bool
) -> CheckResult:
    """The result without the findings that nobody has asked for: on unchanged lines, or known."""
    from tqcheck.cli.notes import note
    from tqcheck.reports.wording import number

    if changes is not None:
        result, count = changes.touched(result)
        if count and not quiet:
            note(f"{number(count, 'finding')} on unchanged lines left out")
    if known is not None:
        result, count = known.new(result)
        if count and not quiet:
            note(f"{number(count, 'finding')} known from {file} left out")
    return result
