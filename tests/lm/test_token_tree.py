from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tqcheck.lm.token_tree import Branch, Replacement, batches, branch_off, narrowed
from tqcheck.lm.tokens import TextTokenizer, Token
from tqcheck.lm.windows import Window, windows
from tqcheck.text.sentences import split_sentences

NUMBERS: dict[str, int] = {}


@pytest.fixture(autouse=True)
def short_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.token_tree.TAIL", 10)


def encode(text: str) -> list[int]:
    """Words with the blank before them, and marks, numbered as they come."""
    return [NUMBERS.setdefault(piece, len(NUMBERS) + 10) for piece in re.findall(r"\s?\w+|\s?[^\w\s]|\s", text)]


def tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[Token]:
    found, at = [], 0
    for number in encode(text):
        piece = next(piece for piece, own in NUMBERS.items() if own == number)
        place = at + len(piece) - len(piece.lstrip())
        sentence = next((index for index, (start, end) in enumerate(spans) if start <= place < end), -1)
        at += len(piece)
        found.append(Token(number, sentence, at, place))
    return found


def windows_of(text: str, longest: int = 400) -> list[Window]:
    spans = [(start, end) for start, end in split_sentences(text, 0, len(text))]
    return list(windows(0, tokens(text, spans), 1, longest=longest, shortest=longest // 2, context=longest // 4))


def readings(window: Window, one: Branch) -> tuple[str, str]:
    """The text of the tokens that a branch stands for, and its own."""
    pieces = {number: piece for piece, number in NUMBERS.items()}
    written = window.ids[one.start : one.stop]
    return "".join(pieces[number] for number in written), "".join(pieces[number] for number in one.ids)


@pytest.mark.parametrize(
    ("document", "start", "end", "text", "expected"),
    [
        ("He took the word.", 0, 17, "He took the floor.", Replacement(12, 16, "floor")),
        ("Er. He took it.", 4, 15, "He took it.", Replacement(15, 15, "")),
        ("He took it.", 0, 11, "", Replacement(0, 11, "")),
        ("aa", 0, 2, "aaa", Replacement(2, 2, "a")),
        ("aaa", 0, 3, "aa", Replacement(2, 3, "")),
        ("x 👍🏽 y", 0, 6, "x 👍 y", Replacement(3, 4, "")),
    ],
)
def test_what_both_begin_and_end_with_is_left_out(
    document: str, start: int, end: int, text: str, expected: Replacement
) -> None:
    assert narrowed(document, start, end, text) == expected


TEXT = (
    "Nobody came. "
    "After that the minister took the word and spoke for an hour on the state of play and of things. All left."
)
NEXT = " that the minister took the word and spoke for an"


def test_a_branch_goes_from_the_change_to_some_tokens_after_it() -> None:
    (window,) = windows_of(TEXT)
    one = branch_off(window, TEXT, narrowed(TEXT, 0, len(TEXT), TEXT.replace("the word", "the floor")), encode)
    assert one is not None
    assert readings(window, one) == (
        " word and spoke for an hour on the state of play",
        " floor and spoke for an hour on the state of play",
    )
    assert one.stop - one.start == 1 + 10


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("of things.", "of plans.", (" things.", " plans.")),
        ("of things.", "of affairs, he said.", (" things.", " affairs, he said.")),
        (" on the state of play and of things.", ".", (" on the state of play and of things.", ".")),
        ("Nobody", "No one", ("Nobody came.", "No one came.")),
        # The blank is the next sentence's.
        ("Nobody came. ", "", (f"Nobody came. After{NEXT}", f"After{NEXT}")),
        ("All left.", "All went.", (" left.", " went.")),
        ("things. All", "things, and all", (". All left.", ", and all left.")),
        ("All left.", "All left. So did he.", ("", " So did he.")),
        ("Nobody", "Nobody", ("", "")),
    ],
)
def test_the_tail_does_not_leave_the_sentences_of_the_change(old: str, new: str, expected: tuple[str, str]) -> None:
    (window,) = windows_of(TEXT)
    one = branch_off(window, TEXT, narrowed(TEXT, 0, len(TEXT), TEXT.replace(old, new)), encode)
    assert one is not None
    assert readings(window, one) == expected


