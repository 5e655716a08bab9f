from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tqcheck.config.settings import Settings
from tqcheck.errors import MissingExtra, ModelUnavailable
from tqcheck.fix.fixes import Fix, Fixed, Fixer, apply, choose
from tqcheck.lm.arbitration import Thresholds
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.pipeline.checker import Checker
from tqcheck.result import DocumentResult, Finding, Severity
from tqcheck.rules.examples import marked
from tqcheck.rules.schema import Rule
from tqcheck.text.document import Kind

CHECKER = Checker(Settings(lm="off"))
SAFE = [rule for rule in CHECKER.rules.rules if rule.fix == "safe"]
ENGLISH = "The minister told the members on Monday that the talks would go on for some days in the town."


def check(path: str = "draft.txt", kind: Kind | None = None) -> Callable[[str], DocumentResult]:
    return lambda text: CHECKER.check_text(text, path=path, kind=kind)


def fixed(text: str, path: str = "draft.txt", **options: bool) -> Fixed:
    return Fixer(CHECKER.rules, **options).fix(check(path)(text), text, check(path))


def finding(start: int, end: int, severity: Severity = Severity.ERROR, rule: str = "SP002", **more: object) -> Finding:
    found = Finding(rule, "a-name", "calque", severity, start, end, 1, 1, 1, 1, "text", "message", ("fix",))
    return replace(found, **more)  # type: ignore[arg-type]


def fix(start: int, end: int, severity: Severity = Severity.ERROR, safe: bool = True, to: str = "x") -> Fix:
    return Fix(start, end, to, finding(start, end, severity), safe)


# What may be written


@pytest.mark.parametrize("rule", SAFE, ids=lambda rule: rule.id)
def test_the_safe_fixes_of_every_example_hold(rule: Rule) -> None:
    for example in rule.bad:
        text, start, end = marked(example)
        text = f"{ENGLISH}\n{text}"
        start, end = start + len(ENGLISH) + 1, end + len(ENGLISH) + 1
        before = check()(text)
        (own,) = [one for one in before.findings if one.rule == rule.id and (one.start, one.end) == (start, end)]
        done = Fixer(CHECKER.rules).fix(before, text, check())
        assert own in [one.finding for one in done.rounds[0]], done.withdrawn
        assert_none_left(done)


def assert_none_left(done: Fixed) -> None:
    """The properties of every outcome: what was fixed is not found again, and nothing serious is new."""
    assert done.result.findings == check(done.result.path)(done.text).findings
    before, after = (serious(text, done.result.path) for text in (done.before, done.text))
    assert len(after) <= len(before) - sum(
        one.finding.severity > Severity.SUGGESTION for fixes in done.rounds[:1] for one in fixes
    )
    again = Fixer(CHECKER.rules).fix(done.result, done.text, check(done.result.path))
    assert again.text == done.text
    text = done.before
    for fixes in done.rounds:
        assert all(left.end <= right.start for left, right in pairwise(fixes))
        assert all(text[one.start : one.end] != one.replacement for one in fixes)
        text = apply(text, fixes)
    assert text == done.text


@cache
def serious(text: str, path: str) -> list[Finding]:
    return [one for one in check(path)(text).findings if one.severity > Severity.SUGGESTION]


@pytest.mark.parametrize("start", range(0, 17, 3))
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_documents_that_mix_the_examples_are_fixed(start: int, ends: str) -> None:
    examples = [marked(example)[0] for rule in SAFE for example in rule.bad]
    mixed = [one.replace("\n", " ") for one in examples[start::17]]
    done = fixed(ends.join([ENGLISH, *mixed, ENGLISH]) + ends)
    assert len(done.applied) >= 4
    assert_none_left(done)
    assert re.findall(r"\r\n|\r|\n", done.text) == re.findall(r"\r\n|\r|\n", done.before)


def test_only_safe_fixes_are_written_unless_the_others_are_asked_for() -> None:
    text = f"{ENGLISH} Putin held a telematics summit , they said, and the debt is 3,5 million euros."
    done = fixed(text)
    assert "a telematics summit, they" in done.text
    assert "3.5 million" in done.text
    assert [one.finding.rule for one in done.left] == ["ES014"]
    assert done.text[done.left[0].start : done.left[0].end] == "telematics summit"
    everything = fixed(text, unsafe=True)
    assert "a virtual summit, they" in everything.text
    assert everything.left == ()


def test_a_text_with_nothing_to_fix_stays_as_it_is() -> None:
    done = fixed(ENGLISH)
    assert (done.text, done.changed, done.rounds, done.withdrawn, done.left) == (ENGLISH, False, (), (), ())


