"""Regular expressions kept compiled.

Compiling an expression of some hundred alternatives takes :mod:`re` longer
than searching a story with it. What the compiler makes is a list of numbers,
which :mod:`re` neither gives out nor takes back, so this uses its private
parts; where a version of Python has others, expressions are compiled anew.
What is kept belongs to one version of Python.
"""

from __future__ import annotations

import re
import zlib
from array import array
from typing import Any

try:
    import _sre  # type: ignore[import-not-found]
    from re import _compiler, _parser  # type: ignore[attr-defined]
except ImportError:
    _sre = None

Code = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
"""Flags, code (compressed), number of groups, numbers of the named groups, names of the groups."""


def compiled(regex: str) -> Code | None:
    """What ``regex`` compiles to; ``None`` where this version of Python does not say. Raises :class:`re.error`."""
    if _sre is None:
        return None
    # What compiles expressions is loaded only where there is no copy of them.
    from tqcheck.rules.first_set import hastened

    try:
        parsed = _parser.parse(regex, 0)
        names: dict[str, int] = dict(parsed.state.groupdict)
        groups: list[str | None] = [None] * parsed.state.groups
        for name, number in names.items():
            groups[number] = name
        flags = int(parsed.state.flags)
        plain = _compiler._code(parsed, 0)
        whole = hastened(plain, parsed)
        try:
            _sre.compile(regex, flags, whole, len(groups) - 1, names, tuple(groups))
        except RuntimeError:
            # This version of Python wants something else told of where a match can begin.
            whole = plain
        code = array("I", whole)
    except (AttributeError, TypeError, OverflowError):
        return None
    return flags, zlib.compress(code.tobytes(), 1), len(groups) - 1, names, tuple(groups)


def expression(regex: str, code: Any = None) -> re.Pattern[str]:
    """The expression ``regex``, from its :func:`compiled` form where there is one."""
    if code is None or _sre is None:
        return re.compile(regex)
    try:
        flags, numbers, count, names, groups = code
        whole = array("I", zlib.decompress(numbers)).tolist()
        pattern: re.Pattern[str] = _sre.compile(regex, flags, whole, count, names, groups)
    except (AttributeError, TypeError, ValueError, RuntimeError, OverflowError, zlib.error):
        return re.compile(regex)
    return pattern
