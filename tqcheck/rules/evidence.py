"""How often each rule fires in human-written and in machine-translated news.

``evidence.json`` is made by ``benchmarks/evidence.py`` from research data that
is no part of tqcheck; it is keyed by a hash of what a rule looks for, so that a
rule changed since shows no figures that are not its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from tqcheck.rules.schema import Rule

MOST_IN_HUMAN_TEXT = 5.0
"""Hits of a warning per million words of human-written news (train part) that need no defence."""
LEAST_RATIO = 3.0
"""Above that machine text must hold at least so many times as many; else the rule is a suggestion, or in preview."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Hits of one rule in one kind of text."""

    hits: int
    words: int

    @property
    def per_million(self) -> float:
        """Hits per million words."""
        return 1e6 * self.hits / self.words if self.words else 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hits of a rule, by part of the data (``train``, ``development``) and kind of text (``human``, ``machine``)."""

    human: Mapping[str, Rate]
    machine: Mapping[str, Rate]


def rule_hash(rule: Rule) -> str:
    """Hash of what a rule looks for."""
    telling = [
        [pattern.regex for pattern in rule.patterns],
        rule.check,
        rule.suggest if rule.arbitrate is not None else None,
        rule.arbitrate,
        rule.certain,
        rule.scope,
        rule.quoted,
        rule.unless,
        rule.require,
    ]
    return hashlib.sha256(json.dumps(telling).encode()).hexdigest()[:12]


def evidence(rule: Rule) -> Evidence | None:
    """What was measured for a rule as it is now; ``None`` for a rule that was not measured, or changed since."""
    data = _data()
    found = data["rules"].get(rule.id)
    if found is None or found["hash"] != rule_hash(rule):
        return None
    kinds = {
        kind: {part: Rate(found[kind][part], data["words"][kind][part]) for part in found[kind]}
        for kind in ("human", "machine")
    }
    return Evidence(kinds["human"], kinds["machine"])


def precision(rule: Rule) -> str | None:
    """How quiet a rule was on human-written news, on the scale of SARIF; ``None`` where that was not measured.

    ``very-high``: no hit; ``high``: no more than :data:`MOST_IN_HUMAN_TEXT` in a million words; ``medium``: ten times
    as many; ``low``: more. Translators' own copy holds artifacts too, so a hit need not be wrong.
    """
    found = evidence(rule)
    if found is None:
        return None
    hits = sum(rate.hits for rate in found.human.values())
    rate = Rate(hits, sum(rate.words for rate in found.human.values())).per_million
    if not hits:
        return "very-high"
    return "high" if rate <= MOST_IN_HUMAN_TEXT else "medium" if rate <= 10 * MOST_IN_HUMAN_TEXT else "low"


def made() -> str:
    """The day of the measurement, and what was measured, in words."""
    return str(_data()["made"])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    path = resources.files("tqcheck.rules").joinpath("evidence.json")
    try:
        loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {"rules": {}, "words": {}, "made": ""}
    return loaded
