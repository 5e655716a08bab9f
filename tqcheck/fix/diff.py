"""The difference between two texts as a patch that ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

import difflib
import re

_ODD = re.compile(rb'[^\x20-\x7e]|["\\]')
_NAMED = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def unified_diff(path: str, before: str, after: str) -> str:
    r"""The patch that makes ``after`` of ``before``; empty where they are the same.

    Lines end at ``\n`` alone, as they do for git: a carriage return is part of its line.

    :param path: of the file, with slashes; names that git would quote are quoted as it does.
    """
    if before == after:
        return ""
    lines: list[str] = []
    for line in difflib.unified_diff(_lines(before), _lines(after), _name("a", path), _name("b", path)):
        lines.append(line)
        if not line.endswith("\n"):
            lines.append("\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _name(side: str, path: str) -> str:
    name = f"{side}/{path.lstrip('/')}"
    raw = name.encode("utf-8", "surrogateescape")
    if _ODD.search(raw):
        return '"' + _ODD.sub(_octal, raw).decode("ascii") + '"'
    # The blank is no end of the name where a tab follows.
    return name + "\t" if " " in name else name


def _octal(match: re.Match[bytes]) -> bytes:
    byte = match[0][0]
    return f"\\{_NAMED[byte] if byte in _NAMED else format(byte, '03o')}".encode()
