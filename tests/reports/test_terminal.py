from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tqcheck.reports.cells import cells
from tqcheck.reports.terminal import _CATEGORY_STYLES, render_terminal
from tqcheck.result import (
    CATEGORIES,
    CheckResult,
    DocumentResult,
    DroppedCandidate,
    Fluency,
    SentenceResult,
    Severity,
)

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def only(result: CheckResult) -> CheckResult:
    return replace(result, documents=result.documents[:1])


def test_report_of_one_document(full: CheckResult) -> None:
    assert render_terminal(only(full), width=80, color=False) == (
        "draft.txt\n"
        "\n"
        "1 │ Leaders hold a telematics summit\n"
        "  │                ^~~~~~~~~~~~~~~~~\n"
        "   1:16  warning  false-friend  Spanish telemático means held over a network.\n"
        "         → virtual summit | online summit\n"
        "         es: cumbre telemática · +11.4 nats · ES014 telematic-meeting\n"
        "\n"
        "3 │ The minister held a telematics summit with his neighbours on Tuesday, and…\n"
        "  │                     ^~~~~~~~~~~~~~~~~\n"
        "   3:21  warning  false-friend  Spanish telemático means held over a network.\n"
        "         → virtual summit | online summit\n"
        "         es: cumbre telemática · +11.4 nats · ES014 telematic-meeting\n"
        "\n"
        "3 │ …have been made not a few since then, “he said to reporters in the capital.\n"
        "  │                                 ^~~~~~~~~\n"
        "  3:113  error  quotes-punctuation  The closing mark is missing.\n"
        "         → then,” he\n"
        "         QM002 opening-for-closing\n"
        "\n"
        "4 │ It was the third such meeting.\n"
        "  │            ^~~~~\n"
        "   4:12  suggestion  wordiness  Spanish telemático means held over a network.\n"
        "         → (delete)\n"
        "         es: cumbre telemática · +0.0 nats · ES014 telematic-meeting\n"
        "\n"
        "least fluent sentences\n"
        "  12.0  line 3  The minister held a telematics summit with his neighbours on…\n"
        "\n"
        "1 error, 2 warnings, 1 suggestion · 32 words\n"
        "fluency 37 of 100 (percentile among human-written news)\n"
        "unedited machine translation: likely (probability 0.91)\n"
        "  – 2 findings of <artifacts> in 9 words\n"
        "most likely source languages: Spanish 80%, Portuguese 10%\n"
        "note: only the first part was checked\n"
    )


def test_several_documents_end_in_a_total(full: CheckResult, result_of: Any) -> None:
    clean = DocumentResult("good.txt", "en", words=1200, fluency=Fluency(55.4, 7.0))
    report = render_terminal(result_of(*full.documents, clean), width=80, color=False)
    assert report.endswith(
        "\n"
        "aviso.txt: skipped: the text is in Spanish, not English\n"
        "gone.txt: error: no such file; check the name\n"
        "good.txt: no findings · 1,200 words · fluency 55\n"
        "\n"
        "total: 2 documents checked · 1 skipped · 1 failed · 1 error, 2 warnings, 1\n"
        "  suggestion · 1,232 words\n"
    )


def test_document_without_findings_still_has_its_summary(result_of: Any) -> None:
    report = render_terminal(result_of(DocumentResult("a.txt", "en", words=1), model=None), width=80, color=False)
    assert report == "a.txt\n\nno findings · 1 word\nfluency not scored: no language model\n"
    report = render_terminal(result_of(DocumentResult("a.txt", "en", words=5)), width=80, color=False)
    assert report.endswith("\nfluency not scored\n")


def test_missing_model_is_said_once_for_several_documents(result_of: Any) -> None:
    both = result_of(DocumentResult("a.txt", "en", words=9), DocumentResult("b.txt", "en", words=9), model=None)
    report = render_terminal(both, width=80, color=False)
    assert report.count("no language model") == 1
    assert report.endswith("18 words\nfluency not scored: no language model\n")


def test_no_documents_no_report(result_of: Any) -> None:
    assert render_terminal(result_of(), width=80, color=False) == ""


