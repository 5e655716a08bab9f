from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def resolved(tiny_folder: Path) -> SimpleNamespace:
    """What the training scripts are given for the embedded language model."""
    return SimpleNamespace(folder=tiny_folder, sha256="0" * 64)
