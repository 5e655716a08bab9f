from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tqcheck.text.spelling import fold


@given(st.text(max_size=200))
def test_fold_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_fold() -> None:
    assert fold("The\u00a0US’s\r\nİ") == "the us's  İ"


def test_every_white_space_character_is_folded_to_a_blank() -> None:
    chars = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    assert fold("".join(chars)) == " " * len(chars)
