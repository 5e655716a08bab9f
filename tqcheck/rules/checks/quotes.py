"""Quotation marks that stand wrong: the role of a mark against its shape and its neighbours.

The roles come from :mod:`tqcheck.text.quotes`. Marks of measures (6'2", 5″) and
apostrophes have roles of their own and are left alone throughout, and so is
what British typing allows: a comma after the closing mark, single marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit, lazy
from tqcheck.rules.checks.speech import REACH, blanks_after, char_before, names_speaker
from tqcheck.text.document import Document
from tqcheck.text.quotes import DOUBLE, QuotedRange, QuoteMark, Role, attribution

_PUNCTUATION = ",.?!…"
_ENGLISH_DOUBLE = '"“”'
_GUILLEMETS = "«»‹›"
_LOW = "„‚"
_WORD_BEFORE = re.compile(r"[^\W_][\w’'\-]*\Z")
_WORD_AFTER = re.compile(r"[^\W_][\w’'\-]*")
_INNER = str.maketrans({"«": "‘", "‹": "‘", "»": "’", "›": "’", "„": "‘", "‚": "‘", "“": "‘", "”": "’"})
# A quotation longer than this (code points) is reported mark by mark, so that the finding stays small.
_LONGEST = 240


def opening_mark_closes(document: Document) -> Iterator[Hit]:
    """An opening mark, or the blank that belongs to one, where the quotation closes: ``this, “he said``."""
    text = document.text
    for mark, opener in _closings(document):
        if mark.char not in '"“' or (opener is not None and opener in "„‚»"):
            continue
        position = mark.position
        before, gap = char_before(text, position)
        if not before:
            continue
        shape = "”" if opener == "“" or (mark.char == "“" and opener != '"') else '"'
        if not gap and mark.char == '"':
            continue
        attributed = attribution().match(text, position + 1, position + 80) is not None
        if gap and not attributed and not (mark.char == "“" and text[position + 1 : position + 2].isspace()):
            continue
        word = _WORD_AFTER.match(text, position + 1, position + REACH)
        end = word.end() if word else position + 1
        after = " " + word[0] if word else ""
        # Within a sentence, a mark that closes no other may as well open what follows: said:“ We hope.
        doubtful = before not in ".?!…" and (opener is None or not before.isalnum())
        doubtful = doubtful and not names_speaker(text, position + 1 + blanks_after(text, position + 1))
        # Behind another mark it is superfluous; before a new sentence it may open that: confident. "We said we had.
        doubtful = doubtful or before in DOUBLE or (before == "." and attributed and text[position + 1].isupper())
        if before in _PUNCTUATION:
            yield Hit(position - gap - 1, end, () if doubtful else (before + shape + after,))
            continue
        previous = _WORD_BEFORE.search(text, max(0, position - gap - REACH), position - gap)
        start = previous.start() if previous else position - gap - 1
        stem = text[start : position - gap]
        yield Hit(start, end, () if doubtful else (stem + ("," if attributed else "") + shape + after,))


def closing_mark_opens(document: Document) -> Iterator[Hit]:
    """A closing mark where the quotation opens: ``said ”hello”``."""
    for mark in document.quotes.marks:
        if mark.char == "”" and mark.role is Role.OPEN:
            block = document.block_at(mark.position)
            before = document.text[block.start if block else 0 : mark.position]
            # Behind a mark that nothing closes it may close that, with its blank on the wrong side: but “Legion ”is.
            pending = sum(before.count(char) for char in _ENGLISH_DOUBLE) % 2
            yield Hit(mark.position, mark.position + 1, () if pending else ("“",))


def space_inside_quotes(document: Document) -> Iterator[Hit]:
    """A blank between a mark and what it encloses: ``said “ hello ”``."""
    text = document.text
    for found in document.quotes.ranges:
        opening, closing = text[found.start], text[found.end - 1]
        if not found.closed or opening not in _ENGLISH_DOUBLE or closing not in _ENGLISH_DOUBLE:
            continue
        left, right = blanks_after(text, found.start + 1), char_before(text, found.end - 1)[1]
        if found.end - found.start <= left + right + 2:
            continue
        may_close = left > 0 and _may_close(text, found.start, right > 0)
        if left and not may_close:
            yield Hit(found.start, found.start + 1 + left, (opening,))
        if right and not text[found.end : found.end + 1].isalnum() and not _may_open(text, found.end - 1):
            # Where the first mark may as well close, the second may as well open.
            yield Hit(found.end - 1 - right, found.end, () if may_close else ("”" if closing == "“" else closing,))


def _may_close(text: str, position: int, blanks_throughout: bool) -> bool:
    """Whether a straight mark with a blank behind it may end what stands before it: ``blown it." The news``."""
    before, gap = char_before(text, position)
    return text[position] == '"' and (not gap or before in ".!?…'’\"”" or (before == "," and not blanks_throughout))


