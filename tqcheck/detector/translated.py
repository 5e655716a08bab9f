"""What the states of the language model say of a draft: whether it was written in English at all.

The wording of a text tells that too (:mod:`tqcheck.detector.ngrams`), and a
machine's translation from a person's; the states tell translations from
originals better. Trained by ``models/detector/train``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tqcheck.detector.joint import Joint
from tqcheck.detector.weights import StatesPart
from tqcheck.errors import DetectorError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    Array = np.ndarray[Any, np.dtype[Any]]


def levelled(states: Tensor) -> Tensor:
    """States [..., width] each divided by the root of its mean square, so that none outweighs the others."""
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
    def _arrays(self) -> tuple[Array, float]:
        _, tensors = self._weights.part("translated")
        try:
            return tensors["weights"].astype("float32"), float(tensors["bias"][0])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DetectorError(f"{self._weights.folder}: the states' weights cannot be used ({error!r})") from error

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        # Without torch: where scores are kept nobody reads states, and loading it takes longer than all else.
        _ = self._arrays, self.joint

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """A number a token [tokens, 1] for each sentence: its states [tokens, layers, states], its log-probabilities.

        Raises :class:`DetectorError` where the weights are not of the shape of the states.
        """
        import torch

        weights = torch.from_numpy(self._arrays[0])
        return [self._each(states, weights)[:, None] for states, _ in sentences]

    def _each(self, states: Tensor, weights: Tensor) -> Tensor:
        even = levelled(states.float()).flatten(1)
        if even.shape[1] != len(weights):
            raise DetectorError(
                f"{self._weights.folder}: the states' weights cannot be used "
                f"({len(weights)} weights for states of {even.shape[1]} numbers)"
            )
        return even @ weights

    def score(self, total: float, tokens: int) -> float | None:
        """Log-odds of translation before calibration, of the sum over a text's tokens; ``None`` without tokens."""
        if not tokens or not math.isfinite(total):
            return None
        return total / tokens + self._arrays[1]
