from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.rules.pattern import PatternError, compile_pattern
from tqcheck.rules.word_classes import CLASSES
from tqcheck.text.spelling import fold


def found(pattern: str, text: str) -> str | None:
    match = re.search(compile_pattern(pattern).regex, text)
    return match["span"] if match else None


@pytest.mark.parametrize(
    ("pattern", "text", "span"),
    [
        ("take the word", "He will Take the word now", "Take the word"),
        ("take the word", "mistake the word", None),
        ("take the word", "take the wording", None),
        ("take the word", "double-take the word", None),
        ("take the word", "take the\u00a0\n word", "take the\u00a0\n word"),
        ("{take} the word", "having taken the word", "taken the word"),
        ("telematic(s) summit", "a telematics summit", "telematics summit"),
        ("telematic(s) summit", "a telematic summit", "telematic summit"),
        ("made (a|the) visit", "made the visit", "made the visit"),
        ("made (a|the) visit", "made visit", "made visit"),
        ("(very) good news", "good news", "good news"),
        ("(very) good news", "very good news", "very good news"),
        ("[in|at] the frame", "at the frame", "at the frame"),
        ("(a) (low|high) mark", "high mark", "high mark"),
        ("(a) (low|high) mark", "a mark", "a mark"),
        ("the (very) (low) mark", "the low mark", "the low mark"),
        ("the (very) (low) mark", "the very low mark", "the very low mark"),
        ("/ in view of / (the) (new) [law|act]", "in view of new law", "in view of"),
        ("/ until / <1-3> at the latest", "until next Monday at the latest", "until"),
        ("[the day (before)|the night] fell", "the day fell", "the day fell"),
        ("[the day (before)|the night] fell", "the day before fell", "the day before fell"),
        ("<0-2> summit of", "a big summit of", "a big summit of"),
        ("Atlantic Alliance", "the Atlantic Alliance", "Atlantic Alliance"),
        ("Atlantic Alliance", "the atlantic alliance", None),
        ("The US", "from the US", None),
        ("The US", "from The US", "The US"),
        ("hold <0-2> summit", "hold a virtual summit", "hold a virtual summit"),
        ("hold <0-2> summit", "hold a very long virtual summit", None),
        ("hold <0-2> summit", "hold on, the summit", None),
        ("[president|minister] / recalled that /", "the minister recalled that", "recalled that"),
        ("[president|minister] / recalled that /", "the film recalled that", None),
        ("last <weekday> <day> of <month>", "last Tuesday 13 of May", "last Tuesday 13 of May"),
        ("last <weekday> <day> of <month>", "last Tuesday 45 of May", None),
        ('"concrete"', "were “concrete” talks", "“concrete”"),
        ("the company's", "the company’s", "the company’s"),
        (r"the \(so-called\)", "the (so‑called) plan", "the (so‑called)"),
        ("in the year <year>", "in the year 2015", "in the year 2015"),
        ("in the year <year>", "in the year 20155", None),
        ("(the) / settlement / showed", "The settlement showed a loss", "settlement"),
        ("(the) / settlement / showed", "Settlement showed a loss", "Settlement"),
        ("/ settlement / (of accounts)", "its settlement of accounts", "settlement"),
        ("/ settlement / (of accounts)", "its settlement", "settlement"),
        ("<1-2> / settlement /", "Its quarterly settlement", "settlement"),
        ("<1-2> / settlement /", "settlement", None),
        ("/ settlement / <1-2>", "a settlement was signed", "settlement"),
        ("/ settlement / <1-2>", "a settlement, signed", None),
        ("/ settlement / (was) <0-1> signed", "a settlement signed", "settlement"),
        ("the / <1-2> / settlement", "the very first settlement", "very first"),
        ("the / <1-2> / settlement", "the settlement", None),
        ("the / (very) <1-1> (new) / settlement", "the very old new settlement", "very old new"),
        ("the / (very) <1-1> (new) / settlement", "the old settlement", "old"),
        ("the [<1-2>|nice] house", "the big old house", "the big old house"),
        ("the (<1-2>) house", "the big old house", "the big old house"),
        ("the (<1-2>) house", "the house", "the house"),
    ],
)
def test_matching(pattern: str, text: str, span: str | None) -> None:
    assert found(pattern, text) == span


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "(",
        "[a|",
        "{take",
        "a / b",
        "[a||b] c",
        "<nothing> of it",
        "<3-1> of it",
        "<word> <num>",
        "take ] it",
        "{take3} it",
        "one\\",
        "a / / b",
        "a / (very) / b",
        "a / <0-1> (very) / b",
        "[(very)|quite] good",
        "([a|<0-2>]) good",
        "((a)(b)|c) good",
    ],
)
def test_malformed(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_captures_are_numbered_from_the_left() -> None:
    compiled = compile_pattern("{hold} (the|a) [big|small] <1-2> {summit}")
    assert compiled.captures == 4
    assert compiled.lemmas == {1: ("hold",), 4: ("summit",)}
    match = re.search(compiled.regex, "held a big virtual summit")
    assert match is not None
    assert [match[f"g{number}"].strip() for number in (1, 2, 3, 4)] == ["held", "big", "virtual", "summit"]


def test_sentence_edges() -> None:
    compiled = compile_pattern("^ in this sense $")
    assert (compiled.at_start, compiled.at_end) == (True, True)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{take} the [word|floor]", "She TOOK the Floor"),
        ("(very) {realize} (a) visit", "realizing a visit"),
        ("on <month> <day>", "On August 3"),
        ("the company's (own) plan", "the company’s plan"),
        ('said "no" to', "said “no” to"),
    ],
)
def test_every_match_contains_a_key(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    assert re.search(compiled.regex, text)
    assert compiled.outline.keys & set(re.findall(r"\w+", fold(text)))


@given(
    st.lists(
        st.sampled_from(["take", "(very)", "[in|at]", "{hold}", "<0-2>", "summit", "(a|the)"]), min_size=1, max_size=6
    )
)
def test_any_sequence_compiles_or_says_why(parts: list[str]) -> None:
    try:
        compiled = compile_pattern(" ".join(parts))
    except PatternError:
        return
    re.compile(compiled.regex)
    assert compiled.outline.keys
    assert all(key == fold(key) for key in compiled.outline.keys)


def test_classes_are_described() -> None:
    assert all(CLASSES.values())
