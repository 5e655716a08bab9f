from __future__ import annotations

from typing import Any

from tqcheck.reports.digest import FAMILIES, LOW_FLUENCY, in_order, language_shares, least_fluent
from tqcheck.result import CATEGORIES, CheckResult, SentenceResult, Severity, WordResult


def test_every_category_has_a_family() -> None:
    assert set(FAMILIES) == set(CATEGORIES)
    assert set(FAMILIES.values()) == {"mechanical", "lexical", "grammatical", "style"}


def test_findings_stand_in_the_order_of_the_text(full: CheckResult) -> None:
    shown = in_order(reversed(full.findings), Severity.WARNING)
    assert [(one.line, one.column) for one in shown] == [(1, 16), (3, 21), (3, 113)]


def test_the_least_fluent_sentences_come_first() -> None:
    twice = [SentenceResult(30, 40, 3.0), SentenceResult(20, 30, 3.0, 9.0, (WordResult(20, 22, 1.0),))]
    sentences = [SentenceResult(0, 10, 19.9), SentenceResult(10, 20), SentenceResult(40, 50, LOW_FLUENCY), *twice]
    assert [one.start for one in least_fluent(sentences, 5)] == [20, 30, 0]
    assert [one.start for one in least_fluent(sentences, 1)] == [20]
    assert least_fluent(sentences, 0) == least_fluent(sentences, -1) == []


def test_a_finding_counts_once_among_languages(finding_at: Any) -> None:
    findings = [
        finding_at("a", "a", languages=languages) for languages in (("es",), ("es", "pt", "it"), (), ("pt", "es"))
    ]
    assert language_shares(findings) == ([("es", 2 / 3), ("pt", 0.25), ("it", 0.25 / 3)], 3)
