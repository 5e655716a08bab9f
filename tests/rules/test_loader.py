from __future__ import annotations

from pathlib import Path

import pytest

from tqcheck.errors import RuleError
from tqcheck.rules import loader, pack_files
from tqcheck.rules.loader import load_rules
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.rules.schema import Rule

RULE = """
[[rule]]
id = "XX001"
name = "own-immediacy"
category = "calque"
severity = "warning"
languages = ["es"]
origin = { es = "con inmediatez" }
pattern = "with immediacy"
suggest = ["at once"]
message = "English says at once."
source = "dictionary"
bad = ["He left [with immediacy].", "The immediacy of it: he left [with immediacy]."]
good = ["He felt the immediacy.", "With the immediacy of youth."]
"""


def test_a_rule_is_read() -> None:
    (rule,) = parse_pack(RULE, "pack.toml")
    assert (rule.id, rule.severity.label, rule.origin_text, rule.line, rule.quoted) == (
        "XX001",
        "warning",
        "con inmediatez",
        2,
        "skip",
    )


def test_a_fix_is_unsafe_unless_the_rule_says_otherwise(tmp_path: Path) -> None:
    (rule,) = parse_pack(RULE, "pack.toml")
    assert rule.fix == "unsafe"
    pack = tmp_path / "own.toml"
    pack.write_text(RULE.replace('source = "d', 'fix = "safe"\nsource = "d'), "utf-8")
    for _ in range(2):  # the second time from the compiled copy
        (rule,) = load_rules([pack], cache=tmp_path, builtin=False).rules
        assert rule.fix == "safe"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('id = "XX001"', 'id = "xx1"', 3, "capital letters and three digits"),
        ('name = "own-immediacy"', 'name = "With immediacy"', 4, "hyphens"),
        ('category = "calque"', 'category = "calc"', 5, "unknown category"),
        ('severity = "warning"', 'severity = "high"', 6, "severity must be"),
        ('languages = ["es"]', 'languages = ["xx"]', 7, "unknown language"),
        ('{ es = "con', '{ fr = "con', 8, "one of the rule's languages"),
        ('pattern = "with immediacy"', 'pattern = "with (immediacy"', 9, "missing ')'"),
        ('pattern = "with immediacy"', 'regex = "with (immediacy"\nanchors = ["with"]', 9, "unterminated"),
        ('pattern = "with immediacy"', 'regex = "with immediacy"', 9, "anchors"),
        (
            'pattern = "with immediacy"',
            'regex = "(w+i?)+x"\nanchors = ["with"]',
            9,
            "exponential time on a text such as",
        ),
        ('source = "dictionary"', 'source = "dictionary"\nunless = ["re:(a+)+b"]', 13, "exponential time"),
        ('pattern = "with immediacy"', 'pattern = ""', 9, "empty pattern"),
        ('pattern = "with immediacy"', 'pattern = "<word> <word>"', 9, "no fixed word to look for"),
        ('source = "dictionary"', 'source = "dictionary"\npreview = 1', 13, "wrong type"),
        ('source = "dictionary"', 'source = "dictionary"\nfix = "sure"', 13, "fix is safe or unsafe"),
        ('suggest = ["at once"]', 'fix = "safe"', 10, "there are none"),
        ('source = "dictionary"', 'source = "dictionary"\narbitrate = 2.0\nfix = "safe"', 14, "decides"),
        ('pattern = "with immediacy"', 'pattern = "with immediacy"\nregex = "x"', 2, "one of pattern, regex and check"),
        ('suggest = ["at once"]', 'suggest = ["$1"]', 10, "capture 1"),
        ('message = "English says at once."', 'message = ""', 11, "missing or empty"),
        ('message = "English says at once."', "message = 3", 11, "wrong type"),
        ('source = "dictionary"', 'sauce = "dictionary"', 12, "unknown key"),
        ('[with immediacy].", "The', 'with immediacy.", "The', 13, "one pair of square brackets"),
        ('good = ["He felt the immediacy.", "With the immediacy of youth."]', 'good = ["x"]', 13, "at least two"),
        ('source = "dictionary"', 'source = "dictionary', 12, "not valid TOML"),
        ('source = "dictionary"', 'source = "dictionary"\ncertain = true', 13, "beside arbitrate"),
        ('pattern = "with immediacy"', "regex = 'with a{99999999999}'\nwords = ['with']", 9, "too large"),
        ('source = "dictionary"', "source = \"dictionary\"\nunless = ['re:a{99999999999}']", 13, "too large"),
        ('pattern = "with immediacy"', f'pattern = "with {"[" * 2000}"', 9, "recursion"),
        (
            'pattern = "with immediacy"',
            f"regex = 'with'\nanchors = ['{'<digit>' * 4}']",
            10,
            "at most 3 <digit>",
        ),
    ],
)
def test_mistakes_name_file_and_line(old: str, new: str, line: int, reason: str) -> None:
    assert old in RULE
    with pytest.raises(RuleError) as caught:
        parse_pack(RULE.replace(old, new), "pack.toml")
    assert f"pack.toml:{line}:" in str(caught.value)
    assert reason in str(caught.value)


