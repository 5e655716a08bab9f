"""What git leaves out of a repository, for walks over folders."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tqcheck.globs import Globs, held_to

_FILE = ".gitignore"


class GitIgnore:
    """The ``.gitignore`` files that hold in a folder and below it, and ``info/exclude`` of its repository.

    Outside a repository those in the folder and below it hold. A folder that
    was itself named to be walked is walked although it is ignored; then only
    the files inside it count.

    :param top: the folder that is walked, an absolute path without links.
    """

    def __init__(self, top: str) -> None:
        self._top = top
        self._known: dict[str, tuple[tuple[str, ...], Globs | None]] = {}
        above = self._above(top)
        if above and Globs(above).says(top, folder=True):
            above = ()
        self._known[top] = self._with_own(top, above)

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

    def _with_own(self, folder: str, above: tuple[str, ...]) -> tuple[tuple[str, ...], Globs | None]:
        patterns = above + _patterns(folder)
        return patterns, Globs(patterns) if patterns else None

    def _above(self, top: str) -> tuple[str, ...]:
        """The patterns of the folders above, from the root of the repository on."""
        folder = Path(top)
        if (folder / ".git").exists():
            return _patterns(top, Path(".git", "info", "exclude"))
        between: list[str] = []
        for parent in folder.parents:
            between.append(str(parent))
            if (parent / ".git").exists():
                ordered = between[::-1]
                first = _patterns(ordered[0], Path(".git", "info", "exclude"))
                return first + tuple(one for place in ordered for one in _patterns(place))
        return ()


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
