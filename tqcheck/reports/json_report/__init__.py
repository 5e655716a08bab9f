"""The JSON report ``tqcheck-report/1``: written, read back, and described by its schema.

The report is a contract with other programs: its fields, their order and
their rounding do not change within version 1, and one result always gives the
same bytes. The words of a sentence are there only when a check was asked for
them. What the contract leaves out (the source text, notes, dropped
candidates) is not written, so a result read back has none of them.
"""

from __future__ import annotations

from tqcheck.reports.json_report.contract import SCHEMA, schema
from tqcheck.reports.json_report.reading import from_wire
from tqcheck.reports.json_report.writing import dumps, to_wire

__all__ = ["SCHEMA", "dumps", "from_wire", "schema", "to_wire"]
