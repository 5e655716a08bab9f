"""Reading takes time in proportion to the length of the input, whatever the input."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tqcheck.readers import read_html, read_markdown, read_plain
from tqcheck.text.document import Document

pytestmark = pytest.mark.slow

Reader = Callable[[str, str], Document]
READERS: dict[str, Reader] = {"plain": read_plain, "markdown": read_markdown, "html": read_html}
PARAGRAPH = (
    "The minister said that the talks, which began on Monday, would go on until the weekend; nobody expected more. "
    "“We will see,” she added, and pointed to the figures of the past three years. "
) * 3

HOSTILE = [
    *("<", ">", "*", "[", "]", "`", "&", "\\", "|", "~", "_", "!", "#", "-", "\n", " ", "\t", "“"),
    *(
        "<!--",
        "<a ",
        "<a>",
        "<div>",
        "</div>",
        '<a x="',
        '<a x=">" ',
        "<p hidden><i>",
        "<?",
        "<!a ",
        "<li>",
        "<td>",
        "<q>",
    ),
    *("<script>", "<code>", "<br>", "a<br>", "*a ", "**a *b ", "a**b", "_a_ ", "[a](", "[a](b)", "![[]()", "[a](((("),
    *(
        "> ",
        "- ",
        "- a\n",
        "a\n",
        "|a|b|\n|-|-|\n",
        "[a]: b\n",
        '[a]: b "\n',
        "<a b\n",
        "&amp;",
        "http://a.b ",
        "www.a)",
        "~~a",
    ),
    *("a\r", "`a``b", "[^a]:", "<![CDATA["),
]
SIZE = 40_000


Seconds = Callable[..., float]


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("part", HOSTILE)
def test_time_grows_with_length_only(kind: str, part: str, growth: Seconds) -> None:
    once = part * (SIZE // len(part))
    assert growth(lambda: READERS[kind](once, "a"), lambda: READERS[kind](once * 4, "a"), 10) < 10


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "source",
    [
        "[" * SIZE + "]" * SIZE,
        "<i>" * SIZE + "<div>" + "<b></i>" * SIZE,
        "".join("`" * size + "a" for size in range(1, 600)),
        "- " * SIZE + "a\n" + "\n" * SIZE,
        "&#" + "1" * SIZE,
        "a" + " " * SIZE + "\nb",
        '<a x=">" ' * SIZE + 'y="',
    ],
    ids=["brackets", "nesting", "ticks", "items", "digits", "blanks", "quotes"],
)
def test_hostile_inputs_end_soon(kind: str, source: str, seconds: Seconds) -> None:
    assert seconds(lambda: READERS[kind](source, "a"), 6) < 6


@pytest.mark.parametrize(("kind", "least"), [("plain", 5), ("markdown", 1), ("html", 1)])
def test_megabytes_a_second(kind: str, least: int, seconds: Seconds) -> None:
    pieces = {
        "plain": f"{PARAGRAPH}\n\n",
        "markdown": f"## Head *line*\n\n{PARAGRAPH}[link](http://example.org) and `code`.\n\n- item\n\n",
        "html": f'<div class="text"><p>{PARAGRAPH}<a href="http://example.org/?a=1&amp;b=2">x</a>&nbsp;on.</p></div>\n',
    }
    source = pieces[kind] * (1_000_000 // len(pieces[kind]))
    assert seconds(lambda: READERS[kind](source, "a")) < 1 / least


@pytest.mark.parametrize("kind", READERS)
def test_one_line_of_ten_megabytes(kind: str, seconds: Seconds) -> None:
    source = PARAGRAPH * (10_000_000 // len(PARAGRAPH))
    documents = []
    assert seconds(lambda: documents.append(READERS[kind](source, "a")), 10) < 10
    assert len(documents[0].blocks) == 1
