"""The verdict: how likely a draft is unedited machine translation, and from which language.

Two questions are asked of the wordings of the text
(:mod:`tqcheck.detector.ngrams`), and of the states of the language model where
it has read it (:mod:`tqcheck.detector.origin`): was it translated at all, and
if so, by a machine? The artifacts that the rules found, beyond what people's copy has, come on top
(:mod:`tqcheck.detector.joint`). Fluency is no part of it: engines write
smoother English than people do.

The probability is calibrated for drafts of which one half is machine
translation; where other shares are usual, take it as a measure of evidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tqcheck.detector.joint import Joint
from tqcheck.detector.ngrams import FRAMES, LANGUAGES, MACHINE, TRANSLATED, WORDS, NgramModel, Table
from tqcheck.detector.normalization import normalize, tokens
from tqcheck.detector.origin import OfStates
from tqcheck.detector.weights import Part
from tqcheck.result import Finding, Severity, SourceLanguage, Verdict

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

LIKELY, POSSIBLE, UNLIKELY, TOO_SHORT = "likely", "possible", "unlikely", "too short"
_MOST_SOURCES = 5
_LEAST_SHARE = 0.02
_WORDINGS = 4
_EVEN = 0.25
_LEAST = 0.01  # nothing here is ever surer than that
_SURE = math.log((1 - _LEAST) / _LEAST)
# A guess at how much agency copy comes from each language, beside 1 for any other: only to part the languages
# that the same findings name.
_NEWS = {"es": 6, "fr": 4, "pt": 3, "it": 2, "ar": 2, "tr": 2}
_ALL_NEWS = 40


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which probability a draft is called likely and possible, and from how many words on it is judged."""

    likely: float
    possible: float
    words: int


class VerdictModel(Part):
    """Judges documents by their English alone."""

    NAME = "verdict"
    WHAT = "the wording model of the verdict"

    @property
    def sha256(self) -> str:
        """Sum over everything that a verdict depends on beside the text and its findings."""
        return self._weights.sha256

    @cached_property
    def _loaded(self) -> NgramModel:
        told, tensors = self._weights.part(self.NAME)
        try:
            return ngram_model(told, tensors)
        except (KeyError, TypeError, ValueError) as error:
            raise self._unusable(error) from error

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        _ = self._loaded, self.joint, self._bounds, self.languages, self._unknown

    def score(self, words: Sequence[str], kinds: Sequence[str] = (WORDS, FRAMES)) -> Array:
        """What the wordings of a text say, by its :func:`~tqcheck.detector.normalization.tokens` [2 + languages].

        First the log-odds of a machine, then those of a translation, both
        before calibration, then a log-probability for each source language,
        not yet normalized. ``kinds`` of n-grams may be one alone.
        """
        return self._loaded.score(words, kinds)

    @property
    def languages(self) -> tuple[str, ...]:
        """The source languages that the wordings are compared with, ISO 639-1."""
        return tuple(map(str, self._fact("languages")))

    @cached_property
    def _bounds(self) -> Bounds:
        return self._made(Bounds, "bounds")

    @property
    def _unknown(self) -> float:
        return float(self._fact("unknown"))

    @cached_property
    def joint(self) -> Joint:
        """What makes a probability of what the wordings say, where nobody read the states; raises ``DetectorError``."""
        return self._made(Joint, "joint")

    def log_odds(
        self,
        text: str,
        findings: Sequence[Finding],
        words: int,
        states: tuple[OfStates, Joint] | None = None,
        kinds: Sequence[str] = (WORDS, FRAMES),
    ) -> float:
        """Log-odds that a text of ``words`` words with these findings is machine translation, calibrated.

        ``states`` as for :meth:`judge`. With one of the ``kinds`` of n-grams, its score stands for both.
        """
        scores = self.score(tokens(text), kinds) * 2 / len(kinds)
        return _log_odds(scores, _artifacts(findings), words, *self._with(states))

    def _with(self, states: tuple[OfStates, Joint] | None) -> tuple[OfStates | None, Joint]:
        return (None, self.joint) if states is None else states

    def judge(
        self, text: str, findings: Sequence[Finding], words: int, states: tuple[OfStates, Joint] | None = None
    ) -> Verdict:
        """The verdict on a text of ``words`` words with these findings; its probability is from 0.01 to 0.99.

        ``states`` are what the language model's say of the text, where it has read it, and how that counts.

        Raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra` if the weights cannot be loaded.
        """
        model, bounds = self._loaded, self._bounds
        items = tokens(text)
        scores = model.score(items)
        artifacts = _artifacts(findings)
        by_states, joint = self._with(states)
        odds = _log_odds(scores, artifacts, words, by_states, joint)
        probability = min(max(1 / (1 + math.exp(-min(max(odds, -30), 30))), _LEAST), 1 - _LEAST)
        label = TOO_SHORT
        if words >= bounds.words:
            label = LIKELY if probability >= bounds.likely else POSSIBLE if probability >= bounds.possible else UNLIKELY
        sources = _sources(self.languages, scores[LANGUAGES:], artifacts, self._unknown)
        written = normalize(text).lower()
        # Those whose spelling was changed are left out, since nobody would find them in the text.
        telling = [one for one in model.telling(items, MACHINE, 4 * _WORDINGS) if one in written][:_WORDINGS]
        of_translation, of_machine = by_states or (None, None)
        translated = float(joint.translated(scores[TRANSLATED], of_translation))
        by_machine = float(joint.by_machine(scores[MACHINE], of_machine, words))
        told_by = "its wording speaks" if by_states is None else "its wording and the model's states speak"
        evidence = tuple(_evidence(telling, artifacts, words, translated, by_machine, told_by, bounds))
        return Verdict(probability, label, sources, evidence)


