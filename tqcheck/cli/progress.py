"""Progress on standard error, only where a person is watching."""

from __future__ import annotations

import sys
import time


class Progress:
    """One line that is rewritten in place; nothing at all where standard error is no terminal.

    It appears only after a second, so that short runs stay quiet, and is wiped
    by :meth:`close`.
    """

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled and sys.stderr is not None and sys.stderr.isatty()
        self._started = time.monotonic()
        self._last = 0.0
        self._shown = False

    def show(self, what: str, done: int, total: int | None = None) -> None:
        """``what`` with a bar of ``done`` of ``total`` (any unit), or the bare count when the total is not known."""
        now = time.monotonic()
        finished = total is not None and done >= total
        if not self._enabled or now - self._started < 1 or (now - self._last < 0.1 and not finished):
            return
        self._last = now
        self._shown = True
        if total:
            share = min(1.0, done / total)
            bar = "█" * int(share * 24)
            line = f"{what} [{bar:<24}] {share:4.0%}"
        else:
            line = f"{what} {done:,}" if done else f"{what} …"
        sys.stderr.write(f"\r\x1b[2K{line}")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self._shown = False
