from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.reports.marked import DEEPEST, Stretch, marked_paragraphs
from tqcheck.reports.markup import escape, language_tag, legible

TEXT = st.text(alphabet=st.sampled_from("ab .\n\r\t<>&\"'é\u202e\x00\u2028💬"), max_size=40)


class Reader(HTMLParser):
    """Checks the balance; keeps the text, the text under each id and the ids in order, and the open elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.ids: list[str] = []
        self.titles: list[str] = []
        self.paragraphs = 0
        self.deepest = 0
        self.stack: list[tuple[str, str]] = []
        self.under: dict[str, str] = {}
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "p":
            assert not self.stack
            self.paragraphs += 1
        if "id" in found:
            self.ids.append(str(found["id"]))
        self.titles += [str(found["title"])] if "title" in found else []
        self.stack.append((tag, str(found.get("class"))))
        self.deepest = max(self.deepest, len(self.stack))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1][0] == "i":
            return
        self.text += data
        for name in {name for _, name in self.stack}:
            self.under[name] = self.under.get(name, "") + data


def stretch(start: int, end: int, name: str) -> Stretch:
    return Stretch(start, end, "mark", f' class="{name}"', name, f"more of {name}", f"<i>{name}</i>")


def test_paragraphs_are_split_at_blank_lines() -> None:
    assert marked_paragraphs("a\nb\n\nc\r\n \r\nd\n", []) == "<p>a\nb</p>\n\n<p>c</p>\n \n<p>d\n</p>"
    assert marked_paragraphs("", []) == "<p></p>"


def test_nested_and_crossing_stretches() -> None:
    inner = marked_paragraphs("abcdef", [stretch(2, 4, "x"), stretch(0, 6, "y")])
    assert inner == ('<p><mark id="y" class="y">ab<mark id="x" class="x">cd<i>x</i></mark>ef<i>y</i></mark></p>')
    crossing = marked_paragraphs("abcdef", [stretch(0, 4, "x"), stretch(2, 6, "y")])
    assert crossing == (
        '<p><mark id="x" class="x">ab<mark id="y" class="y" title="more of y">cd</mark><i>x</i></mark>'
        '<mark class="y">ef<i>y</i></mark></p>'
    )


def test_a_stretch_over_two_paragraphs_has_a_piece_in_each() -> None:
    html = marked_paragraphs("ab\n\ncd", [stretch(1, 5, "x")])
    assert html == (
        '<p>a<mark id="x" class="x" title="more of x">b</mark></p>\n\n<p><mark class="x">c<i>x</i></mark>d</p>'
    )


def test_a_blank_line_that_is_marked_does_not_split() -> None:
    assert marked_paragraphs("a\n\nb", [stretch(1, 3, "x")]).count("<p>") == 1


def test_a_line_end_that_is_cut_in_two_is_one_line_end() -> None:
    assert Reader(marked_paragraphs("a\r\nb", [stretch(0, 2, "x")])).text == "a\nb"


def test_stretches_without_text_and_beyond_the_end_are_shown() -> None:
    reader = Reader(marked_paragraphs("ab", [stretch(1, 1, "x"), stretch(5, 9, "y"), stretch(1, 9, "z")]))
    assert sorted(reader.ids) == ["x", "y", "z"]
    assert reader.under == {"z": "b", "None": "ab"}


def test_depth_is_bounded() -> None:
    stretches = [stretch(0, 3, f"n{index}") for index in range(50)]
    reader = Reader(marked_paragraphs("abc", stretches))
    assert sorted(reader.ids) == sorted(each.id for each in stretches)
    # The paragraph, and a stretch without an element of its own with its note.
    assert reader.deepest == 1 + DEEPEST + 2


@given(TEXT, st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), max_size=12))
def test_any_stretches_leave_the_text_as_it_is(source: str, edges: list[tuple[int, int]]) -> None:
    stretches = [stretch(*sorted(pair), f"n{index}") for index, pair in enumerate(edges)]  # type: ignore[arg-type]
    reader = Reader(marked_paragraphs(source, stretches))
    assert reader.text == legible(source)
    assert sorted(reader.ids) == sorted(each.id for each in stretches)
    if len(stretches) <= DEEPEST:
        for each in stretches:
            text = legible(source[each.start : each.end])
            # Blank lines between paragraphs belong to none of them.
            assert "".join(reader.under.get(each.id, "").split()) == "".join(text.split()) or "\r" in source


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;"),
        ('a & "b"', "a &amp; &quot;b&quot;"),
        ("a\x00\x1b[1m\x85\udc80", "a\ufffd\ufffd[1m\ufffd\ufffd"),
        ("a\u202eb\u2066c\u200f", "a\ufffdb\ufffdc\ufffd"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("café 💬 שלום", "café 💬 שלום"),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_only_language_tags_are_told() -> None:
    assert language_tag("pt-BR") == "pt-BR"
    assert language_tag('es" onclick="x') == language_tag("") == ""
