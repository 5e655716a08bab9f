"""Single words: what belongs to them, what they add up to, which are odd and what was expected instead."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.sentences import SentenceSurprisal
from tqcheck.lm.tokens import Token
from tqcheck.lm.windows import windows
from tqcheck.lm.words import BOUNDS, WordBounds, word_spans
from tqcheck.text.sentences import split_sentences

LONG = " ".join(f"Sentence number {index} said that 3 of {index * 7} plants had failed." for index in range(12))
TEXTS = {
    "plain": "The talks failed. Nobody had expected that!",
    "emoji": "Café 👍🏽 owners “said” in 2024: naïve 👩‍👩‍👧 plans.",
    "combining": "The cafe\u0301s of A\u0308ngelholm failed, re\u0301sume\u0301.",
    "soft-hyphens": "The go\u00advern\u00adment\u200b failed, re\u00adpeat\u00adedly.",
    "no-break": "He paid 5\u00a0million\u00a0euros — twice\u202f!",
    "crlf": "A headline\r\nAnd a last line — with year-old dashes.\r\n\r\nMore said.\r\n",
    "windows": LONG,
    "one-long-word": "He said " + "telematics" * 30 + " failed.",
}


def spans(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in split_sentences(text, 0, len(text))]


def in_a_sentence(text: str, place: int) -> bool:
    return any(start <= place < end for start, end in spans(text))


def bounds(bits: float, per_million: Callable[[str], int] = lambda word: 1) -> WordBounds:
    """The same bound for every class."""
    return WordBounds(per_million, dict.fromkeys(("1", "compound", "1 token", "2 tokens", "3 tokens or more"), bits))


PlainModel = Callable[[Path], tuple[Any, Any, int]]


class Reference:
    """Plain transformers, one place at a time."""

    def __init__(self, model: Any, tokenizer: Any, beginning: int) -> None:
        import torch

        self._torch = torch
        self._model, self._tokenizer, self._beginning = model, tokenizer, beginning

    def tokens(self, text: str) -> list[tuple[int, int, int]]:
        """Id of each token, place of the first visible code point in it or after it, and that of its own first one."""
        blank = re.sub("[\r\u00a0\u202f]", " ", text)
        # The model reads a letter and its accent as one.
        letters = list(re.finditer("(?s)[^\u00ad\u200b][\u0300-\u036f]*", blank))
        composed = [unicodedata.normalize("NFC", letter[0]) for letter in letters]
        stood = [letter.span() for letter, one in zip(letters, composed, strict=True) for _ in one]
        encoding = self._tokenizer.encode("".join(composed), add_special_tokens=False)
        found = []
        for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            start, end = stood[start][0], stood[end - 1][1]
            own = next((place for place in range(start, end) if not text[place].isspace()), start)
            place = next((place for place in range(start, len(text)) if not text[place].isspace()), len(text))
            found.append((token, place, own))
        return found

    def likely(self, ids: list[int]) -> list[float]:
        """Natural log-probability of every token after the beginning token and ``ids``."""
        with self._torch.inference_mode():
            logits = self._model(self._torch.tensor([[self._beginning, *ids]])).logits[0, -1]
        found: list[float] = self._torch.log_softmax(logits.double(), -1).tolist()
        return found

    def piece(self, token: int) -> str:
        return str(self._tokenizer.id_to_token(token)).replace("Ġ", " ")

    def before(self, text: str) -> list[list[int]]:
        """What the model sees before each token: its window up to there."""
        places = spans(text)
        tokens = []
        for token, _, own in self.tokens(text):
            sentence = next((at for at, (start, end) in enumerate(places) if start <= own < end), -1)
            tokens.append(Token(token, sentence, 0, own))
        # Of the tiny models, which take 65 tokens.
        return [
            list(window.ids[1:at])
            for window in windows(0, tokens, self._beginning, longest=48, shortest=24, context=16)
            for at in range(window.first, len(window.ids))
        ]


@pytest.fixture(scope="module", params=["llama", "transformers"])
def pair(
    request: pytest.FixtureRequest, tiny_folder: Path, tiny_gpt2: Path, plain_model: PlainModel
) -> tuple[Scorer, Reference]:
    folder = tiny_folder if request.param == "llama" else tiny_gpt2
    return load_scorer(str(folder), cache=folder / "cache", engine="float32"), Reference(*plain_model(folder))


def scored(scorer: Scorer, text: str, limits: WordBounds) -> list[SentenceSurprisal]:
    return scorer.score([(text, spans(text))], words=limits)[0]


@pytest.mark.parametrize("name", TEXTS)
def test_words_and_punctuation_add_up_to_the_sentence(pair: tuple[Scorer, Reference], name: str) -> None:
    scorer, reference = pair
    text = TEXTS[name]
    tokens = reference.tokens(text)
    befores = reference.before(text)
    scores = [reference.likely(before)[token] for before, (token, _, _) in zip(befores, tokens, strict=True)]
    seen = 0
    for (start, end), sentence in zip(spans(text), scored(scorer, text, bounds(math.inf)), strict=True):
        assert sentence.each is not None
        inside = [
            (place, -score / math.log(2))
            for (_, place, own), score in zip(tokens, scores, strict=True)
            if start <= own < end
        ]
        rest = [
            bits
            for place, bits in inside
            if start <= place < end and not any(word.start <= place < word.end for word in sentence.each)
        ]
        assert sum(word.bits for word in sentence.each) + sum(rest) == pytest.approx(sentence.bits, rel=1e-4)
        for word in sentence.each:
            own = [bits for place, bits in inside if word.start <= place < word.end]
            assert word.tokens == len(own) > 0
            assert word.bits == pytest.approx(sum(own), rel=1e-4, abs=1e-4)
            seen += 1
    assert seen >= 3


@pytest.mark.parametrize("name", TEXTS)
def test_the_sum_is_exact_where_there_is_no_punctuation(pair: tuple[Scorer, Reference], name: str) -> None:
    scorer, _ = pair
    text = " ".join(re.findall(r"\w+", TEXTS[name]))
    (sentence,) = scorer.score([(text, [(0, len(text))])], words=bounds(math.inf))[0]
    assert sentence.each is not None
    assert math.fsum(word.bits for word in sentence.each) == pytest.approx(sentence.bits, abs=1e-6)
    assert sum(word.tokens for word in sentence.each) == sentence.tokens


def test_asking_for_words_changes_nothing_else(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    documents = [(text, spans(text)) for text in TEXTS.values()]
    without = scorer.score(documents)
    assert all(sentence.each is None for document in without for sentence in document)
    found = scorer.score(documents, words=bounds(5))
    assert [[one[:3] for one in map(_fields, document)] for document in found] == [
        [one[:3] for one in map(_fields, document)] for document in without
    ]
    assert scorer.score([("", []), ("no sentences", [])], words=bounds(5)) == [[], []]


def _fields(sentence: SentenceSurprisal) -> tuple[float, int, int]:
    return sentence.bits, sentence.tokens, sentence.words


@pytest.mark.parametrize("name", ["plain", "no-break", "crlf", "windows"])
def test_expected_words_are_the_likeliest_in_the_context_of_the_document(
    pair: tuple[Scorer, Reference], name: str
) -> None:
    scorer, reference = pair
    text = TEXTS[name]
    tokens = reference.tokens(text)
    checked = 0
    for sentence in scored(scorer, text, bounds(0)):
        for word in sentence.each or ():
            if not word.odd:
                continue
            first = next(
                at for at, (_, place, own) in enumerate(tokens) if place == word.start and in_a_sentence(text, own)
            )
            scores = reference.likely(reference.before(text)[first])
            order = sorted(range(len(scores)), key=lambda token: -scores[token])[:32]
            blank = " " if reference.piece(tokens[first][0]).startswith(" ") else ""
            pieces = [reference.piece(token) for token in order]
            words = [piece.strip() for piece in pieces if re.fullmatch(blank + "[A-Za-z]+", piece)][:6]
            written = text[word.start : word.end].lower()
            assert list(word.expected) == [one for one in words if one.lower() != written][:3]
            checked += bool(word.expected)
    assert checked >= 2


def test_beginnings_are_completed_and_what_stays_open_is_left_out(pair: tuple[Scorer, Reference]) -> None:
    scorer, reference = pair
    tokens = reference.tokens(LONG)
    closed = 0
    for sentence in scored(scorer, LONG, bounds(0, lambda word: 0)):
        for word in sentence.each or ():
            first = next(
                at for at, (_, place, own) in enumerate(tokens) if place == word.start and in_a_sentence(LONG, own)
            )
            before = reference.before(LONG)[first]
            for expected in word.expected:
                closed += 1
                assert _is_greedy(reference, before[-24:], expected), (before, expected)
            assert LONG[word.start : word.end] not in word.expected
    assert closed > 0


def _is_greedy(reference: Reference, before: list[int], word: str) -> bool:
    """Whether some token that begins ``word`` leads to it, each next token being the likeliest."""
    for token in range(330):
        text = reference.piece(token).strip()
        ids = [*before, token]
        for _ in range(3):
            if not word.startswith(text) or not text:
                break
            scores = reference.likely(ids)
            ids.append(max(range(len(scores)), key=scores.__getitem__))
            piece = reference.piece(ids[-1])
            if not re.fullmatch("[A-Za-z]+", piece):
                if text == word:
                    return True
                break
            text += piece
    return False


def test_the_first_word_of_a_text_is_never_odd(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    bounds = WordBounds(lambda _: 1, {"1": 0.0})
    ((first, second, *_),) = [
        one.each or () for one in scorer.score([("said that it had", [(0, 16)])], words=bounds)[0]
    ]
    assert (first.odd, second.odd) == (False, True)


def test_only_odd_words_have_expectations(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    limit = 40.0
    words = [word for sentence in scored(scorer, LONG, bounds(limit)) for word in sentence.each or ()]
    assert any(word.odd for word in words)
    assert not all(word.odd for word in words)
    for word in words:
        markable = LONG[word.start : word.end].islower()
        assert word.odd is (markable and word.bits > limit) or word.start in _first_words(LONG)
        assert word.odd or word.expected == ()


def _first_words(text: str) -> set[int]:
    return {start for start, _ in spans(text)}


def test_words_are_those_that_are_counted_with_their_marks() -> None:
    def words(text: str) -> list[str]:
        return [text[start:end] for start, end in word_spans(text, 0, len(text))]

    assert words("It isn't a 12-year-old U.S. plan, said “she”.") == [
        "It", "isn't", "a", "12-year-old", "U.S", "plan", "said", "she"
    ]  # fmt: skip
    assert words("re\u0301sume\u0301 e\u0301") == ["re\u0301sume\u0301", "e\u0301"]
    assert words("go\u00advern\u00adment\u200b of") == ["go\u00advern\u00adment\u200b", "of"]
    assert words("👍🏽 — …") == []
    assert word_spans("one two three", 4, 7) == [(4, 7)]


@pytest.mark.parametrize(
    ("word", "tokens", "first", "expected"),
    [
        ("the", 1, False, "64"),
        ("The", 1, True, "64"),
        ("The", 1, False, None),
        ("summit", 1, False, "1 token"),
        ("telematics", 3, False, "3 tokens or more"),
        ("immediacy", 9, False, "3 tokens or more"),
        ("Valmar", 2, True, None),
        ("NATO", 1, False, None),
        ("iPhone", 1, False, None),
        ("2024", 4, False, None),
        ("1990s", 4, False, None),
        ("naïve", 2, False, None),
        ("Москва", 2, False, None),
        ("extra-communitary", 4, False, "compound"),
        ("isn’t", 2, False, "64"),
    ],
)
def test_classes(word: str, tokens: int, first: bool, expected: str | None) -> None:
    limits = WordBounds(lambda folded: 64 if folded in ("the", "isn't") else 0, {"64": 12.5})
    assert limits.class_of(word, tokens, first=first) == expected
    assert limits.bound(word, tokens, first=first) == (12.5 if expected == "64" else math.inf)


def test_bounds_from_a_folder(tmp_path: Path) -> None:
    assert WordBounds.load(tmp_path, lambda word: 0).bounds == {}
    (tmp_path / BOUNDS).write_text(json.dumps({"bounds": {"64": {"bits": 12.5, "words": 900}}}), encoding="utf-8")
    assert WordBounds.load(tmp_path, lambda word: 0).bounds == {"64": 12.5}
    for damaged in ("", "[]", "{}", '{"bounds": {"64": 3}}', '{"bounds": {"64": {"bits": "much"}}}'):
        (tmp_path / BOUNDS).write_text(damaged, encoding="utf-8")
        with pytest.raises(ModelError, match=r"words\.json: not usable bounds of words .* install tqcheck again"):
            WordBounds.load(tmp_path, lambda word: 0)


def test_the_bounds_of_the_default_model_rise_as_words_become_rare() -> None:
    from tqcheck.lm.manifest import DEFAULT_MODEL, model_data

    limits = WordBounds.load(model_data() / DEFAULT_MODEL, lambda word: 0).bounds
    frequent = [bits for name, bits in limits.items() if name.isdigit() and int(name) >= 1024]
    assert frequent
    assert max(frequent) < limits["1 token"] < limits["2 tokens"] < limits["3 tokens or more"]


@pytest.mark.parametrize("before", ["\u200b", "\u00ad\ufeff", "\u2060"])
def test_what_nobody_sees_before_a_word_takes_nothing_from_it(pair: tuple[Scorer, Reference], before: str) -> None:
    scorer, _ = pair
    (plain,) = scored(scorer, "He saw a dog.", bounds(math.inf))
    (odd,) = scored(scorer, f"He saw {before}a dog.", bounds(math.inf))
    assert plain.each is not None
    assert odd.each is not None
    assert [(word.bits, word.tokens) for word in odd.each] == [(word.bits, word.tokens) for word in plain.each]
