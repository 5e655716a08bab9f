"""The pattern language of wording rules, compiled to regular expressions with anchors.

==================  ======================================================================
``take the word``   literal words; lower case matches any case, a capital only itself
``(very)``          optional; ``(a|b)`` an optional choice; ``telematic(s)`` an optional ending
``[in|at]``         one of the alternatives, as written
``{take|give}``     all inflected forms of one of the lemmas (the first word of several)
``<name>``          a class of words, see :data:`CLASSES`
``<0-3>``           a gap of 0 to 3 words, no punctuation inside
``^`` ``$``         start of the sentence (at the front) and its end (at the back)
``a / b / c``       only ``b`` is the finding, ``a`` and ``c`` are its context; always two slashes
``\\x``              the character ``x`` itself
==================  ======================================================================

Straight quotation marks and apostrophes match the curly ones too, a hyphen
matches the non-breaking one, and a blank any white space. Captures: every
``[…]``, ``{…}``, ``<…>`` is numbered from the left, for ``$1`` in suggestions;
``(…)`` is not, and one inside another counts by itself. A pattern never matches inside a word or a hyphenated compound.

Matching cost must not grow with the number of rules, so each pattern also
gives *anchors*: fixed strings of which every match contains at least one. Of
all that would do those are taken that news contains least often.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

from tqcheck.rules.inflection import all_forms
from tqcheck.text import EDGE, fold

# Latin capitals; \w has no upper-case half in re.
_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚĞİŁŃŇŐŘŚŞŠŢŤŪŮŰŹŻŽȘȚ"
_NUMBERS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one"
)
_CAPITAL = rf"[{_UP}][\w’'.\-]*\w|[{_UP}]"

_WORD_CLASSES: dict[str, tuple[str, str]] = {
    "weekday": ("a day of the week", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "month": (
        "a month, full or abbreviated",
        "January February March April May June July August September October November December"
        " Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sept. Sep. Oct. Nov. Dec.",
    ),
    "poss": ("a possessive determiner", "my your his her its our their"),
    "det": ("a determiner", "the a an this that these those my your his her its our their some any each every no"),
    "pron": ("a subject pronoun", "I you he she it we they"),
    "obj": ("an object pronoun", "me you him her it us them"),
    "be": ("a form of be", "is are was were be been being am"),
    "have": ("a form of have", "has have had having"),
    "modal": ("a modal verb", "will would can could may might shall should must"),
    "say": (
        "a verb of saying",
        "said says say saying added adds stated states told declared declares explained explains noted notes insisted"
        " insists stressed stresses claimed claims warned warns announced announces admitted replied asked continued"
        " concluded commented remarked observed affirmed assured argued argues wrote tweeted",
    ),
    "currency": (
        "a currency",
        "euro euros dollar dollars pound pounds yuan yen rouble roubles ruble rubles franc francs peso pesos reais lira"
        " zloty zlotys hryvnia hryvnias",
    ),
}
_OPEN_CLASSES: dict[str, tuple[str, str]] = {
    "num": (
        "a number, digits or word",
        rf"\d+(?:[.,]\d+)*|(?i:{_NUMBERS})(?:-\w+)?|(?i:a|several|hundreds?|dozens?)\b",
    ),
    "digits": ("a number in digits", r"\d+(?:[.,]\d+)*"),
    "day": (
        "a day of the month, 1–31, with or without st/nd/rd/th",
        r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d)",
    ),
    "year": ("a year, 1500–2099", r"(?:1[5-9]|20)\d\d(?!\d)"),
    "name": (
        "a proper name of one to five capitalised words",
        rf"(?:{_CAPITAL})(?:\s+(?:(?:de|del|della|da|dos|van|von|der|al|bin|la|of|the)\s+)?(?:{_CAPITAL})){{0,4}}",
    ),
    "cap": ("one capitalised word", _CAPITAL),
    "word": ("any word", r"[\w’'\-]+"),
    "lower": ("a word in lower case", r"[a-z\u00df-\u00ff][\w’'\-]*"),
    "ed": ("a word in -ed", r"(?i:\w{2,}ed)"),
    "ing": ("a word in -ing", r"(?i:\w{2,}ing)"),
    "ly": ("a word in -ly", r"(?i:\w{2,}ly)"),
    "office": (
        "an office or title",
        r"(?i:president|prime\s+minister|minister|chancellor|spokes(?:man|woman|person)|leader|secretary|mayor"
        r"|ambassador|senator|governor|head|chief|director|diplomat|official|lawyer|judge|general)",
    ),
}
_CLASS_HEADS = {"day": tuple("0123456789"), "year": ("15", "16", "17", "18", "19", "20")}
CLASSES: dict[str, str] = {name: what for name, (what, _) in (_WORD_CLASSES | _OPEN_CLASSES).items()}
"""The word classes and what they match."""

_MOST_ANCHORS = 240
# What an anchor costs to load, as the rate of hits (each word of the text) that costs the same in a short story.
_ANCHOR_COST = 4e-5


class PatternError(ValueError):
    """The pattern is not well formed; the message says where (0-based column) and why."""


@dataclass(slots=True)
class _Piece:
    """One step of a pattern: its regular expression and, when finite, all strings it can be (folded).

    An ``optional`` stands by itself between blanks and a ``gap`` is a run of
    words; both bring their own blanks, see :func:`_spaced`. Where the strings
    are not finite, ``heads`` are strings one of which it begins with.
    """

    regex: str
    strings: tuple[str, ...] | None
    kind: Literal["fixed", "blank", "optional", "gap"] = "fixed"
    heads: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled pattern.

    ``regex`` has the group ``span`` for the finding and ``g1``, ``g2`` … for
    the captures; ``anchors`` are folded strings, one of which is in every match,
    ``also`` such strings for another part of it where the first are frequent;
    ``lemmas`` gives for a capture number the lemmas of its ``{…}``.
    """

    regex: str
    anchors: tuple[str, ...]
    also: tuple[str, ...]
    at_start: bool
    at_end: bool
    captures: int
    lemmas: dict[int, tuple[str, ...]] = field(default_factory=dict)


