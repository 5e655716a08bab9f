"""Every rule of every pack proves itself on its own examples."""

from __future__ import annotations

import re

import pytest

from tqcheck.check import CHECKS
from tqcheck.readers import read_text
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import Rule
from tqcheck.rules.suggestion import apply

RULES = load_rules().rules


def marked(example: str) -> tuple[str, int, int]:
    """The text of a bad example without its brackets, and the span between them."""
    parts = re.split(r"(?<!\\)[\[\]]", example)
    assert len(parts) == 3, f"one pair of brackets: {example!r}"
    before, span, after = (re.sub(r"\\([\[\]])", r"\1", part) for part in parts)
    return before + span + after, len(before), len(before) + len(span)


def candidates(rule: Rule, text: str) -> list[Candidate]:
    return Engine([rule], CHECKS).candidates(read_text(text, "example.txt", kind="plain"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_bad_examples_are_flagged_once_and_silenced_by_the_fix(rule: Rule) -> None:
    for example in rule.bad:
        text, start, end = marked(example)
        found = candidates(rule, text)
        assert [(one.start, one.end) for one in found] == [(start, end)], example
        for suggestion in found[0].suggestions[:1]:
            fixed = apply(text, start, end, suggestion)
            assert candidates(rule, fixed) == [], fixed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_good_examples_are_not_flagged(rule: Rule) -> None:
    if rule.arbitrate is not None and not rule.certain:
        pytest.skip("the pattern alone does not decide; see test_arbitrated_examples")
    for example in rule.good:
        assert candidates(rule, example) == [], example


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
    ("prefixes", "least"),
    [
        (("ES",), 80),
        (("FR",), 25),
        (("IT",), 25),
        (("PT",), 25),
        (("DE",), 25),
        (("RU",), 25),
        (("ZH",), 8),
        (("AR",), 8),
        (("PL",), 8),
        (("TR",), 8),
        (("QU", "SP", "NU", "CA", "BP", "MO"), 40),
    ],
)
def test_packs_are_wide(prefixes: tuple[str, ...], least: int) -> None:
    assert sum(rule.id.startswith(prefixes) for rule in RULES) >= least


def test_no_two_rules_share_an_example() -> None:
    seen: dict[str, str] = {}
    for rule in RULES:
        for example in rule.bad:
            text = marked(example)[0]
            assert text not in seen, f"{rule.id} and {seen[text]}: {text}"
            seen[text] = rule.id
