from __future__ import annotations

import codecs
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tqcheck import Checker, Settings
from tqcheck.pipeline.run import Run
from tqcheck.pipeline.sources import with_sources
from tqcheck.reports.json_report import dumps, from_json
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


STORY = "The café held a telematics summit.\r\nIt was a telematics summit.\r\n"


def ranges(data: bytes, encoding: str | None = None, source: str = STORY) -> tuple[list[dict[str, Any]], list[bool]]:
    """The ranges of the findings in a file, and which of them have suggestions."""
    checker = Checker(Settings(lm="off", encoding=encoding))
    document = checker.check_bytes(data, path="draft.txt", kind="plain")
    assert [source[one.start : one.end] for one in document.findings] == ["telematics summit"] * 2
    found = diagnostics(checker.result([document]))
    return [one["location"]["range"] for one in found], ["suggestions" in one for one in found]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("encoding", [None, "utf-8-sig", "windows-1252"])
def test_columns_are_those_of_the_file_behind_a_byte_order_mark_too(mark: bytes, encoding: str | None) -> None:
    data = mark + STORY.encode()
    if encoding == "windows-1252" and not mark:
        data = STORY.encode("cp1252")
    found, suggested = ranges(data, encoding)
    if encoding == "windows-1252" and not mark:
        assert found[0] == {"start": {"line": 1}, "end": {"line": 1}}
        assert suggested == [False, True]
        found = found[1:]
    else:
        assert suggested == [True, True]
    lines = data.split(b"\n")
    for one in found:
        line = lines[one["start"]["line"] - 1]
        assert line[one["start"]["column"] - 1 : one["end"]["column"] - 1] == b"telematics summit"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_in_utf_16_ranges_are_lines_and_nothing_can_be_put_in(codec: str) -> None:
    data = "\ufeff".encode(codec) + STORY.encode(codec)
    found, suggested = ranges(data)
    assert found == [{"start": {"line": line}, "end": {"line": line}} for line in (1, 2)]
    assert suggested == [False, False]


def test_a_suggestion_that_is_no_utf_8_in_the_file_is_left_out(hard: CheckResult) -> None:
    source = "A 10% telematics summit.\n"
    (document, *_) = hard.documents
    finding = replace(document.findings[0], start=6, end=23, line=1, column=7, end_line=1, end_column=24)
    finding = replace(finding, suggestions=("video summit", "“video” summit"), text="telematics summit")
    latin = replace(document, source=source, findings=(finding,), encoding="cp1252")
    (found,) = diagnostics(replace(hard, documents=(latin,)))
    assert [one["text"] for one in found["suggestions"]] == ["video summit"]
    assert found["location"]["range"]["start"] == {"line": 1, "column": 7}


def test_the_run_and_a_saved_result_know_the_encoding(tmp_path: Path) -> None:
    data = codecs.BOM_UTF8 + STORY.encode()
    (tmp_path / "draft.txt").write_bytes(data)
    run = Run(Checker(Settings(lm="off")))
    checked = run.check([str(tmp_path / "draft.txt")], keep_source=True)
    expected = ranges(data)[0]
    assert [one["location"]["range"] for one in diagnostics(checked)] == expected
    saved, without = with_sources(from_json(dumps(checked)))
    assert without == []
    assert [one["location"]["range"] for one in diagnostics(saved)] == expected


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
