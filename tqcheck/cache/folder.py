"""The folder of the user's cache, and small files in it that only save time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tqcheck.errors import SettingsError
from tqcheck.files.atomic import whole_file

VARIABLE = "TQCHECK_CACHE"
"""The environment variable that moves the cache."""


def cache_folder() -> Path:
    """``TQCHECK_CACHE``, or the place this system keeps caches in.

    Raises :class:`SettingsError` for one in the home of a user that is not known.
    """
    if chosen := os.environ.get(VARIABLE):
        try:
            return Path(chosen).expanduser()
        except RuntimeError as error:
            raise SettingsError(f"{VARIABLE}={chosen}: no such folder ({error}); name another") from None
    from platformdirs import user_cache_path

    return user_cache_path("tqcheck", appauthor=False)


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache whole or not at all; one that cannot be written costs time, never the run."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as new:
            new.write_bytes(content)
