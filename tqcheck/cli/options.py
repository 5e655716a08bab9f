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


class Kind(StrEnum):
    """Kinds of input."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


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
        rich_help_panel="Reports",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write the report whose format names no file to this one.", rich_help_panel="Reports"
    ),
]
StatisticsOption = Annotated[
    bool,
    typer.Option(
        "--statistics",
        help="Show how often each rule found something, instead of what it found.",
        rich_help_panel="Reports",
    ),
]
ShowOption = Annotated[
    Level | None, typer.Option(help="Lowest severity to show (default: suggestion).", rich_help_panel="Reports")
]
FailOnOption = Annotated[
    FailLevel | None,
    typer.Option(help="Lowest severity that makes the exit code 1 (default: warning).", rich_help_panel="Exit code"),
]
ExitZeroOption = Annotated[
    bool,
    typer.Option("--exit-zero", help="Exit 0 whatever was found (2 for failures stays).", rich_help_panel="Exit code"),
]
MaxFindingsOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Report at most so many findings, the worst first; the exit code goes by all of them.",
        rich_help_panel="Reports",
    ),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(help="Encoding of the files (default: UTF-8, or as a byte-order mark says).", rich_help_panel="Files"),
]
KindOption = Annotated[
    Kind | None,
    typer.Option("--input-format", help="Kind of the files (default: by their suffix).", rich_help_panel="Files"),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        help="Configuration file (default: tqcheck.toml or pyproject.toml, here or above).", rich_help_panel="Rules"
    ),
]
LeastFluentOption = Annotated[
    int | None,
    typer.Option(min=0, help="How many of the least fluent sentences to list (default: 3).", rich_help_panel="Reports"),
]
WidthOption = Annotated[
    int | None, typer.Option(min=20, help="Width of the report (default: of the terminal).", rich_help_panel="Reports")
]
ColorOption = Annotated[Color, typer.Option(help="Colour the report.", rich_help_panel="Reports")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes on standard error.", rich_help_panel="Messages")
]
