from __future__ import annotations

import json
from dataclasses import replace

from tqcheck.reports.gitlab import render_gitlab
from tqcheck.result import CheckResult


def test_issues_have_what_gitlab_asks_for(full: CheckResult) -> None:
    issues = json.loads(render_gitlab(full))
    assert [issue["severity"] for issue in issues] == ["minor", "minor", "major", "info", "critical"]
    for issue in issues:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert issues[0]["location"] == {"path": "draft.txt", "lines": {"begin": 1, "end": 1}}
    assert issues[4]["check_name"] == "not-checked"
    assert issues[4]["description"] == "The document could not be checked: no such file; check the name"


def test_fingerprints_are_one_for_each_issue_and_stay_when_lines_move(full: CheckResult) -> None:
    def prints(result: CheckResult) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(render_gitlab(result))]

    (first, *_) = full.documents
    copies = replace(full, documents=(first, replace(first, path="b.txt")))
    assert len(set(prints(copies))) == 8
    moved = replace(first, findings=tuple(replace(one, line=one.line + 3) for one in first.findings))
    assert prints(replace(full, documents=(moved,))) == prints(full)[:4]


def test_hard_paths_and_an_empty_result(hard: CheckResult) -> None:
    issues = json.loads(render_gitlab(hard, base="/drafts"))
    assert issues[0]["location"]["path"] == hard.documents[0].path
    assert issues[1]["location"]["lines"] == {"begin": 1, "end": 2}
    assert issues[-1]["location"]["path"] == "gone.txt"
    assert "\ufffd" in issues[2]["description"]
    assert render_gitlab(replace(hard, documents=())) == "[]\n"


def test_what_was_left_out_is_an_issue(full: CheckResult) -> None:
    issue = json.loads(render_gitlab(replace(full, left_out=3)))[-1]
    assert (issue["severity"], issue["description"]) == ("info", "3 more findings were left out of this report")


def test_names_that_are_shown_alike_are_told_apart(full: CheckResult) -> None:
    names = ("a\udcff.txt", "a\udcfe.txt")
    documents = tuple(replace(one, path=name) for name in names for one in (full.documents[0], full.documents[-1]))
    issues = json.loads(render_gitlab(replace(full, documents=documents)))
    assert len({issue["location"]["path"] for issue in issues}) == 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
