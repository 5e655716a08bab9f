"""Every rule of every pack proves itself on its own examples."""

from __future__ import annotations

import re
import textwrap
import unicodedata

import pytest

from tqcheck.pipeline.models import WITHOUT
from tqcheck.pipeline.rule_tests import hits, prove
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import Rule

RULES = load_rules().rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_proven(rule: Rule) -> None:
    assert [str(failure) for failure in prove(rule)] == []


BEFORE = "It rained all day in the valley, and the river rose over its banks before noon. "
WIDTH = 64
WHERE_IT_STANDS = {"BP017", "BP018", "QU011"}
"""Rules of sentences that ask what stands first in the text or in the paragraph."""
IN_ONE_LINE = {"IG001", "IG002", "PT045"}
"""A comment with a no-break space is none, and a line that begins with (2) is an item of a list."""


def behind(rule: Rule, text: str) -> list[tuple[int, int]]:
    """Where a rule finds something in a text, counted from the end of what stands before."""
    return [(one.start - len(BEFORE), one.end - len(BEFORE)) for one in hits(rule, text)]


@pytest.mark.parametrize("rule", [one for one in RULES if one.scope == "sentence"], ids=lambda rule: rule.id)
def test_examples_hold_behind_another_sentence_in_wrapped_lines_and_with_other_blanks(rule: Rule) -> None:
    if rule.id in WHERE_IT_STANDS or rule.check in WITHOUT:
        return
    decided = rule.arbitrate is None or rule.certain
    examples = [*map(marked, rule.bad), *((good, -1, -1) for good in rule.good if decided)]
    for text, start, end in examples:
        expected = [] if start < 0 else [(start, end)]
        whole = BEFORE + text
        assert behind(rule, whole) == expected, text
        if "\n" in text or rule.id in IN_ONE_LINE:
            continue
        assert behind(rule, whole.replace(" ", "\u00a0")) == expected, text
        wrapped = textwrap.fill(whole, WIDTH, break_long_words=False, break_on_hyphens=False)
        if len(wrapped) == len(whole):
            assert behind(rule, wrapped) == expected, wrapped
            dos = wrapped.replace("\n", "\r\n")
            assert [(dos[one.start], dos[one.end - 1]) for one in hits(rule, dos)] == [
                (text[start], text[end - 1]) for start, end in expected
            ], wrapped


BREAKS = re.compile(r"(?<=[a-z]{3})(?=[a-z]{3})")
MARKS_AND_LETTERS = (
    *("BP017", "BP018", "CA007", "MO002", "MO009", "MO011", "MO014"),
    *("QU007", "QU011", "QU023", "QU024", "QU031", "SP015", "UN101"),
)
"""Rules of lines, damaged letters, marks beside letters, and of text that something else has to recognise."""


@pytest.mark.parametrize("rule", [one for one in RULES if one.scope == "sentence"], ids=lambda rule: rule.id)
def test_examples_hold_however_their_words_are_encoded(rule: Rule) -> None:
    if rule.id in {*MARKS_AND_LETTERS, *IN_ONE_LINE} or rule.check in WITHOUT:
        return
    decided = rule.arbitrate is None or rule.certain
    examples = [*map(marked, rule.bad), *((good, -1, -1) for good in rule.good if decided)]
    for text, start, end in examples:
        for write in (soft_hyphens, decomposed, firm_hyphens):
            expected = [] if start < 0 else [write(text[:start]) + write(text[start:end]), write(text[:start])]
            whole = write(text)
            if start >= 0 and "".join(map(write, (text[:start], text[start:end], text[end:]))) != whole:
                continue
            found = [one for hit in hits(rule, whole) for one in (whole[: hit.end], whole[: hit.start])]
            assert found == expected, whole


def soft_hyphens(text: str) -> str:
    return BREAKS.sub("\u00ad", text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def firm_hyphens(text: str) -> str:
    return re.sub("(?<=[A-Za-z])-(?=[A-Za-z])", "‑", text)


OF_LETTERS_AS_THEY_ARE = {
    *(
        "ES446",
        "FR170",
        "GR369",
        "MO001",
        "MO011",
        "MO012",
        "NU008",
        "PL057",
        "PL066",
        "QU004",
        "QU027",
        "QU028",
        "SP013",
    ),
    *("UN001", "UN005"),
}
"""Mechanical rules, which tell names and letters by their case, and one whose example is a speaker's name."""


@pytest.mark.parametrize("rule", [one for one in RULES if one.scope == "sentence"], ids=lambda rule: rule.id)
def test_good_examples_are_left_alone_as_headlines(rule: Rule) -> None:
    if rule.id in OF_LETTERS_AS_THEY_ARE or rule.check in WITHOUT or (rule.arbitrate and not rule.certain):
        return
    for good in rule.good:
        for text in (re.sub(r"(?<!\S)\w", lambda first: first[0].upper(), good), good.upper()):
            assert behind(rule, BEFORE + text) == [], text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_show_hit_and_near_miss(rule: Rule) -> None:
    assert len(rule.bad) >= 2
    assert len(rule.good) >= 2
    assert len(set(rule.bad)) == len(rule.bad)
    assert len(set(rule.good)) == len(rule.good)
    assert not {marked(example)[0] for example in rule.bad} & set(rule.good)


def test_wording_rules_name_their_languages() -> None:
    nameless = [
        rule.id
        for rule in RULES
        if not rule.languages
        and rule.category not in ("quotes-punctuation", "number-date-locale", "boilerplate", "untranslated", "article")
        and rule.severity.label == "warning"
    ]
    assert nameless == []


@pytest.mark.parametrize(
    ("languages", "least"),
    [
        ("es", 220),
        ("fr", 110),
        ("it", 90),
        ("pt", 80),
        ("de", 110),
        ("ru uk", 110),
        ("zh", 50),
        ("ar", 30),
        ("pl cs", 40),
        ("tr", 25),
        ("ja", 20),
        ("nl sv da no", 30),
    ],
)
def test_packs_are_wide(languages: str, least: int) -> None:
    codes = set(languages.split())
    assert sum(not codes.isdisjoint(rule.languages) and not rule.preview for rule in RULES) >= least


def test_there_are_enough_rules() -> None:
    assert sum(not rule.preview for rule in RULES) >= 900


def test_no_two_rules_share_an_example() -> None:
    seen: dict[str, str] = {}
    for rule in RULES:
        for example in rule.bad:
            text = marked(example)[0]
            assert text not in seen, f"{rule.id} and {seen[text]}: {text}"
            seen[text] = rule.id