def test_what_another_finding_hid_is_fixed_in_a_later_round() -> None:
    done = fixed(f"{ENGLISH} They met on friday .")
    assert done.text.endswith("They met on Friday.")
    assert len(done.rounds) == 2


def test_only_the_findings_that_are_wanted_are_fixed() -> None:
    text = f"{ENGLISH} They met on friday . It cost 3,5 million euros."
    done = Fixer(CHECKER.rules).fix(check()(text), text, check(), only=lambda finding: finding.rule == "SP002")
    assert done.text == f"{ENGLISH} They met on friday. It cost 3,5 million euros."
    text += " He likes telematics summits , in May."
    rules = ("SP002", "ES014")
    some = Fixer(CHECKER.rules).fix(check()(text), text, check(), only=lambda finding: finding.rule in rules)
    assert [some.text[one.start : one.end] for one in some.left] == ["telematics summits"]
    assert "telematics summits, in" in some.text


def test_marks_take_the_shape_that_the_text_has() -> None:
    assert 'spoke of "a new era" on' in fixed(f'{ENGLISH} "Well," he said and spoke of « a new era » on Tuesday.').text
    assert "spoke of “a new era” on" in fixed(f"{ENGLISH} “Well,” he said and spoke of « a new era » on Tuesday.").text
    assert (
        "The firm's plan and the minister's plane"
        in fixed(f"{ENGLISH} The firm's plan and the minister 's plane.").text
    )


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.html", f"<p>{ENGLISH} They met <b>here</b> , on <i>monday</i> .</p>", "<b>here</b> , on <i>monday</i> ."),
        (
            "a.html",
            f"<p>{ENGLISH} It cost them 3,5 million euros &amp; more , in all.</p>",
            "3.5 million euros &amp; more, in",
        ),
        ("a.html", f"<p>{ENGLISH} He called it «&nbsp;a bad joke&nbsp;» then.</p>", "«&nbsp;a bad joke&nbsp;»"),
        (
            "a.md",
            f"{ENGLISH} It is **3,5** million, or *4,5* million euros , or *so* .",
            "**3.5** million, or *4.5* million euros, or *so* .",
        ),
        (
            "a.md",
            f"{ENGLISH} They met [here](http://example.org/a) on monday .",
            "[here](http://example.org/a) on Monday.",
        ),
    ],
)
def test_mark_up_is_left_alone(path: str, text: str, expected: str) -> None:
    done = fixed(text, path)
    assert expected in done.text
    assert_none_left(done)


@pytest.mark.parametrize(
    ("kind", "before", "replacement", "written"),
    [
        ("html", "x", "a < b", False),
        ("html", "a & b", "b & a", True),
        ("markdown", "x", "a *b*", False),
        ("markdown", "x", "snake_case", False),
        ("plain", "x", "a *b* <c>", True),
        ("markdown", "x", "- x", False),
        ("markdown", "x", "12. x", False),
        ("plain", "x", "12. x", True),
    ],
)
def test_a_replacement_brings_no_mark_up(kind: Kind, before: str, replacement: str, written: bool) -> None:
    source = f"{before} and more"
    result = DocumentResult(
        "-", findings=(finding(0, len(before), text=before, suggestions=(replacement,)),), source=source
    )
    assert bool(Fixer(CHECKER.rules).possible(result, source, kind)) == written


def test_a_stretch_that_holds_mark_up_is_no_place_for_a_fix() -> None:
    source = "<b>telematics</b> summit"
    result = DocumentResult("-", findings=(finding(3, len(source), text="telematics summit"),))
    assert Fixer(CHECKER.rules).possible(result, source, "html") == []


def test_line_ends_are_those_of_the_text_and_lines_are_broken_where_they_were() -> None:
    source = "one\r\ntwo three"
    whole = finding(0, len(source), text=source, suggestions=("three\ntwo one",))
    (one,) = Fixer(CHECKER.rules).possible(DocumentResult("-", findings=(whole,)), source, "plain")
    assert (one.replacement, one.safe) == ("three\r\ntwo one", True)
    joined = replace(whole, suggestions=("three two one",))
    (one,) = Fixer(CHECKER.rules).possible(DocumentResult("-", findings=(joined,)), source, "plain")
    assert not one.safe


def test_a_deletion_takes_its_line_or_its_blank_with_it() -> None:
    text = f"{ENGLISH}\r\n\r\nAdvertisement\r\n\r\nNobody was hurt. (Read also: What now)\r\n\r\nThe end came.\r\n"
    done = fixed(text, unsafe=True)
    assert done.text == f"{ENGLISH}\r\n\r\nNobody was hurt.\r\n\r\nThe end came.\r\n"


