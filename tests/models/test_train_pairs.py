"""The pairs that the tagger of calques learns from are well made, and none gives away a test sentence."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tqcheck.result import CATEGORIES
from tqcheck.rules.schema import MECHANICAL
from tqcheck.text.language_names import language_name

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
pairs = importlib.import_module("models.detector.train.pairs")
case_sentences = importlib.import_module("benchmarks.case_sentences")

EVERY: list[Any] = pairs.read_pairs()
GOOD = """[[pair]]
language = "de"
category = "calque"
origin = "in Höhe von"
wrong = "The fire caused damage [in the height of] a million euros."
right = "The fire caused damage of a million euros."
fine = "The tower stops at a height of 90 metres."
"""


def words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_there_are_many_and_some_are_kept_for_testing() -> None:
    assert len(EVERY) >= 2000
    assert 0.1 < sum(pair.tested for pair in EVERY) / len(EVERY) < 0.25


def test_each_names_a_language_and_a_category_of_wording() -> None:
    for pair in EVERY:
        assert language_name(pair.language) != pair.language, pair
        assert pair.category in set(CATEGORIES) - MECHANICAL, pair


def test_right_and_wrong_differ_only_about_the_brackets() -> None:
    for pair in EVERY:
        text, start, _ = pair.artifact
        assert text != pair.right
        assert words(pair.artifact[0]) != words(pair.fine)
        if pair.category not in ("word-order", "grammar", "article"):
            same = max(start - 8, 0)
            assert text[:same].lower() == pair.right[:same].lower(), pair


def test_no_sentence_occurs_twice() -> None:
    sentences = [words(text) for pair in EVERY for text in (pair.artifact[0], pair.right, pair.fine)]
    assert len(set(sentences)) == len(sentences)


def test_no_pair_marks_what_a_test_case_marks() -> None:
    cases = case_sentences.read_cases()
    marked = {words(case.text[slice(*case.span)]) for case in cases if case.span is not None}
    told = [words(pair.artifact[0][slice(*pair.artifact[1:])]) for pair in EVERY]
    # A preposition or an article by itself gives nothing away.
    assert not [one for one in told if " " in one and one in marked]
    assert not {words(case.text) for case in cases} & {words(pair.artifact[0]) for pair in EVERY}


def test_another_form_of_the_same_words_falls_in_the_same_part() -> None:
    one = pairs.Pair("de", "calque", "x", "It [holds speeches] often.", "It speaks often.", "Fine.")
    other = pairs.Pair("nl", "calque", "y", "They were [speeches holds] again.", "They spoke again.", "Fine.")
    assert one.tested == other.tested


def test_the_artifact_is_the_sentence_without_its_brackets() -> None:
    pair = pairs.Pair("de", "calque", "x", "Damage [in the height of] a million.", "Damage of a million.", "Fine.")
    text, start, end = pair.artifact
    assert (text, text[start:end]) == ("Damage in the height of a million.", "in the height of")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("[in the height of]", "in the height of", ValueError),
        ("[in the height of] a million", "[in the height of] [a million]", ValueError),
        ("of a million euros.", "of a [million] euros.", ValueError),
        ('origin = "in Höhe von"\n', "", TypeError),
        ('"in Höhe von"', '""', ValueError),
    ],
)
def test_a_pair_that_is_not_well_made_is_refused(tmp_path: Path, old: str, new: str, error: type[Exception]) -> None:
    (tmp_path / "good.toml").write_text(GOOD, "utf-8")
    assert len(pairs.read_pairs(tmp_path)) == 1
    assert old in GOOD
    (tmp_path / "good.toml").write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(error):
        pairs.read_pairs(tmp_path)
