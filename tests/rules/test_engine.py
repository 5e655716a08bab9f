from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tqcheck.errors import RuleError
from tqcheck.readers import read_text
from tqcheck.rules.engine import Engine
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.rules.schema import Rule

_TEMPLATE = """
[[rule]]
id = "XX{number:03d}"
name = "rule-{number}"
category = "{category}"
severity = "{severity}"
message = "m"
source = "s"
bad = ["[a]", "[b]"]
good = ["c", "d"]
{rest}
"""


def rule(rest: str, number: int = 1, category: str = "calque", severity: str = "warning") -> Rule:
    return parse_pack(_TEMPLATE.format(number=number, category=category, severity=severity, rest=rest), "p.toml")[0]


def spans(rules: Sequence[Rule], text: str) -> list[str]:
    document = read_text(text, "x.txt")
    return [document.text[one.start : one.end] for one in Engine(rules).candidates(document)]


def test_wording_rules_leave_quotations_alone() -> None:
    one = rule('pattern = "with immediacy"')
    assert spans([one], "He left with immediacy.") == ["with immediacy"]
    assert spans([one], "“We left with immediacy,” he said.") == []
    assert spans([rule('pattern = "with immediacy"\nquoted = "include"')], "“We left with immediacy.”") == [
        "with immediacy"
    ]
    only = rule('pattern = "with immediacy"\nquoted = "only"')
    assert spans([only], "“We left with immediacy.”") == ["with immediacy"]
    assert spans([only], "We left with immediacy.") == []


def test_context_is_the_sentence() -> None:
    one = rule('pattern = "with immediacy"\nunless = ["drama"]\nrequire = ["{leave}"]')
    assert spans([one], "He left with immediacy. The drama goes on.") == ["with immediacy"]
    assert spans([one], "He left with immediacy as in a drama.") == []
    assert spans([one], "He stayed with immediacy.") == []


def test_runs_of_white_space_are_blanks_to_wording() -> None:
    one = rule(r"""regex = "(?P<span>take (?P<g1>\\w+) word) in"
words = ["word"]
unless = ["re:do not"]
suggest = ["take the floor"]""")
    text = "He left.  They will take  the\u2009\tword in May.  We do \u00a0not take the word in June."
    document = read_text(text, "x.txt", kind="plain")
    (found,) = Engine([one]).candidates(document)
    assert text[found.start : found.end] == "take  the\u2009\tword"
    assert text[found.unit.start : found.unit.end] == "They will take  the\u2009\tword in May."
    assert found.fixes(text) == ["They will take the floor in May."]


def test_contexts_know_where_the_sentence_begins_and_ends() -> None:
    for context in ("re:^Whoever ", "^ whoever"):
        one = rule(f'pattern = "with immediacy"\nunless = ["{context}"]')
        assert spans([one], "It rained. Whoever left with immediacy sang. Ask whoever left with immediacy.") == [
            "with immediacy"
        ]
    last = rule('pattern = "with immediacy"\nrequire = ["they say $"]')
    assert spans([last], "They left with immediacy, they say. They say they left with immediacy now.") == [
        "with immediacy"
    ]


def test_capitals_of_a_headline_tell_nothing() -> None:
    name = rule('pattern = "/ gave the word / to <cap>"')
    for text, found in (
        ("The captain gave the word to Anna yesterday.", 1),
        ("The captain gave the word to fire yesterday.", 0),
        ("Captain Gave the Word to Anna Yesterday", 0),
        ("Captain Gave the Word to Fire Yesterday", 0),
    ):
        assert len(spans([name], text)) == found, text
    plain = rule('pattern = "with immediacy"\nunless = ["in high drama"]')
    for text in ("The Captain Left with Immediacy", "Captain Left Town With Immediacy", "CAPTAIN LEFT WITH IMMEDIACY"):
        assert [one.lower() for one in spans([plain], text)] == ["with immediacy"]
        assert spans([plain], f"{text}, In High Drama") == []
    place = rule('pattern = "{telematic} summit"\nrequire = ["Spain", "re:Madrid"]')
    assert spans([place], "SPAIN HOSTED A TELEMATIC SUMMIT YESTERDAY") == ["TELEMATIC SUMMIT"]
    assert spans([place], "LEADERS OF MADRID HOSTED A TELEMATIC SUMMIT") == ["TELEMATIC SUMMIT"]
    assert spans([place], "FRANCE HOSTED A TELEMATIC SUMMIT YESTERDAY") == []
    assert spans([place], "Yesterday spain hosted a telematic summit.") == []


