from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def seconds() -> Callable[[Callable[[], object]], float]:
    """Measures a call: processor seconds of the better of two runs.

    Without the garbage collector, which would add the time of every object of the whole test session.
    """

    def measure(call: Callable[[], object]) -> float:
        taken = []
        gc.collect()
        gc.disable()
        try:
            for _ in range(2):
                start = time.process_time()
                call()
                taken.append(time.process_time() - start)
        finally:
            gc.enable()
        return min(taken)

    return measure


@pytest.fixture(scope="session")
def seed() -> Path:
    folder = SHARED / "seed"
    if not folder.is_dir():
        pytest.skip("the seed article is not beside this checkout (../shared/seed)")
    return folder
