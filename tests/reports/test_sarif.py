from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from tqcheck import reports
from tqcheck.reports.rule_text import RuleText
from tqcheck.reports.sarif import render_sarif
from tqcheck.result import CheckResult

if TYPE_CHECKING:
    from tests.reports.conftest import MakeFinding, MakeResult

LEVELS = {"error", "warning", "note"}


def run_of(report: str) -> dict[str, Any]:
    log = json.loads(report)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    assert_accepted(run)
    return run


def assert_accepted(run: dict[str, Any]) -> None:
    """What the specification and GitHub's intake ask of a run (its documentation of SARIF support)."""
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) <= 25_000
    assert len(run["results"]) <= 25_000
    for rule in rules:
        assert len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
        assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
        assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
        assert 0 < len(rule["properties"]["tags"]) <= 20
    assert run["columnKind"] == "unicodeCodePoints"
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in rules}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert_region(location["physicalLocation"]["region"])
        assert_location(location["physicalLocation"]["artifactLocation"], run)
        key, occurrence = result["partialFingerprints"]["primaryLocationLineHash"].split(":")
        assert key
        assert int(occurrence) >= 1
        for fix in result.get("fixes", ()):
            for change in fix["artifactChanges"]:
                assert_location(change["artifactLocation"], run)
                assert all(set(one) <= {"deletedRegion", "insertedContent"} for one in change["replacements"])
    (invocation,) = run["invocations"]
    assert isinstance(invocation["executionSuccessful"], bool)
    for notification in invocation["toolExecutionNotifications"]:
        assert notification["level"] in LEVELS
        assert notification["message"]["text"]


def assert_region(region: dict[str, int]) -> None:
    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn", "charOffset", "charLength"}
    assert min(region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]) >= 1
    assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
    assert region["charOffset"] >= 0
    assert region["charLength"] >= 0


