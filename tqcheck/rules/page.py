"""The page of one rule: what it finds, why, where it comes from, when the words are right, and how often it fires.

``tqcheck explain`` prints it, and ``tqcheck rules pages`` and ``tqcheck rules docs`` write one for each rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tqcheck.rules.bibliography import Work, citations
from tqcheck.rules.evidence import evidence, made
from tqcheck.rules.examples import parts
from tqcheck.rules.schema import Rule
from tqcheck.text.language_names import language_name

_WIDTH = 110


def rule_page(rule: Rule) -> str:
    """The page as Markdown; it reads well as it stands."""
    sections = [f"# {rule.id} {rule.name}", _head(rule), rule.message]
    if rule.languages:
        sections.append("## Where it comes from\n\n" + "\n".join(_origins(rule)))
    fixes = [f"- {_code(template)}" if template else "- (delete it)" for template in rule.suggest]
    if fixes:
        sections.append("## Write instead\n\n" + "\n".join(fixes))
    if fixes or rule.fix == "safe":
        sections.append(_fixing(rule))
    sections.append("## Flagged\n\n" + "\n".join(f"- {_marked(example)}" for example in rule.bad))
    fine = [rule.fine] if rule.fine else []
    sections.append("## When it is fine\n\n" + "\n\n".join([*fine, "\n".join(f"- {_plain(one)}" for one in rule.good)]))
    conditions = list(_conditions(rule))
    if conditions:
        sections.append("\n".join(f"- {one}" for one in conditions))
    figures = _figures(rule)
    if figures:
        sections.append("## How often\n\n" + figures)
    sections.append(f"Source: {rule.source}")
    references = dict.fromkeys(work for work, _ in citations(rule.source) if work is not None)
    if references:
        sections.append("\n".join(f"- {_reference(work)}" for work in references))
    return "\n\n".join(sections) + "\n"


def index_page(rules: Sequence[Rule]) -> str:
    """The table of contents of the pages, by pack."""
    lines = [f"# Rules\n\n{len(rules)} rules. `tqcheck explain ID` prints a page; `tqcheck rules` lists them.\n"]
    for pack in dict.fromkeys(rule.pack for rule in rules):
        own = [rule for rule in rules if rule.pack == pack]
        lines.append(
            f"\n## {pack} ({len(own)})\n\n| rule | name | category | severity | languages |\n|---|---|---|---|---|\n"
        )
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.category} "
            f"| {rule.severity.label}{', preview' if rule.preview else ''} | {' '.join(rule.languages)} |\n"
            for rule in own
        ]
    return "".join(lines)


def _head(rule: Rule) -> str:
    words = [f"**{rule.severity.label}**", rule.category, f"pack {rule.pack}"]
    if rule.preview:
        words.append("in preview: off unless asked for")
    return " · ".join(words)


def _reference(work: Work) -> str:
    return work.reference if work.reference.startswith(work.cite) else f"{work.cite}: {work.reference}"


def _fixing(rule: Rule) -> str:
    if rule.fix == "safe":
        return "`--fix` writes the first suggestion, which is right whenever there is one."
    if rule.arbitrate is not None:
        return "`--fix` writes what the language model prefers by a wide margin; `--unsafe-fixes` whatever it prefers."
    return "Only `--unsafe-fixes` writes the first suggestion: look at each."


def _origins(rule: Rule) -> Iterable[str]:
    for code in rule.languages:
        origin = rule.origin.get(code)
        yield f"- {language_name(code)}" + (f": *{_plain(origin)}*" if origin else "")


def _conditions(rule: Rule) -> Iterable[str]:
    if rule.quoted == "skip":
        yield "Quoted speech is left alone."
    elif rule.quoted == "only":
        yield "Only inside quotation marks."
    if rule.scope == "line":
        yield "Only where it is a whole line or paragraph."
    if rule.unless:
        yield "The pattern also keeps quiet in contexts where the words are likely to be right."
    if rule.arbitrate is not None:
        silent = "without a model it is reported all the same" if rule.certain else "without a model the rule is silent"
        yield f"The language model decides whether a suggestion reads better; {silent}."


def _figures(rule: Rule) -> str:
    found = evidence(rule)
    if found is None:
        return ""
    rows = ["| hits per million words | human-written | machine-translated |", "|---|---:|---:|"]
    for part in found.human:
        human, machine = found.human[part], found.machine[part]
        rows.append(
            f"| {part} part | {human.per_million:.1f} ({human.hits}) | {machine.per_million:.1f} ({machine.hits}) |"
        )
    return "\n".join(rows) + f"\n\n{made()}"


def _marked(example: str) -> str:
    before, span, after = map(_plain, parts(example))
    outer = span.strip()
    if not outer:
        return f"{before}**[{span}]**{after}"
    at = span.index(outer)
    return f"{before}{span[:at]}**{outer}**{span[at + len(outer) :]}{after}"


def _plain(text: str) -> str:
    """The text with what Markdown would read as markup escaped, on one line."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text.replace("\n", " ⏎ "))


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
