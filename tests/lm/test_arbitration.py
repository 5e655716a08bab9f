from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm.arbitration import Arbiter, Thresholds, gain


class CountingScorer:
    """Gives each text minus its length, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def log_probabilities(self, texts: Sequence[str], progress: object = None) -> list[float]:
        self.asked.append(list(texts))
        return [-float(len(text)) for text in texts]


def test_gain_is_positive_where_the_fix_is_likelier() -> None:
    assert gain(-100.0, -88.6) == pytest.approx(11.4)


def test_gains_in_order_and_each_text_asked_once_if_it_has_fixes() -> None:
    scorer = CountingScorer()
    comparisons = [("aaaa", ["aa", "aaaaaa"]), ("bbb", []), ("aaaa ", ["aa"]), ("aa", ["aaaa"])]
    assert Arbiter(scorer).gains(comparisons) == [[2.0, -2.0], [], [2.0], [-2.0]]
    assert scorer.asked == [["aaaa", "aa", "aaaaaa"]]


def test_nothing_to_compare_asks_nothing() -> None:
    scorer = CountingScorer()
    assert Arbiter(scorer).gains([]) == []
    assert Arbiter(scorer).gains([("a", [])]) == [[]]
    assert scorer.asked == []


def test_most_particular_threshold_counts(tmp_path: Path) -> None:
    (tmp_path / "arbitration.json").write_text(
        '{"default": 3, "categories": {"calque": 2.5}, "rules": {"ES014": 0.5}}', encoding="utf-8"
    )
    thresholds = Thresholds.load(tmp_path)
    assert thresholds.needed("ES014", "calque", 9.0) == 0.5
    assert thresholds.needed("ES015", "calque", 9.0) == 2.5
    assert thresholds.needed("ES016", "tense", 9.0) == 3.0


def test_a_rule_without_a_margin_is_never_sure(tmp_path: Path) -> None:
    (tmp_path / "arbitration.json").write_text('{"rules": {"ES014": 0.5}, "margins": {"ES014": 6}}', encoding="utf-8")
    thresholds = Thresholds.load(tmp_path)
    assert thresholds.sure("ES014", "calque", 9.0) == 6.5
    assert thresholds.sure("ES015", "calque", 9.0) == math.inf
    assert Thresholds().sure("ES014", "calque", 9.0) == math.inf


def test_without_a_file_the_declared_number_counts(tmp_path: Path) -> None:
    assert Thresholds.load(tmp_path) == Thresholds()
    assert Thresholds.load(tmp_path).needed("ES014", "calque", 2.0) == 2.0


@pytest.mark.parametrize("content", ["{", "[1]", '{"default": "much"}', '{"rules": [1]}', '{"rules": {"A": null}}'])
def test_damaged_thresholds(content: str, tmp_path: Path) -> None:
    (tmp_path / "arbitration.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"arbitration\.json: not usable"):
        Thresholds.load(tmp_path)
