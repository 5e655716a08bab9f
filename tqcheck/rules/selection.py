"""Which rules run, and how severe they are: the user's choice over what the packs say.

A *selector* is a rule's id (``ES014``) or name (``telematic-meeting``), a
category (``calque``) or a pack (``es``). The nearer one wins: a rule over its
category, a category over a pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tqcheck.errors import SettingsError, near
from tqcheck.result import Severity
from tqcheck.rules.collection import Label
from tqcheck.rules.schema import Rule

OFF = "off"


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for.

    :param enable: selectors of rules to run although a wider selector turns them off, or although they are in preview
        (these only when named by id or name).
    :param disable: selectors of rules not to run.
    :param severity: selector to ``error``, ``warning``, ``suggestion`` or ``off``.
    :param preview: whether rules in preview run.
    """

    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False


def labels(rule: Label | Rule) -> tuple[str, str, str, str]:
    """The selectors that mean a rule, the nearest first, in lower case."""
    return rule.id.lower(), rule.name, rule.category, rule.pack.lower()


def selectors(rules: Iterable[Label | Rule]) -> frozenset[str]:
    """Every selector that means one of the rules."""
    return frozenset(label for rule in rules for label in labels(rule))


def choose(rules: Sequence[Label | Rule], selection: Selection) -> dict[int, Severity]:
    """The numbers of the rules that run, with the severity the user gave them.

    :raises SettingsError: a selector means no rule, a selector is both enabled and disabled, a severity is none.
    """
    enable = {one.lower() for one in selection.enable}
    disable = {one.lower() for one in selection.disable}
    severity: dict[str, Severity | None] = {}
    for selector, name in selection.severity.items():
        try:
            severity[selector.lower()] = None if name == OFF else Severity.parse(name)
        except ValueError as error:
            raise SettingsError(f"severity of {selector}: {error}, or off") from None
    if not (enable or disable or severity):
        return {number: rule.severity for number, rule in enumerate(rules) if selection.preview or not rule.preview}
    _check(enable | disable | set(severity), rules)
    both = sorted(enable & disable)
    if both:
        raise SettingsError(f"{both[0]!r} is both enabled and disabled; keep one of the two")
    chosen: dict[int, Severity] = {}
    for number, rule in enumerate(rules):
        own = labels(rule)
        wanted = next((label in enable for label in own if label in enable or label in disable), None)
        level = next((severity[label] for label in own if label in severity), rule.severity)
        by_name = own[0] in enable or own[1] in enable
        if wanted is False or (rule.preview and not selection.preview and not by_name) or level is None:
            continue
        chosen[number] = level
    return chosen


def _check(given: set[str], rules: Iterable[Label | Rule]) -> None:
    known = selectors(rules)
    for selector in sorted(given - known):
        likely = near(selector, known)
        hint = f"; did you mean {likely!r}?" if likely else "; `tqcheck rules` lists them"
        raise SettingsError(f"{selector!r} is no rule, category or pack{hint}")
