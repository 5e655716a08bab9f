"""How far other translations of a sentence chose the same words: a weak sign of where it is wrong.

A dozen systems and one or two people translated each article of a test set.
What nobody else wrote is an error more often than what everybody did; that
holds for any language that has many translations, and nobody need mark anything.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.detection.states import Values
from benchmarks.split import NewsDocument, article_key, read_documents

LANGUAGES = ("cs", "de", "ha", "is", "ja", "ru")
"""Of the test sets with many systems; not Chinese, whose articles are those with marked errors."""
YEAR = 2021
SENTENCES = 2500
"""For each language."""
VERSIONS = 4
"""How many different translations a segment must have."""
_LENGTHS = range(20, 401)  # code points
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_STEM = 6
_EDGE = "."


@dataclass(frozen=True, slots=True)
class Compared:
    """A machine's translation of a segment beside the other translations of it.

    ``alone`` [words, 2] is the share of the others that have not got the word
    at all, and the share that have it neither after the same nor before the
    same word; beginnings of words of :data:`_STEM` letters count as the word.
    """

    source_lang: str
    text: str
    words: Sequence[tuple[int, int]]
    alone: Values


def compare(source_lang: str, text: str, others: Iterable[str]) -> Compared:
    """A translation beside others.

    >>> compare("ru", "Talks were held.", ["The talks took place.", "Talks were going on."]).alone.tolist()
    [[0.0, 0.5], [0.5, 0.5], [1.0, 1.0]]
    """
    places = [match.span() for match in _WORD.finditer(text)]
    stems = _stems(text)
    sets = [(frozenset(own), frozenset(pairwise(own))) for own in map(_stems, others)]
    alone = np.array(
        [
            (
                np.mean([here not in words for words, _ in sets]),
                np.mean([(left, here) not in pairs and (here, right) not in pairs for _, pairs in sets]),
            )
            for left, here, right in zip(stems, stems[1:], stems[2:], strict=False)
        ],
        dtype=np.float32,
    )
    return Compared(source_lang, text, places, alone.reshape(len(places), 2))


def _stems(text: str) -> list[str]:
    return [_EDGE, *(match.group().lower()[:_STEM] for match in _WORD.finditer(text)), _EDGE]


def read_compared(number: int = SENTENCES, documents: Iterable[NewsDocument] | None = None) -> list[Compared]:
    """Up to ``number`` sentences of machines of each of :data:`LANGUAGES`, chosen by a checksum."""
    found = []
    for language, segments in _versions(read_documents() if documents is None else documents).items():
        rows = [
            (zlib.crc32(f"{key} {text}".encode()), text, versions)
            for key, versions in segments.items()
            if len(versions) >= VERSIONS
            for text, machine in versions.items()
            if machine
        ]
        for _, text, versions in sorted(rows, key=lambda row: row[:2])[:number]:
            found.append(compare(language, text, (other for other in versions if other != text)))
    return found


def _versions(documents: Iterable[NewsDocument]) -> Mapping[str, Mapping[str, Mapping[str, bool]]]:
    """By language and segment, its different translations, and whether only machines wrote it so."""
    found: dict[str, dict[str, dict[str, bool]]] = {language: defaultdict(dict) for language in LANGUAGES}
    for document in documents:
        if document.year != YEAR or document.source_lang not in found or document.label == "original":
            continue
        article = article_key(document.id, document.system)
        for place, segment in enumerate(document.text.split("\n")):
            text = segment.strip()
            if len(text) in _LENGTHS:
                versions = found[document.source_lang][f"{article} {place}"]
                versions[text] = versions.get(text, True) and document.label == "machine"
    return found
