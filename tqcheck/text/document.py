"""The text of one document, and where each part of it stands in the original.

Offsets are code points. A reader decodes a file into ``source`` (a byte-order
mark is no part of it; CRLF is two), extracts the ``text`` that a person reads,
and records where each stretch of it came from. Rules and the model see only
``text``; findings are given in ``source``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from sentencex import get_sentence_boundaries

from tqcheck.text.quotes import QuoteScan, scan_quotes

Kind = Literal["plain", "markdown", "html"]
"""What a document is read as."""
BlockKind = Literal["paragraph", "heading", "list-item", "quotation", "cell", "caption"]

WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
"""A word as counted by ``words``: letters or digits, with inner apostrophes, points and hyphens."""

LATIN = "A-Za-zÀ-ÖØ-öø-ÿĀ-ž"
"""Letters of the Latin alphabet, as a class of a regular expression has them."""
EDGE = r"(?:(?<!\w)|(?!\w))(?<!\w[-‐‑])"
"""No place within a word or a hyphenated compound; the regular expression of a pattern begins with it."""

# A sentence longer than this (code points) is cut at white space: it is a table or a dump,
# and the cost of every later step must stay linear in the length of the text.
LONGEST_SENTENCE = 1500
_LONGEST_PIECE = 20 * LONGEST_SENTENCE

_FOLD_ASCII = dict.fromkeys("\n\t\r\v\f\x1c\x1d\x1e\x1f", " ")
_FOLD_OTHERS = dict.fromkeys("\u00a0\x85\u1680\u2028\u2029\u202f\u205f\u3000", " ")
_FOLD_OTHERS |= dict.fromkeys(map(chr, range(8192, 8203)), " ")
_WIDE_BLANKS = tuple(_FOLD_OTHERS)
_OTHER_BLANK = re.compile(r"[^\S ]")
_OTHER_HYPHEN = {"\u2010": "-", "\u2011": "-"}
_BLANKS = re.compile(r"(?P<blank>\s\s+)")
UNSEEN = "\u00ad\u200b\u2060\ufeff"
"""Characters that nobody sees: soft hyphens and blanks of no width."""
JOINERS = "\u200c\u200d"
"""Characters of no width that other scripts and emoji need; nobody sees them between Latin letters."""
# What nobody sees, joiners within words, letters followed by their accents.
_MISSPELT = rf"(?<=[{LATIN}])[{UNSEEN}{JOINERS}]+(?=[{LATIN}])|[{UNSEEN}]+|(?P<letter>\w[\u0300-\u036f\u3099\u309a]+)"
_UNTIDY = re.compile(rf"(?P<blank>\s[\s{UNSEEN}]+|[{UNSEEN}]+\s[\s{UNSEEN}]*)|{_MISSPELT}")
_SPELLING = re.compile(_MISSPELT)
_SIGNS = re.compile(f"[{UNSEEN}{JOINERS}\u0300-\u036f\u3099\u309a]")
"""Without one of these a text is untidy in its white space at most."""
_FOLD_OTHERS |= {"’": "'", "ʼ": "'", **_OTHER_HYPHEN}
# sentencex ends a sentence after these although the next word belongs to it.
_UNFINISHED = re.compile(
    r"(?:\b(?:[ap]\.m|[AP]\.M|St|Gov|Sen|Rep|Gen|Col|Lt|Sgt|Capt|Maj|Adm|Cmdr|Rev|Hon|Prof|Dr|Mr|Mrs|Ms|Jr|Sr"
    r"|vs|No|Nos|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|Mt|Ft|Art|Op|Fig)\.|\b[A-Z]\.)\s*$"
)
_GOES_ON = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:E[SD]T|[CMP][SD]T|GMT|UTC|BST|CET)\b|[a-z]|\()"
)
# Before a name or number these end no sentence, and sentencex does not know them.
_TITLE = re.compile(r"\b(?:Ms|Mx|Sra|Srta|Dra|Ald|Atty|Amb|Cpt|Cllr|Profs|Spc|Ste|Ft|[Aa]pprox)\.$")
_CLOSING = "”’\"')]»"
_CLOSERS = re.compile(rf"[{re.escape(_CLOSING)}]+(?=\s|$)")


class Span(NamedTuple):
    """A stretch ``[start, end)`` in code points, 0-based."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item … : ``text[start:end]``, no blank lines inside."""

    start: int
    end: int
    kind: BlockKind = "paragraph"


