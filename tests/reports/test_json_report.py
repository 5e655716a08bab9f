from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tqcheck.errors import InputError, OutputError
from tqcheck.reports import json_report
from tqcheck.reports.json_report import SCHEMA, dumps, from_json, schema, to_json
from tqcheck.result import (
    CATEGORIES,
    CheckResult,
    DocumentResult,
    Finding,
    Fluency,
    SentenceResult,
    Severity,
    WordResult,
    count_severities,
)

REFERENCE = Path(__file__).parents[2] / "docs" / "json.md"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def descend(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from descend(child, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    twin = copy.deepcopy(value)
    parent = twin
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = new
    return twin


def test_every_state_of_a_document_fits_the_schema(full: CheckResult, validator: Draft202012Validator) -> None:
    validator.validate(json.loads(dumps(full)))


def test_fields_are_those_of_the_contract_in_its_order(full: CheckResult) -> None:
    wire = to_json(full)
    document = wire["documents"][0]
    assert list(wire) == ["schema", "signature", "documents", "summary"]
    assert list(wire["signature"]) == ["version", "rules", "model", "detector", "settings"]
    assert list(document) == [
        "path", "language", "skipped", "words", "fluency", "verdict", "sentences", "findings", "error"
    ]  # fmt: skip
    assert list(document["fluency"]) == ["score", "bits_per_word"]
    assert list(document["verdict"]) == ["probability", "label", "sources", "evidence"]
    assert list(document["verdict"]["sources"][0]) == ["language", "probability"]
    assert list(document["sentences"][0]) == ["start", "end", "fluency", "bits_per_word"]
    assert list(document["findings"][0]) == [field.name for field in fields(Finding)]
    assert list(wire["summary"]) == ["documents", "words", "findings"]
    assert list(wire["summary"]["findings"]) == ["error", "warning", "suggestion"]
    assert wire["schema"] == SCHEMA == "tqcheck-report/1"
    assert wire["summary"] == {"documents": 3, "words": 152, "findings": {"error": 1, "warning": 2, "suggestion": 1}}


def test_figures_are_rounded_and_never_minus_zero(full: CheckResult) -> None:
    document = to_json(full)["documents"][0]
    assert document["fluency"] == {"score": 37.2, "bits_per_word": 7.9}
    assert document["verdict"]["probability"] == 0.91
    assert document["sentences"][1] | {"start": 0, "end": 0} == {
        "start": 0,
        "end": 0,
        "fluency": 12.0,
        "bits_per_word": 9.31,
    }
    assert document["sentences"][0]["fluency"] is None
    assert str(document["findings"][3]["gain"]) == "0.0"


def test_whole_numbers_in_a_result_are_written_like_others(result_of: Any) -> None:
    text = dumps(result_of(DocumentResult("a.txt", fluency=Fluency(5, 8))), indent=None)
    assert '"fluency": {"score": 5.0, "bits_per_word": 8.0}' in text


@pytest.mark.parametrize("indent", [None, 0, 2, 4])
def test_round_trip_keeps_all_that_the_contract_holds(full: CheckResult, indent: int | None) -> None:
    text = dumps(full, indent=indent)
    again = from_json(text)
    assert to_json(again) == to_json(full) == json.loads(text)
    assert dumps(again, indent=indent) == text
    first = again.documents[0]
    assert first.findings[0] == full.documents[0].findings[0]
    assert first.source is None
    assert first.notes == ()
    assert again.signature == full.signature
    assert from_json(to_json(full)) == again


def test_sentences_take_one_line_each_and_layout_changes_no_value(full: CheckResult) -> None:
    text = dumps(full)
    assert '\n      "sentences": [\n        {"start": 0, "end": 32, "fluency": null, "bits_per_word": null},\n' in text
    assert text.count('"sentences": []') == 2
    assert json.loads(text) == json.loads(dumps(full, indent=None))


def test_text_that_looks_like_the_layout_is_left_alone(finding_at: Any, result_of: Any) -> None:
    hostile = '\n      "sentences": [],\n }, { '
    document = DocumentResult('"sentences": []', "en", findings=(finding_at(hostile, hostile),))
    text = dumps(result_of(document, document))
    assert from_json(text).documents[1].findings[0].text == hostile
    assert from_json(text).documents[0].path == '"sentences": []'


def test_same_result_same_bytes(full: CheckResult) -> None:
    assert dumps(full).encode() == dumps(copy.deepcopy(full)).encode()


def test_text_is_written_as_it_is(finding_at: Any, result_of: Any) -> None:
    source = "🙂 cafe\u0301\u00a0was “telematics”"
    text = dumps(result_of(DocumentResult("ñ.txt", "en", findings=(finding_at(source, source),))))
    assert source in text
    assert "\\u" not in text


def test_undecodable_file_name_gives_text_that_can_be_written(result_of: Any) -> None:
    text = dumps(result_of(DocumentResult("caf\udce9.txt", error="caf\udce9.txt: no such file")))
    assert json.loads(text.encode("utf-8"))["documents"][0]["path"] == "caf\ufffd.txt"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("indent", [None, 2])
def test_figure_that_json_cannot_hold_is_an_error(result_of: Any, value: float, indent: int | None) -> None:
    with pytest.raises(OutputError, match="infinite or not a number"):
        dumps(result_of(DocumentResult("a.txt", fluency=Fluency(value, 1.0))), indent=indent)


def test_skipped_and_failed_documents_have_empty_lists(full: CheckResult, validator: Draft202012Validator) -> None:
    for change in ({"skipped": "not English"}, {"error": "unreadable"}):
        wire = to_json(replace(full, documents=(replace(full.documents[0], **change),)))
        assert wire["documents"][0]["sentences"] == wire["documents"][0]["findings"] == []
        assert wire["summary"]["findings"] == count_severities(())
        validator.validate(wire)


def test_schema_agrees_with_the_library(full: CheckResult) -> None:
    defs = schema()["$defs"]
    assert defs["finding"]["properties"]["category"]["enum"] == list(CATEGORIES)
    assert defs["finding"]["properties"]["severity"]["enum"] == [s.label for s in sorted(Severity, reverse=True)]
    assert list(defs["finding"]["properties"]) == [field.name for field in fields(Finding)]
    assert schema()["properties"]["schema"]["const"] == SCHEMA


def test_schema_describes_every_field_and_allows_no_other() -> None:
    seen = 0
    for path, part in descend(schema()):
        if isinstance(part, dict) and "properties" in part and part.get("type") == "object":
            seen += 1
            assert part["additionalProperties"] is False, path
            optional = MAY_BE_LEFT_OUT.get(str(path[-1]) if path else "", set())
            assert part["required"] == [name for name in part["properties"] if name not in optional], path
            for name, field in part["properties"].items():
                target = schema()["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else field
                assert target["description"].endswith("."), (path, name)
    assert seen == 12
    assert schema() is not schema()


MAY_BE_LEFT_OUT = {
    "verdict": {"evidence"},
    "model": {"calibration", "engine"},
    "sentence": {"words"},
    "summary": {"left_out"},
}


def calibrated(full: CheckResult) -> CheckResult:
    assert full.signature.model is not None
    return replace(full, signature=replace(full.signature, model=replace(full.signature.model, calibration="0f" * 32)))


def test_a_calibration_is_named_only_where_there_is_one(full: CheckResult, validator: Draft202012Validator) -> None:
    report = to_json(calibrated(full))
    assert list(report["signature"]["model"]) == ["id", "sha256", "calibration"]
    assert from_json(dumps(calibrated(full))).signature == calibrated(full).signature
    assert "calibration" not in dumps(full)
    for new, fits in ((None, False), (1, False), ("", False), ("0f", True)):
        assert agree(validator, changed(report, ("signature", "model", "calibration"), new)) is fits


def agree(validator: Draft202012Validator, report: Any) -> bool:
    try:
        validator.validate(report)
        fits = True
    except ValidationError:
        fits = False
    try:
        from_json(report)
        readable = True
    except InputError:
        readable = False
    assert fits == readable, report
    return fits


def test_reader_and_schema_refuse_the_same_reports(full: CheckResult, validator: Draft202012Validator) -> None:
    wire = to_json(full)
    refused = 0
    for path, value in descend(wire):
        if path[:1] == ("summary",):
            continue
        for new in (None, True, -1, 1.5, 12.0, 1e6, "", "x", [], {}):
            if path and path[-1] in ("start", "end") and new in (1.5, 12.0, 1e6):
                continue
            refused += not agree(validator, changed(wire, path, new))
        if isinstance(value, dict):
            refused += not agree(validator, changed(wire, path, value | {"extra": 1}))
            for name in value:
                refused += not agree(validator, changed(wire, path, {k: v for k, v in value.items() if k != name}))
    assert refused > 500


@pytest.fixture
def with_words(full: CheckResult) -> CheckResult:
    """The full result with words in its second sentence, and none in a sentence that has no words."""
    first, second, third = full.documents[0].sentences
    words = (
        WordResult(second.start, second.start + 3, 3.004),
        WordResult(second.start + 4, second.start + 12, 31.2449, True, ("virtual", "}, {", "joint")),
    )
    sentences = (first, second._replace(words=words), third._replace(words=()))
    return replace(full, documents=(replace(full.documents[0], sentences=sentences), *full.documents[1:]))


def test_words_are_there_only_when_asked_for(full: CheckResult, with_words: CheckResult) -> None:
    assert '"words": [' not in dumps(full)
    sentences = to_json(with_words)["documents"][0]["sentences"]
    assert "words" not in sentences[0]
    assert sentences[2]["words"] == []
    start = sentences[1]["start"]
    assert sentences[1]["words"] == [
        {"start": start, "end": start + 3, "bits": 3.0, "odd": False, "expected": []},
        {"start": start + 4, "end": start + 12, "bits": 31.24, "odd": True, "expected": ["virtual", "}, {", "joint"]},
    ]
    assert list(sentences[1]["words"][0]) == list(WordResult._fields)


@pytest.mark.parametrize("indent", [None, 2])
def test_words_round_trip_and_fit_the_schema(
    with_words: CheckResult, validator: Draft202012Validator, indent: int | None
) -> None:
    text = dumps(with_words, indent=indent)
    validator.validate(json.loads(text))
    again = from_json(text)
    assert to_json(again) == to_json(with_words) == json.loads(text)
    assert dumps(again, indent=indent) == text
    read = again.documents[0].sentences
    assert isinstance(read[1], SentenceResult)
    assert read[0].words is None
    assert read[1].words is not None
    assert read[1].words[1].expected == ("virtual", "}, {", "joint")
    assert read[2].words == ()


def test_sentences_with_words_take_one_line_each(with_words: CheckResult) -> None:
    lines = [line for line in dumps(with_words).splitlines() if line.startswith('        {"start"')]
    assert len(lines) == 3


def test_reader_and_schema_refuse_the_same_words(with_words: CheckResult, validator: Draft202012Validator) -> None:
    wire = to_json(with_words)
    refused = 0
    place = ("documents", 0, "sentences", 1, "words")
    for path, value in descend(wire):
        if path[: len(place)] != place:
            continue
        for new in (None, True, -1, "", "x", [], {}):
            refused += not agree(validator, changed(wire, path, new))
        if isinstance(value, dict):
            refused += not agree(validator, changed(wire, path, value | {"extra": 1}))
            for name in value:
                refused += not agree(validator, changed(wire, path, {k: v for k, v in value.items() if k != name}))
    assert refused > 50
    with pytest.raises(InputError, match=r"sentences\[1\]\.words\[0\]\.odd: must be true or false, not 1"):
        from_json(changed(wire, (*place, 0, "odd"), 1))


@pytest.mark.parametrize(
    ("path", "new", "reason"),
    [
        (("schema",), "tqcheck-report/2", 'the schema is "tqcheck-report/2", but this version of tqcheck reads'),
        (
            ("documents", 0, "findings", 2, "severity"),
            "bad",
            r"documents\[0\]\.findings\[2\]\.severity: must be one of",
        ),
        (("documents", 0, "findings", 0, "line"), 0, r"findings\[0\]\.line: must be 1 or more, not 0"),
        (("documents", 0, "findings", 0, "end"), 1, "must not be less than start"),
        (("documents", 0, "words"), "many", r'documents\[0\]\.words: must be a whole number, not "many"'),
        (("documents", 0, "fluency", "score"), 101, "must be from 0 to 100, not 101"),
        (("signature", "rules"), "v3", "signature.rules: must be 'sha256:' and hexadecimal digits"),
        (("documents", 1, "sentences"), [{"start": 0, "end": 1, "fluency": 1, "bits_per_word": 1}], "was skipped"),
        (("summary",), {"documents": 3}, "summary: the field 'words' is missing"),
        (("documents", 0, "grade"), "A", r"documents\[0\]: the field 'grade' is not part of tqcheck-report/1"),
    ],
)
def test_reason_names_the_field(full: CheckResult, path: tuple[Any, ...], new: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        from_json(changed(to_json(full), path, new), path="old.json")
    assert caught.value.path == "old.json"
    assert str(caught.value).startswith("old.json: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON: .* line 1, column 1"),
        ("Leaders met.", "not JSON"),
        ('{"schema": "tqcheck-report/1"', "not JSON"),
        ("[1]", "no field 'schema'"),
        ('{"schema": "tqcheck-report/1"}', "the field 'signature' is missing"),
        ("[" * 200_000, "not a report|not JSON"),
        ("9" * 5_000, "not a report"),
    ],
    ids=["empty", "prose", "cut", "list", "bare", "deep", "long-number"],
)
def test_other_text_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        from_json(text)


def test_figures_beyond_range_in_text_are_refused(full: CheckResult) -> None:
    for figure in ("1e999", "NaN", "-Infinity", "1" + "0" * 400):
        text = dumps(full, indent=None).replace('"gain": 11.4', f'"gain": {figure}')
        with pytest.raises(InputError, match="must be a finite number"):
            from_json(text)


def test_byte_order_mark_before_a_report_is_passed_over(full: CheckResult) -> None:
    assert from_json("\ufeff" + dumps(full)) == from_json(dumps(full))


def test_reference_documents_every_field_and_its_example_is_valid(validator: Draft202012Validator) -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for name, part in schema()["$defs"].items():
        for field in part["properties"]:
            assert f"`{field}`" in text, (name, field)
    for category in CATEGORIES:
        assert f"`{category}`" in text
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    validator.validate(json.loads(example))
    assert dumps(from_json(example)) == example.rstrip("\n")


def test_old_names_still_serve_with_a_warning() -> None:
    for old, new in (("to_wire", to_json), ("from_wire", from_json)):
        with pytest.warns(DeprecationWarning, match=new.__name__):
            assert getattr(json_report, old) is new
    with pytest.raises(AttributeError):
        _ = json_report.to_nothing
