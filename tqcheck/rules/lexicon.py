"""What the words of a text are keys of: each piece of text is taken apart once, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tqcheck.rules.outline import words_of
from tqcheck.rules.owner import Owner

# So many pieces of text are remembered with their words.
_MOST_KNOWN = 60_000


class Keyed:
    """The patterns that have a word as a key, ordered by what else they need.

    So that a few look-ups tell which of them have it, whatever their number.

    :param following: by how many places further on (negative: before), patterns by a word that they need there.
    :param nearby: patterns by words of which they need one not far from the key: the least and the greatest distance
        of any of these words, all of them, and the patterns that need each.
    :param further: patterns by words of which they need one anywhere in the sentence: all of them, and by each.
    :param always: patterns of sentences that need no further word.
    :param of_blocks: patterns that look at blocks.
    """

    __slots__ = ("always", "following", "further", "nearby", "of_blocks")

    def __init__(self, owners: Iterable[Owner]) -> None:
        following: dict[int, dict[str, list[Owner]]] = {}
        nearby: dict[str, list[Owner]] = {}
        further: dict[str, list[Owner]] = {}
        low, high = 0, 0
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
                first = owner.near[0]
                low, high = min(low, first.low), max(high, first.high)
                for word in first.words:
                    nearby.setdefault(word, []).append(owner)
            elif owner.needs:
                for word in owner.needs[0]:
                    further.setdefault(word, []).append(owner)
            else:
                self.always.append(owner)
        self.following = tuple(following.items())
        self.nearby = (low, high, frozenset(nearby), nearby) if nearby else None
        self.further = (frozenset(further), further) if further else None


class Lexicon:
    """The words of pieces of text (what stands between white space, folded), and the patterns they are keys of.

    :param keys: the numbers of the patterns that have a word as a key.
    :param owner: gives a pattern by its number; ``None`` for one that does not run.
    """

    def __init__(self, keys: Mapping[str, Sequence[int]], owner: Callable[[int], Owner | None]) -> None:
        self._keys = keys
        self._owner = owner
        self._owners: dict[str, Sequence[Owner]] = {}
        # By the words of a piece, which most pieces share with others.
        self._of_words: dict[Sequence[str], Keyed | None] = {}
        self._words: dict[str, Sequence[str]] = {}
        self._keyed: dict[str, Keyed | None] = {}

    def look_up(self, chunks: Sequence[str]) -> tuple[list[Sequence[str]], list[Keyed | None]]:
        """The words of each piece, and the patterns that have one of them as a key, if there are any."""
        try:
            return list(map(self._words.__getitem__, chunks)), list(map(self._keyed.__getitem__, chunks))
        except KeyError:
            self._learn(chunks)
        return list(map(self._words.__getitem__, chunks)), list(map(self._keyed.__getitem__, chunks))

    def _learn(self, chunks: Sequence[str]) -> None:
        words, keyed, keys = self._words, self._keyed, self._keys
        if len(words) > _MOST_KNOWN:
            words.clear()
            keyed.clear()
        for chunk in chunks:
            if chunk not in words:
                found = words[chunk] = words_of(chunk)
                keyed[chunk] = None if keys.keys().isdisjoint(found) else self._made(tuple(found))

    def _made(self, words: tuple[str, ...]) -> Keyed | None:
        try:
            return self._of_words[words]
        except KeyError:
            pass
        owners = [owner for word in words for owner in self._of_key(word)]
        made = Keyed(owners) if owners else None
        if len(words) == 1:
            # There are no more of these than keys; of the others a text may have any number.
            self._of_words[words] = made
        return made

    def _of_key(self, word: str) -> Sequence[Owner]:
        """The patterns of rules that run that have a word as a key."""
        owners = self._owners.get(word)
        if owners is None:
            numbers = self._keys.get(word)
            if numbers is None:
                return ()
            owners = self._owners[word] = [one for one in map(self._owner, numbers) if one is not None]
        return owners
