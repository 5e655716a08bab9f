"""The language model as judge between a sentence as written and the same sentence after a fix."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tqcheck.errors import ModelError
from tqcheck.lm.progress import Progress

THRESHOLDS = "arbitration.json"


class TextScorer(Protocol):
    """What arbitration needs of a :class:`tqcheck.lm.scoring.Scorer`."""

    def log_probabilities(self, texts: Sequence[str], progress: Progress | None = None) -> list[float]:
        """Natural log-probability of each text."""
        ...


def gain(original: float, fixed: float) -> float:
    """Log-probability of the fix minus that of the original, in nats: above 0 the model prefers the fix."""
    return fixed - original


class Arbiter:
    """Compares sentences with their fixes."""

    def __init__(self, scorer: TextScorer) -> None:
        self._scorer = scorer

    def gains(
        self,
        comparisons: Sequence[tuple[str, Sequence[str]]],
        progress: Progress | None = None,
    ) -> list[list[float]]:
        """For each (sentence, the sentence after each suggestion) the gain of each suggestion in nats.

        White space at the ends of a text is not scored.
        """
        groups = [[text.strip() for text in (sentence, *fixes)] if fixes else [] for sentence, fixes in comparisons]
        texts = list(dict.fromkeys(text for group in groups for text in group))
        if not texts:
            return [[] for _ in groups]
        scores = dict(zip(texts, self._scorer.log_probabilities(texts, progress), strict=True))
        return [[gain(scores[group[0]], scores[text]) for text in group[1:]] for group in groups]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The gain in nats that a suggestion needs, learnt for rules, for categories and over all.

    The most particular one counts; without any, what the rule itself declares.
    ``margins`` say by rule how many nats beyond that make the fix safe to write
    unseen; a rule without one has shown no gain that does.
    """

    default: float | None = None
    categories: Mapping[str, float] = field(default_factory=dict)
    rules: Mapping[str, float] = field(default_factory=dict)
    margins: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Thresholds:
        """From ``arbitration.json`` of a folder: ``{"default": x, "categories": {…}, "rules": {…}, "margins": {…}}``.

        Every part may be left out, and so may the file. Raises
        :class:`ModelError` for a damaged one.
        """
        path = folder / THRESHOLDS
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            default = raw.get("default")
            return cls(
                None if default is None else float(default),
                _numbers(raw.get("categories")),
                _numbers(raw.get("rules")),
                _numbers(raw.get("margins")),
            )
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: not usable thresholds ({error}); install tqcheck again") from error

    def needed(self, rule_id: str, category: str, declared: float) -> float:
        """The gain that a suggestion of this rule needs."""
        if rule_id in self.rules:
            return self.rules[rule_id]
        if category in self.categories:
            return self.categories[category]
        return declared if self.default is None else self.default

    def sure(self, rule_id: str, category: str, declared: float) -> float:
        """The gain from which a suggestion of this rule may be written unseen; infinite where none is known to do."""
        return self.needed(rule_id, category, declared) + self.margins.get(rule_id, math.inf)


def _numbers(raw: Any) -> dict[str, float]:
    return {} if raw is None else {str(key): float(value) for key, value in raw.items()}
