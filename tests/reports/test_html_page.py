from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.reports import ReportOptions, render
from tqcheck.reports.digest import FAMILIES
from tqcheck.reports.html_page import render_page
from tqcheck.reports.markup import legible
from tqcheck.reports.page.drawing import environment
from tqcheck.reports.plot import Point, fluency_plot, gauge
from tqcheck.result import (
    CATEGORIES,
    CheckResult,
    DocumentResult,
    DroppedCandidate,
    Finding,
    Fluency,
    SentenceResult,
    Severity,
    Signature,
    WordResult,
)
from tqcheck.text.lines import LineIndex

VOID = {"meta", "wbr", "br"}
# What the page is made of; nothing that loads or runs.
TAGS = set(
    re.findall(
        r"\w+",
        "html head meta title style body main header section footer details summary h1 h2 h3 p b i ul ol li dl div dt "
        "dd table thead tbody tr th td a abbr small mark sup span bdi del ins cite figure figcaption wbr "
        "svg g line circle rect text",
    )
)
HOSTILE = "<script>alert('x')</script> \"q\" & \u202e\x1b[31m</mark></p>--><!-- javascript:x"


class Page(HTMLParser):
    """A page parsed strictly: balance, ids, links, headings, and the text of each story without cards and numbers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.stories: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs), "an attribute twice"
        self.tags[tag] += 1
        self.attributes |= set(found)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "story" in found.get("class", "").split():
            self.stories.append("")
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self._open.append((tag, found.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if any(tag == "style" for tag, _ in self._open):
            return
        self.text += data
        inside = [name for _, names in self._open for name in names.split()]
        if "story" in inside and "card" not in inside and all(tag != "sup" for tag, _ in self._open):
            self.stories[-1] += data


def check_page(html: str) -> Page:
    """What every page keeps."""
    page = Page(html)
    assert set(page.tags) <= TAGS
    assert not {name for name in page.attributes if name.startswith("on") or name in ("src", "srcset", "action")}
    assert len(set(page.ids)) == len(page.ids)
    assert {link[0] for link in page.links} <= {"#"}
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(later <= former + 1 for former, later in zip(page.headings, page.headings[1:], strict=False))
    return page


def test_every_finding_is_once_in_the_story_and_once_in_the_table(full: CheckResult, story: str) -> None:
    page = check_page(render_page(full))
    assert page.stories == [legible(story)]
    assert [name for name in page.ids if re.fullmatch(r"d1-m\d+", name)] == [f"d1-m{n}" for n in (1, 2, 3, 4)]
    assert [name for name in page.ids if re.fullmatch(r"d1-f\d+", name)] == [f"d1-f{n}" for n in (1, 2, 3, 4)]
    for n in (1, 2, 3, 4):
        assert page.links.count(f"#d1-m{n}") == page.links.count(f"#d1-f{n}") == 1


def test_a_finding_is_explained_in_words(full: CheckResult) -> None:
    text = Page(render_page(full)).text
    for said in (
        "Spanish telemático means held over a network.",
        "telematics summit → virtual summit or online summit",
        "Spanish: cumbre telemática",
        "About 89,000 times as likely to the language model with the first suggestion (+11.4 nats)",
        "Right in 97% of the cases measured",
        "Not likelier to the language model with the first suggestion (+0.0 nats)",
        "third → (delete)",
        "quotes-punctuation",
        "QM002",
        "opening-for-closing",
    ):
        assert said in text, said


def test_documents_that_were_not_checked_say_why(full: CheckResult) -> None:
    page = check_page(render_page(full))
    assert "Skipped: the text is in Spanish, not English" in page.text
    assert "Could not be checked: no such file; check the name" in page.text
    assert "Note: only the first part was checked" in page.text
    assert page.links.count("#d2") == page.links.count("#d3") == 1
    assert "1 document checked · 1 skipped · 1 failed" in page.text


def test_fluency_and_origin_stay_apart(full: CheckResult) -> None:
    text = Page(render_page(full)).text
    assert "Fluency 37 of 100" in text
    assert "50 is ordinary, under 5 is odd. It says how the story reads, not who or what wrote it." in text
    assert "Unedited machine translation: likely (probability 0.91)" in text
    assert "Most likely source language: Spanish 80%, Portuguese 10%" in text
    unjudged = replace(full, documents=(replace(full.documents[0], verdict=None),))
    without = Page(render_page(unjudged)).text
    assert "machine translation" not in without
    assert "Languages behind the findings: Spanish 100% (of 3 findings that name one)" in without


def test_without_a_model_the_page_says_so(full: CheckResult, result_of: Any) -> None:
    document = replace(
        full.documents[0], fluency=None, verdict=None, sentences=(SentenceResult(0, 32),), findings=full.findings[:1]
    )
    page = check_page(render_page(result_of(document, model=None)))
    assert "Fluency was not scored: there was no language model." in page.text
    assert page.tags["svg"] == 0
    assert "Fluency of the sentences" not in page.text


def test_each_scored_sentence_is_a_point_that_leads_to_it(full: CheckResult) -> None:
    page = check_page(render_page(full, least_fluent=5))
    assert page.links.count("#d1-s2") == 2  # in the plot and in the list
    assert page.links.count("#d1-s3") == 1
    assert "Sentence 3, line 4: fluency 64. It was the third such meeting." in page.text
    assert check_page(render_page(full, least_fluent=0)).links.count("#d1-s2") == 1


def test_odd_words_show_what_the_model_expected(full: CheckResult, story: str) -> None:
    start = story.index("neighbours")
    word = WordResult(start, start + 10, 17.24, True, ("allies", "<b>"))
    plain = WordResult(start + 11, start + 13, 1.0)
    first = full.documents[0]
    sentences = (first.sentences[0], first.sentences[1]._replace(words=(word, plain)), first.sentences[2])
    html = render_page(replace(full, documents=(replace(first, sentences=sentences),)))
    page = check_page(html)
    assert page.stories == [legible(story)]
    assert 'class="odd" title="17.2 bits; expected: allies, &lt;b&gt;">neighbours</span>' in html
    assert "1 word that the model did not expect" in page.text
    assert "allies, <b>" in page.text


def test_without_the_source_the_table_stands_alone(full: CheckResult) -> None:
    bare = replace(full, documents=(replace(full.documents[0], source=None),))
    page = check_page(render_page(bare))
    assert page.stories == []
    assert page.tags["mark"] == 0
    assert "The text of the story was not at hand" in page.text
    assert [name for name in page.ids if "-f" in name] == [f"d1-f{n}" for n in (1, 2, 3, 4)]
    assert "3:113" in page.text
    assert "characters 34–" in page.text


@pytest.mark.parametrize("show", list(Severity))
def test_findings_under_show_are_left_out_and_counted(full: CheckResult, show: Severity) -> None:
    page = check_page(render("html", full, ReportOptions(show=show)))
    kept = [finding for finding in full.findings if finding.severity >= show]
    assert page.tags["mark"] == len(kept)
    assert len([name for name in page.ids if "-f" in name]) == len(kept)
    assert (f"below {show.label} hidden" in page.text) == (len(kept) < 4)


def test_dropped_candidates_are_listed_when_asked_for(full: CheckResult) -> None:
    finding = full.findings[0]
    dropped = (DroppedCandidate(finding, 12.0), DroppedCandidate(replace(finding, gain=None), None))
    result = replace(full, documents=(replace(full.documents[0], dropped=dropped),))
    assert "Turned down" not in Page(render_page(result)).text
    text = check_page(render_page(result, dropped=True)).text
    assert "+11.4 nats, +12.0 nats" in text
    assert "none, a language model" in text


def test_no_text_of_others_becomes_markup(finding_at: Any, result_of: Any) -> None:
    source = f"One {HOSTILE} two. Three."
    hostile = dict.fromkeys(("rule", "name", "category", "message", "origin", "fingerprint"), HOSTILE)
    finding = finding_at(source, HOSTILE, suggestions=(HOSTILE, ""), languages=(HOSTILE, "es"), **hostile)
    document = DocumentResult(
        HOSTILE,
        language=HOSTILE,
        words=3,
        fluency=Fluency(3.0, 9.0),
        sentences=(SentenceResult(0, len(source) - 7, 2.0, 9.0, (WordResult(0, 3, 20.0, True, (HOSTILE,)),)),),
        findings=(finding,),
        source=source,
        notes=(HOSTILE,),
        dropped=(DroppedCandidate(finding, 1.0),),
    )
    result = result_of(document, DocumentResult(HOSTILE, error=HOSTILE), DocumentResult("x", skipped=HOSTILE))
    html = render_page(replace(result, signature=Signature(HOSTILE, HOSTILE, None, HOSTILE, HOSTILE)), dropped=True)
    page = check_page(html)
    assert page.stories == [legible(source)]
    assert not set("\u202e\x1b") & set(html)
    assert HOSTILE[:8] not in html


def test_findings_left_out_are_told_once(full: CheckResult) -> None:
    for result in (full, replace(full, documents=full.documents[:1])):
        text = check_page(render_page(replace(result, left_out=7))).text
        assert text.count("7 more findings were left out of this report and its counts.") == 1


def test_standard_input_has_a_name(full: CheckResult) -> None:
    html = render_page(replace(full, documents=(replace(full.documents[0], path="-"),)))
    assert "<title>standard input · tqcheck</title>" in html
    assert '<h1 id="d1-h">standard input</h1>' in html


def test_a_result_without_documents_is_a_page(result_of: Any) -> None:
    page = check_page(render_page(result_of()))
    assert "0 documents" in page.text


def test_the_page_is_complete_in_itself(full: CheckResult) -> None:
    html = render_page(full)
    assert html == render_page(full)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "default-src 'none'" in html
    assert not re.search(r"https?:|url\(|@import|<script", html)
    assert "AI" not in re.findall(r"\w+", Page(html).text)


def test_a_story_of_600_words_is_small(finding_at: Any, result_of: Any) -> None:
    source = "The minister held a telematics summit with allies on Tuesday, he said.\n\n" * 50
    findings = tuple(finding_at(source, "telematics summit", n) for n in range(50))
    starts = [match.start() for match in re.finditer("The", source)]
    sentences = tuple(SentenceResult(start, start + 70, 50.0, 8.0) for start in starts)
    document = DocumentResult("a.txt", "en", words=600, sentences=sentences, findings=findings, source=source)
    assert len(render_page(result_of(document)).encode()) < 150_000


@pytest.mark.slow
def test_the_time_grows_with_the_size_alone(finding_at: Any, result_of: Any, growth: Any) -> None:
    source = "He held a telematics summit.\n\n" * 20
    findings = tuple(finding_at(source, "telematics summit", n) for n in range(20))
    one = DocumentResult("a.txt", "en", words=100, findings=findings, source=source)
    small, large = result_of(*[one] * 100), result_of(*[one] * 1000)
    assert growth(lambda: render_page(small), lambda: render_page(large), 30) < 30


def test_every_category_has_its_colour_in_both_modes() -> None:
    css = files("tqcheck.reports.page").joinpath("page.css").read_text("utf-8")
    light, dark = css.split("prefers-color-scheme: dark")
    assert set(FAMILIES) == set(CATEGORIES)
    for category in CATEGORIES:
        for part, background in ((light, "#ffffff"), (dark, "#201e1b")):
            (color,) = re.findall(rf"\.c-{category} {{ --c: (#\w{{6}}); }}", part)
            assert contrast(color, background) >= 4.5, (category, color)
    for part, papers in ((light, ("#fdfcf9", "#ffffff", "#f4f1ea")), (dark, ("#171614", "#201e1b", "#2a2824"))):
        for name in ("ink", "soft", "link", "good", "bad"):
            (color,) = re.findall(rf"--{name}: (#\w{{6}});", part)
            assert all(contrast(color, paper) >= 4.5 for paper in papers), (name, color)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_plot_has_a_point_for_each_sentence() -> None:
    drawn: Any = environment().get_template("plot.html.jinja").module
    svg = drawn.plot(fluency_plot([Point(4.9, "a <b>", "#s1"), Point(5.0, "c"), Point(100.0, "d", "#s3")]))
    assert svg.count("<circle") == 3
    assert svg.count('class="low"') == 1
    assert "a &lt;b&gt;" in svg
    assert 'cy="8.0"' in svg  # the top
    assert svg.count("<a ") == 2
    assert "1 under 5" in svg
    assert fluency_plot([]) is None
    assert 'cx="37.2%"' in drawn.gauge(gauge(37.2))


SOURCES = st.text(alphabet=st.sampled_from("ab .\n\r<>&\"'\u202e\x00é"), min_size=1, max_size=60)


@given(SOURCES, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from(CATEGORIES)), max_size=15))
def test_any_findings_in_any_text(source: str, places: list[tuple[int, int, str]]) -> None:
    index = LineIndex(source)
    findings = []
    for at, length, category in places:
        start = at % len(source)
        end = min(len(source), start + length)
        place = (*index.position(start), *index.position(end))
        findings.append(
            Finding("X1", "name", category, Severity.ERROR, start, end, *place, source[start:end], "message", (source,))
        )
    sentences = (
        SentenceResult(0, len(source) // 2, 1.0, 2.0),
        SentenceResult(len(source) // 2, len(source), 60.0, 2.0),
    )
    document = DocumentResult("p", "en", words=1, sentences=sentences, findings=tuple(findings), source=source)
    page = check_page(render_page(CheckResult(Signature("1", "r", None, None, "s"), (document,))))
    assert page.stories == [legible(source)]
    for kind in "mf":
        assert sorted(name for name in page.ids if f"-{kind}" in name) == sorted(
            f"d1-{kind}{n}" for n in range(1, len(findings) + 1)
        )
