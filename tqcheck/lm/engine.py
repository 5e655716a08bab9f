"""What an engine is: what turns token ids into hidden states, and those into scores over the vocabulary.

:class:`tqcheck.lm.llama.Llama` for plain llama folders, :class:`tqcheck.lm.causal.Causal` for any other causal model
of transformers; :mod:`tqcheck.lm.engine_choice` says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class TokenTree(NamedTuple):
    """Tokens that could stand after the first so many of a row that was run: (how many, their ids), none of no ids.

    ``past`` is what the engine gave out for the rows of that run.
    """

    past: Any
    row: int
    branches: Sequence[tuple[int, Sequence[int]]]


class Engine(Protocol):
    """A causal language model on one device; all tensors are on it, states are float32."""

    device: torch.device
    cut: int | None
    """:meth:`extend` goes on with so many tokens of a row, or a multiple; ``None`` where that is no faster.

    The figures are those of the whole row to the last bit if both rows are as long, filled up to a multiple of it.
    """

    def hidden(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """States [batch, length, width] of ids [batch, length] padded on the right after ``lengths`` [batch]."""
        ...

    def hidden_at(self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """:meth:`hidden`, and the states [batch, length, width] after each of ``layers`` layers, not yet normed."""
        ...

    def prefill(self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]) -> tuple[Tensor, list[Tensor], Any]:
        """:meth:`hidden_at`, and what :meth:`tree_states` needs of these tokens."""
        ...

    def extend(
        self, past: Any, count: int, ids: Sequence[int], layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], Any]:
        """:meth:`prefill` of one row: the first ``count`` tokens of one that ran alone, and ``ids`` after them.

        The states [1, tokens, width] are those of ``ids``, ``past`` is that of the other row.
        """
        ...

    def tree_states(self, rows: Sequence[TokenTree]) -> list[list[Tensor]]:
        """States [tokens, width] of each branch of each row, all computed together."""
        ...

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores [rows, vocabulary] of states [rows, width]."""
        ...

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Natural log-probability [rows] of the tokens ``targets`` [rows] after states [rows, width]."""
        ...


def padded(rows: Sequence[Sequence[int]], filler: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids [rows, longest] padded on the right, and the length of each row [rows], for :meth:`Engine.hidden`."""
    import torch

    lengths = [len(row) for row in rows]
    ids = torch.full((len(rows), max(lengths)), filler, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : lengths[index]] = torch.tensor(row)
    return ids.to(device), torch.tensor(lengths, device=device)
