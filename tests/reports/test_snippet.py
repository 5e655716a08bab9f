from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.reports.cells import cells
from tqcheck.reports.snippet import Mark, snippet
from tqcheck.result import Finding, Severity
from tqcheck.text.lines import LineIndex


def shown(source: str, width: int, *findings: Finding) -> tuple[str, str]:
    marks = [Mark(finding.start, finding.end, str(index)) for index, finding in enumerate(findings)]
    found = snippet(source, findings, marks, width)
    return "".join(run.text for run in found.runs), "".join(run.text for run in found.under)


@pytest.mark.parametrize(
    ("source", "text", "line", "under"),
    [
        ("They held a telematics summit.", "telematics", "They held a telematics summit.", " " * 12 + "^~~~~~~~~~"),
        ("🙂 a telematics", "telematics", "🙂 a telematics", " " * 5 + "^~~~~~~~~~"),
        ("cafe\u0301 telematics", "telematics", "cafe\u0301 telematics", " " * 5 + "^~~~~~~~~~"),
        ("東京 の telematics", "の", "東京 の telematics", " " * 5 + "^~"),
        ("a\u00a0b\tc", "c", "a b c", "    ^"),
        ("first\r\nsecond line\r\nthird", "line", "second line", "       ^~~~"),
        ("x\u200by", "\u200b", "xy", " ^"),
        ("the\x1b[2J end", "end", "the\ufffd[2J end", "        ^~~"),
    ],
)
def test_mark_stands_under_the_span(finding_at: Any, source: str, text: str, line: str, under: str) -> None:
    assert shown(source, 40, finding_at(source, text)) == (line, under)


def test_long_line_is_cut_around_the_span(finding_at: Any) -> None:
    source = "word " * 50 + "telematics summit" + " more" * 50
    line, under = shown(source, 40, finding_at(source, "telematics summit"))
    assert line == "…word word telematics summit more more…"
    assert under == " " * 11 + "^" + "~" * 16


def test_line_with_the_span_at_an_edge_uses_the_room(finding_at: Any) -> None:
    source = "telematics" + " more" * 50
    assert shown(source, 30, finding_at(source, "telematics"))[0] == "telematics more more more…"
    source = "word " * 50 + "telematics"
    assert shown(source, 30, finding_at(source, "telematics"))[0] == "…word word word telematics"


def test_span_too_long_to_show_keeps_both_ends(finding_at: Any) -> None:
    source = "So " + "very " * 40 + "long. End."
    line, under = shown(source, 20, finding_at(source, source[3:-5]))
    assert line == "…very ver…ery long.…"
    assert under == " ^" + "~" * 17
    source = "x" * 100_000
    assert cells(shown(source, 20, finding_at(source, source))[0]) <= 20


def test_span_over_lines_goes_from_first_to_last(finding_at: Any) -> None:
    source = "He held a telematics\r\nsummit today.\nNothing else.\nEnd."
    assert shown(source, 60, finding_at(source, "telematics\r\nsummit")) == (
        "He held a telematics↵summit today.",
        " " * 10 + "^" + "~" * 16,
    )
    assert shown(source, 60, finding_at(source, "today.\nNothing else.\nEnd"))[0] == "summit today.…End."
    assert shown(source, 60, finding_at(source, "else.\n")) == ("Nothing else.", "        ^~~~~")


def test_place_of_an_insertion_is_marked(finding_at: Any) -> None:
    source = "He said it"
    finding = replace(finding_at(source, "said"), end=3, end_column=4)
    assert shown(source, 40, finding) == ("He said it", "   ^")


def test_each_mark_keeps_its_start(finding_at: Any) -> None:
    source = "a telematics summit was held"
    line, under = shown(source, 40, finding_at(source, "telematics summit"), finding_at(source, "summit was"))
    assert line == source
    assert under == "  " + "^" + "~" * 10 + "^" + "~" * 9


CHARACTERS = st.sampled_from([*"ab .,“\t\n\r\u00a0", "🙂", "\u0301", "語", "\u200d", "\x1b", "\u202e", "\r\n", "word"])


@given(st.lists(CHARACTERS, min_size=1, max_size=120), st.data(), st.integers(8, 60))
def test_any_text_fits_the_width_and_shows_its_span(parts: list[str], data: st.DataObject, width: int) -> None:
    source = "".join(parts)
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    index = LineIndex(source)
    (line, column), (end_line, end_column) = index.position(start), index.position(end)
    finding = Finding(
        "R1", "r", "calque", Severity.WARNING, start, end, line, column, end_line, end_column, source[start:end], ""
    )
    text, under = shown(source, width, finding)
    assert cells(text) <= width
    assert not set(text) & set("\x1b\u202e\n\r\t")
    assert under.strip()[0] == "^"
    assert set(under.strip()[1:]) <= {"~"}
    assert len(under) <= width + 1
