"""The rules run over one document: what they may report of it, and what its ignore comments say of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

from tqcheck.pipeline.document_checks import CHECKS, UNUSED_IGNORE, WRONG_IGNORE
from tqcheck.pipeline.findings import finding_at
from tqcheck.pipeline.models import WITHOUT
from tqcheck.pipeline.pending import Pending
from tqcheck.result import DocumentResult, Finding, Severity
from tqcheck.rules.accept_list import Accepted
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.schema import MECHANICAL, Rule
from tqcheck.rules.selection import labels, selectors
from tqcheck.text.document import Document
from tqcheck.text.ignores import Ignores
from tqcheck.text.language import identify
from tqcheck.text.language_names import language_name
from tqcheck.text.span import Span


class RulePass:
    """Runs some of the rules over documents.

    :param active: the rules that run by their number in ``rules``, with their severity.
    :param accepted: words and patterns that are never reported.
    """

    def __init__(self, rules: RuleSet, active: Mapping[int, Severity], accepted: Accepted) -> None:
        self._rules = rules
        self._engine = Engine(rules, CHECKS, active)
        self.accepted = accepted

    @cached_property
    def _selectors(self) -> frozenset[str]:
        return selectors(self._rules.labels)

    @property
    def tagging(self) -> list[Rule]:
        """The rules that ask for a tagger."""
        return [rule for rule in self._engine.checks if rule.check in WITHOUT]

    def run(self, document: Document) -> Pending:
        """The document with its candidates; skipped when it is not in English."""
        language = identify(document)
        result = DocumentResult(
            document.path,
            language=language,
            words=document.words,
            source=document.source,
            encoding=document.encoding,
        )
        if language != "en":
            name = language_name(language)
            return Pending(replace(result, skipped=f"the text is in {name}; tqcheck checks English"))
        spans = self.accepted.spans(document)
        candidates = self._engine.candidates(document, partial(_not_accepted, spans) if spans else None)
        ignores = Ignores(document, lambda selector: selector in self._selectors)
        if not ignores.directives:
            return Pending(result, document, candidates)
        candidates = [one for one in candidates if not _silenced(document, one, ignores)]
        return Pending(result, document, candidates, ignores)

    def about_ignores(self, document: Document, ignores: Ignores) -> Iterator[Finding]:
        """Findings about the comments themselves, by the rules whose check is named so."""
        wrong = list(ignores.wrong())
        for rule in self._engine.checks:
            hits: list[tuple[Span, str | None]] = []
            if rule.check == UNUSED_IGNORE:
                hits = [(span, None) for span in ignores.unused()]
            elif rule.check == WRONG_IGNORE:
                hits = [(span, f"{rule.message.rstrip('.')}: {problem}.") for span, problem in wrong]
            for span, message in hits:
                text = document.source[span.start : span.end]
                yield finding_at(document, rule, span, text, message or rule.message, rule.suggest, None, text)


def _silenced(document: Document, candidate: Candidate, ignores: Ignores) -> bool:
    span = document.to_source(candidate.start, candidate.end)
    return ignores.silence(span.start, span.end, frozenset(labels(candidate.rule)))


def _not_accepted(spans: Sequence[Span], candidate: Candidate) -> bool:
    """Whether a candidate stands although these places of the text are accepted.

    A mechanical finding stands unless it lies within one: the comma after a name is not the name's.
    """
    if candidate.rule.category in MECHANICAL:
        return not any(span.start <= candidate.start and candidate.end <= span.end for span in spans)
    return not any(span.start < candidate.end and candidate.start < span.end for span in spans)
