"""Checkstyle XML, which many continuous-integration servers and editors read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Comment, Element, SubElement

from tqcheck.files.paths import relative_path
from tqcheck.reports.wording import left_out_told, told_quoting
from tqcheck.reports.xml_text import allowed, xml_text
from tqcheck.result import Severity

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult

_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "info"}


def render_checkstyle(result: CheckResult, *, base: str | None = None) -> str:
    """A ``file`` for each document with an ``error`` for each finding; columns are 1-based code points.

    A document that could not be checked has one error without a line; a
    skipped one has none.
    """
    root = Element("checkstyle", {"version": "8.0"})
    if result.left_out:
        root.append(Comment(f" {left_out_told(result.left_out)} "))
    root.extend([_file(document, base) for document in result.documents])
    return xml_text(root)


def _file(document: DocumentResult, base: str | None) -> Element:
    file = Element("file", {"name": allowed(relative_path(document.path, base))})
    if document.error is not None:
        values = {"severity": "error", "message": allowed(document.reason), "source": "tqcheck.not-checked"}
        SubElement(file, "error", values)
    for finding in document.findings:
        values = {
            "line": str(finding.line),
            "column": str(finding.column),
            "severity": _SEVERITIES[finding.severity],
            "message": told_quoting(finding),
            "source": f"tqcheck.{finding.category}.{finding.rule}",
        }
        SubElement(file, "error", {name: allowed(value) for name, value in values.items()})
    return file
