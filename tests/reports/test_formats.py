from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from tqcheck.errors import SettingsError
from tqcheck.reports import EXPLAIN_RULES, FORMATS, MOST_FINDINGS, SHOW_SOURCE, ReportOptions, render
from tqcheck.reports.json_report import dumps
from tqcheck.reports.terminal import render_terminal
from tqcheck.result import CheckResult, DocumentResult, Severity


def test_formats_are_the_functions_they_name(full: CheckResult) -> None:
    assert list(FORMATS)[:5] == ["terminal", "line", "json", "html", "markdown"]
    assert {*FORMATS} >= SHOW_SOURCE | EXPLAIN_RULES | {*MOST_FINDINGS}
    assert render("json", full) == dumps(full) + "\n"
    assert render("json", full, ReportOptions(indent=None)) == dumps(full, indent=None) + "\n"
    wide = ReportOptions(width=120, color=True, least_fluent=0)
    assert render("terminal", full, wide) == render_terminal(full, width=120, color=True, least_fluent=0)


def test_unknown_format_names_the_known_ones(full: CheckResult) -> None:
    with pytest.raises(SettingsError, match="no report format 'yaml': choose one of terminal, line, json, html, mark"):
        render("yaml", full)
    with pytest.raises(SettingsError, match=r"no report format 'Sarif': did you mean sarif\?"):
        render("Sarif", full)


def test_line_format(full: CheckResult) -> None:
    assert render("line", full).splitlines() == [
        "draft.txt:1:16: warning ES014 Spanish telemático means held over a network. [telematic-meeting]",
        "draft.txt:3:21: warning ES014 Spanish telemático means held over a network. [telematic-meeting]",
        "draft.txt:3:113: error QM002 The closing mark is missing. [opening-for-closing]",
        "draft.txt:4:12: suggestion ES014 Spanish telemático means held over a network. [telematic-meeting]",
        "gone.txt:1:1: error not-checked no such file; check the name",
    ]


def test_line_format_keeps_a_finding_on_one_line(finding_at: Any, result_of: Any) -> None:
    finding = finding_at("one", "one", message="two\nlines\x1b")
    result = result_of(DocumentResult("a\nb.txt", findings=(finding,)))
    assert render("line", result) == "a b.txt:1:1: warning ES014 two lines\ufffd [telematic-meeting]\n"
    assert render("line", result_of()) == ""


@pytest.mark.parametrize("show", list(Severity))
def test_every_format_leaves_out_what_is_under_show(full: CheckResult, show: Severity) -> None:
    expected = [finding for finding in full.findings if finding.severity >= show]
    options = ReportOptions(show=show)
    report = json.loads(render("json", full, options))
    assert len(report["documents"][0]["findings"]) == len(expected) == sum(report["summary"]["findings"].values())
    assert len(render("line", full, options).splitlines()) == len(expected) + 1
    alone = replace(full, documents=full.documents[:1])
    assert render("terminal", alone, options).count("\n  │ ") == len(expected)
    counted = {
        "sarif": '"ruleIndex"', "gitlab": '"fingerprint"', "junit": "<failure ",
        "checkstyle": "<error ", "rdjson": '"code"',
    }  # fmt: skip
    for name, mark in counted.items():
        assert render(name, alone, options).count(mark) == len(expected), name
    assert len(render("github", alone, options).splitlines()) == len(expected)


@pytest.mark.parametrize("name", list(FORMATS))
def test_reports_end_in_one_newline(full: CheckResult, name: str) -> None:
    report = render(name, full)
    assert report.endswith("\n")
    assert not report.endswith("\n\n")


def test_reports_import_nothing_heavy() -> None:
    code = (
        "import sys, tqcheck.reports.terminal, tqcheck.reports.json_report, tqcheck.reports.line;"
        "print([name for name in ('rich', 'jsonschema', 'torch', 'typer', 'langdetect') if name in sys.modules],"
        "[name for name in sys.modules if name.startswith('tqcheck.') and name.split('.')[1] not in"
        " ('errors', 'languages', 'quotes', 'text', 'result', 'reports')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] []\n"
