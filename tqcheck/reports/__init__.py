"""Reports made from a :class:`~tqcheck.result.CheckResult` alone: pure functions from result to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from tqcheck.errors import SettingsError
from tqcheck.result import CheckResult, Severity

if TYPE_CHECKING:
    from tqcheck.result import DocumentResult


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is to look. Each format uses what applies to it; all leave out findings under ``show``.

    ``width`` is in terminal cells, ``least_fluent`` the most sentences listed
    for a document, ``indent`` the blanks for each level of JSON (``None``: one line).
    """

    show: Severity = Severity.SUGGESTION
    width: int = 80
    color: bool = False
    dropped: bool = False
    least_fluent: int = 3
    indent: int | None = 2


Format = Callable[[CheckResult, ReportOptions], str]
"""Makes the whole report, ended by a newline unless it is empty."""


def render(name: str, result: CheckResult, options: ReportOptions | None = None) -> str:
    """The report in the format ``name`` of :data:`FORMATS`.

    :raises SettingsError: there is no such format.
    :raises OutputError: the format cannot hold the result.
    """
    try:
        form = FORMATS[name]
    except KeyError:
        raise SettingsError(f"no report format {name!r}: choose one of {', '.join(FORMATS)}") from None
    return form(result, options or ReportOptions())


# The modules are imported where they are used: a run makes one format and pays for one.


def _terminal(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.terminal import render_terminal

    return render_terminal(
        result,
        width=options.width,
        color=options.color,
        show=options.show,
        dropped=options.dropped,
        least_fluent=options.least_fluent,
    )


def _json(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.wire import dumps

    return dumps(_shown(result, options.show), indent=options.indent) + "\n"


def _line(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.line import render_lines

    return render_lines(_shown(result, options.show))


def _shown(result: CheckResult, show: Severity) -> CheckResult:
    if show is Severity.SUGGESTION:
        return result

    def kept(document: DocumentResult) -> DocumentResult:
        return replace(document, findings=tuple(each for each in document.findings if each.severity >= show))

    return replace(result, documents=tuple(kept(document) for document in result.documents))


FORMATS: Mapping[str, Format] = MappingProxyType({"terminal": _terminal, "line": _line, "json": _json})
"""The formats by name."""
