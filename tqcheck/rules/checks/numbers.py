"""Numbers, dates and times typed as other languages type them, with the English form computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit
from tqcheck.text import Document

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_BEFORE_HOUR = ("at", "from", "until", "till", "by", "around", "about", "before", "to", "since")
_SCALES = ("million", "billion", "trillion", "quadrillion")
_EDGE = r"(?<![\w.,/:\-])"


_DIGITS = re.compile(r"\d+")


def _at_numbers(pattern: str, fix: Callable[[re.Match[str]], tuple[str, ...]]) -> Check:
    """A check that tries ``pattern`` where a run of digits begins and reports what ``fix`` has suggestions for."""
    return _check(pattern, fix, at_numbers=True)


def _anywhere(pattern: str, fix: Callable[[re.Match[str]], tuple[str, ...]]) -> Check:
    """A check that reports every match of ``pattern`` that ``fix`` has suggestions for."""
    return _check(pattern, fix, at_numbers=False)


def _check(pattern: str, fix: Callable[[re.Match[str]], tuple[str, ...]], at_numbers: bool) -> Check:
    """The finding is the group ``span`` where there is one."""
    regex = re.compile(pattern)
    name = "span" if "span" in regex.groupindex else 0

    def check(document: Document) -> Iterator[Hit]:
        text = document.text
        matches: Iterator[re.Match[str] | None] = regex.finditer(text)
        if at_numbers:
            matches = (regex.match(text, run.start()) for run in _DIGITS.finditer(text))
        covered = 0
        for match in matches:
            if match is None or match.start() < covered:
                continue
            suggestions = fix(match)
            if suggestions:
                covered = match.end()
                yield Hit(match.start(name), match.end(name), suggestions)

    check.__doc__ = fix.__doc__
    return check


def _date(day: int, month: int, year: str) -> tuple[str, ...]:
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return ()
    return f"{MONTHS[month - 1]} {day}, {year}", f"{day} {MONTHS[month - 1]} {year}"


def _dotted_date(match: re.Match[str]) -> tuple[str, ...]:
    """A date with points: ``24.12.2021``, ``2021.12.24``."""
    if match["y1"]:
        return _date(int(match["d1"]), int(match["m1"]), match["y1"])
    return _date(int(match["d2"]), int(match["m2"]), match["y2"])


def _roman_date(match: re.Match[str]) -> tuple[str, ...]:
    """A date with a Roman month: ``12.XII.2021``."""
    return _date(int(match["day"]), _ROMAN_MONTHS.index(match["month"]) + 1, match["year"])


def _hour(match: re.Match[str]) -> tuple[str, ...]:
    """A time of day by the 24-hour clock with a unit: ``18h30``, ``18:30 hours``, ``20:00 o'clock``."""
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return ()
    half = "a.m." if hour % 24 < 12 else "p.m."
    twelve = (hour - 1) % 12 + 1
    if match.string[match.end() : match.end() + 1] == ".":
        half = half[:-1]  # the full stop of the sentence ends the abbreviation
    return f"{twelve}{'' if minute == '00' else ':' + minute} {half}", f"{hour % 24:02d}:{minute}"


def _thousand_million(match: re.Match[str]) -> tuple[str, ...]:
    """Thousands of millions: ``2,300 million`` is 2.3 billion."""
    groups = re.split(r"[.,\s]", match["number"])
    scale = _SCALES.index(match["scale"])
    if scale + 1 >= len(_SCALES) or len(groups) != 2:
        return ()
    return (f"{_point(groups[0], groups[1])} {_SCALES[scale + 1]}",)


def _point(whole: str, fraction: str) -> str:
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _thousand(match: re.Match[str]) -> tuple[str, ...]:
    """A number of thousands in mixed form: ``2.5 thousand`` is 2,500."""
    whole, fraction = match["whole"], match["fraction"] or ""
    return (f"{int(whole):,}" + "," + (fraction + "000")[:3],) if whole != "0" else (str(int((fraction + "000")[:3])),)


def _points_and_comma(match: re.Match[str]) -> tuple[str, ...]:
    """Points for thousands and a comma for decimals: ``3.500,75``."""
    return (match["whole"].replace(".", ",") + "." + match["fraction"],)


def _points(match: re.Match[str]) -> tuple[str, ...]:
    """Several points in one number: ``12.500.000``."""
    return (match[0].replace(".", ","),)


def _blanks(match: re.Match[str]) -> tuple[str, ...]:
    """Blanks for thousands: ``1 200 000``."""
    return (re.sub(r"\s", ",", match["span"]),)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _wrong_ordinal(match: re.Match[str]) -> tuple[str, ...]:
    """An ordinal with the ending of another number or language: ``2th``, ``3-rd``, ``1º``, ``4ème``."""
    fix = _ordinal(int(match["number"]))
    return (fix,) if fix != match[0] else ()


