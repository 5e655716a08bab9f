"""Trains what fluency knows of people's judgement: ``python -m models.detector.train fluency``.

A smaller network than that of the span tagger learns the same of a token,
whether people marked an error there and whether a post-editor changed the word,
from the training part of judged sentences alone. So ``benchmarks/fluency.py``
tests the very weights that are shipped, on sentences that they have not seen.

How much each of the two adds to the surprisal of a sentence is chosen on the
training part, each half of it tagged by a network that learnt from the other.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.detection.marked import Edited, Marked, read_edited, read_marked
from benchmarks.detection.progress import say
from benchmarks.detection.states import LAYERS, Values
from benchmarks.judgements import Judged, part_of, sample
from benchmarks.ranks import partial_spearman
from models.detector.train.learning import Trained
from models.detector.train.material import EDITED, Material, is_talk, material
from models.detector.train.spans import tag, train
from tqcheck.detector.fluency import Adding
from tqcheck.detector.networks import Shape
from tqcheck.detector.weights import detector_folder, means
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.models import resolve
from tqcheck.lm.normalization import Normalizer
from tqcheck.text.words import count_words

SHAPE = Shape(states=576, depths=len(LAYERS), width=96, layers=1, heads=4, dropout=0.2)
EPOCHS, TUNING = 4, 4
"""Epochs over edited sentences, then over the marked with some of those again."""
GRID = (0.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0)
"""Bits per word for a sentence all of whose tokens are wrong (all changed), to choose from."""


@dataclass(frozen=True)
class Measured:
    """The sentences of one source language: surprisal (normalized bits per word), the two shares, judgement, length."""

    bits: Values
    errors: Values
    edits: Values
    badness: Values
    lengths: Values

    def coefficient(self, adding: Adding) -> float:
        """Partial Spearman of what fluency rests on and badness, the number of words held fixed."""
        return partial_spearman(adding.to(self.bits, self.errors, self.edits), self.badness, self.lengths)


def training_part(cache: Path) -> Material:
    """The marked and edited sentences of the training part; the states take a quarter of an hour the first time."""
    marked = [one for one in read_marked() if part_of(one.document) == "train" and not is_talk(one)]
    edited = [one for one in read_edited(EDITED) if part_of(one.source) == "train"]
    return material(cache, marked, edited, ())


def half_of(one: Marked | Edited) -> int:
    """The half of the training part that a document, or a source sentence, is in: 0 or 1."""
    return zlib.crc32((one.document if isinstance(one, Marked) else one.source.strip()).encode()) & 1


def cross_shares(prepared: Material) -> dict[str, tuple[float, float]]:
    """What :func:`means` makes of each sentence, by its text, from a network that learnt from the other half."""
    rows = [*prepared.marked, *prepared.edited]
    half = np.array([half_of(one) for one in rows])
    found: dict[str, tuple[float, float]] = {}
    for number in (0, 1):
        trained = learn(prepared, np.flatnonzero(half != number).tolist())
        tags = tag(prepared, trained, np.flatnonzero(half == number).tolist())
        for index, (errors, edits) in tags.items():
            told = np.stack((1 - errors[:, 0], edits), axis=-1)
            found[rows[index].text] = means(told.flatten().tolist())
        say(f"half {number} tagged")
    return found


def learn(prepared: Material, chosen: Sequence[int]) -> Trained:
    """A network that learnt from these sentences."""
    return train(prepared, chosen, shape=SHAPE, epochs=EPOCHS, tuning=TUNING)


def measured(prepared: Material, shares: Mapping[str, tuple[float, float]]) -> dict[str, Measured]:
    """The judged sentences of the training part that were tagged, by source language."""
    normalizer = Normalizer()
    bits: dict[str, float] = {}
    for index, one in enumerate([*prepared.marked, *prepared.edited]):
        tokens = slice(*prepared.states.bounds[index : index + 2])
        scores = -prepared.states.scores[tokens] / np.log(2)
        bits[one.text] = normalizer.score(one.text, prepared.states.ends[tokens].tolist(), scores.tolist())
    found = {}
    for language, judged in sample("train", EDITED).items():
        rows = [row for row in judged if row.text in shares]
        found[language] = _measured(rows, bits, shares)
    return found


def _measured(rows: Sequence[Judged], bits: Mapping[str, float], shares: Mapping[str, tuple[float, float]]) -> Measured:
    return Measured(
        np.array([bits[row.text] for row in rows]),
        np.array([shares[row.text][0] for row in rows]),
        np.array([shares[row.text][1] for row in rows]),
        np.array([row.badness for row in rows]),
        np.array([float(count_words(row.text)) for row in rows]),
    )


def choose(found: Mapping[str, Measured]) -> Adding:
    """What adds most to the least gain over surprisal alone, then to the mean of the coefficients."""
    alone = {language: one.coefficient(Adding(0.0, 0.0)) for language, one in found.items()}

    def worth(adding: Adding) -> tuple[float, float]:
        gains = [one.coefficient(adding) - alone[language] for language, one in found.items()]
        return round(min(gains), 3), float(np.mean(gains))

    return max((Adding(errors, edits) for errors, edits in product(GRID, GRID)), key=worth)


def run(cache: Path, folder: Path | None = None) -> None:
    """Train on the whole training part and write the weights with what they add."""
    prepared = training_part(cache)
    found = measured(prepared, cross_shares(prepared))
    adding = choose(found)
    for language, one in found.items():
        say(
            f"{language}: {len(one.bits):,} sentences, {one.coefficient(Adding(0.0, 0.0)):.3f} by surprisal alone, "
            f"{one.coefficient(adding):.3f} with {adding}"
        )
    write(learn(prepared, range(prepared.judged)), adding, folder or detector_folder())


def write(trained: Trained, adding: Adding, folder: Path) -> None:
    """Write the weights."""
    told = {
        "model": resolve(None).sha256,
        "layers": LAYERS,
        "shape": asdict(replace(SHAPE, dropout=0.0)),
        "surprisal": list(trained.surprisal),
        "adding": asdict(adding),
    }
    tensors = {name: tensor.half().numpy() for name, tensor in trained.net.state_dict().items()}
    save_weights(folder, "fluency", tensors, told)
    say(f"written; {adding}")
