"""The output layer of a model over its vocabulary.

Probabilities are summed a part of the vocabulary at a time: over all of it the
scores of a window would take 50 MB and more, which cost more to write and read
than to compute.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from tqcheck.lm.matrices import IntMatrix, rounded

PART = 4096
"""Entries of the vocabulary in a part."""
STEP = 32
"""Lengths are filled up to a multiple of this: for each new one the libraries below first make the kernels."""


class OutputLayer(Protocol):
    """Scores over the vocabulary of states [rows, width] in float32."""

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores [rows, vocabulary] in float32."""
        ...

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Natural log-probability [rows] of the tokens ``targets`` [rows]; at most 0."""
        ...


class FloatOutput:
    """Weights [vocabulary, width] in floating point.

    In bfloat16 a score of 25 is rounded by up to 0.06; so the score of the
    token itself, computed in float32, is subtracted *within* the product, by
    columns added to states and weights (:meth:`widened`), and what is rounded
    are the differences: large errors fall on unlikely tokens only.
    """

    def __init__(self, weights: Tensor, width: int) -> None:
        self._precision = weights.dtype
        self._all = weights
        self._weights = weights[:, :width]

    @staticmethod
    def widened(weights: Tensor) -> Tensor:
        """Weights with the columns that subtract; products are fast for multiples of 32."""
        rows, width = weights.shape
        wide = torch.zeros((rows, (width + 2 + 31) // 32 * 32), dtype=weights.dtype, device=weights.device)
        wide[:, :width] = weights
        wide[:, width : width + 2] = -1
        return wide

    def logits(self, hidden: Tensor) -> Tensor:
        """See :class:`OutputLayer`."""
        return F.linear(hidden.to(self._precision), self._weights).float()

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """See :class:`OutputLayer`."""
        rows = len(targets)
        states = F.pad(hidden, (0, 0, 0, -rows % STEP)).to(self._precision)
        own = torch.linalg.vecdot(states.float(), self._weights[_filled(targets)].float())
        width, columns = states.shape[1], self._all.shape[1]
        if columns > width:
            states = F.pad(states, (0, columns - width))
            states[:, width] = own
            states[:, width + 1] = own - states[:, width].float()
        total = torch.zeros_like(own)
        for start in range(0, len(self._all), PART):
            scores = F.linear(states, self._all[start : start + PART]).float()
            if columns == width:
                scores -= own[:, None]
            total += scores.exp_().sum(dim=-1)
        return _or_in_full(self, total.log_().neg_()[:rows], hidden, targets)


class IntOutput:
    """Weights in 8 bits for the others' scores, in float32 for that of the token itself.

    :param weights: [vocabulary, width], of which ``steps`` [vocabulary] are worth one each.
    :param whole: the same [vocabulary, width] in float32.
    :param basis: orthogonal matrix [width, width] that states are multiplied by first; the weights have been.
    """

    def __init__(self, weights: Tensor, steps: Tensor, whole: Tensor, basis: Tensor) -> None:
        self._parts = [
            IntMatrix(weights[start : start + PART], steps[start : start + PART])
            for start in range(0, len(weights), PART)
        ]
        self._whole = whole
        self._basis = basis

    def logits(self, hidden: Tensor) -> Tensor:
        """See :class:`OutputLayer`."""
        rows, steps = rounded(hidden @ self._basis)
        return torch.cat([part.product(rows, steps) for part in self._parts], dim=-1)

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """See :class:`OutputLayer`."""
        count = len(targets)
        states = F.pad(hidden, (0, 0, 0, -count % STEP)) @ self._basis
        filled = _filled(targets)
        own = torch.linalg.vecdot(states, self._whole[filled])
        rows, steps = rounded(states)
        # Beside the others the token itself counts 1, of which nothing is rounded.
        total = torch.ones_like(own)
        for number, part in enumerate(self._parts):
            scores = part.product(rows, steps).sub_(own[:, None])
            column = filled - number * PART
            here = ((column >= 0) & (column < scores.shape[1])).nonzero()[:, 0]
            scores[here, column[here]] = -torch.inf
            total += scores.exp_().sum(dim=-1)
        return _or_in_full(self, total.log_().neg_()[:count], hidden, targets)


def _filled(targets: Tensor) -> Tensor:
    return F.pad(targets, (0, -len(targets) % STEP))


def _or_in_full(output: OutputLayer, found: Tensor, hidden: Tensor, targets: Tensor) -> Tensor:
    """What was found, at most 0, and anew where a token is so unlikely that the others beside it have no float32."""
    lost = ~torch.isfinite(found)
    if lost.any():
        rest = torch.log_softmax(output.logits(hidden[lost]), dim=-1)
        found[lost] = rest.gather(1, targets[lost, None])[:, 0]
    return found.clamp_(max=0.0)