def test_start_and_end_of_sentence() -> None:
    start = rule('pattern = "^ in this sense"')
    assert spans([start], "In this sense, it is. And “in this sense” and in this sense too.") == ["In this sense"]
    end = rule('pattern = "not a few $"')
    assert spans([end], "Errors were made not a few. Not a few were made.") == ["not a few"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("[stop|stop it] $", "Please stop it.", ["stop it"]),
        ("[stop|stop it] $", "Please stop it, or stop.", ["stop"]),
        ("[stop|stop it] $", "Please stop it now.", []),
        ("{take} <0-2> home $", "They take home the home. They take it there.", ["take home the home"]),
        ("{take} home $", "They took home all they had and will take home _“…” . ! ”", ["take home"]),
        ("^ [so|so be] it $", "“So be it.” So it be.", ["So be it"]),
    ],
)
def test_a_match_that_must_reach_the_end_goes_on_to_it(pattern: str, text: str, found: list[str]) -> None:
    assert spans([rule(f'pattern = "{pattern}"\nquoted = "include"')], text) == found


@pytest.mark.parametrize(
    ("rest", "text", "found"),
    [
        ('pattern = "[read more|read more here]"', "Read more here", ["Read more here"]),
        ('pattern = "[read more|read more here]"', " Read more\u00a0", ["Read more"]),
        ('pattern = "read more <0-2>"', "Read more about it", ["Read more about it"]),
        ('pattern = "read more <0-2>"', "Read more about it now", []),
        ('pattern = "read more <0-2>"', "Read more about it:", []),
        ("regex = '(?i)read|read more'\nwords = ['read']", "Read more", ["Read more"]),
        ("regex = '(?P<span>read.*?)\\s*'\nwords = ['read']", "read more, and more", ["read more, and more"]),
    ],
)
def test_a_match_that_must_be_a_line_goes_on_to_its_end(rest: str, text: str, found: list[str]) -> None:
    one = rule(f'{rest}\nscope = "line"', category="boilerplate", severity="error")
    assert spans([one], text) == found


def test_line_scope_takes_the_whole_block() -> None:
    one = rule('pattern = "exit mobile version"\nscope = "line"', category="boilerplate", severity="error")
    assert spans([one], "Exit mobile version\n\nHe used the exit mobile version.") == ["Exit mobile version"]


def test_a_match_across_line_breaks_and_double_blanks() -> None:
    one = rule('pattern = "in the best of cases"')
    assert spans([one], "It was in  the best\u00a0of cases.") == ["in  the best\u00a0of cases"]
    wrapped = (
        "It was said by officials of the ministry that in the best\nof cases the talks would go on for a week or two."
    )
    assert spans([one], wrapped) == ["in the best\nof cases"]


def test_of_overlapping_findings_the_better_one_stays() -> None:
    short = rule('pattern = "best of cases"', 1)
    long = rule('pattern = "in the best of cases"', 2)
    worse = rule('pattern = "the best"', 3, severity="suggestion")
    typed = rule('regex = "best"\nanchors = ["best"]', 4, category="quotes-punctuation", severity="error")
    assert spans([short, long, worse], "It is in the best of cases.") == ["in the best of cases"]
    assert spans([short, long, typed], "It is in the best of cases.") == ["in the best of cases", "best"]


