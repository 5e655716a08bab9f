"""Outlines of regular expressions: what they say, and that no match is lost to them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tqcheck.readers import read_text
from tqcheck.rules.loader import load_rules
from tqcheck.rules.matcher import Matcher
from tqcheck.rules.regex_outline import outline_of_regex
from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.text.sentences import LONGEST_SENTENCE


@pytest.fixture(scope="module")
def rule() -> Rule:
    return next(one for one in load_rules().rules if one.patterns and one.scope == "sentence")


@pytest.mark.parametrize(
    ("regex", "keys", "near", "before", "behind"),
    [
        (r"\bunder\s+construction\b", {"construction"}, [(-1, -1, {"under"})], 1, 0),
        (r"\b(?P<span>(?i:In) no (?:way|case))\b", {"case", "way"}, [(-1, -1, {"no"}), (-2, -2, {"in"})], 2, 0),
        (r"\bquorum(?:s|ate)?\b", {"quorum", "quorums", "quorumate"}, [], 0, 0),
        # What cannot be read may hold blanks, and none at all.
        (r"\bquorum\b[^.]{0,9}\bmandate\b", {"quorum"}, [(0, 9, {"mandate"})], 0, 9),
        (r"\bquorum [\w-]+ (?:[\w-]+ ){0,2}\bmandate\b", {"quorum"}, [(2, 4, {"mandate"})], 0, 4),
        # What is looked at behind the match must be there to be looked at.
        (r"\bquorum\b(?! of the)", {"quorum"}, [], 0, 2),
        (r"\bquorum\b(?=[^.]*$)", {"quorum"}, [], 0, LONGEST_SENTENCE),
        (r"(?<=[.!?] )Quorum\b", {"quorum"}, [], 0, 0),
        (r"(?:^|(?<=\n))Quorum (?:very )?large\b", {"quorum"}, [(1, 2, {"large"})], 0, 2),
        # Runs of words, which bring the white space behind or before them.
        (r"\bthe\s+(?:[\w-]+\s+){0,3}?quorum\b", {"quorum"}, [(-4, -1, {"the"})], 4, 0),
        (r"\bquorum(?: [\w-]+){2,3} mandate\b", {"quorum"}, [(3, 4, {"mandate"})], 0, 4),
        # What must follow the match has words as well, and those of a choice may end within it.
        (r"\bthe\b(?= (?:large )?quorum\b)", {"quorum"}, [(-2, -1, {"the"})], 2, 2),
        (r"\b(?:quorum\b|mandate of \w+)[^.]{0,9}", {"quorum", "mandate"}, [], 0, 11),
        (r"\b(?:quorum [\w-]+|mandates? of \w+)\b", {"quorum", "mandate", "mandates"}, [], 0, 2),
    ],
)
def test_outline(regex: str, keys: set[str], near: list[tuple[int, int, set[str]]], before: int, behind: int) -> None:
    found = outline_of_regex(regex)
    assert found is not None
    assert found.keys == keys
    assert [(low, high, set(words)) for low, high, words in found.near] == near
    assert (found.before, found.behind) == (before, behind)


@pytest.mark.parametrize(
    "regex",
    [
        "quorum",
        r"\bquorum",
        r"quorum\b",
        r"\bquorum\w*",
        r"\bquorum-?[a-z]+\b",
        r"\b(?:quorum|[A-Z]+)\b",
        r"\b(?:quorum )?\w+\b",
        r"\d+",
        r"(?<!\w)[“\"]\w+",
        r"\b(?!quorum)\w+\b",
    ],
)
def test_no_word_is_certain(regex: str) -> None:
    assert outline_of_regex(regex) is None


def test_what_is_no_expression() -> None:
    with pytest.raises(re.error):
        outline_of_regex("(")


_ATOMS = st.sampled_from(
    [
        "the", "so", "end", "ends", r"it['’]s", " ", r"\s", r"\s+", r"\s*", ", ", "(?!\\w)", "(?<!\\w)", r"[\w-]+",
        r"[\w-]+ ", r"(?:[\w-]+\s+){0,2}?", r"(?:\s\w+){1,2}", r"[^.]{0,5}", r"[^.;]*", r"\w", "-", r"\b",
        r"(?= so)", r"(?=\s(?:the|so) )", r"(?<=the )", r"(?! end)", r"\d{4}", r"\W+",
    ]
)  # fmt: skip
_EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.tuples(
        st.lists(st.lists(inner, min_size=1, max_size=3).map("".join), min_size=1, max_size=3),
        st.sampled_from(["", "?", "{0,2}", "{1,2}"]),
    ).map(lambda made: f"(?:{'|'.join(made[0])}){made[1]}"),
    max_leaves=7,
)
_TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["the", "so", "end", "Ends", "it’s", "it's", "2020", "co-op", "so-end"]),
        st.sampled_from([" ", " ", "  ", ", ", "-", "\u00a0", "; "]),
    ),
    min_size=2,
    max_size=16,
)


_FRAMES = st.sampled_from(
    ["{}", r"\b{}\b", r"(?<!\w){}(?= )", r"\bthe {}\b", r"{}\s+end\b", r"(?:^|(?<=, )){} (?P<span>so)\b"]
)


@given(_FRAMES, st.lists(_EXPRESSIONS, min_size=1, max_size=5).map("".join), _TEXTS)
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_no_match_is_lost_whatever_the_expression(
    rule: Rule, frame: str, inner: str, words: list[tuple[str, str]]
) -> None:
    regex = frame.replace("{}", inner)
    try:
        found = outline_of_regex(regex)
    except re.error:
        assume(False)
    assume(found is not None)
    # As the engine hands it to the matcher.
    document = read_text("".join(word + gap for word, gap in words), "x.txt").tidied
    one = replace(rule, patterns=(CompiledPattern(regex, found),))
    matches = [match.span() for _, _, matches in Matcher([one]).matches(document) for match in matches]
    searched = [
        match.span() for unit in document.sentences for match in re.compile(regex).finditer(document.running, *unit[:2])
    ]
    assert matches == searched, found