def test_findings_near_each_other_share_a_line(finding_at: Any, result_of: Any) -> None:
    source = "They held a telematics summit in the best of cases."
    findings = (finding_at(source, "in the best of cases", rule="ES050"), finding_at(source, "telematics summit"))
    report = render_terminal(
        result_of(DocumentResult("a.txt", findings=findings, source=source)), width=80, color=False
    )
    assert report.count(source) == 1
    assert f"  │ {'':12}^{'~' * 16} ^{'~' * 19}\n" in report
    assert report.index("1:13  warning") < report.index("1:31  warning")


def test_findings_below_show_are_hidden_and_counted(full: CheckResult) -> None:
    report = render_terminal(only(full), width=80, color=False, show=Severity.ERROR)
    assert "false-friend" not in report
    assert "wordiness" not in report
    assert "1 error (3 below error hidden) · 32 words" in report
    none = replace(full.documents[0], findings=full.documents[0].findings[3:])
    report = render_terminal(replace(full, documents=(none,)), width=80, color=False, show=Severity.WARNING)
    assert "no findings (1 below warning hidden)" in report


def test_languages_share_their_findings(finding_at: Any, result_of: Any) -> None:
    source = "one two three four"
    findings = (
        finding_at(source, "one", languages=("es",)),
        finding_at(source, "two", languages=("es", "it", "pt", "ca")),
        finding_at(source, "three", languages=()),
        finding_at(source, "four", languages=("it", "xx")),
    )
    report = render_terminal(
        result_of(DocumentResult("a.txt", findings=findings, source=source)), width=120, color=False
    )
    # Of three findings: Spanish 1 + 1/2, Italian 1/6 + 1/2, an unknown code 1/2.
    assert "most likely source languages: Spanish 50%, Italian 22%, xx 17% (share of 3 findings)\n" in report
    assert "es: cumbre telemática (also it, pt, ca)" in report
    mechanical = result_of(DocumentResult("a.txt", findings=findings[2:3], source=source))
    assert "source language" not in render_terminal(mechanical, width=120, color=False)


@pytest.mark.parametrize(
    ("suggestions", "shown"),
    [
        (("virtual summit", "online summit"), "→ virtual summit | online summit"),
        (("",), "→ (delete)"),
        ((" ", "  "), "→ (blank) | (2 blanks)"),
        ((",” he ",), "→ ,” he␣"),
        (tuple("abcdefg"), "→ a | b | c | d | e (and 2 more)"),
        (("\x1b[1mx",), "→ \ufffd[1mx"),
    ],
)
def test_suggestions(finding_at: Any, result_of: Any, suggestions: tuple[str, ...], shown: str) -> None:
    finding = finding_at("one", "one", suggestions=suggestions)
    report = render_terminal(
        result_of(DocumentResult("a.txt", findings=(finding,), source="one")), width=80, color=False
    )
    assert f" {shown}\n" in report


def test_saved_report_shows_the_text_of_findings(full: CheckResult) -> None:
    saved = replace(only(full), documents=(replace(full.documents[0], source=None),))
    report = render_terminal(saved, width=80, color=False)
    assert "3 │ telematics summit\n  │ ^~~~~~~~~~~~~~~~~\n" in report
    assert "  12.0  characters 34–189\n" in report


def test_least_fluent_sentences_are_few_odd_and_in_order(result_of: Any) -> None:
    source = "One.\nTwo.\nThree.\nFour.\nFive."
    scores = (15.0, 3.24, 20.0, 1.0, None)
    starts = (0, 5, 10, 17, 23)
    sentences = tuple(SentenceResult(s, s + 4, score, 9.0) for s, score in zip(starts, scores, strict=True))
    result = result_of(DocumentResult("a.txt", sentences=sentences, source=source))
    report = render_terminal(result, width=80, color=False, least_fluent=2)
    assert "least fluent sentences\n   1.0  line 4  Four\n   3.2  line 2  Two.\n\n" in report
    assert "Three" not in render_terminal(result, width=80, color=False, least_fluent=9)
    assert "least fluent" not in render_terminal(result, width=80, color=False, least_fluent=0)


