from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path

import pytest

from tqcheck.lm.scoring import SentenceSurprisal
from tqcheck.text import WORD

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


def test_prefixes_pass_each_edge_once() -> None:
    document = split.NewsDocument("x", "original", "en", "source", 2021, "")
    sentences = tuple(SentenceSurprisal(40.0, 20, 15) for _ in range(9))
    assert [tokens for _, tokens in calibrate.prefixes(calibrate.Scored(document, sentences))] == [40, 80, 160, 180]
    assert calibrate.prefixes(calibrate.Scored(document, sentences[:1])) == [(40.0, 20)]
    assert calibrate.prefixes(calibrate.Scored(document, (SentenceSurprisal(900.0, 400, 300),))) == [(900.0, 400)]


def test_buckets_need_enough_texts() -> None:
    pairs = [(float(tokens) * 5, tokens) for tokens in range(1, 60)]
    (bucket,) = calibrate.buckets(pairs, (1, 50))
    assert bucket["count"] == 49
    assert bucket["tokens"] == 25.0
    assert set(bucket["quantiles"]) == {5.0}  # type: ignore[call-overload]
