"""The user's cache: where it is, and small files in it that only save time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

VARIABLE = "TQCHECK_CACHE"
"""The environment variable that moves the cache."""


def cache_folder() -> Path:
    """``TQCHECK_CACHE``, or the place this system keeps caches in."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("tqcheck", appauthor=False)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A new file to write to, which takes the place of ``path`` if all goes well and vanishes otherwise.

    The folder must be there. Raises :class:`OSError` if it cannot be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(descriptor)
    try:
        yield Path(name)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache whole or not at all; one that cannot be written costs time, never the run."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as new:
            new.write_bytes(content)
