from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tqcheck import Checker, Settings
from tqcheck.readers import read_text
from tqcheck.text.ignores import Ignores, without_comments

CHECKER = Checker(Settings(lm="off"))
LINE = "They will sign in the best of cases."
SUMMIT = "Putin held a telematics summit with Biden."
FILE = "<!-- tqcheck-ignore-file -->"


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


@pytest.mark.parametrize(
    "code",
    [
        f"> ```\n> {FILE}\n> ```",
        f"- item:\n\n    ```\n    {FILE}\n    ```",
        f"> - item:\n>   ~~~ text\n>   {FILE}\n>\n>   {FILE}",
        f"Text:\n\n    {FILE}",
        f"Text:\n\n\t{FILE}\n\n\t{FILE}",
        f"- item\n\n      {FILE}",
        f"Write `a {FILE}` there.",
        f"Write ``{FILE}`` there.",
        f"Write `a\nb {FILE}\nc` there.",
        f"> Write `a\n> b {FILE}` there.",
        f"Write `a` and `b {FILE}`.",
        f"# Write `a {FILE}`",
        f"| a |\n|---|\n| `a {FILE}` |",
        f"See ![`a {FILE}`](picture.png).",
        f"```\n```python\n{FILE}\n```",
        f"````\n```\n{FILE}\n````",
        f"```\n{FILE}\n    ```\n{FILE}\n```",
    ],
)
def test_code_of_every_kind_silences_nothing(code: str) -> None:
    assert findings(f"{code}\n\n{SUMMIT}", "markdown") == [("ES014", "telematics summit")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"```x``` is a command.\n\n{SUMMIT} <!-- tqcheck-ignore ES014 -->", "markdown"),
        (f"A lone ` is no code. {SUMMIT} <!-- tqcheck-ignore ES014 -->", "markdown"),
        (f"> ```\n> code\n\n{SUMMIT} <!-- tqcheck-ignore ES014 -->", "markdown"),
        (f"- item\n\n    {FILE}\n\n{SUMMIT}", "markdown"),
        (f"Text that goes on\n    {FILE}\n\n{SUMMIT}", "markdown"),
        (f"`a` {FILE} `b`\n\n{SUMMIT}", "markdown"),
        (f"`a`{FILE}\n\n{SUMMIT}", "markdown"),
        # A comment at the beginning of a line is a block of HTML, whatever stands before and after it.
        (f"`a\n{FILE}\nb`\n\n{SUMMIT}", "markdown"),
        (f"~~~~~~~~\n{SUMMIT} <!-- tqcheck-ignore ES014 -->", "plain"),
        (f"```\n{SUMMIT} <!-- tqcheck-ignore ES014 -->", "plain"),
        (f"<p>\n~~~~\n{SUMMIT} <!-- tqcheck-ignore ES014 -->\n</p>", "html"),
    ],
)
def test_what_is_no_code_silences(text: str, kind: str) -> None:
    assert findings(text, kind) == []


@pytest.mark.parametrize("kind", ["plain", "markdown", "html"])
def test_between_backticks_they_are_examples(kind: str) -> None:
    assert findings(f"`{FILE}` is how it is written. {SUMMIT}", kind) == [("ES014", "telematics summit")]
    text = f"`{FILE}` is how it is written."
    assert read_text(text, "a.txt").text == text


def test_a_line_of_tildes_keeps_no_comment_in_plain_text() -> None:
    text = read_text(f"~~~~~~~~\n{SUMMIT} <!-- tqcheck-ignore ES014 -->", "a.txt").text
    assert text == f"~~~~~~~~\n{SUMMIT}"


def test_a_comment_is_no_part_of_the_text() -> None:
    source = "One two\n<!-- tqcheck-ignore -->\nthree <!-- tqcheck-ignore --> four.\r\nFive <!-- tqcheck-ignore -->"
    text, segments = without_comments(source)
    assert text == "One two\nthree four.\r\nFive"
    assert segments is not None
    for part in segments:
        assert text[part.text_start : part.text_start + part.length] == source[part.source_start :][: part.length]
    assert without_comments("No comment.") == ("No comment.", None)


@pytest.mark.parametrize(
    ("comment", "selectors"),
    [
        ("<!--tqcheck-ignore-->", ()),
        ("<!--\ttqcheck-ignore: one - two -- three > four-->", ()),
        ("<!-- tqcheck-ignore ES014 , es:es003 -->", ("es014", "es")),
        ("<!-- tqcheck-ignore <!-- tqcheck-ignore ES014 -->", ("es014",)),
    ],
)
def test_how_comments_may_be_written(comment: str, selectors: tuple[str, ...]) -> None:
    directives = Ignores(read_text(comment, "a.txt"), {"es014", "es"}.__contains__).directives
    assert [(one.selectors, one.problem) for one in directives] == [(selectors, None)]