def compile_pattern(pattern: str) -> Compiled:
    """Compile one pattern; raises :class:`PatternError`."""
    return _Parser(pattern).compile()


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.captures = 0
        self.lemmas: dict[int, tuple[str, ...]] = {}

    def compile(self) -> Compiled:
        source = self.pattern.strip()
        at_start = source.startswith("^")
        at_end = source.endswith("$") and not source.endswith("\\$")
        self.pattern = source = source[int(at_start) : len(source) - int(at_end)].strip()
        parts = self._split_context(source)
        pieces: list[list[_Piece]] = []
        for part in parts:
            self.at = 0
            self.pattern = part.strip()
            pieces.append(self._sequence(""))
            if self.at < len(self.pattern):
                self._fail(f"unexpected {self.pattern[self.at]!r}")
        if not any(piece for part in pieces for piece in part):
            self._fail("empty pattern")
        edge = r"(?:(?<!\w)|(?!\w))"
        before, span, after = ([], pieces[0], []) if len(pieces) == 1 else pieces
        if not span:
            self._fail("no finding between the slashes")
        # A context that was written without a blank before the slash is attached to the finding.
        left = self._join(before) + (r"\s+" if before and self._spaced[0] else "")
        right = (r"\s+" if after and self._spaced[1] else "") + self._join(after)
        whole = (
            before
            + ([_BLANK] if before and self._spaced[0] else [])
            + span
            + ([_BLANK] if after and self._spaced[1] else [])
            + after
        )
        anchors = self._anchors(whole)
        also = () if anchors.begins or anchors.cost < _SEARCH * _RARELY else _others(whole, anchors)
        opening = EDGE if anchors.begins else f"(?:){EDGE}"
        regex = f"{opening}{left}(?P<span>{self._join(span)}){right}{edge}(?![-‐‑]\\w)"
        return Compiled(regex, anchors.strings, also, at_start, at_end, self.captures, dict(self.lemmas))

    def _split_context(self, source: str) -> list[str]:
        cuts = [match.start() for match in re.finditer(r"(?<!\\)/", source)]
        self._spaced = (True, True)
        if not cuts:
            return [source]
        if len(cuts) != 2:
            raise PatternError(f"a context needs exactly two slashes, found {len(cuts)}: {source!r}")
        first, second = cuts
        left, right = source[:first], source[second + 1 :]
        self._spaced = (left.endswith(" "), right.startswith(" "))
        return [left, source[first + 1 : second], right]

    def _fail(self, reason: str) -> None:
        raise PatternError(f"{reason} at column {self.at} of {self.pattern!r}")

    def _sequence(self, closers: str) -> list[_Piece]:
        pieces: list[_Piece] = []
        literal: list[str] = []

        def flush() -> None:
            if literal:
                pieces.append(_literal("".join(literal)))
                literal.clear()

        while self.at < len(self.pattern):
            char = self.pattern[self.at]
            if char in closers:
                break
            self.at += 1
            if char == "\\":
                if self.at >= len(self.pattern):
                    self._fail("nothing after the backslash")
                literal.append(self.pattern[self.at])
                self.at += 1
            elif char.isspace():
                flush()
                if pieces and pieces[-1].kind != "blank":
                    pieces.append(_BLANK)
            elif char == "(":
                flush()
                pieces.append(self._optional(pieces))
            elif char in "[{":
                flush()
                pieces.append(self._alternatives(char))
            elif char == "<":
                flush()
                pieces.append(self._class())
                self._separate(pieces)
            elif char in ")]}>|^$":
                self.at -= 1
                self._fail(f"unexpected {char!r} (write \\{char} for the character itself)")
            else:
                literal.append(char)
        flush()
        while pieces and pieces[-1].kind == "blank":
            pieces.pop()
        return _spaced(pieces)

    def _separate(self, pieces: list[_Piece]) -> None:
        """Fail unless the gap just read has a blank before it (behind it at the beginning of the pattern)."""
        if pieces[-1].kind != "gap":
            return
        following = self.pattern[self.at : self.at + 1]
        if pieces[-2].kind != "blank" if len(pieces) > 1 else bool(following) and not following.isspace():
            self._fail("a gap needs a blank before it, or behind it at the beginning")

    def _choices(self, closer: str) -> list[tuple[str, list[_Piece]]]:
        choices: list[tuple[str, list[_Piece]]] = []
        while True:
            start = self.at
            pieces = self._sequence("|" + closer)
            choices.append((self.pattern[start : self.at], pieces))
            if self.at >= len(self.pattern):
                self._fail(f"missing {closer!r}")
            self.at += 1
            if self.pattern[self.at - 1] == closer:
                break
        if any(not pieces for _, pieces in choices):
            self._fail("empty alternative")
        return choices

    def _optional(self, before: list[_Piece]) -> _Piece:
        alone = not before or before[-1].kind == "blank"
        choices = self._choices(")")
        inner = "|".join(self._join(pieces) for _, pieces in choices)
        strings = _union(_product(pieces) for _, pieces in choices)
        following = self.pattern[self.at : self.at + 1]
        if alone and (not following or following.isspace() or following in ")]|"):
            return _Piece(inner, strings, "optional")
        return _Piece(f"(?:{inner})?", None if strings is None else ("", *strings))

    def _alternatives(self, opener: str) -> _Piece:
        self.captures += 1
        number = self.captures
        inflected = opener == "{"
        choices = self._choices("}" if inflected else "]")
        if inflected:
            lemmas = tuple(raw.strip() for raw, _ in choices)
            wrong = next((lemma for lemma in lemmas if not re.fullmatch(r"[a-zA-Z'’ \-]+", lemma)), None)
            if wrong is not None:
                self._fail(f"only plain words can be inflected, not {wrong!r}")
            self.lemmas[number] = lemmas
            forms = list(dict.fromkeys(form for lemma in lemmas for form in all_forms(lemma)))
            forms.sort(key=len, reverse=True)
            pieces = [_literal_words(form) for form in forms]
            inner = "|".join(self._join(words) for words in pieces)
            strings: tuple[str, ...] | None = tuple(fold(form) for form in forms)
        else:
            inner = "|".join(self._join(words) for _, words in choices)
            strings = _union(_product(words) for _, words in choices)
        heads = ("",) if strings is not None else _union(_heads(words) for _, words in choices) or ("",)
        # An alternative must not stop inside a word: [cap|capital] with more letters to come.
        return _Piece(f"(?P<g{number}>{inner})", strings, heads=heads)

    def _class(self) -> _Piece:
        end = self.pattern.find(">", self.at)
        if end < 0:
            self._fail("missing '>'")
        name = self.pattern[self.at : end]
        gap = re.fullmatch(r"(\d+)-(\d+)", name)
        self.captures += 1
        if gap:
            low, high = int(gap[1]), int(gap[2])
            if low > high or high > 12:
                self._fail(f"a gap is <low-high> with low ≤ high ≤ 12, not <{name}>")
            self.at = end + 1
            return _Piece(rf"(?P<g{self.captures}>(?:%s){{{low},{high}}}?)", None, "gap")
        if name not in CLASSES:
            self._fail(f"unknown class <{name}>; known: {', '.join(sorted(CLASSES))}")
        self.at = end + 1
        group = f"(?P<g{self.captures}>"
        if name in _WORD_CLASSES:
            words = sorted(_WORD_CLASSES[name][1].split(), key=len, reverse=True)
            return _Piece(f"{group}{'|'.join(_literal(word).regex for word in words)})", tuple(map(fold, words)))
        heads = _CLASS_HEADS.get(name, ("",))
        return _Piece(rf"{group}(?<!\w)(?:{_OPEN_CLASSES[name][1]})(?!\w))", None, heads=heads)

    @staticmethod
    def _join(pieces: Iterable[_Piece]) -> str:
        return "".join(piece.regex for piece in pieces)

    def _anchors(self, pieces: list[_Piece]) -> _Anchors:
        best: _Anchors | None = None
        for start in range(len(pieces)):
            for end, strings in _runs(pieces, start):
                begins = not start and all(string[:1].isalnum() for string in strings)
                weight = 1 if begins else _SEARCH
                cost = _cost(strings, math.inf if best is None else best.cost / weight)
                if cost is not None:
                    best = _Anchors(strings, weight * cost, begins, start, end)
        if best is None:
            raise PatternError(f"no fixed word to look for in {self.pattern!r}: every match must contain one")
        return best


