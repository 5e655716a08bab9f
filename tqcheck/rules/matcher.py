"""Where rules match: their words are looked up, their anchors found by an automaton, then expressions tried there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import ahocorasick_rs

from tqcheck.result import Severity
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.expression import expression
from tqcheck.rules.outline import Near, words_of
from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.text import Block, Document, Sentence, Span

_BLANKS = re.compile(r"  +")
_CHUNK = re.compile(r"\S+")
# Words in more places than this are looked for in the whole sentence at once.
_WIDE = 16


class Owner:
    """A pattern of a rule; ``order`` is its place among all patterns of all rules."""

    def __init__(self, rule: Rule, pattern: CompiledPattern, order: int) -> None:
        self.rule = rule
        self.pattern = pattern
        self.order = order
        self.by_block = rule.scope != "sentence"
        if pattern.outline is not None:
            _, near, self.before, self.behind = pattern.outline
            # Words that may be anywhere in the sentence.
            self.needs = tuple(one.words for one in near if one.high - one.low >= _WIDE)
            # Words at one place only: most fail at the first such place, which costs less there than a call.
            fixed = next((one for one in near if one.low == one.high and not self.by_block), None)
            self.next_at = fixed.low if fixed else 0
            self.next = fixed.words if fixed else None
            self.near = tuple(one for one in near if one is not fixed and one.high - one.low < _WIDE)

    def reach(self, spans: Sequence[tuple[int, int]], first: int, last: int) -> tuple[int, int]:
        """Where in a text a match may be whose key is at one of its places from ``first`` to ``last``."""
        return spans[max(0, first - self.before)][0], spans[min(len(spans) - 1, last + self.behind)][1]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern compiled, when it is tried for the first time: few of all are tried in a story."""
        return expression(self.pattern.regex, self.pattern.code)

    def matches(self, text: str, start: int, end: int) -> list[re.Match[str]]:
        """The matches in ``text[start:end]``; one at its start, or the whole of it, is tried only there."""
        if self.rule.scope == "line" or self.pattern.at_start:
            # Only marks and white space may stand in front.
            while start < end:
                match = self.regex.match(text, start, end)
                if match is not None:
                    return [match]
                if text[start].isalnum():
                    break
                start += 1
            return []
        # Most find nothing, and a search alone takes less time than an iterator.
        found = self.regex.search(text, start, end) is not None
        return list(self.regex.finditer(text, start, end)) if found else []


class _Found(NamedTuple):
    """A part of expressions that an anchor was found of, see :class:`~tqcheck.rules.collection.Part`."""

    owners: Sequence[Owner]
    bit: int
    all: int
    written: str | None


