"""Sentences in which people marked errors, and sentences that a post-editor changed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.detection.metrics import Span
from benchmarks.judgements import detokenized, document_of
from benchmarks.reporting import SHARED
from benchmarks.split import BBC, DATA, read_documents
from tqcheck.text.words import count_words


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence with the spans that each annotator marked, code points of ``text``.

    ``document`` and ``place`` are where its source stands: the document, and
    the number of the segment in it. ``before`` is the text of the segment
    before it by the same system, empty where there is none.
    """

    id: str
    source_lang: str
    system: str
    document: str
    text: str
    annotations: Sequence[Sequence[Span]]
    place: int = 0
    before: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """A sentence with its words (code points of ``text``), and whether a post-editor changed each."""

    id: str
    source_lang: str
    source: str
    text: str
    words: Sequence[tuple[int, int]]
    changed: Sequence[bool] = field(default=())


def is_marked(file: Path) -> bool:
    """Whether a file has the format of ``error_spans``, and not that of ``post_edits``."""
    return "spans" in next(_rows(file), {})


def read_marked(file: Path = SHARED / "data" / "error_spans.jsonl.gz") -> list[Marked]:
    """The sentences of a file in the format of ``error_spans``, those of the same text of a segment together."""
    found: dict[tuple[str, int, str], tuple[dict[str, str], list[list[Span]]]] = {}
    texts: dict[tuple[str, int, str], str] = {}
    for row in _rows(file):
        document, place = document_of(row["id"], row["system"])
        texts[document, place, row["system"]] = row["text"]
        _, annotations = found.setdefault((document, place, row["text"]), (row, []))
        annotations.append([(one["start"], one["end"], one["severity"]) for one in row["spans"]])
    return [
        Marked(
            row["id"],
            row["source_lang"],
            row["system"],
            document,
            text,
            annotations,
            place,
            texts.get((document, place - 1, row["system"]), ""),
        )
        for (document, place, text), (row, annotations) in found.items()
    ]


def read_originals(words: int, file: Path = DATA) -> list[Marked]:
    """Sentences of English originals, in which nobody marked anything: so many words of the BBC's, as many of others.

    Whole documents of the development part, chosen by a checksum.
    """
    documents = [one for one in read_documents("development", frozenset({"original"}), file) if one.text]
    documents.sort(key=lambda one: zlib.crc32(f"unmarked {one.id}".encode()))
    found = []
    counts = {True: 0, False: 0}
    for one in documents:
        bbc = one.year == BBC
        if counts[bbc] >= words:
            continue
        for place, (before, text) in enumerate(pairwise(["", *one.sentences])):
            found.append(Marked(f"{one.id}-{place}", one.source_lang, one.system, one.id, text, (), place, before))
            counts[bbc] += count_words(text)
    return found


def read_edited(number: int, file: Path = SHARED / "data" / "post_edits.jsonl.gz") -> list[Edited]:
    """Up to ``number`` sentences of each source language, chosen by a checksum, set as running text."""
    rows = sorted(_rows(file), key=lambda row: zlib.crc32(f"edited {row['id']}".encode()))
    taken: dict[str, int] = {}
    found = []
    for row in rows:
        language = row["source_lang"]
        if taken.get(language, 0) >= number:
            continue
        text = detokenized(row["mt"])
        words = _places(row["mt"], text)
        if words is None or len(words) != len(row["tags"]):
            continue
        taken[language] = taken.get(language, 0) + 1
        found.append(Edited(row["id"], language, row["source"], text, words, [tag == "BAD" for tag in row["tags"]]))
    return found


def _places(tokenized: str, text: str) -> list[tuple[int, int]] | None:
    """Where the tokens stand in the text that they were set as; ``None`` where setting changed one."""
    found = []
    at = 0
    for token in tokenized.replace("''", '"').replace("``", '"').split():
        while at < len(text) and text[at].isspace():
            at += 1
        if not text.startswith(token, at):
            return None
        found.append((at, at + len(token)))
        at += len(token)
    return found


def _rows(file: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
