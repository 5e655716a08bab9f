"""What is told of a window, and the sums by which it is kept (:mod:`tqcheck.lm.score_cache`)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tqcheck.lm.hardware import torch_version
from tqcheck.lm.state_reader import StateReader, sentence_stretches
from tqcheck.lm.token_tree import EARLY_EXIT, EARLY_TAIL, Branch
from tqcheck.lm.windows import Window

_VERSION = 1  # of what kept scores depend on beside model, engine and tokens


@dataclass(slots=True)
class Answers:
    """What is told of a window, each answer by the key that it is kept by.

    First natural log-probabilities of its scored tokens, then what each reader
    says of the tokens in sentences, token after token, then what its branches
    gain (nats) if it has any.
    """

    keys: list[bytes]
    _branches: Sequence[Branch]
    _answers: dict[bytes, Sequence[float]] = field(default_factory=dict)

    def take(self, answers: Mapping[bytes, Sequence[float]]) -> None:
        """Take those of these answers that belong here."""
        self._answers.update((key, answers[key]) for key in self.keys if key in answers)

    @property
    def complete(self) -> bool:
        """Whether none is missing."""
        return all(key in self._answers for key in self.keys)

    @property
    def scores(self) -> Sequence[float]:
        """Natural log-probability of each scored token."""
        return self._answers[self.keys[0]]

    @property
    def read(self) -> list[Sequence[float]]:
        """What each reader says of the tokens in sentences."""
        return [self._answers[key] for key in self.keys[1 : len(self.keys) - bool(self._branches)]]

    @property
    def gains(self) -> Sequence[float]:
        """Nats that each branch gains."""
        return self._answers[self.keys[-1]] if self._branches else ()


class AnswerKeys:
    """Sums over everything that an answer depends on.

    :param weights: sum over the model's weights.
    :param config: sum over its configuration.
    :param engine: what it is run by.
    """

    def __init__(self, weights: str, config: str, engine: str) -> None:
        self._salt = hashlib.sha256(f"{_VERSION} {weights} {config} {engine} {torch_version()}".encode()).digest()

    def answers(self, window: Window, readers: Sequence[StateReader], branches: Sequence[Branch]) -> Answers:
        """The answers about a window, none taken yet: its scores, those of each reader, those of branches if any."""
        first = (window.first,)
        keys = [self._key("window", window.ids, first)]
        if readers:
            sizes = [stop - start for start, stop in sentence_stretches(window)]
            keys += [self._key(f"read {reader.sha256}", window.ids, first, sizes) for reader in readers]
        if branches:
            parts = [part for one in branches for part in ((one.start, one.stop, *_bits(one.needed)), one.ids)]
            keys.append(self._key(f"gains {EARLY_TAIL} {EARLY_EXIT}", window.ids, first, *parts))
        return Answers(keys, branches)

    def _key(self, kind: str, *parts: Sequence[int]) -> bytes:
        told = hashlib.sha256(self._salt + kind.encode())
        for ids in parts:
            told.update(struct.pack(f"<{len(ids) + 1}I", len(ids), *ids))
        return told.digest()[:16]


def _bits(number: float) -> tuple[int, ...]:
    """A number as two of 32 bits."""
    return struct.unpack("<2I", struct.pack("<d", number))
