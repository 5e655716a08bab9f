from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tqcheck.readers.extraction import PLACEHOLDER, is_decoration
from tqcheck.readers.markdown import DEEPEST, read_markdown
from tqcheck.text.document import Document


def blocks(source: str) -> list[tuple[str, str]]:
    document = read_markdown(source, "a.md")
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def texts(source: str) -> list[str]:
    return [text for _, text in blocks(source)]


def source_of(source: str, shown: str) -> str:
    """What stands in the source for ``shown``, which must occur once in the text."""
    document = read_markdown(source, "a.md")
    assert document.text.count(shown) == 1
    at = document.text.index(shown)
    return source[slice(*document.to_source(at, at + len(shown)))]


def test_marks_inside_a_span_belong_to_its_slice() -> None:
    source = "Putin held a *telematics* summit, a <b>telephone</b> call."
    assert texts(source) == ["Putin held a telematics summit, a telephone call."]
    assert source_of(source, "telematics summit") == "telematics* summit"
    assert source_of(source, "telephone call") == "telephone</b> call"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a **b** __c__ *d* _e_ ***f***", "a b c d e f"),
        ("tele**mat**ics", "telematics"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("**“Bold” he said**, *really*", "“Bold” he said, really"),
        ("~~old~~ new", "old new"),
        ("a `code *x*` b ``c ` d`` e", f"a {PLACEHOLDER} b {PLACEHOLDER} e"),
        ("an ` alone", "an ` alone"),
        ("[link *text*](http://x.y/z_a_b 'title') on", "link text on"),
        ("[a](<b c>) [d](e(f)g)", "a d"),
        ("[a][ref], [ref], [ref][], [none], [a][none]\n\n[Ref]: /u", "a, ref, ref, [none], [a][none]"),
        ("see ![alt *text*](x.png) here", f"see {PLACEHOLDER} here"),
        ("[![alt](x.png) text](y) on", "text on"),
        ("[a [b](c) d](e)", "[a b d](e)"),
        ("see https://x.org/a_b_c, and www.example.org.", f"see {PLACEHOLDER}, and {PLACEHOLDER}."),
        ("(see https://x.org/a(b))", f"(see {PLACEHOLDER})"),
        ("see <https://x.org> or <a@b.org>", f"see {PLACEHOLDER} or {PLACEHOLDER}"),
        ("a <!-- no *x* --> b<br>c", "a  b\nc"),
        ("run <code>x</code> now", f"run {PLACEHOLDER} now"),
        ("a < b & c > d", "a < b & c > d"),
        ("&amp; &#8212; &copy &bogus;", "& — &copy &bogus;"),
        (r"\*no\* \\ \a 5\% \[x\]", r"*no* \ \a 5% [x]"),
        ("said[^1] so[^note]", "said so"),
    ],
)
def test_inline(source: str, shown: str) -> None:
    assert texts(source)[0] == shown


def test_references_and_escapes_map_as_a_whole() -> None:
    assert source_of("x &mdash; y", "—") == "&mdash;"
    assert source_of(r"x \* y", "*") == r"\*"
    assert source_of("x `a b` y", PLACEHOLDER) == "`a b`"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_inside_a_paragraph(end: str) -> None:
    source = f"> One line{end}>   goes on  {end}> here\\{end}> now."
    assert blocks(source) == [("quotation", "One line goes on\nhere\nnow.")]
    assert source_of(source, "line goes") == f"line{end}>   goes"
    assert source_of(source, "on\nhere\nn") == f"on  {end}> here\\{end}> n"


def test_offsets_after_emoji_marks_and_byte_order_mark() -> None:
    source = "\ufeff# 😀 e\u0301 \u00a0*word*\r\n\r\n- 😀😀 item"
    assert blocks(source) == [("heading", "😀 e\u0301 \u00a0word"), ("list-item", "😀😀 item")]
    document = read_markdown(source, "a.md")
    start = document.text.index("word")
    assert document.to_source(start, start + 4) == (source.index("word"), source.index("word") + 4)


