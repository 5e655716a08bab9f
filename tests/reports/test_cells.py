from __future__ import annotations

import pytest

from tqcheck.reports.cells import Word, cells, clean, cut, words, wrap


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("plain", 5),
        ("café", 4),
        ("cafe\u0301", 4),
        ("日本", 4),
        ("ｆｕｌｌ", 8),
        ("🙂", 2),
        ("👩\u200d🚀", 4),
        ("👍🏽", 2),
        ("❤\ufe0f", 1),
        ("🇪🇸", 2),
        ("हिन्दी", 5),
        ("\u1112\u1161\u11ab", 2),
        ("a\u00a0b\tc", 5),
        ("\u3000", 2),
        ("zero\u200bwidth\u00ad", 9),
        ("“curly”…", 8),
    ],
)
def test_width_in_cells(text: str, width: int) -> None:
    assert cells(text) == width
    assert cells(clean(text)) == width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("\x9b2J", "\ufffd2J"),
        ("a\x00b\x07c\x7f", "a\ufffdb\ufffdc\ufffd"),
        ("tab\tline\r\nend\u2028", "tab line  end "),
        ("left\u202eright\u2066", "left\ufffdright\ufffd"),
        ("lone\udce9", "lone\ufffd"),
        ("soft\u00adhy\u200bphen\ufeff", "softhyphen"),
        ("no\u00a0break", "no break"),
    ],
)
def test_text_is_made_harmless(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_cut_ends_at_a_blank_near_the_edge() -> None:
    assert cut("a short line", 12) == "a short line"
    assert cut("one two three four", 12) == "one two…"
    assert cut("one two three four", 14) == "one two three…"
    assert cut("extraordinarily", 8) == "extraor…"
    assert cut("日本語の新聞", 7) == "日本語…"
    assert cells(cut("e\u0301" * 1_000, 10)) == 10


def test_wrap_keeps_to_the_width_and_breaks_long_words() -> None:
    assert wrap(words("a bb ccc"), 4) == [[Word("a", "", 0), Word("bb")], [Word("ccc", "", 0)]]
    assert wrap([Word("x"), Word("y", "", 2)], 4) == [[Word("x", "", 0), Word("y", "", 2)]]
    assert [[word.text for word in line] for line in wrap(words("an extraordinary day"), 6)] == [
        ["an"],
        ["extrao"],
        ["rdinar"],
        ["y", "day"],
    ]
    assert [[word.text for word in line] for line in wrap(words("日本語の"), 5)] == [["日本"], ["語の"]]
    assert [[word.text for word in line] for line in wrap(words("a b c d e"), 3, first=5)] == [
        ["a", "b", "c"],
        ["d", "e"],
    ]
    assert wrap([], 10) == []