def _may_open(text: str, position: int) -> bool:
    """Whether a straight mark with a blank before it may belong to what follows: ``wins it " Roger Bootle``."""
    after = position + 1 + blanks_after(text, position + 1)
    return text[position] == '"' and "\n" not in text[position:after] and text[after : after + 1].isupper()


def space_missing_outside_quotes(document: Document) -> Iterator[Hit]:
    """No blank between a quotation and the word beside it: ``said“hello”to``."""
    text = document.text
    for mark in document.quotes.marks:
        position = mark.position
        before, after = text[max(0, position - 1) : position], text[position + 1 : position + 2]
        if mark.role is Role.OPEN and mark.char in '"“' and before.isalpha() and after.isalnum():
            previous = _WORD_BEFORE.search(text, max(0, position - REACH), position)
            if previous and len(previous[0]) > (2 if mark.char == "“" else 1):
                yield Hit(previous.start(), position + 1, (f"{previous[0]} {mark.char}",))
        elif (
            mark.role is Role.CLOSE
            and after.isalpha()
            and (mark.char == "”" or (mark.char == '"' and before in ",.!?"))
        ):
            word = _WORD_AFTER.match(text, position + 1, position + REACH)
            if word and before and not before.isspace() and word[0] not in ("s", "d", "ed", "ing", "es"):
                yield Hit(position, word.end(), (f"{mark.char} {word[0]}",))


def guillemets(document: Document) -> Iterator[Hit]:
    """French, Russian or German angle quotation marks in English text."""
    return _foreign(document, _GUILLEMETS)


def low_quotes(document: Document) -> Iterator[Hit]:
    """Quotations that open with a low mark, as in German, Polish or Czech."""
    return _foreign(document, _LOW)


def comma_before_attribution(document: Document) -> Iterator[Hit]:
    """A quoted clause runs into the words that name its speaker: ``concerns” he said``."""
    text = document.running
    for found in document.quotes.ranges:
        closing = text[found.end - 1]
        if not found.closed or closing not in _ENGLISH_DOUBLE + "»":
            continue
        before, gap = char_before(text, found.end - 1)
        blanks = blanks_after(text, found.end)
        if not (before.isalnum() or before == ")") or not blanks or "\n" in text[found.end : found.end + blanks]:
            continue
        if not attribution().match(text, found.end + blanks, found.end + blanks + 80) or not _is_clause(text, found):
            continue
        previous = _WORD_BEFORE.search(text, max(found.start, found.end - 1 - gap - REACH), found.end - 1 - gap)
        start = previous.start() if previous else found.end - 2 - gap
        shape = "”" if closing in "“»" else closing
        yield Hit(start, found.end, (f"{text[start : found.end - 1 - gap]},{shape}",))


def comma_outside_attribution(document: Document) -> Iterator[Hit]:
    """A comma behind the closing mark and before the speaker, in copy that is not British: ``concerns”, he said``."""
    text = document.text
    american: bool | None = None
    for found in document.quotes.ranges:
        if not found.closed or found.level or text[found.end : found.end + 1] != ",":
            continue
        if text[found.end - 1] not in _ENGLISH_DOUBLE or not text[found.end - 2].isalnum():
            continue
        after = found.end + 1 + blanks_after(text, found.end + 1)
        if after == found.end + 1 or not names_speaker(text, after):
            continue
        if american is None:
            if _BRITISH().search(text):
                return
            american = _AMERICAN().search(text) is not None
        if american or _is_clause(text, found):
            yield _moved_inside(text, found)


def stop_outside_in_american_copy(document: Document) -> Iterator[Hit]:
    """A comma or full stop behind the closing mark, in copy of American spelling: ``a “hero”.``."""
    text = document.text
    american: bool | None = None
    for found in document.quotes.ranges:
        stop = text[found.end : found.end + 1]
        if not found.closed or found.level or stop not in (",", ".") or text[found.end + 1 : found.end + 2].isalnum():
            continue
        if text[found.end - 1] not in _ENGLISH_DOUBLE or not text[found.end - 2].isalnum():
            continue
        after = found.end + 1 + blanks_after(text, found.end + 1)
        if stop == "," and names_speaker(text, after):
            continue
        if american is None:
            american = _AMERICAN().search(text) is not None and _BRITISH().search(text) is None
        if not american:
            return
        yield _moved_inside(text, found)


