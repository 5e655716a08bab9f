from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.readers.html import read_html
from tqcheck.text.document import Document


def blocks(source: str) -> list[tuple[str, str]]:
    document = read_html(source, "a.html")
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def texts(source: str) -> list[str]:
    return [text for _, text in blocks(source)]


def source_of(source: str, shown: str) -> str:
    """What stands in the source for ``shown``, which must occur once in the text."""
    document = read_html(source, "a.html")
    assert document.text.count(shown) == 1
    at = document.text.index(shown)
    return source[slice(*document.to_source(at, at + len(shown)))]


def test_tags_inside_a_span_belong_to_its_slice() -> None:
    source = "<p>Putin held a <b>telematics</b> summit.</p>"
    assert texts(source) == ["Putin held a telematics summit."]
    assert source_of(source, "telematics summit") == "telematics</b> summit"


def test_inline_tags_join_and_blocks_part() -> None:
    assert texts("<div>tele<b>mat</b>ics<div>one</div>two</div>") == ["telematics", "one", "two"]


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("&amp;", "&"),
        ("&quot;", '"'),
        ("&#8212;", "—"),
        ("&#x2014;", "—"),
        ("&#151;", "—"),
        ("&eacute", "é"),
        ("&nbsp;", "\u00a0"),
        ("&#128512;", "😀"),
        ("&NotEqualTilde;", "≂̸"),
        ("&#0;", "\ufffd"),
        ("&#xD800;", "\ufffd"),
        ("&#99999999999999999999;", "\ufffd"),
    ],
)
def test_references_map_as_a_whole(reference: str, shown: str) -> None:
    source = f"<p>a 😀 x{reference} b</p>"
    document = read_html(source, "a.html")
    assert document.text == f"a 😀 x{shown} b"
    assert source[slice(*document.to_source(5, 5 + len(shown)))] == reference


@pytest.mark.parametrize("literal", ["&bogus;", "AT&T", "&", "&;", "&#;", "&#x;", "& co", "&&"])
def test_what_is_no_reference_stays(literal: str) -> None:
    assert texts(f"<p>x {literal} y</p>") == [f"x {literal} y"]


def test_a_reference_can_end_before_its_word() -> None:
    assert texts("<p>x &copyright</p>") == ["x ©right"]


def test_references_resolve_once() -> None:
    assert texts("<p>He said &amp;quot;no&amp;quot;</p>") == ["He said &quot;no&quot;"]


def test_white_space_collapses_and_maps_to_its_run() -> None:
    source = "<p>  one\r\n\t two <i> three</i>\n</p>"
    assert texts(source) == ["one two three"]
    assert source_of(source, "e two") == "e\r\n\t two"


def test_no_break_spaces_and_marks_stay() -> None:
    assert texts("<p>a\u00a0\u00a0b e\u0301</p>") == ["a\u00a0\u00a0b e\u0301"]


def test_offsets_after_emoji_and_crlf() -> None:
    source = "\r\n<p>😀😀 e\u0301 \u00a0word</p>\r\n"
    document = read_html(source, "a.html")
    start = document.text.index("word")
    assert document.to_source(start, start + 4) == (source.index("word"), source.index("word") + 4)


