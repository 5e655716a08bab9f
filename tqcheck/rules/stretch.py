"""Sentences and blocks with their words, and where in them a pattern can match."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from tqcheck.rules.lexicon import Place
from tqcheck.rules.owner import Owner, stands
from tqcheck.text.document import Block, Document

_CHUNK = re.compile(r"\S+")


class Stretch:
    """A sentence or block and its words, place by place.

    :param chunks: what stands at each place, white space left out.
    :param places: the words of each and what they are keys of.
    """

    __slots__ = ("_stops", "_words", "chunks", "end", "places", "start", "text")

    def __init__(self, text: str, start: int, end: int, chunks: Sequence[str], places: Sequence[Place]) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.chunks = chunks
        self.places = places
        self._words: frozenset[str] | None = None
        self._stops: list[int] | None = None

    @property
    def words(self) -> frozenset[str]:
        """All its words."""
        words = self._words
        if words is None:
            words = self._words = frozenset([word for one, _ in self.places for word in one])
        return words

    @property
    def stops(self) -> list[int]:
        """Where in the stretch the place behind each one begins; empty where not one blank stands between all."""
        if self._stops is None:
            stops = list(accumulate(map((1).__add__, map(len, self.chunks))))
            self._stops = stops if stops and stops[-1] - 1 == self.end - self.start else []
        return self._stops

    def reach(self, owner: Owner, first: int, last: int) -> tuple[int, int]:
        """Where in the text a match may be that has a key at one of the places from ``first`` to ``last``."""
        count = len(self.chunks)
        first = first - owner.before if first > owner.before else 0
        last = last + owner.behind if last + owner.behind < count else count - 1
        if not first and last == count - 1:
            return self.start, self.end
        stops = self.stops
        if stops:
            return self.start + (stops[first - 1] if first else 0), self.start + stops[last] - 1
        spans = [chunk.span() for chunk in _CHUNK.finditer(self.text, self.start, self.end)]
        # Where the end of a sentence is no white space, a block has fewer places than its sentences together.
        return (spans[first][0], spans[last][1]) if len(spans) == count else (self.start, self.end)

    def tried(self, owner: Owner, places: Sequence[int]) -> list[re.Match[str]]:
        """The matches of a pattern that has keys at these places, of which the first and the last count."""
        if not places:
            return []
        if owner.pattern.at_start:
            return owner.matches(self.text, self.start, self.end)
        return owner.matches(self.text, *self.reach(owner, places[0], places[-1]))

    def lacks(self, owner: Owner) -> bool:
        """Whether words that a pattern needs are nowhere in it."""
        return any(map(self.words.isdisjoint, owner.needs))

    def standing(self, owner: Owner, hits: Sequence[int]) -> Sequence[int]:
        """Those of these places of keys about which the other words of a pattern stand."""
        if not owner.near:
            return hits
        return [place for place in hits if stands(owner.near, self.places, place)]

    def places_of(self, owner: Owner) -> Sequence[int]:
        """The places of keys of a pattern about which its other words stand."""
        keys = owner.keys & self.words
        if not keys or self.lacks(owner):
            return ()
        if not owner.near and owner.before + owner.behind >= len(self.places):
            return (0, len(self.places) - 1)
        return self.standing(
            owner, [place for place, (words, _) in enumerate(self.places) for one in words if one in keys]
        )


class Stretches:
    """The sentences and blocks of a document with their words."""

    def __init__(self, document: Document, sentences: Sequence[Stretch]) -> None:
        self._document = document
        self.text = document.running
        self.sentences = sentences
        self._blocks: dict[int, Stretch] = {}

    def unit(self, owner: Owner, index: int) -> Block | Stretch:
        """What a pattern looks at: a block or a sentence."""
        return self._document.blocks[index] if owner.by_block else self.sentences[index]

    def of(self, owner: Owner, index: int) -> Stretch:
        """The same with its words."""
        return self.block(index) if owner.by_block else self.sentences[index]

    def block(self, index: int) -> Stretch:
        """A block."""
        found = self._blocks.get(index)
        if found is None:
            document = self._document
            block = document.blocks[index]
            first = bisect_right(document.sentence_starts, block.start - 1)
            last = bisect_right(document.sentence_starts, block.end - 1)
            chunks = [chunk for one in self.sentences[first:last] for chunk in one.chunks]
            places = [place for one in self.sentences[first:last] for place in one.places]
            found = self._blocks[index] = Stretch(document.running, block.start, block.end, chunks, places)
        return found
