from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from tqcheck.reports.checkstyle import render_checkstyle
from tqcheck.result import CheckResult


def test_files_and_errors(full: CheckResult) -> None:
    root = ElementTree.fromstring(render_checkstyle(full))
    assert [(file.attrib["name"], len(file)) for file in root] == [("draft.txt", 4), ("aviso.txt", 0), ("gone.txt", 1)]
    assert [error.attrib["severity"] for error in root.iter("error")] == [
        "warning",
        "warning",
        "error",
        "info",
        "error",
    ]
    assert root[0][0].attrib == {
        "line": "1",
        "column": "16",
        "severity": "warning",
        "message": "“telematics summit”: Spanish telemático means held over a network. "
        "→ virtual summit | online summit",
        "source": "tqcheck.false-friend.ES014",
    }
    assert root[2][0].attrib["message"] == "no such file; check the name"


def test_what_xml_forbids_is_replaced_and_the_rest_escaped(hard: CheckResult) -> None:
    root = ElementTree.fromstring(render_checkstyle(hard, base="/drafts"))
    assert root[0].attrib["name"] == hard.documents[0].path
    assert root[0][1].attrib["message"] == "“in Cafe\u0301 was”: One\r\ntwo [a](b)."
    assert root[0][2].attrib["message"].startswith("“late, “he”: A <mark> & \ufffd \ufffd, \ufffd 100%")
    assert [file.attrib["name"] for file in root][1:] == ["-", "clean.txt", "/elsewhere/aviso 1.txt", "gone.txt"]


def test_an_empty_result_and_one_that_was_cut(full: CheckResult) -> None:
    assert len(ElementTree.fromstring(render_checkstyle(replace(full, documents=())))) == 0
    assert "<!-- 2 more findings were left out of this report -->" in render_checkstyle(replace(full, left_out=2))
