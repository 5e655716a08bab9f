"""What reads origin learns from: beginnings of documents, each typed in a way drawn for it, and their states."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from benchmarks.detection.states import States, Values, states
from benchmarks.split import NewsDocument
from models.detector.train.documents import Collection
from tqcheck.detector.networks import inputs
from tqcheck.detector.normalization import normalize
from tqcheck.lm.engine_choice import engine_for
from tqcheck.lm.models import resolve
from tqcheck.lm.tokens import TextTokenizer

TOKENS = 400
"""Of each document its first tokens are read."""
MACHINES = 1.5
"""Documents of machines for each of people, in every group."""
COMMON = 200
"""How many of the commonest words are averaged by themselves."""
_CURLY = (("“", "”"), ('"', '"'))
_PARAGRAPHS = ("\n", "\n\n", "\n\n", " ")
_DASHES = (" - ", " – ", "—", " — ")


@dataclass(frozen=True)
class Read:
    """Documents, the beginnings of their texts that were read, and the states there."""

    documents: Sequence[NewsDocument]
    texts: Sequence[str]
    states: States

    @cached_property
    def words(self) -> list[Values]:
        """The tokens of each document that are not white space alone, by their numbers among all."""
        bounds = self.states.bounds
        found = [self._spelt(index) for index in range(len(self.texts))]
        return [
            bounds[index] + np.flatnonzero(np.array([bool(one) for one in own], dtype=bool))
            for index, own in enumerate(found)
        ]

    @cached_property
    def common(self) -> list[Values]:
        """Which of these are among the commonest of all documents, capitals or not."""
        spelt = [[one for one in self._spelt(index) if one] for index in range(len(self.texts))]
        most = {one for one, _ in Counter(one for own in spelt for one in set(own)).most_common(COMMON)}
        return [np.array([one in most for one in own], dtype=bool) for own in spelt]

    def _spelt(self, index: int) -> list[str]:
        tokens = slice(*self.states.bounds[index : index + 2])
        places, ends = self.states.places[tokens], self.states.ends[tokens]
        return [self.texts[index][place:end].strip().lower() for place, end in zip(places, ends, strict=True)]

    def inputs(
        self, rows: Sequence[Values], surprisal: tuple[float, float]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the network is called with for the tokens of each row."""
        some = [(torch.from_numpy(self.states.vectors[row]), torch.from_numpy(self.states.scores[row])) for row in rows]
        return inputs(some, surprisal)


def typed(text: str, seed: int) -> str:
    """A text with its quotation marks, apostrophes, dashes and paragraphs set in one of the usual ways.

    >>> typed("“It’s over”, he said – twice.", 0)
    '“It\\'s over”, he said - twice.'
    """
    opening, closing = _CURLY[seed & 1]
    apostrophe = "'’"[seed >> 1 & 1]
    dash = _DASHES[seed >> 2 & 3]
    lines = []
    for line in text.split("\n"):
        made = normalize(line).replace(" - ", dash).replace("'", apostrophe)
        pieces = made.split('"')
        lines.append("".join(p + (opening, closing)[at % 2] for at, p in enumerate(pieces[:-1])) + pieces[-1])
    return _PARAGRAPHS[seed >> 4 & 3].join(filter(None, lines))


def choose(documents: Collection) -> Values:
    """The documents that are read: those of people, and of machines some in each group, by a checksum."""
    people = np.flatnonzero(~documents.machine)
    wanted = {group: MACHINES * count for group, count in Counter(documents.groups[people]).items()}
    order = sorted(
        np.flatnonzero(documents.machine & ~documents.round_trips),
        key=lambda index: zlib.crc32(documents.documents[index].id.encode()),
    )
    taken: Counter[str] = Counter()
    machines = []
    for index in order:
        group = documents.groups[index]
        if taken[group] < wanted.get(group, 0):
            taken[group] += 1
            machines.append(index)
    return np.sort(np.concatenate([people, np.array(machines, dtype=people.dtype)]))


def read(documents: Sequence[NewsDocument], cache: Path, name: str) -> Read:
    """Have the language model read documents, each typed in its own way; what it makes of them is kept in ``cache``."""
    folder = resolve(None).folder
    tokenizer = TextTokenizer(folder)
    texts = [_beginning(tokenizer, typed(one.text, _seed(one.id))) for one in documents]
    return Read(documents, texts, states([(text, "") for text in texts], cache, name, engine_for("auto", folder)))


def _beginning(tokenizer: TextTokenizer, text: str) -> str:
    found = list(tokenizer.tokens(text, [(0, len(text))]))[:TOKENS]
    return text[: found[-1].end] if found else ""


def _seed(name: str) -> int:
    return zlib.crc32(f"typed {name}".encode()) >> 3
