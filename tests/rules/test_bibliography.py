"""Every built-in rule says where its fact comes from, in a known work and in the way that work is cited."""

from __future__ import annotations

import re

from tqcheck.rules.bibliography import OWN_OBSERVATION, citations, works
from tqcheck.rules.loader import load_rules
from tqcheck.rules.page import rule_page

RULES = load_rules().rules

_ON = r"on \S.*"
_ENTRY = r"s\.v\. [^,]+(?:, [^,]+)?|s\.vv\. [^,]+(?:, [^,]+)+|s\.v\. .* \(.+\)"
_CHAPTER = r"ch\. \d+ \(.+\)"
_SECTION = r"\d+(?:\.\d+)*(?: \([^)]+\))?"
PLACES = {
    "dictionary": re.compile(_ENTRY),
    "guide": re.compile(f"{_ENTRY}|{_ON}"),
    # The number of a section is easily wrong and cannot be guessed from its subject: name both.
    "grammar": re.compile(rf"{_ON}|{_CHAPTER}|\d+\.\d+ \(.+\)"),
    "law": re.compile(rf"(?:art\. |arts\. |§ )\w+(?:[.-]\w+)*(?:(?:–| to | and )\w+(?:[.-]\w+)*)?|{_CHAPTER}|{_ON}|"),
    "standard": re.compile(rf"{_SECTION}(?:, {_SECTION})*|§ \d+|{_ON}|"),
    "page": re.compile(f"{_ENTRY}|{_ON}|"),
}


def faults(source: str) -> list[str]:
    found = []
    for work, place in citations(source):
        if work is None:
            if not re.fullmatch(re.escape(OWN_OBSERVATION) + r"\S.*[^.]", place):
                found.append(f"no known work: {place}")
        elif place.endswith(".") or not PLACES[work.kind].fullmatch(place):
            found.append(f"{work.cite}: no place of a {work.kind}: {place}")
    return found


def test_rules_cite_known_works() -> None:
    found = [f"{rule.id}: {fault}" for rule in RULES for fault in faults(rule.source)]
    assert not found, "\n".join(found)


def test_other_sources_are_refused() -> None:
    assert faults("DLE, s.v. realizar; own observation: usage of Reuters") == []
    for wrong in (
        "Spanish",
        "DLE",
        "DLE, p. 12",
        "dle, s.v. realizar",
        "DLE, s.v. realizar.",
        "DLE s.v. realizar",
        "own observation: ",
        "usage of Reuters",
        "Quirk et al., A Comprehensive Grammar of the English Language, 5.31",
        "Code pénal, p. 3",
        "",
    ):
        assert faults(wrong) != [], wrong


def test_works_have_full_references_and_are_cited() -> None:
    cited = {work.cite for rule in RULES for work, _ in citations(rule.source) if work is not None}
    assert [work.cite for work in works().values() if work.kind not in PLACES or not work.reference.strip()] == []
    assert sorted(works().keys() - cited) == []


def test_the_page_gives_the_reference_of_each_work_once() -> None:
    [rule] = [rule for rule in RULES if rule.id == "ES014"]
    page = rule_page(rule)
    assert page.count(works()["DLE"].reference) == 1
    assert page.count(works()["Oxford Dictionary of English"].reference) == 1
