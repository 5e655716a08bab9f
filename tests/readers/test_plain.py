from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.readers.plain import read_plain
from tqcheck.text.document import Document

WRAPPED = (
    "The ministry said on Tuesday that the plan, which had\n"
    "been announced in the spring, would be put off until\n"
    "the new year because of the cost of fuel.\n"
    "Nobody was told.\n"
    "\n"
    "A spokesman declined to say whether the decision was\n"
    "final.\n"
)


def blocks(text: str) -> list[tuple[str, str]]:
    document = read_plain(text, "a.txt")
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_text_is_the_source_untouched() -> None:
    source = "\ufeffFirst😀 line.\r\n\r\nSecond e\u0301.\r"
    document = read_plain(source, "a.txt")
    assert document.text == document.source == source
    assert document.segments is None
    assert [(block.start, block.end) for block in document.blocks] == [(1, 13), (17, 27)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\f", "\v"])
def test_each_line_is_a_paragraph_whatever_ends_it(end: str) -> None:
    assert blocks(f"One sentence.{end}Another sentence.{end}{end}A third one.") == [
        ("paragraph", "One sentence."),
        ("paragraph", "Another sentence."),
        ("paragraph", "A third one."),
    ]


def test_no_break_spaces_alone_make_a_blank_line() -> None:
    assert [text for _, text in blocks("\u00a0One.\u00a0\n \u00a0\t\nTwo.")] == ["One.", "Two."]


def test_hard_wrapped_lines_are_joined() -> None:
    lines = WRAPPED.split("\n")
    assert [text for _, text in blocks(WRAPPED)] == ["\n".join(lines[:3]), lines[3], "\n".join(lines[5:7])]


def test_wrapped_lines_go_on_though_the_next_word_would_have_fitted() -> None:
    # Some programs count bytes: the marks and letters of the second paragraph take two or three.
    text = (
        "Oliva, who yesterday held a telematics meeting\nwith the unions, recalled that the Executive\nhas a plan.\n\n"
        "“Proposals like this have been presented not\na few in the last months,” she said.\n\n"
        "The vote is on Friday.\nthe paper said so."
    )
    assert [block[1].replace("\n", " ") for block in blocks(text)] == [
        "Oliva, who yesterday held a telematics meeting with the unions, recalled that the Executive has a plan.",
        "“Proposals like this have been presented not a few in the last months,” she said.",
        "The vote is on Friday.",
        "the paper said so.",
    ]


def test_wrapped_lines_with_crlf_keep_their_line_ends() -> None:
    source = WRAPPED.replace("\n", "\r\n")
    assert "had\r\nbeen announced" in blocks(source)[0][1]


def test_short_paragraphs_one_a_line_are_not_joined() -> None:
    lines = [
        "Police arrested two men in the city on Monday.",
        "They were not named.",
        "The mayor spoke at length later.",
    ]
    assert [text for _, text in blocks("\n".join(lines))] == lines


def test_a_headline_over_a_byline_is_not_joined() -> None:
    assert [text for _, text in blocks("Ministers agree on a new budget\nBy Ann Example\n\nText of it.")] == [
        "Ministers agree on a new budget",
        "By Ann Example",
        "Text of it.",
    ]


def test_a_long_url_does_not_hide_the_wrapping() -> None:
    url = "https://example.org/" + "x" * 200
    assert len(blocks(f"{WRAPPED}\n{url}\n")) == 4


def test_an_indented_line_begins_a_paragraph() -> None:
    source = (
        "   The ministry said on Tuesday that the plan, which\n"
        "had been announced in the spring, would be put off\n"
        "until the new year because of the costs of the fuel.\n"
        "   Another paragraph begins here and goes on to the\n"
        "next line.\n"
    )
    assert len(blocks(source)) == 2


def test_headlines() -> None:
    source = "Ministers agree on budget\n\nThe vote was close.\n\nNo end yet\n"
    assert [kind for kind, _ in blocks(source)] == ["heading", "paragraph", "paragraph"]


@pytest.mark.parametrize(
    "line",
    ["A full sentence.", "Is it one?", "“It is over.”", "He said:", "Word", "goes on here", "many words " * 12],
)
def test_lines_that_are_no_headline(line: str) -> None:
    assert blocks(f"{line}\n\nText follows.")[0][0] == "paragraph"


@pytest.mark.parametrize("bullet", ["- ", "* ", "• ", "1. ", "a) ", "12) ", "(b) ", "iv) ", "-\t"])
def test_list_items_begin_after_the_bullet(bullet: str) -> None:
    assert blocks(f"  {bullet}Peas and beans\n  {bullet}Rice")[0] == ("list-item", "Peas and beans")


@pytest.mark.parametrize(
    "line", ["2021. It was a year.", "-5 degrees were measured.", "*Note this.", "a.m. was meant."]
)
def test_what_is_no_bullet(line: str) -> None:
    assert blocks(line) == [("paragraph", line)]


def test_list_items_are_not_joined_to_wrapped_lines() -> None:
    source = (
        WRAPPED
        + "\nThe list that was given by the ministry on the day is:\n"
        + "- one thing that is long and goes\n  on here\n- two\n"
    )
    assert ("list-item", "two") in blocks(source)


def test_rules_and_asterisks_are_no_blocks() -> None:
    assert [text for _, text in blocks("One.\n* * *\nTwo.\n-----\nThree.\n***\n…")] == ["One.", "Two.", "Three.", "…"]


@pytest.mark.parametrize("source", ["", " ", "\n\n", "\ufeff", "\u00a0", "***"])
def test_nothing_to_read(source: str) -> None:
    assert blocks(source) == []


PARTS = st.sampled_from(
    [
        "word ",
        "Word",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "- ",
        "1. ",
        "\u00a0",
        "😀",
        "e\u0301",
        ".",
        "“",
        "”",
        "\ufeff",
        "\u2028",
        "\f",
        "***",
    ]
)


@given(st.one_of(st.text(), st.lists(PARTS).map("".join)))
def test_blocks_are_ordered_and_inside(assert_sound: Callable[[Document], None], source: str) -> None:
    assert_sound(read_plain(source, "a.txt"))


@given(st.lists(st.sampled_from(["word", "Word", " ", "\n", "\r\n", ". ", "é"])).map("".join))
def test_no_letter_is_lost(source: str) -> None:
    assert "".join("".join(text.split()) for _, text in blocks(source)).replace(".", "") == "".join(
        source.split()
    ).replace(".", "")
