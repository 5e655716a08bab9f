"""Reports made from a :class:`~tqcheck.result.CheckResult` alone: pure functions from result to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tqcheck.errors import SettingsError, near
from tqcheck.reports.limit import limited, shown
from tqcheck.reports.rule_text import RuleText
from tqcheck.result import CheckResult, Severity


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is to look. Each format uses what applies to it; all leave out findings under ``show``.

    ``width`` is in terminal cells, ``least_fluent`` the most sentences listed
    for a document, ``indent`` the blanks for each level of JSON (``None``: one line).
    ``base`` is the absolute path of the folder that relative paths start from:
    formats for other programs give the paths of documents inside it relative to
    it (``None``: as they are). ``rules`` has texts of rules by their ids; what
    is not in it is told from the findings.
    """

    show: Severity = Severity.SUGGESTION
    width: int = 80
    color: bool = False
    dropped: bool = False
    least_fluent: int = 3
    indent: int | None = 2
    base: str | None = None
    rules: Mapping[str, RuleText] = field(default_factory=dict)


Format = Callable[[CheckResult, ReportOptions], str]
"""Makes the whole report, ended by a newline unless it is empty."""


def render(name: str, result: CheckResult, options: ReportOptions | None = None) -> str:
    """The report in the format ``name`` of :data:`FORMATS`.

    :raises SettingsError: there is no such format.
    :raises OutputError: the format cannot hold the result.
    """
    return format_named(name)(result, options or ReportOptions())


def format_named(name: str) -> Format:
    """The format; raises :class:`~tqcheck.errors.SettingsError` where there is none of that name."""
    found = FORMATS.get(name)
    if found is None:
        likely = near(name, FORMATS)
        hint = f"did you mean {likely}?" if likely else f"choose one of {', '.join(FORMATS)}"
        raise SettingsError(f"no report format {name!r}: {hint}")
    return found


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
    from tqcheck.reports.json_report import dumps

    return dumps(shown(result, options.show), indent=options.indent) + "\n"


def _line(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.line import render_lines

    return render_lines(shown(result, options.show))


def _html(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.html_page import render_page

    return render_page(result, show=options.show, dropped=options.dropped, least_fluent=options.least_fluent)


def _markdown(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.markdown import render_markdown

    return render_markdown(result, show=options.show)


def _statistics(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.statistics import render_statistics

    return render_statistics(shown(result, options.show))


def _sarif(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.sarif import render_sarif

    found = limited(shown(result, options.show), MOST_FINDINGS["sarif"])
    return render_sarif(found, base=options.base, rules=options.rules)


def _github(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.github import render_github

    return render_github(shown(result, options.show), base=options.base)


def _gitlab(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.gitlab import render_gitlab

    return render_gitlab(shown(result, options.show), base=options.base)


def _junit(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.junit import render_junit

    return render_junit(shown(result, options.show), base=options.base)


def _checkstyle(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.checkstyle import render_checkstyle

    return render_checkstyle(shown(result, options.show), base=options.base)


def _rdjson(result: CheckResult, options: ReportOptions) -> str:
    from tqcheck.reports.rdjson import render_rdjson

    return render_rdjson(shown(result, options.show), base=options.base)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": _terminal,
        "line": _line,
        "json": _json,
        "html": _html,
        "markdown": _markdown,
        "statistics": _statistics,
        "sarif": _sarif,
        "github": _github,
        "gitlab": _gitlab,
        "junit": _junit,
        "checkstyle": _checkstyle,
        "rdjson": _rdjson,
    }
)
"""The formats by name."""

SHOW_SOURCE = frozenset({"terminal", "html", "rdjson"})
"""Formats that say more where a document's result has its ``source``."""

EXPLAIN_RULES = frozenset({"sarif"})
"""Formats that say more where the options have texts of ``rules``."""

MOST_FINDINGS: Mapping[str, int] = MappingProxyType({"sarif": 25_000})
"""Formats that hold no more findings than their readers take; they keep the worst and count the others."""
