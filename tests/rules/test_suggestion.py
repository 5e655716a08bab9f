from __future__ import annotations

import pytest

from tqcheck.rules.suggestion import TemplateError, apply, check_template, fill, with_article

REALIZE = {1: ("realize",)}


@pytest.mark.parametrize(
    ("template", "surface", "before", "expected"),
    [
        ("{make:1} a visit", "realized", "He ", "made a visit"),
        ("{make:1} a visit", "realizing", "He is ", "making a visit"),
        ("{make:1} a visit", "realizes", "He ", "makes a visit"),
        ("{take:1} it", "realized", "He ", "took it"),
        ("{take:1} it", "realized", "He has ", "taken it"),
        ("{take:1} it", "realized", "It was never ", "taken it"),
        ("{take:1} it", "realized", "They’ve ", "taken it"),
        ("{carry out:1} it", "realized", "They ", "carried out it"),
        ("$1 it", "realized", "He ", "realized it"),
        ("${1|capital} it", "realized", "He ", "Realized it"),
        (r"\$1", "realized", "", "$1"),
    ],
)
def test_fill(template: str, surface: str, before: str, expected: str) -> None:
    assert fill(template, f"{surface} a visit", {1: surface}, REALIZE, before, False) == expected


@pytest.mark.parametrize(
    ("surface", "lemma", "before", "expected"),
    [
        ("put", "put", "They will ", "call it"),
        ("put", "put", "They ", "called it"),
        ("put", "put", "They have ", "called it"),
        ("run", "run", "They have ", "called it"),
        ("run", "run", "They ", "call it"),
    ],
)
def test_one_spelling_for_two_forms(surface: str, lemma: str, before: str, expected: str) -> None:
    assert fill("{call:1} it", surface, {1: surface}, {1: (lemma,)}, before, False) == expected


def test_a_fix_at_the_start_of_a_sentence_keeps_the_capital() -> None:
    assert fill("at best", "In the best of cases", {}, {}, "", True) == "At best"
    assert fill("at best", "in the best of cases", {}, {}, "", True) == "at best"
    assert fill("at best", "IN THE BEST OF CASES", {}, {}, "", False) == "AT BEST"


def test_a_missing_optional_capture_leaves_no_double_blank() -> None:
    assert fill("the $1 plan", "whole", {1: ""}, {}, "", False) == "the plan"


@pytest.mark.parametrize("template", ["$2 it", "{make:2} it", "${1|nothing}", "{make}", "${1}", "$x"])
def test_wrong_templates(template: str) -> None:
    with pytest.raises(TemplateError):
        check_template(template, 1, REALIZE)


def test_inflection_needs_an_inflected_capture() -> None:
    with pytest.raises(TemplateError):
        check_template("{make:1}", 1, {})


@pytest.mark.parametrize(
    ("before", "suggestions", "expected"),
    [
        ("He saw an ", ("possible", "online"), ("a possible", "an online")),
        ("An ", ("possible",), ("A possible",)),
        ("He saw a ", ("possible",), ("possible",)),
        ("He saw a ", ("unique",), ("unique",)),
        ("He saw a ", ("hour",), ("an hour",)),
        ("He saw a ", ("NBC",), ("NBC",)),
        ("He saw a ", ("",), ("",)),
        ("vitamin-a ", ("online",), ("online",)),
    ],
)
def test_the_article_before_a_fix(before: str, suggestions: tuple[str, ...], expected: tuple[str, ...]) -> None:
    start, fixed = with_article(before + "x", 0, len(before), suggestions)
    assert fixed == expected
    assert (start < len(before)) == (fixed != suggestions)


@pytest.mark.parametrize(
    ("text", "start", "end", "suggestion", "expected"),
    [
        ("a bad word here", 2, 5, "good", "a good word here"),
        ("a bad word", 2, 5, "", "a word"),
        ("well bad, then", 5, 8, "", "well, then"),
        ("bad word", 0, 3, "", "word"),
        ("😀 bad word", 2, 5, "", "😀 word"),
    ],
)
def test_apply(text: str, start: int, end: int, suggestion: str, expected: str) -> None:
    assert apply(text, start, end, suggestion) == expected
