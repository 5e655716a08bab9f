"""Where rules match: their words are looked up, their anchors found by an automaton, then expressions tried there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import ahocorasick_rs

from tqcheck.result import Severity
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.lexicon import Lexicon
from tqcheck.rules.owner import Owner, stands
from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.rules.stretch import Stretch, Stretches
from tqcheck.text.document import Document
from tqcheck.text.span import Span
from tqcheck.text.spelling import fold


class _Anchored(NamedTuple):
    """Patterns of a rule that an anchor was found of; ``written`` is the anchor where its letters must be as in it."""

    owners: Sequence[Owner]
    written: str | None


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
        self._lexicon = Lexicon(index.keys, self._owner)
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

    def _outlined(self, document: Document, found: dict[tuple[Owner, int], list[re.Match[str]]]) -> Stretches:
        """Try the patterns whose outline is in a sentence (block) on as much of it as they can take up."""
        text, folded, look_up = document.running, document.folded, self._lexicon.look_up
        sentences: list[Stretch] = []
        # Of the block that the sentences are in: how many places it has so far, and where patterns that look at blocks
        # have a key.
        before = 0
        waiting: dict[tuple[Owner, int], list[int]] = {}
        current = -1
        for index, (start, end, block) in enumerate(document.sentences):
            if block != current:
                current, before = block, 0
            chunks = folded[start:end].split()
            places = look_up(chunks)
            sentence = Stretch(text, start, end, chunks, places)
            sentences.append(sentence)
            for owner, ends in _likely(sentence, block, before, waiting).items():
                matches = sentence.tried(owner, ends)
                if matches:
                    found[owner, index] = matches
            before += len(places)
        stretches = Stretches(document, sentences)
        for (owner, index), hits in waiting.items():
            stretch = stretches.block(index)
            if stretch.lacks(owner):
                continue
            matches = stretch.tried(owner, stretch.standing(owner, hits))
            if matches:
                found[owner, index] = matches
        return stretches

    def _anchored(
        self, document: Document, stretches: Stretches, found: dict[tuple[Owner, int], list[re.Match[str]]]
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
        stretches: Stretches,
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


def _likely(
    sentence: Stretch,
    block: int,
    before: int,
    waiting: dict[tuple[Owner, int], list[int]],
) -> dict[Owner, tuple[int, int]]:
    """Patterns whose outline is in a sentence, with the first and the last place of a key.

    Those that look at blocks go to ``waiting`` with each place of a key, counted from
    the block's first word: there are ``before`` words before the sentence.
    """
    likely: dict[Owner, tuple[int, int]] = {}
    places = sentence.places
    count = len(places)
    for place, (_, keyed) in enumerate(places):
        for key in keyed:
            for distance, by_word in key.following:
                there = place + distance
                if 0 <= there < count:
                    for word in places[there][0]:
                        if word in by_word:
                            for owner in by_word[word]:
                                if _has(sentence, owner, place):
                                    likely[owner] = likely[owner][0] if owner in likely else place, place
            near = key.nearby
            if near is not None:
                first, last = place + near.low, place + near.high
                about = [word for words, _ in places[first if first > 0 else 0 : last + 1] for word in words]
                if not near.words.isdisjoint(about):
                    for word in about:
                        if word in near.words:
                            for owner in near.of(word):
                                if _has(sentence, owner, place):
                                    likely[owner] = likely[owner][0] if owner in likely else place, place
            further = key.further
            if further is not None and not further.words.isdisjoint(sentence.words):
                for word in further.words & sentence.words:
                    for owner in further.of(word):
                        if _has(sentence, owner, place):
                            likely[owner] = likely[owner][0] if owner in likely else place, place
            for owner in key.always:
                likely[owner] = likely[owner][0] if owner in likely else place, place
            for owner in key.of_blocks:
                waiting.setdefault((owner, block), []).append(before + place)
    return likely


def _has(sentence: Stretch, owner: Owner, place: int) -> bool:
    """Whether a sentence has the other words of a pattern, about a key at a place."""
    if owner.near and not stands(owner.near, sentence.places, place):
        return False
    return not owner.anywhere or not any(map(sentence.words.isdisjoint, owner.anywhere))
