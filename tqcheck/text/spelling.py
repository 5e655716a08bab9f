"""One spelling for what readers see as the same: letter case, blanks, apostrophes, accents, characters of no width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LATIN = "A-Za-zÀ-ÖØ-öø-ÿĀ-ž"
"""Letters of the Latin alphabet, as a class of a regular expression has them."""
_FOLD_ASCII = dict.fromkeys("\n\t\r\v\f\x1c\x1d\x1e\x1f", " ")
_FOLD_OTHERS = dict.fromkeys("\u00a0\x85\u1680\u2028\u2029\u202f\u205f\u3000", " ")
_FOLD_OTHERS |= dict.fromkeys(map(chr, range(8192, 8203)), " ")
WIDE_BLANKS = tuple(_FOLD_OTHERS)
"""White-space characters beyond ASCII."""
OTHER_HYPHENS = {"\u2010": "-", "\u2011": "-"}
"""Hyphens that hold a line together, and the plain one."""
_BLANKS = re.compile(r"(?P<blank>\s\s+)")
UNSEEN = "\u00ad\u200b\u2060\ufeff"
"""Characters that nobody sees: soft hyphens and blanks of no width."""
JOINERS = "\u200c\u200d"
"""Characters of no width that other scripts and emoji need; nobody sees them between Latin letters."""
# What nobody sees, joiners within words, letters followed by their accents.
_MISSPELT = rf"(?<=[{LATIN}])[{UNSEEN}{JOINERS}]+(?=[{LATIN}])|[{UNSEEN}]+|(?P<letter>\w[\u0300-\u036f\u3099\u309a]+)"
_UNTIDY = re.compile(rf"(?P<blank>\s[\s{UNSEEN}]+|[{UNSEEN}]+\s[\s{UNSEEN}]*)|{_MISSPELT}")
_SPELLING = re.compile(_MISSPELT)
_SIGNS = re.compile(f"[{UNSEEN}{JOINERS}\u0300-\u036f\u3099\u309a]")
"""Without one of these a text is untidy in its white space at most."""
_FOLD_OTHERS |= {"’": "'", "ʼ": "'", **OTHER_HYPHENS}


def fold(text: str) -> str:
    """Lower case, every white-space character a blank, typographic apostrophes straight; length kept."""
    # Few of these occur in a text, and looking for one is many times faster than str.translate.
    for char, put in _FOLD_ASCII.items():
        text = text.replace(char, put)
    if text.isascii():
        return text.lower()
    for char, put in _FOLD_OTHERS.items():
        text = text.replace(char, put)
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def spelt_out(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """``text`` without characters that nobody sees and with letters and their accents as one, and where each stood.

    Those are soft hyphens, blanks of no width and joiners within words. The
    list holds the start and end in ``text`` of each code point of the result;
    ``None`` where nothing is otherwise.
    """
    if text.isascii() or _SIGNS.search(text) is None:
        return text, None
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0
    for start, end, instead in otherwise(_SPELLING, text, 0, len(text)):
        parts += (text[done:start], instead)
        places += [(at, at + 1) for at in range(done, start)] + [(start, end)] * len(instead)
        done = end
    places += [(at, at + 1) for at in range(done, len(text))]
    return "".join((*parts, text[done:])), places if parts else None


def otherwise(expression: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Stretches that an expression finds and that are longer than they need be, and what says the same."""
    for match in expression.finditer(text, start, end):
        kind = match.lastgroup
        instead = unicodedata.normalize("NFC", match[0]) if kind == "letter" else " " if kind == "blank" else ""
        if len(instead) < len(match[0]):
            yield *match.span(), instead


def untidy(text: str) -> re.Pattern[str]:
    """The expression that finds what is not tidy in a text: runs of white space, and misspelt words if it has any."""
    return _BLANKS if text.isascii() or _SIGNS.search(text) is None else _UNTIDY
