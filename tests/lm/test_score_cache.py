from __future__ import annotations

import math
from pathlib import Path

from tqcheck.lm.score_cache import ScoreCache


def test_scores_come_back_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "scores.sqlite"
    cache = ScoreCache(path)
    cache.put({b"a": [-1.5, 1 / 3, -0.0, 5e-324], b"b": []})
    cache.close()
    found = ScoreCache(path).get([b"a", b"b", b"c"])
    assert found == {b"a": (-1.5, 1 / 3, 0.0, 5e-324), b"b": ()}
    assert math.copysign(1.0, found[b"a"][2]) == -1.0
    assert cache.problem is None


def test_the_problem_names_what_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    cache = ScoreCache(tmp_path / "file" / "scores.sqlite")
    cache.put({b"a": [1.0]})
    assert cache.get([b"a"]) == {}
    assert "scores of the language model are not kept" in str(cache.problem)