class Matcher:
    """Finds the matches of all patterns.

    Patterns that have an outline are found by words: each word of a text is
    looked up once, whatever the number of rules, and of the patterns that have
    it as a key those are tried, on its sentence or block, whose other words
    stand about it. The anchors of regular expressions are found in one pass of
    an automaton. The cost of both is linear in the text.
    """

    def __init__(self, rules: RuleSet | Iterable[Rule], chosen: Mapping[int, Severity] | None = None) -> None:
        self._rules = rules if isinstance(rules, RuleSet) else RuleSet(rules)
        self._chosen = chosen
        self._index = index = self._rules.index
        self._owners: list[Owner | None] = [None] * len(index.owners)
        # Of the words and anchors met so far, the patterns of rules that run.
        self._by_key: dict[str, list[Owner]] = {}
        # Of the first pattern of a rule, all of them that are found by the rule's anchors.
        self._together: dict[int, tuple[Owner, ...]] = {}
        self._by_anchor: list[list[_Found] | None] = [None] * len(index.anchors)
        self._automaton = ahocorasick_rs.AhoCorasick(index.anchors, matchkind=ahocorasick_rs.MatchKind.Standard)

    def checks(self) -> Iterator[Rule]:
        """The rules that run and have no patterns."""
        for number in self._index.checks:
            rule = self._rule(number)
            if rule is not None:
                yield rule

    def _rule(self, number: int) -> Rule | None:
        """A rule with the severity that it is to have; ``None`` for one that does not run."""
        if self._chosen is None:
            return self._rules.rule(number)
        severity = self._chosen.get(number)
        if severity is None:
            return None
        rule = self._rules.rule(number)
        return rule if rule.severity is severity else replace(rule, severity=severity)

    def _owner(self, number: int) -> Owner | None:
        """A pattern by its number; ``None`` where its rule does not run."""
        owner = self._owners[number]
        if owner is None:
            which, first = self._index.owners[number]
            rule = self._rule(which)
            if rule is not None:
                owner = self._owners[number] = Owner(rule, rule.patterns[number - first], number)
        return owner

    def matches(self, document: Document) -> Iterator[tuple[Owner, Span, list[re.Match[str]]]]:
        """Each pattern that matches with the sentence or block and its matches there, in the order of the patterns."""
        found: dict[tuple[Owner, int], list[re.Match[str]]] = {}
        self._outlined(document, found)
        self._anchored(document, found)
        for (owner, index), matches in sorted(found.items(), key=lambda item: (item[0][0].order, item[0][1])):
            unit = document.blocks[index] if owner.by_block else document.sentences[index]
            yield owner, Span(unit.start, unit.end), matches

    def _outlined(self, document: Document, found: dict[tuple[Owner, int], list[re.Match[str]]]) -> None:
        """Try the patterns whose outline is in a sentence (block) on as much of it as they can take up."""
        text, folded = document.text, document.folded
        # Of the block that the sentences are in: its words so far, and where patterns that look at blocks have a key.
        current = -1
        block_places: list[Sequence[str]] = []
        waiting: dict[Owner, list[int]] = {}
        for index, (start, end, block) in enumerate(document.sentences):
            if block != current:
                if waiting:
                    self._in_block(document, current, block_places, waiting, found)
                current, block_places, waiting = block, [], {}
            places = [(chunk,) if chunk.isalnum() else words_of(chunk) for chunk in folded[start:end].split()]
            spans: Sequence[tuple[int, int]] = ()
            for owner, (first, last) in self._likely(places, len(block_places), waiting).items():
                low, high = start, end
                if not owner.pattern.at_start:
                    spans = spans or [chunk.span() for chunk in _CHUNK.finditer(text, start, end)]
                    low, high = owner.reach(spans, first, last)
                matches = owner.matches(text, low, high)
                if matches:
                    found[owner, index] = matches
            block_places += places
        if waiting:
            self._in_block(document, current, block_places, waiting, found)

    @staticmethod
    def _in_block(
        document: Document,
        index: int,
        places: Sequence[Sequence[str]],
        waiting: dict[Owner, list[int]],
        found: dict[tuple[Owner, int], list[re.Match[str]]],
    ) -> None:
        """Try patterns that look at blocks: a match may go on in the next sentence."""
        start, end = document.blocks[index].start, document.blocks[index].end
        spans: Sequence[tuple[int, int]] = ()
        every = frozenset().union(*places)
        for owner, hits in waiting.items():
            if owner.needs and any(map(every.isdisjoint, owner.needs)):
                continue
            if owner.near:
                hits = [place for place in hits if _stands(owner.near, places, place)]
                if not hits:
                    continue
            low, high = start, end
            if not owner.pattern.at_start:
                spans = spans or [chunk.span() for chunk in _CHUNK.finditer(document.text, start, end)]
                # Where the end of a sentence is no white space there are fewer of these than of its words.
                low, high = owner.reach(spans, hits[0], hits[-1]) if len(spans) == len(places) else (start, end)
            matches = owner.matches(document.text, low, high)
            if matches:
                found[owner, index] = matches

    def _likely(
        self, places: Sequence[Sequence[str]], before: int, waiting: dict[Owner, list[int]]
    ) -> dict[Owner, tuple[int, int]]:
        """Patterns whose outline is in a sentence of these words, with the first and the last place of a key.

        Those that look at blocks go to ``waiting`` with each place of a key, counted from
        the block's first word: there are ``before`` words before the sentence.
        """
        known, keys = self._by_key, self._index.keys
        likely: dict[Owner, tuple[int, int]] = {}
        every = frozenset().union(*places)
        count = len(places)
        for place, words in enumerate(places):
            for word in words:
                owners = known.get(word)
                if owners is None:
                    if word not in keys:
                        continue
                    owners = known[word] = [one for one in map(self._owner, keys[word]) if one is not None]
                for owner in owners:
                    if owner.next is not None:
                        there = place + owner.next_at
                        if not 0 <= there < count or owner.next.isdisjoint(places[there]):
                            continue
                    if owner.by_block:
                        waiting.setdefault(owner, []).append(before + place)
                        continue
                    if owner.needs and any(map(every.isdisjoint, owner.needs)):
                        continue
                    if owner.near and not _stands(owner.near, places, place):
                        continue
                    likely[owner] = likely[owner][0] if owner in likely else place, place
        return likely

    def _anchored(self, document: Document, found: dict[tuple[Owner, int], list[re.Match[str]]]) -> None:
        """Try expressions in the sentence or block of an anchor, each once and when all its parts have shown."""
        text = document.text
        seen: dict[tuple[Owner, int], int] = {}
        for position, parts in self._hits(document.folded):
            in_sentence = bisect_right(document.sentence_starts, position) - 1
            for owners, bit, every, written in parts:
                if written is not None and not _as_written(written, text, position):
                    continue
                if owners[0].by_block:
                    index = bisect_right(document.block_starts, position) - 1
                    unit: Sentence | Block = document.blocks[index]
                else:
                    index = in_sentence
                    unit = document.sentences[index]
                before = seen.get((owners[0], index), 0)
                if index < 0 or position >= unit.end or before & bit:
                    continue
                now = seen[owners[0], index] = before | bit
                if now == every:
                    for owner in owners:
                        matches = owner.matches(text, unit.start, unit.end)
                        if matches:
                            found[owner, index] = matches

    def _hits(self, folded: str) -> Iterator[tuple[int, list[_Found]]]:
        """(position in the text, parts of patterns) of every anchor found, in order of the anchors' ends.

        Runs of blanks count as one, so that an anchor of several words is
        found across a line break or a doubled blank.
        """
        runs = [(match.start(), match.end()) for match in _BLANKS.finditer(folded)]
        if not runs:
            for which, start, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
                yield start, self._parts(which)
            return
        squeezed = _BLANKS.sub(" ", folded)
        starts: list[int] = []
        removed: list[int] = []
        total = 0
        for start, end in runs:
            starts.append(start - total + 1)
            total += end - start - 1
            removed.append(total)
        for which, start, _ in self._automaton.find_matches_as_indexes(squeezed, overlapping=True):
            index = bisect_right(starts, start) - 1
            yield start + (removed[index] if index >= 0 else 0), self._parts(which)

    def _parts(self, which: int) -> list[_Found]:
        """What an anchor belongs to, of the rules that run."""
        known = self._by_anchor[which]
        if known is not None:
            return known
        parts = []
        for first, last, bit, every, written in self._index.parts[which]:
            owners = self._together.get(first)
            if owners is None:
                every_owner = map(self._owner, range(first, last + 1))
                owners = tuple(one for one in every_owner if one is not None and one.pattern.outline is None)
                self._together[first] = owners
            if owners:
                parts.append(_Found(owners, bit, every, written))
        self._by_anchor[which] = parts
        return parts


def _as_written(anchor: str, text: str, position: int) -> bool:
    """Whether the letters of an anchor that is at a position when folded are the same there (blanks may differ)."""
    if text.startswith(anchor, position):
        return True
    there = text[position : position + 2 * len(anchor)].split()
    return " " in anchor and all(other.startswith(one) for one, other in zip(anchor.split(), there, strict=False))


def _stands(near: Sequence[Near], places: Sequence[Sequence[str]], place: int) -> bool:
    """Whether about a key at a place there are the other words of its outline."""
    for low, high, words in near:
        low += place
        if low == high + place:
            if 0 <= low < len(places) and not words.isdisjoint(places[low]):
                continue
            return False
        for others in places[low if low > 0 else 0 : max(place + high + 1, 0)]:
            if not words.isdisjoint(others):
                break
        else:
            return False
    return True
