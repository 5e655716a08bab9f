"""What training tells of its progress."""

from __future__ import annotations

import sys
import time


def say(text: str) -> None:
    """A line on standard error, with the time."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()