@pytest.mark.parametrize(
    ("text", "found", "fixed"),
    [
        ("As is known, the king left.", "As is known, the", "The king left."),
        ("He came. “As is known, ‘the king’ left.", "As is known, ‘the", "He came. “‘The king’ left."),
        (
            "As is known,\nwell-kno\u00adwn kings left.",
            "As is known,\nwell-kno\u00adwn",
            "Well-kno\u00adwn kings left.",
        ),
        ("As is known, Anna left.", "As is known,", "Anna left."),
        ("As is known, iPhones sell.", "As is known,", "iPhones sell."),
        ("As is known, 12 left.", "As is known,", "12 left."),
        ("He, as is known, left.", "as is known,", "He, left."),
        ("In May As is known, he left.", "As is known,", "In May he left."),
    ],
)
def test_a_deletion_at_the_start_of_a_sentence_passes_the_capital_on(text: str, found: str, fixed: str) -> None:
    one = rule('pattern = "as is known,"\nsuggest = [""]\nquoted = "include"')
    document = read_text(text, "x.txt", kind="plain")
    (hit,) = Engine([one]).candidates(document)
    assert text[hit.start : hit.end] == found
    assert text[: hit.unit.start] + hit.fixed(text, hit.suggestions[0]) + text[hit.unit.end :] == fixed


def test_every_suggestion_beside_a_deletion_keeps_the_next_word() -> None:
    one = rule('pattern = "as is known,"\nsuggest = ["", "as you know,"]')
    (hit,) = Engine([one]).candidates(read_text("As is known, the king left.", "x.txt"))
    assert hit.suggestions == ("The", "As you know, the")


def test_a_deletion_takes_no_word_along_that_is_a_finding_or_the_next_sentence() -> None:
    known, slow = rule('pattern = "as is known,"\nsuggest = [""]', 1), rule('pattern = "with calm"', 2)
    assert spans([known, slow], "As is known, with calm he left.") == ["As is known,", "with calm"]
    loud = rule('pattern = "pay attention\\\\!"\nsuggest = [""]\nscope = "block"')
    assert spans([loud], "Pay attention! the king left.") == ["Pay attention!"]


def test_what_needs_a_model_does_not_hide_what_does_not() -> None:
    certain = rule('pattern = "best of cases"', 1)
    doubtful = rule('pattern = "in the best of cases"\nsuggest = ["at best"]\narbitrate = 2.0', 2)
    assert spans([certain, doubtful], "It is in the best of cases.") == ["best of cases"]


def test_offsets_after_emoji_and_combining_marks() -> None:
    one = rule('pattern = "with immediacy"\nsuggest = ["at once"]')
    text = "😀 Cafe\u0301 İstanbul: he left with immediacy."
    document = read_text(text, "x.txt")
    (found,) = Engine([one]).candidates(document)
    assert text[found.start : found.end] == "with immediacy"
    assert found.fixed(document.text, found.suggestions[0]) == "😀 Cafe\u0301 İstanbul: he left at once."


def test_an_unknown_check_is_an_error() -> None:
    with pytest.raises(RuleError, match="unknown check 'nothing'"):
        Engine([rule('check = "nothing"')])


@pytest.mark.slow
def test_cost_does_not_grow_with_the_number_of_rules(growth: Callable[..., float]) -> None:
    text = "The minister said on Monday that talks would go on in the best of cases for another week. " * 300
    document = read_text(text, "x.txt")
    document.sentences, document.quotes, document.folded  # noqa: B018
    few = Engine([rule('pattern = "in the best of cases"')])
    words = [f"zq{number:04d}word" for number in range(3000)]
    many = Engine(
        [rule('pattern = "in the best of cases"')]
        + [rule(f'pattern = "{word} of the [state|union]"', number % 999) for number, word in enumerate(words)]
    )

    assert len(few.candidates(document)) == len(many.candidates(document)) == 300
    assert growth(lambda: few.candidates(document), lambda: many.candidates(document), 3) < 3
