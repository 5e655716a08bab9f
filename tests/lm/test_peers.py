"""Log-probabilities beside those of minicons, which has its own way from texts to tokens to scores.

Tolerance is 1e-4 nats. The places of tokens are counted here in bytes, one for
each character of a byte-level token, so neither the tokenizer's offsets nor
those of tqcheck decide which token belongs to which word.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tqcheck.lm import models
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.sentences import SentenceSurprisal
from tqcheck.lm.words import WordBounds
from tqcheck.text.sentences import split_sentences

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("minicons") is None,
    reason="minicons is not installed: pip install -e '.[test,peers]'",
)

NATS = 1e-4
FIRST_WORDS = ["The", "Nobody", "x", "2024", "“No", "👍🏽"]
SENTENCES = [
    "The talks failed, and nobody had said so!",
    "He (“the boss”) paid $3.5; she — 20%…",
    "It isn't a 12-year-old plan.",
    "Café 👍🏽 owners: naïve 👩‍👧?",
]
STORY = "It failed. Who had known 👍🏽! “We will,” she said."
UNMARKED = "The company told reporters that nobody expected the vote"
BLANKS = "ĠĊ"  # the blank and the line feed as byte-level tokens write them

PlainModel = Callable[[Path], tuple[Any, Any, int]]


class Peer:
    """minicons on one model. Natural log-probabilities after the beginning token."""

    def __init__(self, model: Any, tokenizer: Any, beginning: int) -> None:
        from minicons.scorer import IncrementalLMScorer
        from transformers import PreTrainedTokenizerFast

        # Without a padding token minicons adds one to the model, and with it a row to every softmax.
        marker = tokenizer.id_to_token(beginning)
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=marker, pad_token=marker)
        self._scorer = IncrementalLMScorer(model, "cpu", tokenizer=fast)
        self._seen: dict[str, list[tuple[float, int, int]]] = {}

    def tokens(self, texts: list[str]) -> list[list[tuple[str, float]]]:
        """Each token of each text as the vocabulary writes it, with its log-probability; one padded batch."""
        rows = self._scorer.token_score(texts, bos_token=True)
        assert all(row[0] == (self._scorer.tokenizer.bos_token, 0.0) for row in rows)
        return [row[1:] for row in rows]

    def words(self, text: str) -> list[tuple[str, float]]:
        """The words between blanks, as minicons itself finds their tokens."""
        (found,) = self._scorer.word_score_tokenized([text], str.split, bos_token=True)
        return list(found)

    def sentences(self, text: str) -> list[tuple[float, int]]:
        """Sum and number of the tokens of each sentence; blanks between sentences belong to none."""
        placed = self._placed(text)
        return [
            _total([score for score, own, _ in placed if _bytes(text, start) <= own < _bytes(text, end)])
            for start, end in spans(text)
        ]

    def word(self, text: str, start: int, end: int) -> tuple[float, int]:
        """Sum and number of the tokens of the word ``text[start:end]``, a blank before it inside the sentence too."""
        left, right = next((left, right) for left, right in spans(text) if left <= start < right)
        return _total(
            [
                score
                for score, own, visible in self._placed(text)
                if _bytes(text, start) <= visible < _bytes(text, end)
                and _bytes(text, left) <= own < _bytes(text, right)
            ]
        )

    def _placed(self, text: str) -> list[tuple[float, int, int]]:
        """Of each token its log-probability and two places in bytes.

        Its own first byte that is not blank, or its first one if all are; and
        the first byte that is not blank, in it or after it.
        """
        if text in self._seen:
            return self._seen[text]
        tokens = self.tokens([text])[0]
        written = "".join(token for token, _ in tokens)
        assert len(written) == len(text.encode())
        found, at = [], 0
        for token, score in tokens:
            visible = len(written) - len(written[at:].lstrip(BLANKS))
            end = at + len(token)
            found.append((score, visible if visible < end else at, visible))
            at = end
        self._seen[text] = found
        return found


def _bytes(text: str, place: int) -> int:
    return len(text[:place].encode())


def _total(scores: list[float]) -> tuple[float, int]:
    return math.fsum(scores), len(scores)


def spans(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in split_sentences(text, 0, len(text))]


def nats(one: Any) -> float:
    return -float(one.bits) * math.log(2)


def with_words(scorer: Scorer, text: str) -> list[SentenceSurprisal]:
    (found,) = scorer.score([(text, spans(text))], words=WordBounds(lambda _: 0, {}))
    return found


@pytest.fixture(scope="module", params=["llama", "transformers", pytest.param("embedded model", marks=pytest.mark.lm)])
def pair(
    request: pytest.FixtureRequest, tiny_folder: Path, tiny_gpt2: Path, plain_model: PlainModel
) -> tuple[Scorer, Peer]:
    if request.param == "embedded model":
        return load_scorer(engine="float32"), Peer(*plain_model(models.resolve().folder))
    folder = tiny_folder if request.param == "llama" else tiny_gpt2
    return load_scorer(str(folder), cache=folder / "cache", engine="float32"), Peer(*plain_model(folder))


def test_the_first_word_is_scored_after_the_beginning_token(pair: tuple[Scorer, Peer]) -> None:
    scorer, peer = pair
    expected = [math.fsum(score for _, score in row) for row in peer.tokens(FIRST_WORDS)]
    assert scorer.log_probabilities(FIRST_WORDS) == pytest.approx(expected, abs=NATS, rel=0)
    results = scorer.score([(text, [(0, len(text))]) for text in FIRST_WORDS])
    assert [nats(one) for (one,) in results] == pytest.approx(expected, abs=NATS, rel=0)
    assert all(score < 0 for score in expected)


def test_texts_by_themselves(pair: tuple[Scorer, Peer]) -> None:
    scorer, peer = pair
    rows = peer.tokens(SENTENCES)
    # All of it in one window of the small models.
    assert max(len(row) for row in rows) <= 64
    expected = [math.fsum(score for _, score in row) for row in rows]
    assert scorer.log_probabilities(SENTENCES) == pytest.approx(expected, abs=NATS, rel=0)
    results = scorer.score([(text, [(0, len(text))]) for text in SENTENCES])
    assert [nats(one) for (one,) in results] == pytest.approx(expected, abs=NATS, rel=0)
    assert [one.tokens for (one,) in results] == [len(row) for row in rows]


def test_sentences_are_scored_in_the_context_of_those_before_them(pair: tuple[Scorer, Peer]) -> None:
    scorer, peer = pair
    # All of it in one window of the small models.
    assert len(peer.tokens([STORY])[0]) <= 48
    places = spans(STORY)
    assert len(places) == 3
    (found,) = scorer.score([(STORY, places)])
    expected = peer.sentences(STORY)
    assert [nats(one) for one in found] == pytest.approx([score for score, _ in expected], abs=NATS, rel=0)
    assert [one.tokens for one in found] == [count for _, count in expected]
    start, end = places[-1]
    (alone,) = scorer.log_probabilities([STORY[start:end]])
    assert abs(nats(found[-1]) - alone) > 1000 * NATS


@pytest.mark.parametrize("text", [*SENTENCES, STORY])
def test_words_are_the_sums_of_their_tokens(pair: tuple[Scorer, Peer], text: str) -> None:
    scorer, peer = pair
    words = [word for sentence in with_words(scorer, text) for word in sentence.each or ()]
    assert len(words) >= 3
    for word in words:
        score, count = peer.word(text, word.start, word.end)
        assert nats(word) == pytest.approx(score, abs=NATS, rel=0), text[word.start : word.end]
        assert word.tokens == count


def test_words_are_those_that_minicons_finds(pair: tuple[Scorer, Peer]) -> None:
    scorer, peer = pair
    (sentence,) = with_words(scorer, UNMARKED)
    found = sentence.each or ()
    expected = peer.words(UNMARKED)
    assert [UNMARKED[word.start : word.end] for word in found] == [word for word, _ in expected] == UNMARKED.split()
    assert [nats(word) for word in found] == pytest.approx([score for _, score in expected], abs=NATS, rel=0)
