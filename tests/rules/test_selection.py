from __future__ import annotations

from dataclasses import replace

import pytest

from tqcheck.errors import SettingsError
from tqcheck.result import Severity
from tqcheck.rules.loader import load_rules
from tqcheck.rules.selection import Selection, choose

ALL = [rule for rule in load_rules().rules if rule.id in ("ES003", "ES014", "QU001", "NU001")]


def ids(selection: Selection) -> set[str]:
    return {ALL[number].id for number in choose(ALL, selection)}


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (Selection(), {"ES003", "ES014", "QU001", "NU001"}),
        (Selection(disable=("es",)), {"QU001", "NU001"}),
        (Selection(disable=("es",), enable=("ES014",)), {"ES014", "QU001", "NU001"}),
        (Selection(disable=("es",), enable=("false-friend",)), {"ES014", "QU001", "NU001"}),
        (Selection(disable=("false-friend",), enable=("es",)), {"ES003", "QU001", "NU001"}),
        (Selection(disable=("TELEMATIC-meeting", "quotes")), {"ES003", "NU001"}),
        (Selection(severity={"calque": "off"}), {"ES014", "QU001", "NU001"}),
    ],
)
def test_the_nearer_choice_wins(selection: Selection, left: set[str]) -> None:
    assert ids(selection) == left


@pytest.mark.parametrize(
    ("selection", "runs"),
    [
        (Selection(("ES014",), ("telematic-meeting",), layers=(("es014",), ("telematic-meeting",))), False),
        (Selection(("ES014",), ("telematic-meeting",), layers=(("telematic-meeting",), ("es014",))), True),
        (Selection(("telematic-meeting",), ("ES014",), layers=((), ("es014",), ("telematic-meeting",))), True),
        (Selection(("ES014",), ("telematic-meeting", "es"), layers=(("es014",), ("telematic-meeting", "es"))), False),
    ],
)
def test_of_two_names_of_a_rule_the_later_place_decides(selection: Selection, runs: bool) -> None:
    assert ("ES014" in ids(selection)) is runs


def test_of_two_names_of_a_rule_the_later_severity_holds() -> None:
    for first, second in (("ES014", "telematic-meeting"), ("telematic-meeting", "es014"), ("ES014", "es014")):
        assert "ES014" in ids(Selection(severity={first: "off", second: "error"}))
        assert "ES014" not in ids(Selection(severity={first: "error", second: "off"}))


def test_preview_is_off_unless_asked_for() -> None:
    rules = [replace(rule, preview=rule.id == "ES003") for rule in ALL]
    number = next(number for number, rule in enumerate(rules) if rule.preview)
    assert number not in choose(rules, Selection())
    assert number in choose(rules, Selection(preview=True))
    assert number in choose(rules, Selection(enable=("es003",)))
    assert number not in choose(rules, Selection(enable=("calque",)))


def test_severity_of_the_nearest_selector() -> None:
    chosen = choose(ALL, Selection(severity={"es": "suggestion", "ES014": "error"}))
    assert {ALL[number].id: severity for number, severity in chosen.items()} == {
        "ES003": Severity.SUGGESTION,
        "ES014": Severity.ERROR,
        "QU001": Severity.ERROR,
        "NU001": Severity.ERROR,
    }


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        (Selection(disable=("ES0144",)), "did you mean 'es014'"),
        (Selection(disable=("zzz",)), "no rule, category or pack"),
        (Selection(disable=("ES003",), enable=("es003",)), "both enabled and disabled"),
        (Selection(disable=("telematic-meeting",), enable=("ES014",)), "'es014' is both enabled and disabled"),
        (
            Selection(disable=("zzz",), places={("disable", "zzz"): "house.toml:3"}),
            "^house.toml:3: 'zzz' is no rule, category or pack",
        ),
        (
            Selection(
                ("ES014",),
                ("telematic-meeting",),
                places={("enable", "es014"): "a:1", ("disable", "telematic-meeting"): "a:2"},
            ),
            "^a:1 and a:2: 'es014' is both enabled and disabled",
        ),
        (Selection(severity={"ES003": "high"}), "severity of ES003"),
    ],
)
def test_mistakes(selection: Selection, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        choose(ALL, selection)
