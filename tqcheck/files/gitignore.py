"""What git leaves out of a repository, for walks over folders."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tqcheck.files.globs import Globs, held_to

_FILE = ".gitignore"
_EXCLUDE = Path(".git", "info", "exclude")


class GitIgnore:
    """The ``.gitignore`` files that hold in a folder and below it, and ``info/exclude`` of its repository.

    Outside a repository those in the folder and below it hold. A folder that
    was itself named to be walked is walked although it is ignored; then only
    the files inside it count.

    :param top: the folder that is walked, an absolute path without links.
    """

    def __init__(self, top: str) -> None:
        above = _above(Path(top))
        if above and Globs(above).says(top, folder=True):
            above = ()
        patterns = above + _patterns(top)
        self._known = {top: (patterns, Globs(patterns) if patterns else None)}

    def leaves_out(self, folder: str, name: str, *, is_folder: bool) -> bool:
        """Whether the file or folder ``name`` of a folder that is not ignored itself is ignored."""
        globs = self._holding(folder)[1]
        return globs is not None and bool(globs.says(f"{folder.rstrip(os.sep)}{os.sep}{name}", folder=is_folder))

    def _holding(self, folder: str) -> tuple[tuple[str, ...], Globs | None]:
        """The patterns that hold for what is in a folder."""
        found = self._known.get(folder)
        if found is None:
            patterns, globs = self._holding(str(Path(folder).parent))
            own = _patterns(folder)
            found = (patterns + own, Globs(patterns + own)) if own else (patterns, globs)
            self._known[folder] = found
        return found


def _above(top: Path) -> tuple[str, ...]:
    """The patterns that hold in a folder beside its own, from the root of its repository on."""
    folders = [top, *top.parents]
    root = next((number for number, folder in enumerate(folders) if (folder / ".git").exists()), None)
    if root is None:
        return ()
    found = _patterns(str(folders[root]), _EXCLUDE)
    for folder in reversed(folders[1 : root + 1]):
        found += _patterns(str(folder))
    return found


def _patterns(folder: str, file: Path = Path(_FILE)) -> tuple[str, ...]:
    try:
        text = Path(folder, file).read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError:
        return ()
    found: list[str] = []
    for line in text.splitlines():
        line = line if line.endswith("\\ ") else line.rstrip()
        if line and not line.startswith("#"):
            with suppress(ValueError):
                found.append(held_to(folder, line))
    return tuple(found)
