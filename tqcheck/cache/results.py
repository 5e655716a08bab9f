"""Results kept between runs by the content of their documents, so that a file is checked again only if it changed.

A result depends on the bytes of the file, on its suffix, and on everything in
:meth:`tqcheck.pipeline.checker.Checker.basis`; the key is a sum over all of them. Where
the file stands is no part of it: a moved file is not checked again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqcheck.result import (
    DocumentResult,
    DroppedCandidate,
    Finding,
    Fluency,
    SentenceResult,
    Severity,
    SourceLanguage,
    Verdict,
    WordResult,
)

if TYPE_CHECKING:
    from tqcheck.cache.store import Store

FILE = "results.sqlite"
_FORMAT = 1
_FINDING = tuple(one.name for one in fields(Finding))
_SEVERITY = _FINDING.index("severity")
_TUPLES = (_FINDING.index("suggestions"), _FINDING.index("languages"))


class KeptResults:
    """Results by the keys that :func:`key_of` makes.

    :param folder: the cache folder.
    """

    def __init__(self, folder: Path) -> None:
        # A library that keeps nothing needs no database.
        from tqcheck.cache.store import Store

        self._store: Store = Store(folder / FILE, "results")

    @property
    def problem(self) -> str | None:
        """Why results are not kept, for people; ``None`` while all is well."""
        return self._store.problem

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept, packed, for these keys."""
        return self._store.get(keys)

    def put(self, results: Mapping[bytes, bytes]) -> None:
        """Keep packed results."""
        self._store.put(results)

    def close(self) -> None:
        """Close the file; it is not used afterwards."""
        self._store.close()


def key_of(basis: str, suffix: str, data: bytes) -> bytes:
    """The key of a result.

    :param basis: what results depend on beside the file.
    :param suffix: of the file's name, since that tells how it is read.
    :param data: its content.
    """
    head = json.dumps([_FORMAT, basis, suffix.lower()]).encode()
    return hashlib.sha256(hashlib.sha256(head).digest() + data).digest()


def pack(result: DocumentResult) -> bytes:
    """A result without its path and source, for :func:`unpack`; floats keep every bit."""
    verdict, fluency = result.verdict, result.fluency
    return json.dumps(
        [
            result.language,
            result.skipped,
            result.words,
            None if fluency is None else astuple(fluency),
            None if verdict is None else astuple(verdict),
            result.sentences,
            [_finding_row(one) for one in result.findings],
            [(_finding_row(one.finding), one.needed) for one in result.dropped],
            result.notes,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def unpack(packed: bytes, path: str, source: str | None) -> DocumentResult:
    """The result that was packed, for a document of this path and source."""
    language, skipped, words, fluency, verdict, sentences, findings, dropped, notes = json.loads(packed)
    return DocumentResult(
        path,
        language,
        skipped,
        words,
        None if fluency is None else Fluency(*fluency),
        None if verdict is None else _verdict(*verdict),
        tuple([_sentence(*row) for row in sentences]),
        tuple([_finding(row) for row in findings]),
        None,
        source,
        tuple([DroppedCandidate(_finding(row), needed) for row, needed in dropped]),
        tuple(notes),
    )


def _finding_row(finding: Finding) -> list[Any]:
    return [getattr(finding, name) for name in _FINDING]


def _finding(row: list[Any]) -> Finding:
    row[_SEVERITY] = Severity(row[_SEVERITY])
    for number in _TUPLES:
        row[number] = tuple(row[number])
    return Finding(*row)


def _sentence(
    start: int, end: int, fluency: float | None, bits: float | None, words: list[list[Any]] | None
) -> SentenceResult:
    if words is None:
        return SentenceResult(start, end, fluency, bits)
    each = tuple([WordResult(first, last, cost, odd, tuple(expected)) for first, last, cost, odd, expected in words])
    return SentenceResult(start, end, fluency, bits, each)


def _verdict(probability: float, label: str, sources: list[list[Any]], evidence: list[str]) -> Verdict:
    return Verdict(probability, label, tuple(SourceLanguage(*row) for row in sources), tuple(evidence))


@lru_cache(maxsize=1)
def made_by(*folders: Path) -> str:
    """A sum over the names, sizes and times of the files in some folders: those of a program, and its data.

    A version number does not change while a program is being worked on.
    """
    found: list[tuple[str, int, int]] = []
    waiting = [str(folder) for folder in folders]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as listing:
            for entry in listing:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                else:
                    state = entry.stat()
                    found.append((entry.path, state.st_size, state.st_mtime_ns))
    return hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest()
