from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tqcheck.text.words import WORD, count_words


@given(st.text(st.sampled_from("ab1_é .-'’“”Š\n—\u00a0ˆºªß²ł\x81"), max_size=20))
def test_words_are_counted_as_they_are_found(text: str) -> None:
    assert count_words(text) == len(WORD.findall(text))
