"""The networks that read the states of the language model. Needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm, pad


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network: width of the language model's states and after how many of its layers they are taken.

    Then the network's own width, its transformer layers and heads, and dropout.
    """

    states: int
    depths: int
    width: int
    layers: int
    heads: int
    dropout: float = 0.0


class Features(nn.Module):
    """What all of them make of states first: a vector a token, which knows those beside it."""

    def __init__(self, shape: Shape) -> None:
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

    def features(self, states: Tensor, surprisals: Tensor, inside: Tensor) -> Tensor:
        """Vectors [texts, tokens, width].

        :param states: [texts, tokens, depths, states]
        :param surprisals: [texts, tokens, 3], see :func:`neighbours`
        :param inside: [texts, tokens], false for padding
        """
        even = layer_norm(states, states.shape[-1:]).flatten(-2)
        found = self.states(self.drop(even)) + self.surprisals(surprisals)
        found = found * inside[..., None]
        found = found + gelu(self.near(found.transpose(1, 2)).transpose(1, 2))
        for layer in self.layers:
            found = layer(found, src_key_padding_mask=~inside)
        normed: Tensor = self.norm(found)
        return normed


class SpanNetwork(Features):
    """What a tagger asks of every token: linear functions of the features."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.error = nn.Linear(shape.width, 3)
        self.edit = nn.Linear(shape.width, 1)

    def forward(self, states: Tensor, surprisals: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
        """Scores [texts, tokens, 3] for no, a minor and a major error, and [texts, tokens] for words to be edited."""
        found = self.features(states, surprisals, inside)
        return self.error(found), self.edit(found)[..., 0]


class OriginNetwork(Features):
    """What the verdict asks of every token. None can say more than ``scale``, so that a few do not decide."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.middle = nn.Linear(shape.width, shape.width)
        self.out = nn.Linear(shape.width, 2)
        self.scale = nn.Parameter(torch.full((2,), 3.0))
        self.bias = nn.Parameter(torch.zeros(2))

    def forward(self, states: Tensor, surprisals: Tensor, inside: Tensor) -> Tensor:
        """Log-odds [texts, tokens, 2] of a translation, and of a machine's among them; a text's are the mean."""
        found = self.features(states, surprisals, inside)
        found = found + gelu(self.middle(self.drop(found)))
        each: Tensor = torch.tanh(self.out(self.drop(found))) * self.scale + self.bias
        return each


def neighbours(surprisals: Tensor) -> Tensor:
    """Standardized surprisals […, tokens] with those before and after […, tokens, 3]; 0 at the edges."""
    padded = pad(surprisals, (1, 1))
    return torch.stack((surprisals, padded[..., :-2], padded[..., 2:]), dim=-1)


def inputs(texts: Sequence[tuple[Tensor, Tensor]], surprisal: tuple[float, float]) -> tuple[Tensor, Tensor, Tensor]:
    """What a network is called with for texts [any states in float32]; padded on the right.

    A text is the states [tokens, depths, states] of its tokens and their natural log-probabilities [tokens];
    ``surprisal`` is the mean and spread (nats) that surprisals are standardized by.
    """
    mean, spread = surprisal
    lengths = torch.tensor([len(states) for states, _ in texts])
    inside = torch.arange(int(lengths.max()))[None] < lengths[:, None]
    states = nn.utils.rnn.pad_sequence([states.float() for states, _ in texts], batch_first=True)
    surprisals = nn.utils.rnn.pad_sequence([(-scores - mean) / spread for _, scores in texts], batch_first=True)
    return states, neighbours(surprisals), inside
