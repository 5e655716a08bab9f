"""Plain transformers, which scores are compared with, and the texts that are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tqcheck.lm.tokens import Token
from tqcheck.lm.windows import windows
from tqcheck.text.sentences import split_sentences

TEXTS = [
    "The talks failed. Nobody had expected that!",
    "A headline\nCafé 👍🏽 owners “said” in 2024: naïve 👩‍👩‍👧 plans.  Two blanks.\r\nAnd a last line — with dashes.",
    " ".join(f"Sentence number {index} said that 3 of {index * 7} plants had failed." for index in range(12)),
    "x",
]


def spans(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in split_sentences(text, 0, len(text))]


# Of the tiny models, which take 65 tokens.
LIMITS = {"longest": 48, "shortest": 24, "context": 16}


PlainModel = Callable[[Path], tuple[Any, Any, int]]


class Reference:
    """Plain transformers, one sequence at a time, all scores at once."""

    def __init__(self, model: Any, tokenizer: Any, beginning: int) -> None:
        import torch

        self._torch = torch
        self._model, self._tokenizer, self._beginning = model, tokenizer, beginning

    def log_probabilities(
        self, text: str, places: Sequence[tuple[int, int]], size: int = LIMITS["longest"]
    ) -> list[tuple[float, int]]:
        """(natural log-probability, place of the first visible code point) of each token, in windows or in ``size``."""
        encoding = self._tokenizer.encode(text.replace("\r", " "), add_special_tokens=False)
        tokens = []
        for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            visible = next((at for at in range(start, end) if not text[at].isspace()), start)
            sentence = next((index for index, (left, right) in enumerate(places) if left <= visible < right), -1)
            tokens.append(Token(token, sentence, end, visible))
        limits = LIMITS if len(tokens) > size else {"longest": size, "shortest": size, "context": 0}
        found = []
        for window in windows(0, tokens, self._beginning, **limits):
            for at, place in enumerate(window.places, window.first):
                logits = self._logits(window.ids[: at + 1])
                score = self._torch.log_softmax(logits[-2].double(), -1)[window.ids[at]].item()
                found.append((score, place))
        return found

    def total(self, ids: Sequence[int], first: int) -> float:
        """Natural log-probability of the tokens from the ``first`` one after those before it."""
        rows = self._torch.log_softmax(self._logits(tuple(ids)).double(), -1)
        return sum(rows[at - 1, ids[at]].item() for at in range(first, len(ids)))

    def _logits(self, ids: tuple[int, ...]):  # type: ignore[no-untyped-def]
        with self._torch.inference_mode():
            return self._model(self._torch.tensor([ids])).logits[0]


CHANGES = [
    ("Sentence number 5 said", "A sentence numbered 5 said"),
    ("number 7 said that 3", "number 7 told that 3"),
    ("of 56 plants", "of 56 or 57 plants"),
    ("of 63 plants had failed.", "had failed."),
    ("Sentence number 0", "The sentence number 0"),
    ("of 77 plants had failed.", "of 77 plants were left."),
]
