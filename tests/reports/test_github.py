from __future__ import annotations

import re
from dataclasses import replace

from tqcheck.reports.github import render_github
from tqcheck.result import CheckResult

COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:]*)::(?P<message>.*)")


def commands(report: str) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of each line, read as the runner of GitHub reads them."""
    found = []
    for line in report.splitlines():
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        properties = dict(one.split("=", 1) for one in match["properties"].split(","))
        unescaped = {
            name: value.replace("%2C", ",").replace("%3A", ":").replace("%0D", "\r").replace("%0A", "\n")
            for name, value in properties.items()
        }
        message = match["message"].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        found.append((match["level"], {name: one.replace("%25", "%") for name, one in unescaped.items()}, message))
    return found


def test_levels_places_and_titles(full: CheckResult) -> None:
    found = commands(render_github(full))
    assert [level for level, _, _ in found] == ["warning", "warning", "error", "notice", "notice", "error"]
    assert found[0][1] == {
        "file": "draft.txt", "line": "1", "col": "16", "endLine": "1", "endColumn": "32",
        "title": "ES014 telematic-meeting",
    }  # fmt: skip
    assert found[0][2].endswith("over a network. → virtual summit | online summit")
    assert found[4][2] == "aviso.txt: skipped: the text is in Spanish, not English"
    assert found[5] == ("error", {"file": "gone.txt", "title": "tqcheck"}, "gone.txt: no such file; check the name")


def test_columns_are_left_out_over_several_lines(hard: CheckResult) -> None:
    _, properties, message = commands(render_github(hard))[1]
    assert properties["line"] == "1"
    assert properties["endLine"] == "2"
    assert not {"col", "endColumn"} & set(properties)
    assert message == "One\r\ntwo [a](b)."


def test_what_a_draft_holds_ends_no_command(hard: CheckResult) -> None:
    report = render_github(hard, base="/drafts")
    found = commands(report)
    assert len(found) == len(report.splitlines()) == 7
    assert found[0][1]["file"] == hard.documents[0].path
    assert "100%: it's wrong." in found[2][2]
    assert found[6][1]["file"] == "gone.txt"
    assert found[6][2] == "gone.txt: no such file:\ncheck the name"


def test_standard_input_has_no_file(hard: CheckResult) -> None:
    _, properties, message = commands(render_github(hard))[4]
    assert properties == {"title": "ES014 telematic-meeting"}
    assert message.startswith("standard input, line 1, column 7: ")


def test_nothing_to_say(hard: CheckResult) -> None:
    clean = replace(hard, documents=(hard.documents[2],))
    assert render_github(clean) == ""
    assert render_github(replace(clean, left_out=1200)) == (
        "::notice title=tqcheck::1,200 more findings were left out of this report\n"
    )
