from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tqcheck import Checker, Settings


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def check(tiny_folder: Path, cache: Path) -> Callable[..., Checker]:
    def made(**settings: Any) -> Checker:
        return Checker(Settings(**{"model": str(tiny_folder), "cache": cache, "keep_scores": False, **settings}))

    return made
