"""The JSON report ``tqcheck-report/1``: written, read back, and described by its schema.

The report is a contract with other programs: its fields, their order and
their rounding do not change within version 1, and one result always gives the
same bytes. The words of a sentence are there only when a check was asked for
them. What the contract leaves out (the source text, notes, dropped
candidates) is not written, so a result read back has none of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from tqcheck.reports.json_report.contract import SCHEMA, schema
from tqcheck.reports.json_report.reading import from_json
from tqcheck.reports.json_report.writing import dumps, to_json

__all__ = ["SCHEMA", "dumps", "from_json", "schema", "to_json"]

_RENAMED: dict[str, Callable[..., Any]] = {"to_wire": to_json, "from_wire": from_json}


def __getattr__(name: str) -> Callable[..., Any]:
    """The names of functions before 0.2, deprecated."""
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    new = _RENAMED[name]
    warnings.warn(f"{name} is deprecated; use {new.__name__}", DeprecationWarning, stacklevel=2)
    return new
