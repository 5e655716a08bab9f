"""Where rules match: their words are looked up, their anchors found by an automaton, then expressions tried there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import ahocorasick_rs

from tqcheck.result import Severity
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.expression import expression
from tqcheck.rules.outline import Near, words_of
from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.text.document import Block, Document, Span, fold

_CHUNK = re.compile(r"\S+")
# Words in more places than this are looked for in the whole sentence at once.
_WIDE = 16
# So many pieces of text are remembered with what is found by their words.
_MOST_KNOWN = 30_000


class Owner:
    """A pattern of a rule; ``order`` is its place among all patterns of all rules."""

    def __init__(self, rule: Rule, pattern: CompiledPattern, order: int) -> None:
        self.rule = rule
        self.pattern = pattern
        self.order = order
        self.by_block = rule.scope != "sentence"
        self.keys: frozenset[str] = frozenset()
        self.needs: tuple[frozenset[str], ...] = ()
        self.near: tuple[Near, ...] = ()
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


class _Known(NamedTuple):
    """A piece of text without white space: its words, and the patterns that have one of them as a key."""

    words: Sequence[str]
    owners: Sequence[Owner]


class _Anchored(NamedTuple):
    """Patterns of a rule that an anchor was found of; ``written`` is the anchor where its letters must be as in it."""

    owners: Sequence[Owner]
    written: str | None


class _Stretch:
    """A sentence or block and its words, place by place.

    :param chunks: what stands at each place, white space left out.
    """

    def __init__(self, text: str, start: int, end: int, chunks: Sequence[str], places: Sequence[_Known]) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.chunks = chunks
        self.places = places
        self.words = frozenset().union(*[known[0] for known in places])
        self._stops: list[int] | None = None

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
        return [place for place in hits if _stands(owner.near, self.places, place)]

    def places_of(self, owner: Owner) -> Sequence[int]:
        """The places of keys of a pattern about which its other words stand."""
        keys = owner.keys
        if self.words.isdisjoint(keys) or self.lacks(owner):
            return ()
        if not owner.near and owner.before + owner.behind >= len(self.places):
            return (0, len(self.places) - 1)
        return self.standing(owner, [place for place, known in enumerate(self.places) if not keys.isdisjoint(known[0])])


class _Stretches:
    """The sentences and blocks of a document with their words."""

    def __init__(self, document: Document, sentences: Sequence[_Stretch]) -> None:
        self._document = document
        self.text = document.running
        self.sentences = sentences
        self._blocks: dict[int, _Stretch] = {}

    def unit(self, owner: Owner, index: int) -> Block | _Stretch:
        """What a pattern looks at: a block or a sentence."""
        return self._document.blocks[index] if owner.by_block else self.sentences[index]

    def of(self, owner: Owner, index: int) -> _Stretch:
        """The same with its words."""
        return self.block(index) if owner.by_block else self.sentences[index]

    def block(self, index: int) -> _Stretch:
        """A block."""
        found = self._blocks.get(index)
        if found is None:
            document = self._document
            block = document.blocks[index]
            first = bisect_right(document.sentence_starts, block.start - 1)
            last = bisect_right(document.sentence_starts, block.end - 1)
            chunks = [chunk for one in self.sentences[first:last] for chunk in one.chunks]
            places = [known for one in self.sentences[first:last] for known in one.places]
            found = self._blocks[index] = _Stretch(document.running, block.start, block.end, chunks, places)
        return found


class Matcher:
    """Finds the matches of all patterns.

    Patterns are found by words: each word of a text is looked up once, whatever
    the number of rules, and of the patterns that have it as a key those are
    tried, on its sentence or block, whose other words stand about it. Regular
    expressions without a rare word are found by their anchors, in one pass of
    an automaton. The cost of both is linear in the text.
    """

    def __init__(self, rules: RuleSet | Iterable[Rule], chosen: Mapping[int, Severity] | None = None) -> None:
        self._rules = rules if isinstance(rules, RuleSet) else RuleSet(rules)
        self._chosen = chosen
        self._index = index = self._rules.index
        self._owners: list[Owner | None] = [None] * len(index.owners)
        # Of the words and anchors met so far, the patterns of rules that run.
        self._by_key: dict[str, Sequence[Owner]] = {}
        self._known: dict[str, _Known] = {}
        # Of the first pattern of a rule, all of them that are found by the rule's anchors.
        self._together: dict[int, tuple[Owner, ...]] = {}
        self._by_anchor: list[list[_Anchored] | None] = [None] * len(index.anchors)
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
        """Each pattern that matches with the sentence or block and its matches there, in the order of the patterns.

        ``document`` is tidied (:attr:`~tqcheck.text.document.Document.tidied`).
        """
        found: dict[tuple[Owner, int], list[re.Match[str]]] = {}
        stretches = self._outlined(document, found)
        self._anchored(document, stretches, found)
        for (owner, index), matches in sorted(found.items(), key=lambda item: (item[0][0].order, item[0][1])):
            unit = document.blocks[index] if owner.by_block else document.sentences[index]
            yield owner, Span(unit.start, unit.end), matches

    def _outlined(self, document: Document, found: dict[tuple[Owner, int], list[re.Match[str]]]) -> _Stretches:
        """Try the patterns whose outline is in a sentence (block) on as much of it as they can take up."""
        text, folded, known = document.running, document.folded, self._known
        sentences: list[_Stretch] = []
        # Of the block that the sentences are in: how many places it has so far, and where patterns that look at blocks
        # have a key.
        before = 0
        waiting: dict[tuple[Owner, int], list[int]] = {}
        current = -1
        for index, (start, end, block) in enumerate(document.sentences):
            if block != current:
                current, before = block, 0
            chunks = folded[start:end].split()
            try:
                places = [known[chunk] for chunk in chunks]
            except KeyError:
                places = [known.get(chunk) or self._learnt(chunk) for chunk in chunks]
            sentence = _Stretch(text, start, end, chunks, places)
            sentences.append(sentence)
            for owner, ends in self._likely(sentence, block, before, waiting).items():
                matches = sentence.tried(owner, ends)
                if matches:
                    found[owner, index] = matches
            before += len(places)
        stretches = _Stretches(document, sentences)
        for (owner, index), hits in waiting.items():
            stretch = stretches.block(index)
            if stretch.lacks(owner):
                continue
            matches = stretch.tried(owner, stretch.standing(owner, hits))
            if matches:
                found[owner, index] = matches
        return stretches

    def _learnt(self, chunk: str) -> _Known:
        """What there is to know of a piece of text."""
        words = words_of(chunk)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        owners = [owner for word in words for owner in self._of_key(word)]
        made = self._known[chunk] = _Known(words, owners)
        return made

    def _of_key(self, word: str) -> Sequence[Owner]:
        owners = self._by_key.get(word)
        if owners is None:
            numbers = self._index.keys.get(word)
            if numbers is None:
                return ()
            owners = self._by_key[word] = [one for one in map(self._owner, numbers) if one is not None]
        return owners

    @staticmethod
    def _likely(
        sentence: _Stretch, block: int, before: int, waiting: dict[tuple[Owner, int], list[int]]
    ) -> dict[Owner, tuple[int, int]]:
        """Patterns whose outline is in a sentence, with the first and the last place of a key.

        Those that look at blocks go to ``waiting`` with each place of a key, counted from
        the block's first word: there are ``before`` words before the sentence.
        """
        likely: dict[Owner, tuple[int, int]] = {}
        places, every = sentence.places, sentence.words
        count = len(places)
        for place, (_, owners) in enumerate(places):
            for owner in owners:
                following = owner.next
                if following is not None:
                    there = place + owner.next_at
                    if not 0 <= there < count or following.isdisjoint(places[there][0]):
                        continue
                elif owner.by_block:
                    waiting.setdefault((owner, block), []).append(before + place)
                    continue
                if owner.needs:
                    for words in owner.needs:
                        if every.isdisjoint(words):
                            break
                    else:
                        if not owner.near or _stands(owner.near, places, place):
                            likely[owner] = likely[owner][0] if owner in likely else place, place
                    continue
                likely[owner] = likely[owner][0] if owner in likely else place, place
        return likely

    def _anchored(
        self, document: Document, stretches: _Stretches, found: dict[tuple[Owner, int], list[re.Match[str]]]
    ) -> None:
        """Try expressions in the sentence or block of an anchor, each once."""
        text, folded = document.running, document.folded
        seen: set[tuple[Owner, int]] = set()
        by_anchor = self._by_anchor
        sentences, blocks = stretches.sentences, document.blocks
        starts, block_starts = document.sentence_starts, document.block_starts
        for which, position, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            in_sentence = bisect_right(starts, position) - 1
            for owners, written in by_anchor[which] or self._of_anchor(which):
                first = owners[0]
                index = bisect_right(block_starts, position) - 1 if first.by_block else in_sentence
                if index < 0 or (first, index) in seen:
                    continue
                if position >= (blocks if first.by_block else sentences)[index].end:
                    continue
                if written is not None and not text.startswith(written, position):
                    continue
                seen.add((first, index))
                self._at_anchor(owners, index, stretches, folded, found)

    @staticmethod
    def _at_anchor(
        owners: Sequence[Owner],
        index: int,
        stretches: _Stretches,
        folded: str,
        found: dict[tuple[Owner, int], list[re.Match[str]]],
    ) -> None:
        """Try patterns in the sentence (block) that an anchor of theirs is in."""
        also: bool | None = None
        for owner in owners:
            unit = stretches.unit(owner, index)
            if owner.keys:
                stretch = stretches.of(owner, index)
                # Few expressions match, and looking for further anchors takes longer than looking for words.
                matches = stretch.tried(owner, stretch.places_of(owner))
                if not matches:
                    continue
            if owner.pattern.also:
                if also is None:
                    also = _holds(owner.pattern, stretches.text, folded, unit.start, unit.end)
                if not also:
                    return
            if not owner.keys:
                matches = owner.matches(stretches.text, unit.start, unit.end)
            if matches:
                found[owner, index] = matches

    def _of_anchor(self, which: int) -> list[_Anchored]:
        """What an anchor belongs to, of the rules that run."""
        found = []
        for first, last, written in self._index.parts[which]:
            owners = self._together.get(first)
            if owners is None:
                every_owner = map(self._owner, range(first, last + 1))
                owners = tuple(one for one in every_owner if one is not None and one.pattern.anchors)
                self._together[first] = owners
            if owners:
                found.append(_Anchored(owners, written))
        self._by_anchor[which] = found
        return found


def _holds(pattern: CompiledPattern, text: str, folded: str, start: int, end: int) -> bool:
    """Whether one of the further anchors of a pattern begins in ``text[start:end]``."""
    for anchor in pattern.also:
        sought = fold(anchor) if pattern.cased else anchor
        at = folded.find(sought, start, end + len(sought) - 1)
        while at >= 0:
            if not pattern.cased or text.startswith(anchor, at):
                return True
            at = folded.find(sought, at + 1, end + len(sought) - 1)
    return False


def _stands(near: Sequence[Near], places: Sequence[_Known], place: int) -> bool:
    """Whether about a key at a place there are the other words of its outline."""
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
