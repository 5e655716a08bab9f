"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


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


FormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME[=FILE]",
        help="Form of the report, and a file for it; may be repeated. One of terminal (default), line, json, "
        "html, markdown, statistics, sarif, github, gitlab, junit, checkstyle, rdjson.",
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the report whose format names no file to this one.")
]
StatisticsOption = Annotated[
    bool, typer.Option("--statistics", help="Show how often each rule found something, instead of what it found.")
]
ShowOption = Annotated[Level | None, typer.Option(help="Lowest severity to show (default: suggestion).")]
FailOnOption = Annotated[
    FailLevel | None, typer.Option(help="Lowest severity that makes the exit code 1 (default: warning).")
]
ExitZeroOption = Annotated[bool, typer.Option("--exit-zero", help="Exit 0 whatever was found (2 for failures stays).")]
MaxFindingsOption = Annotated[
    int | None,
    typer.Option(min=1, help="Report at most so many findings, the worst first; the exit code goes by all of them."),
]
EncodingOption = Annotated[
    str | None, typer.Option(help="Encoding of the files (default: UTF-8, or as a byte-order mark says).")
]
ConfigOption = Annotated[
    Path | None, typer.Option(help="Configuration file (default: tqcheck.toml or pyproject.toml, here or above).")
]
LeastFluentOption = Annotated[
    int | None, typer.Option(min=0, help="How many of the least fluent sentences to list (default: 3).")
]
WidthOption = Annotated[int | None, typer.Option(min=20, help="Width of the report (default: of the terminal).")]
ColorOption = Annotated[Color, typer.Option(help="Colour the report.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on standard error.")]
