"""Scores of the language model kept between runs, so that a second check costs only what changed.

One file in the user's cache for all models: keys are sums over everything that
a score depends on.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqcheck.cache.store import Store


class ScoreCache:
    """Lists of floats (64 bits) by key; see :class:`~tqcheck.cache.store.Store`.

    :param path: the file; made with its folder.
    """

    def __init__(self, path: Path) -> None:
        self._store = Store(path, "scores of the language model")

    @property
    def problem(self) -> str | None:
        """Why it is not used or not written, for people; ``None`` while all is well."""
        return self._store.problem

    def get(self, keys: Sequence[bytes]) -> dict[bytes, tuple[float, ...]]:
        """What is kept for these keys."""
        return {key: struct.unpack(f"<{len(value) // 8}d", value) for key, value in self._store.get(keys).items()}

    def put(self, scores: Mapping[bytes, Sequence[float]]) -> None:
        """Keep these."""
        self._store.put({key: struct.pack(f"<{len(values)}d", *values) for key, values in scores.items()})

    def close(self) -> None:
        """Close the file; it is not used afterwards."""
        self._store.close()
