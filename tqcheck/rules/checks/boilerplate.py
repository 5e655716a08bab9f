"""Text that stands twice: a headline repeated, a paragraph pasted again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit
from tqcheck.text.document import Document

# A headline is looked for among so many blocks, and has so many words at least and at most.
_FIRST_BLOCKS = 12
_HEADLINE_WORDS = (4, 40)
_PARAGRAPH_WORDS = 12
_PARAGRAPH_LETTERS = 80
_SENTENCE_ENDS = (".", "!", "?", ":", "”", '"')
_NOT_WORD = re.compile(r"[\W_]+")


def _key(text: str) -> str:
    return _NOT_WORD.sub(" ", text).strip().casefold()


def repeated_headline(document: Document) -> Iterator[Hit]:
    """A headline that comes again among the first blocks, in the same or another case: the second one."""
    seen: set[str] = set()
    low, high = _HEADLINE_WORDS
    for block in document.blocks[:_FIRST_BLOCKS]:
        if block.end - block.start > 400:
            continue
        line = document.text[block.start : block.end].strip()
        # What ends like a sentence is a paragraph, unless the reader knows that it is a heading.
        if line.endswith(_SENTENCE_ENDS) and block.kind != "heading" and not line.endswith("..."):
            continue
        key = _key(line)
        if not low <= len(key.split()) <= high:
            continue
        if key in seen:
            start = (
                block.start
                + len(document.text[block.start : block.end])
                - len(document.text[block.start : block.end].lstrip())
            )
            yield Hit(start, start + len(line), ("",))
        seen.add(key)


def repeated_paragraph(document: Document) -> Iterator[Hit]:
    """A paragraph that stands in the text already, word for word: each later one."""
    text = document.text
    blocks = [
        block for block in document.blocks if block.end - block.start >= _PARAGRAPH_LETTERS and block.kind != "cell"
    ]
    # Most paragraphs begin like no other, so few are compared as a whole.
    beginnings = [tuple(text[block.start : block.end].split(None, 3)[:3]) for block in blocks]
    if len(set(beginnings)) == len(blocks):
        return
    seen: set[str] = set()
    for block in blocks:
        whole = text[block.start : block.end]
        line = " ".join(whole.split())
        if line in seen and len(line.split()) >= _PARAGRAPH_WORDS:
            start = block.start + len(whole) - len(whole.lstrip())
            yield Hit(start, start + len(whole.strip()), ("",))
        seen.add(line)


CHECKS: Mapping[str, Check] = {"repeated-headline": repeated_headline, "repeated-paragraph": repeated_paragraph}
