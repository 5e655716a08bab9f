"""A pattern of a rule that runs, and what a match of it must hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from tqcheck.rules.expression import expression
from tqcheck.rules.outline import Near
from tqcheck.rules.schema import CompiledPattern, Rule

Place = tuple[Sequence[str], Sequence[object]]
"""The words of a piece of text without white space, and what else is known of them."""

# Words in more places than this are looked for in the whole sentence at once.
_WIDE = 16


class Owner:
    """A pattern of a rule; ``order`` is its place among all patterns of all rules.

    Of its outline there are ``keys``, of which a match holds one; where ``next``
    is not ``None``, one of these words ``next_at`` places behind the key;
    ``needs``, of each of which one word is in the sentence at all, the rarest
    first; ``near``, of each of which one stands about the key; and ``anywhere``,
    those of the needs that stand at no certain distance.
    """

    def __init__(self, rule: Rule, pattern: CompiledPattern, order: int) -> None:
        self.rule = rule
        self.pattern = pattern
        self.order = order
        self.by_block = rule.scope != "sentence"
        self.keys: frozenset[str] = frozenset()
        self.needs: tuple[frozenset[str], ...] = ()
        self.near: tuple[Near, ...] = ()
        self.anywhere: tuple[frozenset[str], ...] = ()
        self.next_at = 0
        self.next: frozenset[str] | None = None
        if pattern.outline is not None:
            self.keys, near, self.before, self.behind = pattern.outline
            near = tuple(one for one in near if not one.words >= self.keys or one.high - one.low < _WIDE)
            # Words at one place only: most fail at the first such place, which costs less there than a call.
            if not self.by_block and not pattern.anchors:
                fixed = next((one for one in near if one.low == one.high), None)
                if fixed is not None:
                    self.next_at, self.next = fixed.low, fixed.words
                    near = tuple(one for one in near if one is not fixed)
            # Whether they are in the sentence at all is asked first, of the rarest before the others.
            self.needs = tuple(dict.fromkeys(one.words for one in near))
            self.near = tuple(one for one in near if one.high - one.low < _WIDE)
            close = {one.words for one in self.near}
            self.anywhere = tuple(words for words in self.needs if words not in close)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern compiled, when it is tried for the first time: few of all are tried in a story."""
        return expression(self.pattern.regex, self.pattern.code)

    def matches(self, text: str, start: int, end: int) -> list[re.Match[str]]:
        """The matches in ``text[start:end]``; one at its start, or the whole of it, is tried only there."""
        if self.rule.scope == "line" or self.pattern.at_start:
            tried = self.regex.match
            if self.rule.scope == "line":
                # Not the first try that succeeds: one that goes on to the end of the line.
                tried = self.regex.fullmatch
                while end > start and text[end - 1].isspace():
                    end -= 1
            # Only marks and white space may stand in front.
            while start < end:
                match = tried(text, start, end)
                if match is not None:
                    return [match]
                if text[start].isalnum():
                    break
                start += 1
            return []
        # Most find nothing, and a search alone takes less time than an iterator.
        found = self.regex.search(text, start, end) is not None
        return list(self.regex.finditer(text, start, end)) if found else []


def stands(near: Sequence[Near], places: Sequence[Place], place: int) -> bool:
    """Whether about a key at a place there are the other words of an outline."""
    for low, high, words in near:
        low += place
        if low == high + place:
            if 0 <= low < len(places) and not words.isdisjoint(places[low][0]):
                continue
            return False
        for others, _ in places[low if low > 0 else 0 : max(place + high + 1, 0)]:
            if not words.isdisjoint(others):
                break
        else:
            return False
    return True
