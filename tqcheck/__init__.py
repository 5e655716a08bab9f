"""tqcheck: finds machine-translation artifacts in English news copy.

>>> from tqcheck import Settings, check_text
>>> result = check_text("In the best of cases, talks resume in May.", settings=Settings(lm="off"))
>>> result.findings[0].text, result.findings[0].suggestions[0]
('In the best of cases', 'At best')

Nothing heavy is imported until it is used: torch and transformers when the
language model scores for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tqcheck.config.settings import Settings
    from tqcheck.errors import TqcheckError
    from tqcheck.pipeline.checker import Checker, check_file, check_text
    from tqcheck.pipeline.run import check_files
    from tqcheck.result import (
        CheckResult,
        DocumentResult,
        Finding,
        Fluency,
        SentenceResult,
        Severity,
        Signature,
        Verdict,
    )

__all__ = [
    "CheckResult",
    "Checker",
    "DocumentResult",
    "Finding",
    "Fluency",
    "SentenceResult",
    "Settings",
    "Severity",
    "Signature",
    "TqcheckError",
    "Verdict",
    "check_file",
    "check_files",
    "check_text",
]

_HOMES = {
    "Checker": "pipeline.checker",
    "check_file": "pipeline.checker",
    "check_files": "pipeline.run",
    "check_text": "pipeline.checker",
    "TqcheckError": "errors",
    "Settings": "config.settings",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tqcheck' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"tqcheck.{_HOMES.get(name, 'result')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
