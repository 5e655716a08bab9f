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
    :param layers: selectors by the place that gives them, and
    :param places: where selectors come from: as in :class:`tqcheck.config.settings.Settings`.
    """

    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False
    layers: tuple[tuple[str, ...], ...] = ()
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def place(self, *given: tuple[str, str]) -> str:
        """The beginning of a message about selectors: where they come from, if that is known."""
        found = dict.fromkeys(self.places[one] for one in given if one in self.places)
        return f"{' and '.join(found)}: " if found else ""


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
    severity: dict[str, Severity | None] = {}
    for selector, name in selection.severity.items():
        try:
            severity[selector.lower()] = None if name == OFF else Severity.parse(name)
        except ValueError as error:
            raise SettingsError(f"severity of {selector}: {error}, or off") from None
    if not (selection.enable or selection.disable or severity):
        return {number: rule.severity for number, rule in enumerate(rules) if selection.preview or not rule.preview}
    _check(selection, rules)
    ids = _ids(rules)
    severity = {ids.get(selector, selector): level for selector, level in severity.items()}
    enable, disable = _wanted(selection, ids)
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


def _check(selection: Selection, rules: Iterable[Label | Rule]) -> None:
    known = selectors(rules)
    for name in ("enable", "disable", "severity"):
        for selector in sorted({one.lower() for one in getattr(selection, name)} - known):
            likely = near(selector, known)
            hint = f"; did you mean {likely!r}?" if likely else "; `tqcheck rules` lists them"
            raise SettingsError(f"{selection.place((name, selector))}{selector!r} is no rule, category or pack{hint}")


def _ids(rules: Sequence[Label | Rule]) -> dict[str, str]:
    """The ids of rules by their names, those left out that name a category or pack as well; all in lower case."""
    wide = {label for rule in rules for label in labels(rule)[2:]}
    return {rule.name: rule.id.lower() for rule in rules if rule.name not in wide}


def _wanted(selection: Selection, ids: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """What is enabled and what is disabled, rules by their ids: of two that contradict the one of the later layer."""
    ranks = {selector: rank for rank, layer in enumerate(selection.layers) for selector in layer}

    def by_id(given: Iterable[str]) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for selector in map(str.lower, given):
            label = ids.get(selector, selector)
            found[label] = max(found.get(label, (0, "")), (ranks.get(selector, 0), selector))
        return found

    enable, disable = by_id(selection.enable), by_id(selection.disable)
    for label in sorted(enable.keys() & disable.keys()):
        (on, enabled), (off, disabled) = enable[label], disable[label]
        if on == off:
            place = selection.place(("enable", enabled), ("disable", disabled))
            raise SettingsError(f"{place}{label!r} is both enabled and disabled; keep one of the two")
        del (disable if on > off else enable)[label]
    return set(enable), set(disable)
