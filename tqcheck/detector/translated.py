"""What the states of the language model say of a draft: whether it was written in English at all.

The wording of a text tells a machine's translation from a person's
(:mod:`tqcheck.detector.ngrams`); the states tell translations from originals.
Trained by ``models/detector/train``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tqcheck.detector.artifacts import WithFindings
from tqcheck.detector.weights import StatesPart
from tqcheck.errors import DetectorError, MissingExtra

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    Number = float | np.ndarray[Any, np.dtype[Any]]

_LEAST = 1e-4
_SHORT, _LONG, _USUAL = 50, 1500, 300


@dataclass(frozen=True, slots=True)
class Joint(WithFindings):
    """One probability of two scores: that of a translation, times that of a machine's among translations.

    The log-odds of the one are ``slope · score + bias`` of what the states say,
    those of the other ``(wording + per_length · ln(words / 300)) · score +
    wording_bias``. Findings beyond ``rate`` in 1,000 words add ``each``, and ``most`` at most.
    """

    wording: float
    per_length: float
    wording_bias: float
    slope: float
    bias: float
    rate: float
    each: float
    most: float

    def by_states(self, translated: Number) -> Any:
        """Log-odds of a translation, by a machine or a person, by what the states say."""
        return max(self.slope, 0.0) * translated + self.bias

    def log_odds(self, wording: Number, translated: Number, words: Number) -> Any:
        """Log-odds of machine translation by both scores of a text of so many words; numbers or arrays of one shape."""
        import numpy as np

        length = np.log(np.clip(words, _SHORT, _LONG) / _USUAL)
        by_machine = np.maximum(self.wording + self.per_length * length, 0.0) * wording + self.wording_bias
        # log(p q / (1 - p q)) with p and q by their log-odds.
        both = -np.logaddexp(0, -by_machine) - np.logaddexp(0, -self.by_states(translated))
        both = np.minimum(both, -_LEAST)
        return both - np.log(-np.expm1(both))


def levelled(states: Tensor) -> Tensor:
    """States [tokens, width] each divided by the root of its mean square, so that none outweighs the others."""
    return states / states.pow(2).mean(-1, keepdim=True).sqrt().clamp_min(1e-6)


class TranslatedReader(StatesPart):
    """Reads the states of a language model as the sum over tokens of a linear function."""

    NAME = "translated"

    @property
    def joint(self) -> Joint:
        """What makes a probability of its score and that of the wording."""
        try:
            return Joint(**self._told["joint"])
        except (KeyError, TypeError) as error:
            raise DetectorError(f"{self._weights.folder}: the states' weights cannot be used ({error!r})") from error

    @cached_property
    def _tensors(self) -> tuple[Tensor, float]:
        _, tensors = self._weights.part("translated")
        try:
            import torch
        except ImportError:
            raise MissingExtra("the verdict", "lm") from None
        try:
            return torch.from_numpy(tensors["weights"]).float(), float(tensors["bias"][0])
        except (KeyError, TypeError, IndexError) as error:
            raise DetectorError(f"{self._weights.folder}: the states' weights cannot be used ({error!r})") from error

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        _ = self._tensors, self.joint

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """For each sentence, states [tokens, states] and log-probabilities [tokens], one number a token [tokens, 1]."""
        weights, _ = self._tensors
        return [(levelled(states.float()) @ weights)[:, None] for states, _ in sentences]

    def score(self, total: float, tokens: int) -> float | None:
        """Log-odds of translation before calibration, of the sum over a text's tokens; ``None`` without tokens."""
        if not tokens or not math.isfinite(total):
            return None
        return total / tokens + self._tensors[1]