# Which of several


def test_fixes_never_overlap_and_the_more_severe_wins() -> None:
    assert choose([fix(0, 5, Severity.WARNING), fix(4, 8)]) == [fix(4, 8)]
    assert choose([fix(0, 5, safe=False), fix(4, 8)]) == [fix(4, 8)]
    assert choose([fix(4, 8), fix(0, 5)]) == [fix(0, 5)]
    assert choose([fix(0, 5), fix(5, 8)]) == [fix(0, 5), fix(5, 8)]
    assert choose([fix(5, 5), fix(5, 5, to="y")]) == [fix(5, 5)]
    assert choose([fix(0, 5), fix(5, 5)]) == [fix(0, 5)]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), st.sampled_from(list(Severity)), st.booleans())))
def test_chosen_fixes_lie_apart_and_none_could_be_added(spans: list[tuple[int, int, Severity, bool]]) -> None:
    fixes = [fix(start, start + length, severity, safe) for start, length, severity, safe in spans]
    kept = choose(fixes)
    for one, other in pairwise(kept):
        assert one.end <= other.start
        assert one.start < one.end or one.end < other.start
        assert other.start < other.end or one.end < other.start
    for one in fixes:
        assert any(one.start <= other.end and other.start <= one.end for other in kept)


# Taken back


def faked(after: Callable[[str], tuple[Finding, ...]]) -> Callable[[str], DocumentResult]:
    return lambda text: DocumentResult("-", language="en", findings=after(text))


def test_a_fix_whose_finding_stays_is_taken_back() -> None:
    source = "text and text"
    found = (finding(0, 4), finding(9, 13))
    again = faked(lambda text: tuple(finding(place.start(), place.end()) for place in re.finditer("^fix|text", text)))
    done = Fixer(CHECKER.rules).fix(DocumentResult("-", findings=found), source, again)
    assert (done.text, [one.reason for one in done.withdrawn]) == ("text and fix", ["SP002 finds it again"])
    assert done.result.findings == (finding(0, 4),)


def test_a_fix_that_brings_another_finding_is_taken_back() -> None:
    source = "text and text"
    new = finding(0, 3, Severity.WARNING, rule="ES001")
    after = faked(lambda text: (new,) if text.startswith("fix") else (finding(0, 4),))
    done = Fixer(CHECKER.rules).fix(DocumentResult("-", findings=(finding(0, 4), finding(9, 13))), source, after)
    assert done.text == "text and fix"
    assert [one.reason for one in done.withdrawn] == ["ES001 a-name would be found in its place"]
    mild = faked(lambda text: (replace(new, severity=Severity.SUGGESTION),) if text.startswith("fix") else ())
    assert Fixer(CHECKER.rules).fix(DocumentResult("-", findings=(finding(0, 4),)), source, mild).text == "fix and text"


def test_what_is_new_elsewhere_on_the_line_is_blamed_on_the_nearest_fix() -> None:
    source = "text and text\nother line"
    beside = finding(5, 7, rule="QU001")
    after = faked(lambda text: (replace(beside, start=4, end=7),) if text.startswith("fix") else ())
    done = Fixer(CHECKER.rules).fix(DocumentResult("-", findings=(finding(0, 4),)), source, after)
    assert (done.text, done.withdrawn[0].reason) == (source, "QU001 a-name would be found beside it")
    below = faked(lambda text: (replace(beside, start=14, end=17),) if text.startswith("fix") else ())
    assert Fixer(CHECKER.rules).fix(DocumentResult("-", findings=(finding(0, 4),)), source, below).changed


def test_no_fix_stands_that_makes_the_text_unreadable() -> None:
    after = faked(lambda _: ())
    skipped: Callable[[str], DocumentResult] = lambda text: replace(after(text), skipped="the text is in Spanish")  # noqa: E731
    done = Fixer(CHECKER.rules).fix(DocumentResult("-", findings=(finding(0, 4),)), "text", skipped)
    assert not done.changed
    assert "can no longer be checked" in done.withdrawn[0].reason


def test_characters_that_the_encoding_lacks_are_not_written() -> None:
    text = f"{ENGLISH} He spoke of «a new era» there , she said."
    latin = lambda part: part.isascii()  # noqa: E731
    done = Fixer(CHECKER.rules).fix(check()(text), text, check(), encodes=latin)
    assert "«a new era» there, she" in done.text
    assert [(one.fix.replacement, one.reason) for one in done.withdrawn] == [
        ("“a new era”", "the encoding of the file lacks its characters")
    ]


