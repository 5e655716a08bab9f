"""The JSON report ``tqcheck-report/1``: written, read back, and described by its schema.

The report is a contract with other programs: its fields, their order and
their rounding do not change within version 1, and one result always gives the
same bytes. The words of a sentence are there only when a check was asked for
them. What the contract leaves out (the source text, notes, dropped
candidates) is not written, so a result read back has none of them.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

from tqcheck.errors import InputError, OutputError
from tqcheck.result import (
    CATEGORIES,
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
    WordResult,
    count_severities,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = "tqcheck-report/1"
"""Name and version of the contract, the first field of every report."""

_SCHEMA_FILE = "tqcheck-report-1.schema.json"
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGEST = re.compile(r"sha256:[0-9a-f]+")
_LEVELS = tuple(severity.label for severity in sorted(Severity, reverse=True))


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the report, freshly loaded: the caller may change it."""
    from importlib.resources import files

    loaded: dict[str, Any] = json.loads(files(__package__).joinpath(_SCHEMA_FILE).read_text(encoding="utf-8"))
    return loaded


def to_wire(result: CheckResult) -> dict[str, Any]:
    """The report as plain values in the order of the contract.

    Rounded to: fluency 1 decimal, bits and bits per word 2, gain 1 (nats), probability
    and confidence 2. A document that was skipped or failed has no sentences
    and no findings.
    """
    documents = [_document(document) for document in result.documents]
    counted = [finding for document in result.documents if _checked(document) for finding in document.findings]
    summary = {"documents": len(documents), "words": result.words, "findings": count_severities(counted)}
    return {
        "schema": SCHEMA,
        "signature": signature_to_wire(result.signature),
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
    wire = to_wire(result)
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


def _checked(document: DocumentResult) -> bool:
    return document.skipped is None and document.error is None


def signature_to_wire(signature: Signature) -> dict[str, Any]:
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
    checked = _checked(document)
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


def from_wire(data: dict[str, Any] | str, *, path: str = "report") -> CheckResult:
    """The result that a report holds: the inverse of :func:`to_wire` and :func:`dumps`.

    :param data: the report as JSON text or as decoded from it.
    :param path: name of the report for the error message.
    :raises InputError: not JSON, another schema or version of it, or a field
        that is missing, unknown or out of its range; the reason names the
        field. Of ``summary`` only ``left_out`` is read; the rest is derived from the documents.
    """
    try:
        decoded = _decode(data) if isinstance(data, str) else data
        return _read_result(decoded)
    except _MismatchError as problem:
        raise InputError(path, str(problem)) from None


class _MismatchError(Exception):
    """What is wrong with the report, and in which field."""


def _decode(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as problem:
        raise _MismatchError(
            f"not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}; "
            "give a report made by 'tqcheck check --format json'"
        ) from None
    except (ValueError, RecursionError) as problem:
        raise _MismatchError(f"not a report: {problem}") from None


def _read_result(value: Any) -> CheckResult:
    if not isinstance(value, dict) or "schema" not in value:
        raise _MismatchError("not a tqcheck report: it has no field 'schema'; 'tqcheck check --format json' makes one")
    if value["schema"] != SCHEMA:
        named = json.dumps(value["schema"], ensure_ascii=False)[:60]
        raise _MismatchError(
            f"the schema is {named}, but this version of tqcheck reads {SCHEMA}; "
            "make the report again or use the version of tqcheck that made it"
        )
    fields = _object(value, "the report", ("schema", "signature", "documents", "summary"))
    counted = ("documents", "words", "findings")
    cut = isinstance(fields["summary"], dict) and "left_out" in fields["summary"]
    summary = _object(fields["summary"], "summary", (*counted, "left_out") if cut else counted)
    return CheckResult(
        signature=_read_signature(fields["signature"]),
        documents=tuple(
            _read_document(document, f"documents[{index}]")
            for index, document in enumerate(_list(fields["documents"], "documents"))
        ),
        left_out=_integer(summary["left_out"], "summary.left_out", 1) if cut else 0,
    )


def _read_signature(value: Any) -> Signature:
    fields = _object(value, "signature", ("version", "rules", "model", "detector", "settings"))
    model = fields["model"]
    return Signature(
        version=_string(fields["version"], "signature.version", filled=True),
        rules=_digest(fields["rules"], "signature.rules"),
        model=None if model is None else _read_model(model),
        detector=_optional_string(fields["detector"], "signature.detector"),
        settings=_digest(fields["settings"], "signature.settings"),
    )


def _read_model(value: Any) -> ModelSignature:
    told = [name for name in ("calibration", "engine") if isinstance(value, dict) and name in value]
    fields = _object(value, "signature.model", ("id", "sha256", *told))
    return ModelSignature(
        **{name: _string(fields[name], f"signature.model.{name}", filled=True) for name in ("id", "sha256", *told)}
    )


_DOCUMENT_FIELDS = ("path", "language", "skipped", "words", "fluency", "verdict", "sentences", "findings", "error")


def _read_document(value: Any, where: str) -> DocumentResult:
    fields = _object(value, where, _DOCUMENT_FIELDS)
    document = DocumentResult(
        path=_string(fields["path"], f"{where}.path"),
        language=_optional_string(fields["language"], f"{where}.language"),
        skipped=_optional_string(fields["skipped"], f"{where}.skipped"),
        words=_integer(fields["words"], f"{where}.words", 0),
        fluency=_read_fluency(fields["fluency"], f"{where}.fluency"),
        verdict=_read_verdict(fields["verdict"], f"{where}.verdict"),
        sentences=tuple(
            _read_sentence(sentence, f"{where}.sentences[{index}]")
            for index, sentence in enumerate(_list(fields["sentences"], f"{where}.sentences"))
        ),
        findings=tuple(
            _read_finding(finding, f"{where}.findings[{index}]")
            for index, finding in enumerate(_list(fields["findings"], f"{where}.findings"))
        ),
        error=_optional_string(fields["error"], f"{where}.error"),
    )
    if not _checked(document) and (document.sentences or document.findings):
        raise _MismatchError(f"{where}: a document that was skipped or failed has no sentences and no findings")
    return document


def _read_fluency(value: Any, where: str) -> Fluency | None:
    if value is None:
        return None
    fields = _object(value, where, ("score", "bits_per_word"))
    return Fluency(
        _number(fields["score"], f"{where}.score", 0, 100),
        _number(fields["bits_per_word"], f"{where}.bits_per_word", 0),
    )


def _read_verdict(value: Any, where: str) -> Verdict | None:
    if value is None:
        return None
    told = isinstance(value, dict) and "evidence" in value
    fields = _object(value, where, ("probability", "label", "sources", *(("evidence",) if told else ())))
    evidence = enumerate(_list(fields["evidence"], f"{where}.evidence")) if told else ()
    sources = []
    for index, source in enumerate(_list(fields["sources"], f"{where}.sources")):
        inside = f"{where}.sources[{index}]"
        entry = _object(source, inside, ("language", "probability"))
        sources.append(
            SourceLanguage(
                _string(entry["language"], f"{inside}.language", filled=True),
                _number(entry["probability"], f"{inside}.probability", 0, 1),
            )
        )
    return Verdict(
        _number(fields["probability"], f"{where}.probability", 0, 1),
        _string(fields["label"], f"{where}.label", filled=True),
        tuple(sources),
        tuple(_string(one, f"{where}.evidence[{index}]", filled=True) for index, one in evidence),
    )


def _read_sentence(value: Any, where: str) -> SentenceResult:
    named = ("start", "end", "fluency", "bits_per_word")
    asked = isinstance(value, dict) and "words" in value
    fields = _object(value, where, (*named, "words") if asked else named)
    start, end = _extent(fields, where)
    words = None
    if asked:
        words = tuple(
            _read_word(word, f"{where}.words[{index}]")
            for index, word in enumerate(_list(fields["words"], f"{where}.words"))
        )
    return SentenceResult(
        start,
        end,
        _optional_number(fields["fluency"], f"{where}.fluency", 0, 100),
        _optional_number(fields["bits_per_word"], f"{where}.bits_per_word", 0),
        words,
    )


def _read_word(value: Any, where: str) -> WordResult:
    fields = _object(value, where, WordResult._fields)
    start, end = _extent(fields, where)
    return WordResult(
        start,
        end,
        _number(fields["bits"], f"{where}.bits", 0),
        _boolean(fields["odd"], f"{where}.odd"),
        _strings(fields["expected"], f"{where}.expected", filled=True),
    )


_FINDING_FIELDS = tuple(Finding.__dataclass_fields__)


def _read_finding(value: Any, where: str) -> Finding:
    fields = _object(value, where, _FINDING_FIELDS)
    start, end = _extent(fields, where)
    return Finding(
        rule=_string(fields["rule"], f"{where}.rule", filled=True),
        name=_string(fields["name"], f"{where}.name", filled=True),
        category=_one_of(fields["category"], f"{where}.category", CATEGORIES),
        severity=Severity.parse(_one_of(fields["severity"], f"{where}.severity", _LEVELS)),
        start=start,
        end=end,
        line=_integer(fields["line"], f"{where}.line", 1),
        column=_integer(fields["column"], f"{where}.column", 1),
        end_line=_integer(fields["end_line"], f"{where}.end_line", 1),
        end_column=_integer(fields["end_column"], f"{where}.end_column", 1),
        text=_string(fields["text"], f"{where}.text"),
        message=_string(fields["message"], f"{where}.message"),
        suggestions=_strings(fields["suggestions"], f"{where}.suggestions"),
        languages=_strings(fields["languages"], f"{where}.languages", filled=True),
        origin=None if fields["origin"] is None else _string(fields["origin"], f"{where}.origin"),
        gain=_optional_number(fields["gain"], f"{where}.gain"),
        confidence=_optional_number(fields["confidence"], f"{where}.confidence", 0, 1),
        fingerprint=_string(fields["fingerprint"], f"{where}.fingerprint"),
    )


def _extent(fields: dict[str, Any], where: str) -> tuple[int, int]:
    start = _integer(fields["start"], f"{where}.start", 0)
    end = _integer(fields["end"], f"{where}.end", 0)
    if end < start:
        raise _MismatchError(f"{where}.end: must not be less than start ({start}), and is {end}")
    return start, end


def _wrong(value: Any, where: str, wanted: str) -> NoReturn:
    try:
        shown = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        shown = repr(value)
    raise _MismatchError(f"{where}: must be {wanted}, not {shown if len(shown) <= 60 else shown[:59] + '…'}")


def _object(value: Any, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        _wrong(value, where, "an object")
    if value.keys() == set(names):
        return value
    for name in names:
        if name not in value:
            raise _MismatchError(f"{where}: the field {name!r} is missing")
    unknown = next(name for name in value if name not in names)
    raise _MismatchError(f"{where}: the field {unknown!r} is not part of {SCHEMA}")


def _list(value: Any, where: str) -> Iterable[Any]:
    if not isinstance(value, list):
        _wrong(value, where, "a list")
    return value


def _string(value: Any, where: str, *, filled: bool = False) -> str:
    if not isinstance(value, str):
        _wrong(value, where, "a string")
    if filled and not value:
        _wrong(value, where, "a string that is not empty")
    return value


def _optional_string(value: Any, where: str) -> str | None:
    return None if value is None else _string(value, where, filled=True)


def _strings(value: Any, where: str, *, filled: bool = False) -> tuple[str, ...]:
    return tuple(_string(entry, f"{where}[{index}]", filled=filled) for index, entry in enumerate(_list(value, where)))


def _digest(value: Any, where: str) -> str:
    text = _string(value, where)
    return text if _DIGEST.fullmatch(text) else _wrong(text, where, "'sha256:' and hexadecimal digits")


def _one_of(value: Any, where: str, allowed: tuple[str, ...]) -> str:
    text = _string(value, where)
    return text if text in allowed else _wrong(text, where, f"one of {', '.join(allowed)}")


def _boolean(value: Any, where: str) -> bool:
    return value if isinstance(value, bool) else _wrong(value, where, "true or false")


def _integer(value: Any, where: str, least: int) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    # JSON has one type of number: 12.0 is the integer 12 after a trip through other tools.
    if not whole and not (isinstance(value, float) and value.is_integer()):
        _wrong(value, where, "a whole number")
    if value < least:
        _wrong(value, where, f"{least} or more")
    return int(value)


def _number(value: Any, where: str, least: float = -math.inf, most: float = math.inf) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _wrong(value, where, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        _wrong(value, where, "a finite number")
    if not least <= number <= most:
        _wrong(value, where, f"{least:g} or more" if most == math.inf else f"from {least:g} to {most:g}")
    return number


def _optional_number(value: Any, where: str, least: float = -math.inf, most: float = math.inf) -> float | None:
    return None if value is None else _number(value, where, least, most)
