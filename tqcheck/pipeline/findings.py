"""From what rules found, and the model said of it, to the findings of a result."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tqcheck.result import DroppedCandidate, Finding
from tqcheck.rules.engine import Candidate
from tqcheck.rules.schema import Rule
from tqcheck.text.document import Document
from tqcheck.text.span import Span

if TYPE_CHECKING:
    from tqcheck.lm.arbitration import Thresholds


def decided(
    document: Document,
    candidates: Sequence[Candidate],
    thresholds: Thresholds | None,
    gains: Mapping[int, Mapping[str, float]],
) -> tuple[tuple[Finding, ...], tuple[DroppedCandidate, ...]]:
    """The findings of a document in order of position, and the candidates that were dropped.

    :param thresholds: the gains that suggestions need; ``None`` where there is no model to decide.
    :param gains: nats that each suggestion of a candidate gains, by the candidate's index, of those the model decides.
    """
    findings: list[Finding] = []
    dropped: list[DroppedCandidate] = []
    occurrences: Counter[str] = Counter()
    for index, candidate in enumerate(candidates):
        rule = candidate.rule
        if rule.arbitrate is None or (thresholds is None and rule.certain):
            findings.append(_finding(document, candidate, candidate.suggestions, None, occurrences))
            continue
        if thresholds is None:
            finding = _finding(document, candidate, candidate.suggestions, None, Counter())
            dropped.append(DroppedCandidate(finding, None))
            continue
        found = gains[index]
        ranked = tuple(sorted(found, key=lambda suggestion: -found[suggestion]))
        best = found[ranked[0]] if ranked else 0.0
        needed = thresholds.needed(rule.id, rule.category, rule.arbitrate)
        if best >= needed:
            findings.append(_finding(document, candidate, ranked, best, occurrences))
        else:
            dropped.append(DroppedCandidate(_finding(document, candidate, ranked, best, Counter()), needed))
    findings.sort(key=lambda found: (found.start, found.end, found.rule))
    return tuple(findings), tuple(dropped)


def _finding(
    document: Document, candidate: Candidate, suggestions: Sequence[str], gain: float | None, occurrences: Counter[str]
) -> Finding:
    span = document.to_source(candidate.start, candidate.end)
    context = " ".join(document.folded[candidate.unit.start : candidate.unit.end].split())
    text = document.text[candidate.start : candidate.end]
    key = f"{candidate.rule.id}\0{context}"
    finding = finding_at(
        document, candidate.rule, span, text, candidate.message, suggestions, gain, f"{context}\0{occurrences[key]}"
    )
    occurrences[key] += 1
    return finding


def finding_at(
    document: Document,
    rule: Rule,
    span: Span,
    text: str,
    message: str,
    suggestions: Sequence[str],
    gain: float | None,
    context: str,
) -> Finding:
    """A finding of ``rule`` at ``source[span]``; ``context`` makes its fingerprint."""
    line, column = document.lines.position(span.start)
    end_line, end_column = document.lines.position(span.end)
    return Finding(
        rule=rule.id,
        name=rule.name,
        category=rule.category,
        severity=rule.severity,
        start=span.start,
        end=span.end,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        text=text,
        message=message,
        suggestions=tuple(suggestions),
        languages=rule.languages,
        origin=rule.origin_text,
        gain=gain,
        fingerprint=hashlib.sha256(f"{rule.id}\0{context}".encode()).hexdigest()[:16],
    )
