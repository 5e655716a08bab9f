"""Reading back: the result that a report holds, or the field that is wrong."""

from __future__ import annotations

import json
from typing import Any

from tqcheck.errors import InputError
from tqcheck.reports.json_report.contract import SCHEMA, is_checked
from tqcheck.reports.json_report.fields import (
    MismatchError,
    read_boolean,
    read_choice,
    read_digest,
    read_extent,
    read_integer,
    read_list,
    read_number,
    read_object,
    read_optional_number,
    read_optional_string,
    read_string,
    read_strings,
)
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
)

_LEVELS = tuple(severity.label for severity in sorted(Severity, reverse=True))


def from_json(data: dict[str, Any] | str, *, path: str = "report") -> CheckResult:
    """The result that a report holds: the inverse of ``to_json`` and ``dumps``.

    :param data: the report as JSON text or as decoded from it.
    :param path: name of the report for the error message.
    :raises InputError: not JSON, another schema or version of it, or a field
        that is missing, unknown or out of its range; the reason names the
        field. Of ``summary`` only ``left_out`` is read; the rest is derived from the documents.
    """
    try:
        decoded = _decode(data) if isinstance(data, str) else data
        return _read_result(decoded)
    except MismatchError as problem:
        raise InputError(path, str(problem)) from None


