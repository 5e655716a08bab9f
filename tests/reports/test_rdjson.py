from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tqcheck.reports.rdjson import render_rdjson
from tqcheck.result import CheckResult


def diagnostics(result: CheckResult, base: str | None = None) -> list[dict[str, Any]]:
    report = json.loads(render_rdjson(result, base=base))
    assert report["source"] == {"name": "tqcheck"}
    found: list[dict[str, Any]] = report["diagnostics"]
    for one in found:
        assert one["message"]
        assert one["location"]["path"]
        assert one["severity"] in {"ERROR", "WARNING", "INFO"}
    return found


def at(source: str, span: dict[str, dict[str, int]]) -> str:
    """What a range of lines and bytes covers."""
    lines = source.encode().split(b"\n")
    offsets = [sum(len(line) + 1 for line in lines[: one["line"] - 1]) + one["column"] - 1 for one in span.values()]
    return source.encode()[slice(*offsets)].decode()


def test_columns_count_bytes(hard: CheckResult) -> None:
    (document, *_) = hard.documents
    source = document.source or ""
    found = diagnostics(hard)
    for diagnostic, finding in zip(found, document.findings, strict=False):
        assert at(source, diagnostic["location"]["range"]) == source[finding.start : finding.end]
    assert found[0]["location"]["range"]["start"] == {"line": 1, "column": 15}


def test_suggestions_replace_the_finding(hard: CheckResult) -> None:
    found = diagnostics(hard)
    assert [one["text"] for one in found[0]["suggestions"]] == ["virtual summit", "online summit"]
    assert [one["text"] for one in found[2]["suggestions"]] == ["", "late,” he"]
    assert all(one["range"] == found[0]["location"]["range"] for one in found[0]["suggestions"])
    # No suggestion at all, and one that would replace what a reader does not see.
    assert "suggestions" not in found[1]
    assert "suggestions" not in found[3]


def test_without_the_source_ranges_are_lines_and_nothing_can_be_put_in(hard: CheckResult) -> None:
    bare = replace(hard, documents=tuple(replace(one, source=None) for one in hard.documents))
    found = diagnostics(bare)
    assert found[1]["location"]["range"] == {"start": {"line": 1}, "end": {"line": 2}}
    assert not [one for one in found if "suggestions" in one]
    assert "virtual summit" in found[0]["message"]


@pytest.mark.parametrize(
    ("base", "path"), [(None, "/drafts/gone.txt"), ("/drafts", "gone.txt"), ("/", "drafts/gone.txt")]
)
def test_a_failed_document_has_no_range(hard: CheckResult, base: str | None, path: str) -> None:
    last = diagnostics(hard, base)[-1]
    assert last["location"] == {"path": path}
    assert last["severity"] == "ERROR"


def test_an_empty_result_and_one_that_was_cut(full: CheckResult) -> None:
    assert diagnostics(replace(full, documents=())) == []
    assert diagnostics(replace(full, left_out=2))[-1]["message"] == "2 more findings were left out of this report"
