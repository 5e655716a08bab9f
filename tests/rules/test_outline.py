from __future__ import annotations

import pytest

from tqcheck.rules.outline import Near, words_of
from tqcheck.rules.pattern import compile_pattern


def near(low: int, high: int, *words: str) -> Near:
    return Near(low, high, frozenset(words))


@pytest.mark.parametrize(
    ("pattern", "keys", "others"),
    [
        ("telematic meeting", {"telematic"}, [near(1, 1, "meeting")]),
        ("take the word", {"word"}, [near(-2, -2, "take"), near(-1, -1, "the")]),
        ("telematic(s) [summit|meeting]", {"telematic", "telematics"}, [near(1, 1, "summit", "meeting")]),
        ("the (very) telematic", {"telematic"}, [near(-2, -1, "the")]),
        ("the <0-3> telematic", {"telematic"}, [near(-4, -1, "the")]),
        ("<0-2> telematic of", {"telematic"}, [near(1, 1, "of")]),
        ("telematic <name> of", {"telematic"}, [near(2, 10, "of")]),
        ("said that / telematic / of", {"telematic"}, [near(-1, -1, "that"), near(-2, -2, "said"), near(1, 1, "of")]),
        # Of a choice of several words the rarest of each, and the first of each.
        ("of [the telematic|telematics] in", {"telematic", "telematics"}, [near(1, 2, "in"), near(-2, -1, "of")]),
        # The word before the slash goes on behind it.
        ("[<num>|telematic]s of", {"of"}, []),
        ("[in <year>|on <weekday>] telematic", {"telematic"}, []),
    ],
)
def test_keys_and_what_stands_about_them(pattern: str, keys: set[str], others: list[Near]) -> None:
    found = compile_pattern(pattern).outline
    assert found.keys == keys
    assert set(others) <= set(found.near)


def test_how_far_a_match_goes() -> None:
    found = compile_pattern("of the (very) telematic <0-3> of <name>").outline
    assert (found.keys, found.before, found.behind) == ({"telematic"}, 3, 13)


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        ("word", ["word"]),
        ("“word,”", ["word"]),
        ("it's", ["it", "s"]),
        ("co-op—new", ["co", "op", "new"]),
        ("—", []),
        ("e\u0301t", ["e", "t"]),
    ],
)
def test_the_words_of_a_chunk(chunk: str, words: list[str]) -> None:
    assert list(words_of(chunk)) == words
