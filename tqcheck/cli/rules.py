"""``tqcheck rules`` and ``tqcheck explain``: what is looked for, from the packs themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tqcheck.rules.schema import Rule


def rules(
    language: Annotated[str | None, typer.Option(help="Only rules for this source language (such as es).")] = None,
    category: Annotated[str | None, typer.Option(help="Only rules of this category.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="A further rule pack (TOML); may be repeated.")] = None,
) -> None:
    """List the rules: id, severity, category, languages, name."""
    from tqcheck.cli.output import write_report

    chosen = [
        rule
        for rule in _load(pack)
        if (language is None or language in rule.languages) and (category is None or rule.category == category)
    ]
    rows = [
        (rule.id, rule.severity.label, rule.category, ",".join(rule.languages) or "–", rule.name) for rule in chosen
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    write_report("".join(f"{line.rstrip()}\n" for line in [*lines, f"{len(rows)} rules"]), None)


def explain(
    rule: Annotated[str, typer.Argument(help="Id (ES014) or name (telematic-meeting) of a rule.")],
    pack: Annotated[list[Path] | None, typer.Option(help="A further rule pack (TOML); may be repeated.")] = None,
) -> None:
    """Explain one rule: what it finds, why, where it comes from, bad and good examples."""
    from tqcheck.cli.output import write_report
    from tqcheck.errors import SettingsError

    found = next((one for one in _load(pack) if rule.lower() in (one.id.lower(), one.name)), None)
    if found is None:
        raise SettingsError(f"there is no rule {rule!r}; `tqcheck rules` lists them")
    write_report(_page(found), None)


def _load(pack: list[Path] | None) -> tuple[Rule, ...]:
    from tqcheck.rules.loader import load_rules
    from tqcheck.settings import Settings

    return load_rules(pack or (), cache=Settings().cache_folder).rules


def _page(rule: Rule) -> str:
    from tqcheck.languages import language_name

    lines = [f"{rule.id} {rule.name}", f"{rule.severity.label}, {rule.category}", "", rule.message, ""]
    for code in rule.languages:
        origin = rule.origin.get(code)
        lines.append(f"From {language_name(code)}" + (f": {origin}" if origin else ""))
    if rule.suggest:
        lines.append(f"Write instead: {' | '.join(template or '(delete)' for template in rule.suggest)}")
    if rule.arbitrate is not None:
        rest = "" if rule.certain else "; without a model the rule is silent"
        lines.append(f"The language model decides: a suggestion must gain about {rule.arbitrate:g} nats{rest}.")
    quoted = {"skip": "Quoted speech is left alone.", "only": "Only inside quotation marks."}
    if rule.quoted in quoted:
        lines.append(quoted[rule.quoted])
    lines += [f"Source: {rule.source}", "", "Flagged:"]
    lines += [f"  {example}" for example in rule.bad]
    lines += ["", "Not flagged:"]
    lines += [f"  {example}" for example in rule.good]
    return "\n".join(lines) + "\n"
