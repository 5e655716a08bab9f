"""Dashes around speech, as other languages set it: between a quotation and its speaker, or instead of marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit
from tqcheck.rules.checks.speech import char_before, names_speaker
from tqcheck.text.document import Document
from tqcheck.text.quotes import DOUBLE, Role


def dash_before_attribution(document: Document) -> Iterator[Hit]:
    """A dash between a quotation and its speaker, as Slavic languages put it: ``“We won,” – said the coach``."""
    text = document.text
    for mark in document.quotes.marks:
        if mark.char not in DOUBLE or mark.role not in (Role.CLOSE, Role.STRAY):
            continue
        dash = _DASH_AFTER.match(text, mark.position + 1, mark.position + 8)
        if not dash or not names_speaker(text, dash.end()):
            continue
        before, gap = char_before(text, mark.position)
        shape = "”" if mark.char in "“»" else mark.char
        if before in (",", "."):
            yield Hit(mark.position - gap - 1, dash.end(), (f",{shape} ",))
        elif before in ("?", "!", "…"):
            yield Hit(mark.position - gap, dash.end(), (f"{shape} ",))
        else:
            yield Hit(mark.position - gap, dash.end(), (f",{shape} ",))


_DASH_AFTER = re.compile(r"[^\S\n]*,?[^\S\n]*(?:[–—―]|-{1,2})[^\S\n]+")


def dash_dialogue(document: Document) -> Iterator[Hit]:
    """Speech after a dash, as other languages set it: ``– We will win, – he said``, ``– I am glad, says the coach``."""
    text = document.text
    covered = 0
    for start in _dashes_that_begin(text):
        if start < covered:
            continue
        limit = min(len(text), start + 600)
        before = text[max(0, start - 9) : start]
        first = not before.rpartition("\n")[2].strip() and ("\n" in before or start < 9)
        speech = _DASH_SPEECH.match(text, start, limit)
        attributed = speech and names_speaker(text, speech.end())
        if not (speech and attributed and (first or _OWN_WORDS.search(speech["words"]))):
            speech = None if text[start] == "-" else _told(text, start, limit)
        if speech is None:
            continue
        covered = speech.end()
        mark = "," if speech["ending"] in ("", ".") else speech["ending"]
        yield Hit(speech.start("first"), speech.end(), (f"“{speech['words']}{mark}” ",))


def _dashes_that_begin(text: str) -> Iterator[int]:
    """Positions of dashes at the start of a paragraph or sentence, and of hyphens at the start of a paragraph."""
    for place in (_HYPHEN if text.isascii() else _DASH).finditer(text):
        start = place.start()
        before = text[max(0, start - 2) : start]
        begins = not before.strip() and (len(before) < 2 or "\n" in before)
        if begins or (text[start] != "-" and _ended(text, start, before)):
            yield start


def _ended(text: str, start: int, before: str) -> bool:
    """Whether a sentence ends before ``start``, with or without a closing quotation mark."""
    return before.endswith((". ", "! ", "? ", "… ")) or (
        before in ("” ", '" ', "» ") and text[max(0, start - 3) : start - 2] in tuple(".!?…")
    )


_HYPHEN = re.compile(r"-(?=\s)")
_DASH = re.compile(r"[–—―]|-(?=\s)")


def _told(text: str, start: int, limit: int) -> re.Match[str] | None:
    """Speech after a dash with nothing but a stop before its speaker; a list of points has dashes too."""
    speech = _DASH_TOLD.match(text, start, limit)
    if speech is None:
        return None
    if speech["aged"]:
        # Only a person has an age, and points of a list seldom say whose word they are.
        return speech
    if speech["verb"] is None:
        return speech if _OWN_WORDS.search(speech["words"]) else None
    present = speech["verb"] in ("says", "tells", "explains", "believes", "thinks", "adds", "states", "sighs", "laughs")
    spoken = speech["ending"] in "?!" or _OWN_WORDS.search(speech["words"])
    return speech if present or spoken else None


_DASH_SPEECH = re.compile(
    r"\s*(?P<first>[–—―-])\s*(?P<words>[^\W_][^\n–—―]*?)\s*(?P<ending>[,.!?…]?)\s*(?:\s[–—―-]|[–—―])[,.]?\s*"
    r"(?=[^\W\d_])"
)
_DASH_TOLD = re.compile(
    r"(?P<first>[–—―])\s*(?P<words>[^\W_][^\n–—―]*?)(?P<ending>[,!?])[^\S\n]+"
    r"(?=(?P<verb>says|tells|explains|believes|thinks|adds|states|sighs|laughs|said|added|explained|told|asked|shouted"
    r"|admitted|recalled|continued|answered|replied|remembered)\s"
    r"(?:he|she|they|the\s\w+|an?\s\w+|[a-z\-]+(?:\s[a-z\-]+){0,3}\s[A-Z]\w+|[A-Z]\w+)(?!\w)"
    r"|(?:he|she|they)\s(?:says|say|tells|said|told|explains|explained|adds|added)(?!\w)"
    r"|(?P<aged>the\s\d{1,2}-year-old(?:\s[a-z]+){0,2}\s(?:says|said|tells|told|explains|explained|adds|added)(?!\w)))"
)
_OWN_WORDS = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]ur|us|me|you)\b")


CHECKS: Mapping[str, Check] = {
    "dash-before-attribution": dash_before_attribution,
    "dash-dialogue": dash_dialogue,
}
