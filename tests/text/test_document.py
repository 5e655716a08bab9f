from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tqcheck.readers import read_text
from tqcheck.text.document import Block, Document, Segment
from tqcheck.text.spelling import UNSEEN


def test_positions_in_the_original() -> None:
    source = "<b>tele</b>matics &amp; co"
    text = "telematics & co"
    segments = [Segment(0, 4, 3, 4), Segment(4, 7, 11, 7), Segment(11, 1, 18, 5), Segment(12, 3, 23, 3)]
    document = Document("x", source, text, [Block(0, len(text))], segments)
    assert source[slice(*document.to_source(0, 10))] == "tele</b>matics"
    assert source[slice(*document.to_source(11, 12))] == "&amp;"
    assert source[slice(*document.to_source(11, 15))] == "&amp; co"
    assert document.to_source(4, 4) == (11, 11)


def test_the_sentence_and_the_block_at_a_position() -> None:
    document = read_text("One is here. Two is there.\n\nThree is gone.", "x.txt")
    assert [document.sentence_at(position) for position in (0, 12, 13)] == [
        document.sentences[0],
        None,
        document.sentences[1],
    ]
    assert document.block_at(27) is None
    assert document.block_at(28) is document.blocks[1]


def test_running_text_has_plain_blanks_within_its_blocks() -> None:
    text = "One\u00a0two\nthree\tfour.\r\n\r\nFive 🎉\u2009six\n"
    blocks = [Block(0, text.index("\r")), Block(text.index("Five"), len(text) - 1)]
    document = Document("x", text, text, blocks)
    assert document.running == "One two three four.\r\n\r\nFive 🎉 six\n"
    plain = Document("x", "One two.\n\nThree.", "One two.\n\nThree.", [Block(0, 8), Block(10, 16)])
    assert plain.running == plain.text


def test_tidied_documents_have_one_blank_for_each_run_and_know_where_it_was() -> None:
    text = "One\r\ntwo \t three 🎉.\n\n\u00a0\nFive  six\n\n"
    blocks = [Block(0, text.index("\n\n")), Block(text.index("Five"), text.index("six") + 3, "heading")]
    document = Document("x", text, text, blocks)
    plain = document.tidied
    assert plain.text == "One two three 🎉.\n\n\u00a0\nFive six\n\n"
    assert [(block.kind, plain.text[block.start : block.end]) for block in plain.blocks] == [
        ("paragraph", "One two three 🎉."),
        ("heading", "Five six"),
    ]
    for words in ("One two", "two three", "three 🎉", "six", "Five six", "."):
        at = plain.text.index(words)
        start, end = plain.to_source(at, at + len(words))
        assert text[start:end].split() == words.split()
    same = Document("x", "One two.\n\nThree.", "One two.\n\nThree.", [Block(0, 8), Block(10, 16)])
    assert same.tidied is same


def test_tidied_documents_spell_words_as_rules_do() -> None:
    text = (
        "The go\u00advern\u00adment\u200b of Jose\u0301 \u200b Ruiz; Сергеи\u0306 e\u0332. \u2060\n\ufeffmi\u200cne "
        "👩\u200d👧 می\u200cخواهم"
    )
    document = Document("x", text, text, [Block(0, len(text))])
    tidied = document.tidied
    assert tidied.text == "The government of José Ruiz; Сергей e\u0332. mine 👩\u200d👧 می\u200cخواهم"
    for words, written in (
        ("government", "go\u00advern\u00adment"),
        ("José", "Jose\u0301"),
        ("José Ruiz", "Jose\u0301 \u200b Ruiz"),
        ("mine", "mi\u200cne"),
        ("👩\u200d👧", "👩\u200d👧"),
    ):
        at = tidied.text.index(words)
        assert text[slice(*tidied.to_source(at, at + len(words)))] == written
    assert [(block.start, block.end) for block in tidied.blocks] == [(0, len(tidied.text))]


@given(st.text(st.sampled_from("ae \n\u00ad\u200b\u200d\u0301\u0332\ufeff🎉é"), max_size=30))
def test_tidied_documents_know_where_everything_stood(text: str) -> None:
    tidied = Document("x", text, text, [Block(0, len(text))]).tidied
    spans = [tidied.to_source(at, at + 1) for at in range(len(tidied.text))]
    # Letter and accents that are less than before, but more than one, are where they were as a whole.
    assert all(one == two or one.end <= two.start for one, two in pairwise(spans))
    for char, span in zip(tidied.text, spans, strict=True):
        written = text[span.start : span.end]
        assert (
            char == written
            or (char == " " and written.strip("\u00ad\u200b\ufeff \n") == "")
            or char in "áé\u0301\u0332"
        )
    assert not set(tidied.text) & set(UNSEEN)
    assert "  " not in tidied.text


def test_hyphens_that_hold_a_line_together_are_hyphens() -> None:
    text = "A vice‑president, 40‐year-old"
    assert Document("x", text, text, [Block(0, len(text))]).running == "A vice-president, 40-year-old"