def test_ids_and_names_are_unique(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(RULE + RULE.replace("XX001", "XX002"), "utf-8")
    with pytest.raises(RuleError, match=r"own\.toml:16: name 'own-immediacy' is taken by .*own\.toml:2"):
        load_rules([pack])


def test_two_rules_cannot_look_for_the_same(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(RULE + RULE.replace("XX001", "XX002").replace("own-immediacy", "other-immediacy"), "utf-8")
    with pytest.raises(RuleError, match=r"own\.toml:16: rule XX002: its pattern is also one of XX001"):
        load_rules([pack])


@pytest.fixture(autouse=True)
def few_packs(monkeypatch: pytest.MonkeyPatch, anew: None) -> None:
    """Two of the built-in packs, so that each test takes no longer than it must."""
    few = [(name, content) for name, content in pack_files.builtin_packs() if name in ("tr.toml", "numbers.toml")]
    monkeypatch.setattr(loader, "builtin_packs", lambda: few)


def test_a_pack_that_is_missing_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot read"):
        load_rules([tmp_path / "none.toml"])
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match="not UTF-8"):
        load_rules([tmp_path / "bad.toml"])


def test_the_compiled_copy_equals_the_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_rules(cache=tmp_path)
    monkeypatch.setattr(loader, "parse_pack", lambda *_: pytest.fail("the copy was not used"))
    copy = load_rules(cache=tmp_path)
    assert (copy.rules, copy.labels, copy.sha256) == (first.rules, first.labels, first.sha256)
    assert copy.index == first.index


def test_the_same_packs_give_the_same_copy() -> None:
    assert load_rules().packed() == load_rules().packed()


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"0" * 64 + b"[]", b"tqcheck rules 4\n" + b"0" * 64])
def test_a_damaged_copy_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    first = load_rules(cache=tmp_path)
    (copy,) = tmp_path.glob("rules-*.bin")
    whole = copy.read_bytes()
    copy.write_bytes(damage)
    assert load_rules(cache=tmp_path).rules == first.rules
    assert copy.read_bytes() == whole


def test_a_copy_cut_short_is_made_anew(tmp_path: Path) -> None:
    first = load_rules(cache=tmp_path)
    (copy,) = tmp_path.glob("rules-*.bin")
    copy.write_bytes(copy.read_bytes()[:-100])
    assert load_rules(cache=tmp_path).rules == first.rules


def test_a_rule_that_is_damaged_in_the_copy_comes_from_the_pack(tmp_path: Path) -> None:
    first = load_rules(cache=tmp_path)
    (copy,) = tmp_path.glob("rules-*.bin")
    content = bytearray(copy.read_bytes())
    content[-50] ^= 255
    copy.write_bytes(content)
    loaded = load_rules(cache=tmp_path)
    assert loaded.rule(0) == first.rule(0)
    assert loaded.rule(len(loaded) - 1) == first.rule(len(first) - 1)
    assert loaded.rules == first.rules


def test_a_changed_pack_of_the_user_makes_another_copy(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(RULE, "utf-8")
    first = load_rules([pack], cache=tmp_path)
    pack.write_text(RULE.replace("own-immediacy", "new-immediacy"), "utf-8")
    assert load_rules([pack], cache=tmp_path).rules[-1].name == "new-immediacy"
    assert load_rules([pack], cache=tmp_path).sha256 != first.sha256


def test_only_a_few_copies_are_kept(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    for number in range(9):
        pack.write_text(RULE.replace("own-immediacy", f"immediacy-{number}"), "utf-8")
        load_rules([pack], cache=tmp_path)
    assert len(list(tmp_path.glob("rules-*.bin"))) == 6


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", "utf-8")
    assert load_rules(cache=blocked / "cache").rules


def test_a_changed_pack_of_ones_own_leaves_the_built_in_ones_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, pack = tmp_path / "cache", tmp_path / "own.toml"
    pack.write_text(RULE, "utf-8")
    expected = load_rules([pack])
    load_rules(cache=cache)
    read: list[str] = []
    parse = loader.parse_pack

    def watched(content: str, file: str, *, pack: str | None = None) -> list[Rule]:
        read.append(file)
        return parse(content, file, pack=pack)

    monkeypatch.setattr(loader, "parse_pack", watched)
    for severity in ("warning", "error"):
        pack.write_text(RULE.replace('"warning"', f'"{severity}"'), "utf-8")
        found = load_rules([pack], cache=cache)
        assert found.rules[:-1] == expected.rules[:-1]
        assert found.rules[-1].severity.label == severity
    assert read == [str(pack)] * 2
    assert load_rules([pack], cache=cache).sha256 != expected.sha256


def test_a_byte_order_mark_is_no_part_of_a_pack(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xef\xbb\xbf" + RULE.encode())
    assert len(load_rules([tmp_path / "own.toml"], builtin=False).rules) == 1


@pytest.mark.parametrize("content", ["a = " + "[" * 3000, "a = " + "1" * 5000])
def test_what_is_too_much_for_a_reader_is_no_pack(content: str) -> None:
    with pytest.raises(RuleError, match=r"pack\.toml: not valid TOML"):
        parse_pack(content, "pack.toml")


def test_a_path_that_cannot_be() -> None:
    with pytest.raises(RuleError, match="cannot read the pack"):
        load_rules(["a\0b"], builtin=False)


def test_a_pack_given_twice_is_one_pack(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(RULE, "utf-8")
    assert len(load_rules([pack, tmp_path / "." / ".." / tmp_path.name / "own.toml"], builtin=False).rules) == 1


def test_captures_of_an_expression_are_counted_by_their_names() -> None:
    new = "regex = '(?P<g2>with) immediacy'\nwords = ['immediacy']"
    content = RULE.replace('pattern = "with immediacy"', new).replace('["at once"]', '["$2"]')
    assert parse_pack(content, "pack.toml")[0].suggest == ("$2",)
