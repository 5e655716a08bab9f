"""The pattern language of wording rules, compiled to regular expressions and their outlines.

==================  ======================================================================
``take the word``   literal words; lower case matches any case, a capital only itself
``(very)``          optional; ``(a|b)`` an optional choice; ``telematic(s)`` an optional ending
``[in|at]``         one of the alternatives, as written
``{take|give}``     all inflected forms of one of the lemmas (the first word of several)
``<name>``          a class of words, see :data:`~tqcheck.rules.word_classes.CLASSES`
``<0-3>``           a gap of 0 to 3 words, no punctuation inside
``^`` ``$``         start of the sentence (at the front) and its end (at the back)
``a / b / c``       only ``b`` is the finding, ``a`` and ``c`` are its context; always two slashes
``\\x``              the character ``x`` itself
==================  ======================================================================

Straight quotation marks and apostrophes match the curly ones too, a hyphen
matches the non-breaking one, and a blank any white space. Captures: every
``[…]``, ``{…}``, ``<…>`` is numbered from the left, for ``$1`` in suggestions;
``(…)`` is not, and one inside another counts by itself. A pattern never matches inside a word or a hyphenated compound.

Matching cost must not grow with the number of rules, so each pattern also has
an outline (:mod:`tqcheck.rules.outline`): words by which its matches are found.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from tqcheck.rules.inflection import all_forms
from tqcheck.rules.outline import MOST_STRINGS, Outline, Step, blanks_of, outline, words_in
from tqcheck.rules.word_classes import CLASS_BLANKS, CLASSES, OPEN_CLASSES, WORD_CLASSES
from tqcheck.text.spelling import fold
from tqcheck.text.words import EDGE


class PatternError(ValueError):
    """The pattern is not well formed; the message says where (0-based column) and why."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One step of a pattern: its regular expression and, when finite, all strings it can be (folded).

    An ``optional`` stands by itself between blanks and a ``gap`` is a run of
    words; both bring their own blanks, see :func:`_spaced`. Where the strings
    are not finite, ``blanks`` are the least and the most runs of white space in it, and of
    ``words`` it holds one, at most ``spread`` blanks from its beginning, see :class:`~tqcheck.rules.outline.Step`;
    ``empty`` says whether it can be the empty string.
    """

    regex: str
    strings: tuple[str, ...] | None
    kind: Literal["fixed", "blank", "optional", "gap"] = "fixed"
    blanks: tuple[int, int] = (0, 0)
    words: tuple[str, ...] = ()
    spread: int = 0
    empty: bool = False

    @property
    def may_lack(self) -> bool:
        """Whether it need not be there."""
        return self.empty if self.strings is None else "" in self.strings


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled pattern.

    ``regex`` has the group ``span`` for the finding and ``g1``, ``g2`` … for
    the captures; ``outline`` has the words by which a match is found;
    ``lemmas`` gives for a capture number the lemmas of its ``{…}``.
    """

    regex: str
    outline: Outline | None
    at_start: bool
    at_end: bool
    captures: int
    lemmas: dict[int, tuple[str, ...]] = field(default_factory=dict)


def compile_pattern(pattern: str) -> Compiled:
    """Compile one pattern; raises :class:`PatternError`, also for one that has no word to find it by."""
    found = _Parser(pattern).compile()
    if found.outline is None:
        raise PatternError(f"no fixed word to look for in {pattern!r}: every match must contain one")
    return found