def test_a_deletion_that_leaves_a_small_letter_is_not_safe() -> None:
    for text, safe in (("Text the king", False), ("Text The king", True), ("text the king", True)):
        one = finding(0, 4, text=text[:4], suggestions=("",))
        (possible,) = Fixer(CHECKER.rules).possible(DocumentResult("-", findings=(one,)), text, "plain")
        assert possible.safe == safe


# What the model prefers


@pytest.mark.parametrize(("gain", "safe"), [(8.9, False), (9.0, True), (None, False)])
def test_a_fix_that_the_model_prefers_by_a_wide_margin_is_safe(gain: float | None, safe: bool) -> None:
    rule = next(rule for rule in CHECKER.rules.rules if rule.arbitrate is not None)
    thresholds = Thresholds(rules={rule.id: 3.0}, margins={rule.id: 6.0})
    result = DocumentResult("-", findings=(finding(0, 4, rule=rule.id, gain=gain),))
    (one,) = Fixer(CHECKER.rules, thresholds=thresholds).possible(result, "text", "plain")
    assert one.safe == safe
    for without in (None, Thresholds(rules={rule.id: 3.0})):
        (one,) = Fixer(CHECKER.rules, thresholds=without).possible(result, "text", "plain")
        assert not one.safe


@pytest.mark.lm
def test_the_embedded_model_decides_which_fixes_are_safe() -> None:
    # Without the rule that says the same of most such accidents and asks no model.
    checker = Checker(Settings(lm="require", disable=("IT218",)))
    try:
        checker.prepare()
    except (ModelUnavailable, MissingExtra) as error:
        pytest.skip(f"the embedded model cannot be had here: {error}")
    folder = model_data() / DEFAULT_MODEL
    text = (
        f"{ENGLISH} A pedestrian was invested by a bus while she crossed the road. The mayor affirms that all is well."
    )
    result = checker.check_text(text)
    fixer = Fixer(checker.rules, thresholds=Thresholds.load(folder))
    done = fixer.fix(result, text, checker.check_text)
    assert "was hit by a bus" in done.text
    assert "affirms that" in done.text
    unsafe = Fixer(checker.rules, thresholds=None).fix(result, text, checker.check_text)
    assert not unsafe.changed
    assert [one.finding.rule for one in unsafe.left][:1] == ["DB027"]


def test_margins_of_the_embedded_model_are_of_arbitrated_rules() -> None:
    thresholds = Thresholds.load(model_data() / DEFAULT_MODEL)
    arbitrated = {rule.id for rule in CHECKER.rules.rules if rule.arbitrate is not None}
    assert set(thresholds.margins) <= arbitrated
    wrong = tomllib.loads((Path(__file__).parents[1] / "cases" / "model-fixes.toml").read_text("utf-8"))["wrong"]
    assert "DB036" not in thresholds.margins
    assert {one["rule"] for one in wrong} <= arbitrated


# Any text


_PIECES = st.sampled_from(
    [
        "The union met on monday", "it cost 3,5 million euros", " , ", "“ he said ”", "the minister 's", "( so ) ",
        "«a plan»", ". ", "\n", "\r\n", "\r", "\u00a0", "😀", "👩\u200d👧", "e\u0301", "caf\u00c3\u00a9", "\u0092",
        " the talks in the town ", '"', "”", "the 21 st of May", "，", "&amp;", "Кremlin", "<b>", "*",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, max_size=14), st.sampled_from(["a.txt", "a.md", "a.html"]), st.booleans())
def test_everything_outside_the_fixed_stretches_stays(pieces: list[str], path: str, unsafe: bool) -> None:
    text = ENGLISH + " " + "".join(pieces)
    done = fixed(text, path, unsafe=unsafe)
    current = text
    for fixes in done.rounds:
        at, new = 0, ""
        for one in fixes:
            assert one.start >= at
            new += current[at : one.start] + one.replacement
            at = one.end
        current = new + current[at:]
        assert not re.search(r"(?<!\r)\n", current) or re.search(r"(?<!\r)\n", text)
    assert current == done.text
    assert done.result.findings == check(path)(done.text).findings
    settled = {(one.rule, one.start, one.end) for one in done.result.findings}
    for fixes in done.rounds[-1:]:
        shift = 0
        for one in fixes:
            start = one.start + shift
            shift += len(one.replacement) - (one.end - one.start)
            assert not any(
                rule == one.finding.rule and begun < start + len(one.replacement) and start < end
                for rule, begun, end in settled
            )


def test_the_fixer_needs_no_torch() -> None:
    source = (Path(__file__).parents[2] / "tqcheck" / "fix" / "fixes.py").read_text("utf-8")
    assert "import torch" not in source
