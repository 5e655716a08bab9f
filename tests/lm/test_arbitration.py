from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm.arbitration import Comparison, Thresholds, score_and_compare
from tqcheck.lm.token_tree import Replacement


class Teller:
    """Tells a change inside the sentences 10 less its place; by itself a text has minus its length."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.changes: list[list[Replacement]] = []

    def score_and_compare(self, documents: Any, changes: Any, progress: object = None, **options: Any) -> Any:
        self.changes += changes
        gains = [
            [10.0 - change.start if change.end <= max((end for _, end in spans), default=0) else None for change in own]
            for (_, spans), own in zip(documents, changes, strict=True)
        ]
        return [[text] for text, _ in documents], gains

    def log_probabilities(self, texts: Sequence[str], progress: object = None) -> list[float]:
        self.asked.append(list(texts))
        return [-float(len(text)) for text in texts]


def compare(scorer: Teller, documents: Any, comparisons: Any) -> Any:
    return score_and_compare(scorer, documents, comparisons)  # type: ignore[arg-type]


def test_gains_of_documents_in_order() -> None:
    scorer = Teller()
    documents = [("one two. three", [(0, 8)]), ("four", [(0, 4)])]
    comparisons = [[Comparison(0, 8, ["one too.", "a two."]), Comparison(4, 7, [])], [Comparison(0, 4, ["for"])]]
    sentences, gains = compare(scorer, documents, comparisons)
    assert sentences == [["one two. three"], ["four"]]
    assert gains == [[[5.0, 10.0], []], [[8.0]]]
    assert scorer.changes == [[Replacement(5, 6, "o"), Replacement(0, 3, "a")], [Replacement(2, 3, "")]]
    assert scorer.asked == []


def test_what_cannot_be_told_in_the_document_is_compared_by_itself() -> None:
    scorer = Teller()
    comparisons = [[Comparison(0, 3, ["one", "oh"]), Comparison(8, 14, ["thirty", " 3 "])]]
    assert compare(scorer, [("one two. three", [(0, 8)])], comparisons)[1] == [[[7.0, 9.0], [-1.0, 4.0]]]
    assert scorer.asked == [["three", "thirty", "3"]]


def test_all_suggestions_of_a_candidate_are_compared_in_one_way() -> None:
    """One reaches beyond the sentences; against those in the document it would not be comparable."""
    scorer = Teller()
    assert compare(scorer, [("one two", [(0, 3)])], [[Comparison(0, 7, ["an two", "one to"])]])[1] == [[[1.0, 1.0]]]
    assert scorer.asked == [["one two", "an two", "one to"]]


def test_what_is_needed_is_told_of_every_fix() -> None:
    scorer = Teller()
    compare(scorer, [("one two", [(0, 7)])], [[Comparison(0, 7, ["an two", "one to"], 2.5), Comparison(4, 7, ["to"])]])
    assert [change.needed for change in scorer.changes[0]] == [2.5, 2.5, -math.inf]


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
