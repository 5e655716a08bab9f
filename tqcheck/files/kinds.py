"""Which reader a file needs, by its name or, where the name does not say, by its beginning."""

from __future__ import annotations

import re
from pathlib import PurePath

from tqcheck.text.document import Kind

KINDS: dict[str, Kind] = {
    ".txt": "plain",
    ".text": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
"""The reader for each suffix, in lower case."""

SUFFIXES = frozenset(KINDS)
"""Suffixes of the files that a folder walk picks up."""

_PAGE = re.compile(r"\ufeff?\s*(?:<\?xml\b[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def has_suffix(name: str) -> bool:
    """Whether the name of a file ends in one of :data:`SUFFIXES`."""
    return PurePath(name).suffix.lower() in SUFFIXES


def kind_of(path: str) -> Kind:
    """The reader for a path by its suffix; ``plain`` for ``-`` and for suffixes we do not know."""
    return KINDS.get(PurePath(path).suffix.lower(), "plain")


def sniff(text: str, path: str) -> Kind:
    """Like :func:`kind_of`; where the suffix says nothing, a text that begins as a web page does is HTML."""
    if PurePath(path).suffix.lower() not in KINDS and _PAGE.match(text, 0, 2000):
        return "html"
    return kind_of(path)