def test_only_the_window_in_which_a_change_lies_has_its_branch() -> None:
    text = " ".join(f"Plant {number} in the far north was closed by the owners." for number in range(12))
    found = windows_of(text, 40)
    assert len(found) > 3
    assert [window.begin for window in found] == [0, *(window.ends[-1] for window in found[:-1])]
    for number in range(12):
        change = narrowed(text, 0, len(text), text.replace(f"Plant {number} in", f"Plant {number} up in"))
        held = [window for window in found if branch_off(window, text, change, encode) is not None]
        assert len(held) == 1
        one = branch_off(held[0], text, change, encode)
        assert one is not None
        assert readings(held[0], one)[1].startswith(" up in the far north")
        assert one.start >= held[0].first
    across = narrowed(text, 0, len(text), f"All{text[-11:]}")
    assert all(branch_off(window, text, across, encode) is None for window in found)


def test_where_a_sentence_has_other_tokens_by_itself_nothing_is_told() -> None:
    (window,) = windows_of(TEXT)
    change = narrowed(TEXT, 0, len(TEXT), TEXT.replace("the word", "the floor"))
    assert branch_off(window, TEXT, change, lambda text: [2, *encode(text)]) is None


def test_a_shortened_branch_ends_a_few_tokens_after_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.token_tree.EARLY_TAIL", 2)
    document = "He took the word after lunch on Monday. Then he left."
    (window,) = windows_of(document)
    change = Replacement(12, 16, "floor", needed=3.0)
    branch = branch_off(window, document, change, encode)
    assert branch is not None
    assert readings(window, branch) == (" word after lunch on Monday.", " floor after lunch on Monday.")
    short = branch.shortened()
    assert short is not None
    assert readings(window, short) == (" word after lunch", " floor after lunch")
    assert short.shortened() is None
    whole = branch_off(window, document, Replacement(12, 16, "floor"), encode)
    assert whole is not None
    assert whole.shortened() is None


def test_only_what_falls_far_short_exits_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.token_tree.EARLY_EXIT", 5.0)
    branch = Branch(1, 3, (7, 8), 1, needed=2.0)
    assert branch.exits_early(-3.1)
    assert not branch.exits_early(-3.0)
    assert not Branch(1, 3, (7, 8), 1).exits_early(-100.0)


def test_batches_have_all_branches_and_keep_to_the_size() -> None:
    assert list(batches([3, 3, 5, 12, 0, 1], 8)) == [[0, 1], [2], [3], [4, 5]]
    assert list(batches([], 8)) == []


tokenizer_of = cache(TextTokenizer)


@settings(deadline=None)
@given(st.data())
def test_a_branch_reads_as_the_document_after_the_change(tiny_folder: Path, data: st.DataObject) -> None:
    tokenizer = tokenizer_of(tiny_folder)
    text = data.draw(st.text(alphabet="ab .,!\n’“é👍🏽\u0301\u00a0", min_size=1, max_size=60))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new = data.draw(st.text(alphabet="ab .é👍", max_size=8))
    change = narrowed(text, start, end, new)
    after = text[: change.start] + change.text + text[change.end :]
    assert after == text[:start] + new + text[end:]
    # An accent that stands on nothing until the change gives it a letter is of the next sentence.
    assume(after[change.start + len(change.text) :][:1] != "\u0301")
    spans = [(start, end) for start, end in split_sentences(text, 0, len(text))]
    text = text[: spans[-1][1]] if spans else ""
    for window in windows(0, tokenizer.tokens(text, spans), 1, longest=24, shortest=12, context=6):
        one = branch_off(window, text, change, tokenizer.ids)
        # A window may begin within an emoji, whose place is then before it.
        if one is None or window.places[0] < window.begin:
            continue
        assert window.first <= one.start <= one.stop <= len(window.ids)
        own = [*window.ids[window.first : one.start], *one.ids]
        written = "".join(map(tokenizer.piece, own))
        read = "".join(map(tokenizer.piece, tokenizer.ids(after[window.begin :])))
        assert read.startswith(written)
