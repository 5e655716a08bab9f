"""What people's judgement adds to the surprisal of a sentence.

Surprisal says how unusual a wording is; not everything unusual is wrong, nor
everything wrong unusual. A small network over the states of the language model
learnt from translated sentences which words people mark as errors, and which
they change. The shares of such words in a sentence, as the network sees them,
are added to its normalized surprisal. Trained by ``models/detector/train``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tqcheck.detector.tagger import SpanReader
from tqcheck.detector.weights import means

if TYPE_CHECKING:
    from torch import Tensor

    from tqcheck.lm.sentences import SentenceSurprisal


@dataclass(frozen=True, slots=True)
class Adding:
    """Bits per word that a sentence gets where people would mark (``errors``), or change (``edits``), every token."""

    errors: float
    edits: float

    def to(self, bits: Any, errors: Any, edits: Any) -> Any:
        """Bits per word with what these shares [0, 1] add; numbers or arrays."""
        return bits + self.errors * errors + self.edits * edits


class FluencyReader(SpanReader):
    """The network for one language model; tells of a token how likely people mark it, and how likely they change it."""

    NAME = "fluency"
    WHAT = "the network of fluency"

    @cached_property
    def adding(self) -> Adding:
        """What its shares add to surprisal."""
        return self._made(Adding, "adding")

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        super().load()
        _ = self.adding

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Probabilities [tokens, 2] of an error and of an edit, for each sentence; see :meth:`tag`."""
        import torch

        return [torch.stack((1 - errors[:, 0], edits), dim=-1) for errors, edits in self.tag(sentences)]

    def judged(self, surprisals: Sequence[SentenceSurprisal], reader: int = 0) -> list[SentenceSurprisal]:
        """The sentences with what judgement adds to their normalized surprisal.

        :param reader: which of the readers of these sentences this one was.
        """
        return [
            replace(one, normalized=self.adding.to(one.normalized, *means(one.read[reader])))
            if one.read and one.words
            else one
            for one in surprisals
        ]