def test_an_end_closes_the_last_beginning_that_it_names() -> None:
    kinds = ["begin a", "begin b", "begin a", "end b", "end", "end b", "end", "end", "begin b"]
    source = "\n".join(f"<!-- tqcheck-ignore-{kind} -->" for kind in kinds)
    directives = Ignores(read_text(source, "a.md"), {"a", "b"}.__contains__).directives
    lines = [
        tuple(source.count("\n", 0, at) for at in (one.span.start, one.reach.end))
        for one in directives
        if one.problem is None
    ]
    assert lines == [(1, 3), (2, 4), (0, 6), (8, 8)]
    assert [source.count("\n", 0, one.span.start) for one in directives if one.problem] == [5, 7]


def test_many_comments_take_linear_time(growth) -> None:  # type: ignore[no-untyped-def]
    few, many = (f"{LINE} <!-- tqcheck-ignore-begin -->\n\n" * count for count in (200, 800))
    assert growth(lambda: CHECKER.check_text(few), lambda: CHECKER.check_text(many), 12) < 12


@pytest.mark.slow
@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize(
    "part",
    [
        "<!-- tqcheck-ignore ",
        "<!-- tqcheck-ignore",
        "<!-- tqcheck-ignore-next -->\n\nfoo bar\n\n",
        "foo bar <!-- tqcheck-ignore -->\n",
        "foo bar <!-- tqcheck-ignore --> ",
        "`foo` <!-- tqcheck-ignore -->\n\n    foo\n\n",
        "<!-- tqcheck-ignore-begin a -->\n<!-- tqcheck-ignore-end b -->\n",
    ],
)
def test_reading_comments_takes_linear_time(path: str, part: str, growth) -> None:  # type: ignore[no-untyped-def]
    few, many = (part * (size // len(part)) for size in (60_000, 240_000))

    def read(source: str) -> None:
        Ignores(read_text(source, path), {"a", "b"}.__contains__)

    assert growth(lambda: read(few), lambda: read(many), 10) < 10


def test_blanks_in_a_comment_take_linear_time(growth) -> None:  # type: ignore[no-untyped-def]
    few, many = ("<!-- tqcheck-ignore" + " " * size for size in (60_000, 240_000))
    assert growth(lambda: without_comments(few), lambda: without_comments(many), 10) < 10


LABELS = [frozenset({"es014", "es"}), frozenset({"ru001", "ru"}), frozenset({"es001", "es"})]


def test_comments_silence_as_if_each_were_asked() -> None:
    rng = random.Random(3)
    for _ in range(150):
        kinds = ("", "-next", "-begin", "-end", "-file", "-odd")
        parts = [
            rng.choice(["foo bar ", "\n", "\n\n", f"<!-- tqcheck-ignore{rng.choice(kinds)} {named} -->"])
            for named in rng.choices(["", "es", "es014", "ru001 es014", "nobody"], k=25)
        ]
        source = "".join(parts)
        ignores = Ignores(read_text(source, "a.txt"), {"es", "es014", "ru", "ru001"}.__contains__)
        places = [
            (start, start + rng.randrange(9), rng.choice(LABELS))
            for start in (rng.randrange(len(source) + 1) for _ in range(12))
        ]
        used = set()
        for start, end, labels in places:
            silencing = [
                number
                for number, one in enumerate(ignores.directives)
                if one.problem is None and end > one.reach.start and start < one.reach.end
                if not one.selectors or labels & set(one.selectors)
            ]
            assert ignores.silence(start, end, labels) is bool(silencing)
            used.update(silencing)
        unused = [
            one.span for number, one in enumerate(ignores.directives) if number not in used and one.problem is None
        ]
        assert list(ignores.unused()) == unused


@pytest.mark.parametrize("kind", ["", "-begin", "-file"])
@pytest.mark.parametrize("selector", ["", "es", "es014"])
def test_silencing_many_findings_by_many_comments_takes_no_quadratic_time(
    kind: str,
    selector: str,
    growth,  # type: ignore[no-untyped-def]
) -> None:
    """Sixteen times as much of both: 256 times the work if each were asked of each."""
    line = f"foo bar <!-- tqcheck-ignore{kind} {selector} -->\n\n"

    def ignores(count: int) -> Callable[[], None]:
        document = read_text(line * count, "a.txt")

        def silence() -> None:
            made = Ignores(document, {"es", "es014"}.__contains__)
            for number in range(count):
                assert made.silence(number * len(line), number * len(line) + 3, LABELS[0]) or kind == "-begin"
            assert len(list(made.unused())) <= 1

        return silence

    assert growth(ignores(500), ignores(8000), 64) < 64
