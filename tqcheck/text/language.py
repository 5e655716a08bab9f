"""Which language a document is in, and which clauses of it are in another.

A cheap test (script of the letters, share of English function words) decides
the clear cases; langdetect, seeded so that its answer never changes, decides
the doubtful ones. Short texts, headlines and lists of names are taken for
English: skipping a draft wrongly is worse than checking a list.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tqcheck.text.document import Document
from tqcheck.text.span import Span

# Thresholds on shares of words; English news has 0.25–0.40 of these function words.
_CLEARLY_ENGLISH = 0.12
_HARDLY_ENGLISH = 0.05
_FEWEST_WORDS = 12
_FEWEST_LETTERS = 40
_SURE = 0.9
# langdetect reads a long text no better than a few thousand characters of it.
_SAMPLE = 6000

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_ASCII_LETTERS = string.ascii_letters.encode()
_CLAUSE = re.compile(r"[^,;:()\[\]“”„«»\"—–]+")
_SCRIPTS = {
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "THAI": "th",
    "DEVANAGARI": "hi",
}


@dataclass(frozen=True, slots=True)
class ForeignClause:
    """A stretch of an English document's ``text`` that is in ``language`` (ISO 639-1)."""

    span: Span
    language: str


def identify(document: Document) -> str:
    """ISO 639-1 code of the language the document is in; ``en`` also when there is too little to tell."""
    sample = _sample(document)
    if _is_english(sample):
        return "en"
    letters = _LETTER.findall(sample)
    if len(letters) < _FEWEST_LETTERS:
        return _by_script(letters) if letters and len(_LATIN.findall(sample)) * 4 < len(letters) else "en"
    if len(_LATIN.findall(sample)) * 2 < len(letters):
        return _detect(sample)[0] or _by_script(letters)
    words = _WORD.findall(sample.lower())
    if len(words) < _FEWEST_WORDS:
        return "en"
    share = sum(word in _function_words()["en"] for word in words) / len(words)
    if share >= _CLEARLY_ENGLISH:
        return "en"
    language, probability = _detect(sample)
    if language in (None, "en") or probability < _SURE:
        return "en"
    if share >= _HARDLY_ENGLISH:
        # Half-English: a bilingual page or a story with long foreign quotations is still checked.
        return "en"
    foreign = _function_words().get(language)
    if foreign is not None and sum(word in foreign for word in words) < len(words) * _CLEARLY_ENGLISH / 2:
        return "en"
    return language


def _is_english(sample: str) -> bool:
    """Whether a text is so clearly English that counting its letters and words exactly could not change it."""
    ascii_only = sample.encode("ascii", "ignore")
    letters = len(ascii_only) - len(ascii_only.translate(None, _ASCII_LETTERS))
    others = len(sample) - len(ascii_only)
    if letters < _FEWEST_LETTERS or letters < others:
        return False
    # Words stand apart by at least one character that is no letter.
    most_words = 1 + len(sample) - letters
    english = sum(map(_function_words()["en"].__contains__, sample.lower().split()))
    return english >= _FEWEST_WORDS and english >= most_words * _CLEARLY_ENGLISH


def foreign_clauses(document: Document) -> Iterator[ForeignClause]:
    """Clauses of at least five words that were left in another language, in Latin script.

    A clause counts when it has several function words of one foreign language
    and none of English, and langdetect agrees. A short quotation or a
    parenthesis (a title, a motto with its translation) does not count.
    """
    foreign = _foreign_index()
    folded = document.folded
    for sentence in document.sentences:
        words = folded[sentence.start : sentence.end].split()
        # Most sentences have none of them, which is found out faster than how many they have.
        if foreign.isdisjoint(words) or sum(map(foreign.__contains__, words)) < 3:
            continue
        whole = Span(sentence.start, sentence.end)
        language = _foreign(document, whole)
        if language is not None:
            yield ForeignClause(whole, language)
            continue
        run: list[tuple[Span, str]] = []
        for match in _CLAUSE.finditer(folded, sentence.start, sentence.end):
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            span = Span(start, match.start() + len(match[0].rstrip()))
            language = _foreign(document, span)
            if language is not None:
                run.append((span, language))
        yield from _joined(run)


def _foreign(document: Document, span: Span) -> str | None:
    """The language of a stretch that is certainly not English, else ``None``."""
    words = _WORD.findall(document.folded, span.start, span.end)
    english = _function_words()["en"]
    if len(words) < 5 or sum(word in english for word in words) * 8 > len(words):
        return None
    language = _likely(words)
    if language is None or not _agrees(document.text[span.start : span.end], language):
        return None
    return None if _is_gloss(document, span, len(words)) else language


def _joined(run: list[tuple[Span, str]]) -> Iterator[ForeignClause]:
    """Neighbouring clauses of one language in one sentence as one stretch."""
    index = 0
    while index < len(run):
        span, language = run[index]
        while index + 1 < len(run) and run[index + 1][1] == language and run[index + 1][0].start - span.end < 4:
            index += 1
            span = Span(span.start, run[index][0].end)
        yield ForeignClause(span, language)
        index += 1


def _is_gloss(document: Document, span: Span, words: int) -> bool:
    if words > 12:
        return False
    before = document.text[max(0, span.start - 2) : span.start]
    return "(" in before or "[" in before or document.is_quoted(span.start, span.end)


def _likely(clause: list[str]) -> str | None:
    """The language with the most function words in the clause, if they are at least three different and a quarter."""
    best, most = None, 0
    for language, words in _function_words().items():
        if language == "en":
            continue
        hits = [word for word in clause if word in words]
        if len(set(hits)) >= 2 and len(hits) >= max(3, len(clause) / 4) and len(hits) > most:
            best, most = language, len(hits)
    return best


def _agrees(text: str, language: str) -> bool:
    """Whether langdetect finds the text foreign; between close relatives the function words decide."""
    detected, probability = _detect(text)
    return detected not in (None, "en") and (detected == language or probability >= _SURE)


def _sample(document: Document) -> str:
    text = document.text
    if len(text) <= _SAMPLE:
        return text
    third = _SAMPLE // 3
    middle = len(text) // 2
    return " ".join((text[:third], text[middle : middle + third], text[-third:]))


def _by_script(letters: list[str]) -> str:
    name = unicodedata.name(letters[len(letters) // 2], "").split()
    return _SCRIPTS.get(name[0] if name else "", "und")


def _detect(text: str) -> tuple[str | None, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.append(text)
    try:
        ranked = detector.get_probabilities()
    except LangDetectException:
        return None, 0.0
    return (ranked[0].lang.split("-")[0], float(ranked[0].prob)) if ranked else (None, 0.0)


@lru_cache(maxsize=1)
def _factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    # A factory of our own: seeding langdetect's global one would change it for the host program.
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(0)
    return factory


@lru_cache(maxsize=1)
def _function_words() -> dict[str, frozenset[str]]:
    # importlib.resources would take longer to import than everything else here.
    content = Path(__file__).with_name("function_words.txt").read_text("utf-8")
    rows = (line.split() for line in content.splitlines() if line and not line.startswith("#"))
    return {row[0]: frozenset(row[1:]) for row in rows}


@lru_cache(maxsize=1)
def _foreign_index() -> frozenset[str]:
    table = _function_words()
    return frozenset().union(*(words for language, words in table.items() if language != "en")) - table["en"]