class _Anchors(NamedTuple):
    """Strings of which every match contains one, from ``pieces[start:end]``.

    ``begins`` tells whether they begin the match; ``cost`` is in matches tried at one place for each word of a text.
    """

    strings: tuple[str, ...]
    cost: float
    begins: bool
    start: int
    end: int


def _others(pieces: list[_Piece], first: _Anchors) -> tuple[str, ...]:
    """The best anchors in the pieces before or behind those of ``first``; none where they would seldom be missing."""
    best: tuple[str, ...] = ()
    least = _OFTEN
    for low, high in ((0, first.start), (first.end, len(pieces))):
        part = pieces[low:high]
        for start in range(len(part)):
            for _, strings in _runs(part, start):
                cost = _cost(strings, least)
                if cost is not None:
                    best, least = strings, cost
    return best


def _runs(pieces: list[_Piece], start: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """For each way to take neighbouring pieces from ``start`` on, where they end and all strings that they can be."""
    strings: tuple[str, ...] = ("",)
    for index in range(start, len(pieces)):
        choices = pieces[index].strings or _heads(pieces[index:])
        if len(strings) * len(choices) > _MOST_ANCHORS:
            return
        # The matcher takes a run of blanks as one, so two pieces that bring blanks give one.
        joined = (_BLANKS.sub(" ", left + right) for left in strings for right in choices)
        strings = tuple(dict.fromkeys(joined))
        if pieces[index].strings is None:
            yield len(pieces), strings
            return
        yield index + 1, strings


def _heads(pieces: list[_Piece]) -> tuple[str, ...]:
    """Strings one of which every text begins with that matches these pieces one after the other."""
    heads: tuple[str, ...] = ("",)
    for index, piece in enumerate(pieces):
        choices = piece.strings or piece.heads
        if piece.kind == "gap" and index + 1 < len(pieces) and pieces[index + 1].kind == "blank":
            choices = (" ",)
        if len(heads) * len(choices) > _MOST_ANCHORS:
            break
        heads = tuple(left + right for left in heads for right in choices)
        if piece.strings is None:
            break
    return heads


@lru_cache(maxsize=1)
def _rates() -> dict[str, float]:
    """How often a word stands in English news, as a share of all words."""
    rates: dict[str, float] = {}
    for line in resources.files("tqcheck.rules").joinpath("common.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            per_million, *words = line.split()
            rates.update(dict.fromkeys(words, 1.4e-6 * int(per_million)))
    return rates


_RARE = 15e-6
# A search through a sentence takes so many times as long as a match tried at one place.
_SEARCH = 8
# Hits a word of text from which it pays to look for a second part of a pattern before it is tried, and above which it
# does not, since most sentences have it.
_RARELY = 0.0005
_OFTEN = 0.05
_TOKEN = re.compile(r"\d|[^\W\d]+|[^\w\s]")
_BLANKS = re.compile(r"  +")


def _cost(strings: tuple[str, ...], most: float) -> float | None:
    """What anchors cost, in hits a word of text; ``None`` for ``most`` or more, or where one is nearly nothing."""
    total = 0.0
    for string in strings:
        bare = string.strip()
        if not bare or (len(bare) < 2 and bare.isalnum()):
            return None
        total += _rate(string) + _ANCHOR_COST
        if total >= most:
            return None
    return total


@lru_cache(maxsize=100_000)
def _rate(string: str) -> float:
    """About how often a string occurs, for each word of a text: words are likelier beside their neighbours."""
    tokens = _TOKEN.findall(string)
    rates = [_token_rate(token) for token in tokens]
    if string[-1].isalpha():
        rates[-1] += _inside(tokens[-1])
    if string[0].isalpha():
        # The matcher turns these down before a pattern is tried.
        rates[0] += 0.2 * _inside(tokens[0])
    rates.sort()
    rate = rates[0]
    for other in rates[1:]:
        rate *= min(1.0, other) ** 0.5
    return rate


def _token_rate(token: str) -> float:
    if token.isalpha():
        return _rates().get(token, _RARE)
    return 0.005 if token.isdigit() else 0.05 if token in ",.'\"-" else 0.01


def _inside(token: str) -> float:
    """How often these letters are a part of a longer word."""
    return float(6 * 2 ** (-3.3 * len(token)))


_BLANK = _Piece(r"\s+", (" ",), "blank")
_GAP_WORD = r"[\w’'\-]+"


def _spaced(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces with the blanks around optionals and gaps made part of them.

    Behind something that must be there each brings the blank before it, at the
    beginning the blank after it, so that any number of them may be absent.
    """
    result: list[_Piece] = []
    started = pending = False
    for piece in pieces:
        if piece.kind == "blank":
            pending = True
        elif piece.kind == "fixed":
            if pending and started:
                result.append(_BLANK)
            result.append(piece)
            started, pending = True, False
        elif piece.kind == "gap":
            word = rf"\s+{_GAP_WORD}" if started else rf"{_GAP_WORD}\s+"
            result.append(_Piece(piece.regex.replace("%s", word), None, "gap"))
            pending = False
        else:
            regex = rf"(?:\s+(?:{piece.regex}))?" if started else rf"(?:(?:{piece.regex})\s+)?"
            strings = piece.strings
            if strings is not None:
                strings = ("", *(f" {string}" if started else f"{string} " for string in strings))
            result.append(_Piece(regex, strings, "fixed" if strings else "gap"))
            pending = False
    return result


def _literal(text: str) -> _Piece:
    escaped = "".join(_CHARACTERS.get(char, re.escape(char)) for char in text)
    regex = escaped if any(char.isupper() for char in text) else f"(?i:{escaped})"
    # A straight double quote stands for several characters; the automaton needs them one by one.
    choices = ['"“”' if char == '"' else fold(char) for char in text]
    strings = tuple("".join(chosen) for chosen in itertools.product(*choices)) if '"' in text else (fold(text),)
    return _Piece(regex, strings)


_CHARACTERS = {"'": "['’]", "’": "['’]", "-": "[-‐‑]", '"': '["“”]'}


def _literal_words(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    for word in text.split():
        if pieces:
            pieces.append(_BLANK)
        pieces.append(_literal(word))
    return pieces


def _product(pieces: list[_Piece]) -> tuple[str, ...] | None:
    strings: tuple[str, ...] = ("",)
    for piece in pieces:
        if piece.strings is None or len(strings) * len(piece.strings) > _MOST_ANCHORS:
            return None
        strings = tuple(left + right for left in strings for right in piece.strings)
    return strings


def _union(parts: Iterable[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    union: dict[str, None] = {}
    for part in parts:
        if part is None:
            return None
        union.update(dict.fromkeys(part))
    return tuple(union)
