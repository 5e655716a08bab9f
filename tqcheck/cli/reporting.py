"""A result turned into the reports that were asked for, and into an exit code: for every command that has one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tqcheck.cli.notes import note
from tqcheck.cli.options import Color, FailLevel
from tqcheck.cli.output import write_report
from tqcheck.cli.targets import Target
from tqcheck.errors import OutputError
from tqcheck.reports import EXPLAIN_RULES, MOST_FINDINGS, ReportOptions, render
from tqcheck.reports.limit import limited
from tqcheck.reports.rule_text import RuleText
from tqcheck.reports.wording import left_out_told
from tqcheck.result import CheckResult, Severity

if TYPE_CHECKING:
    from tqcheck.rules.collection import RuleSet


@dataclass(frozen=True, slots=True)
class Look:
    """How reports are to look, as far as options say: see :class:`~tqcheck.reports.ReportOptions`.

    :param width: in cells; ``None`` is that of the terminal.
    :param most_findings: more than that are left out, and the report says so; ``None`` for all of them.
    """

    show: Severity
    least_fluent: int = 3
    width: int | None = None
    color: Color = Color.AUTO
    dropped: bool = False
    most_findings: int | None = None


def write_reports(
    result: CheckResult, targets: Sequence[Target], look: Look, rules: Callable[[], Iterable[RuleSet]], *, quiet: bool
) -> bool:
    """Make and write the reports, those for files first; whether all could be.

    One that cannot be written is told on standard error and does not keep the
    others from being written.

    :param rules: gives the rules of the result, none where they are not at
        hand; called only if a format explains rules.
    :param quiet: whether to keep still on standard error about findings left out.
    """
    if look.most_findings is not None:
        result = limited(result, look.most_findings, look.show)
    texts = rule_texts(rules(), result) if any(target.format in EXPLAIN_RULES for target in targets) else {}
    complete = True
    for target in sorted(targets, key=lambda target: target.file is None):
        try:
            write_report(render(target.format, result, _options(target, look, texts)), target.file)
        except OutputError as error:
            complete = False
            note(f"error: {error}")
    if not quiet:
        _tell_left_out(result, targets, look.show)
    return complete


def _tell_left_out(result: CheckResult, targets: Sequence[Target], show: Severity) -> None:
    if result.left_out:
        note(left_out_told(result.left_out))
    count = sum(finding.severity >= show for finding in result.findings)
    for target in targets:
        most = MOST_FINDINGS.get(target.format)
        if most is not None and count > most:
            where = f"the {target.format} report holds"
            note(f"{where} {most:,} findings, the worst, and not the other {count - most:,}")


def rule_texts(sets: Iterable[RuleSet], result: CheckResult) -> Mapping[str, RuleText]:
    """Texts of the rules that have findings, by their ids; those of the first set that has a rule."""
    from tqcheck.rules.evidence import precision
    from tqcheck.rules.page import rule_page

    wanted = {finding.rule for finding in result.findings}
    texts: dict[str, RuleText] = {}
    for rules in sets:
        for number, label in enumerate(rules.labels):
            if label.id in wanted - texts.keys():
                rule = rules.rule(number)
                texts[rule.id] = RuleText(rule.message, rule_page(rule), precision(rule))
    return texts


def exit_code(result: CheckResult, fail_on: str, exit_zero: bool) -> int:
    """2 if a document could not be checked, 1 for findings at or above ``fail_on``, else 0."""
    if result.failed:
        return 2
    if exit_zero or fail_on == FailLevel.NEVER:
        return 0
    level = Severity.parse(fail_on)
    return int(any(finding.severity >= level for finding in result.findings))


def _options(target: Target, look: Look, texts: Mapping[str, RuleText]) -> ReportOptions:
    to_terminal = target.file is None and sys.stdout is not None and sys.stdout.isatty()
    colored = look.color is Color.ALWAYS or (look.color is Color.AUTO and to_terminal and "NO_COLOR" not in os.environ)
    return ReportOptions(
        show=look.show,
        width=look.width or (shutil.get_terminal_size((100, 24)).columns if to_terminal else int(_columns() or 100)),
        color=colored,
        dropped=look.dropped,
        least_fluent=look.least_fluent,
        base=str(Path.cwd()),
        rules=texts,
    )


def _columns() -> str | None:
    columns = os.environ.get("COLUMNS", "")
    return columns if columns.isdecimal() and int(columns) >= 20 else None
