"""Paths of documents as other programs expect them: relative to a folder, with forward slashes, as URIs."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import quote

STANDARD_INPUT = "-"

_SURROGATE = re.compile("[\ud800-\udfff]")


def named(path: str) -> str:
    """What people call a document: its path, or ``standard input``."""
    return "standard input" if path == STANDARD_INPUT else path


class Uri(NamedTuple):
    """A URI reference, and whether it is relative to the folder of the run."""

    text: str
    relative: bool


def relative_path(path: str, base: str | None) -> str:
    """``path`` from the folder ``base``, with forward slashes; outside it, or where that is ``None``, as it was.

    Nothing is asked of the file system, so links are not followed. Bytes of a
    name that are not Unicode become U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", _relative(path, base))


def uri_of(path: str, base: str | None) -> Uri:
    """The percent-encoded URI of a path: relative inside ``base``, ``file:`` for an absolute path outside it.

    A relative path that leaves ``base`` becomes absolute; where ``base`` is
    ``None`` it stays as it is.
    """
    found = _relative(path, base)
    if found.startswith("../") and base is not None:
        found = _normal(posixpath.join(_slashed(base), found))
    if _is_absolute(found):
        rooted = found if found.startswith("/") else f"/{found}"
        return Uri(f"file://{_quoted(rooted)}", False)
    return Uri(_quoted(found), True)


def _relative(path: str, base: str | None) -> str:
    if path == STANDARD_INPUT:
        return path
    found = _normal(_slashed(path))
    if base is not None and _is_absolute(found):
        folder = _normal(_slashed(base)).rstrip("/")
        if found == folder:
            return "."
        if found.startswith(f"{folder}/"):
            return found[len(folder) + 1 :]
    return found


def _slashed(path: str) -> str:
    return PurePath(path).as_posix() if os.sep == "\\" else path


def _normal(path: str) -> str:
    # POSIX keeps two leading slashes; a URI would take what follows them for a host.
    found = posixpath.normpath(path)
    return found[1:] if found.startswith("//") else found


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or (os.sep == "\\" and PurePath(path).is_absolute())


def _quoted(path: str) -> str:
    # The name's own bytes where it is not Unicode, so that the URI still leads to the file.
    data = path.encode("utf-8", "surrogateescape" if _only_escapes(path) else "replace")
    quoted = quote(data, safe="/")
    # A colon in the first segment would read as a scheme; quote() has encoded it, but Windows drives need theirs.
    return re.sub(r"^/([A-Za-z])%3A/", r"/\1:/", quoted)


def _only_escapes(path: str) -> bool:
    return all("\udc80" <= one <= "\udcff" for one in _SURROGATE.findall(path))
