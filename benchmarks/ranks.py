"""Rank correlation, plain and with one more quantity held fixed."""

from __future__ import annotations

from typing import Any

import numpy as np

Values = np.ndarray[Any, Any]


def ranks(values: Values) -> Values:
    """Ranks from 0; equal values share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    places = np.empty(len(values))
    places[order] = np.arange(len(values))
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: Values = (np.bincount(groups, places) / counts)[groups]
    return shared


def spearman(first: Values, second: Values) -> float:
    """Spearman's coefficient, -1 to 1; 0 where either does not vary."""
    one, other = ranks(first), ranks(second)
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size else 0.0


def partial_spearman(first: Values, second: Values, given: Values) -> float:
    """Spearman's coefficient of two quantities with the ranks of a third held fixed."""
    both, one, other = spearman(first, second), spearman(first, given), spearman(second, given)
    left = (1 - one**2) * (1 - other**2)
    return (both - one * other) / float(np.sqrt(left)) if left > 1e-12 else 0.0
