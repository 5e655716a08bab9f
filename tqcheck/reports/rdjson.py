"""The diagnostic format of reviewdog, with suggestions that it can offer in a review.

Its columns count bytes of UTF-8, which only the original can tell. Where the
source text is not at hand, ranges are whole lines and there are no
suggestions, since reviewdog would put them in place of the lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tqcheck.files.paths import relative_path
from tqcheck.reports.fixes import replacements
from tqcheck.reports.json_text import json_text
from tqcheck.reports.wording import left_out_told, told
from tqcheck.result import Severity

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult, Finding

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.SUGGESTION: "INFO"}


def render_rdjson(result: CheckResult, *, base: str | None = None) -> str:
    """A diagnostic for each finding, and one without a range for each document that could not be checked."""
    diagnostics = [one for document in result.documents for one in _diagnostics(document, base)]
    if result.left_out:
        path = relative_path(result.documents[0].path, base) if result.documents else "-"
        told_so = {"message": left_out_told(result.left_out), "location": {"path": path}, "severity": "INFO"}
        diagnostics.append(told_so)
    return json_text({"source": {"name": "tqcheck"}, "diagnostics": diagnostics})


def _diagnostics(document: DocumentResult, base: str | None) -> list[dict[str, Any]]:
    path = relative_path(document.path, base)
    if document.error is not None:
        place = {"path": path}
        return [{"message": document.reason, "location": place, "severity": "ERROR", "code": {"value": "not-checked"}}]
    return [_diagnostic(finding, path, document.source) for finding in document.findings]


def _diagnostic(finding: Finding, path: str, source: str | None) -> dict[str, Any]:
    start: dict[str, int] = {"line": finding.line}
    end: dict[str, int] = {"line": finding.end_line}
    suggestions: list[dict[str, Any]] = []
    if source is not None:
        start["column"] = byte_column(source, finding.start, finding.column)
        end["column"] = byte_column(source, finding.end, finding.end_column)
        suggestions = [{"range": {"start": start, "end": end}, "text": text} for text in replacements(finding)]
    found: dict[str, Any] = {
        "message": told(finding),
        "location": {"path": path, "range": {"start": start, "end": end}},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    return found | {"suggestions": suggestions} if suggestions else found


def byte_column(source: str, offset: int, column: int) -> int:
    """The 1-based column in bytes of UTF-8 of ``source[offset]``, whose 1-based column in code points is ``column``."""
    return len(source[offset - column + 1 : offset].encode("utf-8", "surrogatepass")) + 1