def _century(match: re.Match[str]) -> tuple[str, ...]:
    """A century with a Roman number: ``century XIX``, ``XIX century``."""
    number = _roman(match["after"] or match["before"])
    if not 1 <= number <= 21:
        return ()
    before = match.string[max(0, match.start() - 4) : match.start()].lower()
    article = "the " if match["after"] and before.split()[-1:] != ["the"] else ""
    return (f"{article}{_ordinal(number)} century",)


def _roman(text: str) -> int:
    values = {"I": 1, "V": 5, "X": 10}
    total = 0
    for index, char in enumerate(text):
        value = values[char]
        total += -value if any(values[later] > value for later in text[index + 1 : index + 2]) else value
    return total


CHECKS: Mapping[str, Check] = {
    "dotted-date": _at_numbers(
        _EDGE + r"(?<![Vv]ersion\s)(?<![Bb]uild\s)(?<![Rr]elease\s)"
        r"(?:(?P<d1>0?[1-9]|[12]\d|3[01])\.\s?(?P<m1>0?[1-9]|1[0-2])\.\s?(?P<y1>(?:1[89]|20)\d\d)"
        r"|(?P<y2>(?:19|20)\d\d)\.(?P<m2>0[1-9]|1[0-2])\.(?P<d2>0[1-9]|[12]\d|3[01]))(?![\w\-/]|[.,]\d)",
        _dotted_date,
    ),
    "roman-month-date": _at_numbers(
        _EDGE + r"(?P<day>0?[1-9]|[12]\d|3[01])(?:\.\s?|\s|/)(?P<month>X?I{1,3}|I?[VX]|VI{1,3})(?:\.\s?|\s|/)"
        r"(?P<year>(?:1[89]|20)\d\d)(?![\w\-/])",
        _roman_date,
    ),
    "hour-with-h": _at_numbers(
        "(?:" + "|".join(rf"(?<=\s{word}\s)" for word in _BEFORE_HOUR) + ")"
        r"(?P<hour>[01]?\d|2[0-4])\s?[hH]\s?(?P<minute>[0-5]\d)?(?![\w/])",
        _hour,
    ),
    "hour-with-unit": _at_numbers(
        _EDGE + r"(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d)\s?(?:hours|hrs|hs|o['’]clock|Uhr)"
        r"|\s(?:(?<=1[3-9]\s)o['’]clock|(?<=2[0-4]\s)o['’]clock|Uhr))(?!\w)",
        _hour,
    ),
    "thousand-million": _at_numbers(
        r"(?<![\w.,])(?P<number>\d{1,3}(?:,\d{3}|\.\d00|\s\d{3}))\s(?P<scale>million|billion)s?(?![\w\-])",
        _thousand_million,
    ),
    "decimal-thousand": _at_numbers(
        r"(?<![\w.,])(?P<whole>\d{1,3})[.,](?P<fraction>\d{1,2})\s?thousand(?:s\sof)?(?![\w\-])", _thousand
    ),
    "points-and-comma": _at_numbers(
        r"(?<![\w.,])(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?P<fraction>\d{1,2})(?![\w]|[.,]\d)", _points_and_comma
    ),
    "several-thousands-points": _at_numbers(r"(?<![\w.,/\-])[1-9]\d{0,2}(?:\.\d{3}){2}(?![\w/\-]|[.,]\d)", _points),
    "thousands-blank": _at_numbers(
        r"(?<![\w.,/\-+)])(?<!\d\s)(?P<span>[1-9]\d{0,2}(?:[ \u00a0\u202f\u2009]\d{3}){2,3}"
        r"|[1-9]\d{0,2}[\u00a0\u202f\u2009]\d{3}"
        + "|"
        + "".join(rf"(?<!{month}\s)" for month in MONTHS)
        + r"[1-9]\d{0,2} \d{3}(?=\s(?:euros?|dollars|rubles|roubles|crowns|zlotys?|hryvnias?|people|"
        r"inhabitants|residents|kilomet(?:er|re)s|tons|tonnes|hectares)\b))(?![\w/\-]|[.,]\d|[ \u00a0\u202f]\d)",
        _blanks,
    ),
    "wrong-ordinal": _at_numbers(
        r"(?<![\w.,\-–])(?P<number>\d{1,4})(?:-(?:st|nd|rd|th)|\s(?:st|nd|rd|th)(?=\s[a-z]|[.,;)])"
        r"|(?<=1)(?<!11)th|(?<=2)(?<!12)th|(?<=3)(?<!13)th|(?<=[04-9])(?:st|nd|rd)|(?<=1[1-3])(?:st|nd|rd)"
        r"|(?:er|re|ème|eme|ère)|[ºª](?=\s(?!in\b|and\b|to\b|of\b|below\b|above\b|at\b|on\b|or\b)[a-z]))(?![\w\-])",
        _wrong_ordinal,
    ),
    "roman-century": _anywhere(
        r"\b(?:[Cc]entury\s(?P<after>[XVI]{1,5})|(?P<before>(?=[XVI])X{0,2}(?:IX|IV|V?I{0,3}))\s[Cc]entury)(?![\w\-])",
        _century,
    ),
}
