"""The text of one document, and where each part of it stands in the original.

Offsets are code points. A reader decodes a file into ``source`` (a byte-order
mark is no part of it; CRLF is two), extracts the ``text`` that a person reads,
and records where each stretch of it came from. Rules and the model see only
``text``; findings are given in ``source``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from tqcheck.text.lines import LineIndex
from tqcheck.text.quotes import QuoteScan, scan_quotes
from tqcheck.text.sentences import split_sentences
from tqcheck.text.span import Span
from tqcheck.text.spelling import OTHER_HYPHENS, fold, otherwise, spelt_out, untidy
from tqcheck.text.words import WORD, count_words

Kind = Literal["plain", "markdown", "html"]
"""What a document is read as."""
BlockKind = Literal["paragraph", "heading", "list-item", "quotation", "cell", "caption"]

_OTHER_BLANK = re.compile(r"[^\S ]")


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
        for hyphen, plain in OTHER_HYPHENS.items():
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
        found = list(self._untidy())
        if not found:
            return self
        parts: list[str] = []
        segments: list[Segment] = []
        gone = [0]
        at = done = 0
        for start, end, instead in (*found, (len(self.text), len(self.text), "")):
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
        ends = [end for _, end, _ in found]

        def shifted(position: int) -> int:
            return position - gone[bisect_right(ends, position)]

        blocks = [Block(shifted(block.start), shifted(block.end), block.kind) for block in self.blocks]
        return Document(self.path, self.text, "".join(parts), blocks, segments)

    def _untidy(self) -> Iterator[tuple[int, int, str]]:
        """Stretches within blocks that are written otherwise than rules expect, and what they expect instead."""
        expression = untidy(self.text)
        for block in self.blocks:
            yield from otherwise(expression, self.text, block.start, block.end)

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
