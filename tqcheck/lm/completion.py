"""The words that a model would have written in some place.

The likeliest tokens there come from the pass that scored the text. A token can
be the beginning of several words, so it is completed greedily until the next
token begins another word; the completion sees only the last tokens before the
place, which keeps it cheap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tqcheck.lm.engine import Engine, padded
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.lm.words import Place

if TYPE_CHECKING:
    from torch import Tensor

LIKELY = 32
"""How many of the likeliest tokens of a place are looked at."""
EXPECTED = 3
"""How many words are named for a place."""
BEFORE = 24
"""Tokens before a place that completing a word sees."""
_TRIED = 6
_STEPS = 3
_ROWS = 64
_BEGINNING = re.compile(r"( ?)([A-Za-z]+)")
_LETTERS = re.compile(r"[A-Za-z]+")


@dataclass(slots=True)
class _Candidate:
    place: int
    ids: list[int]
    word: str
    whole: bool


class Completer:
    """Turns likely tokens into words; ``frequent`` says whether a word in lower case needs no completion."""

    def __init__(self, engine: Engine, tokenizer: TextTokenizer, frequent: Callable[[str], bool]) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._frequent = frequent

    def words(self, places: Sequence[tuple[str, Place]]) -> list[tuple[str, ...]]:
        """For each (word as written, its place) at most :data:`EXPECTED` other words, the likeliest first.

        What is not whole after a few tokens is left out.
        """
        candidates = [one for index, (_, place) in enumerate(places) for one in self._candidates(index, place)]
        for _ in range(_STEPS):
            # In order of length, so that little is padded.
            open_ones = sorted((one for one in candidates if not one.whole), key=lambda one: len(one.ids))
            for start in range(0, len(open_ones), _ROWS):
                self._step(open_ones[start : start + _ROWS])
        found: list[dict[str, None]] = [{} for _ in places]
        for one in candidates:
            written = places[one.place][0]
            if one.whole and one.word.lower() != written.lower() and len(found[one.place]) < EXPECTED:
                found[one.place][one.word] = None
        return [tuple(one) for one in found]

    def _candidates(self, index: int, place: Place) -> list[_Candidate]:
        found: list[_Candidate] = []
        for token in place.likely:
            match = _BEGINNING.fullmatch(self._tokenizer.piece(token))
            if match is not None and bool(match[1]) == place.blank:
                ids = [self._tokenizer.beginning, *place.before, token]
                found.append(_Candidate(index, ids, match[2], self._frequent(match[2].lower())))
                if len(found) == _TRIED:
                    break
        return found

    def _step(self, candidates: Sequence[_Candidate]) -> None:
        """Add the next token to each, or find that the word is whole."""
        for one, token in zip(candidates, self._next([one.ids for one in candidates]), strict=True):
            piece = self._tokenizer.piece(token)
            if _LETTERS.fullmatch(piece):
                one.ids.append(token)
                one.word += piece
            else:
                one.whole = True

    def _next(self, rows: Sequence[Sequence[int]]) -> list[int]:
        """The likeliest token after each of ``rows``."""
        import torch

        ids, lengths = padded(rows, self._tokenizer.beginning, self._engine.device)
        with torch.inference_mode():
            hidden = self._engine.hidden(ids, lengths)
            last: Tensor = hidden[torch.arange(len(rows), device=ids.device), lengths - 1]
            found: list[int] = self._engine.logits(last).argmax(dim=-1).tolist()
        return found
