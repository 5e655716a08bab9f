from __future__ import annotations

from collections.abc import Callable

import pytest

from tqcheck.text.document import Document


def _assert_sound(document: Document) -> None:
    """The promises that every reader makes about blocks and the position map."""
    text, source = document.text, document.source
    edge = 0
    for block in document.blocks:
        assert edge <= block.start < block.end <= len(text)
        assert not text[block.start].isspace()
        assert not text[block.end - 1].isspace()
        assert block.start == edge == 0 or document.segments is None or text[edge : block.start].isspace()
        edge = block.end
    if document.segments is None:
        assert text == source
        return
    at = place = 0
    inside = {position for block in document.blocks for position in range(block.start, block.end)}
    for segment in document.segments:
        assert segment.text_start == at
        assert segment.length > 0
        assert place <= segment.source_start
        assert segment.source_start + segment.source_length <= len(source)
        at += segment.length
        place = segment.source_start + segment.source_length
        if segment.length == segment.source_length:
            for offset in range(segment.length):
                shown, written = text[segment.text_start + offset], source[segment.source_start + offset]
                same = shown == written or (shown.isspace() and written.isspace())
                assert same or segment.text_start + offset not in inside
    assert at == len(text)
    for block in document.blocks:
        start, end = document.to_source(block.start, block.end)
        assert 0 <= start < end <= len(source)


@pytest.fixture(scope="session")
def assert_sound() -> Callable[[Document], None]:
    return _assert_sound
