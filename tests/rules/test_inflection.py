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
        ("undergo", "undergoes", "underwent", "undergone", "undergoing"),
        ("outdo", "outdoes", "outdid", "outdone", "outdoing"),
        ("veto", "vetoes", "vetoed", "vetoed", "vetoing"),
        ("repay", "repays", "repaid", "repaid", "repaying"),
        ("override", "overrides", "overrode", "overridden", "overriding"),
        ("overhear", "overhears", "overheard", "overheard", "overhearing"),
        ("overrun", "overruns", "overran", "overrun", "overrunning"),
        ("outbid", "outbids", "outbid", "outbid", "outbidding"),
        ("misread", "misreads", "misread", "misread", "misreading"),
        ("re-write", "re-writes", "re-wrote", "re-written", "re-writing"),
        ("relay", "relays", "relayed", "relayed", "relaying"),
        ("offset", "offsets", "offset", "offset", "offsetting"),
        ("upset", "upsets", "upset", "upset", "upsetting"),
        ("fling", "flings", "flung", "flung", "flinging"),
        ("quit", "quits", "quit", "quit", "quitting"),
        ("quiz", "quizzes", "quizzed", "quizzed", "quizzing"),
        ("format", "formats", "formatted", "formatted", "formatting"),
        ("forbid", "forbids", "forbade", "forbidden", "forbidding"),
        ("fulfil", "fulfils", "fulfilled", "fulfilled", "fulfilling"),
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
    [
        ("summit", "summits"),
        ("party", "parties"),
        ("crisis", "crises"),
        ("spokesman", "spokesmen"),
        ("herdsman", "herdsmen"),
        ("shaman", "shamans"),
        ("tax", "taxes"),
        ("hero", "heroes"),
        ("photo", "photos"),
        ("casino", "casinos"),
        ("quiz", "quizzes"),
        ("movie", "movies"),
        ("house", "houses"),
        ("case", "cases"),
        ("cause", "causes"),
        ("prize", "prizes"),
        ("excuse", "excuses"),
        ("bonus", "bonuses"),
        ("bus", "buses"),
        ("box", "boxes"),
        ("class", "classes"),
        ("beach", "beaches"),
        ("headache", "headaches"),
        ("toe", "toes"),
    ],
)
def test_nouns(noun: str, plural: str) -> None:
    assert inflect(noun, "plural") == plural
    assert plural in all_forms(noun)
    assert singular(plural) == noun


@pytest.mark.parametrize("noun", ["summit", "species", "specimen", "crisis", "bus", "glass"])
def test_what_is_no_plural_stays(noun: str) -> None:
    assert singular(noun) == noun


def test_names_in_man_are_no_men() -> None:
    assert "Ottomen" not in all_forms("Ottoman")


def test_both_spellings_are_found() -> None:
    assert {"echoes", "echos"} <= set(all_forms("echo"))
    assert {"travelled", "traveled", "travelling"} <= set(all_forms("travel"))


def test_forms_of_a_surface() -> None:
    assert forms_of("taken", "take") == ("participle",)
    assert forms_of("realized", "realize") == ("past", "participle")
    assert forms_of("walk", "take") == ()