def _log_odds(
    scores: Array, artifacts: Sequence[Finding], words: int, by_states: OfStates | None, joint: Joint
) -> float:
    return float(joint.log_odds(float(scores[MACHINE]), float(scores[TRANSLATED]), by_states, words, len(artifacts)))


def _artifacts(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that are evidence: warnings and errors that name a source language."""
    return [one for one in findings if one.severity >= Severity.WARNING and one.languages]


def ngram_model(told: Mapping[str, Any], tensors: Mapping[str, Array]) -> NgramModel:
    """The n-gram model of a part of the weights; raises ``KeyError`` where a tensor is missing."""
    tables = {
        kind: Table(
            tensors[f"{kind}.hashes"],
            tensors[f"{kind}.rarity"].astype("float32"),
            tensors[f"{kind}.weights"].astype("float32") * tensors[f"{kind}.scale"],
        )
        for kind in (WORDS, FRAMES)
    }
    return NgramModel(tables, tensors["bias"].astype("float64"), frozenset(told["kept"]))


def _sources(
    languages: Sequence[str], scores: Array, artifacts: Sequence[Finding], unknown: float
) -> tuple[SourceLanguage, ...]:
    """Source languages, the likeliest first: by wording among those learnt, and by the languages of the findings.

    ``unknown`` is the probability beforehand that the source is none of those
    learnt, shared out by how much news is translated from each; each finding
    makes its own languages likelier, and more so the fewer they are.
    """
    import numpy as np

    learnt = np.exp(scores - scores.max())
    learnt = (1 - unknown) * learnt / learnt.sum()
    chances = dict(zip(languages, map(float, learnt), strict=True))
    named = {code for finding in artifacts for code in finding.languages}
    others = sorted(named - chances.keys())
    shares = {code: _NEWS.get(code, 1) for code in others}
    chances.update({code: unknown * shares[code] / _ALL_NEWS for code in others})
    for finding in artifacts:
        factor = 1 + 4 / len(finding.languages)
        for code in finding.languages:
            chances[code] *= factor
    total = sum(chances.values()) + unknown * (1 - sum(shares.values()) / _ALL_NEWS)
    found = sorted(((share / total, code) for code, share in chances.items()), key=lambda one: (-one[0], one[1]))
    return tuple(SourceLanguage(code, share) for share, code in found[:_MOST_SOURCES] if share >= _LEAST_SHARE)


def _evidence(
    telling: Sequence[str],
    artifacts: Sequence[Finding],
    words: int,
    translated: float,
    by_machine: float,
    told_by: str,
    bounds: Bounds,
) -> list[str]:
    """What the verdict rests on, in plain words; ``told_by`` says what ``by_machine`` is by."""
    if words < bounds.words:
        return [f"a verdict needs {bounds.words} words, the text has {words}"]
    found = []
    translated, by_machine = (min(max(one, -_SURE), _SURE) for one in (translated, by_machine))
    if artifacts:
        noun = "finding" if len(artifacts) == 1 else "findings"
        found.append(f"{len(artifacts)} {noun} of translation artifacts in {words:,} words")
    if abs(translated) > _EVEN:
        like = "a translation, by a machine or a person" if translated > 0 else "news written in English"
        found.append(f"as a whole it reads like {like} (log-odds {translated:+.1f})")
    side = "for" if by_machine > _EVEN else "against" if by_machine < -_EVEN else "neither for nor against"
    found.append(f"for a translation, {told_by} {side} a machine's (log-odds {round(by_machine, 1) + 0.0:+.1f})")
    if telling and by_machine > _EVEN:
        found.append(f"wordings that weigh most: {', '.join(f'“{one}”' for one in telling)}")
    return found
