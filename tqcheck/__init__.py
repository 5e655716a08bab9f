"""tqcheck: finds machine-translation artifacts in English news copy."""

from __future__ import annotations

__version__ = "0.1.0"
