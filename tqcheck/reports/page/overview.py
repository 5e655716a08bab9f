"""Several documents as the page shows them: what all come to, and a line for each that leads to it."""

from __future__ import annotations

from dataclasses import dataclass

from tqcheck.files.paths import named
from tqcheck.reports.page.document import document_name
from tqcheck.reports.wording import counted, number, states, words_checked
from tqcheck.result import CheckResult, DocumentResult, Severity, count_severities


@dataclass(frozen=True, slots=True)
class FigureView:
    """A number and the noun it counts, both as they are written."""

    text: str
    unit: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """The line of the document whose ids begin with ``name``.

    ``bar`` has the share (percent of the longest bar) of each severity that was
    found. Without ``figures`` the document ``failed`` or was skipped, for the ``reason``.
    """

    name: str
    path: str
    failed: bool
    reason: str
    bar: tuple[tuple[str, str], ...] = ()
    figures: tuple[FigureView, ...] = ()
    fluency: str = ""


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The totals in words and the entries under columns for these severities, the worst first."""

    documents: str
    totals: str
    has_model: bool
    severities: tuple[str, ...]
    entries: tuple[EntryView, ...]


def overview_view(result: CheckResult, show: Severity) -> OverviewView:
    """The overview of all documents of a result, counting findings from ``show`` up."""
    documents = result.documents
    levels = [severity for severity in sorted(Severity, reverse=True) if severity >= show]
    most = max((sum(finding.severity >= show for finding in document.findings) for document in documents), default=0)
    return OverviewView(
        number(len(documents), "document"),
        " · ".join([states(documents), counted(documents, show), words_checked(documents)]),
        result.signature.model is not None,
        tuple(f"{severity.label.capitalize()}s" for severity in levels),
        tuple(_entry(document_name(place), document, levels, most) for place, document in enumerate(documents, 1)),
    )


def _entry(name: str, document: DocumentResult, levels: list[Severity], most: int) -> EntryView:
    path = named(document.path)
    if not document.checked:
        return EntryView(name, path, document.error is not None, document.reason)
    counts = count_severities(document.findings)
    figures = [(counts[level.label], level.label) for level in levels] + [(document.words, "word")]
    return EntryView(
        name,
        path,
        False,
        "",
        tuple((level.label, f"{100 * counts[level.label] / most:.1f}") for level in levels if counts[level.label]),
        tuple(FigureView(f"{figure:,}", noun if figure == 1 else f"{noun}s") for figure, noun in figures),
        "–" if document.fluency is None else f"{document.fluency.score:.0f}",
    )
