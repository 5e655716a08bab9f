"""The language model as judge between a sentence as written and the same sentence after a fix."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck.errors import ModelError
from tqcheck.lm.progress import Progress
from tqcheck.lm.token_tree import narrowed

if TYPE_CHECKING:
    from tqcheck.lm.scoring import Scorer
    from tqcheck.lm.sentences import SentenceSurprisal
    from tqcheck.lm.state_reader import StateReader
    from tqcheck.lm.words import WordBounds

THRESHOLDS = "arbitration.json"


class Comparison(NamedTuple):
    """A stretch ``text[start:end]`` of a document (code points), and what could stand in its place.

    ``needed`` is the gain (nats) under which nobody asks how large it is.
    """

    start: int
    end: int
    fixes: Sequence[str]
    needed: float = -math.inf


def score_and_compare(
    scorer: Scorer,
    documents: Sequence[tuple[str, Sequence[tuple[int, int]]]],
    comparisons: Sequence[Sequence[Comparison]],
    progress: Progress | None = None,
    *,
    words: WordBounds | None = None,
    readers: Sequence[StateReader] = (),
) -> tuple[list[list[SentenceSurprisal]], list[list[list[float]]]]:
    """:meth:`Scorer.score <tqcheck.lm.scoring.Scorer.score>` of documents, and the gain of each fix in nats.

    The gain is the natural log-probability of the fix minus that of the
    original: above 0 the model prefers the fix. One far under what is needed
    is of fewer tokens (:data:`~tqcheck.lm.token_tree.EARLY_TAIL`). It is told in the document
    where it can be; otherwise, as beyond the sentences that are scored, the
    stretch and its fixes are compared by themselves, less white space at their ends.

    :param comparisons: for each document; the result has for each the gains of its fixes.
    """
    changes = [
        [narrowed(text, one.start, one.end, fix)._replace(needed=one.needed) for one in own for fix in one.fixes]
        for (text, _), own in zip(documents, comparisons, strict=True)
    ]
    sentences, told = scorer.score_and_compare(documents, changes, progress, words=words, readers=readers)
    gains = []
    for (text, _), own, found in zip(documents, comparisons, told, strict=True):
        rest = iter(found)
        in_document = [[next(rest) for _ in one.fixes] for one in own]
        whole = [[gain for gain in each if gain is not None] for each in in_document]
        apart = [index for index, each in enumerate(whole) if len(each) < len(own[index].fixes)]
        alone = dict(zip(apart, _alone(scorer, text, [own[index] for index in apart], progress), strict=True))
        gains.append([alone.get(index, each) for index, each in enumerate(whole)])
    return sentences, gains


def _alone(
    scorer: Scorer, text: str, comparisons: Sequence[Comparison], progress: Progress | None
) -> list[list[float]]:
    groups = [[one.strip() for one in (text[start:end], *fixes)] for start, end, fixes, _ in comparisons]
    texts = list(dict.fromkeys(one for group in groups for one in group))
    scores = dict(zip(texts, scorer.log_probabilities(texts, progress), strict=True)) if texts else {}
    return [[scores[fix] - scores[group[0]] for fix in group[1:]] for group in groups]


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
