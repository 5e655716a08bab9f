"""Span taggers: for each token of a sentence, how likely it is part of an error that people would mark, or of a calque.

A small network over the states of the language model, which the check has
anyway: it looks to both sides within a sentence, where the language model has
only seen what stands before. Trained by ``models/detector/train``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from tqcheck.detector.weights import NetworkPart
from tqcheck.errors import MissingExtra

if TYPE_CHECKING:
    from torch import Tensor, nn


class SpanReader(NetworkPart):
    """What tells of each token whether people would mark an error there, and change the word."""

    @cached_property
    def _network(self) -> nn.Module:
        try:
            from tqcheck.detector.networks import SpanNetwork
        except ImportError:
            raise MissingExtra(self.WHAT, "lm") from None
        return self._filled(SpanNetwork)

    def tag(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """Probabilities [tokens, 3] of no, a minor and a major error, and [tokens] that a post-editor changes the word.

        A sentence is the states [tokens, depths, states] of its tokens after
        each of :attr:`layers` layers, and their natural log-probabilities [tokens].
        Raises :class:`DetectorError` where the weights are not of the shape that the manifest tells.
        """
        if not sentences:
            return []
        import torch

        from tqcheck.detector.networks import inputs

        with torch.inference_mode():
            errors, edits = self._network(*inputs(sentences, self.surprisal))
        return [
            (error[: len(states)].softmax(-1), edit[: len(states)].sigmoid())
            for error, edit, (states, _) in zip(errors, edits, sentences, strict=True)
        ]


class Tagger(SpanReader):
    """The trained tagger for one language model."""

    NAME = "tagger"
    WHAT = "the span tagger"

    @property
    def bounds(self) -> Mapping[str, float]:
        """Bounds of probability by what they are best for; ``shown`` is the one from which on editors see a span."""
        found: dict[str, float] = self._fact("bounds")
        return found

    def right(self, probability: float) -> float | None:
        """The share [0, 1] of the spans of such a probability, of those shown, that overlap an error people marked.

        ``None`` where nobody has measured it.
        """
        start, slope = self._fact("right")
        return float(min(max(start + slope * probability, 0.0), 1.0))

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Probabilities [tokens, 2] of a minor and a major error, for each sentence; see :meth:`tag`."""
        return [errors[:, 1:] for errors, _ in self.tag(sentences)]


class CalqueTagger(Tagger):
    """For each token, how likely it is part of a wording such as the rules name, though none of them names it.

    It learnt from the examples of all rules: which words of a sentence are an artifact, and which are right.
    """

    NAME = "calques"

    def right(self, probability: float) -> float | None:
        """``None``: in no translated news has anybody marked calques alone."""
        return None

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Probabilities [tokens, 2], the first of them 0, for each sentence; see :meth:`tag`."""
        import torch

        return [torch.stack((torch.zeros_like(found), found), dim=-1) for _, found in self.tag(sentences)]
