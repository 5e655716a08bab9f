from __future__ import annotations

import pytest

from tqcheck.detector.normalization import masked, normalize, tokens


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("“No,” she said – twice.", "''No,'' she said - twice."),
        ("It’s 5 per cent", "It's 5 percent"),
        ("The\u00a0talks … failed", "The talks ... failed"),
        ("a soft\u00adhyphen", "a softhyphen"),
        ("the U.S. and the U.K.", "the US and the UK"),
        ("at 5 p.m. on Monday, said Mr. Roe", "at 5 pm on Monday, said Mr Roe"),
        ("one —two", "one - two"),
    ],
)
def test_typing_and_house_style_are_made_alike(typed: str, other: str) -> None:
    assert normalize(typed) == normalize(other)


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("organised labour", "organized labor"),
        ("the organisation analysed it", "the organization analyzed it"),
        ("travellers at the centre", "travelers at the center"),
        ("the defence programme", "the defense program"),
        ("towards the harbour", "toward the harbor"),
        ("his licence", "his license"),
    ],
)
def test_spelling_variants_are_one_token(british: str, american: str) -> None:
    assert tokens(british) == tokens(american)


@pytest.mark.parametrize("kept", ["minister", "four", "hour", "advice", "pleased", "fire", "more", "well", "called"])
def test_common_words_stay_apart_from_others(kept: str) -> None:
    others = {"ministre", "for", "her", "advise", "pleaded", "fier", "mor", "wel", "color"}
    assert tokens(kept)[0] not in others


def test_numbers_are_one_token() -> None:
    assert tokens("1,200.50 of 3 in 12:30") == ["0", "of", "0", "in", "0"]


def test_emoji_and_marks_above_the_basic_plane() -> None:
    assert tokens("Fine 🎉! Zoë’s café") == ["fine", "🎉", "!", "zoë's", "café"]


def test_an_empty_text_has_no_tokens() -> None:
    assert tokens("") == tokens(" \n\t") == []


def test_masking_keeps_marks_numbers_and_the_words_named() -> None:
    assert masked(["the", "oslo", "accords", ",", "0"], {"the"}) == ["the", "_", "_rds", ",", "0"]
