from __future__ import annotations

import re
from pathlib import Path

import pytest

from tqcheck.cli.options import FormatOption
from tqcheck.cli.targets import Target, parse_targets, refuse_inputs
from tqcheck.errors import SettingsError
from tqcheck.reports import FORMATS


def test_formats_and_their_files() -> None:
    assert parse_targets([]) == [Target("terminal")]
    assert parse_targets([], Path("a.txt")) == [Target("terminal", Path("a.txt"))]
    assert parse_targets(["json", "sarif=a=b.sarif"]) == [Target("json"), Target("sarif", Path("a=b.sarif"))]
    assert parse_targets(["json=a.json", "line"], Path("b.txt")) == [
        Target("json", Path("a.json")),
        Target("line", Path("b.txt")),
    ]
    assert parse_targets(["line=-"]) == [Target("line")]
    assert parse_targets(["json=a.json"], statistics=True) == [Target("json", Path("a.json")), Target("statistics")]


@pytest.mark.parametrize(
    ("formats", "output", "statistics", "reason"),
    [
        (["json", "line"], None, False, "json and line would both go to standard output"),
        (["json", "line=-"], None, False, "both go to standard output"),
        (["json"], None, True, "json and statistics would both go to standard output"),
        (["json", "line"], "a", False, "both go to --output a"),
        (["json=a"], "b", False, "--output b is for a format without a file"),
        (["json=a", "line=./a"], None, False, "json and line would both be written to a"),
        (["json=a", "line"], "a", False, "json and line would both be written to a"),
        (["json="], None, False, "--format json= names no file"),
        (["serif"], None, False, r"no report format 'serif': did you mean sarif\?"),
        (["=a"], None, False, "no report format ''"),
    ],
)
def test_what_cannot_be_done_is_refused(formats: list[str], output: str | None, statistics: bool, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        parse_targets(formats, None if output is None else Path(output), statistics=statistics)


def test_a_report_is_not_written_over_an_input(tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_text("A draft.", "utf-8")
    (tmp_path / "link.txt").symlink_to("draft.txt")
    for name in ("draft.txt", "link.txt"):
        with pytest.raises(SettingsError, match=r"the line report would overwrite .*draft\.txt"):
            refuse_inputs([Target("line", tmp_path / name)], ["-", str(tmp_path / "draft.txt")])
    refuse_inputs([Target("line", tmp_path / "new.txt"), Target("json")], [str(tmp_path / "new.txt"), "\0"])


def test_the_help_names_every_format() -> None:
    (option,) = FormatOption.__metadata__
    named = re.findall(r"[a-z]+", option.help.partition("One of")[2].replace("(default)", ""))
    assert named == list(FORMATS)
