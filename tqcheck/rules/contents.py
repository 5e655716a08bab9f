"""The contents of all rules, by the language they come from and by category.

``docs/rules.md`` is one of built-in rules, and it is the front page of what ``tqcheck rules docs`` writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from tqcheck.result import CATEGORIES, Severity
from tqcheck.rules.schema import Rule
from tqcheck.text.language_names import language_name

_NO_LANGUAGE = "Any language"


def contents_page(rules: Sequence[Rule], *, linked: bool) -> str:
    """Markdown: counts by language and category, then id and name of each rule.

    A rule stands under the first of its languages. ``linked`` makes of each id a link to the page ``ID.md`` beside it.
    """
    sections = _by_language(rules)
    lines = [
        f"# Rules\n\n{len(rules):,} rules, by the language whose translations have what they find, and by category. A"
        " rule of several languages stands under the first of them. In *italics* are suggestions, which are style; the"
        " others are warnings and errors. *(preview)*: off unless asked for.\n\n"
        "`tqcheck explain ES003` shows what a rule finds, why, where it comes from, examples, when the words are right,"
        " and how often it fires in news; `tqcheck rules --language es --category calque` lists some;"
        " `tqcheck rules docs FOLDER` writes a page for each.\n"
    ]
    lines.append("\n" + _counts(sections))
    for title, own in sections.items():
        lines.append(f"\n## {title}\n\n{_summary(title, own, rules)}\n")
        for category in CATEGORIES:
            found = [rule for rule in own if rule.category == category]
            if found:
                # One on a line, so that a rule more changes a line.
                lines.append(f"\n### {title}: {category} ({len(found)})\n\n")
                lines.append(" ·\n".join(map(_entry(linked), found)) + "\n")
    return "".join(lines)


def _by_language(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        title = language_name(rule.languages[0]) if rule.languages else _NO_LANGUAGE
        found.setdefault(title, []).append(rule)
    # The one with the most rules first, what is of no language last.
    return dict(sorted(found.items(), key=lambda item: (item[0] == _NO_LANGUAGE, -len(item[1]), item[0])))


def _counts(sections: dict[str, list[Rule]]) -> str:
    rows = ["| language | rules | by category |", "|---|---:|---|"]
    for title, own in sections.items():
        kinds = Counter(rule.category for rule in own).most_common()
        parts = ", ".join(f"{category} {count}" for category, count in kinds)
        rows.append(f"| [{title}](#{title.lower().replace(' ', '-')}) | {len(own)} | {parts} |")
    return "\n".join(rows) + "\n"


def _summary(title: str, own: Sequence[Rule], rules: Sequence[Rule]) -> str:
    levels = Counter(rule.severity for rule in own)
    words = ", ".join(
        f"{levels[level]} {level.label}{'' if levels[level] == 1 else 's'}"
        for level in sorted(Severity, reverse=True)
        if levels[level]
    )
    code = own[0].languages[0] if own[0].languages else None
    also = sum(code in rule.languages[1:] for rule in rules) if code else 0
    of = f"; {also} more, under other languages, are of {title} too" if also else ""
    return f"{len(own)} rules: {words}{of}." if len(own) > 1 else f"One rule: {words}{of}."


def _entry(linked: bool) -> Callable[[Rule], str]:
    def entry(rule: Rule) -> str:
        name = f"*{rule.name}*" if rule.severity is Severity.SUGGESTION else rule.name
        label = f"[{rule.id}]({rule.id}.md)" if linked else rule.id
        return f"{label} {name}" + (" *(preview)*" if rule.preview else "")

    return entry
