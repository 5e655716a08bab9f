"""What a compiled expression is told of its beginning: it saves work, and no match is lost to it."""

from __future__ import annotations

import re
import zlib
from array import array
from re import _compiler, _parser  # type: ignore[attr-defined]

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tqcheck.rules.expression import compiled
from tqcheck.rules.first_set import hastened
from tqcheck.rules.loader import load_rules


def kept(regex: str) -> re.Pattern[str]:
    """The expression from its compiled form, which must be the one that tells where a match can begin."""
    code = compiled(regex)
    assert code is not None
    flags, numbers, count, names, groups = code
    whole = array("I", zlib.decompress(numbers)).tolist()
    tree = _parser.parse(regex, 0)
    assert whole == hastened(_compiler._code(tree, 0), tree), "Python does not accept it"
    made: re.Pattern[str] = _compiler._sre.compile(regex, flags, whole, count, names, groups)
    return made


def told(regex: str) -> list[int]:
    """By how many numbers the compiled form has grown, and whether the first thing asked for is the edge of a word."""
    tree = _parser.parse(regex, 0)
    code = _compiler._code(tree, 0)
    new = hastened(list(code), tree)
    start = new[1] + 1
    edge = new[start : start + 2] == [int(_compiler.AT), int(_compiler.AT_UNI_BOUNDARY)]
    return [len(new) - len(code), int(edge)]


@pytest.mark.parametrize(
    "regex",
    [
        r"(?<!\w)the end",
        r"(?:^|(?<=\. ))(?:[Tt]he|an?) end",
        r"(?<![\w-])(?P<span>(?i:So|straße))",
        r"(?<!\w)(?:very )?[a-zßĀŽ]+(?: end)?",
        r"(?<![\w])(?=[Tt])\w+",
    ],
)
def test_an_edge_and_the_first_letters(regex: str) -> None:
    grown, edge = told(regex)
    assert grown > 2
    assert edge


@pytest.mark.parametrize("regex", [r"(?<=\w)[,;] and", r"(?<=a)b", r"(?<!\w)[^\s]x", r"(?<= )[“\"]so"])
def test_letters_without_an_edge(regex: str) -> None:
    grown, edge = told(regex)
    assert grown > 2
    assert not edge


@pytest.mark.parametrize(
    "regex", ["the end", "[Tt]he end", r"(?<!\w)(?:end)?", r"(?a)(?<!\w)the", r"(?s)(?<! ).end", r""]
)
def test_what_cannot_be_helped_stays(regex: str) -> None:
    assert told(regex)[0] == 0


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        (r"(?<!\w)(?i:kelvin|straße|İx)", "\u212aelvin KELVIN STRASSE Straße STRAẞE i̇x İX"),
        (r"(?<=\W)(?i:[µÿ])\w", " μm µm Μm ÿa Ÿa"),
        (r"(?<!\w)[^a-z]nd", "end And 9nd „nd €nd"),
        (r"(?s)(?<=x).y", "x\ny x—y xÿy"),
        (r"(?<!-)(?:(a)|b)?(?(1)c|d)e", "ace bde de ce -de"),
    ],
)
def test_letters_of_either_case_and_beyond_latin_1(regex: str, text: str) -> None:
    new = re.compile(regex)
    assert [match.span() for match in kept(regex).finditer(text)] == [match.span() for match in new.finditer(text)]


_ATOMS = st.sampled_from(
    ["the", "so", "End", "(?i:é)", " ", r"\s+", ", ", r"(?!\w)", r"(?<!\w)", r"\w+", r"[^.]{0,3}", r"[^\W_]", r"\b",
     r"\B", "^", "$", r"(?= so)", r"(?=[Tt])", r"(?<=the )", "(?! End)", r"\d", r"\W", "(?i:So)", r"[\w’-]+\s", "“"]
)  # fmt: skip
_EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.tuples(
        st.sampled_from(["(?:", "(?P<span>", "(?>", "(?i:"]),
        st.lists(st.lists(inner, min_size=1, max_size=3).map("".join), min_size=1, max_size=3),
        st.sampled_from(["", "?", "{0,2}", "*?", "{1,2}"]),
    ).map(lambda made: f"{made[0]}{'|'.join(made[1])}){made[2]}"),
    max_leaves=6,
)
_TEXTS = st.lists(st.sampled_from(["the", "So", "end", "É", "“", " ", " ", ", ", "-", "\n", "9", "’"]), max_size=20)


@given(st.lists(_EXPRESSIONS, min_size=1, max_size=4).map("".join), _TEXTS.map("".join))
def test_no_match_is_lost_whatever_the_expression(regex: str, text: str) -> None:
    try:
        new = re.compile(regex)
    except re.error:
        assume(False)
    assert [match.span() for match in kept(regex).finditer(text)] == [match.span() for match in new.finditer(text)]


def test_nearly_all_rules_are_helped() -> None:
    regexes = [pattern.regex for rule in load_rules().rules[::20] for pattern in rule.patterns]
    assert sum(told(regex)[0] > 0 for regex in regexes) > 0.9 * len(regexes)
    assert all(kept(regex).groups == re.compile(regex).groups for regex in regexes)
