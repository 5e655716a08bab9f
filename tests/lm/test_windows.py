from __future__ import annotations

from itertools import pairwise

import pytest

from tqcheck.lm.tokens import Token
from tqcheck.lm.windows import Window, windows


def stream(count: int) -> list[Token]:
    return [Token(100 + index, index // 10, index + 1, index) for index in range(count)]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 13, 14, 40])
@pytest.mark.parametrize("context", [0, 3])
def test_each_token_is_scored_once_in_order(count: int, context: int) -> None:
    found = list(windows(4, stream(count), 0, 8, context))
    scored = [token for window in found for token in window.ids[window.first :]]
    assert scored == [token.id for token in stream(count)]
    assert [owner for window in found for owner in window.sentences] == [token.sentence for token in stream(count)]
    assert all(window.ids[0] == 0 and len(window.ids) <= 9 and window.document == 4 for window in found)
    for earlier, later in pairwise(found):
        assert later.first == 1 + context
        assert later.ids[1 : later.first] == (earlier.ids[-context:] if context else ())
    if found:
        assert found[-1].end == count


def test_a_short_document_is_one_window() -> None:
    assert list(windows(0, stream(3), 9, 8, 3)) == [Window(0, (9, 100, 101, 102), (0, 0, 0), 3, (0, 1, 2))]
