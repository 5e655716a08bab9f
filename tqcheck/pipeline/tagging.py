"""Findings of the taggers: what a model learnt to find and no rule describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tqcheck.pipeline.findings import finding_at
from tqcheck.pipeline.pending import Pending
from tqcheck.result import DocumentResult, Finding
from tqcheck.rules.schema import Rule
from tqcheck.rules.selection import labels
from tqcheck.text.span import Span

if TYPE_CHECKING:
    from tqcheck.detector.tagger import Tagger


def tagged(
    one: Pending,
    result: DocumentResult,
    taggers: Mapping[str, Tagger],
    tagging: Sequence[Rule],
    accepted: Sequence[Span],
) -> Iterator[Finding]:
    """What taggers find outside quotations where no rule has found anything: rules explain better.

    :param taggers: by the check that a rule of ``tagging`` names.
    :param accepted: places of the text where nothing is to be reported.
    """
    from tqcheck.detector.spans import by_word, spans, wordings

    document = one.document
    assert document is not None
    taken = [(finding.start, finding.end) for finding in result.findings]
    occurrences: Counter[tuple[str, str]] = Counter()
    for rule in tagging:
        tagger = taggers.get(str(rule.check))
        if tagger is None:
            continue
        for tokens in one.errors.get(str(rule.check), ()):
            words = wordings(document.text, by_word(document.text, tokens))
            for found in spans(words, tagger.bounds["shown"]):
                span = document.to_source(found.start, found.end)
                if (
                    document.is_quoted(found.start, found.end)
                    or any(span.start < end and start < span.end for start, end in taken)
                    or any(found.start < other.end and other.start < found.end for other in accepted)
                    or (one.ignores and one.ignores.silence(span.start, span.end, frozenset(labels(rule))))
                ):
                    continue
                taken.append((span.start, span.end))
                text = document.text[found.start : found.end]
                occurrences[rule.id, text] += 1
                finding = finding_at(
                    document, rule, span, text, rule.message, (), None, f"{text}\0{occurrences[rule.id, text]}"
                )
                yield replace(finding, confidence=tagger.right(found.probability))
