"""Where sentences begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from tqcheck.text.span import Span
from tqcheck.text.spelling import WIDE_BLANKS

# A sentence longer than this (code points) is cut at white space: it is a table or a dump,
# and the cost of every later step must stay linear in the length of the text.
LONGEST_SENTENCE = 1500
_LONGEST_PIECE = 20 * LONGEST_SENTENCE

# sentencex ends a sentence after these although the next word belongs to it.
_UNFINISHED = re.compile(
    r"(?:\b(?:[ap]\.m|[AP]\.M|St|Gov|Sen|Rep|Gen|Col|Lt|Sgt|Capt|Maj|Adm|Cmdr|Rev|Hon|Prof|Dr|Mr|Mrs|Ms|Jr|Sr"
    r"|vs|No|Nos|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Mt|Ft|Art|Op|Fig)\.|\b[A-Z]\.)\s*$"
)
_GOES_ON = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:E[SD]T|[CMP][SD]T|GMT|UTC|BST|CET)\b|[a-z]|\()"
)
# Before a name or number these end no sentence, and sentencex does not know them.
_TITLE = re.compile(r"\b(?:Ms|Mx|Sra|Srta|Dra|Ald|Atty|Amb|Cpt|Cllr|Profs|Spc|Ste|Ft|[Aa]pprox)\.$")
_CLOSING = "”’\"')]»"
_CLOSERS = re.compile(rf"[{re.escape(_CLOSING)}]+(?=\s|$)")


def split_sentences(text: str, start: int, end: int) -> list[Span]:
    """Sentences of one block ``text[start:end]`` as spans of ``text``, white space trimmed.

    sentencex finds the boundaries; what follows an unfinished abbreviation or
    consists of closing marks alone goes back to the sentence before, and a
    sentence over :data:`LONGEST_SENTENCE` is cut at white space.
    """
    block = text[start:end]
    merged: list[tuple[int, int]] = []
    for left, right in _boundaries(block):
        left, right = _trim(block, left, right)
        if left >= right:
            continue
        if merged:
            begin, finish = merged[-1]
            if block[left] in _CLOSING and (closers := _CLOSERS.match(block, left, right)) is not None:
                finish = closers.end()
                merged[-1] = begin, finish
                left, right = _trim(block, finish, right)
                if left >= right:
                    continue
            if block[finish - 1] == "." and _goes_on(block, begin, finish, left, right):
                merged[-1] = begin, right
                continue
        merged.append((left, right))
    return [
        Span(start + left, start + right)
        for begin, finish in merged
        for left, right in (_cut(block, begin, finish) if finish - begin > LONGEST_SENTENCE else ((begin, finish),))
    ]


def _goes_on(block: str, begin: int, finish: int, left: int, right: int) -> bool:
    """Whether ``block[left:right]`` belongs to the sentence before, whose last full stop is an abbreviation's."""
    last = max(begin, finish - 12)
    if _GOES_ON.match(block, left, right):
        return _UNFINISHED.search(block, last, finish) is not None
    return block[left].isalnum() and _TITLE.search(block, last, finish) is not None


def _boundaries(block: str) -> Iterator[tuple[int, int]]:
    """The sentences that sentencex finds, of a very long block piece by piece: its cost grows with the square."""
    start = 0
    if not block.isascii():
        # A full stop behind a letter and a wide blank makes sentencex break off.
        for blank in WIDE_BLANKS:
            block = block.replace(blank, " ")
    while start < len(block):
        piece = block[start : start + _LONGEST_PIECE]
        spans = [(start + one["start_index"], start + one["end_index"]) for one in get_sentence_boundaries("en", piece)]
        start += len(piece)
        if start < len(block) and len(spans) > 1:
            # The last one may go on in the next piece.
            start = spans.pop()[0]
        yield from spans


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cut(text: str, start: int, end: int) -> list[Span]:
    pieces: list[Span] = []
    while end - start > LONGEST_SENTENCE:
        edge = start + LONGEST_SENTENCE
        while edge > start + LONGEST_SENTENCE // 2 and not text[edge].isspace():
            edge -= 1
        if not text[edge].isspace():
            edge = start + LONGEST_SENTENCE
        left, right = _trim(text, start, edge)
        if left < right:
            pieces.append(Span(left, right))
        start = edge
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        pieces.append(Span(start, end))
    return pieces