class Sentence(NamedTuple):
    """A sentence ``text[start:end]`` without the white space around it; ``block`` is its block's index."""

    start: int
    end: int
    block: int


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a stretch of ``text`` came from.

    ``text[text_start : text_start + length]`` stands at
    ``source[source_start : source_start + source_length]``. When both lengths
    are equal, each code point maps to one; otherwise (an entity, a character
    the reader put in) the stretch maps as a whole.
    """

    text_start: int
    length: int
    source_start: int
    source_length: int


class Document:
    """What a reader hands on: the original, the text in it, and the map between.

    :param path: name for reports; ``-`` for standard input.
    :param source: the decoded original.
    :param text: what a person reads of it. Blocks never overlap and are
        separated by at least one white-space character of ``text``.
    :param blocks: paragraphs and headings of ``text`` in order.
    :param segments: the position map in order of ``text_start``, covering
        ``text`` completely; ``None`` when ``text`` is ``source``.

    ``code`` are the stretches of ``source`` that the reader of Markdown took as
    code, in order and apart from each other; ``None`` where another reader read.
    ``encoding`` is the codec of the file that ``source`` was decoded from
    (``utf-8-sig`` for UTF-8 behind a byte-order mark).
    """

    def __init__(
        self,
        path: str,
        source: str,
        text: str | None = None,
        blocks: Sequence[Block] = (),
        segments: Sequence[Segment] | None = None,
    ) -> None:
        self.path = path
        self.source = source
        self.text = source if text is None else text
        self.blocks = tuple(blocks)
        self.segments = None if segments is None else tuple(segments)
        self.code: tuple[Span, ...] | None = None
        self.encoding = "utf-8"
        self._starts = [] if segments is None else [segment.text_start for segment in segments]

    def to_source(self, start: int, end: int) -> Span:
        """The stretch of ``source`` that ``text[start:end]`` came from (``start < end``, or an empty span)."""
        if self.segments is None:
            return Span(start, end)
        if not self.segments:
            return Span(0, 0)
        first = self._source_edges(start)[0]
        return Span(first, first) if end <= start else Span(first, max(first, self._source_edges(end - 1)[1]))

    def _source_edges(self, position: int) -> tuple[int, int]:
        """Start and end in ``source`` of the code point at ``position`` of ``text``."""
        assert self.segments is not None
        segment = self.segments[max(0, bisect_right(self._starts, position) - 1)]
        if segment.length == segment.source_length:
            at = segment.source_start + (position - segment.text_start)
            return at, at + 1
        return segment.source_start, segment.source_start + segment.source_length

    @cached_property
    def folded(self) -> str:
        """``text`` in lower case, white space as blanks, apostrophes straight; same length as ``text``."""
        return fold(self.text)

    @cached_property
    def running(self) -> str:
        """``text`` with a blank for each other white-space character within its blocks and plain hyphens, same length.

        To a reader a line that goes on in the next one, or a no-break space, is
        a blank, and a hyphen that holds a line together is a hyphen.
        """
        text = self.text
        for hyphen, plain in _OTHER_HYPHEN.items():
            text = text.replace(hyphen, plain)
        if not any(_OTHER_BLANK.search(text, block.start, block.end) for block in self.blocks):
            return text
        parts: list[str] = []
        done = 0
        for block in self.blocks:
            parts += (text[done : block.start], _OTHER_BLANK.sub(" ", text[block.start : block.end]))
            done = block.end
        return "".join((*parts, text[done:]))

    @cached_property
    def tidied(self) -> Document:
        """This document with words written as rules spell them; its ``source`` is this ``text``.

        Within a block runs of white space are one blank, characters that nobody
        sees (soft hyphens, blanks of no width) are gone, and letters are one with
        their accents where there is such a letter. Itself where that is so already.
        """
        untidy = list(self._untidy())
        if not untidy:
            return self
        parts: list[str] = []
        segments: list[Segment] = []
        gone = [0]
        at = done = 0
        for start, end, instead in (*untidy, (len(self.text), len(self.text), "")):
            if start > done:
                parts.append(self.text[done:start])
                segments.append(Segment(at, start - done, done, start - done))
                at += start - done
            if instead:
                parts.append(instead)
                segments.append(Segment(at, len(instead), start, end - start))
                at += len(instead)
            gone.append(gone[-1] + end - start - len(instead))
            done = end
        ends = [end for _, end, _ in untidy]

        def shifted(position: int) -> int:
            return position - gone[bisect_right(ends, position)]

        blocks = [Block(shifted(block.start), shifted(block.end), block.kind) for block in self.blocks]
        return Document(self.path, self.text, "".join(parts), blocks, segments)

    def _untidy(self) -> Iterator[tuple[int, int, str]]:
        """Stretches within blocks that are written otherwise than rules expect, and what they expect instead."""
        expression = _BLANKS if self.text.isascii() or _SIGNS.search(self.text) is None else _UNTIDY
        for block in self.blocks:
            yield from _otherwise(expression, self.text, block.start, block.end)

    @cached_property
    def words(self) -> int:
        """Number of words in all blocks."""
        return count_words(spelt_out("\n".join([self.text[block.start : block.end] for block in self.blocks]))[0])

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of every block in order."""
        found: list[Sentence] = []
        for index, block in enumerate(self.blocks):
            found += [Sentence(*span, index) for span in split_sentences(self.text, block.start, block.end)]
        return tuple(found)

    @cached_property
    def sentence_starts(self) -> list[int]:
        """Where each sentence starts, to find one by bisection."""
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def block_starts(self) -> list[int]:
        """Where each block starts, to find one by bisection."""
        return [block.start for block in self.blocks]

    def sentence_at(self, position: int) -> Sentence | None:
        """The sentence that holds ``position`` of ``text``."""
        index = bisect_right(self.sentence_starts, position) - 1
        return self.sentences[index] if index >= 0 and position < self.sentences[index].end else None

    def block_at(self, position: int) -> Block | None:
        """The block that holds ``position`` of ``text``."""
        index = bisect_right(self.block_starts, position) - 1
        return self.blocks[index] if index >= 0 and position < self.blocks[index].end else None

    @cached_property
    def quotes(self) -> QuoteScan:
        """Quotation marks and quoted ranges, in positions of ``text``."""
        return scan_quotes(self.text, [(block.start, block.end) for block in self.blocks])

    @cached_property
    def _quoted(self) -> tuple[list[int], list[int]]:
        ranges = self.quotes.outermost()
        return [start for start, _ in ranges], [end for _, end in ranges]

    def is_quoted(self, start: int, end: int) -> bool:
        """Whether any of ``text[start:end]`` is inside a quotation (the marks count as inside)."""
        starts, ends = self._quoted
        index = bisect_right(starts, end - 1) - 1
        return index >= 0 and ends[index] > start

    @cached_property
    def lines(self) -> LineIndex:
        """Line and column of positions in ``source``."""
        return LineIndex(self.source)


