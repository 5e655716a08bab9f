"""The drafts of a saved result, where they are still as they were checked.

A saved result has no source text. Reports that show lines need it, and a draft
that has changed since would show wrong ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tqcheck.config.settings import Settings
from tqcheck.errors import InputError
from tqcheck.readers import load_file
from tqcheck.result import CheckResult, DocumentResult, Finding
from tqcheck.text.document import Document


def with_sources(
    result: CheckResult, *, folder: str | Path = ".", settings: Callable[[str], Settings] = lambda _: Settings()
) -> tuple[CheckResult, list[str]]:
    """The result with the source of each document that is there and agrees, and the paths of the others.

    :param folder: what relative paths of documents start from.
    :param settings: those of a document by its path: encoding, kind, and over which size it is taken as not there.
    :raises SettingsError: there is no such encoding.

    A draft agrees if it has as many words as were checked, the text of every
    finding in its place, and its sentences where they were. A change that moves
    nothing is not seen unless it lies in a finding.
    """
    documents: list[DocumentResult] = []
    without: list[str] = []
    for one in result.documents:
        if not one.checked or one.source is not None:
            documents.append(one)
            continue
        draft = _draft(one, Path(folder), settings(one.path))
        if draft is None:
            without.append(one.path)
            documents.append(one)
        else:
            documents.append(replace(one, source=draft.source, encoding=draft.encoding))
    return replace(result, documents=tuple(documents)), without


def _draft(result: DocumentResult, folder: Path, settings: Settings) -> Document | None:
    if result.path == "-":
        return None
    try:
        document = load_file(
            folder / result.path, encoding=settings.encoding, kind=settings.kind, max_bytes=settings.max_bytes
        )
    except InputError:
        return None
    return document if _agrees(document, result) else None


def _agrees(document: Document, result: DocumentResult) -> bool:
    if document.words != result.words or not all(_stands(document, finding) for finding in result.findings):
        return False
    spans = [(sentence.start, sentence.end) for sentence in result.sentences]
    return spans == [document.to_source(sentence.start, sentence.end) for sentence in document.sentences]


def _stands(document: Document, finding: Finding) -> bool:
    if finding.end > len(document.source):
        return False
    if document.lines.position(finding.start) != (finding.line, finding.column):
        return False
    if document.lines.position(finding.end) != (finding.end_line, finding.end_column):
        return False
    if document.source[finding.start : finding.end] == finding.text:
        return True
    return _read(document, finding.start, finding.end) == finding.text


def _read(document: Document, start: int, end: int) -> str | None:
    """What a person reads of ``source[start:end]``; ``None`` where there is nothing to read."""
    segments = document.segments
    if not segments:
        return None
    starts = [segment.source_start for segment in segments]
    first = segments[max(0, bisect_right(starts, start) - 1)]
    last = segments[max(0, bisect_right(starts, end - 1) - 1)]
    begin, finish = first.text_start, last.text_start + last.length
    if first.length == first.source_length:
        begin += start - first.source_start
    if last.length == last.source_length:
        finish = last.text_start + end - last.source_start
    return document.text[begin:finish]