def compile_context(pattern: str) -> Compiled:
    """Compile a pattern that is only looked for near another; raises :class:`PatternError`."""
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
            pieces.append(self._pieces(""))
            if self.at < len(self.pattern):
                self._fail(f"unexpected {self.pattern[self.at]!r}")
        if not any(piece for part in pieces for piece in part):
            self._fail("empty pattern")
        edge = r"(?:(?<!\w)|(?!\w))"
        before, span, after = ([], pieces[0], []) if len(pieces) == 1 else pieces
        if not span:
            self._fail("no finding between the slashes")
        # A context that was written without a blank before the slash is attached to the finding; what need not be there
        # brings its own blanks.
        parted = (
            [_BLANK] if before and self._spaced[0] and not _floats(before) else [],
            [_BLANK] if after and self._spaced[1] and not _floats(after) else [],
        )
        before, span = _spaced(before), _spaced(_held(span))
        after = _spaced(after, started=self._spaced[1] and _floats(after))
        if all(piece.may_lack for piece in span):
            raise PatternError(f"empty pattern: nothing of the finding must be there in {source!r}")
        left, right = self._join([*before, *parted[0]]), self._join([*parted[1], *after])
        whole = [*before, *parted[0], *span, *parted[1], *after]
        found = outline([_step(piece) for piece in whole])
        regex = f"{EDGE}{left}(?P<span>{self._join(span)}){right}{edge}(?![-‐‑]\\w)"
        return Compiled(regex, found, at_start, at_end, self.captures, dict(self.lemmas))

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

    def _pieces(self, closers: str) -> list[_Piece]:
        """The pieces up to one of ``closers``, or to the end, as written."""
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
        return pieces

    def _separate(self, pieces: list[_Piece]) -> None:
        """Fail unless the gap just read has a blank before it (behind it at the beginning of the pattern)."""
        if pieces[-1].kind != "gap":
            return
        following = self.pattern[self.at : self.at + 1]
        if pieces[-2].kind != "blank" if len(pieces) > 1 else not (following.isspace() or following in ")]|"):
            self._fail("a gap needs a blank before it, or behind it at the beginning")

    def _choices(self, closer: str) -> list[tuple[str, list[_Piece]]]:
        choices: list[tuple[str, list[_Piece]]] = []
        while True:
            start = self.at
            pieces = _spaced(_held(self._pieces("|" + closer)))
            choices.append((self.pattern[start : self.at], pieces))
            if self.at >= len(self.pattern):
                self._fail(f"missing {closer!r}")
            self.at += 1
            if self.pattern[self.at - 1] == closer:
                break
        if any(not pieces for _, pieces in choices):
            self._fail("empty alternative")
        if any(all(piece.may_lack for piece in pieces) for _, pieces in choices):
            self._fail("empty pattern: an alternative of which nothing must be there")
        return choices

    def _optional(self, before: list[_Piece]) -> _Piece:
        alone = not before or before[-1].kind == "blank"
        choices = self._choices(")")
        inner = "|".join(self._join(pieces) for _, pieces in choices)
        strings = _union(_product(pieces) for _, pieces in choices)
        most = max(_blanks(pieces)[1] for _, pieces in choices)
        following = self.pattern[self.at : self.at + 1]
        if alone and (not following or following.isspace() or following in ")]|"):
            return _Piece(inner, strings, "optional", (0, most))
        return _Piece(f"(?:{inner})?", None if strings is None else ("", *strings), blanks=(0, most), empty=True)

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
            inner = "|".join(map(self._join, pieces))
            strings: tuple[str, ...] | None = tuple(fold(form) for form in forms)
        else:
            inner = "|".join(self._join(part) for _, part in choices)
            strings = _union(_product(part) for _, part in choices)
        if strings is None:
            words, spread, _ = words_in([_step(piece) for piece in part] for _, part in choices)
            counts = [_blanks(part) for _, part in choices]
            blanks = min(least for least, _ in counts), max(most for _, most in counts)
            return _Piece(f"(?P<g{number}>{inner})", None, "fixed", blanks, words, spread)
        # An alternative must not stop inside a word: [cap|capital] with more letters to come.
        return _Piece(f"(?P<g{number}>{inner})", strings)

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
            return _Piece(f"(?P<g{self.captures}>%s)", None, "gap", (low, high))
        if name not in CLASSES:
            self._fail(f"unknown class <{name}>; known: {', '.join(sorted(CLASSES))}")
        self.at = end + 1
        group = f"(?P<g{self.captures}>"
        if name in WORD_CLASSES:
            words = sorted(WORD_CLASSES[name][1].split(), key=len, reverse=True)
            return _Piece(f"{group}{'|'.join(_literal(word).regex for word in words)})", tuple(map(fold, words)))
        blanks = (0, CLASS_BLANKS.get(name, 0))
        return _Piece(rf"{group}(?<!\w)(?:{OPEN_CLASSES[name][1]})(?!\w))", None, blanks=blanks)

    @staticmethod
    def _join(pieces: Iterable[_Piece]) -> str:
        return "".join(piece.regex for piece in pieces)


