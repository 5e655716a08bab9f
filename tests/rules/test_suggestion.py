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


@pytest.mark.parametrize(
    ("surface", "like", "template", "expected"),
    [
        ("shepherds", "shepherd", "{herdsman:1}", "herdsmen"),
        ("Minors", "minor", "{child:1} of age", "children of age"),
        ("ladies", "lady", "{woman:1}", "women"),
        ("echo", "echo", "{child:1}", "child"),
        ("makes", "make", "{echo:1}", "echoes"),
        ("makes", "make", "{undergo:1}", "undergoes"),
        ("makes", "make", "{have:1}", "has"),
        ("makes", "make", "{be:1}", "is"),
        ("makes", "make", "{do:1}", "does"),
    ],
)
def test_a_noun_like_another(surface: str, like: str, template: str, expected: str) -> None:
    assert fill(template, surface, {1: surface}, {1: (like,)}, "Two ", False) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("driver's licence", "title", "Driver's Licence"),
        ("driver’s licence", "title", "Driver’s Licence"),
        ("21st of may", "title", "21st Of May"),
        ("vice-president o'neill", "title", "Vice-President O'Neill"),
        ("Europeans", "singular", "European"),
        ("People", "singular", "Person"),
        ("MOVIES", "singular", "MOVIE"),
        ("Woman", "plural", "Women"),
        ("NGO", "plural", "NGOs"),
        ("police officer", "plural", "police officers"),
        ("minister of state", "plural", "ministers of state"),
    ],
)
def test_filters(text: str, name: str, expected: str) -> None:
    assert fill(f"${{1|{name}}}", "x", {1: text}, {}, "", False) == expected


def test_an_acronym_does_not_make_its_fix_shout() -> None:
    headline, sentence = "DASPO FOR A FAN OF McCAIN", "He got a DASPO on Monday."
    assert fill("stadium ban", "DASPO", {}, {}, "He got a ", False, sentence) == "stadium ban"
    assert fill("stadium ban", "DASPO", {}, {}, "", True, "DASPO for a fan.") == "Stadium ban"
    assert fill("stadium ban", "DASPO", {}, {}, "", True, headline) == "STADIUM BAN"
    assert fill("stadium ban", "URBAN DASPO", {}, {}, "He got an ", False, sentence) == "STADIUM BAN"
    assert fill("stadium ban", "A DASPO", {}, {}, "", True, "A DASPO was imposed.") == "Stadium ban"


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
        ("It is a ", ("usual",), ("usual",)),
        ("It is an ", ("usual",), ("a usual",)),
        ("He was an ", ("unidentified",), ("unidentified",)),
        ("He was a ", ("unidentified",), ("an unidentified",)),
        ("A ", ("Ukrainian",), ("Ukrainian",)),
        ("He was an ", ("historic", "historical"), ("historic", "historical")),
        ("He was a ", ("historic",), ("historic",)),
        ("He joined an ", ("élite",), ("élite",)),
        ("He wore a ", ("t-shirt",), ("t-shirt",)),
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


_A = """union unit unite unique united universal uniform unilateral unanimous unicorn unisex usual useful use usage
ubiquitous utopian utility uranium urine Ugandan Ukrainian Uruguayan Unesco one one-off once European euro hero year"""
_AN = """unimportant unintended unidentified uninformed unissued unironic unable uneasy unescorted undue umbrella upper
ultimate ugly urban urgent usher utter Uzbek onerous open honest hour heir eager Iraqi"""


@pytest.mark.parametrize("word", _A.split())
def test_words_that_take_a(word: str) -> None:
    assert with_article("an x", 0, 3, (word,)) == (0, (f"a {word}",))


@pytest.mark.parametrize("word", _AN.split())
def test_words_that_take_an(word: str) -> None:
    assert with_article("a x", 0, 2, (word,)) == (0, (f"an {word}",))


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
