from __future__ import annotations

import pytest

from tqcheck.rules.redos import catastrophic, hostile_texts


@pytest.mark.parametrize(
    "regex",
    [
        r"(a+)+b",
        r"(\w+\s?)*x",
        r"(a|b|ab)*c",
        r"(x+x+)+y",
        r"(?:,|,\s?|\s)*z",
        r"\bfoo (?:\w+\s?)+[^\w\s]",
        r"\bfoo\b(?!(?:\s?\w+)*!)",
        r"foo(?= (?:\w+\s?)*x)",
        r"foo (?>(?:\w+\s?)*x)",
        r"foo (?:(?:\w+\s?)*x)++",
        r"foo (?:\w+\s?)*\W",
        r"foo (?:\w+\s?)*$",
        r"(f)?(?(1)(?:\w+\s?)*x|y)",
        r"(?:(?:\w|\w){8}){8}x",
        r"(?x) foo\ (?:(?:\w|\w){8}){8}x # more",
        r"a+b+c+d+e+f+g+h+i+j+k+l+m+n+(?:\w+\s?)*x",
    ],
)
def test_exponential_expressions_are_known(regex: str) -> None:
    assert catastrophic(regex)


@pytest.mark.parametrize(
    "regex",
    [
        r"(?:\s+[\w-]+){0,12}z",
        r"a.*b.*c",
        r"\d+(?:[.,]\d+)*\s+m",
        r"(?i)(?P<span>take|took)\s+the",
        r"[^a]b*",
        r"(?:\w{8}){8}x",
    ],
)
def test_others_pass(regex: str) -> None:
    assert catastrophic(regex) is None


def test_texts_hold_what_leads_to_each_repeat() -> None:
    texts = hostile_texts(r"say\s+(?:\w+\s+){1,9}end", 300)
    assert any(text.startswith("say a a a a") for text in texts)
    assert all(200 < len(text) < 400 for text in texts)


def test_texts_keep_words_apart() -> None:
    texts = hostile_texts(r"\bfoo\b.*\bbar\b", 300)
    assert any("bar foo foo foo foo" in text for text in texts)
