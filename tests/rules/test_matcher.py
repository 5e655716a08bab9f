"""The matcher against a plain search for every pattern: outlines and anchors may save work, never lose a match."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.readers import read_text
from tqcheck.rules.loader import load_rules
from tqcheck.rules.matcher import Matcher
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.rules.pattern import PatternError, compile_pattern
from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.text.document import Document
from tqcheck.text.span import Span

_TEMPLATE = """
[[rule]]
id = "XX001"
name = "one"
category = "calque"
severity = "warning"
message = "m"
source = "s"
bad = ["[a]", "[b]"]
good = ["c", "d"]
pattern = '{}'
"""


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    return load_rules().rules


def bare(example: str) -> str:
    return re.sub(r"(?<!\\)[\[\]]", "", example).replace("\\[", "[").replace("\\]", "]")


def searched(rules: tuple[Rule, ...], document: Document) -> set[tuple[str, str, int, int]]:
    """(rule, pattern, start, end) of every match, without anchors."""
    found = set()
    for rule in rules:
        units = document.sentences if rule.scope == "sentence" else document.blocks
        for pattern in rule.patterns:
            regex = re.compile(pattern.regex)
            for unit in units:
                for match in regex.finditer(document.running, unit.start, unit.end):
                    before = document.running[unit.start : match.start()]
                    if not pattern.at_start or not any(char.isalnum() for char in before):
                        found.add((rule.id, pattern.regex, *match.span()))
    return found


def matched(rules: tuple[Rule, ...], document: Document) -> set[tuple[str, str, int, int]]:
    return {
        (owner.rule.id, owner.pattern.regex, *match.span())
        for owner, _, matches in Matcher(rules).matches(document)
        for match in matches
    }


@pytest.mark.slow
def test_the_rules_of_the_language_packs_lose_no_match_to_their_outlines(rules: tuple[Rule, ...]) -> None:
    # Anchors of regular expressions are their author's choice: they also narrow what is looked at.
    patterns = tuple(
        rule for rule in rules if rule.patterns and all(one.outline and not one.anchors for one in rule.patterns)
    )
    examples = [bare(example) for rule in patterns for example in (*rule.bad, *rule.good)]
    chosen = random.Random(0).sample(examples, 60)
    text = "\n\n".join([*chosen, *(one.replace(" ", "\u00a0\n  ", 3).upper() for one in chosen[:10])])
    document = read_text(text, "x.txt").tidied
    found = matched(patterns, document)
    assert len(found) > 20
    assert found == searched(patterns, document)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(very) good deal", "A very good deal is a very good, good deal; good dealings are no good-deal."),
        ("in the <0-3> case", "In the case. It is in the worst possible case, in the in the case."),
        ("the [in <year>|on <weekday>] signed", "The in 2020 signed, the on Monday signed, the in May signed."),
        ("[he|she] / has / gone", "He has gone, and she  has\u00a0gone."),
        ("un(der)take(s) it", "They undertake it, untakes it."),
        ('said "no" to', "She said “no” to him and said “no” to her."),
        ("a [a|a b] a", "A a b a a b a a a."),
        (", <word> said", "It is late, Anna said, he said."),
        (
            "(very (much)) <0-2> [so|in the] end(s) of",
            "Much in the end of it; so \u201cends\u201d of; very nice, so end of.",
        ),
        ("[the hand|the other side|it] of / the <name> /", "The other side of the Bay of Biscay, and it of the X."),
        ("{carry out|do} (a) [visit|<num> visits]", "She carried out visit one, doing a visit; carry out 30 visits."),
        ("the <office>’s (own) <0-3> [plan|plans]", "The prime minister's own very good plan, the mayor's plans."),
        (
            "[so-called|would-be] [in <year>|on the <weekday>] of",
            "A so-called in 2020 of; \u2018would-be on the Monday of.",
        ),
        (
            "^ (and) in this [sense|a very wide sense],",
            "\u201cIn this sense, he said. And in this sense, no. No, in this sense, it.",
        ),
        ("(the|its) / settlement / showed", "Settlement showed it, the settlement  showed, and its settlement showed."),
        ("<1-2> / settlement / (of) <0-1>", "A very old settlement of it, the settlement: of a settlement."),
        ("the [<1-2>|nice] end", "The very good end, the good end, the nice end."),
    ],
)
def test_matches_are_those_of_a_search_from_left_to_right(pattern: str, text: str) -> None:
    document = read_text(text, "x.txt").tidied
    one = (parse_pack(_TEMPLATE.format(pattern), "p.toml")[0],)
    found = matched(one, document)
    assert found
    assert found == searched(one, document)


_WORDS = st.sampled_from(["the", "so", "end", "it's", "very", "hand", "2020", "co-op", "Ends"])
_PARTS = st.recursive(
    st.sampled_from(
        ["the", "so", "end(s)", "it's", "(very)", "<0-2>", "<1-2>", "<word>", "{end}", "hand,", "<digits>", "co-op"]
    ),
    lambda inner: st.lists(st.lists(inner, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3).flatmap(
        lambda choices: st.sampled_from([f"[{'|'.join(choices)}]", f"({'|'.join(choices)})"])
    ),
    max_leaves=6,
)


@given(
    st.lists(_PARTS, min_size=1, max_size=5).map(" ".join),
    st.lists(
        st.tuples(_WORDS, st.sampled_from([" ", "  ", ", ", " \u201c", "-", "/", "\n", "'", "."])),
        min_size=3,
        max_size=25,
    ),
)
def test_no_match_is_lost_whatever_the_pattern(pattern: str, words: list[tuple[str, str]]) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    rule = parse_pack(_TEMPLATE.format("the"), "p.toml")[0]
    one = (replace(rule, patterns=(CompiledPattern(compiled.regex, compiled.outline, at_start=compiled.at_start),)),)
    # As the engine hands it to the matcher.
    document = read_text("".join(word + gap for word, gap in words), "x.txt").tidied
    assert matched(one, document) == searched(one, document)


def test_matches_come_with_their_sentence() -> None:
    document = read_text("One thing. With immediacy he left. He left with immediacy.", "x.txt")
    one = parse_pack(_TEMPLATE.format("with immediacy"), "p.toml")[0]
    units = [unit for _, unit, _ in Matcher([one]).matches(document)]
    assert units == [Span(11, 34), Span(35, 58)]


_CASED = _TEMPLATE.replace("pattern = '{}'", "regex = 'to (?P<span>The\\s+\\w+)'\nanchors = [\"The US\"]\ncased = true")


@pytest.mark.parametrize("text", ["sent to The US now", "sent to The  US now", "sent to The\u00a0US now", "to The US"])
def test_cased_anchors_stand_as_written_across_white_space(text: str) -> None:
    one = (parse_pack(_CASED, "p.toml")[0],)
    assert matched(one, read_text(text, "x.txt").tidied)
    assert not matched(one, read_text(text.replace("The", "the"), "x.txt").tidied)


@pytest.mark.slow
def test_cased_anchors_cost_no_more_in_a_longer_text(growth: Callable[..., float]) -> None:
    one = (parse_pack(_CASED, "p.toml")[0],)
    line = "They went to The\u00a0US again and to the US once more, as the US did.\n\n"
    matcher = Matcher(one)

    def search(times: int) -> Callable[[], object]:
        document = read_text(line * times, "x.txt")
        _ = document.folded, document.sentences
        assert len(list(matcher.matches(document))) == times
        return lambda: list(matcher.matches(document))

    assert growth(search(500), search(8_000), 48) < 48
