"""How the development data is divided: by article, so that all versions of one text fall in one part.

The systems of a year translated the same articles, and a reference is one more
version of them; a split by row would test on what was trained on. The key of
an article is its id without the system. In the corpus of human against machine
translation, ``org_de`` (machine output of a German original) belongs to
``trans_en`` (its human translation), and ``trans_de`` (machine output of a
German translation) to ``org_en`` (the English original).

Known limits: in four of those groups (:data:`DRIFT`) DeepL's numbers run a few
ahead of the others from some article on, so those machine documents may fall
in the other part than their article; the human documents do not. Some BBC
stories occur under two ids, and the runs of ten segments of cs, de, ha and zh
2021 may share an article with the next: :attr:`NewsDocument.neighbourhood`
keeps ten of them together.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tqcheck.text.sentences import split_sentences
from tqcheck.text.words import count_words

Part = Literal["train", "development"]

BBC = 2005
"""The year that only the BBC's stories have, whose house style tells them apart."""
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "documents.jsonl.gz"
_VERSIONS = {"org_de": "german", "trans_en": "german", "trans_de": "english", "org_en": "english"}
DRIFT = {("trans_de", 2015): 21, ("trans_de", 2018): 6, ("org_de", 2010): 14, ("org_de", 2018): 69}
"""DeepL's first number that is not its article's, by version and year (found by comparing its texts with Google's)."""
_RUN = re.compile(r"(wmt21-(?:cs|de|ha|zh)-en)-(\d+)")


@dataclass(frozen=True, slots=True)
class NewsDocument:
    """One document of the development data; ``text`` is its segments, one paragraph a line."""

    id: str
    label: Literal["original", "human", "machine"]
    source_lang: str
    system: str
    year: int
    text: str

    @property
    def part(self) -> Part:
        """Which part its article belongs to."""
        return part_of(self.id, self.system)

    @property
    def neighbourhood(self) -> str:
        """Its article's key, the same for ten runs of segments in a row, which may hold parts of one article."""
        key = article_key(self.id, self.system)
        run = _RUN.fullmatch(key)
        return f"{run[1]}-{int(run[2]) // 10}x" if run else key

    @property
    def drifted(self) -> bool:
        """Whether its number is not its article's, so that it cannot be put beside the other versions."""
        version, number = self.id.partition("-")[0], self.id.rpartition("-")[2]
        first = DRIFT.get((version, self.year)) if self.system == "deepl" else None
        return first is not None and int(number) >= first

    @property
    def sentences(self) -> list[str]:
        """Its sentences in order."""
        return [
            paragraph[start:end]
            for paragraph in self.text.split("\n")
            for start, end in split_sentences(paragraph, 0, len(paragraph))
        ]

    @property
    def of_an_english_original(self) -> bool:
        """Whether the article was written in English: the original, or a translation back into English."""
        return self.id.startswith(("org_en", "trans_de")) or self.label == "original"


def article_key(document_id: str, system: str) -> str:
    """The article that a document is a version of: the same for original, references and every system."""
    key = document_id.replace(f"-{system}", "", 1)
    version, dash, rest = key.partition("-")
    return _VERSIONS.get(version, version) + dash + rest


def part_of(document_id: str, system: str) -> Part:
    """``train`` or ``development``, half of the articles each, by a hash of the article's key."""
    first = hashlib.sha256(article_key(document_id, system).encode()).digest()[0]
    return "train" if first < 128 else "development"


def read_documents(
    part: Part | None = None, labels: frozenset[str] | None = None, file: Path = DATA
) -> Iterator[NewsDocument]:
    """The documents of one part (or all) with one of the labels (or any), in the order of the file (plain or gzip)."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if labels is not None and row["label"] not in labels:
                continue
            if part is not None and part_of(row["id"], row["system"]) != part:
                continue
            text = "\n".join(row["segments"])
            yield NewsDocument(row["id"], row["label"], row["source_lang"], row["system"], row["year"], text)


def stories(number: int, words: int) -> list[str]:
    """Texts of original English of the development part, of ``words`` words or up to a sentence more each."""
    found: list[str] = []
    paragraphs: list[str] = []
    count = 0
    for document in read_documents("development", frozenset({"original"})):
        for paragraph in document.text.split("\n"):
            begun = 0
            for start, end in split_sentences(paragraph, 0, len(paragraph)):
                count += count_words(paragraph[start:end])
                if count >= words:
                    found.append("\n\n".join([*paragraphs, paragraph[begun:end].strip()]))
                    paragraphs, count, begun = [], 0, end
                    if len(found) == number:
                        return found
            paragraphs.append(paragraph[begun:].strip())
    raise ValueError(number)
