"""The outline of a pattern: words that a match must hold, and how many blanks stand between them.

Looking for an expression costs many times what looking a word up costs, so
patterns are found by their rarest word, and tried only where their other words
stand about it as far off as they should. White space is what distances are
counted in: a match holds as many runs of it as its pattern says, whatever
punctuation its words carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

# A choice of more strings than this is not worth knowing.
MOST_STRINGS = 240
_MOST_CHECKS = 4
# What a word costs to load, as the rate of the words that costs the same in a short story.
_KEY_COST = 2e-6
_RARE = 15e-6
_WORDS = re.compile(r"\w+")
# What words carry in front and behind.
_CARRIED = ".,;:!?\"'“”‘()[]…«»-–—"


class Step(NamedTuple):
    """One step of a pattern.

    :param strings: all that it can be, folded, where they are not too many.
    :param blanks: the least and the most runs of white space in it; of ``strings`` this is known without.
    :param kind: a ``gap`` is a run of words that brings its own blanks, an ``open`` step any other text, one ``apart``
        such a text that begins where no word goes on; an ``edge`` is nothing but such a place.
    :param words: one of these an open step holds, at most ``spread`` blanks behind its beginning; none if not known.
    :param opens: whether an open step that is not empty begins with white space in any case.
    :param closes: whether it ends with white space.
    :param empty: whether it can be empty.
    :param ended: whether its ``words`` end within it in any case.
    """

    strings: tuple[str, ...] | None
    blanks: tuple[int, int] = (0, 0)
    kind: Literal["fixed", "open", "gap", "apart", "edge"] = "fixed"
    words: tuple[str, ...] = ()
    spread: int = 0
    opens: bool = False
    closes: bool = False
    empty: bool = True
    ended: bool = False


class Near(NamedTuple):
    """Between ``low`` and ``high`` blanks behind the key (before it: negative) one of ``words`` stands."""

    low: int
    high: int
    words: frozenset[str]


class Outline(NamedTuple):
    """What a match holds.

    :param keys: words of which every match holds one.
    :param near: what else it holds, the rarest first.
    :param before: the most blanks in a match before its key.
    :param behind: the most blanks in a match behind its key.
    """

    keys: frozenset[str]
    near: tuple[Near, ...] = ()
    before: int = 0
    behind: int = 0


class _Place(NamedTuple):
    """Words one of which every match holds between ``low`` and ``high`` blanks behind its beginning.

    A word of a choice such as ``[hand|other hand]`` may be up to ``spread``
    blanks further on; at least ``rest`` blanks of the choice are counted behind the place.
    """

    low: int
    high: int
    words: frozenset[str]
    cost: float
    rest: int = 0
    spread: int = 0

    def to(self, later: _Place) -> tuple[int, int]:
        """The least and the most blanks from here to a place that comes later in the pattern."""
        return later.low - self.low - self.rest, later.high - self.high + later.spread


def words_of(chunk: str) -> Sequence[str]:
    """The words of a folded text without white space, as outlines know them: runs of letters and digits."""
    bare = chunk.strip(_CARRIED)
    return (bare,) if bare.isalnum() else _WORDS.findall(bare)


def outline(steps: Sequence[Step]) -> Outline | None:
    """The outline of a pattern of these steps; ``None`` where none of its words is certain."""
    places = list(_places(steps))
    if not places:
        return None
    chosen = min(range(len(places)), key=lambda number: places[number].cost)
    key = places[chosen]
    near = []
    for number in sorted(range(len(places)), key=lambda number: places[number].cost):
        place = places[number]
        # Of a choice of several words there are two places, and one may well be the other.
        if number != chosen and not (place.low == key.low and place.high == key.high and (place.spread or key.spread)):
            low, high = key.to(place) if number > chosen else place.to(key)
            near.append(Near(low, high, place.words) if number > chosen else Near(-high, -low, place.words))
    most = sum(step.blanks[1] if step.strings is None else blanks_of(step.strings)[1] for step in steps)
    return Outline(key.words, tuple(near[:_MOST_CHECKS]), key.high + key.spread, most - key.high)


def words_in(choices: Iterable[Sequence[Step]]) -> tuple[tuple[str, ...], int, bool]:
    """Words one of which stands in whatever matches one of the choices.

    Then how many blanks from its beginning at most, and whether they end within it
    whatever comes behind. None where one of the choices has no certain word.
    """
    every = [list(steps) for steps in choices]
    for ended in (True, False):
        words: list[str] = []
        spread = 0
        for steps in every:
            behind = [Step(None, kind="apart" if steps and steps[-1].kind == "edge" else "open")] if ended else []
            place = min(_places([*steps, *behind]), key=lambda place: place.cost, default=None)
            if place is None:
                break
            words += sorted(place.words)
            spread = max(spread, place.high + place.spread)
        else:
            return tuple(dict.fromkeys(words)), spread, ended
    return (), 0, False


def blanks_of(strings: Iterable[str]) -> tuple[int, int]:
    """The least and the most blanks in one of the strings."""
    counts = [string.count(" ") for string in strings]
    return min(counts), max(counts)


def _places(steps: Sequence[Step]) -> Iterator[_Place]:
    low = high = 0
    # What the match can hold since the last blank; None: not known.
    chunk: tuple[str, ...] | None = ("",)
    for index, step in enumerate(steps):
        if step.strings is None:
            if step.kind != "gap":
                bounded = not step.empty
                ended = step.ended or (step.closes and bounded)
                if step.words and chunk == ("",) and (ended or _ends(steps, index + 1)):
                    yield from _place(step.words, low, high, step.blanks[0], step.spread)
                elif step.kind == "apart" or (step.opens and (bounded or _ends(steps, index + 1))):
                    yield from _place(chunk, low, high)
                chunk = ("",) if step.closes and (bounded or chunk == ("",)) else None
            elif chunk != ("",):
                # It brings the blanks before its words; one at the beginning or behind a blank those after them.
                yield from _place(chunk, low, high)
                chunk = None
            low, high = low + step.blanks[0], high + step.blanks[1]
            continue
        if step.kind == "edge":
            chunk = chunk or ("",)
            continue
        least, most = blanks_of(step.strings)
        parts = [string.split(" ") for string in step.strings]
        if least == most:
            for number in range(least + 1):
                if number:
                    yield from _place(chunk, low, high)
                    low, high, chunk = low + 1, high + 1, ("",)
                chunk = _joined(chunk, dict.fromkeys(part[number] for part in parts))
            continue
        if _ends(steps, index + 1):
            yield from _place(_joined(chunk, dict.fromkeys(part[0] for part in parts)), low, high)
            yield from _place(_joined(chunk, step.strings), low, high, rest=least, spread=most)
            chunk = None
        else:
            chunk = chunk if all(part[-1] == "" for part in parts) and chunk == ("",) else None
        low, high = low + least, high + most
    yield from _place(chunk, low, high)


def _ends(steps: Sequence[Step], index: int) -> bool:
    """Whether a word before a step ends there in any case: white space, a mark or the end of the match follows."""
    for step in steps[index:]:
        if step.kind == "edge":
            return True
        if step.strings is None:
            if step.kind == "apart" or (step.opens and not step.empty):
                return True
            if step.kind == "gap":
                if step.blanks[0]:
                    return True
            elif not step.opens:
                return False
        elif any(_WORDS.match(string) for string in step.strings):
            return False
        elif "" not in step.strings:
            return True
    return True


def _joined(left: tuple[str, ...] | None, right: Iterable[str]) -> tuple[str, ...] | None:
    if left is None:
        return None
    joined = tuple(dict.fromkeys(one + other for one in left for other in right))
    return joined if len(joined) <= MOST_STRINGS else None


def _place(chunk: tuple[str, ...] | None, low: int, high: int, rest: int = 0, spread: int = 0) -> Iterator[_Place]:
    """The place of the rarest word of each string (none where one can be without letters and digits)."""
    words = []
    for string in chunk or ():
        parts = _WORDS.findall(string)
        if not parts:
            return
        words.append(min(parts, key=rate))
    if words:
        distinct = frozenset(words)
        yield _Place(low, high, distinct, cost(distinct), rest, spread)


def cost(words: Iterable[str]) -> float:
    """What looking for a pattern by these words costs, as a share of all words of a text."""
    return sum(rate(word) + _KEY_COST for word in words)


def rate(word: str) -> float:
    """How often a word stands in English news, as a share of all words."""
    count = per_million(word)
    return 1.4e-6 * count if count else _RARE


def per_million(word: str) -> int:
    """The least number of times that a frequent word (folded) stands in a million of English news; 0 for others."""
    return _counts().get(word, 0)


@lru_cache(maxsize=1)
def _counts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in resources.files("tqcheck.rules").joinpath("common.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            count, *words = line.split()
            counts.update(dict.fromkeys(words, int(count)))
    return counts
