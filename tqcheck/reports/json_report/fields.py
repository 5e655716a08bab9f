"""Fields of a report as it is read: each of its type and within its range, or named in the reason.

Each function takes the value and the name of the field, and raises :class:`MismatchError`.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

from tqcheck.reports.json_report.contract import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGEST = re.compile(r"sha256:[0-9a-f]+")


class MismatchError(Exception):
    """What is wrong with the report, and in which field."""


def read_extent(fields: dict[str, Any], where: str) -> tuple[int, int]:
    """The fields ``start`` and ``end``, in code points, the second not less than the first."""
    start = read_integer(fields["start"], f"{where}.start", 0)
    end = read_integer(fields["end"], f"{where}.end", 0)
    if end < start:
        raise MismatchError(f"{where}.end: must not be less than start ({start}), and is {end}")
    return start, end


def read_object(value: Any, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    """An object with exactly the fields of ``names``."""
    if not isinstance(value, dict):
        _wrong(value, where, "an object")
    if value.keys() == set(names):
        return value
    for name in names:
        if name not in value:
            raise MismatchError(f"{where}: the field {name!r} is missing")
    unknown = next(name for name in value if name not in names)
    raise MismatchError(f"{where}: the field {unknown!r} is not part of {SCHEMA}")


def read_list(value: Any, where: str) -> Iterable[Any]:
    """A list of anything."""
    if not isinstance(value, list):
        _wrong(value, where, "a list")
    return value


def read_string(value: Any, where: str, *, filled: bool = False) -> str:
    """A string, not empty if ``filled``."""
    if not isinstance(value, str):
        _wrong(value, where, "a string")
    if filled and not value:
        _wrong(value, where, "a string that is not empty")
    return value


def read_optional_string(value: Any, where: str) -> str | None:
    """A string that is not empty, or ``None``."""
    return None if value is None else read_string(value, where, filled=True)


def read_strings(value: Any, where: str, *, filled: bool = False) -> tuple[str, ...]:
    """A list of strings, none of them empty if ``filled``."""
    return tuple(
        read_string(entry, f"{where}[{index}]", filled=filled) for index, entry in enumerate(read_list(value, where))
    )


def read_digest(value: Any, where: str) -> str:
    """``sha256:`` and hexadecimal digits."""
    text = read_string(value, where)
    return text if _DIGEST.fullmatch(text) else _wrong(text, where, "'sha256:' and hexadecimal digits")


def read_choice(value: Any, where: str, allowed: tuple[str, ...]) -> str:
    """One of the strings ``allowed``."""
    text = read_string(value, where)
    return text if text in allowed else _wrong(text, where, f"one of {', '.join(allowed)}")


def read_boolean(value: Any, where: str) -> bool:
    """True or false."""
    return value if isinstance(value, bool) else _wrong(value, where, "true or false")


def read_integer(value: Any, where: str, least: int) -> int:
    """A whole number of ``least`` or more."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    # JSON has one type of number: 12.0 is the integer 12 after a trip through other tools.
    if not whole and not (isinstance(value, float) and value.is_integer()):
        _wrong(value, where, "a whole number")
    if value < least:
        _wrong(value, where, f"{least} or more")
    return int(value)


def read_number(value: Any, where: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number from ``least`` to ``most``."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _wrong(value, where, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        _wrong(value, where, "a finite number")
    if not least <= number <= most:
        _wrong(value, where, f"{least:g} or more" if most == math.inf else f"from {least:g} to {most:g}")
    return number


def read_optional_number(value: Any, where: str, least: float = -math.inf, most: float = math.inf) -> float | None:
    """A finite number from ``least`` to ``most``, or ``None``."""
    return None if value is None else read_number(value, where, least, most)


def _wrong(value: Any, where: str, wanted: str) -> NoReturn:
    try:
        shown = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        shown = repr(value)
    raise MismatchError(f"{where}: must be {wanted}, not {shown if len(shown) <= 60 else shown[:59] + '…'}")
