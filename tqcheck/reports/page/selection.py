"""What a reader wants to see on the page."""

from __future__ import annotations

from dataclasses import dataclass

from tqcheck.result import Severity


@dataclass(frozen=True, slots=True)
class Selection:
    """Findings from ``show`` up, candidates ``dropped`` by arbitration, at most so many ``least_fluent`` sentences."""

    show: Severity
    dropped: bool
    least_fluent: int
