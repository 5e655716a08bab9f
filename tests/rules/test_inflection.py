from __future__ import annotations

import pytest

from tqcheck.rules.inflection import all_forms, forms_of, inflect, singular


@pytest.mark.parametrize(
    ("lemma", "third", "past", "participle", "gerund"),
    [
        ("make", "makes", "made", "made", "making"),
        ("take", "takes", "took", "taken", "taking"),
        ("carry out", "carries out", "carried out", "carried out", "carrying out"),
        ("visit", "visits", "visited", "visited", "visiting"),
        ("stop", "stops", "stopped", "stopped", "stopping"),
        ("admit", "admits", "admitted", "admitted", "admitting"),
        ("reach", "reaches", "reached", "reached", "reaching"),
        ("play", "plays", "played", "played", "playing"),
        ("die", "dies", "died", "died", "dying"),
        ("agree", "agrees", "agreed", "agreed", "agreeing"),
        ("show", "shows", "showed", "shown", "showing"),
        ("be", "is", "was", "been", "being"),
        ("have", "has", "had", "had", "having"),
        ("offer", "offers", "offered", "offered", "offering"),
        ("cancel", "cancels", "canceled", "canceled", "canceling"),
        ("fix", "fixes", "fixed", "fixed", "fixing"),
        ("equip", "equips", "equipped", "equipped", "equipping"),
    ],
)
def test_verbs(lemma: str, third: str, past: str, participle: str, gerund: str) -> None:
    assert [inflect(lemma, form) for form in ("base", "third", "past", "participle", "gerund")] == [
        lemma,
        third,
        past,
        participle,
        gerund,
    ]


@pytest.mark.parametrize(
    ("noun", "plural"),
    [("summit", "summits"), ("party", "parties"), ("crisis", "crises"), ("spokesman", "spokesmen"), ("tax", "taxes")],
)
def test_nouns(noun: str, plural: str) -> None:
    assert inflect(noun, "plural") == plural
    assert plural in all_forms(noun)
    assert singular(plural) == noun


def test_both_spellings_are_found() -> None:
    assert {"travelled", "traveled", "travelling"} <= set(all_forms("travel"))


def test_forms_of_a_surface() -> None:
    assert forms_of("taken", "take") == ("participle",)
    assert forms_of("realized", "realize") == ("past", "participle")
    assert forms_of("walk", "take") == ()
