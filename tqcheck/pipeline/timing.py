"""Seconds spent in the stages of a check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Add the time that is spent inside to a stage."""
    start = perf_counter()
    try:
        yield
    finally:
        seconds[stage] += perf_counter() - start