class LineIndex:
    """Lines and columns of a text; both 1-based, columns in code points.

    Lines end at LF, CRLF or a lone CR, as editors count them.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a 0-based code-point offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a 1-based line without its end."""
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[self._starts[number - 1] : end].rstrip("\r\n")

    def start(self, number: int) -> int:
        """The offset at which a 1-based line starts."""
        return self._starts[number - 1]

    def __len__(self) -> int:
        return len(self._starts)


def utf16_column(line: str, column: int) -> int:
    """A 0-based code-point column as a count of UTF-16 units, as language servers want it."""
    return column + sum(1 for char in line[:column] if ord(char) > 0xFFFF)


def fold(text: str) -> str:
    """Lower case, every white-space character a blank, typographic apostrophes straight; length kept."""
    # Few of these occur in a text, and looking for one is many times faster than str.translate.
    for char, put in _FOLD_ASCII.items():
        text = text.replace(char, put)
    if text.isascii():
        return text.lower()
    for char, put in _FOLD_OTHERS.items():
        text = text.replace(char, put)
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _classes() -> bytes:
    """For each byte of Windows-1252 what it is within a word: ``w`` a letter or digit, ``-`` a joint, or a blank."""
    chars = bytes(range(256)).decode("cp1252", "replace")
    return "".join("w" if char.isalnum() or char == "_" else "-" if char in "'’.-" else " " for char in chars).encode()


_CLASSES = _classes()


