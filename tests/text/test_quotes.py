"""Roles of quotation marks and the ranges they enclose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tqcheck.text.quotes import Role, scan_quotes


def blocks(text: str) -> list[tuple[int, int]]:
    found = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def quoted(text: str) -> list[str]:
    return [text[found.start : found.end] for found in scan_quotes(text, blocks(text)).ranges]


def roles(text: str) -> str:
    short = {Role.OPEN: "(", Role.CLOSE: ")", Role.APOSTROPHE: "'", Role.STRAY: "x", Role.PRIME: "p"}
    return "".join(short[mark.role] for mark in scan_quotes(text, blocks(text)).marks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('The mayor said: "We are ready." Then she left.', ['"We are ready."']),
        ("The mayor said: “We are ready.” Then she left.", ["“We are ready.”"]),
        ("“Yes,” she said. “It is over.”", ["“Yes,”", "“It is over.”"]),
        ('"Yes," she said. "It is over."', ['"Yes,"', '"It is over."']),
        ("Er sagte „Guten Tag“ und ging.", ["„Guten Tag“"]),
        ("He called it « a disgrace » and left.", ["« a disgrace »"]),
        ("He called it »a disgrace« and left.", ["»a disgrace«"]),
        ("The ‘green’ deal is off.", ["‘green’"]),
        ("The 'green' deal is off.", ["'green'"]),
        ("‘We are ready,’ the mayor said.", ["‘We are ready,’"]),
        ("🎉 “Yes,” e\u0301 said.", ["“Yes,”"]),
    ],
)
def test_plain_quotations(text: str, expected: list[str]) -> None:
    assert quoted(text) == expected


def test_nested_quotations_have_levels() -> None:
    text = "“He told me, ‘Go home,’ and left,” she said."
    ranges = scan_quotes(text, blocks(text)).ranges
    assert [(text[one.start : one.end], one.level) for one in ranges] == [
        ("“He told me, ‘Go home,’ and left,”", 0),
        ("‘Go home,’", 1),
    ]


def test_double_marks_inside_double_marks() -> None:
    text = "“I told him, “go home,” and he left,” she said."
    assert roles(text) == "(())"
    assert scan_quotes(text, blocks(text)).outermost() == ((0, 37),)


@pytest.mark.parametrize(
    "text",
    [
        "It's the workers' turn, and the ’90s won’t return.",
        "Rock ’n’ roll, ’tis the season, the boys’ school.",
        "O'Brien isn't at the Joneses' house.",
    ],
)
def test_apostrophes_are_no_quotations(text: str) -> None:
    assert set(roles(text)) == {"'"}
    assert quoted(text) == []


def test_possessive_inside_single_quotes_does_not_close_them() -> None:
    assert quoted("He said: ‘The teachers’ strike is over.’ Nobody clapped.") == ["‘The teachers’ strike is over.’"]


@pytest.mark.parametrize(
    "text", ["He is 6'2\" tall.", "He is 6’2” tall.", 'A 27" screen.', 'The pipe is 5" wide and 12" long.']
)
def test_measures_are_no_quotations(text: str) -> None:
    assert "(" not in roles(text)
    assert "p" in roles(text)
    assert quoted(text) == []


def test_a_measure_inside_a_quotation() -> None:
    text = '"He is 6\'2" and fast," the coach said.'
    assert quoted(text) == ['"He is 6\'2" and fast,"']


def test_a_year_may_end_a_quotation() -> None:
    assert quoted('She spoke of the "summer of 2021" again.') == ['"summer of 2021"']


def test_opening_shape_that_closes() -> None:
    text = "“It would be wrong in this situation, “he said, adding nothing."
    assert quoted(text) == ["“It would be wrong in this situation, “"]
    text = '"It would be wrong in this situation, "he said, adding nothing.'
    assert quoted(text) == ['"It would be wrong in this situation, "']


def test_closing_shape_that_opens() -> None:
    assert quoted("The guard said ”hello” to us.") == ["”hello”"]


def test_attribution_after_a_lone_mark_makes_it_no_opening() -> None:
    assert roles("It would be wrong, “he said. Nobody replied.") == "x"
    assert roles("Asked about it, “he said nothing,” she recalled.") == "()"


def test_speech_of_several_paragraphs() -> None:
    text = "“We built this together.\n“Nobody can take it away,” she said."
    scan = scan_quotes(text, blocks(text))
    assert [(one.closed, one.continued) for one in scan.ranges] == [(False, True), (True, False)]


def test_quotation_closed_some_lines_on() -> None:
    text = '"We built this together.\nIt took years.\nNobody can take it away," she said. "Never."'
    assert quoted(text) == ['"We built this together.\nIt took years.\nNobody can take it away,"', '"Never."']
    assert roles(text) == "()()"


def test_quotation_is_not_closed_far_away() -> None:
    text = "“We built this together.\n" + "A line.\n" * 6 + "Nobody can take it away,” she said."
    assert roles(text) == "(x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'She said: "We are late. He added: "Nobody knew." They left.',
            ['"We are late. He added: ', '"Nobody knew."'],
        ),
        (
            '"He told me: "Go home," and I left," she said.',
            ['"He told me: "Go home," and I left,"', '"Go home,"'],
        ),
        (
            '"They asked me, \'Where to?\' "I knew nothing." He left.',
            ["\"They asked me, 'Where to?' ", "'Where to?'", '"I knew nothing."'],
        ),
    ],
)
def test_a_mark_that_opens_again(text: str, expected: list[str]) -> None:
    assert quoted(text) == expected


def test_of_a_quotation_that_is_led_in_again_the_first_is_not_closed() -> None:
    text = 'She said: "We are late. He added: "Nobody knew." They left.'
    assert [(one.closed, one.continued) for one in scan_quotes(text, blocks(text)).ranges] == [
        (False, False),
        (True, False),
    ]


def test_a_mark_between_letters_opens_what_is_closed_later() -> None:
    assert quoted('It is known as"the flood", and the board is 5"x7".') == ['"the flood"']
    assert roles('The plaintiffs"lawyer left.') == "x"


def test_unclosed_quotation_ends_with_its_paragraph() -> None:
    text = "He said: “We are ready.\nThen he left."
    scan = scan_quotes(text, blocks(text))
    (only,) = scan.ranges
    assert (only.start, only.end, only.closed, only.continued) == (9, 23, False, False)


def test_stray_closing_mark() -> None:
    assert roles("We are ready,” he said.") == "x"


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["“", '"', "'s' ", "” ", "‘a s’ ", '5" ', "word, “he said ", "« "])
def test_cost_is_linear(unit: str, seconds: Callable[..., float]) -> None:
    text = unit * (300_000 // len(unit))
    assert seconds(lambda: scan_quotes(text, [(0, len(text))]), 6) < 6


@pytest.mark.parametrize("opening", ['"', "“"])
def test_speech_of_several_paragraphs_run_together(opening: str) -> None:
    closing = "”" if opening == "“" else opening
    text = f"{opening}We built this. {opening}Nobody can take it away,{closing} she said. {opening}Never.{closing}"
    assert roles(text) == "(()()"
    assert [(found.closed, found.continued) for found in scan_quotes(text, blocks(text)).ranges] == [
        (False, True),
        (True, False),
        (True, False),
    ]
