from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from tqcheck.reports.junit import render_junit
from tqcheck.reports.limit import limited
from tqcheck.result import CheckResult

COUNTS = ("tests", "failures", "errors", "skipped")


def counts(element: ElementTree.Element) -> list[int]:
    return [int(element.attrib[name]) for name in COUNTS]


def test_suites_count_their_cases(full: CheckResult) -> None:
    root = ElementTree.fromstring(render_junit(full))
    assert root.tag == "testsuites"
    assert counts(root) == [6, 4, 1, 1]
    assert [counts(suite) for suite in root] == [[4, 4, 0, 0], [1, 0, 0, 1], [1, 0, 1, 0]]
    for suite in root:
        assert len(suite.findall("testcase")) == int(suite.attrib["tests"])
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == "warning.false-friend"
    assert failure.attrib["message"] == (
        "“telematics summit”: Spanish telemático means held over a network. → virtual summit | online summit"
    )
    assert failure.text is not None
    assert failure.text.splitlines() == [
        "draft.txt:1:16: “telematics summit”",
        "Spanish telemático means held over a network. → virtual summit | online summit",
        "Typical of translation from Spanish (“cumbre telemática”).",
    ]


def test_a_clean_document_passes(hard: CheckResult) -> None:
    root = ElementTree.fromstring(render_junit(hard))
    clean = root.find("testsuite[@name='clean.txt']")
    assert clean is not None
    assert counts(clean) == [1, 0, 0, 0]
    assert counts(ElementTree.fromstring(render_junit(replace(hard, documents=())))) == [0, 0, 0, 0]


def test_what_xml_forbids_is_replaced_and_the_rest_escaped(hard: CheckResult) -> None:
    report = render_junit(hard, base="/drafts")
    root = ElementTree.fromstring(report)
    assert root[0].attrib["name"] == hard.documents[0].path
    failure = root[0][2].find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("“late, “he”: A <mark> & \ufffd \ufffd, \ufffd 100%: it's wrong.")
    assert root[4].attrib["name"] == "gone.txt"
    assert report.encode("utf-8").startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')


def test_what_was_left_out_is_a_property(full: CheckResult) -> None:
    root = ElementTree.fromstring(render_junit(replace(full, left_out=1)))
    told = root.find("testsuite/properties/property")
    assert told is not None
    assert told.attrib == {"name": "left-out", "value": "1 more finding was left out of this report"}
    assert counts(root) == [6, 4, 1, 1]


def test_a_document_whose_findings_were_all_left_out_has_not_passed(full: CheckResult) -> None:
    first = replace(full.documents[0], findings=full.documents[0].findings[:1])
    cut = limited(replace(full, documents=(first, replace(first, path="second.txt"))), 1)
    root = ElementTree.fromstring(render_junit(cut))
    assert [counts(suite) for suite in root] == [[1, 1, 0, 0], [1, 0, 0, 1]]
    told = root.find("testsuite[@name='second.txt']/testcase/skipped")
    assert told is not None
    assert told.attrib["message"] == "1 more finding was left out of this report"
