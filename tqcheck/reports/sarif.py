"""SARIF 2.1.0, the exchange format of static analysis, as GitHub code scanning and editors read it.

Nothing in it depends on the machine or the time, so one result always gives
the same bytes. Rules are told from their findings; a caller who knows the
rules gives their texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tqcheck.files.paths import STANDARD_INPUT, named, uri_of
from tqcheck.reports.fixes import replacements
from tqcheck.reports.json_report.writing import signature_to_json
from tqcheck.reports.json_text import json_text
from tqcheck.reports.numbering import numbered
from tqcheck.reports.wording import left_out_told, origin_told, shortened, told, write_instead
from tqcheck.result import Severity
from tqcheck.text.language_names import language_name

if TYPE_CHECKING:
    from tqcheck.reports.rule_text import RuleText
    from tqcheck.result import CheckResult, DocumentResult, Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_ROOT = "%SRCROOT%"
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_LONGEST_DESCRIPTION = 1024
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "note"}
# GitHub's own scales, for rules that nothing was measured of: an error is mechanical and certain, a suggestion a
# matter of style.
_PRECISIONS = {Severity.ERROR: "very-high", Severity.WARNING: "high", Severity.SUGGESTION: "medium"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.SUGGESTION: "recommendation"}


def render_sarif(result: CheckResult, *, base: str | None = None, rules: Mapping[str, RuleText] | None = None) -> str:
    """The report.

    :param base: folder of the run, an absolute path; documents inside it get relative URIs.
    :param rules: texts of rules by their ids, for those that have findings; a
        rule that is not among them is described by its first finding.
    """
    found = _by_rule(result)
    numbers = {rule: number for number, rule in enumerate(found)}
    locations = [_location(document.path, base) for document in result.documents]
    results = [
        _result(finding, fingerprint, number, numbers[finding.rule], location | {"index": index})
        for index, (document, location) in enumerate(zip(result.documents, locations, strict=True))
        for finding, fingerprint, number in numbered(document.findings)
    ]
    run = {
        "tool": {
            "driver": {
                "name": "tqcheck",
                "version": result.signature.version,
                "rules": [_rule(findings, (rules or {}).get(rule)) for rule, findings in found.items()],
                "properties": {"signature": signature_to_json(result.signature)},
            }
        },
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that tqcheck was run in."}}},
        "invocations": [
            {
                "executionSuccessful": not result.failed,
                "toolExecutionNotifications": _notifications(result, locations),
            }
        ],
        "artifacts": [
            _artifact(document, location) for document, location in zip(result.documents, locations, strict=True)
        ],
        "results": results,
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _by_rule(result: CheckResult) -> dict[str, list[Finding]]:
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in result.findings:
        found[finding.rule].append(finding)
    return dict(sorted(found.items()))


def _location(path: str, base: str | None) -> dict[str, Any]:
    if path == STANDARD_INPUT:
        return {"uri": path, "description": {"text": named(path)}}
    uri, relative = uri_of(path, base)
    return {"uri": uri, "uriBaseId": _ROOT} if relative else {"uri": uri}


def _rule(findings: Sequence[Finding], text: RuleText | None) -> dict[str, Any]:
    first = findings[0]
    message = first.message if text is None else text.message
    severity = max(finding.severity for finding in findings)
    example = f"For example: {first.text} {write_instead(first.suggestions)}" if first.suggestions else ""
    help_text = "\n\n".join(filter(None, (message, origin_told(first), example)))
    more = f"`tqcheck explain {first.rule}` says when it is fine and shows examples."
    return {
        "id": first.rule,
        "name": _pascal(first.name),
        "shortDescription": {"text": f"{_words(first.category)}: {first.name.replace('-', ' ')}"},
        "fullDescription": {"text": _message(shortened(message, _LONGEST_DESCRIPTION))},
        "help": {
            "text": _message(f"{help_text}\n\n{more.replace('`', '')}"),
            "markdown": _braces(
                text.page if text is not None else f"**{first.name}**\n\n{_escaped(help_text)}\n\n{more}"
            ),
        },
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "precision": (text and text.precision) or _PRECISIONS[severity],
            "problem.severity": _PROBLEMS[severity],
            "tags": ["translation", first.category, *(language_name(code) for code in first.languages)][:20],
        },
    }


def _result(finding: Finding, fingerprint: str, number: int, rule: int, location: dict[str, Any]) -> dict[str, Any]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
        "charOffset": finding.start,
        "charLength": finding.end - finding.start,
    }
    properties: dict[str, Any] = {"category": finding.category, "text": finding.text}
    if finding.languages:
        properties["languages"] = list(finding.languages)
    if finding.origin is not None:
        properties["origin"] = finding.origin
    if finding.gain is not None:
        properties["gain"] = round(finding.gain, 1) + 0.0
    if finding.confidence is not None:
        properties["confidence"] = round(finding.confidence, 2) + 0.0
    made: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(told(finding))},
        "locations": [{"physicalLocation": {"artifactLocation": location, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:{number}"},
        "properties": properties,
    }
    fixes = [_fix(finding.text, one, region, location) for one in replacements(finding)]
    return made | {"fixes": fixes} if fixes else made


def _fix(text: str, suggestion: str, region: dict[str, Any], location: dict[str, Any]) -> dict[str, Any]:
    replacement: dict[str, Any] = {"deletedRegion": region}
    if suggestion:
        replacement["insertedContent"] = {"text": suggestion}
    return {
        "description": {"text": _message(f"{text} {write_instead((suggestion,))}")},
        "artifactChanges": [{"artifactLocation": location, "replacements": [replacement]}],
    }


def _artifact(document: DocumentResult, location: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"words": document.words, "language": document.language}
    if document.fluency is not None:
        properties["fluency"] = round(document.fluency.score, 1) + 0.0
    return {"location": location, "roles": ["analysisTarget"], "properties": properties}


def _notifications(result: CheckResult, locations: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    told_so: list[dict[str, Any]] = []
    for index, (document, location) in enumerate(zip(result.documents, locations, strict=True)):
        where = location | {"index": index}
        if document.error is not None:
            told_so.append(_notification("not-checked", "error", f"{document.path}: {document.reason}", where))
        elif document.skipped is not None:
            told_so.append(_notification("skipped", "note", f"{document.path}: skipped: {document.reason}", where))
        told_so += [_notification("remark", "note", f"{document.path}: {note}", where) for note in document.notes]
    if result.left_out:
        told_so.append(_notification("left-out", "warning", left_out_told(result.left_out), None))
    return told_so


def _notification(kind: str, level: str, text: str, location: dict[str, Any] | None) -> dict[str, Any]:
    made: dict[str, Any] = {"descriptor": {"id": kind}, "level": level, "message": {"text": _message(text)}}
    if location is not None:
        made["locations"] = [{"physicalLocation": {"artifactLocation": location}}]
    return made


def _message(text: str) -> str:
    """The text with what begins a link or the place of an argument in SARIF made plain."""
    return _LINK.sub(r"\\[", _braces(text))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _pascal(name: str) -> str:
    """``TelematicMeeting`` of ``telematic-meeting``, as SARIF has names of rules."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


def _words(category: str) -> str:
    return category.replace("-", " ").capitalize()


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|~" else char for char in text)