_BLANK = _Piece(r"\s+", (" ",), "blank")
_GAP_WORD = r"[\w’'\-]+"


def _floats(pieces: Iterable[_Piece]) -> bool:
    """Whether pieces are nothing but optionals and gaps."""
    return all(piece.kind != "fixed" for piece in pieces)


def _held(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces of what stands by itself: where all are optionals and gaps, the first gap with a word is held fast."""
    for index, piece in enumerate(pieces if _floats(pieces) else []):
        low, high = piece.blanks
        if piece.kind == "gap" and low:
            regex = piece.regex.replace("%s", rf"{_GAP_WORD}(?:\s+{_GAP_WORD}){{{low - 1},{high - 1}}}?")
            return [*pieces[:index], _Piece(regex, None, blanks=(low - 1, high - 1)), *pieces[index + 1 :]]
    return pieces


def _spaced(pieces: list[_Piece], *, started: bool = False) -> list[_Piece]:
    """The pieces with the blanks around optionals and gaps made part of them.

    Behind something that must be there each brings the blank before it, at the
    beginning the blank after it, so that any number of them may be absent.

    :param started: whether something that must be there stands before them.
    """
    result: list[_Piece] = []
    pending = False
    for piece in pieces:
        if piece.kind == "blank":
            pending = True
        elif piece.kind == "fixed":
            if pending and started:
                result.append(_BLANK)
            result.append(piece)
            started, pending = True, False
        elif piece.kind == "gap":
            low, high = piece.blanks
            word = rf"\s+{_GAP_WORD}" if started else rf"{_GAP_WORD}\s+"
            regex = piece.regex.replace("%s", f"(?:{word}){{{low},{high}}}?")
            result.append(_Piece(regex, None, "gap", piece.blanks, empty=not low))
            pending = False
        else:
            regex = rf"(?:\s+(?:{piece.regex}))?" if started else rf"(?:(?:{piece.regex})\s+)?"
            strings = piece.strings
            if strings is not None:
                strings = ("", *(f" {string}" if started else f"{string} " for string in strings))
            kind: Literal["fixed", "gap"] = "fixed" if strings else "gap"
            result.append(_Piece(regex, strings, kind, (0, piece.blanks[1] + 1), empty=True))
            pending = False
    return result


@lru_cache(maxsize=65_536)
def _literal(text: str) -> _Piece:
    escaped = "".join(_CHARACTERS.get(char, re.escape(char)) for char in text)
    regex = escaped if any(char.isupper() for char in text) else f"(?i:{escaped})"
    if '"' not in text:
        return _Piece(regex, (fold(text),))
    # A straight double quote stands for several characters; the automaton needs them one by one.
    choices = ['"“”' if char == '"' else fold(char) for char in text]
    return _Piece(regex, tuple("".join(chosen) for chosen in itertools.product(*choices)))


_CHARACTERS = {"'": "['’]", "’": "['’]", "-": "[-‐‑]", '"': '["“”]'}


def _literal_words(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    for word in text.split():
        if pieces:
            pieces.append(_BLANK)
        pieces.append(_literal(word))
    return pieces


def _step(piece: _Piece) -> Step:
    kind: Literal["fixed", "open", "gap"] = "gap" if piece.kind == "gap" else "open"
    return Step(piece.strings, piece.blanks, "fixed" if piece.strings is not None else kind, piece.words, piece.spread)


def _blanks(pieces: Iterable[_Piece]) -> tuple[int, int]:
    """The least and the most runs of white space in pieces one after the other."""
    counts = [piece.blanks if piece.strings is None else blanks_of(piece.strings) for piece in pieces]
    return sum(least for least, _ in counts), sum(most for _, most in counts)


def _product(pieces: list[_Piece]) -> tuple[str, ...] | None:
    strings: tuple[str, ...] = ("",)
    for piece in pieces:
        if piece.strings is None or len(strings) * len(piece.strings) > MOST_STRINGS:
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
