"""How far other translations of a sentence chose the same words."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
consensus = importlib.import_module("models.detector.train.consensus")
split = importlib.import_module("benchmarks.split")


def version(system: str, label: str, *segments: str, language: str = "ru", year: int = 2021) -> object:
    name = f"wmt21-{language}-en-kp.1-{system}"
    return split.NewsDocument(name, label, language, system, year, "\n".join(segments))


ONE = "The ministers met in Minsk on Monday."
TWO = "Ministers met in the capital, in Minsk 🎉."
THREE = "The ministers gathered in Minsk Monday."
FOUR = "Ministers had a meeting at Minsk."


def test_shares_of_the_others_that_lack_a_word_and_its_neighbours() -> None:
    found = consensus.compare("ru", ONE, [TWO, THREE])
    by_word = {ONE[start:end]: tuple(share) for (start, end), share in zip(found.words, found.alone, strict=True)}
    assert by_word["Minsk"] == (0.0, 0.0)
    assert by_word["met"] == (0.5, 0.5)
    assert by_word["on"] == (1.0, 1.0)
    # Both have it, but only one of them beside a word that stands beside it here.
    assert by_word["The"] == (0.0, 0.5)


@pytest.mark.parametrize("text", ["", "🎉 …"])
def test_a_text_without_words(text: str) -> None:
    found = consensus.compare("ru", text, [ONE])
    assert found.words == []
    assert found.alone.shape == (0, 2)


def test_only_sentences_of_machines_with_enough_versions_are_read() -> None:
    documents = [
        version("One", "machine", ONE, "A second segment that two have.", "short"),
        version("Two", "machine", TWO, "A second segment that two have."),
        version("Three", "machine", THREE),
        version("refA", "human", FOUR),
        version("Four", "machine", ONE),
        version("One", "machine", ONE, language="zh"),
        version("One", "machine", ONE, year=2018),
    ]
    found = consensus.read_compared(10, documents)
    assert sorted(one.text for one in found) == sorted([ONE, TWO, THREE])
    (one,) = (one for one in found if one.text == ONE)
    assert np.allclose(one.alone[2], [2 / 3, 2 / 3])
    assert len(consensus.read_compared(2, documents)) == 2
    assert [one.text for one in consensus.read_compared(10, documents)] == [one.text for one in found]


def test_what_a_person_wrote_too_is_no_sentence_of_a_machine() -> None:
    documents = [
        version("One", "machine", ONE),
        version("refA", "human", ONE),
        *(version(name, "machine", text) for name, text in (("Two", TWO), ("Three", THREE), ("Four", FOUR))),
    ]
    assert ONE not in [one.text for one in consensus.read_compared(10, documents)]
