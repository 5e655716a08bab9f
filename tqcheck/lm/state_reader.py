"""What reads hidden states of a model and says something of each token: the heads of the detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tqcheck.lm.windows import Window

if TYPE_CHECKING:
    from torch import Tensor


class StateReader(Protocol):
    """What reads the states of some of the model's layers and says something of each token."""

    @property
    def sha256(self) -> str:
        """Sum over what its answers depend on."""
        ...

    @property
    def layers(self) -> Sequence[int]:
        """How many layers the states that it takes have passed."""
        ...

    def read(self, sentences: Sequence[tuple[Tensor, Tensor]]) -> list[Tensor]:
        """For each sentence one row of numbers a token [tokens, numbers].

        A sentence is the states [tokens, layers, width] of its tokens, and their natural log-probabilities [tokens].
        """
        ...


def sentence_stretches(window: Window) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of a window's tokens that are of one sentence each; those of none left out."""
    return [(start, stop) for start, stop, sentence in window.runs() if sentence >= 0]


def read_window(
    reader: StateReader, window: Window, scores: Sequence[float], at_layers: Sequence[Tensor]
) -> list[float]:
    """What a reader says of a window's tokens in sentences, token after token.

    :param scores: natural log-probabilities of the scored tokens.
    :param at_layers: their states [scored, width] after each of the reader's layers.
    """
    import torch

    states, told = torch.stack([one.cpu() for one in at_layers], dim=1), torch.tensor(scores)
    found: list[float] = []
    for one in reader.read([(states[start:stop], told[start:stop]) for start, stop in sentence_stretches(window)]):
        found += one.flatten().tolist()
    return found