def test_blocks() -> None:
    source = """\
# Head *line* #

Par one
goes on.

Set
---

- item
  goes on

  second
  1. inner
> said
> - deep

* * *

    code

```python
code
```
~~~
code
"""
    assert blocks(source) == [
        ("heading", "Head line"),
        ("paragraph", "Par one goes on."),
        ("heading", "Set"),
        ("list-item", "item goes on"),
        ("list-item", "second"),
        ("list-item", "inner"),
        ("quotation", "said"),
        ("list-item", "deep"),
    ]


def test_front_matter() -> None:
    for mark in ("---", "+++"):
        assert texts(f"\ufeff{mark}\r\ntitle: No\r\n\r\n{mark}\r\n\r\nText.") == ["Text."]
        assert texts(f"{mark}\ntitle: No\n{mark}") == []
    assert texts("---\n\nNo front matter, for nothing ends it.") == ["No front matter, for nothing ends it."]
    assert texts("--- \ntitle: x\n...\nText.") == ["Text."]


def test_tables() -> None:
    source = "Before\n\n| Head *a* | b |\n|:---|---:|\n| c \\| d | `x` | extra |\n| e |\n\nAfter"
    assert blocks(source) == [
        ("paragraph", "Before"),
        ("cell", "Head a"),
        ("cell", "b"),
        ("cell", "c | d"),
        ("cell", "e"),
        ("paragraph", "After"),
    ]
    assert source_of(source, "c | d") == "c \\| d"


def test_definitions_footnotes_and_tasks() -> None:
    source = (
        "[a]: http://x.y\n  'Title'\n[b]: <z>\nText [a].\n\n[^1]: The *note*.\n    More.\n\n- [ ] todo\n- [x] done\n"
    )
    assert blocks(source) == [
        ("paragraph", "Text a."),
        ("paragraph", "The note. More."),
        ("list-item", "todo"),
        ("list-item", "done"),
    ]


@pytest.mark.parametrize("source", ["- [ ] ", "* [x]\t", "Words.\n\n1) [ ] "])
def test_a_file_may_end_behind_the_box_of_a_task(source: str) -> None:
    assert texts(source) == ["Words."] * source.count("Words.")


def test_html_blocks() -> None:
    source = (
        "<div class=x>\n<p>Seen *as is* &amp; <b>bold</b>\n</div>\n\n<!-- no\n\nno -->\n\n"
        "<script>\nno\n\nno\n</script>\n\n"
        "> <div>\n> quoted\n> page</div>\n\n<details>\n\nMark*down*\n\n</details>\n"
    )
    assert texts(source) == ["Seen *as is* & bold", "quoted page", "Markdown"]
    assert source_of(source, "quoted page") == "quoted\n> page"
    assert source_of(source, "is* & bold") == "is* &amp; <b>bold"


def test_alerts_lose_their_label() -> None:
    assert blocks("> [!NOTE]\n> Mind this.") == [("quotation", "Mind this.")]


def test_tabs() -> None:
    shown = ["one", "two", "three"]
    assert blocks("-\tone\n\n\ttwo\n\n\t\tcode\n\n\tthree") == [("list-item", text) for text in shown]


def test_very_deep_nesting_is_text() -> None:
    assert blocks("> " * 60 + "deep") == [("quotation", "> " * (60 - DEEPEST) + "deep")]


PARTS = [
    "foo",
    "bar",
    "**",
    "*",
    "_",
    "__",
    "`",
    "``",
    "[",
    "]",
    "(",
    ")",
    "[a](b)",
    "![x](y)",
    "[foo]",
    "[foo]:/u",
    "<b>",
    "</b>",
    "<br>",
    "<!--",
    "-->",
    "<code>",
    "</code>",
    "\\",
    "\\*",
    "&amp;",
    "&",
    "!",
    "é",
    "“",
    "”",
    ".",
    "https://x.org/a",
    "<div>",
    "</div>",
    "~~",
    "|",
    "|---|---|",
    "```",
    "~~~",
    "#",
    "-",
    "1.",
    ">",
    "===",
    "---",
    "[^1]",
    "[^1]:",
    "😀",
    "é",
    "\xa0",
    "***",
    "<http://a.b>",
    "\ufeff",
]
SOUP = st.lists(st.sampled_from([*PARTS, " ", "  ", "    ", "\t", "\n", "\n", "\n\n", "\r\n", "\n- ", "\n> ", "\n# "]))


