"""Numbers, dates and times typed as other languages type them, with the English form computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from tqcheck.rules.checks.hit import Check, Hit, lazy, once_for_each
from tqcheck.text.document import Document

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_BEFORE_HOUR = ("at", "from", "until", "till", "by", "around", "about", "before", "to", "since")
_SCALES = ("million", "billion", "trillion", "quadrillion")
_EDGE = r"(?<![\w.,/:\-])"


# What news copy counts in thousands, perhaps after an adjective.
_COUNTED = (
    r"(?:(?:new|more|young|other|additional|local|foreign|registered|eligible|square|cubic|different|confirmed|jobless"
    r"|active|armed|full-time|infected|homeless|Russian|Ukrainian|Polish|Czech|Swedish|Norwegian|Finnish|French|German)"
    r"\s){0,2}(?:euros?|dollars|rubles|roubles|crowns|krona|kronor|kroner|koruna|zlotys?|hryvnias?|forints?|pounds|francs"
    r"|people|persons|inhabitants|residents|citizens|households|homes|houses|families|flats|apartments|customers|subscribers"
    r"|kilomet(?:er|re)s|met(?:er|re)s|miles|tons|tonnes|hectares|lit(?:er|re)s|barrels|kilos|kilograms|megawatts|feet"
    r"|workers|employees|jobs|soldiers|troops|fighters|officers|students|pupils|children|women|men|refugees|migrants|tourists"
    r"|visitors|spectators|fans|voters|votes|members|doctors|nurses|teachers|patients|cases|deaths|infections|tests|doses"
    r"|cars|vehicles|trucks|bicycles|buses|trees|animals|cows|pigs|birds|books|copies|signatures|documents|companies|firms"
    r"|participants|runners|passengers|flights|protesters|demonstrators|beds|places|seats|tickets|years|units|applications"
    r"|requests|complaints|crimes|accidents|victims|viewers|users|volunteers|hours|objects|items|machines|computers)\b"
)


_Fix = Callable[[re.Match[str]], tuple[str, ...]]

_DIGITS = re.compile(r"\d+")
_NAME = re.compile(r"\(\?P<\w+>")
# The patterns that begin with a number, without names of groups.
_at_number: list[str] = []


def _at_numbers(pattern: str, fix: _Fix) -> Check:
    """A check that tries ``pattern`` where a run of digits begins and reports what ``fix`` has suggestions for."""
    _at_number.append(_NAME.sub("(?:", pattern))

    def matches(document: Document) -> Iterator[re.Match[str]]:
        places = _odd_numbers(document)
        return filter(None, (regex().match(document.running, place) for place in places))

    regex = lazy(pattern)
    return _check(matches, fix)


def _anywhere(pattern: str, needed: str, fix: _Fix) -> Check:
    """A check that reports every match of ``pattern``, none without ``needed``, that ``fix`` has suggestions for."""

    def matches(document: Document) -> Iterator[re.Match[str]]:
        return regex().finditer(document.running) if needed in document.running else iter(())

    regex = lazy(pattern)
    return _check(matches, fix)


def _check(matches: Callable[[Document], Iterator[re.Match[str]]], fix: _Fix) -> Check:
    """The finding is the group ``span`` where there is one."""

    def check(document: Document) -> Iterator[Hit]:
        covered = 0
        for match in matches(document):
            if match.start() < covered:
                continue
            suggestions = fix(match)
            if suggestions:
                covered = match.end()
                name = "span" if "span" in match.re.groupindex else 0
                yield Hit(match.start(name), match.end(name), suggestions)

    check.__doc__ = fix.__doc__
    return check


@once_for_each
def _odd_numbers(document: Document) -> list[int]:
    """Where runs of digits begin at which one of the patterns matches: one trial instead of one for each pattern."""
    text = document.running
    starts = [run.start() for run in _DIGITS.finditer(text)]
    if not starts:
        return starts
    odd = _any_pattern().match
    return [start for start in starts if odd(text, start)]


@lru_cache(maxsize=1)
def _any_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in _at_number))


def _date(day: int, month: int, year: str) -> tuple[str, ...]:
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return ()
    return f"{MONTHS[month - 1]} {day}, {year}", f"{day} {MONTHS[month - 1]} {year}"


def _dotted_date(match: re.Match[str]) -> tuple[str, ...]:
    """A date with points: ``24.12.2021``, ``2021.12.24``."""
    if match["d3"]:
        month = MONTHS[int(match["m3"]) - 1]
        return f"{month} {int(match['d3'])}", f"{int(match['d3'])} {month}"
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


_WORDS = {"half a": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
          "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "a": 1, "a few": 0}  # fmt: skip
_AMOUNT = "|".join(sorted(_WORDS, key=len, reverse=True))


def _amount(text: str) -> float:
    """What a number in digits or a word of the table stands for; a comma is taken for the point."""
    return _WORDS.get(text.lower(), -1) if text[0].isalpha() else float(text.replace(",", "."))


def _plain_number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weekday_in_brackets(document: Document) -> Iterator[Hit]:
    """A date with the weekday behind it in brackets: ``the 26th (Sun)``, ``July 26 (Sunday)``."""
    text = document.running
    if "(" not in text:
        return
    for bracket in _BRACKETED_WEEKDAY().finditer(text):
        date = _DATE_BEFORE().search(text, max(0, bracket.start() - 24), bracket.start())
        if date:
            weekday = next(day for day in _WEEKDAYS if day.startswith(bracket["weekday"][:3]))
            fix = f"{weekday}, {date['date']}" if date["date"] else f"{weekday} the {date['day']}"
            yield Hit(date.start(), bracket.end(), (fix,))


_BRACKETED_WEEKDAY = lazy(r"\((?P<weekday>" + "|".join(_WEEKDAYS) + r"|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.?\)(?!\w)")
_DATE_BEFORE = lazy(
    r"(?<![\w.,/:\-])(?:(?P<date>(?:" + "|".join(MONTHS) + r")\s(?:[12]?\d|3[01]))"
    r"|(?:[Tt]he\s)?(?P<day>(?:[12]?\d|3[01])(?:st|nd|rd|th)))\s?$"
)


def _mil(match: re.Match[str]) -> tuple[str, ...]:
    """Thousands left in Spanish or Portuguese: ``12 mil people``."""
    number = _amount(match["number"])
    return (f"{round(number * 1000):,}",)


def _nordic_mil(match: re.Match[str]) -> tuple[str, ...]:
    """Distances in the Scandinavian mil of ten kilometres: ``two mil from Oslo``."""
    number = _amount(match["number"])
    if number <= 0:
        return ("dozens of kilometres", "dozens of kilometers")
    return tuple(f"{_plain_number(number * 10)} {unit}" for unit in ("kilometres", "kilometers"))


_DRINKING = lazy(
    r"(?i)\b(?:alcohol|drunk|drink|driv(?:er|ing|e|es|ers)|breath|motorist|cyclist|intoxicat|behind the wheel)"
)


def _per_mille(match: re.Match[str]) -> tuple[str, ...]:
    """Alcohol in thousandths, as most of Europe gives it: ``2.1 per mille``."""
    number = _amount(match["number"])
    around = match.string[max(0, match.start() - 200) : match.end() + 200]
    if _DRINKING().search(around) is None:
        return ()
    tail = " blood alcohol" if match["alcohol"] else ""
    return (f"{f'{number / 10:.3f}'.rstrip('0').rstrip('.')} percent{tail}",) if number > 0 else ()


def _points_and_comma(match: re.Match[str]) -> tuple[str, ...]:
    """Points for thousands and a comma for decimals: ``3.500,75``."""
    return (match["whole"].replace(".", ",") + "." + match["fraction"],)


def _points(match: re.Match[str]) -> tuple[str, ...]:
    """Several points in one number: ``12.500.000``."""
    if _DIALLED().search(match.string, max(0, match.start() - 40), match.start()):
        return ()
    return (match[0].replace(".", ","),)


# Spanish and French telephone numbers have points between groups of three.
_DIALLED = lazy(
    r"(?i)(?<!\w)(?:tel|phones?|telephone|call|dial|fax|mobile|whatsapp|hotline|numbers?|account|iban|no)\b[^\n]{0,30}\Z"
)


def _blanks(match: re.Match[str]) -> tuple[str, ...]:
    """Blanks for thousands: ``1 200 000``."""
    return (re.sub(r"\s", ",", match["span"]),)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _wrong_ordinal(match: re.Match[str]) -> tuple[str, ...]:
    """An ordinal with the ending of another number or language: ``2th``, ``3-rd``, ``1º``, ``4ème``."""
    number = int(match["number"])
    if match[0].endswith("er") and _OF_A_NAME().match(match.string, match.end()):
        return ()
    # German 1970er is the decade.
    decade = match[0].endswith("er") and number >= 1000 and number % 10 == 0
    fix = f"{number}s" if decade else _ordinal(number)
    return (fix,) if fix != match[0] else ()


_OF_A_NAME = lazy(r"[\"”’']?\s[A-Z]")  # the 21er Haus


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
        r"|(?P<y2>(?:19|20)\d\d)\.(?P<m2>0[1-9]|1[0-2])\.(?P<d2>0[1-9]|[12]\d|3[01])"
        r"|(?:(?<=\bon\s)|(?<=\bfrom\s)|(?<=\buntil\s)|(?<=\bsince\s)|(?<=\bby\s))"
        r"(?P<d3>0?[1-9]|[12]\d|3[01])\.\s?(?P<m3>0[1-9]|1[0-2])\.(?=\s[a-z(]|\s?[,;)]))(?![\w\-/]|[.,]\d)",
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
        _EDGE + r"(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d)\s?"
        r"(?:hours|hour(?=[.,;]|\s(?:on|and|in|the|for|to|with|at|by|local)\b)|uur|hrs|hs|o['’]clock|Uhr)"
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
        + rf"[1-9]\d{{0,2}} \d{{3}}(?=\s{_COUNTED}|-(?:strong|seat|kilomet|met|square))"
        r"|(?:(?<=more\sthan\s)|(?<=fewer\sthan\s)|(?<=less\sthan\s)|(?<=about\s)|(?<=around\s)|(?<=almost\s)"
        r"|(?<=nearly\s)|(?<=over\s)|(?<=roughly\s)|(?<=least\s)|(?<=some\s)|(?<=approximately\s))"
        r"[1-9]\d{0,2} \d{3}(?=[\s.,;)]))(?![\w/]|-\d|[.,]\d|[ \u00a0\u202f]\d)",
        _blanks,
    ),
    "weekday-in-brackets": weekday_in_brackets,
    "clock-hour": _anywhere(
        r"(?<![\w\-])(?<=\s)(?P<span>(?:the\s)?clock\s(?P<hour>[01]?\d|2[0-4])(?:[.:](?P<minute>[0-5]\d))?)(?![\w%]|[.:]\d)",
        "clock ",
        _hour,
    ),
    "mil-thousands": _at_numbers(
        r"(?<![\w.,/\-$€£])(?P<number>\d{1,3}(?:[.,]\d)?)\smil"
        rf"(?=\s(?:million\b|{_COUNTED}|reais\b|pesos\b))",
        _mil,
    ),
    "nordic-mil": _anywhere(
        rf"(?i)(?<![\w.,/\-$€£])(?P<number>\d{{1,3}}(?:[.,]\d)?|{_AMOUNT})\s(?:(?:Swedish|Norwegian)\s)?mil"
        r"(?=\s(?:from|away|(?:north|south)[ -]?(?:east|west)?|east|west|outside|inland|per|a\sday|long|on\sfoot|every"
        r"|of\s(?:road|track|motorway|coast|trail|new)|to\s(?:the|work|school|[A-Z])|by\s(?:car|bus|bike|train|boat)"
        r"|and\sback|through|along|into|offshore|out)\b)",
        " mil ",
        _nordic_mil,
    ),
    "per-mille": _anywhere(
        rf"(?i)(?<![\w.,/\-$€£])(?P<number>\d(?:[.,]\d{{1,2}})?|{_AMOUNT})\s(?:per\smille?|promilles?|permille|pro\smille)"
        r"(?:\s(?:of\s)?(?P<alcohol>blood[ -]alcohol|alcohol\sin\s(?:the|his|her|their)\sblood|alcohol))?(?!\w)",
        "mille",
        _per_mille,
    ),
    "wrong-ordinal": _at_numbers(
        r"(?<![\w.,\-–])(?P<number>\d{1,4})(?:-(?:st|nd|rd|th)|\s(?:st|nd|rd|th)(?=\s[a-z]|[.,;)])"
        r"|(?<=1)(?<!11)th|(?<=2)(?<!12)th|(?<=3)(?<!13)th|(?<=[04-9])(?:st|nd|rd)|(?<=1[1-3])(?:st|nd|rd)"
        r"|(?:er|re|ème|eme|ère)|[ºª](?=\s(?!in\b|and\b|to\b|of\b|below\b|above\b|at\b|on\b|or\b)[a-z]))(?![\w\-])",
        _wrong_ordinal,
    ),
    "roman-century": _anywhere(
        r"\b(?:[Cc]entury\s(?P<after>(?!I\b)[XVI]{1,5})|(?P<before>(?=[XVI])X{0,2}(?:IX|IV|V?I{0,3}))\s[Cc]entury)(?![\w\-])",
        "entury",
        _century,
    ),
}
