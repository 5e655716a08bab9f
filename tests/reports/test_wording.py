from __future__ import annotations

from dataclasses import replace

import pytest

from tqcheck.reports.wording import (
    gain_in_words,
    left_out_told,
    nats,
    origin_told,
    shortened,
    told,
    told_quoting,
    visible,
    words_checked,
    write_instead,
)
from tqcheck.result import CheckResult


def test_a_finding_in_one_piece(full: CheckResult) -> None:
    finding = full.findings[0]
    assert told(finding) == "Spanish telemático means held over a network. → virtual summit | online summit"
    assert told(replace(finding, suggestions=())) == finding.message
    assert origin_told(finding) == "Typical of translation from Spanish (“cumbre telemática”)."
    assert origin_told(replace(finding, languages=("es", "it"), origin=None)) == (
        "Typical of translation from Spanish, Italian."
    )
    assert origin_told(replace(finding, languages=())) == ""


@pytest.mark.parametrize(
    ("suggestion", "shown"),
    [
        ("", "(delete)"),
        (" ", "(blank)"),
        ("  ", "(2 blanks)"),
        (" a b", "␣a b"),
        (" a b ", "␣a b␣"),
        ("a  ", "a␣␣"),
        ("a", "a"),
    ],
)
def test_blanks_can_be_seen(suggestion: str, shown: str) -> None:
    assert visible(suggestion) == shown


def test_the_flagged_words_are_quoted_on_one_line_and_shortened_in_the_middle(full: CheckResult) -> None:
    finding = replace(full.findings[0], message="Do not.", suggestions=("so",), text="telematics\r\n  summit")
    assert told_quoting(finding) == "“telematics summit”: Do not. → so"
    assert told_quoting(replace(finding, text=" ")) == told(finding) == "Do not. → so"
    quoted = told_quoting(replace(finding, text=f"the first {'word ' * 40}and the last")).partition(": Do not")[0]
    assert quoted.startswith("“the first word ")
    assert quoted.endswith(" word and the last”")
    assert " … " in quoted
    assert len(quoted) <= 82


def test_only_the_first_suggestions_are_named() -> None:
    assert write_instead(["a", "", "c", "d"]) == "→ a | (delete) | c"
    assert write_instead([]) == ""


def test_findings_left_out() -> None:
    assert left_out_told(0) == ""
    assert left_out_told(1) == "1 more finding was left out of this report"
    assert left_out_told(12_000) == "12,000 more findings were left out of this report"


def test_only_words_that_were_checked_count(full: CheckResult) -> None:
    assert words_checked(full.documents) == "32 words"
    assert full.words == 152


def test_a_text_is_shortened_to_a_length() -> None:
    assert shortened("four five", 9) == "four five"
    assert shortened("four five", 8) == "four fi…"
    assert shortened("four five", 6) == "four…"


@pytest.mark.parametrize(
    ("gain", "times"),
    [
        (0.04, "not likelier"),
        (-3.0, "not likelier"),
        (0.5, "about 1.6 times as likely"),
        (2.4, "about 11 times as likely"),
        (5.0, "about 150 times as likely"),
        (11.4, "about 89,000 times as likely"),
        (16.5, "about 15 million times as likely"),
        (20.7, "about 980 million times as likely"),
        (800.0, "over a billion times as likely"),
    ],
)
def test_a_gain_in_words(gain: float, times: str) -> None:
    said = gain_in_words(gain)
    assert said.startswith(times + " to the language model with the first suggestion (")
    assert said.endswith(f"({0.0 if gain == 0.04 else gain:+.1f} nats)")


def test_no_gain_has_no_minus() -> None:
    assert nats(-0.04) == "+0.0 nats"
    assert gain_in_words(-0.04).endswith("(+0.0 nats)")
    assert nats(-1.25) == "-1.2 nats"
