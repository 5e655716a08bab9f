from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tqcheck.reports import ReportOptions, render
from tqcheck.reports.cells import clean
from tqcheck.reports.markdown import LONGEST, render_markdown
from tqcheck.result import CheckResult, DocumentResult, Finding, Severity, Signature

HOSTILE = (
    "<img src=x> | `code` *b* _i_ [l](http://x.y) ![p](q) ~~s~~ $x$ \\| &amp; @me org/r#12 GH-3 www.x.org :tada:\n# h"
)


class Rendered(HTMLParser):
    """The cells of the tables, row by row, without the zero-width spaces; and the tags."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self._in_cell = False
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data.replace("\u200b", "")


def test_the_summary(full: CheckResult) -> None:
    assert render("markdown", full) == (
        "## tqcheck: 1 error, 2 warnings, 1 suggestion\n"
        "\n"
        "1 document checked · 1 skipped · 1 failed · 32 words\n"
        "\n"
        "### draft.txt\n"
        "\n"
        "1 error, 2 warnings, 1 suggestion · 32 words · fluency 37 of 100 · "
        "unedited machine translation: likely (probability 0.91)\n"
        "\n"
        "What the verdict rests on: 2 findings of &#60;artifacts&#62; in 9 words.\n"
        "\n"
        "Note: only the first part was checked\n"
        "\n"
        "| Line | Severity | Text → instead | Why | Rule |\n"
        "| ---: | --- | --- | --- | --- |\n"
        "| 1:16 | warning | telematics summit → <b>virtual summit</b> or <b>online summit</b> "
        "| Spanish telemático means held over a network. (Spanish: cumbre telemática) | ES014 telematic-meeting |\n"
        "| 3:21 | warning | telematics summit → <b>virtual summit</b> or <b>online summit</b> "
        "| Spanish telemático means held over a network. (Spanish: cumbre telemática) | ES014 telematic-meeting |\n"
        "| 3:113 | error | then, “he → <b>then,” he</b> | The closing mark is missing. | QM002 opening-for-closing |\n"
        "| 4:12 | suggestion | third → <b>(delete)</b> "
        "| Spanish telemático means held over a network. (Spanish: cumbre telemática) | ES014 telematic-meeting |\n"
        "\n"
        "### Could not be checked\n"
        "\n"
        "| Document | State | Words | Fluency |\n"
        "| --- | --- | ---: | ---: |\n"
        "| gone.txt | error: no such file; check the name | 0 | – |\n"
        "\n"
        "### Without findings\n"
        "\n"
        "| Document | State | Words | Fluency |\n"
        "| --- | --- | ---: | ---: |\n"
        "| aviso.txt | skipped: the text is in Spanish, not English | 120 | – |\n"
        "\n"
        "<sub>Fluency is a percentile among human-written news: 50 is ordinary, under 5 is odd. "
        "It says how a text reads, not who or what wrote it. tqcheck 0.1.0</sub>\n"
    )


@pytest.mark.parametrize("show", list(Severity))
def test_findings_under_show_are_left_out_and_counted(full: CheckResult, show: Severity) -> None:
    report = render("markdown", full, ReportOptions(show=show))
    kept = [finding for finding in full.findings if finding.severity >= show]
    assert len(re.findall(r"^\| \d+:", report, re.MULTILINE)) == len(kept)
    assert (f"below {show.label} hidden" in report) == (len(kept) < 4)


def test_findings_left_out_are_told(full: CheckResult) -> None:
    report = render_markdown(replace(full, left_out=1))
    assert "· 32 words\n\n1 more finding was left out of this report and its counts.\n\n### draft.txt\n" in report
    assert "### Without findings in this report\n" in report


def test_standard_input_has_a_name(full: CheckResult) -> None:
    report = render_markdown(replace(full, documents=(replace(full.documents[0], path="-"), DocumentResult("-"))))
    assert "### standard input\n" in report
    assert "| standard input | no findings |" in report


def test_without_a_model_it_says_so(result_of: Any) -> None:
    report = render_markdown(result_of(DocumentResult("a.txt", "en", words=1200), model=None))
    assert "| a.txt | no findings | 1,200 | – |" in report
    assert "Fluency was not scored: there was no language model." in report


def of_text(text: str) -> CheckResult:
    finding = Finding("X1", "n", "calque", Severity.ERROR, 0, 1, 1, 1, 1, 2, text, text, (text,), (), text)
    return CheckResult(Signature("1", "r", None, None, "s"), (DocumentResult("p", findings=(finding,)),))


def test_text_of_others_stays_text() -> None:
    rendered = Rendered(render_markdown(of_text(HOSTILE)))
    assert rendered.tags == {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "b", "sub"}
    line = " ".join(HOSTILE.split())
    assert rendered.rows[1] == ["1:1", "error", f"{line} → {line}", f"{line} ({line})", "X1 n"]


def test_github_makes_no_links_of_it() -> None:
    report = render_markdown(of_text(HOSTILE))
    # GitHub looks for these in the text as it is shown.
    shown = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), report)
    assert not re.search(r"@\w|#\d|://|www\.|GH-\d|:tada:", shown)


@given(st.text(alphabet=st.sampled_from("ab1 |`*_[]()<>&#@:/\\~$!\n\r\t-=+.\"'\x00\u202eé—"), max_size=60))
def test_any_text_stays_text(text: str) -> None:
    rendered = Rendered(render_markdown(of_text(text)))
    assert rendered.tags <= {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "b", "sub"}
    assert [len(row) for row in rendered.rows] == [5, 5]
    line = " ".join(clean(text).split())
    assert rendered.rows[1][3] == (f"{line} ({line})".strip() if text else "")


def test_long_texts_are_cut_with_what_is_missing() -> None:
    report = render_markdown(of_text("word " * 200))
    assert "… (860 more characters)" in report
    assert len(report) < 2500


def test_many_findings_are_folded(finding_at: Any, result_of: Any) -> None:
    findings = tuple(finding_at("one", "one") for _ in range(21))
    folded = render_markdown(result_of(DocumentResult("a.txt", findings=findings)))
    assert "<details><summary>21 findings</summary>\n\n| Line" in folded
    assert folded.count("<details>") == folded.count("\n</details>\n") == 1
    assert "<details>" not in render_markdown(result_of(DocumentResult("a.txt", findings=findings[:20])))
    many = render_markdown(result_of(*[DocumentResult(f"{n}.txt", "en") for n in range(21)]))
    assert "<details><summary>21 documents</summary>" in many


def test_what_does_not_fit_is_counted(finding_at: Any, result_of: Any) -> None:
    findings = tuple(finding_at("one", "one") for _ in range(300))
    documents = [DocumentResult(f"{n}.txt", "en", findings=findings) for n in range(5)]
    documents += [DocumentResult(f"clean-{n}.txt", "en") for n in range(3000)]
    report = render_markdown(result_of(*documents))
    assert len(report) <= LONGEST
    assert report.count("<details>") == report.count("</details>")
    shown = len(re.findall(r"^\| 1:1 \|", report, re.MULTILINE))
    listed = len(re.findall(r"^\| clean-", report, re.MULTILINE))
    whole = 5 - len(re.findall(r"^### \d", report, re.MULTILINE)) + 3000 - listed
    assert f"**Left out for length: {1500 - shown:,} findings and {whole:,} whole documents.**" in report
    assert report.endswith("</sub>\n")


def test_a_small_limit_is_kept(full: CheckResult) -> None:
    many = replace(full, documents=full.documents * 20)
    assert all(len(render_markdown(many, longest=longest)) <= longest for longest in (2000, 3000, 5000))


def test_a_result_without_documents(result_of: Any) -> None:
    assert render_markdown(result_of()).startswith("## tqcheck: no findings\n")
