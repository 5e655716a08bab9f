"""Where rules may match: one pass of an automaton over all anchors of all rules."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import ahocorasick_rs

from tqcheck.rules.schema import Rule
from tqcheck.text import Document

_BLANKS = re.compile(r"  +")


class Matcher:
    """Finds for each anchor in a text the patterns that it belongs to.

    The cost of a pass is linear in the text and does not depend on the number
    of rules; only patterns whose anchor occurs are tried, each on the sentence
    (or block) that holds the anchor.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        owners: dict[str, list[tuple[int, int]]] = {}
        for index, rule in enumerate(rules):
            for number, pattern in enumerate(rule.patterns):
                for anchor in pattern.anchors:
                    owners.setdefault(anchor, []).append((index, number))
        self._anchors = list(owners)
        self._owners = [tuple(owners[anchor]) for anchor in self._anchors]
        self._automaton = ahocorasick_rs.AhoCorasick(self._anchors, matchkind=ahocorasick_rs.MatchKind.Standard)

    def hits(self, document: Document) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
        """(position in the text, ((rule index, pattern index), …)) of every anchor found, in order of position.

        Runs of blanks count as one, so that an anchor of several words is
        found across a line break or a doubled blank.
        """
        folded = document.folded
        runs = [(match.start(), match.end()) for match in _BLANKS.finditer(folded)]
        if not runs:
            for which, start, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
                yield start, self._owners[which]
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
            yield start + (removed[index] if index >= 0 else 0), self._owners[which]
