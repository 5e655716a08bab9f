"""Findings as the page shows them: in the table, on the cards of the story, and among those turned down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tqcheck.reports.digest import FAMILIES
from tqcheck.reports.markup import language_tag
from tqcheck.reports.wording import gain_in_words, nats, shortened, visible
from tqcheck.result import DroppedCandidate, Finding
from tqcheck.text.language_names import language_name

_MOST_SUGGESTIONS = 5
_LONGEST_TEXT = 240


@dataclass(frozen=True, slots=True)
class FixView:
    """The flagged text and what to write instead of it; ``more`` suggestions are not shown."""

    text: str
    instead: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A line of evidence: text, then words of the language with the tag ``language`` (empty: unknown), then text."""

    text: str
    origin: str = ""
    language: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class FindingView:
    """The finding at ``place`` (from 1) in its document.

    ``start`` and ``end`` are offsets in the source, ``kind`` its classes for the style sheet.
    """

    place: int
    start: int
    end: int
    line: int
    column: int
    kind: str
    severity: str
    category: str
    rule: str
    name: str
    message: str
    fix: FixView
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class DroppedView:
    """A candidate that arbitration turned down: its gain and the one it needed, in words."""

    line: int
    column: int
    rule: str
    name: str
    fix: FixView
    gain: str
    needed: str


def finding_views(findings: Iterable[Finding]) -> tuple[FindingView, ...]:
    """The findings numbered in the order given."""
    return tuple(
        FindingView(
            place,
            finding.start,
            finding.end,
            finding.line,
            finding.column,
            _kind(finding),
            finding.severity.label,
            finding.category,
            finding.rule,
            finding.name,
            finding.message,
            _fix(finding),
            tuple(_evidence(finding)),
        )
        for place, finding in enumerate(findings, 1)
    )


def dropped_views(dropped: Iterable[DroppedCandidate]) -> tuple[DroppedView, ...]:
    """The candidates by their place in the text."""
    return tuple(
        DroppedView(
            candidate.finding.line,
            candidate.finding.column,
            candidate.finding.rule,
            candidate.finding.name,
            _fix(candidate.finding),
            "none" if candidate.finding.gain is None else nats(candidate.finding.gain),
            "a language model" if candidate.needed is None else nats(candidate.needed),
        )
        for candidate in sorted(dropped, key=lambda each: (each.finding.start, each.finding.end))
    )


def _kind(finding: Finding) -> str:
    category = finding.category if finding.category in FAMILIES else "disfluent"
    return f"k-{FAMILIES[category]} c-{category} v-{finding.severity.label}"


def _fix(finding: Finding) -> FixView:
    shown = tuple(map(_shown, finding.suggestions[:_MOST_SUGGESTIONS]))
    return FixView(_shown(finding.text), shown, len(finding.suggestions) - len(shown))


def _shown(text: str) -> str:
    return shortened(visible(text), _LONGEST_TEXT)


def _evidence(finding: Finding) -> Iterator[EvidenceView]:
    """Where the wording comes from, what the model says, how often such findings are right."""
    first, *others = finding.languages or ("",)
    if finding.origin:
        also = ", ".join(map(language_name, others))
        yield EvidenceView(
            f"{language_name(first) if first else 'From'}: ",
            finding.origin,
            language_tag(first),
            f" (also {also})" if also else "",
        )
    elif first:
        yield EvidenceView(f"From {', '.join(map(language_name, finding.languages))}")
    if finding.gain is not None:
        yield EvidenceView(gain_in_words(finding.gain).capitalize())
    if finding.confidence is not None:
        yield EvidenceView(f"Right in {finding.confidence:.0%} of the cases measured")