@given(st.one_of(st.text(), SOUP.map("".join)))
@settings(max_examples=300)
def test_map_is_sound_on_any_input(assert_sound: Callable[[Document], None], source: str) -> None:
    assert_sound(read_markdown(source, "a.md"))


# Left out of the comparison: what markdown-it reads otherwise than the specification (an indented ">"
# after a quotation, "[label](" at the end of a line) and bare URLs, which CommonMark does not know.
COMMON = [
    *(
        "foo",
        "bar",
        " ",
        "  ",
        "\n",
        "\n\n",
        "*",
        "**",
        "***",
        "_",
        "__",
        "`",
        "``",
        "[",
        "]",
        ")",
        "[a](b)",
        "![x](y)",
    ),
    *(
        "[foo]",
        "\n- ",
        "\n1. ",
        "\n2) ",
        "\n> ",
        "\n# ",
        "\n\n    ",
        "\\*",
        "&amp;",
        "&",
        "!",
        "<b>",
        "</b>",
        "é",
        "“",
        "”",
    ),
    *(
        "<mailto:a.b>",
        ".",
        "\n\n| a | b |\n|---|---|\n| c | d |\n",
        "\n```\n",
        "\n---\n",
        "\n===\n",
        "a*b",
        "x_y",
        "'",
        '"',
    ),
    *("> > ", "- ", "\n-\n", "#", "~~gone~~", "\n  ", "\n   - "),
]


def test_stretches_of_code_are_known() -> None:
    source = (
        "\ufeffA `b` c ``d\r\ne``.\r\n\r\n> ~~~ f\n> g\n>\n> h\n> ~~~\n>     i\n\n- j\n\n      k\n\n"
        "| `l` | m |\n|-|-|\n| n | ![`o`](p) |\n\n```q``` `\n\n```\nr\n```s"
    )
    document = read_markdown(source, "a.md")
    assert document.code is not None
    assert [source[span.start : span.end] for span in document.code] == [
        *("`b`", "``d\r\ne``", "~~~ f\n> g\n>\n> h\n> ~~~", "i", "k", "`l`", "`o`", "```q```", "```\nr\n```s"),
    ]


def _as_markdown_it_reads(source: str) -> list[tuple[str, str]] | None:
    """Kinds and texts by markdown-it; ``None`` where it sees a block of HTML."""
    from markdown_it import MarkdownIt

    found: list[tuple[str, str]] = []
    containers: list[str] = []
    kind = ""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source):
        if token.type == "html_block":
            return None
        if token.type in ("blockquote_open", "list_item_open"):
            containers.append("quotation" if token.type == "blockquote_open" else "list-item")
        elif token.type in ("blockquote_close", "list_item_close"):
            containers.pop()
        elif token.type == "heading_open":
            kind = "heading"
        elif token.type in ("td_open", "th_open"):
            kind = "cell"
        elif token.type == "paragraph_open":
            kind = containers[-1] if containers else "paragraph"
        elif token.type == "inline":
            parts: list[str] = []
            in_autolink = False
            for child in token.children or []:
                if in_autolink:
                    in_autolink = child.type != "link_close"
                elif child.type in ("text", "text_special"):
                    parts.append(child.content)
                elif child.type in ("softbreak", "hardbreak"):
                    parts.append(" " if child.type == "softbreak" else "\n")
                elif child.type in ("code_inline", "image"):
                    parts.append(PLACEHOLDER)
                elif child.type == "link_open" and child.markup == "autolink":
                    parts.append(PLACEHOLDER)
                    in_autolink = True
            found.append((kind, "".join(parts)))
    return [(kind, _normal(text)) for kind, text in found if not is_decoration(text)]


def _normal(text: str) -> str:
    return re.sub(r" *([ \n]) *", r"\1", text.strip(f"{PLACEHOLDER} \n\t"))


@given(st.lists(st.sampled_from(COMMON), max_size=18).map("".join), st.booleans())
@settings(max_examples=500, deadline=None, derandomize=True)
def test_reads_as_markdown_it_does(source: str, defined: bool) -> None:
    pytest.importorskip("markdown_it")
    source += "\n\n[foo]: /u\n" if defined else ""
    expected = _as_markdown_it_reads(source)
    if expected is not None and not re.search(r"    >", source):
        assert [(kind, _normal(text)) for kind, text in blocks(source)] == expected
