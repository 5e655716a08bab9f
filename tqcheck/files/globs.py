"""Patterns of files as ``.gitignore`` has them, each held to the folder that it was written in."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SPECIAL = re.compile(r"([\\*?\[\]])")
# What names all that is in a folder names the folder as well for pathspec, but not for git.
_INSIDE = re.compile(r"/\*{2,}(/?)\s*$")
# As git has them, of ASCII; pathspec takes their letters one by one. None begins with what turns a set around.
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \t",
    "cntrl": "\0-\x1f\x7f",
    "digit": "0-9",
    "graph": "0-~!-.",
    "lower": "a-z",
    "print": " -.0-~",
    "punct": ":-@[-`{-~!-.",
    "space": " \t\n\v\f\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_CLASS = re.compile(r"\[:(\w*):\]")
_SET = re.compile(r"\\.|\[[!^]?\]?(?:\[:\w*:\]|\\.|[^\]\\])*\]", re.DOTALL)


class Globs:
    """Patterns of which the last that matches a path decides.

    :param patterns: made by :func:`held_to`, so that one list can hold those of several folders.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = _compiled(patterns)

    def says(self, path: str, *, folder: bool = False) -> bool | None:
        """Whether the patterns name a path; ``None`` where none matches.

        :param path: absolute; one inside a folder that is named is named with it.
        """
        return self._spec.check_file(f"{path}/" if folder else path).include


def held_to(folder: str, pattern: str) -> str:
    """A pattern of ``folder`` (an absolute path) as one of the file system's root.

    As in ``.gitignore``: a pattern without a slash before its end holds at any
    depth below the folder, another one from the folder itself; ``!`` takes back.
    Raises ``ValueError`` for one that cannot match anything, or is none.
    """
    taken_back = pattern.startswith("!")
    inner = pattern[1:] if taken_back else pattern
    if not inner.strip("/ ") or inner.startswith("../"):
        raise ValueError(f"{pattern!r} matches no file")
    anywhere = "/" not in inner.rstrip("/")
    base = _SPECIAL.sub(r"\\\1", folder.replace(os.sep, "/").rstrip("/"))
    rooted = base if base.startswith("/") or not base else f"/{base}"
    held = f"{'!' if taken_back else ''}{rooted}/{'**/' if anywhere else ''}{inner.lstrip('/')}"
    try:
        _compiled([held])
    except (ValueError, re.error):
        raise ValueError(f"{pattern!r} is no pattern") from None
    return held


def seen_from(folder: str, pattern: str) -> str:
    """A pattern that :func:`held_to` made, as it would be written in a folder for what is in that."""
    taken_back = "!" if pattern.startswith("!") else ""
    inner = pattern.removeprefix("!")
    within = held_to(folder, "x").removesuffix("**/x")
    if inner.startswith(within):
        rest = inner.removeprefix(within)
        anywhere = rest.startswith("**/") and "/" not in rest[3:].rstrip("/")
        return taken_back + (rest[3:] if anywhere else f"/{rest}")
    # One of a folder above that holds at any depth holds here as well; another one names something elsewhere.
    above, joint, rest = inner.partition("/**/")
    if joint and within.startswith(f"{above}/") and "/" not in rest.rstrip("/"):
        return taken_back + rest
    return pattern


def _compiled(patterns: Sequence[str]) -> GitIgnoreSpec:
    # Most runs have no pattern at all.
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        # Of "[[]", in which a later Python may see more than one set of characters.
        warnings.simplefilter("ignore", FutureWarning)
        return GitIgnoreSpec.from_lines(_INSIDE.sub(r"/**/*\1", _spelt_out(pattern)) for pattern in patterns)


def _spelt_out(pattern: str) -> str:
    """A pattern with ``[[:upper:]]`` as ``[A-Z]``; raises ``ValueError`` for a class that there is not."""
    if "[:" not in pattern:
        return pattern
    return _SET.sub(lambda found: _CLASS.sub(_characters, found[0]), pattern)


def _characters(named: re.Match[str]) -> str:
    try:
        return _CLASSES[named[1]]
    except KeyError:
        raise ValueError(f"{named[0]} is no class of characters") from None
