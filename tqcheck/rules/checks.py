"""Checks that no pattern can express, by the name that a rule gives in ``check``.

Each takes a document and yields hits in positions of its text; what the
finding is called, how severe it is and what it says stays in the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tqcheck.text import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """``text[start:end]``, with suggestions and a message of its own where the rule's do not do."""

    start: int
    end: int
    suggestions: tuple[str, ...] = ()
    message: str | None = None


CHECKS: Mapping[str, Callable[[Document], Iterable[Hit]]] = {}
