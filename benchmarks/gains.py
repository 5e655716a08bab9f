"""What suggestions gain in the eyes of the language model, each in its document as in a check."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from tqcheck.lm.arbitration import Comparison, Thresholds, score_and_compare
from tqcheck.lm.scoring import Scorer
from tqcheck.rules.engine import Candidate
from tqcheck.text.document import Document


def suggestion_gains(scorer: Scorer, candidates: Sequence[tuple[Candidate, Document]]) -> list[list[float]]:
    """Nats that each suggestion of each candidate gains; candidates of one document stand together."""
    found: list[list[float]] = []
    for _, group in groupby(candidates, key=lambda one: id(one[1])):
        own = list(group)
        document = own[0][1]
        # Nothing that is asked depends on what comes later.
        last = max(one.unit.end for one, _ in own)
        spans = [(sentence.start, sentence.end) for sentence in document.sentences if sentence.start < last]
        comparisons = [Comparison(one.unit.start, one.unit.end, one.fixes(document.text)) for one, _ in own]
        found += score_and_compare(scorer, [(document.text, spans)], [comparisons])[1][0]
    return found


def stands(candidate: Candidate, gains: Sequence[float], thresholds: Thresholds) -> bool:
    """Whether an arbitrated candidate is a finding."""
    rule = candidate.rule
    assert rule.arbitrate is not None
    return bool(gains) and max(gains) >= thresholds.needed(rule.id, rule.category, rule.arbitrate)