def assert_location(location: dict[str, Any], run: dict[str, Any]) -> None:
    uri = location["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' "<>\\^`{|}\n')
    if "uriBaseId" in location:
        assert location["uriBaseId"] in run["originalUriBaseIds"]
        assert not uri.startswith("/")
        assert ":" not in uri
    if "index" in location:
        assert run["artifacts"][location["index"]]["location"]["uri"] == uri


def test_every_state_of_a_document(full: CheckResult) -> None:
    run = run_of(render_sarif(full))
    assert [result["ruleId"] for result in run["results"]] == ["ES014", "ES014", "QM002", "ES014"]
    assert [result["level"] for result in run["results"]] == ["warning", "warning", "error", "note"]
    told = {note["descriptor"]["id"]: note for note in run["invocations"][0]["toolExecutionNotifications"]}
    assert {name: note["level"] for name, note in told.items()} == {
        "remark": "note", "skipped": "note", "not-checked": "error"
    }  # fmt: skip
    assert told["not-checked"]["message"]["text"] == "gone.txt: no such file; check the name"
    assert "Spanish" in told["skipped"]["message"]["text"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["tool"]["driver"]["version"] == "0.1.0"
    assert run["tool"]["driver"]["properties"]["signature"]["model"]["id"] == "tiny"
    assert run["artifacts"][0]["properties"] == {"words": 32, "language": "en", "fluency": 37.2}


def test_an_empty_result_is_a_run_without_results(result_of: MakeResult) -> None:
    run = run_of(render_sarif(result_of()))
    assert (run["results"], run["artifacts"], run["tool"]["driver"]["rules"]) == ([], [], [])
    assert run["invocations"][0]["executionSuccessful"] is True


def test_regions_lead_to_the_text(hard: CheckResult) -> None:
    (document, *_) = hard.documents
    source = document.source or ""
    lines = source.splitlines(keepends=True)
    for result, finding in zip(run_of(render_sarif(hard))["results"], document.findings, strict=False):
        region = result["locations"][0]["physicalLocation"]["region"]
        start = sum(map(len, lines[: region["startLine"] - 1])) + region["startColumn"] - 1
        end = sum(map(len, lines[: region["endLine"] - 1])) + region["endColumn"] - 1
        assert source[start:end] == source[finding.start : finding.end]
        assert (region["charOffset"], region["charLength"]) == (start, end - start)


def test_fixes_do_what_the_suggestions_say(hard: CheckResult) -> None:
    results = run_of(render_sarif(hard))["results"]
    source = hard.documents[0].source or ""
    fixed = []
    for result in results[:4]:
        for fix in result.get("fixes", ()):
            (change,) = fix["artifactChanges"]
            (replacement,) = change["replacements"]
            region = replacement["deletedRegion"]
            end = region["charOffset"] + region["charLength"]
            new = replacement.get("insertedContent", {"text": ""})["text"]
            fixed.append((source[: region["charOffset"]] + new + source[end:]).splitlines())
    assert [lines[0] for lines in fixed[:2]] == [
        "A 🧑‍🚀 virtual summit in Cafe\u0301",
        "A 🧑‍🚀 online summit in Cafe\u0301",
    ]
    assert [lines[2] for lines in fixed[2:]] == ["came “", "came “late,” he"]
    # What a reader sees of the last finding is not what stands there, so no program may replace it.
    assert "fixes" not in results[3]
    assert results[3]["message"]["text"].endswith("→ told")


def test_paths_are_uris(hard: CheckResult) -> None:
    locations = [artifact["location"] for artifact in run_of(render_sarif(hard, base="/drafts"))["artifacts"]]
    assert locations[0]["uri"] == "drafts/50%25%20off%2C%20%C3%A9%3A%20a%0Ab%5Cc.txt"
    assert unquote(locations[0]["uri"]) == hard.documents[0].path
    assert locations[1] == {"uri": "-", "description": {"text": "standard input"}}
    assert locations[3] == {"uri": "file:///elsewhere/aviso%201.txt"}
    assert locations[4] == {"uri": "gone.txt", "uriBaseId": "%SRCROOT%"}


def test_fingerprints_stay_when_lines_move_and_tell_twins_apart(full: CheckResult, finding_at: MakeFinding) -> None:
    def prints(result: CheckResult) -> list[str]:
        results = run_of(render_sarif(result))["results"]
        return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]

    assert prints(full) == ["0a1b2c:1", "0a1b2c:2", "0a1b2c:3", "0a1b2c:4"]
    moved = tuple(replace(one, line=one.line + 7, end_line=one.end_line + 7) for one in full.documents[0].findings)
    assert prints(replace(full, documents=(replace(full.documents[0], findings=moved),))) == prints(full)
    bare = replace(full.documents[0], findings=tuple(replace(one, fingerprint="") for one in moved))
    assert len(set(prints(replace(full, documents=(bare,))))) == 4


def test_rules_are_told_by_who_knows_them(full: CheckResult) -> None:
    texts = {"ES014": RuleText("x" * 2000, "# ES014\n\nA page.", "medium"), "XX001": RuleText("not found", "here")}
    first, second = run_of(render_sarif(full, rules=texts))["tool"]["driver"]["rules"]
    assert first["help"]["markdown"] == "# ES014\n\nA page."
    assert first["fullDescription"]["text"] == "x" * 1023 + "…"
    assert (first["id"], first["name"]) == ("ES014", "TelematicMeeting")
    assert first["shortDescription"]["text"] == "False friend: telematic meeting"
    assert first["properties"]["tags"] == ["translation", "false-friend", "Spanish"]
    assert "helpUri" not in first
    assert "The closing mark is missing." in second["help"]["markdown"]
    assert [one["properties"]["precision"] for one in (first, second)] == ["medium", "very-high"]


def test_brackets_make_no_links(hard: CheckResult) -> None:
    results = run_of(render_sarif(hard))["results"]
    assert r"\[a](b)" in results[1]["message"]["text"]


def test_braces_stand_for_no_argument(full: CheckResult) -> None:
    gone = next(one for one in full.documents if one.error is not None)
    result = replace(full, documents=(full.documents[0], replace(gone, path="{0}/x.txt")))
    text = RuleText("A {name}.", "# A {name}\n", None)
    run = run_of(render_sarif(result, rules={finding.rule: text for finding in full.findings}))
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert told[-1]["message"]["text"].startswith("{{0}}/x.txt: ")
    (rule, *_) = run["tool"]["driver"]["rules"]
    assert rule["fullDescription"]["text"] == "A {{name}}."
    assert rule["help"]["markdown"] == "# A {{name}}\n"


def test_more_results_than_github_takes_are_cut_and_counted(full: CheckResult, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reports.MOST_FINDINGS["sarif"] == 25_000
    monkeypatch.setattr(reports, "MOST_FINDINGS", {"sarif": 2})
    run = run_of(reports.render("sarif", replace(full, documents=(replace(full.documents[0], notes=()),))))
    assert [result["ruleId"] for result in run["results"]] == ["ES014", "QM002"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (note["level"], note["message"]["text"][:28]) == ("warning", "2 more findings were left ou")


@pytest.mark.parametrize("base", [None, "/drafts"])
def test_one_result_gives_the_same_bytes(hard: CheckResult, base: str | None) -> None:
    assert render_sarif(hard, base=base) == render_sarif(hard, base=base)
    without = replace(hard, documents=tuple(replace(one, source=None) for one in hard.documents))
    assert render_sarif(without, base=base) == render_sarif(hard, base=base)
