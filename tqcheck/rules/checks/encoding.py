"""Characters that went wrong on the way: wrong decoding, entities, escapes, invisible and look-alike letters."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit, characters, lazy
from tqcheck.text.document import Document
from tqcheck.text.spelling import JOINERS, LATIN, UNSEEN

_ENTITY = lazy(r"&(?:amp;){0,3}(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_URL = lazy(r"(?:https?://|www\.)\S{0,400}\Z")


def html_entity(document: Document) -> Iterator[Hit]:
    """A character reference of HTML as text: ``&quot;``, ``&#8217;``, ``&amp;amp;``."""
    text = document.text
    if "&" not in text:
        return
    import html

    for match in _ENTITY().finditer(text):
        char = match[0]
        while True:
            decoded = html.unescape(char)
            if decoded == char:
                break
            char = decoded
        if ";" in char or char == match[0] or _URL().search(text, max(0, match.start() - 400), match.start()):
            continue
        # What a program could not write became an inverted question mark: which letter was meant is not known.
        lost = char == "¿" and text[match.start() - 1 : match.start()].isalpha() and text[match.end()].isalpha()
        yield Hit(match.start(), match.end(), () if lost else (" " if char == "\u00a0" else char,))


# The characters that Windows-1252 has for the bytes 0x80–0x9F; Python leaves five bytes undefined.
_HIGH = "".join(bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)).replace("\ufffd", "")
_CONTINUATION = f"[\u0080-\u00bf{_HIGH}]"
_GARBLED = lazy(
    f"(?:[\u00c2-\u00df]{_CONTINUATION}|[\u00e0-\u00ef]{_CONTINUATION}{{2}}|[\u00f0-\u00f4]{_CONTINUATION}{{3}})+"
)
_CONTINUED = re.compile("[\u00c2-\u00f4]")
_BYTES = {bytes([byte]).decode("cp1252", "ignore"): byte for byte in range(0x80, 0xA0)} | {
    chr(byte): byte for byte in range(0x80, 0x100)
}
_QUOTE_LIKE = "‘’“”–—…•™›‹„‚"


def mojibake(document: Document) -> Iterator[Hit]:
    """UTF-8 read as Windows-1252 or Latin-1: ``Ã©``, ``â€™``; the suggestion is the text as it was meant."""
    text = document.text
    if text.isascii() or _CONTINUED.search(characters(document)) is None:
        return
    for match in _GARBLED().finditer(text):
        garbled = match[0]
        try:
            meant = bytes(_BYTES[char] for char in garbled).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            continue
        if not _plausible(garbled, meant):
            continue
        again = _GARBLED().fullmatch(meant)
        if again:
            with contextlib.suppress(KeyError, UnicodeDecodeError):
                meant = bytes(_BYTES[char] for char in meant).decode("utf-8")
        yield Hit(match.start(), match.end(), () if "\ufffd" in meant else (meant,))


def _plausible(garbled: str, meant: str) -> bool:
    if any(unicodedata.category(char) in ("Cn", "Co", "Cc") for char in meant):
        return False
    if len(meant) > 1 or len(garbled) > 2:
        return True
    # Two characters can be a capital and a closing mark (CAFÉ”): only sure leads count.
    return (garbled[0] in "ÂÃ" and garbled[1] not in "”’“‘") or (garbled[0] in "ÄÅ" and garbled[1] not in _QUOTE_LIKE)


_CONTROL = re.compile("[\u0080-\u009f]+")


def control_character(document: Document) -> Iterator[Hit]:
    """A C1 control character, which nobody types: a byte of Windows-1252 read as Latin-1."""
    if _CONTROL.search(characters(document)) is None:
        return
    for match in _CONTROL.finditer(document.text):
        before = document.text[match.start() - 1 : match.start()]
        if "\u00c2" <= before <= "\u00f4":
            continue
        meant = match[0].encode("latin-1").decode("cp1252", "ignore")
        yield Hit(match.start(), match.end(), (meant,) if len(meant) == len(match[0]) else ())


_ESCAPED = lazy(
    r"(?:\\{1,2}u[0-9a-fA-F]{4})+|\\{1,2}x[0-9a-fA-F]{2}(?![0-9a-fA-F])"
    r"|(?:(?<![\w\\/:])|(?<=[.!?,;:”\"’a-z]))(?:\\[nrt])+(?=\s|[A-Z“\"‘']|\\[\"']|\Z)"
)
_DRIVE = lazy(r"(?:\b[A-Za-z]:|\\)\\[^\s\"“”]*\Z")


