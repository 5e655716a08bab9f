"""``tqcheck config``: the effective settings, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tqcheck.config.configuration import Value


def config(
    file: Annotated[
        Path | None,
        typer.Option("--config", help="Configuration file (default: tqcheck.toml or pyproject.toml, here or above)."),
    ] = None,
    folder: Annotated[Path, typer.Argument(help="Folder whose settings to show.")] = Path(),
) -> None:
    """Show the settings that hold in a folder and where each comes from: default, file and line, or environment.

    What is printed is itself a valid configuration file for that folder. Overrides for some files are not in it.
    """
    from tqcheck.cli.output import write_report
    from tqcheck.config.resolver import configure
    from tqcheck.errors import SettingsError
    from tqcheck.pipeline.checker import Checker

    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name the folder whose settings to show")
    found = configure(folder, file=file)
    checker = Checker(found.settings())
    active = len(checker.active_rules)
    files = found.files or ("none; a tqcheck.toml or pyproject.toml here or above would be used",)
    lines = [
        *(f"# configuration file: {one}" for one in files),
        f"# rules: {active} of {len(checker.rules)} run",
        "",
    ]
    place = str(folder.resolve())
    rows = [row for name in found.values for row in _rows(found.values[name], name, found.origin, place)]
    width = max(len(left) for left, right in rows if right)
    lines += [f"{left:<{width}}  # {right}" if right else left for left, right in rows]
    write_report("\n".join(lines) + "\n", None)


def _rows(value: Value, name: str, origin: Callable[..., str], folder: str) -> list[tuple[str, str]]:
    """TOML lines of a setting, each with what to say behind it."""
    from tqcheck.config.configuration import OPTIONS
    from tqcheck.files.globs import seen_from

    if value is None:
        return [(f"# {name} is not set", "default")]
    if isinstance(value, list) and value:
        globs = OPTIONS[name].form == "globs"
        entries = [
            (f"    {_toml(seen_from(folder, entry) if globs else entry)},", origin(name, entry)) for entry in value
        ]
        return [(f"{name} = [", ""), *entries, ("]", "")]
    if isinstance(value, dict) and value:
        return [(f"{name}.{_toml(key)} = {_toml(entry)}", origin(name, key)) for key, entry in value.items()]
    return [(f"{name} = {_toml(value)}", origin(name))]


def _toml(value: object) -> str:
    """A string, number or truth value as TOML writes it; JSON writes these alike."""
    return json.dumps(value, ensure_ascii=False)
