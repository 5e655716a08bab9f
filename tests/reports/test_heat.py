"""Sentences with their words in the terminal report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tqcheck.reports.cells import cells
from tqcheck.reports.heat import HeatLine, heat_lines
from tqcheck.reports.snippet import Run
from tqcheck.reports.terminal import render_terminal
from tqcheck.result import CheckResult, DocumentResult, Fluency, SentenceResult, WordResult

SOURCE = "Short one.\nThe minister held a “telematics” summit\u00a0with  his neighbours and will desist of it soon.\n"
FIRST = SOURCE.index("The")


def words(source: str, start: int, **odd: tuple[str, ...]) -> tuple[WordResult, ...]:
    """The words of a source, those named odd with 24.5 bits, the others with 5."""
    return tuple(
        WordResult(found.start(), found.end(), 24.5, True, odd[found[0]])
        if found[0] in odd
        else WordResult(found.start(), found.end(), 12.0 if found[0] == "neighbours" else 5.0)
        for found in re.finditer(r"\w+", source)
        if found.start() >= start
    )


@pytest.fixture
def odd(result_of: Any) -> CheckResult:
    marked = words(SOURCE, FIRST, telematics=("virtual", "joint"), desist=())
    sentences = (
        SentenceResult(0, 10, 55.0, 6.0, words(SOURCE[:10], 0)),
        SentenceResult(FIRST, len(SOURCE) - 1, 4.2, 12.0, marked),
    )
    document = DocumentResult("a.txt", "en", words=17, fluency=Fluency(20.0, 9.0), sentences=sentences, source=SOURCE)
    return result_of(document)


def test_odd_words_are_underlined_and_named(odd: CheckResult) -> None:
    assert render_terminal(odd, width=64, color=False) == (
        "a.txt\n"
        "\n"
        "least fluent sentences\n"
        "   4.2  line 2  The minister held a “telematics” summit with his\n"
        "                                     ^^^^^^^^^^\n"
        "                neighbours and will desist of it soon.\n"
        "                                    ^^^^^^\n"
        "                telematics  24.5 bits  expected: virtual | joint\n"
        "                desist  24.5 bits\n"
        "\n"
        "no findings · 17 words\n"
        "fluency 20 of 100 (percentile among human-written news)\n"
    )


def test_in_colour_words_are_hot_and_nothing_stands_under_them(odd: CheckResult) -> None:
    report = render_terminal(odd, width=64, color=True)
    assert "“\x1b[1;4;31mtelematics\x1b[0m” summit with" in report
    assert "\x1b[33mneighbours\x1b[0m and will \x1b[1;4;31mdesist\x1b[0m of" in report
    assert "^" not in report


def test_a_narrow_page_puts_the_sentence_under_its_head(odd: CheckResult) -> None:
    lines = render_terminal(odd, width=20, color=False).splitlines()
    at = lines.index("   4.2  line 2")
    assert lines[at + 1 : at + 5] == ["    The minister", "    held a", "    “telematics”", "     ^^^^^^^^^^"]
    assert all(cells(line) <= 20 for line in lines)


def test_without_words_or_without_the_source_a_sentence_is_one_line(odd: CheckResult) -> None:
    (document,) = odd.documents
    bare = replace(document, sentences=tuple(one._replace(words=None) for one in document.sentences))
    lines = render_terminal(replace(odd, documents=(bare,)), width=64, color=False).splitlines()
    assert lines[3] == "   4.2  line 2  The minister held a “telematics” summit with…"
    assert lines[4] == ""
    lost = replace(odd, documents=(replace(document, source=None),))
    assert "expected" not in render_terminal(lost, width=64, color=False)


def test_a_sentence_without_odd_words_is_shown_whole(odd: CheckResult) -> None:
    (document,) = odd.documents
    quiet = document.sentences[1]._replace(words=words(SOURCE, FIRST))
    report = render_terminal(replace(odd, documents=(replace(document, sentences=(quiet,)),)), width=64, color=False)
    assert "neighbours and will desist of it soon.\n\nno findings" in report


def test_marks_stand_under_wide_and_combined_characters() -> None:
    source = "東京 said cafe\u0301s 👍 desisted, truly."
    marked = words(source, 0, desisted=("failed",), said=())
    shown = heat_lines(source, 0, len(source), marked, 60)
    assert ["".join(run.text for run in line.runs) for line in shown] == [source]
    assert shown[0].under == "     ^^^^          ^^^^^^^^"


def test_lines_keep_to_the_width_and_words_over_it_are_broken() -> None:
    source = "a " + "telematics" * 4 + " end " * 30
    marked = words(source, 0, **{"telematics" * 4: ()})
    shown = heat_lines(source, 0, len(source), marked, 12)
    assert all(cells("".join(run.text for run in line.runs)) <= 12 for line in shown)
    assert "".join(line.under for line in shown) == "^" * 40
    few = heat_lines(source, 0, len(source), marked, 12, most_lines=2)
    assert len(few) == 2
    assert few[-1].runs[-1].text == "…"
    assert heat_lines("  ", 0, 2, (), 12) == []
    assert heat_lines("x", 0, 1, (), 12) == [HeatLine((Run("x", ""),), "")]


def test_control_characters_do_not_reach_the_terminal() -> None:
    source = "evil\x1b[31m word"
    shown = heat_lines(source, 0, len(source), words(source, 0, evil=()), 40)
    assert "\x1b" not in "".join(run.text for line in shown for run in line.runs)
