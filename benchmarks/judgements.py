"""Machine-translated sentences with a human judgement of how wrong they are, in two parts.

* Post-edited sentences: HTER, the share of the words that a post-editor changed.
* Sentences with marked errors: 5 for a major error and 1 for a minor one, summed over a sentence and
  averaged over its annotators. Human translations among them are left out.

All rows of a document fall in one part, by a checksum of its name; post-edited sentences, which are taken
from anywhere, by one of their source. Sentences of 4 to 60 words, one to a source sentence, or up to
:data:`SYSTEMS` systems' where the source has several.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.reporting import SHARED
from tqcheck.text.words import count_words

Part = Literal["train", "held-out"]
SYSTEMS = 2
SHORTEST, LONGEST = 4, 60
_LAST = re.compile(r"-\d+$")
_WEIGHTS = {"major": 5, "minor": 1}


@dataclass(frozen=True, slots=True)
class Judged:
    """A translated sentence; ``badness`` is HTER (0 to about 1) or the weighted errors (0 up).

    ``whole`` is what it must not be parted from: its document, or the source sentence where that stands alone.
    """

    id: str
    source_lang: str
    source: str
    text: str
    badness: float
    whole: str


def part_of(whole: str) -> Part:
    """The part that a document, or a source sentence without one, belongs to with all its translations; half each."""
    return "train" if zlib.crc32(whole.strip().encode()) & 0x8000 else "held-out"


def is_talk(document: str) -> bool:
    """Whether a document is a talk, not news."""
    return "-talk." in document


def document_of(name: str, system: str) -> tuple[str, int]:
    """The document that a marked sentence is of, and the number of the segment in it, by the sentence's id."""
    document, _, number = _LAST.sub("", name).removesuffix(f"-{system}").rpartition("-")
    return document, int(number) if number.isdigit() else 0


def sample(part: Part, size: int) -> dict[str, list[Judged]]:
    """Up to ``size`` sentences of one part for each source language, twice as many of zh, whose judgements are coarse.

    A smaller sample is the beginning of a larger one.
    """
    found: dict[str, list[Judged]] = defaultdict(list)
    taken: dict[str, int] = defaultdict(int)
    rows = sorted([*_post_edited(), *_marked()], key=lambda one: zlib.crc32(f"order {one.id}".encode()))
    for one in rows:
        key = f"{one.source_lang} {one.source}"
        limit = SYSTEMS if one.source_lang == "zh" else 1
        if part_of(one.whole) != part or taken[key] >= limit or len(found[one.source_lang]) >= size * limit:
            continue
        if SHORTEST <= count_words(one.text) <= LONGEST:
            taken[key] += 1
            found[one.source_lang].append(one)
    return dict(sorted(found.items()))


def _rows(name: str) -> Iterator[dict[str, object]]:
    with gzip.open(SHARED / "data" / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _post_edited() -> Iterator[Judged]:
    for row in _rows("post_edits.jsonl.gz"):
        hter, source = float(str(row["hter"])), str(row["source"])
        yield Judged(str(row["id"]), str(row["source_lang"]), source, detokenized(str(row["mt"])), hter, source)


def _marked() -> Iterator[Judged]:
    groups: dict[tuple[str, str, str], list[dict[str, object]]] = defaultdict(list)
    for row in _rows("error_spans.jsonl.gz"):
        system = str(row["system"])
        if not system.startswith("ref"):
            groups[str(row["source"]), system, str(row["text"])].append(row)
    for (source, system, text), rows in groups.items():
        document, _ = document_of(str(rows[0]["id"]), system)
        weights = [sum(_WEIGHTS[one["severity"]] for one in row["spans"]) for row in rows]  # type: ignore[attr-defined]
        badness = statistics.fmean(weights)
        yield Judged(str(rows[0]["id"]), str(rows[0]["source_lang"]), source, text, badness, document)


_JOINTS = (
    (re.compile(r" (?=['’](?:s|t|m|d|ll|re|ve|S|T|M|D|LL|RE|VE|clock)\b)"), ""),
    (re.compile(r"\b([dlDLcCqQ]) ?['’] ?(?=\w)"), r"\1'"),
    (re.compile(r" (?=(?:[.,;:?!%)\]}»]|\.\.\.)+(?:\s|$|['\"]))"), ""),
    (re.compile(r"(?<=[(\[{«$£€#]) "), ""),
    (re.compile(r"(?<=\w) ([/_@]) (?=\w)"), r"\1"),
    (re.compile(r"(?<=\d)([.,]) (?=\d{3}\b)"), r"\1"),
    (re.compile(r"(https?:) ?/ ?/ ?"), r"\1//"),
)
_QUOTES = {'"': False, "'": False}


def detokenized(text: str) -> str:
    """Text whose words and marks stand apart, set as it is written; straight quotation marks open and close in turn."""
    open_marks = dict(_QUOTES)
    made: list[str] = []
    glue = False
    tokens = text.replace("''", '"').replace("``", '"').split()
    for place, token in enumerate(tokens, 1):
        if token in open_marks:
            closing = open_marks[token] or place == len(tokens)
            open_marks[token] = not closing
            if closing and made:
                made[-1] += token
                glue = False
            else:
                made.append(token)
                glue = True
        elif glue:
            made[-1] += token
            glue = False
        else:
            made.append(token)
    joined = " ".join(made)
    for joint, put in _JOINTS:
        joined = joint.sub(put, joined)
    return joined
