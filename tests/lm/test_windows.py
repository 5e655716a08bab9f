from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tqcheck.lm.tokens import Token
from tqcheck.lm.windows import Window, windows

NO_SENTENCE = 7  # every such id stands between sentences, never within one
WORDS = st.lists(st.integers(0, 49_151).filter(lambda number: number != NO_SENTENCE), min_size=1, max_size=28)
SENTENCES = st.lists(st.builds(lambda gap, ids: [NO_SENTENCE] * gap + ids, st.integers(0, 2), WORDS), max_size=30)


def stream(sentences: list[list[int]]) -> list[Token]:
    found: list[Token] = []
    for index, ids in enumerate(sentences):
        for token in ids:
            place = len(found)
            found.append(Token(token, -1 if token == NO_SENTENCE else index, place + 1, place))
    return found


@given(SENTENCES, st.integers(1, 40), st.integers(0, 20))
def test_each_token_is_scored_once_in_order(sentences: list[list[int]], longest: int, context: int) -> None:
    tokens = stream(sentences)
    found = list(windows(4, tokens, 1, longest=longest, shortest=longest // 2, context=context))
    assert [token for window in found for token in window.ids[window.first :]] == [token.id for token in tokens]
    assert [owner for window in found for owner in window.sentences] == [token.sentence for token in tokens]
    assert [place for window in found for place in window.places] == [token.place for token in tokens]
    assert [end for window in found for end in window.ends] == [token.end for token in tokens]
    at = 0
    for window in found:
        assert (window.document, window.ids[0]) == (4, 1)
        assert 1 <= len(window.sentences) <= longest
        before = [token.id for token in tokens[:at]]
        assert 1 <= window.first <= 1 + min(context, len(before))
        assert list(window.ids[1 : window.first]) == before[len(before) - window.first + 1 :]
        if before and context:
            assert window.first > 1
        at += len(window.sentences)


@given(SENTENCES)
def test_a_window_is_cut_at_sentences_unless_one_is_too_long(sentences: list[list[int]]) -> None:
    found = list(windows(0, stream(sentences), 1, longest=40, shortest=10))
    assert all(one.sentences[-1] != other.sentences[-1] for one, other in pairwise(found))


@given(SENTENCES, st.integers(0, 29), st.lists(st.integers(100, 200), min_size=1, max_size=20))
def test_an_edit_of_a_sentence_leaves_windows_before_it_alone(
    sentences: list[list[int]], at: int, new: list[int]
) -> None:
    edited = [new if index == at else ids for index, ids in enumerate(sentences)]
    one, other = (
        list(windows(0, stream(text), 1, longest=40, shortest=10, context=12)) for text in (sentences, edited)
    )
    unchanged = [window for window in one if max(window.sentences, default=-1) < at and window is not one[-1]]
    for window, same in zip(unchanged[:-1], other, strict=False):
        assert window == same


def test_an_edit_changes_few_windows() -> None:
    # Sentences of 20 tokens that differ.
    sentences = [[1000 * index + token for token in range(20)] for index in range(200)]
    before = {window.ids for window in windows(0, stream(sentences), 1)}
    changed = []
    for at in range(0, 200, 10):
        edited = [*sentences[:at], [5, *sentences[at][1:], 6, 6], *sentences[at + 1 :]]
        changed.append(sum(window.ids not in before for window in windows(0, stream(edited), 1)))
    assert len(before) > 15
    assert max(changed) <= 4
    assert sum(changed) / len(changed) < 2


def test_a_short_document_is_one_window() -> None:
    tokens = [Token(100 + index, 0, index + 1, index) for index in range(3)]
    assert list(windows(0, tokens, 9)) == [Window(0, 0, (9, 100, 101, 102), (0, 0, 0), (0, 1, 2), (1, 2, 3))]
    assert list(windows(0, [], 9)) == []