def spelt_out(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """``text`` without characters that nobody sees and with letters and their accents as one, and where each stood.

    Those are soft hyphens, blanks of no width and joiners within words. The
    list holds the start and end in ``text`` of each code point of the result;
    ``None`` where nothing is otherwise.
    """
    if text.isascii() or _SIGNS.search(text) is None:
        return text, None
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0
    for start, end, instead in _otherwise(_SPELLING, text, 0, len(text)):
        parts += (text[done:start], instead)
        places += [(at, at + 1) for at in range(done, start)] + [(start, end)] * len(instead)
        done = end
    places += [(at, at + 1) for at in range(done, len(text))]
    return "".join((*parts, text[done:])), places if parts else None


def _otherwise(expression: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Stretches that an expression finds and that are longer than they need be, and what says the same."""
    for match in expression.finditer(text, start, end):
        kind = match.lastgroup
        instead = unicodedata.normalize("NFC", match[0]) if kind == "letter" else " " if kind == "blank" else ""
        if len(instead) < len(match[0]):
            yield *match.span(), instead


def count_words(text: str) -> int:
    """How many words :data:`WORD` finds in ``text``."""
    try:
        # Counting beginnings among three kinds of bytes is many times faster than finding words.
        kinds = b" " + text.encode("cp1252").translate(_CLASSES)
    except UnicodeEncodeError:
        return len(WORD.findall(text))
    # Twice, since each replacement takes in the letter that the next joint would need before it.
    kinds = kinds.replace(b"w-w", b"www").replace(b"w-w", b"www")
    return kinds.count(b" w") + kinds.count(b"-w")


def split_sentences(text: str, start: int, end: int) -> list[Span]:
    """Sentences of one block ``text[start:end]`` as spans of ``text``, white space trimmed.

    sentencex finds the boundaries; what follows an unfinished abbreviation or
    consists of closing marks alone goes back to the sentence before, and a
    sentence over :data:`LONGEST_SENTENCE` is cut at white space.
    """
    block = text[start:end]
    merged: list[tuple[int, int]] = []
    for left, right in _boundaries(block):
        left, right = _trim(block, left, right)
        if left >= right:
            continue
        if merged:
            begin, finish = merged[-1]
            if block[left] in _CLOSING and (closers := _CLOSERS.match(block, left, right)) is not None:
                finish = closers.end()
                merged[-1] = begin, finish
                left, right = _trim(block, finish, right)
                if left >= right:
                    continue
            if block[finish - 1] == "." and _goes_on(block, begin, finish, left, right):
                merged[-1] = begin, right
                continue
        merged.append((left, right))
    return [
        Span(start + left, start + right)
        for begin, finish in merged
        for left, right in (_cut(block, begin, finish) if finish - begin > LONGEST_SENTENCE else ((begin, finish),))
    ]


def _goes_on(block: str, begin: int, finish: int, left: int, right: int) -> bool:
    """Whether ``block[left:right]`` belongs to the sentence before, whose last full stop is an abbreviation's."""
    last = max(begin, finish - 12)
    if _GOES_ON.match(block, left, right):
        return _UNFINISHED.search(block, last, finish) is not None
    return block[left].isalnum() and _TITLE.search(block, last, finish) is not None


def _boundaries(block: str) -> Iterator[tuple[int, int]]:
    """The sentences that sentencex finds, of a very long block piece by piece: its cost grows with the square."""
    start = 0
    if not block.isascii():
        # A full stop behind a letter and a wide blank makes sentencex break off.
        for blank in _WIDE_BLANKS:
            block = block.replace(blank, " ")
    while start < len(block):
        piece = block[start : start + _LONGEST_PIECE]
        spans = [(start + one["start_index"], start + one["end_index"]) for one in get_sentence_boundaries("en", piece)]
        start += len(piece)
        if start < len(block) and len(spans) > 1:
            # The last one may go on in the next piece.
            start = spans.pop()[0]
        yield from spans


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cut(text: str, start: int, end: int) -> list[Span]:
    pieces: list[Span] = []
    while end - start > LONGEST_SENTENCE:
        edge = start + LONGEST_SENTENCE
        while edge > start + LONGEST_SENTENCE // 2 and not text[edge].isspace():
            edge -= 1
        if not text[edge].isspace():
            edge = start + LONGEST_SENTENCE
        left, right = _trim(text, start, edge)
        if left < right:
            pieces.append(Span(left, right))
        start = edge
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        pieces.append(Span(start, end))
    return pieces


def within(document: Document, words: int) -> Sequence[Sentence]:
    """The sentences of the document's first ``words`` words."""
    if document.words <= words:
        return document.sentences
    chosen: list[Sentence] = []
    for sentence in document.sentences:
        words -= len(WORD.findall(document.text, sentence.start, sentence.end))
        if words < 0:
            break
        chosen.append(sentence)
    return chosen
