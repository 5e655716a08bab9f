"""What the layers of a model multiply states by: matrices in floating point, or in integers of 8 bits.

Integers are several times faster on processors that multiply them four at a
time (VNNI). Each row of states and each row of weights has a scale of its own,
and the products are exact, so that what comes of a row does not depend on the
rows beside it.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

LEVELS = 127
"""Steps from 0 to the largest value of a row."""
_LEAST = 1e-30  # largest value of a row of nothing but zeros


class Matrix(Protocol):
    """A matrix [out, in]."""

    def __call__(self, states: Tensor) -> Tensor:
        """Products [..., out] of states [..., in]."""
        ...


class FloatMatrix:
    """Weights [out, in] in the precision that the states are given in."""

    def __init__(self, weights: Tensor) -> None:
        self._weights = weights

    def __call__(self, states: Tensor) -> Tensor:
        """See :class:`Matrix`."""
        return F.linear(states, self._weights)


class IntMatrix:
    """Weights [out, in] in 8 bits, a step of each row worth ``steps`` [out]; states and products are float32.

    :param turn: orthogonal matrix [size, size] that each ``size`` neighbours of the states are multiplied by first.
    """

    def __init__(self, weights: Tensor, steps: Tensor, turn: Tensor | None = None) -> None:
        self._weights = weights.t()
        self._steps = steps
        self._turn = turn

    def __call__(self, states: Tensor) -> Tensor:
        """See :class:`Matrix`."""
        if self._turn is not None:
            states = turned(states, self._turn)
        rows, steps = rounded(states.reshape(-1, states.shape[-1]))
        return self.product(rows, steps).view(*states.shape[:-1], -1)

    def product(self, rows: Tensor, steps: Tensor) -> Tensor:
        """Products [rows, out] of states [rows, in] in 8 bits, a step of each row worth ``steps`` [rows, 1]."""
        return torch._int_mm(rows, self._weights).float().mul_(self._steps).mul_(steps)


def rounded(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows [rows, width] in 8 bits, and what a step of each is worth [rows, 1]."""
    largest = rows.abs().amax(dim=-1, keepdim=True).clamp_min_(_LEAST)
    return (rows * (LEVELS / largest)).round_().to(torch.int8), largest / LEVELS


def turned(states: Tensor, turn: Tensor) -> Tensor:
    """States [..., width] with each ``size`` neighbours multiplied by an orthogonal matrix [size, size]."""
    size = len(turn)
    return (states.reshape(-1, size) @ turn).view(states.shape)


def integers_are_exact() -> bool:
    """Whether products of 8-bit integers are right on this processor.

    Some without VNNI may add them in 16 bits, and overflow.
    """
    try:
        largest = torch.full((32, 64), LEVELS, dtype=torch.int8)
        found = torch._int_mm(largest, -largest.t())
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return bool((found == -(LEVELS**2) * 64).all())
