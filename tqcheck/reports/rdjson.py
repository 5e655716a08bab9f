"""The diagnostic format of reviewdog, with suggestions that it can offer in a review.

Its columns count bytes of UTF-8, which only the original can tell: reviewdog
cuts the lines of the diff there, as bytes, and a byte-order mark is part of the
first one. Where the source text is not at hand, ranges are whole lines and there
are no suggestions, since reviewdog would put them in place of the lines.

So it is with files in another encoding, too. The format has no columns for
them: those of the text as UTF-8 are not those of the lines that reviewdog has
(of UTF-16 it has none, since to git that is no text), and a suggestion would be
written as UTF-8 between bytes that are not. Lines whose bytes are the same in
UTF-8, such as ASCII in Windows-1252, have columns, and suggestions of which that
is true as well.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any

from tqcheck.files.paths import relative_path
from tqcheck.reports.fixes import replacements
from tqcheck.reports.json_text import json_text
from tqcheck.reports.wording import left_out_told, told
from tqcheck.result import Severity

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult, Finding

_LINE_END = re.compile(r"[\r\n]")
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
    return [_diagnostic(finding, path, document) for finding in document.findings]


def _diagnostic(finding: Finding, path: str, document: DocumentResult) -> dict[str, Any]:
    start: dict[str, int] = {"line": finding.line}
    end: dict[str, int] = {"line": finding.end_line}
    suggestions: list[dict[str, Any]] = []
    source, encoding = document.source, document.encoding
    if source is not None and _is_utf8(_lines_of(source, finding), encoding):
        mark = len(BOM_UTF8) if encoding == "utf-8-sig" else 0
        start["column"] = byte_column(source, finding.start, finding.column) + (mark if finding.line == 1 else 0)
        end["column"] = byte_column(source, finding.end, finding.end_column) + (mark if finding.end_line == 1 else 0)
        suggestions = [
            {"range": {"start": start, "end": end}, "text": text}
            for text in replacements(finding)
            if _is_utf8(text, encoding)
        ]
    found: dict[str, Any] = {
        "message": told(finding),
        "location": {"path": path, "range": {"start": start, "end": end}},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    return found | {"suggestions": suggestions} if suggestions else found


def _lines_of(source: str, finding: Finding) -> str:
    """The whole lines that a finding touches."""
    end = _LINE_END.search(source, finding.end)
    return source[finding.start - finding.column + 1 : end.start() if end else len(source)]


def _is_utf8(text: str, encoding: str) -> bool:
    """Whether a text has in an encoding the bytes that it has in UTF-8."""
    if encoding in ("utf-8", "utf-8-sig"):
        return True
    try:
        return text.encode(encoding) == text.encode("utf-8")
    except UnicodeError:
        return False


def byte_column(source: str, offset: int, column: int) -> int:
    """The 1-based column in bytes of UTF-8 of ``source[offset]``, whose 1-based column in code points is ``column``."""
    return len(source[offset - column + 1 : offset].encode("utf-8", "surrogatepass")) + 1
