"""Writing: a result as the plain values of the contract, and as JSON text."""

from __future__ import annotations

import json
import re
from typing import Any

from tqcheck.errors import OutputError
from tqcheck.reports.json_report.contract import SCHEMA, is_checked
from tqcheck.result import (
    CheckResult,
    DocumentResult,
    Finding,
    ModelSignature,
    SentenceResult,
    Signature,
    count_severities,
)

_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(result: CheckResult) -> dict[str, Any]:
    """The report as plain values in the order of the contract.

    Rounded to: fluency 1 decimal, bits and bits per word 2, gain 1 (nats), probability
    and confidence 2. A document that was skipped or failed has no sentences
    and no findings.
    """
    documents = [_document(document) for document in result.documents]
    counted = [finding for document in result.documents if is_checked(document) for finding in document.findings]
    summary = {"documents": len(documents), "words": result.words, "findings": count_severities(counted)}
    return {
        "schema": SCHEMA,
        "signature": signature_to_json(result.signature),
        "documents": documents,
        "summary": summary | {"left_out": result.left_out} if result.left_out else summary,
    }


def dumps(result: CheckResult, *, indent: int | None = 2) -> str:
    """The report as JSON text, not ended by a newline; the same bytes for the same result.

    :param indent: blanks for each level, with each sentence on a line of its
        own; ``None`` puts everything on one line.
    :raises OutputError: a figure is infinite or not a number.

    A file name that is not valid Unicode keeps its place with U+FFFD, because
    JSON readers refuse lone surrogates.
    """
    wire = to_json(result)
    try:
        text = _encode(wire, None) if indent is None else _laid_out(wire, indent)
    except ValueError:
        raise OutputError("the JSON report cannot hold a figure that is infinite or not a number") from None
    return _SURROGATE.sub("\ufffd", text)


def _encode(value: object, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _laid_out(wire: dict[str, Any], indent: int) -> str:
    """Indented JSON whose sentences take one line each.

    The standard library indents in pure Python, too slow for thousands of
    sentences; so the fast encoder writes them and their list is put where an
    empty one stands. A JSON string has no raw line
    break, so the line looked for cannot be part of a value.
    """
    unit = " " * indent
    lists = [document["sentences"] for document in wire["documents"]]
    bare = wire | {"documents": [document | {"sentences": []} for document in wire["documents"]]}
    place = f'\n{unit * 3}"sentences": ['
    head, *rest = _encode(bare, indent).split(f"{place}]")
    parts = [head]
    for sentences, tail in zip(lists, rest, strict=True):
        parts.append(place)
        if sentences:
            lines = _sentence_lines(sentences, f",\n{unit * 4}")
            parts.append(f"\n{unit * 4}{lines}\n{unit * 3}")
        parts.append(f"]{tail}")
    return "".join(parts)


def _sentence_lines(sentences: list[dict[str, Any]], joint: str) -> str:
    if any("words" in sentence for sentence in sentences):
        return joint.join(_encode(sentence, None) for sentence in sentences)
    # Numbers alone: one call for all of them, and the braces can only be theirs.
    return _encode(sentences, None)[1:-1].replace("}, {", f"}}{joint}{{")


def _rounded(value: float | None, digits: int) -> float | None:
    # Adding zero turns -0.0 into 0.0; float() takes in NumPy scalars and whole numbers.
    return None if value is None else round(float(value), digits) + 0.0


def signature_to_json(signature: Signature) -> dict[str, Any]:
    """The signature as plain values in the order of the contract."""
    model = signature.model
    return {
        "version": signature.version,
        "rules": signature.rules,
        "model": None if model is None else _model(model),
        "detector": signature.detector,
        "settings": signature.settings,
    }


def _model(model: ModelSignature) -> dict[str, str]:
    named = {"id": model.id, "sha256": model.sha256, "calibration": model.calibration, "engine": model.engine}
    return {name: value for name, value in named.items() if value is not None}


def _document(document: DocumentResult) -> dict[str, Any]:
    fluency = document.fluency
    verdict = document.verdict
    checked = is_checked(document)
    return {
        "path": document.path,
        "language": document.language,
        "skipped": document.skipped,
        "words": document.words,
        "fluency": None
        if fluency is None
        else {"score": _rounded(fluency.score, 1), "bits_per_word": _rounded(fluency.bits_per_word, 2)},
        "verdict": None
        if verdict is None
        else {
            "probability": _rounded(verdict.probability, 2),
            "label": verdict.label,
            "sources": [
                {"language": source.language, "probability": _rounded(source.probability, 2)}
                for source in verdict.sources
            ],
            **({"evidence": list(verdict.evidence)} if verdict.evidence else {}),
        },
        "sentences": [_sentence(sentence) for sentence in (document.sentences if checked else ())],
        "findings": [_finding(finding) for finding in (document.findings if checked else ())],
        "error": document.error,
    }


def _sentence(sentence: SentenceResult) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "start": sentence.start,
        "end": sentence.end,
        "fluency": _rounded(sentence.fluency, 1),
        "bits_per_word": _rounded(sentence.bits_per_word, 2),
    }
    if sentence.words is not None:
        wire["words"] = [
            {
                "start": word.start,
                "end": word.end,
                "bits": _rounded(word.bits, 2),
                "odd": word.odd,
                "expected": list(word.expected),
            }
            for word in sentence.words
        ]
    return wire


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "category": finding.category,
        "severity": finding.severity.label,
        "start": finding.start,
        "end": finding.end,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "text": finding.text,
        "message": finding.message,
        "suggestions": list(finding.suggestions),
        "languages": list(finding.languages),
        "origin": finding.origin,
        "gain": _rounded(finding.gain, 1),
        "confidence": _rounded(finding.confidence, 2),
        "fingerprint": finding.fingerprint,
    }
