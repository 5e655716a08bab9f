"""What a report can say about a rule beyond its findings, given by a caller who knows the rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleText:
    """Texts about one rule.

    :param message: what it finds and why, as plain text; it holds for every finding of the rule.
    :param page: the whole explanation as Markdown.
    :param precision: ``very-high``, ``high``, ``medium`` or ``low`` where it was measured.
    """

    message: str
    page: str
    precision: str | None = None
