"""One line for each finding, as compilers write them: for editors, ``grep`` and quickfix lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tqcheck.reports.cells import clean
from tqcheck.reports.wording import left_out_told

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult


def render_lines(result: CheckResult) -> str:
    """``path:line:col: severity RULE message [name]`` for each finding, in order; empty if there are none.

    Lines and columns are 1-based, columns in code points. A document that could
    not be checked gives ``path:1:1: error not-checked reason``, a skipped one no
    line. The last line says so where findings were left out.
    """
    lines = "".join(f"{clean(line)}\n" for document in result.documents for line in _lines(document))
    return f"{lines}tqcheck: {left_out_told(result.left_out)}\n" if result.left_out else lines


def _lines(document: DocumentResult) -> Iterator[str]:
    if document.error is not None:
        yield f"{document.path}:1:1: error not-checked {document.reason}"
    for finding in document.findings:
        place = f"{document.path}:{finding.line}:{finding.column}"
        yield f"{place}: {finding.severity.label} {finding.rule} {finding.message} [{finding.name}]"
