from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
ranks = importlib.import_module("benchmarks.ranks")


def test_equal_values_share_a_rank() -> None:
    assert ranks.ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [1.5, 0.0, 1.5, 3.0]


def test_coefficients_of_known_cases() -> None:
    rising = np.arange(10.0)
    assert ranks.spearman(rising, rising**3) == pytest.approx(1)
    assert ranks.spearman(rising, -rising) == pytest.approx(-1)
    assert ranks.spearman(rising, np.ones(10)) == 0
    # 1 - 6 * 4 / (4 * 15) with two neighbouring pairs swapped.
    assert ranks.spearman(np.array([1.0, 2, 3, 4]), np.array([2.0, 1, 4, 3])) == pytest.approx(0.6)


def test_what_length_explains_is_taken_out() -> None:
    random = np.random.default_rng(1)
    length = random.normal(size=4000)
    first, second = length + random.normal(size=4000), length + random.normal(size=4000)
    assert ranks.spearman(first, second) > 0.4
    assert abs(ranks.partial_spearman(first, second, length)) < 0.06
    assert ranks.partial_spearman(first, first, length) == pytest.approx(1)
    assert ranks.partial_spearman(length, second, length) == 0
