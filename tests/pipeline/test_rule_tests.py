from __future__ import annotations

from pathlib import Path

import pytest

from tqcheck.errors import RuleError
from tqcheck.pipeline.rule_tests import prove, prove_packs
from tqcheck.rules.examples import marked
from tqcheck.rules.pack_parser import parse_pack

RULE = """
[[rule]]
id = "XX001"
name = "own-immediacy"
category = "calque"
severity = "warning"
languages = ["es"]
pattern = ["with immediacy", "with total immediacy"]
suggest = ["at once"]
message = "English says at once."
source = "dictionary"
bad = ["He left [with immediacy].", "The immediacy of it: he left [with total immediacy]."]
good = ["He felt the immediacy.", "She spoke of the immediacy of youth."]
"""


def reasons(old: str = "", new: str = "") -> list[str]:
    (rule,) = parse_pack(RULE.replace(old, new), "pack.toml")
    return [str(failure) for failure in prove(rule)]


def test_a_good_rule_is_proven() -> None:
    assert reasons() == []


@pytest.mark.parametrize(
    ("old", "new", "reason", "expected", "found"),
    [
        ("[with immediacy].", "[left with immediacy] now.", "flagged elsewhere", "[left with", "left [with immediacy]"),
        ("left [with immediacy]", "[went] home", "is not flagged", "He [went]", "He went home"),
        ("left [with immediacy]", "left [with immediacy] and with immediacy", "more than once", "and with", "[with"),
        (
            "He felt the immediacy.",
            "He left with immediacy.",
            "a good example is flagged",
            "He left",
            "[with immediacy]",
        ),
        ('["at once"]', '["with immediacy"]', "triggers the rule again", "he left with immediacy", ""),
        ('"with total immediacy"', '"with (total) immediacy"', "patterns 1 and 2 overlap", "", ""),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, reason: str, expected: str, found: str) -> None:
    told = "\n".join(reasons(old, new))
    assert told.startswith("pack.toml:2: XX001 own-immediacy: ")
    assert reason in told
    assert expected in told
    assert found in told


def test_quadratic_patterns_are_refused() -> None:
    text = RULE.replace(
        'pattern = ["with immediacy", "with total immediacy"]',
        "scope = \"block\"\nregex = '''with\\s[^.]*immediacy'''\nanchors = [\"with\"]",
    )
    (rule,) = parse_pack(text, "pack.toml")
    assert any("more than linear" in str(failure) for failure in prove(rule))


@pytest.mark.parametrize("regex", [r"\bwith\b.*\bimmediacy\b"])
def test_quadratic_expressions_are_refused_whatever_else_must_be_near(regex: str) -> None:
    text = RULE.replace(
        'pattern = ["with immediacy", "with total immediacy"]',
        f'scope = "block"\nregex = \'{regex}\'\nwords = ["with"]',
    )
    (rule,) = parse_pack(text, "pack.toml")
    assert any("more than linear" in str(failure) for failure in prove(rule))


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "refused"), [(r"[^.]*without\s[^.]*without\s[^.]*", True), ("[^.]*", False)])
def test_cubic_patterns_of_a_sentence_are_refused(gap: str, refused: bool) -> None:
    text = RULE.replace(
        'pattern = ["with immediacy", "with total immediacy"]',
        f"regex = '''without\\s{gap}immediacy'''\nanchors = [\"without\"]",
    )
    (rule,) = parse_pack(text, "pack.toml")
    assert any("cubic time in a sentence" in str(failure) for failure in prove(rule)) is refused


def test_packs_are_proven_against_each_other(tmp_path: Path) -> None:
    pack = tmp_path / "pack.toml"
    pack.write_text(RULE, "utf-8")
    assert prove_packs([pack]) == (1, [])
    pack.write_text(RULE.replace("XX001", "ES003"), "utf-8")
    with pytest.raises(RuleError, match="'ES003' is taken"):
        prove_packs([pack])


def test_brackets_can_be_part_of_an_example() -> None:
    assert marked(r"He \[sic\] [took the word].") == ("He [sic] took the word.", 9, 22)


def test_a_safe_fix_may_bring_no_other_finding() -> None:
    safe = RULE.replace('suggest = ["at once"]', 'suggest = ["in the best of cases"]\nfix = "safe"')
    (rule,) = parse_pack(safe, "pack.toml")
    told = "\n".join(str(failure) for failure in prove(rule))
    assert "its fix is said to be safe, but 'in the best of cases' brings ES003 best-of-cases" in told
    assert "He left [in the best of cases]." in told
    assert "said to be safe" not in "\n".join(reasons('suggest = ["at once"]', 'suggest = ["at once"]\nfix = "safe"'))
