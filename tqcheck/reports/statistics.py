"""How often each rule found something, instead of what it found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tqcheck.reports.cells import clean
from tqcheck.reports.wording import left_out_told, number

if TYPE_CHECKING:
    from tqcheck.result import CheckResult


def render_statistics(result: CheckResult) -> str:
    """A line for each rule: findings, id, severity, category and name, the most frequent first; then the total.

    A last line counts the documents that could not be checked, if any.
    """
    counts = Counter(
        (finding.rule, finding.severity.label, finding.category, finding.name)
        for document in result.documents
        for finding in document.findings
    )
    ranked = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    rows = [(f"{count:,}", *map(clean, rule)) for rule, count in ranked]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = []
    for count, *cells, name in rows:
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([f"{count:>{widths[0]}}", *padded, name]))
    total = sum(counts.values())
    rules = len({rule for rule, *_ in counts})
    lines.append(f"{number(total, 'finding')} by {number(rules, 'rule')}" if total else "no findings")
    failed = sum(document.error is not None for document in result.documents)
    if failed:
        lines.append(f"{number(failed, 'document')} could not be checked")
    if result.left_out:
        lines.append(left_out_told(result.left_out))
    return "".join(f"{line}\n" for line in lines)
