"""Stretches of a text."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch ``[start, end)`` in code points, 0-based."""

    start: int
    end: int
