from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tqcheck.result import (
    CheckResult,
    DocumentResult,
    Finding,
    Fluency,
    ModelSignature,
    SentenceResult,
    Severity,
    Signature,
    SourceLanguage,
    Verdict,
)
from tqcheck.text.lines import LineIndex

STORY = (
    "Leaders hold a telematics summit\n"
    "\n"
    "The minister held a telematics summit with his neighbours on Tuesday, and errors have been made not a few "
    "since then, “he said to reporters in the capital.\n"
    "It was the third such meeting.\n"
)

MODEL = ModelSignature("tiny", "ab" * 32)

MakeFinding = Callable[..., Finding]
MakeResult = Callable[..., CheckResult]


@pytest.fixture
def story() -> str:
    return STORY


@pytest.fixture
def finding_at() -> MakeFinding:
    """Makes a finding at the ``nth`` place where ``text`` stands in ``source``."""

    def make(source: str, text: str, nth: int = 0, **fields: Any) -> Finding:
        start = -1
        for _ in range(nth + 1):
            start = source.index(text, start + 1)
        index = LineIndex(source)
        line, column = index.position(start)
        end_line, end_column = index.position(start + len(text))
        values: dict[str, Any] = {
            "rule": "ES014",
            "name": "telematic-meeting",
            "category": "false-friend",
            "severity": Severity.WARNING,
            "text": text,
            "message": "Spanish telemático means held over a network.",
            "suggestions": ("virtual summit", "online summit"),
            "languages": ("es",),
            "origin": "cumbre telemática",
            "gain": 11.4,
            "confidence": 0.97,
            "fingerprint": "0a1b2c",
        }
        place = {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
        return Finding(start=start, end=start + len(text), **(values | place | fields))

    return make


@pytest.fixture
def result_of() -> MakeResult:
    """Makes a result of these documents, scored by a model unless ``model`` is None."""

    def make(*documents: DocumentResult, model: ModelSignature | None = MODEL) -> CheckResult:
        return CheckResult(Signature("0.1.0", "sha256:0123", model, None, "sha256:4567"), documents)

    return make


@pytest.fixture
def full(finding_at: MakeFinding, result_of: MakeResult) -> CheckResult:
    """A result that uses every field, with a document for each state."""
    first = STORY.index("The minister")
    checked = DocumentResult(
        path="draft.txt",
        language="en",
        words=32,
        fluency=Fluency(37.249, 7.9049),
        verdict=Verdict(
            0.914,
            "likely",
            (SourceLanguage("es", 0.8), SourceLanguage("pt", 0.1)),
            ("2 findings of <artifacts> in 9 words",),
        ),
        sentences=(
            SentenceResult(0, 32),
            SentenceResult(first, len(STORY) - 32, 11.96, 9.306),
            SentenceResult(len(STORY) - 31, len(STORY) - 1, 64.0, 6.2),
        ),
        findings=(
            finding_at(STORY, "telematics summit"),
            finding_at(STORY, "telematics summit", 1),
            finding_at(
                STORY,
                "then, “he",
                rule="QM002",
                name="opening-for-closing",
                category="quotes-punctuation",
                severity=Severity.ERROR,
                message="The closing mark is missing.",
                suggestions=("then,” he",),
                languages=(),
                origin=None,
                gain=None,
                confidence=None,
            ),
            finding_at(
                STORY, "third", severity=Severity.SUGGESTION, suggestions=("",), gain=-0.04, category="wordiness"
            ),
        ),
        source=STORY,
        notes=("only the first part was checked",),
    )
    return result_of(
        checked,
        DocumentResult("aviso.txt", language="es", skipped="the text is in Spanish, not English", words=120),
        DocumentResult("gone.txt", error="gone.txt: no such file; check the name"),
    )


HARD = "A 🧑‍🚀 telematics summit in Cafe\u0301\r\nwas held, it was said: 50% of them\r\ncame “late, “he\r\nsaid.\r\n"
HARD_PATH = "drafts/50% off, é: a\nb\\c.txt"


@pytest.fixture
def hard(finding_at: MakeFinding, result_of: MakeResult) -> CheckResult:
    """What breaks reports: an awkward path, CRLF, emoji and combining marks before findings, one over two lines."""
    checked = DocumentResult(
        HARD_PATH,
        language="en",
        words=20,
        findings=(
            finding_at(HARD, "telematics summit"),
            finding_at(
                HARD, "in Cafe\u0301\r\nwas", fingerprint="0a1b2c", suggestions=(), message="One\r\ntwo [a](b)."
            ),
            finding_at(
                HARD,
                "late, “he",
                rule="QM002",
                name="opening-for-closing",
                category="quotes-punctuation",
                severity=Severity.ERROR,
                message="A <mark> & \x00 \x1b, \ud800 100%: it's wrong.",
                suggestions=("", "late,” he"),
                languages=(),
                origin=None,
            ),
            replace(
                finding_at(HARD, "said", 1, severity=Severity.SUGGESTION, suggestions=("told",)), text="sa\u00adid"
            ),
        ),
        source=HARD,
    )
    return result_of(
        checked,
        DocumentResult("-", language="en", words=3, findings=(finding_at("It is said", "said"),)),
        DocumentResult("clean.txt", language="en", words=5),
        DocumentResult("/elsewhere/aviso 1.txt", language="es", skipped="the text is in Spanish, not English"),
        DocumentResult("/drafts/gone.txt", error="no such file:\ncheck the name"),
        model=None,
    )
