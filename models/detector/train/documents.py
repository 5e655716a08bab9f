"""The documents that the verdict is trained on, and how they are held out.

Every group is one test set of one year and source language, typed by its own
translators and set up in its own way. What tells human from machine within a
group may be house style, so the figures to trust come from models that never
saw a document of the group (:func:`held_out`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.states import Values
from benchmarks.split import BBC, NewsDocument, read_documents

_FIRST_YEARS = 2014  # the sets before are small and taken together


def group_of(document: NewsDocument) -> str:
    """The test set a document belongs to: ``de-2016``, ``zh-2021``; English originals go with the set they stand in."""
    year = "2008-13" if document.year < _FIRST_YEARS else str(document.year)
    return f"{'de' if document.year < 2021 else document.source_lang}-{year}"


@dataclass(frozen=True)
class Collection:
    """Documents with what training needs to know of them, as arrays of shape [documents]."""

    documents: Sequence[NewsDocument]
    machine: Values
    groups: Values

    @property
    def translated(self) -> Values:
        """Which documents are translations, by a machine or a person."""
        return np.array([one.label != "original" for one in self.documents])

    @property
    def round_trips(self) -> Values:
        """Which documents are a machine's translation of a person's translation of an English original.

        Neither kind of people's document is their counterpart, and what was written in English shows through.
        """
        return self.machine & np.array([one.of_an_english_original for one in self.documents])

    def human_translation(self) -> Values:
        """Which documents are a human translation, or a machine's of an article that has one."""
        return np.array([not one.of_an_english_original for one in self.documents])

    def weights(self, chosen: Values, sides: Values | None = None) -> Values:
        """Weights of mean 1 of the chosen documents: both ``sides`` one half each, by default people and machines.

        Within a half groups weigh by the root of their size, so that no year or language decides alone.
        """
        of_side, groups = (self.machine if sides is None else sides)[chosen], self.groups[chosen]
        found = np.zeros(len(of_side))
        for side in (False, True):
            for group in np.unique(groups):
                inside = (groups == group) & (of_side == side)
                if inside.any():
                    found[inside] = inside.sum() ** -0.5
            half = of_side == side
            found[half] *= len(found) / 2 / found[half].sum()
        return found


def collection() -> Collection:
    """All documents but the BBC's, whose house style tells them apart, and those whose article is not known."""
    documents = [one for one in read_documents() if one.year != BBC and not one.drifted]
    return Collection(
        documents,
        np.array([one.label == "machine" for one in documents]),
        np.array([group_of(one) for one in documents]),
    )


def held_out(documents: Collection, kind: str) -> Iterator[tuple[str, Values, Values]]:
    """(name, which to train on, which to test on), with ``kind`` one of ``group``, ``system``, ``article``.

    * ``group``: the documents of one year and language are tested on, all others trained on.
    * ``system``: one half of the articles in the versions of an engine and of people is tested on; trained on is the
      other half without that engine (:func:`engine_of`).
    * ``article``: five parts of the articles.
    """
    if kind == "group":
        for group in np.unique(documents.groups):
            inside = documents.groups == group
            yield str(group), ~inside, inside
        return
    halves = kind == "system"
    part = np.array([_part(one, 2 if halves else 5) for one in documents.documents])
    if not halves:
        for number in range(5):
            yield str(number), part != number, part == number
        return
    engines = np.array([engine_of(one.system) for one in documents.documents])
    for engine in sorted(set(engines[documents.machine])):
        own = documents.machine & (engines == engine)
        for number in (0, 1):
            yield engine, (part != number) & ~own, (part == number) & (own | ~documents.machine)


def engine_of(system: str) -> str:
    """Engines that are held out together: DeepL, Google, the other services online, and thirds of the submissions."""
    if system in ("deepl", "google"):
        return system
    return "online" if system.startswith("Online") else f"submissions {zlib.crc32(system.encode()) % 3 + 1}"


def _part(document: NewsDocument, parts: int) -> int:
    return zlib.crc32(document.neighbourhood.encode()) % parts
