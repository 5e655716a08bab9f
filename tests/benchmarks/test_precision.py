from __future__ import annotations

import importlib
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(BENCHMARKS))
precision = importlib.import_module("precision")


def test_decoys_are_right_uses_with_the_message_of_their_rule() -> None:
    found = precision.decoys(50)
    assert len(found) == len({one["rule"] for one in found}) == 50
    assert all(str(one["text"]).count("⟦") == str(one["text"]).count("⟧") == 1 for one in found)
