"""Span taggers: for each token of a sentence, how likely it is part of an error that people would mark, or of a calque.

A small network over the states of the language model, which the check has
anyway: it looks to both sides within a sentence, where the language model has
only seen what stands before. Trained by ``models/detector/train``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tqcheck.detector.weights import StatesPart
from tqcheck.errors import DetectorError, MissingExtra

if TYPE_CHECKING:
    from torch import Tensor, nn

    from tqcheck.detector.weights import Array


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network: width of the language model's states and after how many of its layers they are taken.

    Then the network's own width, layers and heads, and dropout.
    """

    states: int
    depths: int
    width: int
    layers: int
    heads: int
    dropout: float = 0.0


def network(shape: Shape) -> nn.Module:
    """A new network.

    It is called with states [sentences, tokens, depths, states], surprisals [sentences,
    tokens, 3] (of the token, the one before and the one after, standardized)
    and ``inside`` [sentences, tokens] (bool, false for padding), and gives
    scores [sentences, tokens, 3] for no, a minor and a major error, and scores
    [sentences, tokens] for words that a post-editor would change. Both are
    linear functions of what its ``features`` gives [sentences, tokens, width].
    """
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.states = nn.Linear(shape.depths * shape.states, shape.width)
            self.surprisals = nn.Linear(3, shape.width)
            self.drop = nn.Dropout(shape.dropout)
            self.near = nn.Conv1d(shape.width, shape.width, 5, padding=2)
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    shape.width,
                    shape.heads,
                    2 * shape.width,
                    shape.dropout,
                    activation="gelu",
                    batch_first=True,
                    norm_first=True,
                )
                for _ in range(shape.layers)
            )
            self.norm = nn.LayerNorm(shape.width)
            self.error = nn.Linear(shape.width, 3)
            self.edit = nn.Linear(shape.width, 1)

        def features(self, states: Tensor, surprisals: Tensor, inside: Tensor) -> Tensor:
            even = torch.nn.functional.layer_norm(states, states.shape[-1:]).flatten(-2)
            found = self.states(self.drop(even)) + self.surprisals(surprisals)
            found = found * inside[..., None]
            found = found + torch.nn.functional.gelu(self.near(found.transpose(1, 2)).transpose(1, 2))
            for layer in self.layers:
                found = layer(found, src_key_padding_mask=~inside)
            normed: Tensor = self.norm(found)
            return normed

        def forward(self, states: Tensor, surprisals: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
            found = self.features(states, surprisals, inside)
            return self.error(found), self.edit(found)[..., 0]

    return Network()


def neighbours(surprisals: Tensor) -> Tensor:
    """Standardized surprisals […, tokens] with those before and after […, tokens, 3]; 0 at the edges."""
    import torch

    padded = torch.nn.functional.pad(surprisals, (1, 1))
    return torch.stack((surprisals, padded[..., :-2], padded[..., 2:]), dim=-1)


class Tagger(StatesPart):
    """The trained tagger for one language model."""

    NAME = "tagger"

    @cached_property
    def _tensors(self) -> dict[str, Array]:
        return self._weights.part(self.NAME)[1]

    @cached_property
    def _network(self) -> nn.Module:
        told, tensors = self._told, self._tensors
        try:
            import torch
        except ImportError:
            raise MissingExtra("the span tagger", "lm") from None
        try:
            made = network(Shape(**told["shape"]))
            made.load_state_dict({name: torch.from_numpy(tensor).float() for name, tensor in tensors.items()})
        except (KeyError, TypeError, RuntimeError) as error:
            raise DetectorError(f"{self._weights.folder}: the span tagger cannot be used ({error})") from error
        return made.eval()

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        # Without torch, as TranslatedReader: where scores are kept nobody reads states.
        _ = self._tensors

    @property
    def bounds(self) -> Mapping[str, float]:
        """Bounds of probability by what they are best for; ``shown`` is the one from which on editors see a span."""
        found: dict[str, float] = self._told["bounds"]
        return found

    def right(self, probability: float) -> float | None:
        """The share [0, 1] of the spans of such a probability, of those shown, that overlap an error people marked.

        ``None`` where nobody has measured it.
        """
        start, slope = self._told["right"]
        return float(min(max(start + slope * probability, 0.0), 1.0))

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """Probabilities [tokens, 2] of a minor and a major error, for each sentence; see :meth:`tag`."""
        return [errors[:, 1:] for errors, _ in self.tag(sentences)]

    def tag(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """Probabilities [tokens, 3] of no, a minor and a major error, and [tokens] that a post-editor changes the word.

        A sentence is the states [tokens, depths, states] of its tokens after
        each of :attr:`layers` layers, and their natural log-probabilities [tokens].
        Raises :class:`DetectorError` where the weights are not of the shape that the manifest tells.
        """
        import torch

        if not sentences:
            return []
        mean, spread = self._told["surprisal"]
        lengths = [len(states) for states, _ in sentences]
        longest = max(lengths)
        states = torch.zeros((len(sentences), longest, *sentences[0][0].shape[1:]))
        surprisals = torch.zeros((len(sentences), longest, 3))
        inside = torch.zeros((len(sentences), longest), dtype=torch.bool)
        for row, (of_tokens, scores) in enumerate(sentences):
            states[row, : lengths[row]] = of_tokens
            surprisals[row, : lengths[row]] = neighbours((-scores - mean) / spread)
            inside[row, : lengths[row]] = True
        with torch.inference_mode():
            errors, edits = self._network(states, surprisals, inside)
        return [
            (error[:length].softmax(-1), edit[:length].sigmoid())
            for error, edit, length in zip(errors, edits, lengths, strict=True)
        ]


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