def test_kinds() -> None:
    source = (
        "<h1>Head</h1><p>Par</p><ul><li>One<li><p>Two</p></ul><blockquote><p>Said</p><h2>In</h2></blockquote>"
        "<table><caption>Cap</caption><tr><th>A<td>B</table><figure><img alt=no><figcaption>Fig</figcaption></figure>"
        "<dl><dt>Term<dd>Text</dl>"
    )
    assert blocks(source) == [
        ("heading", "Head"),
        ("paragraph", "Par"),
        ("list-item", "One"),
        ("list-item", "Two"),
        ("quotation", "Said"),
        ("heading", "In"),
        ("caption", "Cap"),
        ("cell", "A"),
        ("cell", "B"),
        ("caption", "Fig"),
        ("list-item", "Term"),
        ("list-item", "Text"),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>var x = '<p>no</p>';</script>",
        "<style>p { color: red }</style>",
        "<template><p>no</p></template>",
        "<noscript><p>no</p></noscript>",
        "<svg><text>no</text></svg>",
        "<nav><ul><li>no</ul></nav>",
        "<header>no</header>",
        "<footer><p>no</footer>",
        "<aside>no</aside>",
        "<form><label>no</label></form>",
        "<button>no</button>",
        "<select><option>no</select>",
        "<textarea>no <p></textarea>",
        "<iframe>no</iframe>",
        "<pre>no</pre>",
        "<p hidden>no</p>",
        "<p hidden>no",
        "<div aria-hidden='true'><p>no</p></div>",
        '<div STYLE="color:red; display : none">no</div>',
        "<div role=navigation>no</div>",
        '<span class="label sr-only">no</span>',
        "<div lang=es>no</div>",
        "<div xml:lang='es-MX'>no</div>",
        "<div translate=no>no</div>",
        "<!-- no -->",
        "<!-- > no --!>",
        "<!doctype html>",
        "<?php no ?>",
        "<![CDATA[no]]>",
        "</ no>",
        "<title>no</title>",
    ],
)
def test_left_out(hidden: str) -> None:
    assert texts(f"<body><p>Before it.</p>{hidden}<p>After it.</p>") == ["Before it.", "After it."]


def test_inline_parts_left_out_leave_a_placeholder() -> None:
    source = "<p>Run <code>x = <b>1</b></code> or <i lang=es>adiós</i>, <kbd>q</kbd>.</p>"
    assert texts(source) == ["Run \ufffc or \ufffc, \ufffc."]
    assert source_of(source, "n \ufffc o") == "n <code>x = <b>1</b></code> o"


def test_images_at_the_edges_are_dropped() -> None:
    assert texts("<p><img src=a> Text <img src=b> more <img src=c></p>") == ["Text \ufffc more"]


def test_english_inside_another_language_comes_back() -> None:
    assert texts("<div lang=es>no<p lang=en-GB>Yes.</p></div>") == ["Yes."]


def test_the_language_of_the_page_is_for_the_language_gate() -> None:
    assert texts("<html lang=es translate=no><body><p>Hola a todos.</p>") == ["Hola a todos."]


def test_the_longest_article_is_the_text() -> None:
    source = (
        "<body><p>Cookie notice.</p><main><article><p>Teaser</p></article>"
        "<article><header><h1>Head</h1></header><p>The long story itself.</p><footer>Tags</footer></article></main>"
    )
    assert blocks(source) == [("heading", "Head"), ("paragraph", "The long story itself.")]


def test_main_is_the_text_where_there_is_no_article() -> None:
    assert texts("<div>Top</div><div role=main><header><h1>H</h1></header><p>Text.</p></div><div>Low</div>") == [
        "H",
        "Text.",
    ]


def test_teasers_are_not_taken_for_the_story() -> None:
    teasers = "".join(f"<article>Teaser {number}</article>" for number in range(9))
    assert f"{'Story text. ' * 50}".strip() in texts(f"<div><p>{'Story text. ' * 50}</p></div>{teasers}")


@pytest.mark.parametrize(("words", "story"), [(30, True), (3, False)])
def test_an_article_without_a_headline_is_the_story_from_a_tenth_of_the_page_on(words: int, story: bool) -> None:
    article, rest = "Story. " * words, "Other. " * (100 - words)
    found = texts(f"<div><p>{rest}</p></div><article><p>{article}</p></article>")
    assert found == ([article.strip()] if story else [rest.strip(), article.strip()])


def test_a_form_around_the_page_is_not_left_out() -> None:
    assert texts("<form id=aspnetForm><p>The whole story.</p></form>") == ["The whole story."]


def test_line_breaks() -> None:
    source = "<p>One <br> two<br/><br>three</p>"
    assert texts(source) == ["One\ntwo", "three"]
    assert source_of(source, "e\nt") == "e <br> t"


