from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tqcheck.readers import read_text
from tqcheck.text import language as module
from tqcheck.text.language import foreign_clauses, identify


def language(text: str) -> str:
    return identify(read_text(text, "x.txt"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The minister said on Friday that the talks would go on for another week.", "en"),
        ("El ministro dijo el viernes que las negociaciones seguirán una semana más en la capital del país.", "es"),
        ("Le ministre a annoncé vendredi que les négociations dureront une semaine de plus dans la capitale.", "fr"),
        ("Der Minister sagte am Freitag, dass die Gespräche in der Hauptstadt noch eine Woche dauern werden.", "de"),
        ("Министр заявил в пятницу, что переговоры в столице продлятся ещё одну неделю.", "ru"),
        ("部长星期五表示，谈判将在首都再持续一周，各方代表都会参加会议并讨论协议的细节和时间安排。", "zh"),
        ("Hola", "en"),
        (
            "Lionel Messi, Andrés Iniesta, Xavi Hernández, Carles Puyol, Víctor Valdés, Sergio Ramos, Iker Casillas",
            "en",
        ),
        ("Real Madrid 3 Barcelona 2", "en"),
        ("", "en"),
        ("12 34 56", "en"),
    ],
)
def test_identify(text: str, expected: str) -> None:
    assert language(text) == expected


def test_a_foreign_quotation_does_not_make_the_story_foreign() -> None:
    story = "The minister said that he would not resign and that the vote was fair. " * 3
    assert language(story + "«No me voy porque no hay razón para que me vaya», dijo el ministro.") == "en"


def test_the_answer_is_the_same_in_every_process() -> None:
    code = (
        "from tqcheck.text.language import identify; from tqcheck.readers import read_text;"
        "print(identify(read_text('Il ministro ha detto che il voto è valido per tutti gli elettori del paese', 'x')))"
    )
    answers = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(3)
    }
    assert answers == {"it\n"}


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        (
            "He will go, pero todavía no se sabe con quién ni por qué, his office said.",
            [("pero todavía no se sabe con quién ni por qué", "es")],
        ),
        (
            "The vote is on. Die Abgeordneten haben sich nicht auf eine Lösung einigen können. He left.",
            [("Die Abgeordneten haben sich nicht auf eine Lösung einigen können.", "de")],
        ),
        ("The film “Los años que no fueron para el olvido” opens in Rio de la Plata.", []),
        ("Hans von der Leyen and María de los Ángeles of Los Angeles met in Las Vegas.", []),
        ("They ate pan con tomate y jamón.", []),
    ],
)
def test_foreign_clauses(text: str, clauses: list[tuple[str, str]]) -> None:
    document = read_text(text, "x.txt")
    found = [(document.text[one.span.start : one.span.end], one.language) for one in foreign_clauses(document)]
    assert found == clauses


_PIECES = ["the", "of", "and", "said", "el", "de", "que", "año", "12", "—", "’", "l’", "a-b-c", "Ж", "x,y,z", "\n", ""]


@given(st.lists(st.sampled_from(_PIECES), max_size=80))
def test_what_is_clearly_english_is_english_when_counted_exactly(pieces: list[str]) -> None:
    text = " ".join(pieces)
    if module._is_english(text):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_is_english", lambda _: False)
            assert language(text) == "en"
