"""Overlapping windows over a stream of tokens, each token scored once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tqcheck.lm.tokens import Token


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one document for the model: the beginning token, ``context`` tokens, then those to score.

    ``ids`` holds all of them; ``sentences`` has one entry for each token to
    score, the index of its sentence or -1, and ``places`` where it stands in
    the text (code points). ``end`` is where the last token ends there.
    """

    document: int
    ids: tuple[int, ...]
    sentences: tuple[int, ...]
    end: int
    places: tuple[int, ...]

    @property
    def first(self) -> int:
        """Index in ``ids`` of the first token to score."""
        return len(self.ids) - len(self.sentences)


def windows(document: int, tokens: Iterable[Token], beginning: int, length: int, context: int) -> Iterator[Window]:
    """Windows of at most ``length`` tokens after the beginning token, the last ``context`` of the one before repeated.

    ``0 <= context < length``. A document without tokens has no window.
    """
    before: list[int] = []
    ids: list[int] = []
    sentences: list[int] = []
    places: list[int] = []
    end = 0
    for token in tokens:
        if len(before) + len(ids) == length:
            yield Window(document, (beginning, *before, *ids), tuple(sentences), end, tuple(places))
            before = (before + ids)[-context:] if context else []
            ids, sentences, places = [], [], []
        ids.append(token.id)
        sentences.append(token.sentence)
        places.append(token.place)
        end = token.end
    if ids:
        yield Window(document, (beginning, *before, *ids), tuple(sentences), end, tuple(places))
