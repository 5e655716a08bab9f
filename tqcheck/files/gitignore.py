"""What git leaves out of a repository, for walks over folders."""

from __future__ import annotations

import os
import re
import string
from contextlib import suppress
from pathlib import Path

from tqcheck.files.globs import Globs, held_to

_FILE = ".gitignore"
_EXCLUDE = Path(".git", "info", "exclude")
_CASE = re.compile(r"^[ \t]*ignorecase[ \t]*(?:=[ \t]*\"?(\w*)\"?)?[ \t]*(?:[#;].*)?$", re.MULTILINE | re.IGNORECASE)
_CORE = re.compile(r"^[ \t]*\[core\](.*?)(?=^[ \t]*\[|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE)
# To git only these have a case.
_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class GitIgnore:
    """The ``.gitignore`` files that hold in a folder and below it, and ``info/exclude`` of its repository.

    Outside a repository those in the folder and below it hold. A folder that
    was itself named to be walked is walked although it is ignored; then only
    the files inside it count. Letters count as they are written, unless the
    repository says that its file system knows no case (``core.ignorecase``,
    which git sets on macOS and Windows).

    :param top: the folder that is walked, an absolute path without links.
    """

    def __init__(self, top: str) -> None:
        root = _root(Path(top))
        self._case_counts = root is None or not _ignores_case(root / ".git")
        above = () if root is None else self._folded(_above(Path(top), root))
        if above and Globs(above).says(self._seen(top), folder=True):
            above = ()
        patterns = above + self._folded(_patterns(top))
        self._known = {top: (patterns, Globs(patterns) if patterns else None)}

    def leaves_out(self, folder: str, name: str, *, is_folder: bool) -> bool:
        """Whether the file or folder ``name`` of a folder that is not ignored itself is ignored."""
        globs = self._holding(folder)[1]
        path = f"{folder.rstrip(os.sep)}{os.sep}{name}"
        return globs is not None and bool(globs.says(self._seen(path), folder=is_folder))

    def _seen(self, path: str) -> str:
        return path if self._case_counts else path.translate(_FOLDED)

    def _folded(self, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if self._case_counts:
            return patterns
        return tuple(self._seen(one).replace("[:upper:]", "[:lower:]") for one in patterns)

    def _holding(self, folder: str) -> tuple[tuple[str, ...], Globs | None]:
        """The patterns that hold for what is in a folder."""
        found = self._known.get(folder)
        if found is None:
            patterns, globs = self._holding(str(Path(folder).parent))
            own = self._folded(_patterns(folder))
            found = (patterns + own, Globs(patterns + own)) if own else (patterns, globs)
            self._known[folder] = found
        return found


def _root(top: Path) -> Path | None:
    """The root of the repository that a folder is in."""
    return next((folder for folder in (top, *top.parents) if (folder / ".git").exists()), None)


def _above(top: Path, root: Path) -> tuple[str, ...]:
    """The patterns that hold in a folder beside its own, from the root of its repository on."""
    found = _patterns(str(root), _EXCLUDE)
    between = [folder for folder in top.parents if folder.is_relative_to(root)]
    for folder in reversed(between):
        found += _patterns(str(folder))
    return found


def _ignores_case(place: Path) -> bool:
    """What the configuration of a repository says of ``core.ignorecase``.

    :param place: its ``.git``, which in a worktree or a submodule is a file that names the folder.
    """
    try:
        if place.is_file():
            place = place.parent / place.read_text("utf-8", "surrogateescape").partition("gitdir:")[2].strip()
            if (place / "commondir").is_file():
                place = place / (place / "commondir").read_text("utf-8", "surrogateescape").strip()
        text = (place / "config").read_text("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return False
    said = [value for core in _CORE.findall(text) for value in _CASE.findall(core)]
    # A name alone is a yes; the last one counts.
    return bool(said) and said[-1].lower() in ("", "true", "yes", "on", "1")


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
