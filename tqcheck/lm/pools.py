"""Windows in hand at once: enough to look up what is kept in few questions, few enough to hold in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import attrgetter

from tqcheck.lm.windows import Window

_POOL = 64  # windows in hand at once, or up to a group more
_GROUP = 8  # windows of a document whose branches are run together; their keys and values take up to 70 MB in bfloat16


def pools(stream: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows in lists of at least 64 but for the last; those of a group stay together."""
    pool: list[Window] = []
    for group in _grouped(stream):
        pool += group
        if len(pool) >= _POOL:
            yield pool
            pool = []
    if pool:
        yield pool


def groups(pool: Sequence[Window]) -> list[int]:
    """For each window of a pool the number of its group; no other document, nor another pool, has a part in it."""
    return [number for number, group in enumerate(_grouped(pool)) for _ in group]


def _grouped(stream: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows in groups of at most ``_GROUP`` of one document, counted from its first one."""
    for _, own in groupby(stream, key=attrgetter("document")):
        while group := list(islice(own, _GROUP)):
            yield group
