"""The whole page: its documents, the overview of several, and how they were checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tqcheck.reports.page.document import DocumentView, document_view
from tqcheck.reports.page.overview import OverviewView, overview_view
from tqcheck.reports.page.selection import Selection
from tqcheck.reports.wording import left_out_told
from tqcheck.result import CheckResult, Signature


@dataclass(frozen=True, slots=True)
class PageView:
    """What the templates draw; all text is plain.

    One document has the page for itself; none or several have an ``overview``.
    ``left_out`` tells that findings were left out (empty: none were), ``made``
    are names and values of what the result depends on.
    """

    title: str
    left_out: str
    overview: OverviewView | None
    documents: tuple[DocumentView, ...]
    made: tuple[tuple[str, str], ...]


def page_view(result: CheckResult, selection: Selection) -> PageView:
    """The page of a result with what was selected."""
    alone = len(result.documents) == 1
    overview = None if alone else overview_view(result, selection.show)
    documents = tuple(
        document_view(place, document, 1 if alone else 2, result.signature, selection)
        for place, document in enumerate(result.documents, 1)
    )
    title = documents[0].path if overview is None else overview.documents
    return PageView(title, left_out_told(result.left_out), overview, documents, tuple(_made(result.signature)))


def _made(signature: Signature) -> Iterator[tuple[str, str]]:
    model = signature.model
    yield "tqcheck", signature.version
    yield "rules", signature.rules
    yield "language model", "none" if model is None else f"{model.id}, sha256:{model.sha256}"
    if model is not None and model.calibration:
        yield "calibration", f"sha256:{model.calibration}"
    if model is not None and model.engine:
        yield "engine", model.engine
    if signature.detector is not None:
        yield "detector", signature.detector
    yield "settings", signature.settings
