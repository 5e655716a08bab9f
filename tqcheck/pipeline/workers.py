"""Processes that run rules on files, with the checkers of the process that starts them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, NamedTuple

from tqcheck.cache.results import pack
from tqcheck.config.settings import Settings
from tqcheck.errors import InputError

if TYPE_CHECKING:
    from tqcheck.pipeline.checker import Checker


class Task(NamedTuple):
    """A file to check: its path, content and settings."""

    path: str
    data: bytes
    settings: Settings


class Workers:
    """A pool of processes.

    They take over what the checkers have loaded where the system can fork, and
    load it again elsewhere. They end with this process, however that ends.

    :param count: how many processes.
    :param make: makes a checker where there is none for some settings.
    :param checkers: by their settings.
    """

    def __init__(self, count: int, make: Callable[[Settings], Checker], checkers: Mapping[Settings, Checker]) -> None:
        # macOS can fork, but its own libraries may not survive it.
        way = "fork" if sys.platform.startswith("linux") else "spawn"
        context = multiprocessing.get_context(way)
        handed = (make, dict(checkers) if way == "fork" else {})
        self._pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=handed)

    def submit(self, tasks: Sequence[Task]) -> Future[list[bytes | str]] | None:
        """Begin to check files, for :meth:`answer`; ``None`` if no process is left to do it."""
        try:
            return self._pool.submit(_checked, tasks)
        except BrokenProcessPool:
            return None

    def answer(self, future: Future[list[bytes | str]] | None) -> list[bytes | str] | None:
        """Of each file the packed result or what is wrong with it; ``None`` if the process has died."""
        try:
            return None if future is None else future.result()
        except BrokenProcessPool:
            return None

    def close(self) -> None:
        """End the processes, without what they have not begun."""
        self._pool.shutdown(cancel_futures=True)


_checkers: dict[Settings, Checker] = {}
_makers: list[Callable[[Settings], Checker]] = []


def _begin(make: Callable[[Settings], Checker], checkers: dict[Settings, Checker]) -> None:
    _makers.append(make)
    _checkers.update(checkers)
    # The process that started this one decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def _checked(tasks: Sequence[Task]) -> list[bytes | str]:
    return [_answer(task) for task in tasks]


def _answer(task: Task) -> bytes | str:
    if task.settings not in _checkers:
        _checkers[task.settings] = _makers[0](task.settings)
    try:
        return pack(_checkers[task.settings].check_bytes(task.data, path=task.path))
    except InputError as error:
        return error.reason
