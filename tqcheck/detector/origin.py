"""What the states of the language model say of a draft's origin: was it written in English, or translated, and by whom?

The wording of a text tells both, too (:mod:`tqcheck.detector.ngrams`); the two
together tell it better (:mod:`tqcheck.detector.joint`). Trained by
``models/detector/train``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tqcheck.detector.joint import Joint
from tqcheck.detector.weights import NetworkPart, means
from tqcheck.errors import MissingExtra

if TYPE_CHECKING:
    from torch import Tensor, nn


class OfStates(NamedTuple):
    """Log-odds before calibration: that a text is a translation, and that a translation is a machine's."""

    translated: float
    machine: float


class OriginReader(NetworkPart):
    """Reads the states of a language model with a small network, token by token; a text's scores are the means."""

    NAME = "origin"
    WHAT = "the network of the verdict"

    @property
    def joint(self) -> Joint:
        """What makes a probability of its scores and those of the wording."""
        return self._made(Joint, "joint")

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        super().load()
        _ = self.joint

    @cached_property
    def _network(self) -> nn.Module:
        try:
            from tqcheck.detector.networks import OriginNetwork
        except ImportError:
            raise MissingExtra("the verdict by the model's states", "lm") from None
        return self._filled(OriginNetwork)

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Two numbers a token [tokens, 2] for each of successive sentences of a text, see :class:`OfStates`.

        A sentence is the states [tokens, depths, states] of its tokens after
        each of :attr:`layers` layers, and their natural log-probabilities [tokens].
        Raises :class:`DetectorError` where the weights are not of the shape that the manifest tells.
        """
        if not sentences:
            return []
        import torch

        from tqcheck.detector.networks import inputs

        # As one sequence, so that a token at the edge of a sentence has those of the next beside it.
        states, scores = (torch.cat(list(each)) for each in zip(*sentences, strict=True))
        with torch.inference_mode():
            (found,) = self._network(*inputs([(states, scores)], self.surprisal))
        return list(found.split([len(scores) for _, scores in sentences]))

    def score(self, read: Sequence[Sequence[float]]) -> OfStates | None:
        """The scores of a text of what was read of its sentences, each flat, token after token; ``None`` of none."""
        every = [value for one in read for value in one]
        found = means(every)
        return OfStates(*found) if every and all(map(math.isfinite, found)) else None
