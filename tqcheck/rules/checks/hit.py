"""What a check yields."""

from __future__ import annotations

import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tqcheck.text import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """``text[start:end]``, with suggestions and a message of its own where the rule's do not do."""

    start: int
    end: int
    suggestions: tuple[str, ...] = ()
    message: str | None = None


Check = Callable[[Document], Iterable[Hit]]


_CHARACTERS: weakref.WeakKeyDictionary[Document, str] = weakref.WeakKeyDictionary()


def characters(document: Document) -> str:
    """Every character of the text once, in order: what is not among them need not be looked for."""
    found = _CHARACTERS.get(document)
    if found is None:
        found = _CHARACTERS[document] = "".join(sorted(set(document.text)))
    return found


class Units:
    """Sentences and blocks of a document by position."""

    def __init__(self, document: Document) -> None:
        self._sentences = document.sentences
        self._starts = [sentence.start for sentence in document.sentences]
        self._blocks = document.blocks
        self._block_starts = [block.start for block in document.blocks]

    def sentence(self, position: int) -> tuple[int, int] | None:
        """The sentence that holds ``position``."""
        index = bisect_right(self._starts, position) - 1
        if index < 0 or position >= self._sentences[index].end:
            return None
        return self._sentences[index].start, self._sentences[index].end

    def block(self, position: int) -> tuple[int, int] | None:
        """The block that holds ``position``."""
        index = bisect_right(self._block_starts, position) - 1
        if index < 0 or position >= self._blocks[index].end:
            return None
        return self._blocks[index].start, self._blocks[index].end

    def one_sentence(self, start: int, end: int) -> bool:
        """Whether ``[start, end)`` lies in one sentence."""
        found = self.sentence(start)
        return found is not None and end <= found[1]
