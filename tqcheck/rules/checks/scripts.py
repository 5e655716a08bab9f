"""Words left in another script, and the punctuation and letter forms of other scripts.

A word in its own script is fine as a gloss: in parentheses, in quotation marks
of a few words, or where it is spoken of as a word. Single Greek letters are symbols.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit, beyond_latin, characters, lazy
from tqcheck.text.document import Document
from tqcheck.text.quotes import DOUBLE, SINGLE
from tqcheck.text.spelling import LATIN

_SCRIPTS = {
    "cyrillic": "\u0400-\u052f\u1c80-\u1c8f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "arabic": (
        "\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc"
    ),
    "hebrew": "\u0591-\u05f4",
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
    "kana": "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff",
    "hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "other": "\u0531-\u0587\u0900-\u0df4\u0e01-\u0fff\u1000-\u10ff\u1200-\u139f\u1780-\u17ff",
}
_GLOSS_WORDS = 4
_DOMAIN = re.compile(r"[\w\-]+(?:\.[\w\-]+)*\.\w{2,6}")
_OPENERS = re.compile(r"[(\[（〔]")
_CLOSERS = re.compile(r"[)\]）〕]")
_NAMED_AS_WORDS = re.compile(
    r"(?:[A-Z][a-z]+:|#|\b(?:characters?|letters?|ideograms?|ideographs?|kanji|words?|terms?|phrases?|hashtags?"
    r"|written(?:\sas)?|spel(?:t|led)(?:\sas)?|pronounced)),?\s*$"
)
_EXPLAINED = re.compile(
    r"\s*[(（]\s*[A-Za-z“\"'‘]|,?\s(?:means?|meant|meaning|stands?\sfor"
    r"|(?:is|was)\s(?:Arabic|Chinese|Greek|Hebrew|Hindi|Japanese|Korean|Persian|Russian|Thai|Ukrainian)\sfor)\b"
)
# How far from a word its parenthesis or quotation mark is looked for (code points).
_REACH = 120


def _script(name: str) -> Check:
    letters = _SCRIPTS[name]
    kana: Callable[[], re.Pattern[str]] | None = None
    if name in ("han", "kana"):
        # Japanese mixes both; a run with any kana belongs to kana.
        both = _SCRIPTS["han"] + _SCRIPTS["kana"]
        run = lazy(f"[{both}々]+(?:[・、。，：；！？「」『』《》\\s0-9]{{1,4}}[{both}々]+)*")
        kana = lazy(f"[{_SCRIPTS['kana']}]")
    else:
        run = lazy(f"[{letters}]+(?:[\\s,.:;!?«»\"'’\\-–—،؛؟0-9]{{1,4}}[{letters}]+)*")
    letter = lazy(f"[{letters}]")

    def check(document: Document) -> Iterator[Hit]:
        text = document.running
        beyond = beyond_latin(document)
        if not beyond or letter().search(beyond) is None:
            return
        for match in run().finditer(text):
            if kana is not None and (kana().search(match[0]) is not None) != (name == "kana"):
                continue
            if name == "greek" and max(len(word) for word in re.findall(f"[{letters}]+", match[0])) < 3:
                continue
            if not _stands_alone(text, match.start(), match.end(), name):
                continue
            if _is_gloss(document, match.start(), match.end()):
                continue
            yield from _by_sentence(document, match.start(), match.end())

    check.__doc__ = f"Words left in {name} script."
    return check


def _stands_alone(text: str, start: int, end: int, name: str) -> bool:
    """Whether the run is words of the script, not a look-alike letter in a Latin word or a lone symbol."""
    if name in ("han", "kana", "hangul"):
        return True
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if re.match(f"[{LATIN}]", before) or re.match(f"[{LATIN}]", after):
        return False
    if end - start == 1:
        # One letter is a word of its own only in these cases; otherwise it is a symbol or a look-alike.
        return name == "cyrillic" and text[start] in "виксуяєї" and text[max(0, start - 7) : start] != "letter "
    return not _DOMAIN.fullmatch(text[start:end])


def _is_gloss(document: Document, start: int, end: int) -> bool:
    text = document.running
    block = document.block_at(start)
    low, high = (block.start, block.end) if block else (start, end)
    low, high = max(low, start - _REACH), min(high, end + _REACH)
    left, right = text[low:start], text[end:high]
    opened, closed = _last(_OPENERS, left), _last(_CLOSERS, left)
    if opened > closed and _CLOSERS.search(right):
        return any(char.isascii() and char.isalnum() for char in left[:opened])
    words = len(text[start:end].split())
    if words > _GLOSS_WORDS or end - start > 40:
        return False
    marks = DOUBLE + SINGLE + "「『《"
    if left.rstrip()[-1:] in tuple(marks) and right.lstrip()[:1] in tuple(DOUBLE + SINGLE + "」』》"):
        return any(char.isascii() and char.isalpha() for char in left)
    # "Chinese: 微信", "the character 福", "微信 (WeChat)" and "福 means luck" explain themselves.
    return _NAMED_AS_WORDS.search(left) is not None or _EXPLAINED.match(right) is not None


def _last(pattern: re.Pattern[str], text: str) -> int:
    found = -1
    for match in pattern.finditer(text):
        found = match.start()
    return found


def _by_sentence(document: Document, start: int, end: int) -> Iterator[Hit]:
    """One hit for each sentence that the run takes part in."""
    text = document.running
    while start < end:
        sentence = document.sentence_at(start)
        stop = min(end, sentence.end) if sentence else end
        piece = text[start:stop]
        yield Hit(start, start + len(piece.rstrip()))
        start = stop
        while start < end and text[start].isspace():
            start += 1


_FULL_WIDTH = {
    "，": ",", "。": ".", "、": ",", "；": ";", "：": ":", "？": "?", "！": "!", "（": "(", "）": ")", "．": ".",
    "％": "%", "“": "“", "،": ",", "؛": ";", "؟": "?", "।": ".", "·": " ", "・": " ", "‚": ",", "︰": ":", "﹐": ",",
    "｡": ".", "､": ",", "｜": "|", "／": "/", "＆": "&", "＋": "+", "～": "~", "〜": "~",
}  # fmt: skip
_WIDE = lazy("[，。、；：？！（）．％،؛؟।‚︰﹐｡､｜／＆＋～〜]")
_SCRIPT_LETTER = lazy("[" + "".join(_SCRIPTS[name] for name in _SCRIPTS if name not in ("greek", "cyrillic")) + "]")


def foreign_punctuation(document: Document) -> Iterator[Hit]:
    """Chinese, Arabic or Hindi punctuation beside Latin text: ``yesterday，the``; with the blank English needs."""
    text = document.running
    # The low mark alone of these is not beyond Latin.
    if ("‚" not in text and not beyond_latin(document)) or _WIDE().search(characters(document)) is None:
        return
    for match in _WIDE().finditer(text):
        start, end, char = match.start(), match.end(), match[0]
        before, after = text[max(0, start - 2) : start].strip()[-1:], text[end : end + 2].strip()[:1]
        if _SCRIPT_LETTER().match(before) or _SCRIPT_LETTER().match(after):
            continue
        if char == "‚" and not (before.isalnum() and text[start - 1 : start] == before):
            continue
        fix = _FULL_WIDTH[char]
        following, preceding = text[end : end + 1], text[start - 1 : start]
        between = before.isdigit() and after.isdigit()
        if char in "～〜" and between:
            fix = "–"
        elif fix in ",.;:?!)" and following.isalnum() and not (between and _of_a_number(text, match)):
            fix += " "
        elif fix == "(" and preceding.isalnum():
            fix = " ("
        yield Hit(start, end, (fix,))


def _of_a_number(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark between digits is part of a number or time, not between two of them."""
    if mark[0] in "、､":
        return False
    if mark[0] in "，﹐":
        return _THOUSANDS.match(text, mark.end()) is not None
    return True


