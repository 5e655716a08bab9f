"""Where rules match: one pass of an automaton over all anchors of all rules, then patterns around the hits."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import ahocorasick_rs

from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.text import EDGE, Block, Document, Sentence, Span

_BLANKS = re.compile(r"  +")


@dataclass(eq=False)
class Owner:
    """A pattern of a rule; ``order`` is its place among all patterns of all rules."""

    rule: Rule
    pattern: CompiledPattern
    order: int

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern compiled, when it is tried for the first time: few of all are tried in a story."""
        return re.compile(self.pattern.regex)

    def matches(self, text: str, start: int, end: int) -> list[re.Match[str]]:
        """The matches in ``text[start:end]``; one that must be the whole of it is tried only where it begins."""
        if self.rule.scope != "line":
            # Most find nothing, and a search alone takes less time than an iterator.
            found = self.regex.search(text, start, end) is not None
            return list(self.regex.finditer(text, start, end)) if found else []
        while start < end and text[start].isspace():
            start += 1
        match = self.regex.match(text, start, end)
        return [] if match is None else [match]


class _Part(NamedTuple):
    """A pattern, and as one bit which of its parts an anchor belongs to; ``all`` has the bits of all its parts."""

    owner: Owner
    bit: int
    all: int


class _Owners(NamedTuple):
    """Patterns with one anchor in common: those that begin with it, those to look for in its sentence or its block."""

    leading: list[Owner]
    by_sentence: list[_Part]
    by_block: list[_Part]


class Matcher:
    """Finds the matches of all patterns.

    The cost of a pass is linear in the text and does not depend on the number
    of rules; only patterns whose anchor occurs are tried, each where the
    anchor stands, or on the sentence (or block) that holds it (and an anchor
    of its other part, where it has one).
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        owners: dict[str, _Owners] = {}
        order = 0
        for rule in rules:
            for pattern in rule.patterns:
                owner = Owner(rule, pattern, order)
                order += 1
                by_sentence = rule.scope == "sentence"
                begins = by_sentence and pattern.regex.startswith(EDGE)
                begins = begins and all(anchor[0].isalnum() for anchor in pattern.anchors)
                parts = (pattern.anchors, pattern.also) if pattern.also else (pattern.anchors,)
                for number, anchors in enumerate(parts):
                    for anchor in anchors:
                        found = owners.get(anchor)
                        if found is None:
                            found = owners[anchor] = _Owners([], [], [])
                        if begins:
                            found.leading.append(owner)
                        else:
                            part = _Part(owner, 1 << number, (1 << len(parts)) - 1)
                            (found.by_sentence if by_sentence else found.by_block).append(part)
        self._owners = list(owners.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(owners), matchkind=ahocorasick_rs.MatchKind.Standard)

    def matches(self, document: Document) -> Iterator[tuple[Owner, Span, list[re.Match[str]]]]:
        """Each pattern that matches with the sentence or block and its matches there, in the order of the patterns."""
        text, folded = document.text, document.folded
        found: dict[tuple[Owner, int], list[re.Match[str]]] = {}
        seen: dict[tuple[Owner, int], int] = {}
        for position, owners in self._hits(folded):
            if owners.by_block:
                self._try(document, owners.by_block, document.blocks, document.block_starts, position, seen, found)
            if owners.by_sentence:
                self._try(
                    document, owners.by_sentence, document.sentences, document.sentence_starts, position, seen, found
                )
            if owners.leading and not folded[position - 1 : position].isalnum():
                index = bisect_right(document.sentence_starts, position) - 1
                if index < 0 or position >= (end := document.sentences[index].end):
                    continue
                for owner in owners.leading:
                    match = owner.regex.match(text, position, end)
                    if match is not None:
                        found.setdefault((owner, index), []).append(match)
        for (owner, index), matches in sorted(found.items(), key=lambda item: (item[0][0].order, item[0][1])):
            sentence = owner.rule.scope == "sentence"
            unit = document.sentences[index] if sentence else document.blocks[index]
            yield owner, Span(unit.start, unit.end), _apart(matches)

    @staticmethod
    def _try(
        document: Document,
        parts: Sequence[_Part],
        units: Sequence[Sentence] | Sequence[Block],
        starts: Sequence[int],
        position: int,
        seen: dict[tuple[Owner, int], int],
        found: dict[tuple[Owner, int], list[re.Match[str]]],
    ) -> None:
        """Try patterns in the unit that holds a position, each once and when every part of it has shown."""
        index = bisect_right(starts, position) - 1
        if index < 0 or position >= (end := units[index].end):
            return
        for owner, bit, every in parts:
            key = (owner, index)
            before = seen.get(key, 0)
            if before & bit:
                continue
            now = seen[key] = before | bit
            if now == every:
                matches = owner.matches(document.text, units[index].start, end)
                if matches:
                    found[key] = matches

    def _hits(self, folded: str) -> Iterator[tuple[int, _Owners]]:
        """(position in the text, patterns) of every anchor found, in order of the anchors' ends.

        Runs of blanks count as one, so that an anchor of several words is
        found across a line break or a doubled blank.
        """
        owners = self._owners
        runs = [(match.start(), match.end()) for match in _BLANKS.finditer(folded)]
        if not runs:
            for which, start, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
                yield start, owners[which]
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
            yield start + (removed[index] if index >= 0 else 0), owners[which]


def _apart(matches: list[re.Match[str]]) -> list[re.Match[str]]:
    """Of matches at several places those that a search from left to right finds: none within an earlier one."""
    if len(matches) == 1:
        return matches
    kept: list[re.Match[str]] = []
    for match in sorted(matches, key=lambda match: match.start()):
        if not kept or match.start() >= kept[-1].end():
            kept.append(match)
    return kept
