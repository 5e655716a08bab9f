from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tqcheck.reports import FORMATS, render
from tqcheck.reports.json_report import dumps, from_json
from tqcheck.reports.limit import limited, shown
from tqcheck.result import CheckResult, Severity


def test_the_worst_stay_in_their_order(full: CheckResult) -> None:
    (document, *_) = full.documents
    cut = limited(full, 2)
    assert [one.rule for one in cut.findings] == ["ES014", "QM002"]
    assert cut.findings[0] is document.findings[0]
    assert cut.left_out == 2
    assert limited(cut, 1).left_out == 3
    assert limited(full, 4) is full


def test_findings_that_are_not_shown_do_not_count(full: CheckResult) -> None:
    cut = limited(full, 2, Severity.WARNING)
    assert [one.severity.label for one in cut.findings] == ["warning", "error", "suggestion"]
    assert cut.left_out == 1
    assert [one.severity.label for one in shown(cut, Severity.WARNING).findings] == ["warning", "error"]
    assert limited(full, 1, Severity.ERROR) is full


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_says_what_was_left_out(full: CheckResult, name: str) -> None:
    report = render(name, replace(full, left_out=1234))
    assert "1234" in report or "1,234" in report
    assert "1234" not in render(name, full)
    assert "left out" not in render(name, full)


def test_the_json_report_keeps_it(full: CheckResult) -> None:
    cut = limited(full, 1)
    assert json.loads(dumps(cut))["summary"]["left_out"] == 3
    assert from_json(dumps(cut)).left_out == 3
    assert "left_out" not in dumps(full)
