from __future__ import annotations

import math
import zlib

import numpy as np
import pytest

from tqcheck.detector.ngrams import FRAMES, WORDS, NgramModel, Table, hashed, ngrams


def table(weights: dict[str, float], rarity: float = 1.0) -> Table:
    keys = {zlib.crc32(ngram.encode()): weight for ngram, weight in weights.items()}
    hashes = np.array(sorted(keys), dtype=np.uint32)
    column = np.array([[keys[int(key)]] for key in hashes], dtype=np.float32)
    return Table(hashes, np.full(len(hashes), rarity, dtype=np.float32), column)


def test_ngrams_of_all_orders() -> None:
    assert list(ngrams(["a", "b", "c", "d"], 3)) == ["a", "b", "c", "d", "a b", "b c", "c d", "a b c", "b c d"]
    assert list(ngrams([], 3)) == []


def test_counts_are_by_hash() -> None:
    assert hashed(["a", "a"], 1) == {zlib.crc32(b"a"): 2}


def test_a_score_is_that_of_the_vector_of_length_one() -> None:
    found = table({"so": 2.0, "far": -1.0}).score(hashed(["so", "so", "far", "away"], 1))
    so, far = 1 + math.log(2), 1.0
    assert found[0] == pytest.approx((2 * so - far) / math.hypot(so, far), rel=1e-6)


def test_unknown_words_and_no_words_score_nothing() -> None:
    assert table({"so": 2.0}).score(hashed(["other"], 1)).tolist() == [0]
    assert table({"so": 2.0}).score({}).tolist() == [0]


def test_a_longer_text_of_the_same_kind_does_not_count_for_more() -> None:
    one = table({"so": 2.0, "far": -1.0})
    assert one.score(hashed(["so"], 1))[0] == pytest.approx(one.score(hashed(["so"] * 50, 1))[0])


def model(words: dict[str, float]) -> NgramModel:
    return NgramModel({WORDS: table(words), FRAMES: table({"_ter": 0.5})}, np.array([0.25]), frozenset({"the"}))


def test_kinds_add_up_with_the_bias() -> None:
    words = ["the", "minister"]
    both = model({"the": 1.0}).score(words)[0]
    assert both == pytest.approx(0.25 + 1.0 + 0.5)
    assert model({"the": 1.0}).score(words, (FRAMES,))[0] == pytest.approx(0.75)


def test_telling_wordings_are_the_heaviest_and_do_not_overlap() -> None:
    weights = {"in the frame": 3.0, "the frame": 2.0, "said that": 1.0, "frame": 9.0, "of the": 8.0, "that day": -2.0}
    words = ["in", "the", "frame", "of", "the", "talks", "he", "said", "that", "day", ",", "3"]
    assert model(weights).telling(words, 0, 3) == ["in the frame", "said that"]
    assert model(weights).telling(words, 0, 1) == ["in the frame"]
    assert model(weights).telling([], 0, 3) == []
