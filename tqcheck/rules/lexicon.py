"""What the words of a text are keys of: each piece of text is taken apart once, and remembered."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from tqcheck.rules.outline import words_of
from tqcheck.rules.owner import Owner

# So many pieces of text are remembered with their words.
_MOST_KNOWN = 30_000


class Keyed:
    """The patterns that have a word as a key, ordered by what else they need.

    So that a few look-ups tell which of them have it, whatever their number.

    :param following: by how many places further on (negative: before), patterns by a word that they need there.
    :param nearby: patterns that need a word not far from the key.
    :param further: patterns that need a word anywhere in the sentence.
    :param always: patterns of sentences that need no further word.
    :param of_blocks: patterns that look at blocks.
    """

    __slots__ = ("always", "following", "further", "nearby", "of_blocks")

    def __init__(self, owners: Iterable[Owner]) -> None:
        following: dict[int, dict[str, list[Owner]]] = {}
        nearby: list[Owner] = []
        further: list[Owner] = []
        self.always: list[Owner] = []
        self.of_blocks: list[Owner] = []
        for owner in owners:
            if owner.by_block:
                self.of_blocks.append(owner)
            elif owner.next is not None:
                table = following.setdefault(owner.next_at, {})
                for word in owner.next:
                    table.setdefault(word, []).append(owner)
            elif owner.near:
                nearby.append(owner)
            elif owner.needs:
                further.append(owner)
            else:
                self.always.append(owner)
        self.following = tuple(following.items())
        self.nearby = Needing(nearby) if nearby else None
        self.further = Needing(further) if further else None


class Needing:
    """Patterns that need one of some words beside their key.

    :param words: the words of all.
    :param low: the least distance from the key of any of them (0 or less), ``high`` the greatest (0 or more); of
        patterns whose words may be anywhere it says nothing.
    """

    __slots__ = ("_by_word", "_owners", "high", "low", "words")

    def __init__(self, owners: Sequence[Owner]) -> None:
        first = [owner.near[0] for owner in owners if owner.near]
        needs = [owner.near[0].words if owner.near else owner.needs[0] for owner in owners]
        self.low = min([one.low for one in first], default=0)
        self.high = max([one.high for one in first], default=0)
        self.low, self.high = min(self.low, 0), max(self.high, 0)
        self.words = needs[0] if len(needs) == 1 else frozenset().union(*needs)
        self._owners = list(zip(needs, owners, strict=True))
        self._by_word: dict[str, list[Owner]] = {}

    def of(self, word: str) -> Sequence[Owner]:
        """The patterns that need one of its words."""
        found = self._by_word.get(word)
        if found is None:
            found = self._by_word[word] = [owner for words, owner in self._owners if word in words]
        return found


Place = tuple[Sequence[str], Sequence[Keyed]]
"""The words of a piece of text without white space, and for each of them that is a key its patterns."""


class Lexicon:
    """The words of pieces of text (what stands between white space, folded), and the patterns they are keys of.

    :param keys: the numbers of the patterns that have a word as a key.
    :param owner: gives a pattern by its number; ``None`` for one that does not run.
    """

    def __init__(self, keys: Mapping[str, Sequence[int]], owner: Callable[[int], Owner | None]) -> None:
        self._keys = keys
        self._owner = owner
        self._by_key: dict[str, tuple[Keyed, ...]] = {}
        self._known: dict[str, Place] = {}

    def look_up(self, chunks: Iterable[str]) -> list[Place]:
        """What there is to know of each piece."""
        known = self._known
        return [known.get(chunk) or self._learnt(chunk) for chunk in chunks]

    def _learnt(self, chunk: str) -> Place:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        words = tuple(map(sys.intern, words_of(chunk)))
        keyed: tuple[Keyed, ...] = ()
        for word in words:
            if word in self._keys:
                found = self._by_key.get(word)
                keyed += self._of_key(word) if found is None else found
        # Pure tuples take the least memory, and look-ups wait for memory most of their time.
        made = self._known[chunk] = words, keyed
        return made

    def _of_key(self, word: str) -> tuple[Keyed, ...]:
        """The patterns of rules that run that have a word as a key, if there are any."""
        owners = [one for one in map(self._owner, self._keys[word]) if one is not None]
        made = self._by_key[word] = (Keyed(owners),) if owners else ()
        return made
