"""What a check yields."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from tqcheck.text.document import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """``text[start:end]``, with suggestions and a message of its own where the rule's do not do."""

    start: int
    end: int
    suggestions: tuple[str, ...] = ()
    message: str | None = None


Check = Callable[[Document], Iterable[Hit]]
T = TypeVar("T")


def lazy(pattern: str) -> Callable[[], re.Pattern[str]]:
    """A regular expression compiled when it is called for: most are for what is rare, and all take a while."""
    return lru_cache(maxsize=1)(lambda: re.compile(pattern))


def once_for_each(make: Callable[[Document], T]) -> Callable[[Document], T]:
    """``make`` remembering what it made of a document, for checks that need the same."""
    made: weakref.WeakKeyDictionary[Document, T] = weakref.WeakKeyDictionary()

    def remembered(document: Document) -> T:
        found = made.get(document)
        if found is None:
            found = made[document] = make(document)
        return found

    return remembered


@once_for_each
def vocabulary(document: Document) -> frozenset[str]:
    """Every word of the text once, folded: runs of letters and digits."""
    text = document.folded
    # Taking out the marks that are frequent and then splitting is faster than looking for words.
    for mark in _MARKS:
        text = text.replace(mark, " ")
    found = set(text.split())
    found.update(*[_WORD.findall(one) for one in found if not one.isalnum()])
    return frozenset(found)


@once_for_each
def characters(document: Document) -> str:
    """Every character of the text beyond ASCII once, in order: what is not among them need not be looked for."""
    return "" if document.text.isascii() else "".join(sorted(set(document.text))).lstrip(_ASCII)


@once_for_each
def beyond_latin(document: Document) -> str:
    """Those of the :func:`characters` from Greek on, without the block of general punctuation and symbols."""
    return _LATIN.sub("", characters(document))


_MARKS = ".,;:!?\"'()[]-–—“”‘«»…/"
_WORD = re.compile(r"\w+")
_ASCII = "".join(map(chr, range(128)))
_LATIN = re.compile("[\0-\u036f\u2000-\u2bff]+")
