from __future__ import annotations

import pytest

from tqcheck.rules.hostile import catastrophic, hostile_texts


@pytest.mark.parametrize("regex", [r"(a+)+b", r"(\w+\s?)*x", r"(a|b|ab)*c", r"(x+x+)+y", r"(?:,|,\s?|\s)*z"])
def test_exponential_expressions_are_known(regex: str) -> None:
    assert catastrophic(regex)


@pytest.mark.parametrize(
    "regex", [r"(?:\s+[\w-]+){0,12}z", r"a.*b.*c", r"\d+(?:[.,]\d+)*\s+m", r"(?i)(?P<span>take|took)\s+the", r"[^a]b*"]
)
def test_others_pass(regex: str) -> None:
    assert catastrophic(regex) is None


def test_texts_hold_what_leads_to_each_repeat() -> None:
    texts = hostile_texts(r"say\s+(?:\w+\s+){1,9}end", 300)
    assert any(text.startswith("say a a a a") for text in texts)
    assert all(200 < len(text) < 400 for text in texts)
