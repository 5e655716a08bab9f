"""What the span tagger learns from: tokens of sentences with what people, or other translations, say of them."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks import judgements
from benchmarks.detection.marked import Edited, Marked, read_edited, read_marked
from benchmarks.detection.metrics import painted
from benchmarks.detection.states import States, Values, context_of, states
from models.detector.train.consensus import Compared, read_compared

EDITED = 7000
"""Post-edited sentences of each language."""
FOLDS = 8
"""Parts of the marked documents, each tested by a network that learnt from the others."""
LANGUAGE_FOLDS = 2
"""The same of the languages of edited sentences."""


@dataclass(frozen=True)
class Material:
    """Sentences with their states and what is to be learnt of each token.

    ``errors`` [tokens, 3] is the share of annotators that marked no, a minor
    or a major error there (all 0 where nobody was asked), ``edits`` [tokens]
    whether a post-editor changed the word, ``alone`` [tokens, 2] what
    :class:`Compared` says of the word (-1 where nobody was asked).
    """

    marked: Sequence[Marked]
    edited: Sequence[Edited]
    compared: Sequence[Compared]
    states: States
    errors: Values
    edits: Values
    alone: Values

    @property
    def judged(self) -> int:
        """How many sentences people judged: the marked and the edited ones, which come first."""
        return len(self.marked) + len(self.edited)

    @property
    def sentences(self) -> int:
        return self.judged + len(self.compared)

    @cached_property
    def labels(self) -> int:
        """Checksum of what is to be learnt."""
        return zlib.crc32(self.errors.tobytes() + self.edits.tobytes() + self.alone.tobytes())


def material(
    cache: Path,
    marked: Sequence[Marked] | None = None,
    edited: Sequence[Edited] | None = None,
    compared: Sequence[Compared] | None = None,
    engine: str | None = None,
) -> Material:
    """Everything there is to learn from; the states take half an hour the first time.

    :param engine: what the language model is run by, see :func:`~benchmarks.detection.states.states`.
    """
    marked = read_marked() if marked is None else marked
    edited = read_edited(EDITED) if edited is None else edited
    compared = read_compared() if compared is None else compared
    texts = [(one.text, context_of(one.text, one.before)) for one in marked]
    texts += [(one.text, "") for one in (*edited, *compared)]
    found = states(texts, cache, "spans", engine)
    size = len(found.places)
    errors, edits = np.zeros((size, 3), dtype=np.float32), np.full(size, -1, dtype=np.float32)
    alone = np.full((size, 2), -1, dtype=np.float32)
    for index, one in enumerate((*marked, *edited, *compared)):
        tokens = slice(found.bounds[index], found.bounds[index + 1])
        places, ends = found.places[tokens], np.maximum(found.ends[tokens], found.places[tokens] + 1)
        if isinstance(one, Marked):
            for spans in one.annotations:
                worst = _highest(painted(len(one.text), spans), places, ends, 0)
                errors[np.arange(tokens.start, tokens.stop), worst] += 1 / len(one.annotations)
        elif isinstance(one, Edited):
            edits[tokens] = _highest(_on_words(one, np.array(one.changed, dtype=np.float32), 0), places, ends, 0)
        else:
            alone[tokens] = _highest(_on_words(one, one.alone, -1), places, ends, -1)
    return Material(marked, edited, compared, found, errors, edits, alone)


def _on_words(one: Edited | Compared, values: Values, elsewhere: float) -> Values:
    """The value of the word at each character of a text [characters, …]."""
    found = np.full((len(one.text) + 1, *values.shape[1:]), elsewhere, dtype=np.float32)
    for (start, end), value in zip(one.words, values, strict=True):
        found[start:end] = value
    return found


def _highest(values: Values, places: Values, ends: Values, least: float) -> Values:
    """The highest value in each token, ``least`` in one without characters."""
    return np.array([values[place:end].max(axis=0, initial=least) for place, end in zip(places, ends, strict=True)])


def folds(material: Material) -> Values:
    """The fold of each sentence: marked ones by document, in folds of like size, edited ones by language.

    Those of languages are numbered after those of documents. Compared sentences go with the edited ones of their
    language; -1 where there are none, for they are never tested.
    """
    counted = Counter((one.document, is_talk(one)) for one in material.marked)
    of_document: dict[str, int] = {}
    # Talks are tested but not learnt from: by themselves, so that folds of news are of like size.
    sizes = {False: [0] * FOLDS, True: [0] * FOLDS}
    for (document, talk), count in sorted(counted.items(), key=lambda one: (-one[1], zlib.crc32(one[0][0].encode()))):
        fold = sizes[talk].index(min(sizes[talk]))
        of_document[document] = fold
        sizes[talk][fold] += count
    languages = sorted({one.source_lang for one in material.edited})
    of_language = {language: FOLDS + number % LANGUAGE_FOLDS for number, language in enumerate(languages)}
    return np.array(
        [of_document[one.document] for one in material.marked]
        + [of_language[one.source_lang] for one in material.edited]
        + [of_language.get(one.source_lang, -1) for one in material.compared]
    )


def learnt(material: Material) -> Values:
    """Which sentences are learnt from: all but those of talks, which are no news.

    Five talks hold two fifths of all marked sentences; a network that learns from them too is worse at news.
    """
    news = [not is_talk(one) for one in material.marked]
    return np.array(news + [True] * (material.sentences - len(news)))


def is_talk(one: Marked | Edited) -> bool:
    """Whether a sentence is of a talk."""
    return isinstance(one, Marked) and judgements.is_talk(one.document)
