"""What a check yields."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tqcheck.text import Document


@dataclass(frozen=True, slots=True)
class Hit:
    """``text[start:end]``, with suggestions and a message of its own where the rule's do not do."""

    start: int
    end: int
    suggestions: tuple[str, ...] = ()
    message: str | None = None


Check = Callable[[Document], Iterable[Hit]]


_CHARACTERS: weakref.WeakKeyDictionary[Document, str] = weakref.WeakKeyDictionary()


def characters(document: Document) -> str:
    """Every character of the text once, in order: what is not among them need not be looked for."""
    found = _CHARACTERS.get(document)
    if found is None:
        found = _CHARACTERS[document] = "".join(sorted(set(document.text)))
    return found
