from __future__ import annotations

import pytest

from tqcheck import Checker, Settings
from tqcheck.ignores import without_comments

CHECKER = Checker(Settings(lm="off"))
LINE = "They will sign in the best of cases."


def findings(text: str, kind: str = "plain") -> list[tuple[str, str]]:
    result = CHECKER.check_text(text, kind=kind)  # type: ignore[arg-type]
    for found in result.findings:
        assert kind == "html" or text[found.start : found.end] == found.text
    return [(found.rule, found.text) for found in result.findings]


@pytest.mark.parametrize("kind", ["plain", "markdown"])
@pytest.mark.parametrize(
    "text",
    [
        f"{LINE} <!-- tqcheck-ignore ES003 -->",
        f"{LINE} <!-- tqcheck-ignore -->",
        f"{LINE} <!-- tqcheck-ignore es003, es014: the paper's own name -->\nMinisters held a telematics summit.",
        f"<!-- tqcheck-ignore-next calque -->\n\n{LINE}",
        f"<!-- tqcheck-ignore-next -->\n{LINE}\n",
        f"<!-- tqcheck-ignore-begin best-of-cases -->\n\n{LINE}\n\n{LINE}\n\n<!-- tqcheck-ignore-end -->\n\nAll well.",
        f"All is well.\n\n<!-- tqcheck-ignore-begin es -->\n\n{LINE}",
        f"{LINE}\n\nAll is well.\n\n<!-- tqcheck-ignore-file es -->",
        f"👩🏽‍🚀 café\r\n\r\n{LINE} <!-- tqcheck-ignore -->\r\n",
    ],
)
def test_what_is_ignored_is_silent(text: str, kind: str) -> None:
    assert [rule for rule, _ in findings(text, kind) if rule != "ES014"] == []


@pytest.mark.parametrize("kind", ["plain", "markdown", "html"])
def test_reach_ends(kind: str) -> None:
    paragraphs = [f"{LINE} <!-- tqcheck-ignore -->", LINE, "<!-- tqcheck-ignore-next -->", LINE, LINE]
    text = "".join(f"<p>{one}</p>\n\n" if kind == "html" else f"{one}\n\n" for one in paragraphs)
    assert [rule for rule, _ in findings(text, kind)] == ["ES003", "ES003"]


def test_other_rules_stay() -> None:
    text = f"{LINE} Ministers held a telematics summit. <!-- tqcheck-ignore ES003 -->"
    assert findings(text) == [("ES014", "telematics summit")]


@pytest.mark.parametrize("kind", ["plain", "markdown"])
def test_unused_and_wrong_ones_are_reported(kind: str) -> None:
    paragraphs = [
        "All is well. <!-- tqcheck-ignore ES003 -->",
        "<!-- tqcheck-ignore-line -->",
        "All is <!-- tqcheck-ignore ES9 --> well.",
        "<!-- tqcheck-ignore-end -->",
    ]
    text = "\n\n".join(paragraphs)
    assert findings(text, kind) == [
        ("IG001", "<!-- tqcheck-ignore ES003 -->"),
        ("IG002", "<!-- tqcheck-ignore-line -->"),
        ("IG002", "<!-- tqcheck-ignore ES9 -->"),
        ("IG002", "<!-- tqcheck-ignore-end -->"),
    ]
    messages = [found.message for found in CHECKER.check_text(text, kind="plain").findings]
    assert "'es9' is no rule" in messages[2]
    assert "-next, -begin, -end or -file" in messages[1]


@pytest.mark.parametrize(
    "text",
    [
        "```\n<!-- tqcheck-ignore -->\n```\n\nAll is well.",
        "Write `<!-- tqcheck-ignore -->` there.",
        "~~~\n<!-- tqcheck-ignore -->",
    ],
)
def test_in_code_they_are_examples(text: str) -> None:
    assert findings(text, "markdown") == []


def test_a_comment_is_no_part_of_the_text() -> None:
    source = "One two\n<!-- tqcheck-ignore -->\nthree <!-- tqcheck-ignore --> four.\r\nFive <!-- tqcheck-ignore -->"
    text, segments = without_comments(source)
    assert text == "One two\nthree four.\r\nFive"
    assert segments is not None
    for part in segments:
        assert text[part.text_start : part.text_start + part.length] == source[part.source_start :][: part.length]
    assert without_comments("No comment.") == ("No comment.", None)


def test_many_comments_take_linear_time(growth) -> None:  # type: ignore[no-untyped-def]
    few, many = (f"{LINE} <!-- tqcheck-ignore-begin -->\n\n" * count for count in (200, 800))
    assert growth(lambda: CHECKER.check_text(few), lambda: CHECKER.check_text(many), 12) < 12
