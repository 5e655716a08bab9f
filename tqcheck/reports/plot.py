"""Where things stand in drawings of the fluency of a story's sentences.

Places across are percentages and the rest pixels, so that a drawing takes
the width there is without its points and letters being stretched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ODD = 5
"""The percentile under which fluency is odd."""
ORDINARY = 50

_HEIGHT = 150
_TOP, _BOTTOM = 8, 142
_CROWDED = 120


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence: its fluency (0–100), what it is called, and the address of its text (empty: none)."""

    fluency: float
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class GridLine:
    """A level of fluency, its height and that of its number (pixels from the top)."""

    name: str
    level: int
    y: str
    text_y: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point in the drawing: ``low`` or a mere ``dot`` by its ``name``, ``x`` in percent, ``y`` in pixels."""

    name: str
    x: str
    y: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Dots that hang from the line of ordinary fluency; ``low`` of them are under :data:`ODD`. Sizes are pixels."""

    height: int
    radius: str
    ordinary_y: str
    low: int
    grid: tuple[GridLine, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A scale from 0 to 100 with ticks at these levels, and the place of a score on it (percent)."""

    at: str
    ticks: tuple[int, ...]


def fluency_plot(points: Sequence[Point]) -> Plot | None:
    """The sentences from left to right as dots at their fluency; ``None`` without any."""
    if not points:
        return None
    dots = tuple(
        Dot(
            "low" if point.fluency < ODD else "dot",
            f"{100 * (index + 0.5) / len(points):.2f}%",
            _y(point.fluency),
            point.title,
            point.href,
        )
        for index, point in enumerate(points)
    )
    levels = ((100, "end"), (ORDINARY, "ordinary"), (ODD, "odd"), (0, "end"))
    return Plot(
        _HEIGHT,
        "2.5" if len(points) > _CROWDED else "4.5",
        _y(ORDINARY),
        sum(point.fluency < ODD for point in points),
        tuple(GridLine(name, level, _y(level), _y(level - 3)) for level, name in levels),
        dots,
    )


def gauge(score: float) -> Gauge:
    """A fluency score on a scale with ticks where it is odd and where it is ordinary."""
    return Gauge(f"{min(max(score, 0.0), 100.0):.1f}%", (ODD, ORDINARY))


def _y(fluency: float) -> str:
    share = min(max(fluency, 0.0), 100.0) / 100
    return f"{_BOTTOM - share * (_BOTTOM - _TOP):.1f}"
