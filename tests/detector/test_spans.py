from __future__ import annotations

from tqcheck.detector.spans import ErrorSpan, TokenError, by_word, spans, wordings


def test_a_word_has_what_is_highest_among_its_tokens() -> None:
    text = "unhappily so"
    tokens = [TokenError(0, 2, 0.1, 0.1), TokenError(2, 9, 0.2, 0.5), TokenError(10, 12, 0.3, 0.0)]
    assert by_word(text, tokens) == [TokenError(0, 9, 0.2, 0.5), TokenError(10, 12, 0.3, 0.0)]


def test_marks_and_hyphens_and_apostrophes() -> None:
    text = "Zoë's well-known 🎉."
    tokens = [TokenError(place, place + 1, 0.1, 0.0) for place, sign in enumerate(text) if sign != " "]
    assert [text[one.start : one.end] for one in by_word(text, tokens)] == ["Zoë's", "well-known", "🎉."]


def test_words_without_tokens_are_left_out() -> None:
    assert by_word("one two three", [TokenError(4, 7, 0.5, 0.0)]) == [TokenError(4, 7, 0.5, 0.0)]
    assert by_word("", []) == []


def test_neighbours_over_the_bound_are_one_span() -> None:
    words = [
        TokenError(0, 3, 0.5, 0.1),
        TokenError(4, 7, 0.2, 0.6),
        TokenError(8, 9, 0.1, 0.1),
        TokenError(10, 12, 0.6, 0.0),
    ]
    assert spans(words, 0.6) == [ErrorSpan(0, 7, True, 0.8), ErrorSpan(10, 12, False, 0.6)]
    assert spans(words, 0.9) == []
    assert spans([], 0.1) == []


def test_numbers_and_marks_count_as_faultless() -> None:
    text = "1,200 2000 well-known Zoë's - B2"
    tokens = [TokenError(place, place + 1, 0.5, 0.3) for place, sign in enumerate(text) if sign != " "]
    words = by_word(text, tokens)
    left = [text[one.start : one.end] for one in wordings(text, words) if one.minor]
    assert left == ["well-known", "Zoë's"]
    assert len(wordings(text, words)) == len(words)
