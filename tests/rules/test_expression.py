from __future__ import annotations

import re

import pytest

from tqcheck.rules import expression as module
from tqcheck.rules.expression import compiled, expression
from tqcheck.rules.loader import load_rules


@pytest.mark.parametrize("step", [45, pytest.param(9, marks=pytest.mark.slow)])
def test_a_kept_expression_is_the_same_as_a_new_one(step: int) -> None:
    rules = load_rules().rules[::step]
    text = " ".join(example for rule in rules for example in rule.bad)
    found = 0
    for regex in (pattern.regex for rule in rules for pattern in rule.patterns):
        kept, new = expression(regex, compiled(regex)), re.compile(regex)
        assert (kept.flags, kept.groups, kept.groupindex, kept.pattern) == (
            new.flags,
            new.groups,
            new.groupindex,
            new.pattern,
        )
        spans = [(match.span(), match.groupdict()) for match in kept.finditer(text)]
        assert spans == [(match.span(), match.groupdict()) for match in new.finditer(text)]
        found += len(spans)
    assert found > len(rules) // 2


def test_python_still_has_what_this_rests_on() -> None:
    assert compiled("a(?P<b>b)") is not None


@pytest.mark.parametrize("code", [None, (0, b"", 0, {}, ()), (0, b"no", 1, {}, (None,)), ("x",), 7])
def test_without_a_sound_code_the_expression_is_compiled(code: object) -> None:
    assert expression("a+", code).findall("caab") == ["aa"]


def test_a_python_without_the_private_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    code = compiled("a+")
    monkeypatch.setattr(module, "_sre", None)
    assert compiled("a+") is None
    assert expression("a+", code).findall("caab") == ["aa"]
