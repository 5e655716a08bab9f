from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def seed() -> Path:
    folder = SHARED / "seed"
    if not folder.is_dir():
        pytest.skip("the seed article is not beside this checkout (../shared/seed)")
    return folder
