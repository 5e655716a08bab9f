"""Character references of HTML: ``&amp;``, ``&#8212;``, ``&#x2014;``, and old ones without a semicolon."""

from __future__ import annotations

import html
from html.entities import html5

REFERENCE = r"&(?:\#[0-9]+;?|\#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]{1,31};?)"
"""Pattern of what may be a reference; :func:`resolve` decides. For verbose and plain patterns alike."""

# More digits than any code point has, leading zeros aside.
_LONGEST = 7


def resolve(reference: str, *, strict: bool = False) -> tuple[str, int] | None:
    """What a match of :data:`REFERENCE` stands for: (characters, length of the reference), or ``None``.

    The length can be less than that of the match: ``&ampere`` is ``&`` and ``ere``.
    Numbers that are no character give U+FFFD, as in browsers.

    :param strict: accept only references that end in a semicolon, as Markdown does.
    """
    if strict and not reference.endswith(";"):
        return None
    if reference[1] == "#":
        return _number(reference), len(reference)
    name = reference[1:]
    if (found := html5.get(name)) is not None:
        return found, len(reference)
    if strict:
        return None
    for size in range(min(len(name), 6), 1, -1):
        if (found := html5.get(name[:size])) is not None:
            return found, size + 1
    return None


def _number(reference: str) -> str:
    digits = reference[2:].rstrip(";")
    if digits[0] in "xX":
        digits = digits[1:].lstrip("0")
        base = "x"
    else:
        digits = digits.lstrip("0")
        base = ""
    if len(digits) > _LONGEST:
        return "\ufffd"
    return html.unescape(f"&#{base}{digits or '0'};") or "\ufffd"
