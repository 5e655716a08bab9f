"""Which files a command line means: files as named, folders walked, patterns expanded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from tqcheck.errors import InputError, UnreadableError
from tqcheck.files.gitignore import GitIgnore
from tqcheck.files.kinds import SUFFIXES, has_suffix

LEFT_OUT = frozenset({"node_modules", "venv", "__pycache__", "site-packages"})
"""Folders that a walk does not enter; hidden ones and virtual environments neither."""

_MAGIC = re.compile(r"[*?\[]")
_LOOKED_FOR = ", ".join(sorted(SUFFIXES))


class Choice(Protocol):
    """What the configuration says of the files that a walk meets."""

    def __call__(self, folder: str, name: str, *, is_folder: bool) -> bool | None:
        """Whether the file or folder ``name`` in ``folder`` (an absolute path without links) is to be taken.

        ``None`` leaves that to :data:`~tqcheck.files.kinds.SUFFIXES`.
        """


def _no_choice(folder: str, name: str, *, is_folder: bool) -> None:
    return None


class _Found(NamedTuple):
    """A file as it is to be named, and where it is: absolute, without links."""

    path: str
    place: str


class Discovery:
    """Finds the files that paths mean, with what is left out of walks over folders.

    :param choose: what the configuration includes and excludes.
    :param gitignore: whether walks leave out what ``.gitignore`` names.
    :param force: whether files that are named are left out as well where ``choose`` says so.
    """

    def __init__(self, choose: Choice = _no_choice, *, gitignore: bool = True, force: bool = False) -> None:
        self._choose = choose
        self._gitignore = gitignore
        self._force = force
        self._ignores: dict[str, GitIgnore] = {}

    def find(self, paths: Iterable[str]) -> Iterator[str | InputError]:
        """The files to check, in the order named, each once.

        A file is given back as it was named, whatever its suffix and even if it is
        missing (reading it says so); so is ``-``. A folder gives the files in it
        and below with one of :data:`~tqcheck.files.kinds.SUFFIXES`, in order of
        name, hidden ones and :data:`LEFT_OUT` left out. A pattern (``*``, ``?``,
        ``[…]``, ``**``) that is no file's name is expanded; one without a suffix of
        its own picks files like a folder does.

        What cannot be used comes as an :class:`~tqcheck.errors.UnreadableError` in
        its place, not raised, so that the other files go on.
        """
        seen: set[str] = set()
        for path in paths:
            for found in self._expand(path):
                if isinstance(found, InputError):
                    yield found
                elif found.place not in seen:
                    seen.add(found.place)
                    yield found.path

    def among(self, paths: Iterable[str]) -> Among:
        """Which files :meth:`find` would give for the paths, without a walk: for a list of files from elsewhere.

        Nothing is looked up in ``.gitignore``; git's lists need no such look.
        """
        return Among(self, paths)

    def _is_below(self, place: str, top: str) -> bool:
        """Whether a walk from ``top`` would come to a file."""
        base = top.rstrip(os.sep) + os.sep
        if not place.startswith(base):
            return False
        folder = top
        *folders, name = place[len(base) :].split(os.sep)
        for one in folders:
            if not self._enters(folder, one):
                return False
            folder = os.path.join(folder, one)
        return self._takes(folder, name)

    def _expand(self, path: str) -> Iterator[_Found | InputError]:
        if not path:
            yield UnreadableError("''", "empty path; name a file, a folder or - for standard input")
            return
        if path == "-" or "\0" in path:
            yield _Found(path, path)
            return
        if os.path.isdir(path):
            yield from self._folder(path)
        elif os.path.lexists(path) or not _MAGIC.search(path):
            place = _identity(path)
            if not self._excluded(place):
                yield _Found(path, place)
        else:
            yield from self._pattern(path)

    def _excluded(self, place: str) -> bool:
        """Whether a file that was named is left out all the same."""
        if not self._force:
            return False
        folder, name = os.path.split(place)
        return self._choose(folder, name, is_folder=False) is False

    def _folder(self, path: str) -> Iterator[_Found | InputError]:
        empty = True
        walk = _Walk(self, path)
        for found in walk:
            empty = False
            yield found
        # What was left out was left out on purpose.
        if empty and not walk.left_out:
            yield UnreadableError(
                path,
                f"no text in this folder (looked for {_LOOKED_FOR}); name another folder, or a file with its full name",
            )

    def _enters(self, folder: str, name: str) -> bool:
        """Whether a walk enters a folder of ``folder``."""
        return (
            not name.startswith(".")
            and name not in LEFT_OUT
            and self._choose(folder, name, is_folder=True) is not False
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        )

    def _takes(self, folder: str, name: str) -> bool:
        """Whether a walk takes a file of ``folder``."""
        if name.startswith("."):
            return False
        chosen = self._choose(folder, name, is_folder=False)
        return has_suffix(name) if chosen is None else chosen

    def _ignored(self, top: str) -> GitIgnore | None:
        if not self._gitignore:
            return None
        if top not in self._ignores:
            self._ignores[top] = GitIgnore(top)
        return self._ignores[top]

    def _pattern(self, path: str) -> Iterator[_Found | InputError]:
        parts = Path(path).parts
        fixed = next(index for index, part in enumerate(parts) if _MAGIC.search(part))
        base, pattern = Path(*parts[:fixed]), str(Path(*parts[fixed:]))
        any_suffix = not _MAGIC.search(Path(parts[-1]).suffix) and Path(parts[-1]).suffix != ""
        shows_hidden = any(part.startswith(".") for part in parts[fixed:])
        try:
            matches = sorted(base.glob(pattern))
        except (ValueError, OSError, RecursionError) as error:
            yield UnreadableError(
                path, f"cannot use this pattern: {error}; write ** as a whole part, as in news/**/*.md"
            )
            return
        empty, left_out = True, False
        if parts[-1] == "**" and os.path.isdir(base):
            # Since Python 3.13 it matches files as well.
            matches = [match for match in matches if not os.path.isdir(match)]
            walks = [_Walk(self, str(base))]
        else:
            walks = []
        for match in matches:
            inner = match.relative_to(base).parts
            if not shows_hidden and any(part.startswith(".") for part in inner):
                continue
            if any(part in LEFT_OUT for part in inner[:-1]):
                continue
            if os.path.isdir(match):
                if match.name in LEFT_OUT:
                    continue
                walk = _Walk(self, str(match))
                found = list(walk)
                left_out |= walk.left_out
            else:
                place = _identity(str(match))
                folder, name = os.path.split(place)
                chosen = self._choose(folder, name, is_folder=False)
                left_out |= chosen is False
                takes = any_suffix or has_suffix(name) if chosen is None else chosen
                found = [_Found(str(match), place)] if takes else []
            empty = empty and not found
            yield from found
        for walk in walks:
            for one in walk:
                empty = False
                yield one
            left_out |= walk.left_out
        if empty and not left_out:
            yield UnreadableError(path, "no file matches this pattern; check its spelling and the folder you are in")


class Among:
    """Whether single files are among those that some paths mean.

    ``missing`` are the paths that lead nowhere.
    """

    def __init__(self, discovery: Discovery, paths: Iterable[str]) -> None:
        self._discovery = discovery
        self._named: set[str] = set()
        self._tops: list[str] = []
        self.missing: list[InputError] = []
        for path in paths:
            if path and os.path.isdir(path):
                self._tops.append(_identity(path))
                continue
            for found in discovery._expand(path):
                if isinstance(found, InputError):
                    self.missing.append(found)
                elif not os.path.lexists(found.path):
                    self.missing.append(UnreadableError(path, "no such file; check the name and the folder you are in"))
                else:
                    self._named.add(found.place)

    def __contains__(self, file: str) -> bool:
        """Whether an existing file is one of them."""
        place = _identity(file)
        return place in self._named or any(self._discovery._is_below(place, top) for top in self._tops)


def find_files(paths: Iterable[str]) -> Iterator[str | InputError]:
    """What :meth:`Discovery.find` gives where nothing is configured."""
    return Discovery().find(paths)


class _Walk:
    """Files under a folder in order of name; each real folder once, so that links cannot lead in circles."""

    def __init__(self, discovery: Discovery, top: str) -> None:
        self._discovery = discovery
        self._top = str(Path(top))
        self.left_out = False
        """Whether the configuration or git left something out."""

    def __iter__(self) -> Iterator[_Found | InputError]:
        entered: set[tuple[int, int]] = set()
        top = _Found("" if self._top == "." else self._top, _identity(self._top))
        ignored = self._discovery._ignored(top.place)
        waiting: list[tuple[_Found, bool]] = [(top, True)]
        while waiting:
            found, is_folder = waiting.pop()
            if not is_folder:
                yield found
                continue
            path = found.path or "."
            try:
                state = os.stat(path)
                if (state.st_dev, state.st_ino) in entered:
                    continue
                entered.add((state.st_dev, state.st_ino))
                with os.scandir(path) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
            except OSError as error:
                yield UnreadableError(
                    path, f"cannot list this folder: {error.strerror or error}; check its permissions"
                )
                continue
            for entry in entries:
                inside = self._kind(found.place, entry, ignored)
                if inside is not None:
                    inner = os.path.join(found.path, entry.name)
                    place = _identity(inner) if entry.is_symlink() else os.path.join(found.place, entry.name)
                    waiting.append((_Found(inner, place), inside))

    def _kind(self, folder: str, entry: os.DirEntry[str], ignored: GitIgnore | None) -> bool | None:
        """Whether an entry is a folder; ``None`` if the walk leaves it alone."""
        if entry.name.startswith("."):
            return None
        is_folder = _leads_to_folder(entry)
        if is_folder:
            wanted = self._discovery._enters(folder, entry.name)
            chosen = wanted or self._discovery._choose(folder, entry.name, is_folder=True)
        else:
            wanted = self._discovery._takes(folder, entry.name)
            chosen = wanted or self._discovery._choose(folder, entry.name, is_folder=False)
            wanted = wanted and _leads_to_file(entry)
        if wanted and ignored is not None and ignored.leaves_out(folder, entry.name, is_folder=is_folder):
            wanted, chosen = False, False
        self.left_out |= chosen is False
        return is_folder if wanted else None


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads to itself; reading it says so.
        return False


def _leads_to_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() or entry.is_file()
    except OSError:
        # Its folder can be listed and no more; reading it says so.
        return True


def _identity(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path