_THOUSANDS = re.compile(r"\d{3}(?!\d)")


_WIDE_LETTERS = lazy("[０-９Ａ-Ｚａ-ｚ]+(?:[．，][０-９]+)*")


def full_width_letters(document: Document) -> Iterator[Hit]:
    """Full-width digits and letters: ``２０２１``, ``ＮＨＫ``."""
    beyond = beyond_latin(document)
    if not beyond or _WIDE_LETTERS().search(beyond) is None:
        return
    for match in _WIDE_LETTERS().finditer(document.text):
        yield Hit(match.start(), match.end(), (unicodedata.normalize("NFKC", match[0]),))


_IDEOGRAPHIC = lazy("\u3000\\s*")
_LATIN_BEFORE = lazy(r"[A-Za-z0-9’'\-]{1,60}[.,;:!?)”\"]?[^\S\n]{0,8}\Z")
_LATIN_AFTER = lazy(r"[(“\"]?[A-Za-z0-9]{1,60}")


def ideographic_space(document: Document) -> Iterator[Hit]:
    """A full-width blank between Latin words, with the words beside it."""
    if "\u3000" not in document.text:
        return
    text = document.text
    covered = 0
    for blank in _IDEOGRAPHIC().finditer(text):
        before = _LATIN_BEFORE().search(text, max(covered, blank.start() - 70), blank.start())
        after = _LATIN_AFTER().match(text, blank.end())
        if before and after:
            covered = after.end()
            yield Hit(before.start(), covered, (f"{before[0].rstrip()} {after[0]}",))


CHECKS: Mapping[str, Check] = {
    **{f"{name}-script": _script(name) for name in _SCRIPTS},
    "foreign-punctuation": foreign_punctuation,
    "ideographic-space": ideographic_space,
    "full-width-letters": full_width_letters,
}
