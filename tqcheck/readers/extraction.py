"""The readable parts of a marked-up source, gathered block by block with their places.

A reader appends :class:`Piece` after :class:`Piece` to a :class:`RawBlock`;
:func:`assemble` trims and joins the blocks to the text of a Document and
works out its position map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tqcheck.text.document import Block, BlockKind, Document, Segment

PLACEHOLDER = "\ufffc"
"""Object replacement character: stands for inline code, an image, a URL, so that words around it stay apart."""

_DECORATION = re.compile(r"[\s\-–—*_=~#+•·.|\ufeff\ufffc]*")
_EDGE = " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
_EDGE += "".join(map(chr, range(0x2000, 0x200C)))


class Piece(NamedTuple):
    """``text`` from ``source[start:end]``; code point by code point where the lengths agree.

    ``loose`` pieces (images) are dropped at the edges of a block.
    """

    text: str
    start: int
    end: int
    loose: bool = False


@dataclass(slots=True)
class RawBlock:
    """A block as a reader found it: its kind and its pieces in the order of the source."""

    kind: BlockKind
    pieces: list[Piece] = field(default_factory=list)


def is_decoration(text: str) -> bool:
    """Whether a line or block has nothing to read: rules, asterisks, dots, placeholders."""
    return _DECORATION.fullmatch(text) is not None


def assemble(path: str, source: str, blocks: Iterable[RawBlock]) -> Document:
    """The Document made of ``blocks``, joined by newlines; blocks with nothing to read are left out."""
    parts: list[str] = []
    kept: list[Block] = []
    segments: list[Segment] = []
    length = 0
    covered = 0
    for block in blocks:
        pieces = _trimmed(block.pieces)
        text = "".join(piece.text for piece in pieces)
        if not text or is_decoration(text):
            continue
        if kept:
            parts.append("\n")
            segments.append(Segment(length, 1, covered, max(0, pieces[0].start - covered)))
            length += 1
        kept.append(Block(length, length + len(text), block.kind))
        parts.append(text)
        length = _add_segments(segments, pieces, length)
        covered = pieces[-1].end
    return Document(path, source, "".join(parts), kept, segments)


def _add_segments(segments: list[Segment], pieces: list[Piece], length: int) -> int:
    """Append the segments of a block's pieces, runs that go on code point by code point as one."""
    run_text = run_start = run_end = -1
    for text, start, end, _ in pieces:
        size = len(text)
        if end - start == size:
            if run_end != start:
                if run_end > run_start:
                    segments.append(Segment(run_text, run_end - run_start, run_start, run_end - run_start))
                run_text, run_start = length, start
            run_end = end
        else:
            if run_end > run_start:
                segments.append(Segment(run_text, run_end - run_start, run_start, run_end - run_start))
            segments.append(Segment(length, size, start, end - start))
            run_start = run_end = -1
        length += size
    if run_end > run_start:
        segments.append(Segment(run_text, run_end - run_start, run_start, run_end - run_start))
    return length


def _trimmed(pieces: list[Piece]) -> list[Piece]:
    first, last = 0, len(pieces)
    head: Piece | None = None
    while first < last:
        head = _trim_piece(pieces[first], left=True)
        if head is not None:
            break
        first += 1
    if head is None:
        return []
    kept = [head, *pieces[first + 1 : last]]
    while True:
        tail = _trim_piece(kept[-1], left=False)
        if tail is not None:
            kept[-1] = tail
            return kept
        kept.pop()


def _trim_piece(piece: Piece, *, left: bool) -> Piece | None:
    """The piece without white space at one edge of its block; ``None`` where nothing is left."""
    text, start, end, loose = piece
    if loose:
        return None
    stripped = text.lstrip(_EDGE) if left else text.rstrip(_EDGE)
    if not stripped:
        return None
    cut = len(text) - len(stripped)
    if not cut or end - start != len(text):
        return piece
    return Piece(stripped, start + cut, end) if left else Piece(stripped, start, end - cut)
