"""Every built-in rule was measured as it is, and the loud ones earn their place."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from tqcheck.pipeline.models import WITHOUT
from tqcheck.result import Severity
from tqcheck.rules.evidence import LEAST_RATIO, MOST_IN_HUMAN_TEXT, Rate, evidence, made, precision
from tqcheck.rules.loader import load_rules
from tqcheck.rules.page import index_page, rule_page

RULES = load_rules().rules


def test_every_rule_was_measured_as_it_is() -> None:
    # What the span tagger finds is measured against marked errors, in reports/detection-spans.md.
    assert [rule.id for rule in RULES if (evidence(rule) is None) != (rule.check in WITHOUT)] == []


def test_what_human_writing_has_often_is_not_reported_as_an_artifact() -> None:
    loud = []
    for rule in RULES:
        if rule.preview or rule.severity is not Severity.WARNING:
            continue
        found = evidence(rule)
        assert found is not None, rule.id
        human, machine = found.human["train"].per_million, found.machine["train"].per_million
        if human > MOST_IN_HUMAN_TEXT and machine < LEAST_RATIO * human:
            loud.append(f"{rule.id}: {human:.2f} in a million words of people, {machine:.2f} of machines")
    assert not loud, "\n".join(loud)


def test_figures_belong_to_the_rule_as_it_was_measured() -> None:
    rule = RULES[0]
    assert evidence(rule) is not None
    assert evidence(replace(rule, unless=("x",))) is None
    assert evidence(replace(rule, id="ZZ999")) is None
    assert "benchmarks/evidence.py" in made()
    assert Rate(3, 1_500_000).per_million == 2


def test_precision_goes_by_the_hits_in_human_writing() -> None:
    levels = ["very-high", "high", "medium", "low"]
    rates: dict[str | None, list[float]] = {}
    for rule in RULES:
        found = evidence(rule)
        if found is not None:
            hits = sum(rate.hits for rate in found.human.values())
            words = sum(rate.words for rate in found.human.values())
            rates.setdefault(precision(rule), []).append(Rate(hits, words).per_million)
    assert set(rates) == set(levels)
    for better, worse in pairwise(levels):
        assert max(rates[better]) < min(rates[worse])
    assert max(rates["very-high"]) == 0
    assert precision(replace(RULES[0], unless=("x",))) is None


def test_the_page_says_everything() -> None:
    for rule in RULES[:200]:
        page = rule_page(rule)
        for part in (f"# {rule.id} {rule.name}", rule.message, "## Flagged", "## When it is fine", "## How often"):
            assert part in page
        assert page.count("\n- ") >= len(rule.bad) + len(rule.good)
    index = index_page(RULES)
    assert all(f"({rule.id}.md)" in index for rule in RULES)
