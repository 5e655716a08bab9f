"""What the reports for people pick out of a document, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqcheck.result import Finding, SentenceResult, Severity

LOW_FLUENCY = 20.0
"""Sentences under this percentile can be listed as least fluent."""

FAMILIES = {
    "quotes-punctuation": "mechanical",
    "number-date-locale": "mechanical",
    "untranslated": "mechanical",
    "boilerplate": "mechanical",
    "calque": "lexical",
    "false-friend": "lexical",
    "reporting-verb": "lexical",
    "hearsay-conditional": "lexical",
    "name-title": "lexical",
    "tense": "grammatical",
    "word-order": "grammatical",
    "article": "grammatical",
    "preposition": "grammatical",
    "pronoun-gender": "grammatical",
    "grammar": "grammatical",
    "wordiness": "style",
    "disfluent": "style",
}
"""The kind of fault that a category belongs to: ``mechanical``, ``lexical``, ``grammatical`` or ``style``."""


def in_order(findings: Iterable[Finding], show: Severity) -> list[Finding]:
    """The findings from ``show`` up as they stand in the text."""
    shown = [finding for finding in findings if finding.severity >= show]
    return sorted(shown, key=lambda finding: (finding.start, finding.end, finding.rule))


def least_fluent(sentences: Iterable[SentenceResult], most: int) -> list[SentenceResult]:
    """At most ``most`` of the sentences under :data:`LOW_FLUENCY`, the least fluent first, then by place."""
    low = [
        (sentence.fluency, sentence.start, sentence)
        for sentence in sentences
        if sentence.fluency is not None and sentence.fluency < LOW_FLUENCY
    ]
    return [sentence for _, _, sentence in sorted(low, key=lambda each: each[:2])[: max(0, most)]]


def language_shares(findings: Iterable[Finding]) -> tuple[list[tuple[str, float]], int]:
    """Source languages by their share of the findings that name any, and how many those are.

    A finding counts once. A rule names first the language it was written for,
    so that one gets half of the finding and the others share the rest.
    """
    weights: defaultdict[str, float] = defaultdict(float)
    base = 0
    for finding in findings:
        base += bool(finding.languages)
        others = finding.languages[1:]
        for language in finding.languages[:1]:
            weights[language] += 0.5 if others else 1.0
        for language in others:
            weights[language] += 0.5 / len(others)
    shares = [(language, weight / base) for language, weight in weights.items()]
    return sorted(shares, key=lambda share: (-share[1], share[0])), base
