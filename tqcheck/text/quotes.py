"""Quotation marks: which open, which close, and what they enclose.

Machine translation moves, flips and mixes quotation marks, so a mark's shape
alone cannot be trusted. Each mark gets a *role* from its shape, its
neighbours and what is open at that point; the pairs of roles give the quoted
ranges. Rules about punctuation compare role and shape; rules about wording
use the ranges to leave quoted speech alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

DOUBLE = '"“”„‟«»＂〝〞'
SINGLE = "'‘’‚‹›"
_MARK = re.compile(f"[{re.escape(DOUBLE + SINGLE)}]")
_DOUBLE_MARK = re.compile(f"[{re.escape(DOUBLE)}]")
_FEET = re.compile(r"\d['’′]\s?\d{1,2}$")
_LATER = re.compile(r"(?<=[\w.,!?…])['’](?!\w)|(?<=\s)['‘](?=\w)")
_FAMILY = dict.fromkeys(DOUBLE, "double") | dict.fromkeys(SINGLE, "single")
# Words that drop their first letters: an apostrophe stands before them, never a quotation mark.
_ELIDED = re.compile(r"(?:em|tis|twas|til|till|cause|n|bout|round|ere|cos|\d0s|\d\d)\b", re.IGNORECASE)
_SENTENCE_PUNCTUATION = ",.?!…"
_SAYING = (
    "said|says|say|added|adds|told|stated|declared|explained|explains|noted|notes|insisted|stressed|stresses|claimed"
    "|claims|warned|warns|announced|admitted|replied|asked|asks|continued|concluded|commented|remarked|observed"
    "|affirmed|assured|argued|argues|wrote|writes|tweeted|recalled|recalls|emphasi[sz]ed|underlined|indicated"
    "|complained|joked|confessed|acknowledged|lamented|promised|predicted|maintained|clarified|highlighted|shouted"
    "|whispered|answered|responded|asserted|specified|reiterated"
)
# Deeper nesting is noise; a bound keeps the cost linear.
_DEEPEST = 6
# So many paragraphs without a mark may lie between an opening mark and the one that closes it.
_FARTHEST = 4


@lru_cache(maxsize=1)
def attribution() -> re.Pattern[str]:
    """The words that name the speaker after a quotation: *he said*, *said the mayor*, *Anna Berg added*."""
    # Compiled when it is first asked for: most short texts have nothing to try it on, and it takes milliseconds.
    return re.compile(
        rf"(?:(?:he|she|they|we|I)\s+(?:(?:has|had|have|also|then|later)\s+){{0,2}}(?:{_SAYING})"
        rf"|(?:{_SAYING})\s+(?:the|a|an|his|her|their|our)\s+\w+"
        rf"|(?:{_SAYING})\s+[A-ZÀ-ÖØ-Þ]\w+"
        rf"|[Tt]he\s+(?:\w+\s+){{1,2}}(?:{_SAYING})"
        rf"|(?:[A-ZÀ-ÖØ-Þ][\w.'’\-]*\s+){{1,3}}(?:{_SAYING})"
        rf"|(?:said|added)\s*[.,:;])(?!\w)"
    )


class Role(Enum):
    """What a mark does where it stands; a prime stands for inches, feet, seconds or minutes."""

    OPEN = "open"
    CLOSE = "close"
    APOSTROPHE = "apostrophe"
    PRIME = "prime"
    STRAY = "stray"


class QuoteMark(NamedTuple):
    """One mark: ``position`` in code points of the text, the character, its role.

    ``level`` is 0 for an outermost quotation, 1 for one inside it, and so on.
    """

    position: int
    char: str
    role: Role
    level: int


@dataclass(frozen=True, slots=True)
class QuotedRange:
    """A quotation with its marks: ``text[start:end]``.

    ``closed`` is false when no closing mark was found in the block; then
    ``continued`` tells whether the next block goes on with it, as in speech
    that runs over paragraphs. ``level`` is 0 for the outermost.
    """

    start: int
    end: int
    level: int
    closed: bool
    continued: bool


@dataclass(frozen=True, slots=True)
class QuoteScan:
    """All marks in order of position, and all ranges in order of start."""

    marks: tuple[QuoteMark, ...]
    ranges: tuple[QuotedRange, ...]

    def outermost(self) -> tuple[tuple[int, int], ...]:
        """The outermost ranges as (start, end), in order, none overlapping."""
        merged: list[tuple[int, int]] = []
        for found in self.ranges:
            if merged and found.start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], found.end))
            else:
                merged.append((found.start, found.end))
        return tuple(merged)


def scan_quotes(text: str, blocks: Iterable[tuple[int, int]]) -> QuoteScan:
    """Give every quotation mark of ``text`` a role and pair them up.

    ``blocks`` are the paragraphs as (start, end) in order. A quotation ends
    with its paragraph unless the next one opens with a mark of the same kind,
    as English does for speech of several paragraphs, or the next mark, at most
    four paragraphs on, can only close it, as in text with one sentence to a
    line. An unclosed single quote is taken for an apostrophe.
    """
    marks: list[QuoteMark] = []
    ranges: list[QuotedRange] = []
    spans = [block for block in blocks if block[0] < block[1]]
    pending: tuple[int, int] | None = None  # index in ranges of an unclosed quotation, and its block
    for index, (start, end) in enumerate(spans):
        following = _first_char(text, spans[index + 1]) if index + 1 < len(spans) else ""
        first_mark, first_range = len(marks), len(ranges)
        _scan_block(text, start, end, following, marks, ranges)
        if pending is not None and index - pending[1] > _FARTHEST:
            pending = None
        first = next((at for at in range(first_mark, len(marks)) if _is_double(marks[at])), None)
        if first is not None:
            if pending is not None and marks[first].role is Role.STRAY:
                opened = ranges[pending[0]]
                ranges[pending[0]] = QuotedRange(opened.start, marks[first].position + 1, opened.level, True, False)
                marks[first] = QuoteMark(marks[first].position, marks[first].char, Role.CLOSE, opened.level)
            pending = next(
                (
                    (at, index)
                    for at in range(first_range, len(ranges))
                    if not ranges[at].closed and not ranges[at].level and not ranges[at].continued
                ),
                None,
            )
    ranges.sort(key=lambda found: (found.start, -found.end))
    return QuoteScan(tuple(marks), tuple(ranges))


def _is_double(mark: QuoteMark) -> bool:
    return _FAMILY[mark.char] == "double" and mark.role is not Role.PRIME


def _first_char(text: str, block: tuple[int, int]) -> str:
    for position in range(*block):
        if not text[position].isspace():
            return text[position]
    return ""


def _scan_block(
    text: str, start: int, end: int, following: str, marks: list[QuoteMark], ranges: list[QuotedRange]
) -> None:
    stack: list[tuple[int, str, int]] = []  # position, mark, index in marks
    for match in _MARK.finditer(text, start, end):
        position = match.start()
        char = text[position]
        before = text[position - 1] if position > start else " "
        after = text[position + 1] if position + 1 < end else " "
        if char in "'’‘" and before.isalnum() and after.isalnum():
            marks.append(QuoteMark(position, char, Role.APOSTROPHE, len(stack)))
            continue
        at_start = not text[start:position].strip() if position - start < 8 else False
        role = _role(text, position, end, char, before, after, at_start, [mark for _, mark, _ in stack])
        if role is Role.CLOSE:
            opened = _matching(stack, char)
            if opened is None:
                marks.append(QuoteMark(position, char, Role.STRAY, len(stack)))
                continue
            for unclosed in stack[opened + 1 :]:
                _drop_unclosed(unclosed, marks)
            begin = stack[opened][0]
            del stack[opened:]
            marks.append(QuoteMark(position, char, role, len(stack)))
            ranges.append(QuotedRange(begin, position + 1, len(stack), True, False))
        elif role is Role.OPEN and len(stack) < _DEEPEST:
            if stack and _goes_on(text, position, end, stack[-1][1], char):
                earlier = stack.pop()
                continued = not _is_led_in(text, position)
                ranges.append(QuotedRange(earlier[0], position, len(stack), False, continued))
            marks.append(QuoteMark(position, char, role, len(stack)))
            stack.append((position, char, len(marks) - 1))
        else:
            marks.append(QuoteMark(position, char, Role.STRAY if role is Role.OPEN else role, len(stack)))
    level = 0
    for entry in stack:
        if _FAMILY[entry[1]] == "single":
            _drop_unclosed(entry, marks)
        else:
            continued = bool(following) and _FAMILY.get(following) == "double" and following not in "”»"
            ranges.append(QuotedRange(entry[0], end, level, False, continued))
            level += 1


def _drop_unclosed(entry: tuple[int, str, int], marks: list[QuoteMark]) -> None:
    position, char, index = entry
    role = Role.APOSTROPHE if char in "'’" else Role.STRAY
    marks[index] = QuoteMark(position, char, role, marks[index].level)


def _matching(stack: Sequence[tuple[int, str, int]], char: str) -> int | None:
    """The innermost open mark that ``char`` can close."""
    for index in range(len(stack) - 1, -1, -1):
        if _FAMILY[stack[index][1]] == _FAMILY[char]:
            return index
    return None


def _role(
    text: str, position: int, end: int, char: str, before: str, after: str, at_start: bool, stack: list[str]
) -> Role:
    if _FAMILY[char] == "single":
        return _single_role(text, position, end, char, before, after, stack)
    opened = next((mark for mark in reversed(stack) if _FAMILY[mark] == "double"), None)
    faces_word = not before.isalnum() and (before.isspace() or before in "([{—–-/'‘‚‹") and not after.isspace()
    if char in '"”' and _is_inches(text, position, opened):
        return Role.PRIME
    if at_start and char not in "”":
        return Role.OPEN
    misplaced = char in '"“' and before.isspace() and text[position - 2 : position - 1] in tuple(_SENTENCE_PUNCTUATION)
    if misplaced and attribution().match(text, position + 1, min(end, position + 80)):
        later = _next_double(text, position, end)
        if opened is not None or later is None or (char == later == "“"):
            return Role.CLOSE
    if char in '"“＂' and opened is None and not at_start and before.isspace() and _is_last(text, position, end):
        return Role.CLOSE
    if char in '"＂':
        if opened in ('"', "＂"):
            nested = before.isspace() and text[position - 2 : position - 1].isalnum() and after.isalnum()
            nested = nested or _is_led_in(text, position)
            opens = faces_word and (nested or _goes_on(text, position, end, opened, char))
            return Role.OPEN if opens else Role.CLOSE
        if opened is not None and not faces_word:
            return Role.CLOSE
        if opened is None and before.isalpha() and after.isalnum() and _closes_later(text, position, end):
            return Role.OPEN
        return Role.OPEN if faces_word or (opened is None and before.isspace()) else Role.CLOSE
    if char in "“‟〝":
        if opened is None:
            return Role.OPEN if not after.isspace() or before.isspace() else Role.CLOSE
        if opened in "„‚":
            return Role.CLOSE
        previous = text[position - 2] if position >= 2 else " "
        if before.isspace() and previous in _SENTENCE_PUNCTUATION and (after.islower() or after.isspace()):
            return Role.OPEN if not after.isspace() and _next_double(text, position, end) == "”" else Role.CLOSE
        if not before.isspace() and (after.isspace() or after in ",.;:!?)"):
            return Role.CLOSE
        return Role.OPEN
    if char in "„«":
        if char == "«" and opened == "»":
            return Role.CLOSE
        return Role.OPEN
    if char == "»" and opened is None and faces_word:
        return Role.OPEN
    if char == "”" and opened is None and (faces_word or (at_start and not after.isspace())):
        return Role.OPEN
    return Role.CLOSE


def _is_last(text: str, position: int, end: int) -> bool:
    return end - position < 8 and not text[position + 1 : end].strip()


def _goes_on(text: str, position: int, end: int, opened: str, char: str) -> bool:
    """Whether an open quotation is opened again.

    That is after a sentence of it, where paragraphs of one speech run together, or where
    a speaker is named and nothing closed what stood before: ``she said. He added: "Never``.
    """
    if opened != char or char not in '"“' or not text[position - 1 : position].isspace():
        return False
    led_in = _is_led_in(text, position)
    before = position - 1
    # Behind a quotation within it, too: who said 'no.' "We must
    if text[before - 1 : before] in ("'", "’"):
        before -= 1
    if not led_in and text[before - 1 : before] not in tuple(".!?…"):
        return False
    if char == '"' and not led_in:
        return True
    # Two closing marks to come mean a quotation inside the quotation.
    first = _DOUBLE_MARK.search(text, position + 1, end)
    if char == '"':
        second = None if first is None else _DOUBLE_MARK.search(text, first.end(), end)
        return second is None or not all(_may_end(text, one.start()) for one in (first, second) if one)
    return first is None or first[0] != "”" or _next_double(text, first.start(), end) != "”"


def _is_led_in(text: str, position: int) -> bool:
    """Whether a colon and a blank stand before a mark: ``He added: "Never``."""
    return text[position - 1 : position].isspace() and text[position - 2 : position - 1] == ":"


