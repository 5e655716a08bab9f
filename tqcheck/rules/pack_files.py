"""The files that packs are read from, and what names a compiled copy of them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from tqcheck.errors import RuleError


def builtin_packs() -> list[tuple[str, str]]:
    """(name, content) of each pack file that comes with tqcheck, sorted by name.

    A pack is a file (``zh.toml``) or a folder with a file for each category
    (``es/calque.toml``).
    """
    folder = resources.files("tqcheck.rules").joinpath("packs")
    packs: list[tuple[str, str]] = []
    for entry in folder.iterdir():
        if entry.name.endswith(".toml"):
            packs.append((entry.name, entry.read_text("utf-8")))
        elif entry.is_dir():
            inner = [part for part in entry.iterdir() if part.name.endswith(".toml")]
            packs += [(f"{entry.name}/{part.name}", part.read_text("utf-8")) for part in inner]
    return sorted(packs)


def read_pack(path: Path) -> str:
    """The content of a pack of the user's; raises :class:`~tqcheck.errors.RuleError` where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(str(path), None, f"not UTF-8 (byte offset {error.start})") from None
    except OSError as error:
        raise RuleError(str(path), None, f"cannot read the pack: {error.strerror or error}") from None
    except ValueError as error:
        raise RuleError(str(path), None, f"cannot read the pack: {error}") from None


_SOURCES = (
    "collection.py",
    "expression.py",
    "first_set.py",
    "inflection.py",
    "loader.py",
    "outline.py",
    "pack_parser.py",
    "pattern.py",
    "regex_nodes.py",
    "regex_outline.py",
    "redos.py",
    "schema.py",
    "word_classes.py",
    "common.txt",
    "irregular.txt",
)
_MOST_COPIES = 6


def copy_key(own: Iterable[tuple[str, str]], builtin: bool) -> str:
    """What a copy is made from: the built-in packs and the compiler by size and time of their files, other packs whole.

    Reading all packs takes longer than checking a story.
    """
    folder = resources.files("tqcheck.rules")
    # A copy belongs to the version of Python.
    digest = hashlib.sha256(f"{sys.version}\0{builtin}\0{folder}\0".encode())
    packs = folder.joinpath("packs")
    if isinstance(packs, Path) and isinstance(folder, Path):
        files = [folder / name for name in _SOURCES]
        if builtin:
            files += sorted([*packs.glob("*.toml"), *packs.glob("*/*.toml")])
        # Anchors are folded as texts are.
        for path in [*files, folder.parent / "text" / "spelling.py"]:
            state = path.stat()
            digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    else:
        own = [*builtin_packs(), *((name, folder.joinpath(name).read_text("utf-8")) for name in _SOURCES), *own]
    for name, content in own:
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:24]


def forget_old(copy: Path) -> None:
    """Remove the copies that were made longest ago, beyond a few."""
    try:
        copies = sorted(copy.parent.glob("rules-*.bin"), key=lambda path: path.stat().st_mtime_ns)
        for path in copies[:-_MOST_COPIES]:
            path.unlink()
    except OSError:
        return
