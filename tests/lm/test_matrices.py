from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from tqcheck.lm.llama_weights import neighbourhood, orthogonal  # noqa: E402
from tqcheck.lm.matrices import LEVELS, IntMatrix, integers_are_exact, rounded, turned  # noqa: E402

pytestmark = pytest.mark.skipif(not integers_are_exact(), reason="this processor's products of integers overflow")


def in_integers(matrix: torch.Tensor, turn: torch.Tensor | None = None) -> IntMatrix:
    if turn is not None:
        matrix = turned(matrix, turn)
    return IntMatrix(*(part.squeeze(-1) for part in rounded(matrix)), turn)


def test_a_row_is_rounded_by_its_own_largest_value() -> None:
    rows = torch.tensor([[0.5, -1.0, 0.0], [200.0, 100.0, -3.0], [0.0, 0.0, 0.0]])
    found, steps = rounded(rows)
    assert found.tolist() == [[64, -127, 0], [127, 64, -2], [0, 0, 0]]
    assert torch.allclose(steps[:2, 0] * LEVELS, torch.tensor([1.0, 200.0]))
    assert torch.isfinite(steps).all()
    assert ((found * steps - rows).abs() <= steps / 2 + 1e-6).all()


@pytest.mark.parametrize("turn", [None, 16])
def test_products_are_near_those_of_floating_point(turn: int | None) -> None:
    torch.manual_seed(1)
    weights, states = torch.randn(96, 64), torch.randn(2, 32, 64)
    matrix = in_integers(weights, None if turn is None else neighbourhood(turn))
    expected = states @ weights.T
    assert matrix(states).shape == expected.shape
    assert ((matrix(states) - expected).norm() / expected.norm()).item() < 0.015


def test_a_row_does_not_depend_on_its_company() -> None:
    torch.manual_seed(2)
    matrix, states = in_integers(torch.randn(80, 64)), torch.randn(64, 64)
    assert torch.equal(matrix(states)[32:], matrix(states[32:]))
    assert torch.equal(matrix(torch.cat((states * 1000, states)))[64:], matrix(states))


def test_a_turn_takes_the_edge_off_a_large_value() -> None:
    torch.manual_seed(3)
    weights, states = torch.randn(96, 64), torch.randn(32, 64)
    states[:, 5] = 300.0
    expected = states @ weights.T

    def error(turn: torch.Tensor | None) -> float:
        return (in_integers(weights, turn)(states) - expected).norm().item()

    assert error(neighbourhood(64)) < error(None) / 2


@pytest.mark.parametrize("size", [1, 3, 12, 64, 576])
def test_a_basis_is_orthogonal_and_spreads_every_value(size: int) -> None:
    basis = orthogonal(size)
    assert torch.allclose(basis @ basis.T, torch.eye(size), atol=1e-5)
    if size > 3:
        assert basis.abs().max() < 0.75


def test_neighbours_are_as_many_as_divide_the_width() -> None:
    assert [len(neighbourhood(width)) for width in (1536, 1544, 100, 7)] == [16, 8, 4, 1]
