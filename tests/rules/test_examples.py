"""Every rule of every pack proves itself on its own examples: one test for each pack, which tells all that is wrong."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator

import pytest

from tqcheck.pipeline.models import WITHOUT
from tqcheck.pipeline.rule_tests import Find, finder, prove_examples, prove_linear
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import Rule

RULES = load_rules().rules
PACKS: dict[str, list[Rule]] = {}
for one in RULES:
    PACKS.setdefault(one.file, []).append(one)

BEFORE = "It rained all day in the valley, and the river rose over its banks before noon. "
WIDTH = 64
WHERE_IT_STANDS = {"BP017", "BP018", "QU011"}
"""Rules of sentences that ask what stands first in the text or in the paragraph."""
IN_ONE_LINE = {"IG001", "IG002", "PT045"}
"""A comment with a no-break space is none, and a line that begins with (2) is an item of a list."""
BREAKS = re.compile(r"(?<=[a-z]{3})(?=[a-z]{3})")
MARKS_AND_LETTERS = (
    *("BP017", "BP018", "CA007", "MO002", "MO009", "MO011", "MO014"),
    *("QU007", "QU011", "QU023", "QU024", "QU031", "SP015", "UN101"),
)
"""Rules of lines, damaged letters, marks beside letters, and of text that something else has to recognise."""
OF_LETTERS_AS_THEY_ARE = (
    *("ES446", "FR170", "GR369", "MO001", "MO011", "MO012", "NU008", "PL057", "PL066"),
    *("QU004", "QU027", "QU028", "SP013", "UN001", "UN005"),
)
"""Mechanical rules, which tell names and letters by their case, and one whose example is a speaker's name."""


@pytest.mark.parametrize("pack", PACKS)
def test_the_rules_of_a_pack_are_proven(pack: str) -> None:
    faults = [fault for rule in PACKS[pack] for fault in faults_of(rule)]
    assert not faults, "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("pack", PACKS)
def test_hostile_texts_cost_the_rules_of_a_pack_no_more_than_they_may(pack: str) -> None:
    faults = [str(failure) for rule in PACKS[pack] for failure in prove_linear(rule)]
    assert not faults, "\n".join(faults)


def faults_of(rule: Rule) -> Iterator[str]:
    """Every example that does not show what it should, with what happened instead."""
    yield from map(str, prove_examples(rule))
    yield from (f"{rule.id}: {fault}" for fault in not_hit_and_near_miss(rule))
    if rule.scope != "sentence" or rule.check in WITHOUT:
        return
    find = finder(rule)
    examples = [(text, [(start, end)]) for text, start, end in map(marked, rule.bad)]
    if rule.arbitrate is None or rule.certain:
        examples += [(text, []) for text in rule.good]
    for text, expected in examples:
        if rule.id not in WHERE_IT_STANDS:
            yield from (f"{rule.id}: {fault}" for fault in changed_elsewhere(rule, find, text, expected))
        if rule.id not in {*MARKS_AND_LETTERS, *IN_ONE_LINE}:
            yield from (f"{rule.id}: {fault}" for fault in changed_by_encoding(find, text, expected))
        if not expected and rule.id not in OF_LETTERS_AS_THEY_ARE:
            yield from (f"{rule.id}: {fault}" for fault in flagged_as_headline(find, text))


def not_hit_and_near_miss(rule: Rule) -> Iterator[str]:
    for name, examples in (("bad", rule.bad), ("good", rule.good)):
        if len(examples) < 2:
            yield f"it has fewer than two {name} examples"
        if len(set(examples)) < len(examples):
            yield f"it repeats a {name} example"
    for text in {marked(example)[0] for example in rule.bad} & set(rule.good):
        yield f"bad and good: {text!r}"


Spans = list[tuple[int, int]]


def behind(find: Find, text: str) -> Spans:
    """Where a rule finds something in a text, counted from the end of what stands before."""
    return [(one.start - len(BEFORE), one.end - len(BEFORE)) for one in find(text)]


def changed_elsewhere(rule: Rule, find: Find, text: str, expected: Spans) -> Iterator[str]:
    """Behind another sentence, with no-break spaces, in wrapped lines, with DOS line ends."""
    whole = BEFORE + text
    variants = {"behind a sentence": whole}
    if "\n" not in text and rule.id not in IN_ONE_LINE:
        variants["with no-break spaces"] = whole.replace(" ", "\u00a0")
        wrapped = textwrap.fill(whole, WIDTH, break_long_words=False, break_on_hyphens=False)
        if len(wrapped) == len(whole):
            variants["in wrapped lines"] = wrapped
            dos = wrapped.replace("\n", "\r\n")
            ends = [(dos[one.start], dos[one.end - 1]) for one in find(dos)]
            if ends != [(text[start], text[end - 1]) for start, end in expected]:
                yield f"with DOS line ends: {dos!r}: from and to {ends}"
    for variant, written in variants.items():
        if (found := behind(find, written)) != expected:
            yield f"{variant}: {written!r}: found {found}, expected {expected}"


def changed_by_encoding(find: Find, text: str, expected: Spans) -> Iterator[str]:
    """With soft hyphens, decomposed letters and firm hyphens."""
    for write in (soft_hyphens, decomposed, firm_hyphens):
        whole = write(text)
        due = []
        for start, end in expected:
            if "".join(map(write, (text[:start], text[start:end], text[end:]))) != whole:
                break
            due += [write(text[:start]) + write(text[start:end]), write(text[:start])]
        else:
            found = [one for hit in find(whole) for one in (whole[: hit.end], whole[: hit.start])]
            if found != due:
                yield f"{write.__name__}: {whole!r}: up to {found}, expected up to {due}"


def soft_hyphens(text: str) -> str:
    return BREAKS.sub("\u00ad", text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def firm_hyphens(text: str) -> str:
    return re.sub("(?<=[A-Za-z])-(?=[A-Za-z])", "‑", text)


def flagged_as_headline(find: Find, good: str) -> Iterator[str]:
    for text in (re.sub(r"(?<!\S)\w", lambda first: first[0].upper(), good), good.upper()):
        if found := behind(find, BEFORE + text):
            yield f"as a headline: {text!r}: found {found}"


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
