from __future__ import annotations

import pytest

from tqcheck.cache.folder import cache_folder
from tqcheck.rules.loader import load_rules


@pytest.fixture(scope="session", autouse=True)
def compiled_rules() -> None:
    """The rules are in the user's cache, so that not each process has to compile them before one has kept them.

    ``test_a_cache_that_is_in_the_way`` has a process without them.
    """
    load_rules(cache=cache_folder())
