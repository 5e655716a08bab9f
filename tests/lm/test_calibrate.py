from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path

import pytest

from tqcheck.text.words import WORD

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
calibrate = importlib.import_module("benchmarks.calibrate")
split = importlib.import_module("benchmarks.split")

needs_data = pytest.mark.skipif(not split.DATA.is_file(), reason="the development data is not beside the repository")


@needs_data
@pytest.mark.parametrize("part", ["train", "development"])
def test_sample_is_human_written_of_one_part_and_mixed(part: str) -> None:
    documents = calibrate.sample(part, 60)
    assert {split.part_of(one.id, one.system) for one in documents} == {part}
    assert Counter(one.label for one in documents) == {"original": 30, "human": 30}
    assert sum(one.id.startswith("bbc-") for one in documents) == 10
    keys = [split.article_key(one.id, one.system) for one in documents]
    assert len(keys) == len(set(keys))
    assert [one.id for one in calibrate.sample(part, 60)] == [one.id for one in documents]


def test_spans_are_sentences_of_lines_up_to_the_limit() -> None:
    text = "One headline\nA first sentence. A second one.\n\n" + "\n".join(
        ["Ten words are in this line, or so I hope."] * 90
    )
    found = calibrate.spans(text)
    assert [text[start:end] for start, end in found[:3]] == ["One headline", "A first sentence.", "A second one."]
    assert calibrate.WORDS - 10 <= sum(len(WORD.findall(text, start, end)) for start, end in found) <= calibrate.WORDS
