"""Workflow commands of GitHub Actions: each finding becomes an annotation in the pull request.

GitHub shows at most ten annotations of each level for a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqcheck.files.paths import STANDARD_INPUT, named, relative_path
from tqcheck.reports.wording import left_out_told, told
from tqcheck.result import Severity

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult, Finding

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "notice"}


def render_github(result: CheckResult, *, base: str | None = None) -> str:
    """``::error file=…,line=…::…`` for each finding, and for documents that failed or were skipped.

    Columns are 1-based code points, ``endColumn`` is the last one marked; GitHub
    takes columns only where a finding lies on one line. Standard input has no
    file to annotate, so its places stand in the message. Empty if there is
    nothing to say.
    """
    lines: list[str] = []
    for document in result.documents:
        path = relative_path(document.path, base)
        if document.error is not None:
            lines.append(_command("error", _file(path) | {"title": "tqcheck"}, f"{path}: {document.reason}"))
        elif document.skipped is not None:
            lines.append(_command("notice", _file(path) | {"title": "tqcheck"}, f"{path}: skipped: {document.reason}"))
        else:
            lines += _findings(document, path)
    if result.left_out:
        lines.append(_command("notice", {"title": "tqcheck"}, left_out_told(result.left_out)))
    return "".join(f"{line}\n" for line in lines)


def _findings(document: DocumentResult, path: str) -> list[str]:
    lines = []
    for finding in document.findings:
        title = {"title": f"{finding.rule} {finding.name}"}
        message = told(finding)
        if path == STANDARD_INPUT:
            message = f"{named(path)}, line {finding.line}, column {finding.column}: {message}"
            lines.append(_command(_COMMANDS[finding.severity], title, message))
        else:
            place = _file(path) | _place(finding)
            lines.append(_command(_COMMANDS[finding.severity], place | title, message))
    return lines


def _file(path: str) -> dict[str, str]:
    return {} if path == STANDARD_INPUT else {"file": path}


def _place(finding: Finding) -> dict[str, str]:
    if finding.line != finding.end_line:
        return {"line": str(finding.line), "endLine": str(finding.end_line)}
    return {
        "line": str(finding.line),
        "col": str(finding.column),
        "endLine": str(finding.end_line),
        "endColumn": str(max(finding.column, finding.end_column - 1)),
    }


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