def test_dropped_candidates_show_gain_and_need(finding_at: Any, result_of: Any) -> None:
    source = "The insurer fits telematics boxes."
    finding = finding_at(source, "telematics boxes", suggestions=("video boxes",), gain=0.42)
    other = finding_at(source, "fits", suggestions=(), gain=None, rule="X1", name="x")
    dropped = (DroppedCandidate(finding, 2.0), DroppedCandidate(other, None))
    result = result_of(DocumentResult("a.txt", "en", words=5, source=source, dropped=dropped))
    report = render_terminal(result, width=120, color=False, dropped=True)
    assert "dropped by arbitration: 2 candidates\n" in report
    assert "  1:18  “telematics boxes” → video boxes · +0.4 nats, needs +2.0 · ES014 telematic-meeting\n" in report
    assert "  1:13  “fits” · needs a language model · X1 x\n" in report
    assert "no findings · 5 words" in report
    assert "dropped" not in render_terminal(result, width=120, color=False)
    assert "\x1b[2m1:18" in render_terminal(result, width=120, color=True, dropped=True)


@pytest.mark.parametrize("width", [1, 20, 40, 80, 200])
@pytest.mark.parametrize("dropped", [False, True])
def test_no_line_is_wider_than_the_terminal(full: CheckResult, width: int, dropped: bool) -> None:
    first = full.documents[0]
    turned = replace(first, dropped=(DroppedCandidate(first.findings[0], 20.0),), path="very/long/" * 12)
    report = render_terminal(
        replace(full, documents=(turned, *full.documents[1:])), width=width, color=False, dropped=dropped
    )
    assert max(cells(line) for line in report.splitlines()) <= max(width, 20)
    assert all(line == line.rstrip() for line in report.splitlines())


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_colour_changes_nothing_but_colour(full: CheckResult, width: int) -> None:
    plain = render_terminal(full, width=width, color=False)
    coloured = render_terminal(full, width=width, color=True)
    assert "\x1b" not in plain
    stripped = "".join(f"{line.rstrip()}\n" for line in ANSI.sub("", coloured).splitlines())
    assert stripped == plain


def test_spans_are_underlined_in_the_colour_of_their_category(full: CheckResult) -> None:
    report = render_terminal(only(full), width=80, color=True)
    assert "\x1b[4;33mtelematics summit\x1b[0m" in report
    assert "\x1b[4;35mthen, “he\x1b[0m" in report
    assert set(_CATEGORY_STYLES) == set(CATEGORIES)


def test_nothing_from_outside_can_steer_the_terminal(finding_at: Any, result_of: Any) -> None:
    evil = "\x1b]0;title\x07\x9b2J\u202e\r"
    source = f"A {evil} line"
    finding = finding_at(source, evil, message=evil, suggestions=(evil,), origin=evil, rule=evil, name=evil)
    documents = (
        DocumentResult(
            evil,
            source=source,
            findings=(finding,),
            sentences=(SentenceResult(0, len(source), 1.0, 9.0),),
            dropped=(DroppedCandidate(finding, 1.0),),
            notes=(evil,),
        ),
        DocumentResult(evil, skipped=evil),
        DocumentResult(evil, error=evil),
    )
    for source_kept in (True, False):
        kept = documents if source_kept else (replace(documents[0], source=None), *documents[1:])
        report = render_terminal(result_of(*kept), width=80, color=False, dropped=True)
        assert not set(report) & set("\x1b\x07\x9b\u202e\r")
        assert "\ufffd" in report


def test_line_of_ten_million_characters_is_no_burden(finding_at: Any, result_of: Any) -> None:
    source = "word " * 1_000_000 + "telematics summit" + " word" * 1_000_000
    findings = (finding_at(source, "telematics summit"),)
    report = render_terminal(
        result_of(DocumentResult("a.txt", findings=findings, source=source)), width=80, color=False
    )
    assert len(report) < 1_000
    assert "word telematics summit word" in report


def test_fluency_names_what_a_calibration_of_ones_own_compares_with(full: CheckResult) -> None:
    assert full.signature.model is not None
    model = replace(full.signature.model, calibration="0f" * 32)
    own = replace(full, signature=replace(full.signature, model=model))
    told = "of 100 (percentile among the stories of its calibration)"
    assert told in render_terminal(own, width=100, color=False)
    assert told not in render_terminal(full, width=100, color=False)
