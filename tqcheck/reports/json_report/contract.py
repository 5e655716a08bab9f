"""The contract: its name, its schema, and which documents have sentences and findings in it."""

from __future__ import annotations

import json
from typing import Any

from tqcheck.result import DocumentResult

SCHEMA = "tqcheck-report/1"
"""Name and version of the contract, the first field of every report."""

_SCHEMA_FILE = "tqcheck-report-1.schema.json"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the report, freshly loaded: the caller may change it."""
    from importlib.resources import files

    loaded: dict[str, Any] = json.loads(files("tqcheck.reports").joinpath(_SCHEMA_FILE).read_text(encoding="utf-8"))
    return loaded


def is_checked(document: DocumentResult) -> bool:
    """Whether a document was neither skipped nor failed; only then it has sentences and findings."""
    return document.skipped is None and document.error is None