def _decode(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as problem:
        raise MismatchError(
            f"not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}; "
            "give a report made by 'tqcheck check --format json'"
        ) from None
    except (ValueError, RecursionError) as problem:
        raise MismatchError(f"not a report: {problem}") from None


def _read_result(value: Any) -> CheckResult:
    if not isinstance(value, dict) or "schema" not in value:
        raise MismatchError("not a tqcheck report: it has no field 'schema'; 'tqcheck check --format json' makes one")
    if value["schema"] != SCHEMA:
        named = json.dumps(value["schema"], ensure_ascii=False)[:60]
        raise MismatchError(
            f"the schema is {named}, but this version of tqcheck reads {SCHEMA}; "
            "make the report again or use the version of tqcheck that made it"
        )
    fields = read_object(value, "the report", ("schema", "signature", "documents", "summary"))
    counted = ("documents", "words", "findings")
    cut = isinstance(fields["summary"], dict) and "left_out" in fields["summary"]
    summary = read_object(fields["summary"], "summary", (*counted, "left_out") if cut else counted)
    return CheckResult(
        signature=_read_signature(fields["signature"]),
        documents=tuple(
            _read_document(document, f"documents[{index}]")
            for index, document in enumerate(read_list(fields["documents"], "documents"))
        ),
        left_out=read_integer(summary["left_out"], "summary.left_out", 1) if cut else 0,
    )


def _read_signature(value: Any) -> Signature:
    fields = read_object(value, "signature", ("version", "rules", "model", "detector", "settings"))
    model = fields["model"]
    return Signature(
        version=read_string(fields["version"], "signature.version", filled=True),
        rules=read_digest(fields["rules"], "signature.rules"),
        model=None if model is None else _read_model(model),
        detector=read_optional_string(fields["detector"], "signature.detector"),
        settings=read_digest(fields["settings"], "signature.settings"),
    )


def _read_model(value: Any) -> ModelSignature:
    told = [name for name in ("calibration", "engine") if isinstance(value, dict) and name in value]
    fields = read_object(value, "signature.model", ("id", "sha256", *told))
    return ModelSignature(
        **{name: read_string(fields[name], f"signature.model.{name}", filled=True) for name in ("id", "sha256", *told)}
    )


_DOCUMENT_FIELDS = ("path", "language", "skipped", "words", "fluency", "verdict", "sentences", "findings", "error")


def _read_document(value: Any, where: str) -> DocumentResult:
    fields = read_object(value, where, _DOCUMENT_FIELDS)
    document = DocumentResult(
        path=read_string(fields["path"], f"{where}.path"),
        language=read_optional_string(fields["language"], f"{where}.language"),
        skipped=read_optional_string(fields["skipped"], f"{where}.skipped"),
        words=read_integer(fields["words"], f"{where}.words", 0),
        fluency=_read_fluency(fields["fluency"], f"{where}.fluency"),
        verdict=_read_verdict(fields["verdict"], f"{where}.verdict"),
        sentences=tuple(
            _read_sentence(sentence, f"{where}.sentences[{index}]")
            for index, sentence in enumerate(read_list(fields["sentences"], f"{where}.sentences"))
        ),
        findings=tuple(
            _read_finding(finding, f"{where}.findings[{index}]")
            for index, finding in enumerate(read_list(fields["findings"], f"{where}.findings"))
        ),
        error=read_optional_string(fields["error"], f"{where}.error"),
    )
    if not is_checked(document) and (document.sentences or document.findings):
        raise MismatchError(f"{where}: a document that was skipped or failed has no sentences and no findings")
    return document


def _read_fluency(value: Any, where: str) -> Fluency | None:
    if value is None:
        return None
    fields = read_object(value, where, ("score", "bits_per_word"))
    return Fluency(
        read_number(fields["score"], f"{where}.score", 0, 100),
        read_number(fields["bits_per_word"], f"{where}.bits_per_word", 0),
    )


def _read_verdict(value: Any, where: str) -> Verdict | None:
    if value is None:
        return None
    told = isinstance(value, dict) and "evidence" in value
    fields = read_object(value, where, ("probability", "label", "sources", *(("evidence",) if told else ())))
    evidence = enumerate(read_list(fields["evidence"], f"{where}.evidence")) if told else ()
    sources = []
    for index, source in enumerate(read_list(fields["sources"], f"{where}.sources")):
        inside = f"{where}.sources[{index}]"
        entry = read_object(source, inside, ("language", "probability"))
        sources.append(
            SourceLanguage(
                read_string(entry["language"], f"{inside}.language", filled=True),
                read_number(entry["probability"], f"{inside}.probability", 0, 1),
            )
        )
    return Verdict(
        read_number(fields["probability"], f"{where}.probability", 0, 1),
        read_string(fields["label"], f"{where}.label", filled=True),
        tuple(sources),
        tuple(read_string(one, f"{where}.evidence[{index}]", filled=True) for index, one in evidence),
    )


def _read_sentence(value: Any, where: str) -> SentenceResult:
    named = ("start", "end", "fluency", "bits_per_word")
    asked = isinstance(value, dict) and "words" in value
    fields = read_object(value, where, (*named, "words") if asked else named)
    start, end = read_extent(fields, where)
    words = None
    if asked:
        words = tuple(
            _read_word(word, f"{where}.words[{index}]")
            for index, word in enumerate(read_list(fields["words"], f"{where}.words"))
        )
    return SentenceResult(
        start,
        end,
        read_optional_number(fields["fluency"], f"{where}.fluency", 0, 100),
        read_optional_number(fields["bits_per_word"], f"{where}.bits_per_word", 0),
        words,
    )


def _read_word(value: Any, where: str) -> WordResult:
    fields = read_object(value, where, WordResult._fields)
    start, end = read_extent(fields, where)
    return WordResult(
        start,
        end,
        read_number(fields["bits"], f"{where}.bits", 0),
        read_boolean(fields["odd"], f"{where}.odd"),
        read_strings(fields["expected"], f"{where}.expected", filled=True),
    )


_FINDING_FIELDS = tuple(Finding.__dataclass_fields__)


def _read_finding(value: Any, where: str) -> Finding:
    fields = read_object(value, where, _FINDING_FIELDS)
    start, end = read_extent(fields, where)
    return Finding(
        rule=read_string(fields["rule"], f"{where}.rule", filled=True),
        name=read_string(fields["name"], f"{where}.name", filled=True),
        category=read_choice(fields["category"], f"{where}.category", CATEGORIES),
        severity=Severity.parse(read_choice(fields["severity"], f"{where}.severity", _LEVELS)),
        start=start,
        end=end,
        line=read_integer(fields["line"], f"{where}.line", 1),
        column=read_integer(fields["column"], f"{where}.column", 1),
        end_line=read_integer(fields["end_line"], f"{where}.end_line", 1),
        end_column=read_integer(fields["end_column"], f"{where}.end_column", 1),
        text=read_string(fields["text"], f"{where}.text"),
        message=read_string(fields["message"], f"{where}.message"),
        suggestions=read_strings(fields["suggestions"], f"{where}.suggestions"),
        languages=read_strings(fields["languages"], f"{where}.languages", filled=True),
        origin=None if fields["origin"] is None else read_string(fields["origin"], f"{where}.origin"),
        gain=read_optional_number(fields["gain"], f"{where}.gain"),
        confidence=read_optional_number(fields["confidence"], f"{where}.confidence", 0, 1),
        fingerprint=read_string(fields["fingerprint"], f"{where}.fingerprint"),
    )