def stop_outside_full_sentence(document: Document) -> Iterator[Hit]:
    """A full stop behind the closing mark of a whole sentence led in by a colon: ``He said: "We will stay".``."""
    text = document.text
    plain: bool | None = None
    for found in document.quotes.ranges:
        if not found.closed or found.level or text[found.end : found.end + 1] != ".":
            continue
        if text[found.end + 1 : found.end + 2] not in ("", " ", "\n") or not text[found.end - 2].isalnum():
            continue
        if text[found.start] not in _ENGLISH_DOUBLE or text[found.end - 1] not in _ENGLISH_DOUBLE:
            continue
        before, _ = char_before(text, found.start)
        led = before == ":" or (before == "," and _LED_IN.search(text, max(0, found.start - 20), found.start))
        if not led or not text[found.start + 1].isupper() or not _is_clause(text, found):
            continue
        if plain is None:
            plain = not (_AMERICAN().search(text) or _BRITISH().search(text))
        if not plain:
            return
        yield _moved_inside(text, found)


_LED_IN = re.compile(r"\b(?:said|says|added|replied|asked|wrote|explained|stated|insisted|declared|answered)[,]\s*$")


def _moved_inside(text: str, found: QuotedRange) -> Hit:
    stop = text[found.end]
    word = _WORD_BEFORE.search(text, max(found.start + 1, found.end - 1 - REACH), found.end - 1)
    start = word.start() if word else found.end - 1
    return Hit(start, found.end + 1, (f"{text[start : found.end - 1]}{stop}{text[found.end - 1]}",))


# Spelling that shows which side of the Atlantic a text was written for.
_AMERICAN = lazy(
    r"\b(?:(?:color|harbor|labor|neighbor|honor|favor|behavior|rumor|vapor|armor|endeavor)(?:s|ed|ing|hoods?|al)?"
    r"|centers?|theaters?|defense|offense|percent|(?:kilo|centi|milli)?meters?|liters?|fibers?"
    r"|(?:travel|cancel|label|model|counsel|signal)(?:ed|ing)|jewelry|gray|skeptic\w*|pediatric\w*|airplanes?"
    r"|(?:Mrs?|Ms|Dr|Gov|Sen|Rep)\.(?=\s[A-Z]))\b|\b(?:Mrs?|Ms|Dr|Gov|Sen|Rep)\.\s[A-Z]|\b[ap]\.m\."
)
_BRITISH = lazy(
    r"\b(?:(?:colour|harbour|labour|neighbour|honour|favour|behaviour|rumour|vapour|armour)(?:s|ed|ing|hoods?|al)?"
    r"|centres?|theatres?|defence|offence|licence|programmes?|per\scent|(?:kilo|centi|milli)?metres?|litres?|fibres?"
    r"|(?:travel|cancel|label|model|counsel|signal)l(?:ed|ing)|jewellery|grey|tyres?|kerb|aeroplanes?|cheques?"
    r"|(?:organ|real|recogn|critic|emphas|minim|special|mobil|apolog|stabil|author)is(?:e|es|ed|ing|ations?)"
    r"|(?:Mr|Mrs|Ms|Dr)\s[A-Z]\w*)\b"
)


def mixed_styles(document: Document) -> Iterator[Hit]:
    """Straight and curly double marks in one text, each at least two pairs: once, at the first of the rarer kind."""
    marks = [
        mark
        for mark in document.quotes.marks
        if mark.char in _ENGLISH_DOUBLE and mark.role in (Role.OPEN, Role.CLOSE, Role.STRAY)
    ]
    straight = [mark for mark in marks if mark.char == '"']
    curly = [mark for mark in marks if mark.char != '"']
    if min(len(straight), len(curly)) < 4:
        return
    rarer = min((straight, curly), key=lambda found: (len(found), found[0].position))
    first = rarer[0]
    shape = '"' if first.char != '"' else "“" if first.role is Role.OPEN else "”"
    counts = f"{len(straight)} straight and {len(curly)} curly"
    yield Hit(
        first.position,
        first.position + 1,
        (shape,),
        f"This text mixes {counts} double quotation marks; use one kind. This is the first of the rarer kind.",
    )


def unclosed_quotation(document: Document) -> Iterator[Hit]:
    """A quotation that opens and is neither closed nor taken up by the next paragraph."""
    text = document.text
    for found in document.quotes.ranges:
        if found.closed or found.continued or text[found.start] not in '"“':
            continue
        word = _WORD_AFTER.match(text, found.start + 1, found.start + REACH)
        yield Hit(found.start, word.end() if word else found.start + 1)


