from __future__ import annotations

from dataclasses import replace

from tqcheck.reports import ReportOptions, render
from tqcheck.reports.statistics import render_statistics
from tqcheck.result import CheckResult, Severity


def test_rules_by_their_findings(full: CheckResult) -> None:
    assert render_statistics(full).splitlines() == [
        "2  ES014  warning     false-friend        telematic-meeting",
        "1  ES014  suggestion  wordiness           telematic-meeting",
        "1  QM002  error       quotes-punctuation  opening-for-closing",
        "4 findings by 2 rules",
        "1 document could not be checked",
    ]
    assert render("statistics", full, ReportOptions(show=Severity.ERROR)).splitlines()[-2] == "1 finding by 1 rule"


def test_nothing_found_and_findings_left_out(full: CheckResult) -> None:
    empty = replace(full, documents=())
    assert render_statistics(empty) == "no findings\n"
    assert render_statistics(replace(empty, left_out=5)).splitlines()[-1] == (
        "5 more findings were left out of this report"
    )


def test_documents_that_failed_are_counted(full: CheckResult) -> None:
    failed = tuple(one for one in full.documents if one.error is not None)
    assert render_statistics(replace(full, documents=failed)) == "no findings\n1 document could not be checked\n"
