"""The fluency of a story's sentences drawn as SVG.

Places across are percentages and the rest pixels, so that the drawing takes
the width there is without its points and letters being stretched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tqcheck.reports.markup import escape

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


def fluency_plot(points: Sequence[Point]) -> str:
    """The sentences from left to right as dots at their fluency, hanging from the line of ordinary fluency."""
    if not points:
        return ""
    low = sum(point.fluency < ODD for point in points)
    about = f"Fluency of {len(points)} sentences in the order of the story, from 0 to 100; {low} under {ODD}"
    radius = "2.5" if len(points) > _CROWDED else "4.5"
    lines = [
        f'<svg class="plot" height="{_HEIGHT}" role="group" aria-label="{about}">',
        *(
            f'<line class="grid {name}" x1="0" x2="100%" y1="{_y(level)}" y2="{_y(level)}"/>'
            + (f'<text x="-6" y="{_y(level - 3)}" aria-hidden="true">{level}</text>' if level else "")
            for level, name in ((100, "end"), (ORDINARY, "ordinary"), (ODD, "odd"), (0, "end"))
        ),
    ]
    for index, point in enumerate(points):
        x = f"{100 * (index + 0.5) / len(points):.2f}%"
        y = _y(point.fluency)
        name = "low" if point.fluency < ODD else "dot"
        drawn = (
            f'<line x1="{x}" x2="{x}" y1="{_y(ORDINARY)}" y2="{y}"/><circle cx="{x}" cy="{y}" r="{radius}">'
            f"<title>{escape(point.title)}</title></circle>"
        )
        opening, tag = (f'a class="{name}" href="{point.href}"', "a") if point.href else (f'g class="{name}"', "g")
        lines.append(f"<{opening}>{drawn}</{tag}>")
    return "\n".join([*lines, "</svg>"])


def gauge(score: float) -> str:
    """A fluency score on a scale from 0 to 100, with ticks where it is odd and where it is ordinary."""
    at = f"{min(max(score, 0.0), 100.0):.1f}%"
    ticks = "".join(f'<line x1="{level}%" x2="{level}%" y1="2" y2="14"/>' for level in (ODD, ORDINARY))
    return (
        '<svg class="gauge" height="16" aria-hidden="true"><rect y="6" width="100%" height="4" rx="2"/>'
        f'{ticks}<circle cx="{at}" cy="8" r="6"/></svg>'
    )


def _y(fluency: float) -> str:
    share = min(max(fluency, 0.0), 100.0) / 100
    return f"{_BOTTOM - share * (_BOTTOM - _TOP):.1f}"
