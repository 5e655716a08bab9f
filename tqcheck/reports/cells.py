"""Text for a terminal: made harmless, measured in cells, cut and wrapped.

A cell is the width of a Latin letter; East Asian wide characters and emoji
take two, combining marks none. What terminals disagree about (joined emoji,
variation selectors, skin tones) is left out, so that marks stand under what
they mark everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"

_PLAIN = re.compile(r"[ -~]*")
# Marks and overrides of direction: they would reorder the line around them.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset("\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_VARIATIONS = range(0xFE00, 0xFE10)
_JAMO_TAILS = range(0x1160, 0x1200)


class Glyph(NamedTuple):
    """What a terminal shows for one code point (perhaps nothing), and the cells it takes: 0, 1 or 2."""

    shown: str
    cells: int


@lru_cache(maxsize=4096)
def glyph(char: str) -> Glyph:
    """One code point as a terminal can show it.

    White space of any kind becomes blanks; control characters, escape,
    surrogates and direction marks become U+FFFD; other invisible format
    characters become nothing.
    """
    if char in _BLANK:
        return Glyph(" ", 1)
    code = ord(char)
    category = unicodedata.category(char)
    if char in _BIDI or category in ("Cc", "Cs"):
        return Glyph(REPLACEMENT, 1)
    if category == "Cf" or code in _SKIN_TONES or code in _VARIATIONS:
        return Glyph("", 0)
    wide = 2 if unicodedata.east_asian_width(char) in "WF" else 1
    if category == "Zs":
        return Glyph(" " * wide, wide)
    if category in ("Mn", "Me") or code in _JAMO_TAILS:
        return Glyph(char, 0)
    return Glyph(char, wide)


def clean(text: str) -> str:
    """``text`` with nothing in it that could move the cursor, colour the screen or turn the direction."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(glyph(char).shown for char in text)


def cells(text: str) -> int:
    """Width of ``text`` in cells after :func:`clean`."""
    if _PLAIN.fullmatch(text):
        return len(text)
    return sum(glyph(char).cells for char in text)


def cut(text: str, width: int) -> str:
    """Clean ``text`` on one line of at most ``width`` cells, ended by … (at a blank, if one is near) when cut."""
    # A code point can take no cell, so a few more than the width may be needed, but never the whole of a long text.
    head = clean(text[: 8 * width])
    if cells(head) <= width and len(text) <= 8 * width:
        return head
    kept = _fitting(head, width - 1)
    blank = kept.rfind(" ")
    if blank > len(kept) - 13 and blank > 0 and head[len(kept) : len(kept) + 1] != " ":
        kept = kept[:blank]
    return kept.rstrip() + ELLIPSIS


def _fitting(text: str, width: int) -> str:
    """The longest beginning of ``text`` of at most ``width`` cells."""
    taken = 0
    for index, char in enumerate(text):
        taken += glyph(char).cells
        if taken > width:
            return text[:index]
    return text


class Word(NamedTuple):
    """A piece of running text that stays together, its style, and the blanks before it within a line."""

    text: str
    style: str = ""
    gap: int = 1


def words(text: str, style: str = "", gap: int = 1) -> list[Word]:
    """The words of ``text``, cleaned; ``gap`` blanks before the first."""
    return [Word(piece, style, 1 if index else gap) for index, piece in enumerate(clean(text).split())]


def wrap(pieces: Iterable[Word], width: int, first: int | None = None) -> list[list[Word]]:
    """Lines of at most ``width`` cells (the first of at most ``first``); a word wider than that is broken."""
    lines: list[list[Word]] = []
    line: list[Word] = []
    limit = width if first is None else first
    used = 0
    for piece in pieces:
        rest = piece.text
        gap = piece.gap if line else 0
        if line and used + gap + cells(rest) > limit:
            lines.append(line)
            line, limit, used, gap = [], width, 0, 0
        while cells(rest) > limit and not line:
            head = _fitting(rest, limit) or rest[:1]
            rest = rest[len(head) :]
            if not rest:
                rest = head
                break
            lines.append([Word(head, piece.style, 0)])
            limit = width
        line.append(Word(rest, piece.style, gap))
        used += gap + cells(rest)
    return [*lines, line] if line else lines
