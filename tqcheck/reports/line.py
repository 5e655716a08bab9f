"""One line for each finding, as compilers write them: for editors, ``grep`` and quickfix lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqcheck.reports.cells import clean
from tqcheck.reports.wording import left_out_told

if TYPE_CHECKING:
    from tqcheck.result import CheckResult


def render_lines(result: CheckResult) -> str:
    """``path:line:col: severity RULE message [name]`` for each finding, in order; empty if there are none.

    Lines and columns are 1-based, columns in code points. Documents that were
    skipped or failed give no line. The last line says so where findings were left out.
    """
    lines = "".join(
        clean(
            f"{document.path}:{finding.line}:{finding.column}: "
            f"{finding.severity.label} {finding.rule} {finding.message} [{finding.name}]"
        )
        + "\n"
        for document in result.documents
        for finding in document.findings
    )
    return f"{lines}tqcheck: {left_out_told(result.left_out)}\n" if result.left_out else lines