def test_quotation_elements_show_their_marks() -> None:
    source = "<p>He said <q>it is <q>so</q></q>.</p>"
    assert texts(source) == ["He said “it is ‘so’”."]
    assert source_of(source, "“") == "<q>"
    assert source_of(source, "”") == "</q>"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>1 < 2 <3 and a<", ["1 < 2 <3 and a<"]),
        ("<p>one<p>two<b>three", ["one", "twothree"]),
        ("<p>text <!-- unclosed <p>more", ["text more"]),
        ("<p>text <a href='http://cut", ["text"]),
        ("<p>text</p", ["text"]),
        ("<p>if x <y then it is all over", ["if x <y then it is all over"]),
        ("<p title=it's>ok</p>", ["ok"]),
        ("<p title='cut>one</p><p>two</p>", ["one", "two"]),
        ("<p title=\"a>b\" class='>'>ok", ["ok"]),
        ("a</b></p></div>b", ["a", "b"]),
        ("<script>one</p><p>two", []),
        ("<SCRIPT>a</ScRiPt ><P>b", ["b"]),
        ("<b><p>x</b> y</p>z", ["x y", "z"]),
        ("<p><span hidden>no</p><p>yes", ["yes"]),
        ("<h1>Head<p>Text", ["Head", "Text"]),
        ("<svg/><p>a</p><svg><g/></svg>b", ["a", "b"]),
        ("<?xml version='1.0'?><html><script src='x'/><p>a</p></html>", ["a"]),
        ("<", ["<"]),
        ("<!", ["<!"]),
        ("<!-->a", ["a"]),
        ("<!--->a", ["a"]),
        ("</", ["</"]),
        ("", []),
    ],
)
def test_broken_pages(source: str, shown: list[str]) -> None:
    assert texts(source) == shown


TAGS = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<br>",
    "<q>",
    "</q>",
    "<div>",
    "</div>",
    "<article>",
    "</article>",
    "<li>",
    "<td>",
    "<table>",
    "</table>",
    "</span>",
    "<form>",
    "</form>",
    "<h1>",
    "</h1>",
    "<code>",
    "</code>",
    "<img>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<svg/>",
    "<![CDATA[",
    "]]>",
    "<?",
    "<",
    ">",
    "&",
    "&amp;",
    "&#8212;",
    "&nbsp;",
]
SPANS = ["<span lang=es>", "<p hidden>", '<a href="', "'", '"', "=", "&NotEqualTilde;", "&copy"]
WORDS = ["word", "Word", "😀", "e\u0301", " ", "\n", "\r\n", "  ", "\u00a0", ".", "“", "”"]
PARTS = st.sampled_from([*TAGS, *SPANS, *WORDS])


@given(st.one_of(st.text(), st.lists(PARTS).map("".join)))
def test_map_is_sound_on_any_input(assert_sound: Callable[[Document], None], source: str) -> None:
    assert_sound(read_html(source, "a.html"))


@given(
    st.lists(
        st.sampled_from(["<b>", "</b>", "<p>", "</p>", "<i class=x>", "<div>", "</div>", "word", " ", "&amp;", "é"])
    ).map("".join)
)
def test_no_letter_is_lost(source: str) -> None:
    found = "".join("".join(text.split()) for text in texts(source))
    for tag in ("<b>", "</b>", "<p>", "</p>", "<i class=x>", "<div>", "</div>"):
        source = source.replace(tag, "")
    assert found == "".join(source.split()).replace("&amp;", "&")


def test_places_where_a_word_may_be_broken_are_not_read() -> None:
    source = "<p>A tele&shy;matics&#8203; sum\u00admit, it would<wbr>\u200bend.</p>"
    document = read_html(source, "x.html")
    assert document.text == "A telematics summit, it wouldend."
    start = document.text.index("telematics")
    assert source[slice(*document.to_source(start, start + 17))] == "tele&shy;matics&#8203; sum\u00admit"
    assert source[slice(*document.to_source(start + 4, start + 10))] == "matics"