def stray_closing_mark(document: Document) -> Iterator[Hit]:
    """A closing mark with no quotation to close."""
    text = document.text
    for mark in document.quotes.marks:
        if mark.role is not Role.STRAY or mark.char not in '"”' or text[mark.position - 1 : mark.position].isdigit():
            continue
        previous = _WORD_BEFORE.search(text, max(0, mark.position - 1 - REACH), mark.position)
        punctuated = _PUNCTUATED.search(text, max(0, mark.position - 1 - REACH), mark.position)
        found = previous or punctuated
        yield Hit(found.start() if found else mark.position, mark.position + 1)


_PUNCTUATED = re.compile(r"[^\W_][\w’'\-]*[,.?!…]+\Z")


def _closings(document: Document) -> Iterator[tuple[QuoteMark, str | None]]:
    """Every double mark that closes, or would if something were open, with the mark it closes."""
    text = document.text
    openers = {found.end - 1: text[found.start] for found in document.quotes.ranges if found.closed}
    for mark in document.quotes.marks:
        if mark.char in DOUBLE and mark.role in (Role.CLOSE, Role.STRAY):
            yield mark, openers.get(mark.position)


def _is_clause(text: str, found: QuotedRange) -> bool:
    """Whether a quotation is speech of its own, not a word or a title within the sentence around it."""
    inner = text[found.start + 1 : min(found.end - 1, found.start + 400)]
    words = re.findall(r"[^\W_][\w’'\-]*", inner)
    long_words = [word for word in words if len(word) > 3]
    if len(words) < 3 or sum(word[0].isupper() for word in long_words) > 0.6 * len(long_words):
        return False
    before, _ = char_before(text, found.start)
    introduced = not before or before in ",.:;!?…—–-"
    return (introduced and (len(words) >= 5 or words[0][0].isupper())) or (words[0][0].isupper() and len(words) >= 6)


def _foreign(document: Document, kind: str) -> Iterator[Hit]:
    """Quotations between marks of ``kind`` as a whole where they are short, otherwise mark by mark."""
    text = document.text
    if not any(char in text for char in kind):
        return
    covered = 0
    done: set[int] = set()
    for found in document.quotes.ranges:
        opening, closing = text[found.start], text[found.end - 1]
        if not found.closed or found.start < covered or (opening not in kind and closing not in kind):
            continue
        sentence = document.sentence_at(found.start)
        if found.end - found.start > _LONGEST or sentence is None or found.end > sentence.end:
            continue
        inner = text[found.start + 1 : found.end - 1].strip().translate(_INNER)
        if not inner:
            continue
        single = opening in "‚‹"
        yield Hit(found.start, found.end, (f"‘{inner}’" if single else f"“{inner}”",))
        covered = found.end
        done.update(range(found.start, found.end))
    for mark in document.quotes.marks:
        if mark.char not in kind or mark.position in done:
            continue
        before, after = text[max(0, mark.position - 1) : mark.position], text[mark.position + 1 : mark.position + 2]
        if mark.role is Role.STRAY and (mark.char in "‚‹›" or (before.isspace() and after.isspace()) or not before):
            continue
        opens = mark.role is Role.OPEN
        start, end = mark.position, mark.position + 1
        if opens:
            end += blanks_after(text, end)
        else:
            start -= char_before(text, start)[1]
        shapes = "‘’" if mark.char in "‚‹›" else "“”"
        beside = text[end : end + 1] if opens else text[start - 1 : start]
        yield Hit(start, end, () if beside and beside in _ENGLISH_DOUBLE else (shapes[0 if opens else 1],))


CHECKS: Mapping[str, Check] = {
    "opening-mark-closes": opening_mark_closes,
    "closing-mark-opens": closing_mark_opens,
    "space-inside-quotes": space_inside_quotes,
    "space-missing-outside-quotes": space_missing_outside_quotes,
    "guillemets": guillemets,
    "low-quotes": low_quotes,
    "comma-before-attribution": comma_before_attribution,
    "comma-outside-attribution": comma_outside_attribution,
    "stop-outside-in-american-copy": stop_outside_in_american_copy,
    "stop-outside-full-sentence": stop_outside_full_sentence,
    "mixed-quote-styles": mixed_styles,
    "unclosed-quotation": unclosed_quotation,
    "stray-closing-mark": stray_closing_mark,
}
