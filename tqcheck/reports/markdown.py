"""A summary in GitHub-flavoured Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tqcheck.files.paths import named
from tqcheck.reports.cells import clean
from tqcheck.reports.digest import in_order
from tqcheck.reports.wording import (
    compared_with,
    counted,
    left_out_told,
    number,
    states,
    verdict_told,
    visible,
    words_checked,
)
from tqcheck.result import CheckResult, DocumentResult, Finding, Severity
from tqcheck.text.language_names import language_name

LONGEST = 65_000
"""Code points of a report at most; GitHub takes 65,536 in a comment."""

_LONGEST_TEXT = 160
_LONGEST_MESSAGE = 400
_MOST_SUGGESTIONS = 3
_MOST_OPEN = 20
_CLOSING = 200  # code points for what was left out

_FINDINGS_HEAD = "| Line | Severity | Text → instead | Why | Rule |\n| ---: | --- | --- | --- | --- |\n"
_DOCUMENTS_HEAD = "| Document | State | Words | Fluency |\n| --- | --- | ---: | ---: |\n"

# Of ASCII these are left as they are; any other character could be markup and becomes a character reference.
_MARKUP = re.compile(r"[^\w\s.,;:!?'\"()/=%+@-]|_", re.ASCII)
# GitHub makes links of these, and of :names: pictures, after it has read the Markdown; a zero-width space prevents it.
_LINKED = re.compile(r"@|#(?=\w)|:(?=//)|\b(?:www)(?=\.)|\bgh(?=-\d)|:(?=[\w+-]+:)", re.IGNORECASE)
_ZERO_WIDTH = "&#8203;"
_PARTED = "\x7f"  # stands for it in text that has no control characters


def render_markdown(result: CheckResult, *, show: Severity = Severity.SUGGESTION, longest: int = LONGEST) -> str:
    """The summary, ended by a newline: totals, a table of findings for each document, then the other documents.

    :param show: findings under this severity are left out; the counts say how many.
    :param longest: code points of the report; what does not fit is counted at
        its end. At least 2,000.

    Text of others (paths, stories, rules) cannot become markup, a link, a
    mention or a reference.
    """
    documents = result.documents
    about = _about(result)
    page = _Page(longest - len(about) - _CLOSING)
    left_out = f"\n{left_out_told(result.left_out)} and its counts.\n" if result.left_out else ""
    page.put(f"## tqcheck: {counted(documents, show)}\n\n{states(documents)} · {words_checked(documents)}\n{left_out}")
    others: list[DocumentResult] = []
    for document in documents:
        findings = in_order(document.findings, show) if document.checked else []
        if findings:
            _findings(page, document, findings, show)
        else:
            others.append(document)
    failed = [document for document in others if document.error is not None]
    _others(page, "Could not be checked", failed, show)
    title = "Without findings in this report" if result.left_out else "Without findings"
    _others(page, title, [document for document in others if document.error is None], show)
    return page.finish(about)


@dataclass(slots=True)
class _Page:
    """Pieces of the report up to a number of code points, and how much did not fit."""

    room: int
    pieces: list[str] = field(default_factory=list)
    findings: int = 0
    documents: int = 0

    def put(self, text: str) -> bool:
        """Add ``text`` if it fits."""
        if len(text) > self.room:
            return False
        self.room -= len(text)
        self.pieces.append(text)
        return True

    def rows(self, head: str, rows: Iterable[str], tail: str) -> int:
        """Add ``head``, as many of ``rows`` as fit, and ``tail``; nothing if no row fits. How many rows did."""
        rows = iter(rows)
        first = next(rows, "")
        if len(head) + len(first) + len(tail) > self.room:
            return 0
        self.room -= len(tail)
        self.put(head + first)
        fitting = 1
        for row in rows:
            if not self.put(row):
                break
            fitting += 1
        self.pieces.append(tail)
        return fitting

    def finish(self, about: str) -> str:
        left = []
        if self.findings:
            left.append(number(self.findings, "finding"))
        if self.documents:
            left.append(number(self.documents, "whole document"))
        if left:
            self.pieces.append(f"\n**Left out for length: {' and '.join(left)}.**\n")
        return "".join([*self.pieces, about])


def _findings(page: _Page, document: DocumentResult, findings: list[Finding], show: Severity) -> None:
    facts = [counted([document], show), number(document.words, "word"), *_fluency(document), *_verdict(document)]
    head = f"\n### {_inert(named(document.path))}\n\n{' · '.join(facts)}\n{_evidence(document)}{_notes(document)}\n"
    tail = ""
    if len(findings) > _MOST_OPEN:
        head += f"<details><summary>{number(len(findings), 'finding')}</summary>\n\n"
        tail = "\n</details>\n"
    fitting = page.rows(head + _FINDINGS_HEAD, map(_row, findings), tail)
    page.findings += len(findings) - fitting
    page.documents += not fitting


def _others(page: _Page, title: str, documents: list[DocumentResult], show: Severity) -> None:
    if not documents:
        return
    head, tail = f"\n### {title}\n\n", ""
    if len(documents) > _MOST_OPEN:
        head += f"<details><summary>{number(len(documents), 'document')}</summary>\n\n"
        tail = "\n</details>\n"
    fitting = page.rows(head + _DOCUMENTS_HEAD, (_document_row(document, show) for document in documents), tail)
    page.documents += len(documents) - fitting


def _document_row(document: DocumentResult, show: Severity) -> str:
    fluency = "–" if document.fluency is None else f"{document.fluency.score:.0f}"
    if document.checked:
        state = "; ".join([counted([document], show), *_verdict(document), *map(_inert, document.notes)])
    else:
        label = "error" if document.error is not None else "skipped"
        state = f"{label}: {_inert(document.reason)}"
    return f"| {_inert(named(document.path))} | {state} | {document.words:,} | {fluency} |\n"


def _row(finding: Finding) -> str:
    shown = [f"<b>{_inert(visible(each))}</b>" for each in finding.suggestions[:_MOST_SUGGESTIONS]]
    more = len(finding.suggestions) - len(shown)
    instead = f" → {' or '.join(shown)}" if shown else ""
    why = " ".join([_inert(finding.message, _LONGEST_MESSAGE), *_origin(finding)])
    return (
        f"| {finding.line}:{finding.column} | {finding.severity.label} "
        f"| {_inert(visible(finding.text))}{instead}{f' (and {more} more)' if more else ''} "
        f"| {why} | {_inert(finding.rule)} {_inert(finding.name)} |\n"
    )


def _origin(finding: Finding) -> Iterator[str]:
    if finding.origin:
        language = f"{_inert(language_name(finding.languages[0]))}: " if finding.languages else ""
        yield f"({language}{_inert(finding.origin)})"


def _fluency(document: DocumentResult) -> Iterator[str]:
    if document.fluency is not None:
        yield f"fluency {document.fluency.score:.0f} of 100"


def _verdict(document: DocumentResult) -> Iterator[str]:
    verdict = document.verdict
    if verdict is not None:
        yield f"unedited machine translation: {_inert(verdict_told(verdict))}"


def _evidence(document: DocumentResult) -> str:
    if document.verdict is None or not document.verdict.evidence:
        return ""
    return f"\nWhat the verdict rests on: {_inert('; '.join(document.verdict.evidence))}.\n"


def _notes(document: DocumentResult) -> str:
    return "".join(f"\nNote: {_inert(note)}\n" for note in document.notes)


def _about(result: CheckResult) -> str:
    if any(document.fluency is not None for document in result.documents):
        meaning = (
            f"Fluency is a percentile among {compared_with(result.signature)}: 50 is ordinary, under 5 is odd. "
            "It says how a text reads, not who or what wrote it."
        )
    elif result.signature.model is None:
        meaning = "Fluency was not scored: there was no language model."
    else:
        meaning = "Fluency was not scored."
    return f"\n<sub>{meaning} tqcheck {_inert(result.signature.version)}</sub>\n"


def _inert(text: str, longest: int = _LONGEST_TEXT) -> str:
    """``text`` on one line that means nothing to Markdown or GitHub; what is too long is cut and the rest counted."""
    text = " ".join(clean(text).split())
    cut = ""
    if len(text) > longest:
        kept = text[: longest - 20].rstrip()
        text, cut = kept, f"… ({number(len(text) - len(kept), 'more character')})"
    parted = _LINKED.sub(lambda match: match.group() + _PARTED, text)
    return _MARKUP.sub(_reference, parted) + cut


def _reference(match: re.Match[str]) -> str:
    char = match.group()
    if char == _PARTED:
        return _ZERO_WIDTH
    return f"&#{ord(char)};" if char.isascii() else char
