"""The code quality report of GitLab, which shows findings in merge requests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tqcheck.files.paths import relative_path
from tqcheck.reports.json_text import json_text
from tqcheck.reports.numbering import numbered
from tqcheck.reports.wording import left_out_told, told
from tqcheck.result import Severity

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.SUGGESTION: "info"}


def render_gitlab(result: CheckResult, *, base: str | None = None) -> str:
    """A JSON list with an issue for each finding, and one for each document that could not be checked.

    GitLab knows files by their paths in the repository, so run tqcheck at its
    root. The fingerprint is one for each issue of the report and stays when
    lines move.
    """
    issues = [issue for document in result.documents for issue in _issues(document, base)]
    if result.left_out:
        path = relative_path(result.documents[0].path, base) if result.documents else "-"
        issues.append(_issue("left-out", left_out_told(result.left_out), "info", path, 1, 1, str(result.left_out)))
    return json_text(issues)


def _issues(document: DocumentResult, base: str | None) -> Iterator[dict[str, Any]]:
    path = relative_path(document.path, base)
    # Of names that are not Unicode, others may be shown alike.
    own = "" if "\ufffd" not in path else f"\0{document.path}"
    if document.error is not None:
        told_so = f"The document could not be checked: {document.reason}"
        yield _issue("not-checked", told_so, "critical", path, 1, 1, f"{document.reason}{own}")
        return
    for finding, fingerprint, number in numbered(document.findings):
        yield _issue(
            finding.rule,
            told(finding),
            _SEVERITIES[finding.severity],
            path,
            finding.line,
            finding.end_line,
            f"{fingerprint}\0{number}{own}",
        )


def _issue(check: str, description: str, severity: str, path: str, begin: int, end: int, key: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": check,
        "description": description,
        "categories": ["Style"],
        "fingerprint": hashlib.sha256(f"{path}\0{check}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "severity": severity,
        "location": {"path": path, "lines": {"begin": begin, "end": end}},
    }
