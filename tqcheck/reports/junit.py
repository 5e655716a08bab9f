"""JUnit XML: a suite for each document, a failed case for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from tqcheck.files.paths import relative_path
from tqcheck.reports.wording import left_out_told, origin_told, told, told_quoting
from tqcheck.reports.xml_text import allowed, xml_text

if TYPE_CHECKING:
    from tqcheck.result import CheckResult, DocumentResult, Finding


def render_junit(result: CheckResult, *, base: str | None = None) -> str:
    """The report; JUnit knows no levels, so every finding in the result is a failure.

    A document without findings has one case, which passed; one that was
    skipped or failed, or whose findings were all left out or may have been (a
    saved result does not say of which), has one case that says why. A property
    of the first suite counts the findings left out.
    """
    known = sum(document.left_out for document in result.documents)
    suites = [_suite(document, base, untold=result.left_out > known) for document in result.documents]
    root = Element("testsuites", {"name": "tqcheck", **_sum(suites)})
    if result.left_out and suites:
        properties = Element("properties")
        SubElement(properties, "property", {"name": "left-out", "value": left_out_told(result.left_out)})
        suites[0].insert(0, properties)
    root.extend(suites)
    return xml_text(root)


def _suite(document: DocumentResult, base: str | None, *, untold: bool) -> Element:
    path = allowed(relative_path(document.path, base))
    suite = Element("testsuite", {"name": path})
    if document.error is not None:
        SubElement(_case(suite, path, "check"), "error", {"type": "not-checked", "message": allowed(document.reason)})
    elif document.skipped is not None:
        SubElement(_case(suite, path, "check"), "skipped", {"message": allowed(document.reason)})
    elif not document.findings and document.left_out:
        # Not passed: there are findings, though the report has no room for them.
        told_so = {"message": left_out_told(document.left_out)}
        SubElement(_case(suite, path, "findings left out"), "skipped", told_so)
    elif not document.findings and untold:
        told_so = {"message": "findings were left out of this result, and it does not say of which documents"}
        SubElement(_case(suite, path, "perhaps findings left out"), "skipped", told_so)
    elif not document.findings:
        _case(suite, path, "no findings")
    for finding in document.findings:
        _add(suite, path, finding)
    suite.attrib.update(
        {
            "tests": str(len(suite)),
            "failures": str(len(suite.findall("testcase/failure"))),
            "errors": str(len(suite.findall("testcase/error"))),
            "skipped": str(len(suite.findall("testcase/skipped"))),
        }
    )
    return suite


def _add(suite: Element, path: str, finding: Finding) -> None:
    place = f"{finding.line}:{finding.column}"
    case = _case(suite, path, allowed(f"{finding.rule} {finding.name} at {place}"), str(finding.line))
    kind = f"{finding.severity.label}.{finding.category}"
    failure = SubElement(case, "failure", {"type": kind, "message": allowed(told_quoting(finding))})
    lines = (f"{path}:{place}: “{finding.text}”", told(finding), origin_told(finding))
    failure.text = allowed("\n".join(filter(None, lines)))


def _case(suite: Element, path: str, name: str, line: str | None = None) -> Element:
    place = {} if line is None else {"line": line}
    return SubElement(suite, "testcase", {"name": name, "classname": path, "file": path, **place})


def _sum(suites: list[Element]) -> dict[str, str]:
    names = ("tests", "failures", "errors", "skipped")
    return {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in names}
