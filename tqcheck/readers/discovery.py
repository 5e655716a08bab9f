"""Which files a command line means: files as named, folders walked, patterns expanded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tqcheck.errors import InputError, UnreadableError
from tqcheck.readers.kinds import SUFFIXES

LEFT_OUT = frozenset({"node_modules", "venv", "__pycache__", "site-packages"})
"""Folders that a walk does not enter; hidden ones and virtual environments neither."""

_MAGIC = re.compile(r"[*?\[]")
_LOOKED_FOR = ", ".join(sorted(SUFFIXES))


def find_files(paths: Iterable[str]) -> Iterator[str | InputError]:
    """The files to check, in the order named, each once.

    A file is given back as it was named, whatever its suffix and even if it is
    missing (reading it says so); so is ``-``. A folder gives the files in it
    and below with one of :data:`~tqcheck.readers.kinds.SUFFIXES`, in order of
    name, hidden ones and :data:`LEFT_OUT` left out. A pattern (``*``, ``?``,
    ``[…]``, ``**``) that is no file's name is expanded; one without a suffix of
    its own picks files like a folder does.

    What cannot be used comes as an :class:`~tqcheck.errors.UnreadableError` in
    its place, not raised, so that the other files go on.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _expand(path):
            if isinstance(found, InputError):
                yield found
                continue
            key = found if found == "-" else _identity(found)
            if key not in seen:
                seen.add(key)
                yield found


def _expand(path: str) -> Iterator[str | InputError]:
    if not path:
        yield UnreadableError("''", "empty path; name a file, a folder or - for standard input")
        return
    if path == "-" or "\0" in path:
        yield path
        return
    try:
        is_folder, exists = Path(path).is_dir(), os.path.lexists(path)
    except OSError:
        is_folder, exists = False, True
    if is_folder:
        yield from _folder(path)
    elif exists or not _MAGIC.search(path):
        yield path
    else:
        yield from _pattern(path)


def _folder(path: str) -> Iterator[str | InputError]:
    empty = True
    for found in _walk(Path(path)):
        empty = False
        yield found
    if empty:
        yield UnreadableError(
            path,
            f"no text in this folder (looked for {_LOOKED_FOR}); name another folder, or a file with its full name",
        )


def _walk(top: Path) -> Iterator[str | InputError]:
    """Files under ``top`` in order of name; each real folder once, so that links cannot lead in circles."""
    entered: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            if path is not top and not path.is_dir():
                yield str(path)
                continue
            state = path.stat()
            if (state.st_dev, state.st_ino) in entered:
                continue
            entered.add((state.st_dev, state.st_ino))
            entries = sorted(path.iterdir(), key=lambda entry: entry.name, reverse=True)
            waiting += [entry for entry in entries if _wanted(entry)]
        except OSError as error:
            yield UnreadableError(
                str(path), f"cannot list this folder: {error.strerror or error}; check its permissions"
            )


def _wanted(entry: Path) -> bool:
    if entry.name.startswith("."):
        return False
    if entry.is_dir():
        return entry.name not in LEFT_OUT and not (entry / "pyvenv.cfg").exists()
    return entry.suffix.lower() in SUFFIXES and (entry.is_file() or entry.is_symlink())


def _pattern(path: str) -> Iterator[str | InputError]:
    parts = Path(path).parts
    fixed = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
    base, pattern = Path(*parts[:fixed]), str(Path(*parts[fixed:]))
    any_suffix = not _MAGIC.search(Path(parts[-1]).suffix) and Path(parts[-1]).suffix != ""
    shows_hidden = any(part.startswith(".") for part in parts[fixed:])
    try:
        matches = sorted(base.glob(pattern))
    except (ValueError, OSError, RecursionError) as error:
        yield UnreadableError(path, f"cannot use this pattern: {error}; write ** as a whole part, as in news/**/*.md")
        return
    empty = True
    for match in matches:
        inner = match.relative_to(base).parts
        if not shows_hidden and any(part.startswith(".") for part in inner):
            continue
        if any(part in LEFT_OUT for part in inner[:-1]):
            continue
        if match.is_dir():
            if match.name in LEFT_OUT or parts[-1] == "**":
                continue
            found = list(_walk(match))
        elif any_suffix or match.suffix.lower() in SUFFIXES:
            found = [str(match)]
        else:
            continue
        empty = empty and not found
        yield from found
    if parts[-1] == "**" and base.is_dir():
        found = list(_walk(base))
        empty = empty and not found
        yield from found
    if empty:
        yield UnreadableError(path, "no file matches this pattern; check its spelling and the folder you are in")


def _identity(path: str) -> str:
    try:
        return str(Path(path).resolve())
    except (OSError, RuntimeError, ValueError):
        return path
