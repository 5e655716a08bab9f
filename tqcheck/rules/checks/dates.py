"""Dates of which a part is left to the reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit, lazy
from tqcheck.rules.checks.numbers import MONTHS
from tqcheck.text.document import Document

_DAY = r"the\s(?:[12]?(?:1st|2nd|3rd)|(?:1[0-9]|2?[04-9])th|3(?:0th|1st))\b"
_SAID = (
    r"[Ss]aid|[Aa]nnounced|[Rr]eported|[Ss]tated|[Tt]old\sreporters|[Cc]onfirmed|[Rr]evealed|[Ll]earned|[Dd]ecided"
    r"|[Pp]ointed\sout|[Ii]ssued\sa\sstatement|[Tt]weeted|[Ss]tressed|[Pp]osted"
)
_PART_OF_DAY = (
    r"[Oo]n\sthe\s(?:(?:early\s)?morning|afternoon|evening|night)|[Ii]n\sthe\s(?:(?:early\s)?morning|afternoon|evening)"
    r"|[Aa]t\snoon"
)
_CLOCK = r"o['’]clock|a\.m\.|p\.m\.|\b[Nn]oon|\b[Mm]idnight|\d:\d\d"
_day = lazy(_DAY)
# The first may be anything's and the eighteenth a golfer's hole, so a sentence may open with these two.
_OPENING_DAY = r"[Oo]n\sthe\s(?:21st|[12]?(?:2nd|3rd)|(?:1[0-79]|2?[04-9])th|3(?:0th|1st))\b"
_WHO = r"the|[Tt]he|local|China|police|an?|A|President|Prime|Chinese|Japan|it|Japanese|US|many"
_hits = lazy(
    rf"\b(?:{_SAID})\s(?P<said>on\s{_DAY})(?=,?(?:\slocal\stime)?\sthat\b)"
    rf"|\b(?P<part>(?:{_PART_OF_DAY})(?:\s(?:of|on))?\s{_DAY})"
    rf"|(?P<opening>{_OPENING_DAY})(?=,\s(?:{_WHO})\b)"
    rf"|(?:{_CLOCK})\s(?P<clock>on\s{_DAY})"
)
_MONTHS = "|".join(MONTHS)
_MONTH = rf"\b(?:{_MONTHS}|Jan|Feb|Aug|Sept?|Oct|Nov|Dec)"
_a_month = lazy(rf"{_MONTH}\b")
_a_date = lazy(
    rf"{_MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?!\w)"
    rf"|(?<!\w)\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?(?:{_MONTHS})\b"
)
_no_date = lazy(r"(?i)\b(?:hole|birdie|bogey|par|tee|green|floor|lap|minute|month|century|anniversary|birthday)\b")


def day_without_month(document: Document) -> Iterator[Hit]:
    """A day by its number alone, ``said on the 26th that``, where no date before it has told the month."""
    text = document.running
    if not _day().search(text):
        return
    dated = _a_date().search(text)
    known = dated.end() if dated else len(text)
    for match in _hits().finditer(text):
        start, end = match.span(match.lastgroup or 0)
        if known <= start:
            return
        sentence = document.sentence_at(start)
        if sentence is None:
            continue
        if match.lastgroup == "opening" and any(map(str.isalnum, text[sentence.start : start])):
            continue
        if not any(one().search(text, sentence.start, sentence.end) for one in (_a_month, _no_date)):
            yield Hit(start, end)


CHECKS: Mapping[str, Check] = {"day-without-month": day_without_month}
