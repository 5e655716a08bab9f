"""A result with less in it, for a report of bounded length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tqcheck.result import CheckResult, Severity

if TYPE_CHECKING:
    from tqcheck.result import DocumentResult


def shown(result: CheckResult, show: Severity) -> CheckResult:
    """The result without the findings under a severity."""
    if show is Severity.SUGGESTION:
        return result

    def kept(document: DocumentResult) -> DocumentResult:
        return replace(document, findings=tuple(each for each in document.findings if each.severity >= show))

    return replace(result, documents=tuple(map(kept, result.documents)))


def limited(result: CheckResult, most: int, show: Severity = Severity.SUGGESTION) -> CheckResult:
    """The result with at most ``most`` of the findings at or above ``show``, the worst first, then by place.

    What is left out is counted in ``left_out``; findings under ``show`` stay,
    as they are not part of the report.
    """
    ranked = [
        (-finding.severity, number, index)
        for number, document in enumerate(result.documents)
        for index, finding in enumerate(document.findings)
        if finding.severity >= show
    ]
    if len(ranked) <= most:
        return result
    cut = {(number, index) for _, number, index in sorted(ranked)[most:]}
    documents = tuple(
        replace(
            document,
            findings=tuple(one for index, one in enumerate(document.findings) if (number, index) not in cut),
            left_out=sum((number, index) in cut for index in range(len(document.findings))),
        )
        for number, document in enumerate(result.documents)
    )
    return replace(result, documents=documents, left_out=result.left_out + len(cut))
