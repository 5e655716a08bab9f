from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from tqcheck.lm.normalization import Frequencies, Normalizer, Parameters, news_frequencies
from tqcheck.lm.scoring import Scorer, load_scorer

PLAIN = "The government said on Friday that it would raise taxes on fuel next year."
NAMES = "Nguyen Thi Bich Ngoc, Wojciech Szczęsny and Ngozi Okonjo-Iweala met in Ouagadougou."
NUMBERS = "Of 1987 plants 2013 were open and 4512 closed, 37 percent of 11960 by 2024."
BROKEN = "The government it said in Friday who would elevate of taxes at the fuel years next."


def tokens(text: str, bits: float) -> tuple[list[int], list[float]]:
    """A token for each word with the blank before it and for each mark, all of the same surprisal."""
    ends = [match.end() for match in re.finditer(r"\s*(?:\w+|[^\w\s])", text)]
    return ends, [bits] * len(ends)


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    return Normalizer()


@pytest.mark.parametrize("text", ["", "…", "😀 🎉👍", "— “ ”"])
def test_without_a_word_there_is_nothing_to_judge(normalizer: Normalizer, text: str) -> None:
    assert normalizer.score(text, *tokens(text, 9.0)) == 0.0


def test_one_word_is_its_bits_over_its_expected_bits() -> None:
    parameters = Parameters(2, 20, 1, 1, 1, 0.5, 11, 30)
    normalizer = Normalizer(parameters, Frequencies({"taxes": 12.0}))
    # 12 bits of frequency and 2 for each of five letters are expected; the mark counts too.
    assert normalizer.score("Taxes!", [5, 6], [8.0, 3.0]) == pytest.approx(30 * 11 / 22)


def test_tokens_are_summed_by_the_word_they_end_in() -> None:
    parameters = Parameters(0, 99, 1, 1, 0, 0, 99, 10)
    normalizer = Normalizer(parameters, Frequencies({"on": 10.0, "well-known": 10.0}))
    ends, bits = [4, 5, 10, 13, 14], [1.0, 2.0, 4.0, 8.0, 100.0]
    assert normalizer.score("well-known on.", ends, bits) == pytest.approx(10 * 15 / 20)


def test_tokens_that_share_an_emoji_are_marks() -> None:
    normalizer = Normalizer(Parameters(0, 99, 1, 1, 1, 0, 99, 10), Frequencies({"yes": 10.0}))
    assert normalizer.score("yes 😀", [3, 5, 5, 5], [5.0, 1.0, 1.0, 1.0]) == pytest.approx(8.0)


def test_more_surprisal_is_never_better(normalizer: Normalizer) -> None:
    scores = [normalizer.score(PLAIN, *tokens(PLAIN, bits)) for bits in (0.0, 2.0, 5.0, 9.0, 15.0, 40.0)]
    assert scores[0] == 0.0
    assert all(low <= high for low, high in pairwise(scores))


def test_length_alone_changes_nothing(normalizer: Normalizer) -> None:
    once = "The river rose."
    longer = "The river rose. And streets flooded, so boats came."
    frequencies = Frequencies(dict.fromkeys(re.findall("[a-z]+", longer.lower()), 10.0))
    flat = Normalizer(Parameters(0, 99, 1, 1, 0, 0, 99, 10), frequencies)
    assert flat.score(once, *tokens(once, 6.0)) == pytest.approx(flat.score(longer, *tokens(longer, 6.0)))


@pytest.mark.parametrize("text", [NAMES, NUMBERS])
def test_names_and_numbers_are_expected_to_be_surprising(normalizer: Normalizer, text: str) -> None:
    plain = normalizer.score(PLAIN, *tokens(PLAIN, 7.0))
    ends = tokens(text, 0.0)[0]
    starts = [0, *ends[:-1]]
    bits = [15.0 if re.search("[A-Z0-9]", text[start:end]) else 7.0 for start, end in zip(starts, ends, strict=True)]
    assert sum(bits) / len(bits) > 1.35 * 7
    assert normalizer.score(text, ends, bits) < 1.2 * plain


def test_a_strange_word_adds_no_more_than_the_cap() -> None:
    normalizer = Normalizer()
    ends, bits = tokens(PLAIN, 5.0)
    odd, odder = list(bits), list(bits)
    odd[1], odder[1] = 20.0, 60.0
    assert normalizer.score(PLAIN, ends, odd) == normalizer.score(PLAIN, ends, odder)


def test_quoted_foreign_words_count_as_names() -> None:
    bare = "They called it dolce farniente there."
    quoted = "They called it “dolce farniente” there."
    parameters = replace(Parameters.load(), mark_weight=0)
    normalizer = Normalizer(parameters)
    assert normalizer.score(quoted, *tokens(quoted, 15.0)) < normalizer.score(bare, *tokens(bare, 15.0))


def test_repeating_a_content_word_does_not_make_a_sentence_fluent(normalizer: Normalizer) -> None:
    text = "The pagoda pagoda pagoda pagoda pagoda stood near the river."
    ends, bits = tokens(text, 8.0)
    easy = [0.1 if 1 < index < 6 else value for index, value in enumerate(bits)]
    once = "The pagoda stood near the river."
    assert normalizer.score(text, ends, easy) > normalizer.score(once, *tokens(once, 8.0))


def test_token_lists_of_different_length_are_refused(normalizer: Normalizer) -> None:
    with pytest.raises(ValueError, match="zip"):
        normalizer.score("The end.", [3, 7, 8], [1.0])


def test_frequencies_that_come_along_are_plausible() -> None:
    found = news_frequencies()
    assert 3.5 <= found.bits("the") <= 5
    assert found.bits("the") < found.bits("government") < found.bits("lighthouse") < found.bits("zzyzxqwertyu")
    assert "government" in found
    assert "zzyzxqwert" not in found


@pytest.mark.slow
@pytest.mark.lm
def test_with_the_model_names_are_fluent_and_broken_english_is_not(normalizer: Normalizer) -> None:
    scorer = load_scorer()

    def score(text: str) -> tuple[float, float]:
        ends, bits = surprisals(scorer, text)
        return normalizer.score(text, ends, bits), sum(bits) / len(text.split())

    plain, names, broken = score(PLAIN), score(NAMES), score(BROKEN)
    assert names[0] < broken[0]
    assert names[0] / plain[0] < names[1] / plain[1]


def surprisals(scorer: Scorer, text: str) -> tuple[list[int], list[float]]:
    """Where each token ends, and its surprisal as what its prefix adds in bits."""
    ends = [token.end for token in scorer._tokenizer.tokens(text, [(0, len(text))])]
    sums = [0.0, *(-value / 0.6931471805599453 for value in scorer.log_probabilities([text[:end] for end in ends]))]
    return ends, [high - low for low, high in pairwise(sums)]
