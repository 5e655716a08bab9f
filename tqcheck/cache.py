"""The user's cache: where it is, and small files in it that only save time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

VARIABLE = "TQCHECK_CACHE"
"""The environment variable that moves the cache."""


def cache_folder() -> Path:
    """``TQCHECK_CACHE``, or the place this system keeps caches in."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("tqcheck", appauthor=False)


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache whole or not at all; one that cannot be written costs time, never the run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            try:
                temporary.write(content)
                temporary.close()
                Path(temporary.name).replace(path)
            except OSError:
                Path(temporary.name).unlink(missing_ok=True)
    except OSError:
        return
