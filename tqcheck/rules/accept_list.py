"""Names and terms that the user accepts: findings on them are left out, whatever the rule."""

from __future__ import annotations

from collections.abc import Iterable

import ahocorasick_rs

from tqcheck.text.document import Document
from tqcheck.text.span import Span
from tqcheck.text.spelling import fold


class Accepted:
    """An accept list.

    A term with a capital is accepted only as it is written, one without in any
    case; typographic apostrophes, hyphens and kinds of blanks make no difference.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = [term for term in dict.fromkeys(" ".join(one.split()) for one in terms) if term]
        self._exact = [any(char.isupper() for char in term) for term in self._terms]
        self._automaton = ahocorasick_rs.AhoCorasick([fold(term) for term in self._terms]) if self._terms else None

    def spans(self, document: Document) -> list[Span]:
        """Where accepted terms stand in the document's text, as whole words, in order; they may overlap."""
        if self._automaton is None:
            return []
        text, folded = document.text, document.folded
        found: list[Span] = []
        for which, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if (start and _joins(folded[start - 1], folded[start])) or _joins(folded[end - 1], folded[end : end + 1]):
                continue
            if self._exact[which] and not _as_written(text[start:end], self._terms[which]):
                continue
            found.append(Span(start, end))
        return sorted(found)


def _joins(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()


def _as_written(text: str, term: str) -> bool:
    return [char.isupper() for char in text] == [char.isupper() for char in term]