def _closes_later(text: str, position: int, end: int) -> bool:
    """Whether the next double mark of the block can only close a quotation: ``known as"the flood", and``."""
    found = _DOUBLE_MARK.search(text, position + 1, end)
    return found is not None and _may_end(text, found.start()) and not text[found.end() : found.end() + 1].isalnum()


def _may_end(text: str, position: int) -> bool:
    """Whether something stands right before a mark, as before one that closes."""
    return not text[position - 1 : position].isspace()


def _next_double(text: str, position: int, end: int) -> str | None:
    """The next double mark of the block after ``position``."""
    found = _DOUBLE_MARK.search(text, position + 1, end)
    return found[0] if found else None


def _is_inches(text: str, position: int, opened: str | None) -> bool:
    if not text[position - 1 : position].isdigit():
        return False
    if _FEET.search(text, max(0, position - 6), position):
        return True
    if opened is not None or text[position] != '"' or text[position + 1 : position + 2].isalnum():
        return False
    return not text[max(0, position - 4) : position].isdigit()


def _single_role(text: str, position: int, end: int, char: str, before: str, after: str, stack: list[str]) -> Role:
    opened = any(_FAMILY[mark] == "single" for mark in stack)
    if char in "‚‹":
        # A low-9 mark is a quotation mark only where it leads into a word; elsewhere it is a comma look-alike.
        return Role.OPEN if not before.isalnum() and after.isalnum() else Role.STRAY
    if char == "›":
        return Role.CLOSE
    if before.isalnum() and after.isalnum():
        return Role.APOSTROPHE
    if char == "‘":
        if _ELIDED.match(text, position + 1, end):
            return Role.APOSTROPHE
        if opened and "‚" in stack:
            return Role.CLOSE
        return Role.OPEN if not after.isspace() else Role.STRAY
    if not after.isspace() and (before.isspace() or before in '([{—–-"“”„«'):
        if char == "’" and not opened:
            return Role.APOSTROPHE
        if after.isdigit() or _ELIDED.match(text, position + 1, end) or opened:
            return Role.CLOSE if opened and not after.isalnum() else Role.APOSTROPHE
        return Role.OPEN if after.isalnum() or after in '“"[(…$£€' else Role.APOSTROPHE
    if not opened:
        return Role.APOSTROPHE
    if before in "sS" and _later_close(text, position + 1, end):
        return Role.APOSTROPHE
    return Role.CLOSE


def _later_close(text: str, position: int, end: int) -> bool:
    """Whether another single mark can close the quotation further on: then this one is a plural possessive."""
    found = _LATER.search(text, position, end)
    return found is not None and not text[found.start() - 1].isspace()
