"""Every rule of every pack proves itself on its own examples."""

from __future__ import annotations

import pytest

from tqcheck.proof import prove
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import Rule

RULES = load_rules().rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_proven(rule: Rule) -> None:
    assert [str(failure) for failure in prove(rule)] == []


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
