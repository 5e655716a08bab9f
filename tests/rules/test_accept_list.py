from __future__ import annotations

import pytest

from tqcheck import Checker, Settings
from tqcheck.readers import read_text
from tqcheck.rules.accept_list import Accepted


@pytest.mark.parametrize(
    ("terms", "text", "found"),
    [
        (["Atlantic Alliance"], "The Atlantic\nAlliance, the atlantic alliance.", ["Atlantic\nAlliance"]),
        (["telematics"], "Telematics and telematics, not telematicsx.", ["Telematics", "telematics"]),
        (["d'État"], "a coup d’État’s end", ["d’État"]),
        (["A", "A B"], "A B", ["A", "A B"]),
        ([" ", ""], "nothing", []),
    ],
)
def test_spans(terms: list[str], text: str, found: list[str]) -> None:
    document = read_text(text, "a.txt", kind="plain")
    assert [text[span.start : span.end] for span in Accepted(terms).spans(document)] == found


def test_findings_on_accepted_terms_are_left_out() -> None:
    text = "The telematics summit ended. They will sign in the best of cases."
    checker = Checker(Settings(lm="off", accept=("telematics summit",)))
    assert [one.rule for one in checker.check_text(text).findings] == ["ES003"]


def test_punctuation_beside_a_name_is_still_reported() -> None:
    text = "She met Lumen ,who left at once, and the others stayed."
    checker = Checker(Settings(lm="off", accept=("Lumen",)))
    assert [one.category for one in checker.check_text(text).findings] == ["quotes-punctuation"]
