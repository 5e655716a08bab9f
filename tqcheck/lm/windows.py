"""Windows over a stream of tokens, cut by content, each token scored once.

What stands in a window depends on the sentences in it and just before it
alone: whether a window ends after a sentence is told by a sum over that
sentence. So an edit of a draft changes the windows around it, and the scores
of all others can be kept.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby

from tqcheck.lm.tokens import Token

LONGEST = 320
"""Tokens that a window scores at most."""
SHORTEST = 128
"""Tokens that it scores at least, but for the last one of a document."""
CONTEXT = 64
"""Tokens before those, at most: as many whole sentences as fit, at least the end of one."""
_ONE_IN = 3  # sentences that may end a window


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one document for the model: the beginning token, context, then the tokens to score.

    ``ids`` holds all of them; ``sentences`` has one entry for each token to
    score, the index of its sentence or -1, and ``places`` where it stands in
    the text (code points), ``ends`` where it ends there; ``begin`` is where the
    first of them begins, white space included.
    """

    document: int
    begin: int
    ids: tuple[int, ...]
    sentences: tuple[int, ...]
    places: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def first(self) -> int:
        """Index in ``ids`` of the first token to score."""
        return len(self.ids) - len(self.sentences)

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Stretches ``[start, stop)`` of the tokens to score that are of one sentence (or of none, -1), and which."""
        start = 0
        for sentence, run in groupby(self.sentences):
            stop = start + sum(1 for _ in run)
            yield start, stop, sentence
            start = stop


def windows(
    document: int,
    tokens: Iterable[Token],
    beginning: int,
    *,
    longest: int = LONGEST,
    shortest: int = SHORTEST,
    context: int = CONTEXT,
) -> Iterator[Window]:
    """Windows of at most ``longest`` tokens after at most ``context`` others and the beginning token.

    A document without tokens has no window. A sentence is cut where it alone
    is longer.
    """
    earlier: list[list[int]] = []
    sentences: list[list[Token]] = []
    begin = 0

    def close() -> Window:
        nonlocal earlier, sentences, begin
        found = _window(document, begin, beginning, earlier, sentences)
        begin = found.ends[-1]
        ids = [[token.id for token in sentence] for sentence in sentences]
        earlier, sentences = _last([*earlier, *ids], context), []
        return found

    size = 0
    for sentence in _sentences(tokens, longest):
        if sentences and size + len(sentence) > longest:
            yield close()
            size = 0
        sentences.append(sentence)
        size += len(sentence)
        if size >= shortest and _ends_window(sentence):
            yield close()
            size = 0
    if sentences:
        yield close()


def _window(
    document: int, begin: int, beginning: int, earlier: list[list[int]], sentences: list[list[Token]]
) -> Window:
    tokens = list(chain.from_iterable(sentences))
    return Window(
        document,
        begin,
        (beginning, *chain.from_iterable(earlier), *(token.id for token in tokens)),
        tuple(token.sentence for token in tokens),
        tuple(token.place for token in tokens),
        tuple(token.end for token in tokens),
    )


def _last(sentences: list[list[int]], context: int) -> list[list[int]]:
    """The last sentences of together at most ``context`` tokens, or the last tokens of the last one."""
    kept: list[list[int]] = []
    left = context
    for ids in reversed(sentences):
        if len(ids) > left:
            break
        kept.insert(0, ids)
        left -= len(ids)
    if not kept and sentences and context:
        return [sentences[-1][-context:]]
    return kept


def _sentences(tokens: Iterable[Token], longest: int) -> Iterator[list[Token]]:
    """Tokens of one sentence each, with what stands between it and the one before; none longer than ``longest``."""
    sentence: list[Token] = []
    for token in tokens:
        ended = bool(sentence) and sentence[-1].sentence >= 0 and token.sentence != sentence[-1].sentence
        if ended or len(sentence) == longest:
            yield sentence
            sentence = []
        sentence.append(token)
    if sentence:
        yield sentence


def _ends_window(sentence: list[Token]) -> bool:
    ids = struct.pack(f"<{len(sentence)}I", *(token.id for token in sentence))
    return zlib.crc32(ids) % _ONE_IN == 0
