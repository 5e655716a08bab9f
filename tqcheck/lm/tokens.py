"""Tokens with their places in the text.

Byte-level tokens may share one code point (an emoji is several), and a token
carries the blank before its word; so a token belongs to the sentence in which
its first code point that is not white space stands.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm.validation import vocabulary_size
from tqcheck.text.spelling import spelt_out

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

PIECE = 32_768
"""Texts are tokenized in pieces of about so many code points, so that memory does not grow with the text."""


# No-break and other special blanks are a matter of typing, not of wording, and rare in what models are trained on.
_BLANKS = dict.fromkeys(map(ord, "\t\v\f\r\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"), " ")
_BLANKS |= dict.fromkeys(range(0x2000, 0x200B), " ")


class Token(NamedTuple):
    """A token's id, the index of the sentence it belongs to (-1: none), and where it ends in the text.

    ``place`` is where its first code point stands that is not white space, or
    its first one if all are.
    """

    id: int
    sentence: int
    end: int
    place: int


class TextTokenizer:
    """The fast tokenizer of a model folder.

    Markers of the model found in a text count as plain text, every kind of
    white space but the line feed as a blank, and what nobody sees not at all
    (:func:`tqcheck.text.spelling.spelt_out`). ``beginning`` is the id of the token that
    stands before the first word.
    """

    def __init__(self, folder: Path) -> None:
        self._tokenizer = _open(folder)
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.beginning = _beginning(folder, self._tokenizer)
        _need_room(folder, self._tokenizer, self.beginning)

    def ids(self, text: str) -> list[int]:
        """Token ids of a short text, nothing added."""
        ids: list[int] = self._encode(spelt_out(text)[0]).ids
        return ids

    def _encode(self, text: str) -> Encoding:
        return self._tokenizer.encode(text.translate(_BLANKS), add_special_tokens=False)

    def piece(self, token: int) -> str:
        """A token as its vocabulary writes it, with a blank where it begins a word; bytes over 127 in disguise."""
        written: str | None = self._tokenizer.id_to_token(token)
        return "" if written is None else written.replace("Ġ", " ").replace("▁", " ")

    def tokens(self, text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[Token]:
        """The tokens of a text in order; ``sentences`` are ordered spans that do not overlap (code points)."""
        starts = [start for start, _ in sentences]
        for left, right in pieces(text, [end for _, end in sentences]):
            spelt, places = spelt_out(text[left:right])
            encoding = self._encode(spelt)
            for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
                if places is not None and start < end:
                    start, end = places[start][0], places[end - 1][1]
                start, end = start + left, end + left
                place = next((at for at in range(start, end) if not text[at].isspace()), start)
                index = bisect_right(starts, place) - 1
                inside = index >= 0 and place < sentences[index][1]
                yield Token(token, index if inside else -1, end, place)


def pieces(text: str, ends: Sequence[int], size: int = PIECE) -> Iterator[tuple[int, int]]:
    """Cut a text into stretches of at least ``size`` (the last may be shorter).

    Cuts fall at the ends of sentences (``ends``, ordered), before the white
    space that follows: byte-level tokenizers never join tokens across there,
    so the pieces have the same tokens as the whole. A stretch of twice the
    size without a sentence end is cut where it stands.
    """
    start = 0
    while len(text) - start > size:
        index = bisect_right(ends, start + size - 1)
        cut = ends[index] if index < len(ends) else len(text)
        if cut - start > 2 * size:
            cut = start + size
        if cut >= len(text):
            break
        yield start, cut
        start = cut
    if start < len(text):
        yield start, len(text)


def _open(folder: Path) -> Tokenizer:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtra("the language model", "lm") from None
    file = folder / "tokenizer.json"
    try:
        if file.is_file():
            return Tokenizer.from_file(str(file))
        from tqcheck.lm.silence import silenced

        with silenced():
            from transformers import AutoTokenizer

            slow: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        fast: Tokenizer | None = getattr(slow, "backend_tokenizer", None)
    except MissingExtra:
        raise
    # tokenizers raises bare Exception for a damaged file, transformers many kinds.
    except Exception as error:
        raise ModelError(f"{folder}: the tokenizer cannot be loaded: {error}") from error
    if fast is None:
        raise ModelError(f"{folder}: no fast tokenizer, so tokens have no positions; the model cannot be used")
    return fast


def _beginning(folder: Path, tokenizer: Tokenizer) -> int:
    """The beginning token, or the end token for models that have only that."""
    files = [_settings(folder / name) for name in ("tokenizer_config.json", "config.json", "generation_config.json")]
    for kind in ("bos_token", "eos_token"):
        for settings in files:
            token = settings.get(kind)
            if isinstance(token, dict):
                token = token.get("content")
            found = tokenizer.token_to_id(token) if isinstance(token, str) else settings.get(f"{kind}_id")
            if isinstance(found, list) and found:
                found = found[0]
            if isinstance(found, int):
                return found
    raise ModelError(f"{folder}: names neither a beginning nor an end token; the model cannot be used")


def _need_room(folder: Path, tokenizer: Tokenizer, beginning: int) -> None:
    """Raise :class:`ModelError` if texts can have tokens that the model's embedding has no row for.

    Markers do not count: they are plain text here, and some models have more of them than rows.
    """
    rows = vocabulary_size(_settings(folder / "config.json"))
    if rows is None:
        return
    markers = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    largest = max((number for number in tokenizer.get_vocab().values() if number not in markers), default=0)
    if not 0 <= beginning < rows:
        raise ModelError(f"{folder}: the beginning token is {beginning}, but the model has {rows:,}; {_REMEDY}")
    if largest >= rows:
        raise ModelError(
            f"{folder}: the tokenizer has tokens up to {largest:,}, but the model's embedding {rows:,} rows; {_REMEDY}"
        )


_REMEDY = "tokenizer and weights are of different models, so copy or fetch both again"


def _settings(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
