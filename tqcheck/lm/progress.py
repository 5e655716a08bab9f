"""How the work with a model reports its progress."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called as ``(stage, done, total)``; ``total`` is ``None`` where it is not known."""
