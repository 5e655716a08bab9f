from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.readers import read_text
from tqcheck.text.sentences import LONGEST_SENTENCE, split_sentences


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    "expected",
    [
        ["One is here.", "Two is there."],
        ["“All of it ends.”", "He left."],
        ["Dr. Smith of the U.S. Army arrived.", "He spoke."],
        ["He came at 5 p.m. Monday.", "Then he left."],
        ["Gen. Mark A. Milley spoke on Jan. 3 in St. Louis."],
        ["It rose 2.5 percent to 1,200.", "It fell."],
        ["😀 It is fine.", "Cafe\u0301 is open."],
        ["He said no!", "Did he?", "Yes."],
        ["It rained.", "Ms. Ortiz met Ms. Ruiz in Ft. Worth.", "Sra. Peña and Cllr. Dodd left, Ms. “Bo” Ruiz said."],
        ["She lives on Elm Street.", "Approx. 20 left."],
    ],
)
def test_sentences(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_a_sentence_without_end_is_cut() -> None:
    text = "word " * 2000
    pieces = split_sentences(text, 0, len(text))
    assert len(pieces) > 5
    assert all(piece.end - piece.start <= LONGEST_SENTENCE for piece in pieces)
    assert all(text[piece.start : piece.end].strip() == text[piece.start : piece.end] for piece in pieces)
    assert len(split_sentences("x" * 100_000, 0, 100_000)) == -(-100_000 // LONGEST_SENTENCE)


@given(st.text(alphabet="aB .!?\n\r\t“”\"'’()😀\u0301\u00a0İ1,;:-", max_size=300))
def test_sentences_are_ordered_trimmed_and_lose_nothing(text: str) -> None:
    document = read_text(text, "x.txt")
    end = 0
    for sentence in document.sentences:
        assert end <= sentence.start < sentence.end
        assert not text[end : sentence.start].strip() or document.blocks
        piece = text[sentence.start : sentence.end]
        assert piece == piece.strip()
        end = sentence.end
    kept = "".join(text[sentence.start : sentence.end] for sentence in document.sentences)
    in_blocks = "".join(text[block.start : block.end] for block in document.blocks)
    assert "".join(kept.split()) == "".join(in_blocks.split())


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2028", "\u3000", "\u2009"])
def test_a_wide_blank_before_a_full_stop_breaks_nothing(blank: str) -> None:
    text = f"Give patients vitamin A{blank}. Then they rest."
    assert [text[start:end] for start, end in split_sentences(text, 0, len(text))] == [
        f"Give patients vitamin A{blank}.",
        "Then they rest.",
    ]
