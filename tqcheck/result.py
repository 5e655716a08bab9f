"""What a check found. Immutable values; every report is made from these alone.

Field names and meanings follow the ``tqcheck-report/1`` contract, so
``reports.wire`` writes them out without renaming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple


class Severity(IntEnum):
    """How bad a finding is; ordered, so that levels can be compared."""

    SUGGESTION = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """``error``, ``warning`` or ``suggestion``."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> Severity:
        """The severity with this label; raises ``ValueError`` for any other word."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"severity must be error, warning or suggestion, not {label!r}") from None


CATEGORIES = (
    "calque",
    "false-friend",
    "reporting-verb",
    "hearsay-conditional",
    "tense",
    "word-order",
    "article",
    "preposition",
    "pronoun-gender",
    "quotes-punctuation",
    "number-date-locale",
    "untranslated",
    "name-title",
    "boilerplate",
    "wordiness",
    "grammar",
    "disfluent",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule at one span of one document.

    ``start``/``end`` are 0-based code points of the decoded original, end
    exclusive; lines and columns 1-based. ``text`` is what a reader sees there.
    ``gain`` is in nats (``None`` where the model was not asked); ``confidence``
    is in [0, 1] or ``None`` where nothing was measured.
    """

    rule: str
    name: str
    category: str
    severity: Severity
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    message: str
    suggestions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    origin: str | None = None
    gain: float | None = None
    confidence: float | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class DroppedCandidate:
    """A match that arbitration turned down: the finding it would have been, and the gain it needed (nats).

    ``needed`` is ``None`` when the rule needs a model and none was there.
    """

    finding: Finding
    needed: float | None


@dataclass(frozen=True, slots=True)
class Fluency:
    """Percentile among human-written news, 0–100 (50 is ordinary, under 5 is odd), and surprisal in bits per word."""

    score: float
    bits_per_word: float


class WordResult(NamedTuple):
    """A word of the original ``[start, end)`` with its surprisal in bits.

    ``odd`` says whether that is more than human-written news has for such a
    word; ``expected`` are then the likeliest words in its place, the likeliest
    first.
    """

    start: int
    end: int
    bits: float
    odd: bool = False
    expected: tuple[str, ...] = ()


class SentenceResult(NamedTuple):
    """A sentence of the original ``[start, end)`` with its fluency (``None`` without a model).

    ``words`` is ``None`` unless they were asked for and the sentence was scored.
    """

    start: int
    end: int
    fluency: float | None = None
    bits_per_word: float | None = None
    words: tuple[WordResult, ...] | None = None


@dataclass(frozen=True, slots=True)
class SourceLanguage:
    """A likely source language (ISO 639-1) and its probability."""

    language: str
    probability: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Calibrated probability that the document is unedited machine translation; says nothing about fluency.

    ``label`` is ``likely``, ``possible``, ``unlikely`` or ``too short``;
    ``evidence`` says in plain words what it rests on.
    """

    probability: float
    label: str
    sources: tuple[SourceLanguage, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """Everything found in one document.

    ``skipped`` says why the document was not checked (another language);
    ``error`` says why it could not be. ``source`` is the decoded original for
    reports that show lines, ``encoding`` the codec of the file it comes from
    (``utf-8-sig`` for UTF-8 behind a byte-order mark) for reports that count
    bytes, ``notes`` are remarks for the person (truncation);
    ``dropped`` are candidates that arbitration turned down; ``left_out`` counts
    findings taken out to keep a report short. These are no part of the JSON
    contract.
    """

    path: str
    language: str | None = None
    skipped: str | None = None
    words: int = 0
    fluency: Fluency | None = None
    verdict: Verdict | None = None
    sentences: tuple[SentenceResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    source: str | None = None
    dropped: tuple[DroppedCandidate, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: int = 0
    encoding: str = "utf-8"

    @property
    def checked(self) -> bool:
        """Whether it was checked: neither skipped nor failed."""
        return self.error is None and self.skipped is None

    @property
    def reason(self) -> str:
        """Why it failed or was skipped, without its path; empty if it was checked."""
        return (self.error or self.skipped or "").removeprefix(f"{self.path}: ")


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """Which language model scored: its id and the sha256 of its weights.

    ``calibration`` is the sha256 of the calibration file that gave the fluency;
    ``None`` if that was the one that comes with tqcheck, or none. ``engine`` is
    what the model was run by where its figures are not quite those of float32
    (``bfloat16``, ``int8``), else ``None``.
    """

    id: str
    sha256: str
    calibration: str | None = None
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What the result depends on besides the text; equal signatures give equal output."""

    version: str
    rules: str
    model: ModelSignature | None
    detector: str | None
    settings: str


@dataclass(frozen=True)
class CheckResult:
    """The documents of one run, in the order checked.

    ``left_out`` counts findings that were taken out to keep a report short.
    """

    signature: Signature
    documents: tuple[DocumentResult, ...]
    left_out: int = 0

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all documents."""
        return tuple(finding for document in self.documents for finding in document.findings)

    @property
    def words(self) -> int:
        """Words in all documents."""
        return sum(document.words for document in self.documents)

    @property
    def failed(self) -> bool:
        """Whether some document could not be checked."""
        return any(document.error is not None for document in self.documents)

    def counts(self) -> dict[str, int]:
        """Number of findings by severity label, every label present."""
        return count_severities(self.findings)


def count_severities(findings: Iterable[Finding]) -> dict[str, int]:
    """Number of findings by severity label, the worst first, every label present."""
    counts = Counter(finding.severity for finding in findings)
    return {severity.label: counts[severity] for severity in sorted(Severity, reverse=True)}
