from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(BENCHMARKS))
readings = importlib.import_module("readings")


def test_interval_of_a_share() -> None:
    # Wilson (1927), as in Newcombe (1998), table I: 81 of 263, and 0 of 20.
    assert readings.interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    low, high = readings.interval(0, 20)
    assert low == pytest.approx(0, abs=1e-9)
    assert high == pytest.approx(0.1611, abs=1e-4)


def test_agreement_beyond_chance() -> None:
    # Twenty of both yes, fifteen of both no, fifteen apart: 0.7 agree, 0.5 by chance.
    pairs = [("fault", "fault")] * 20 + [("fault", "false")] * 5 + [("false", "fault")] * 10 + [("false", "false")] * 15
    assert readings.kappa(pairs) == pytest.approx(0.4)
    assert readings.kappa([("fault", "fault")] * 3) == 1


def test_readings_are_added_and_bad_ones_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "FILE", tmp_path / "kept.json")
    new = tmp_path / "new.jsonl"
    for reading in ("fault", "taste"):
        new.write_text(json.dumps({"key": "a", "reading": reading}) + "\n", "utf-8")
        readings.add(new)
    assert readings.readings() == {"a": ["fault", "taste"]}
    new.write_text(json.dumps({"key": "b", "reading": "perhaps"}) + "\n", "utf-8")
    with pytest.raises(SystemExit, match="perhaps"):
        readings.add(new)
    assert readings.readings() == {"a": ["fault", "taste"]}
