"""The contents name every rule once, under its language and category."""

from __future__ import annotations

import re
from dataclasses import replace

from tqcheck.result import Severity
from tqcheck.rules.contents import contents_page
from tqcheck.rules.loader import load_rules

RULES = load_rules().rules


def test_every_rule_is_named_once() -> None:
    page = contents_page(RULES, linked=False)
    named = re.findall(r"^([A-Z]{2}\d+) ", page, re.MULTILINE)
    assert sorted(named) == sorted(rule.id for rule in RULES)
    assert ".md)" not in page


def test_links_lead_to_pages_and_anchors_to_sections() -> None:
    page = contents_page(RULES, linked=True)
    assert sorted(re.findall(r"\[([A-Z]{2}\d+)\]\(\1\.md\)", page)) == sorted(rule.id for rule in RULES)
    titles = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\(#([a-z-]+)\)", page)) == titles


def test_sections_count_what_stands_in_them() -> None:
    spanish = next(rule for rule in RULES if rule.id == "ES003")
    rules = [
        spanish,
        replace(spanish, id="XX001", name="other", severity=Severity.SUGGESTION, preview=True),
        replace(spanish, id="XX002", name="foreign", languages=("fr", "es")),
        replace(spanish, id="XX003", name="mark", languages=(), category="boilerplate"),
    ]
    page = contents_page(rules, linked=False)
    assert "2 rules: 1 warning, 1 suggestion; 1 more, under other languages, are of Spanish too." in page
    assert "### Spanish: calque (2)\n\nES003 best-of-cases ·\nXX001 *other* *(preview)*\n" in page
    assert page.index("## French") < page.index("## Any language")
    assert "| [Any language](#any-language) | 1 | boilerplate 1 |" in page
