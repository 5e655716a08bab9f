"""A document as the page shows it: its section with a header, the story and what was found in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tqcheck.files.paths import named
from tqcheck.reports.digest import in_order, language_shares, least_fluent
from tqcheck.reports.page.findings import DroppedView, FindingView, dropped_views, finding_views
from tqcheck.reports.page.selection import Selection
from tqcheck.reports.page.sentences import SentencesView, sentences_view
from tqcheck.reports.page.story import StoryView, story_view
from tqcheck.reports.plot import Gauge, gauge
from tqcheck.reports.wording import compared_with, counted, number, source_is_told, verdict_told
from tqcheck.result import DocumentResult, Signature, Verdict
from tqcheck.text.language_names import language_name

_MOST_LANGUAGES = 3


@dataclass(frozen=True, slots=True)
class FluencyView:
    """A score (0–100, whole), the same on a scale, and what it is a percentile among."""

    score: str
    gauge: Gauge
    reference: str


@dataclass(frozen=True, slots=True)
class CheckedView:
    """What there is to say of a document that was checked.

    ``fluency`` is ``None`` if it was not scored, ``story`` if the text is not
    known, ``sentences`` if none was scored. ``counted`` are the findings in words.
    """

    counted: str
    words: str
    has_model: bool
    fluency: FluencyView | None
    verdict: str
    evidence: tuple[str, ...]
    languages: tuple[str, ...]
    story: StoryView | None
    findings: tuple[FindingView, ...]
    dropped: tuple[DroppedView, ...]
    sentences: SentencesView | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A section whose ids begin with ``name`` and whose heading is of ``level``.

    ``checked`` is ``None`` where ``failed`` or skipped, for the ``reason``.
    """

    name: str
    level: int
    path: str
    notes: tuple[str, ...]
    failed: bool
    reason: str
    checked: CheckedView | None


def document_view(
    place: int, document: DocumentResult, level: int, signature: Signature, selection: Selection
) -> DocumentView:
    """The document number ``place`` (from 1) of a result with this signature."""
    name = document_name(place)
    return DocumentView(
        name,
        level,
        named(document.path),
        document.notes,
        document.error is not None,
        "" if document.checked else document.reason,
        _checked(name, document, signature, selection) if document.checked else None,
    )


def document_name(place: int) -> str:
    """What the ids of the document number ``place`` (from 1) begin with."""
    return f"d{place}"


def _checked(name: str, document: DocumentResult, signature: Signature, selection: Selection) -> CheckedView:
    findings = finding_views(in_order(document.findings, selection.show))
    listed = least_fluent(document.sentences, selection.least_fluent)
    fluency = document.fluency
    verdict = document.verdict
    return CheckedView(
        counted([document], selection.show),
        number(document.words, "word"),
        signature.model is not None,
        None
        if fluency is None
        else FluencyView(f"{fluency.score:.0f}", gauge(fluency.score), compared_with(signature)),
        "" if verdict is None else verdict_told(verdict),
        () if verdict is None else verdict.evidence,
        (*_likely_sources(verdict), *_behind_findings(document)),
        story_view(document, findings, listed),
        findings,
        dropped_views(document.dropped) if selection.dropped else (),
        sentences_view(name, document, listed),
    )


def _likely_sources(verdict: Verdict | None) -> Iterator[str]:
    if verdict is not None and source_is_told(verdict):
        sources = verdict.sources[:_MOST_LANGUAGES]
        told = ", ".join(f"{language_name(source.language)} {source.probability:.0%}" for source in sources)
        yield f"Most likely source language: {told}"


def _behind_findings(document: DocumentResult) -> Iterator[str]:
    shares, base = language_shares(document.findings)
    if shares:
        told = ", ".join(f"{language_name(code)} {share:.0%}" for code, share in shares[:_MOST_LANGUAGES])
        yield f"Languages behind the findings: {told} (of {number(base, 'finding')} that name one)"