def escaped_character(document: Document) -> Iterator[Hit]:
    """A program's notation for a character: ``\\u2019``, ``\\n``; paths with backslashes are left alone."""
    text = document.text
    if "\\" not in text:
        return
    import json

    for match in _ESCAPED().finditer(text):
        if _DRIVE().search(text, max(0, match.start() - 200), match.start()):
            continue
        body = match[0].replace("\\\\", "\\")
        if body[1] == "u":
            try:
                meant = json.loads(f'"{body}"')
                meant.encode("utf-8")
            except ValueError:
                meant = ""
        elif body[1] == "x":
            meant = chr(int(body[2:], 16))
        else:
            around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
            meant = " " if len(around) == 2 and not any(char.isspace() for char in around) else ""
        yield Hit(match.start(), match.end(), (meant,))


_CODE = r"%(?:20|2C|22|27|3A|C3%[89AB][0-9A-F]|E2%80%[89][0-9A-F]|D[01]%[89AB][0-9A-F])"
_PERCENT_CODE = re.compile(_CODE)
_PERCENT = lazy(
    r"(?<![\w/=&?.:%#\-])[A-Za-z0-9_.\-]{0,60}"
    rf"(?:{_CODE}[A-Za-z0-9_.,\-]{{1,60}}){{1,8}}"
    r"(?![\w/=&?%])"
)


def percent_encoding(document: Document) -> Iterator[Hit]:
    """Text in the notation of web addresses outside one: ``S%C3%A3o``."""
    text = document.text
    if "%" not in text or _PERCENT_CODE.search(text) is None:
        return
    import urllib.parse

    for match in _PERCENT().finditer(text):
        if not match[0][0].isdigit() and not match[0].startswith("%"):
            yield Hit(match.start(), match.end(), (urllib.parse.unquote(match[0]),))


_HIDDEN = lazy(f"(?<=[{LATIN}])[{UNSEEN}{JOINERS}]+(?=[{LATIN}])")
_INVISIBLE = re.compile(f"[{UNSEEN}{JOINERS}]")
_HEAD = lazy(rf"[\w{UNSEEN}{JOINERS}]{{1,60}}\Z")
_TAIL = lazy(rf"[\w{UNSEEN}{JOINERS}]{{1,60}}")


def hidden_character(document: Document) -> Iterator[Hit]:
    """A soft hyphen or an invisible joiner inside a word."""
    text = document.text
    if _INVISIBLE.search(characters(document)) is None:
        return
    covered = 0
    for match in _HIDDEN().finditer(text):
        if match.start() < covered:
            continue
        head = _HEAD().search(text, max(0, match.start() - 60), match.start())
        tail = _TAIL().match(text, match.end())
        start, end = head.start() if head else match.start(), tail.end() if tail else match.end()
        covered = end
        word = text[start:end]
        yield Hit(start, end, (_INVISIBLE.sub("", word),))


# Cyrillic and Greek letters that look like Latin ones in common typefaces (Unicode confusables, UTS 39).
_LOOKALIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХасеіјкорѕухԁһԛԝ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲ",
        "ABESIJKMHOPCTYXaceijkopsyxdhqw" + "ABEZHIKMNOPTYXoc",
        strict=True,
    )
)
_TABLE = str.maketrans(_LOOKALIKE)
_LATIN_END = lazy(f"[{LATIN}]{{1,60}}\\Z")
_MIXED = lazy(f"[{LATIN}\u0370-\u03ff\u0400-\u052f]+")
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")


def lookalike_letter(document: Document) -> Iterator[Hit]:
    """A Cyrillic or Greek letter that looks Latin, in a Latin word or standing for the word *a* or *I*."""
    text = document.running
    if _FOREIGN.search(characters(document)) is None:
        return
    covered = 0
    for first in _FOREIGN.finditer(text):
        if first.start() < covered:
            continue
        head = _LATIN_END().search(text, max(0, first.start() - 60), first.start())
        start = head.start() if head else first.start()
        word = _MIXED().match(text, start)
        if word is None:
            continue
        covered = word.end()
        meant = word[0].translate(_TABLE)
        latin = sum(char.isascii() for char in word[0])
        if word[0] == "С" and text[max(0, start - 2) : start].rstrip().endswith("°"):
            yield Hit(word.start(), word.end(), ("C",))
            continue
        if _FOREIGN.search(meant) or (not latin and word[0] not in ("а", "А", "І")):
            continue
        if len(word[0]) == 1 and not _between_latin(text, word.start(), word.end()):
            continue
        yield Hit(word.start(), word.end(), (meant,))


def _between_latin(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return after[:1] == " " and after[1:].isascii() and after[1:].isalpha() and (not before or before[:1].isascii())


CHECKS: Mapping[str, Check] = {
    "html-entity": html_entity,
    "escaped-character": escaped_character,
    "percent-encoding": percent_encoding,
    "mojibake": mojibake,
    "control-character": control_character,
    "hidden-character": hidden_character,
    "lookalike-letter": lookalike_letter,
}
