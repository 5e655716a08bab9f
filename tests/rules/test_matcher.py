"""The matcher against a plain search for every pattern: anchors may save work, never lose a match."""

from __future__ import annotations

import random
import re

import pytest

from tqcheck.readers import read_text
from tqcheck.rules.loader import load_rules, parse_pack
from tqcheck.rules.matcher import Matcher
from tqcheck.rules.schema import Rule
from tqcheck.text import EDGE, Document, Span, fold

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
                if rule.scope == "line":
                    start = unit.start + len(document.text[unit.start :]) - len(document.text[unit.start :].lstrip())
                    matches = [regex.match(document.text, start, unit.end)]
                else:
                    matches = list(regex.finditer(document.text, unit.start, unit.end))
                found |= {(rule.id, pattern.regex, *match.span()) for match in matches if match is not None}
    return found


def matched(rules: tuple[Rule, ...], document: Document) -> set[tuple[str, str, int, int]]:
    return {
        (owner.rule.id, owner.pattern.regex, *match.span())
        for owner, _, matches in Matcher(rules).matches(document)
        for match in matches
    }


def test_the_rules_of_the_language_packs_lose_no_match_to_their_anchors(rules: tuple[Rule, ...]) -> None:
    # Anchors of regular expressions are their author's choice: they also narrow what is looked at.
    patterns = tuple(rule for rule in rules if rule.patterns and all(EDGE in one.regex for one in rule.patterns))
    examples = [bare(example) for rule in patterns for example in (*rule.bad, *rule.good)]
    chosen = random.Random(0).sample(examples, 60)
    text = "\n\n".join([*chosen, *(one.replace(" ", "\u00a0\n  ", 3).upper() for one in chosen[:10])])
    document = read_text(text, "x.txt")
    found = matched(patterns, document)
    assert len(found) > 20
    assert found == searched(patterns, document)


def test_a_match_begins_with_an_anchor_where_the_pattern_says_so(rules: tuple[Rule, ...]) -> None:
    begins = 0
    for rule in rules:
        text = "\n".join(map(bare, rule.bad))
        for pattern in rule.patterns:
            if EDGE not in pattern.regex:
                continue
            for match in re.finditer(pattern.regex, text):
                folded = re.sub(" +", " ", fold(match[0]))
                assert any(anchor in folded for anchor in pattern.anchors), rule.id
                if pattern.regex.startswith(EDGE) and all(anchor[0].isalnum() for anchor in pattern.anchors):
                    assert folded.startswith(pattern.anchors), rule.id
                    begins += 1
    assert begins > 100


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
    ],
)
def test_matches_are_those_of_a_search_from_left_to_right(pattern: str, text: str) -> None:
    document = read_text(text, "x.txt")
    one = (parse_pack(_TEMPLATE.format(pattern), "p.toml")[0],)
    found = matched(one, document)
    assert found
    assert found == searched(one, document)


def test_matches_come_with_their_sentence() -> None:
    document = read_text("One thing. With immediacy he left. He left with immediacy.", "x.txt")
    one = parse_pack(_TEMPLATE.format("with immediacy"), "p.toml")[0]
    units = [unit for _, unit, _ in Matcher([one]).matches(document)]
    assert units == [Span(11, 34), Span(35, 58)]
