"""Checks: what each finds, what it leaves alone, exact positions, and cost that is linear."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tqcheck.rules.checks import CHECKS, scripts
from tqcheck.rules.checks.hit import beyond_latin, vocabulary
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.pack_files import builtin_packs
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.rules.suggestion import apply
from tqcheck.text.document import Block, BlockKind, Document
from tqcheck.text.spelling import fold

MECHANICAL_PACKS = ("quotes", "spacing", "numbers", "capitals", "boilerplate", "mojibake", "untranslated")
SHARED = Path(__file__).parents[2].parent / "shared"


def document(text: str, heading: int | None = None) -> Document:
    """One block for each line that is not blank; line ends LF or CRLF."""
    blocks = []
    start = 0
    for number, line in enumerate(text.split("\n")):
        stripped = line.rstrip("\r")
        if stripped.strip():
            kind: BlockKind = "heading" if number == heading else "paragraph"
            blocks.append(Block(start, start + len(stripped), kind))
        start += len(line) + 1
    return Document("test", text, None, blocks)


def found(name: str, text: str) -> list[tuple[str, tuple[str, ...]]]:
    """(span, suggestions) of the hits of one check."""
    return [(text[hit.start : hit.end], hit.suggestions) for hit in CHECKS[name](document(text))]


@pytest.fixture(scope="module")
def engine() -> Engine:
    rules = []
    for name, content in builtin_packs():
        if Path(name).stem in MECHANICAL_PACKS:
            rules.extend(parse_pack(content, name))
    return Engine(rules)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("opening-mark-closes", "“In this case, “he said.", [(", “he", (",” he",))]),
        ("opening-mark-closes", "“In this case, “he\u00a0said.", [(", “he", (",” he",))]),
        ("opening-mark-closes", '"In this case, "said the mayor.', [(', "said', (',"' + " said",))]),
        ("opening-mark-closes", "The agency said:“ We hope for more.", [(":“", ())]),
        ("opening-mark-closes", '"We were down, still confident. "We said so."', [('. "We', ())]),
        ("closing-mark-opens", "A win, but“ Legion ”is a team.", [("”", ())]),
        ("closing-mark-opens", "A win, but” Legion ”is a team.", [("”", ())]),
        ("guillemets", 'He asked: "Will you come?"» Then he left.', [("»", ())]),
        ("space-inside-quotes", "“We play a part in control. “", [(" “", ("”",))]),
        ("opening-mark-closes", "“In this case,“ he said.", [(",“", (",”",))]),
        ("opening-mark-closes", '"In this case "he said.', []),
        ("closing-mark-opens", "He said ”hello” twice.", [("”", ("“",))]),
        ("space-inside-quotes", "He said “ hello ” twice.", [("“ ", ("“",)), (" ”", ("”",))]),
        ("space-inside-quotes", "He said “\u00a0hello\u202f” twice.", [("“\u00a0", ("“",)), ("\u202f”", ("”",))]),
        ("space-missing-outside-quotes", "He said“hello there”to us.", [("said“", ("said “",)), ("”to", ("” to",))]),
        ("guillemets", "The daily «Vesti» closed.", [("«Vesti»", ("“Vesti”",))]),
        ("guillemets", "He said «the ‹old› plan».", [("«the ‹old› plan»", ("“the ‘old’ plan”",))]),
        ("guillemets", "Home » News » Sport", []),
        ("low-quotes", "He said „hello“ to ‚them‘ all.", [("„hello“", ("“hello”",)), ("‚them‘", ("‘them’",))]),
        ("comma-before-attribution", "“This is all we know” she added.", [("know”", ("know,”",))]),
        ("comma-before-attribution", "“This is all we know” Prof. Anna Berg said.", [("know”", ("know,”",))]),
        ("comma-before-attribution", "The “leader” said he would go.", []),
        ("comma-before-attribution", "“This is all we know”, she added.", []),
        ("comma-before-attribution", "“This is all we know,” she added.", []),
        ("comma-before-attribution", "In “The House on the Hill” he said little.", []),
        (
            "dash-before-attribution",
            "“We won,” – said the coach. “Why?” – he asked.",
            [(",” – ", (",” ",)), ("” – ", ("” ",))],
        ),
        ("dash-before-attribution", "The “winner” – the coach of Lyon – left.", []),
        ("dash-dialogue", "– We won, – he said.", [("– We won, – ", ("“We won,” ",))]),
        ("dash-dialogue", "— Why? — asked the mayor.", [("— Why? — ", ("“Why?” ",))]),
        ("dash-dialogue", "- bread\n- milk - two litres", []),
        ("unclosed-quotation", "He said: “we are ready.\nThen he left.", [("“we", ())]),
        ("unclosed-quotation", "“We are ready.\n“We wait,” he said.", []),
        ("stray-closing-mark", "We are ready,” he said.", [("ready,”", ())]),
        ("stray-closing-mark", 'A 27" screen, 6\'2" tall, 5\' 11" wide.', []),
    ],
)
def test_quotation_marks(name: str, text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert found(name, text) == expected


def test_mixed_styles_are_reported_once_at_the_rarer_kind() -> None:
    text = '“A,” he said. “B,” he said. “C.”\nThen "d" and "e" came.'
    (hit,) = CHECKS["mixed-quote-styles"](document(text))
    assert text[hit.start : hit.end] == '"'
    assert hit.start == text.index('"')
    assert hit.suggestions == ("“",)
    assert hit.message is not None
    assert "4 straight and 6 curly" in hit.message


def test_a_few_foreign_marks_are_no_mixture() -> None:
    assert found("mixed-quote-styles", '“A,” he said. “B,” he said. He is 6\'2" and 5\'9" and "d".') == []


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("dotted-date", "On 24.12.2021 he left.", [("24.12.2021", ("December 24, 2021", "24 December 2021"))]),
        ("dotted-date", "On 2021.12.24 he left.", [("2021.12.24", ("December 24, 2021", "24 December 2021"))]),
        ("dotted-date", "On 31.13.2021 version 1.12.2021 and host 10.12.2021.4 ran.", []),
        ("roman-month-date", "On 3.IV.1921 he left.", [("3.IV.1921", ("April 3, 1921", "3 April 1921"))]),
        ("hour-with-h", "It ends at 18h30 or at 0h.", [("18h30", ("6:30 p.m.", "18:30")), ("0h", ("12 a.m", "00:00"))]),
        ("hour-with-h", "She won in 2h15 at 30 km/h.", []),
        ("hour-with-unit", "From 18.30 hours on.", [("18.30 hours", ("6:30 p.m.", "18:30"))]),
        ("hour-with-unit", "A flight of 12 hours at 5 o'clock.", []),
        ("thousand-million", "Some 2,300 million euros.", [("2,300 million", ("2.3 billion",))]),
        ("thousand-million", "Some 1,000 billion yen.", [("1,000 billion", ("1 trillion",))]),
        ("thousand-million", "Some 300 million euros and 1.234 million.", []),
        ("decimal-thousand", "Some 2.5 thousand people.", [("2.5 thousand", ("2,500",))]),
        ("decimal-thousand", "Some 0,75 thousand people.", [("0,75 thousand", ("750",))]),
        ("points-and-comma", "It cost 1.234.567,80 pesos.", [("1.234.567,80", ("1,234,567.80",))]),
        ("several-thousands-points", "Host 10.20.30.40 served 1.234.567 users.", [("1.234.567", ("1,234,567",))]),
        ("thousands-blank", "It has 1\u202f250\u202f000 people.", [("1\u202f250\u202f000", ("1,250,000",))]),
        ("thousands-blank", "In May 2010 500 people; in May 10 500 people.", []),
        (
            "wrong-ordinal",
            "The 2th, 3-rd, 22th, 11st.",
            [("2th", ("2nd",)), ("3-rd", ("3rd",)), ("22th", ("22nd",)), ("11st", ("11th",))],
        ),
        ("wrong-ordinal", "The 1st, 2nd, 3rd, 4th, 11th, 12th, 13th, 21st, 112th.", []),
        (
            "roman-century",
            "In the XIX century, in century XXI.",
            [("XIX century", ("19th century",)), ("century XXI", ("the 21st century",))],
        ),
        ("roman-century", "Pius XI saw the century.", []),
    ],
)
def test_numbers(name: str, text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert found(name, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bank said on the 26th that it would close.", ["on the 26th"]),
        ("It rained.\nOn the 3rd, the mayor left at 9 p.m. on the 4th.", ["On the 3rd", "on the 4th"]),
        ("Snow fell early in the morning of the 9th\u00a0there.", ["in the morning of the 9th"]),
        ("The dam broke on May 3.\nOn the 5th, the mayor resigned.", []),
        ("The dam broke on 3 May. He said on the 5th that he was ill.", []),
        ("He said on the 5th that the dam broke on May 3.", []),
        ("He may go on May Day. She said on the 5th that he would.", ["on the 5th"]),
        ("It may be 5 degrees. She said on the 5th that it would snow.", ["on the 5th"]),
        ("On the 18th, the ball was lost; he said on the 45th that it was.", []),
        ("“He announced on the 5th that all was well” was the title.", ["on the 5th"]),
    ],
)
def test_a_day_needs_its_month_only_where_none_was_named(text: str, expected: list[str]) -> None:
    assert [span for span, _ in found("day-without-month", text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They flew from Varsovia to München.", ["Warsaw", "Munich"]),
        ("Bayern München met 1. FC Köln. In München it rained.", ["Munich"]),
        ("She was born in Lwów in 1921. The envoy left Lwów on Tuesday.", ["Lviv"]),
        ("She spoke with Anna Wien. Nobody spoke against Wien.", []),
        ("Nobody travelled to Wien.", ["Vienna"]),
        ("The emergency use authorization (EUA) came; the EUA has no end.", []),
        ("The EUA (emergency use authorization) came, and the EUA has no end.", []),
        ("The council (EUA) met; the EUA has no seat.", ["US"]),
    ],
)
def test_names_of_a_third_language(text: str, expected: list[str]) -> None:
    assert [suggestions[0] for _, suggestions in found("third-language-name", text)] == expected


def test_repeated_headline_in_another_case() -> None:
    text = "Storm Closes Ports In The North\r\n\r\nStorm closes ports in the north\r\nA storm closed the ports."
    (hit,) = CHECKS["repeated-headline"](document(text))
    assert text[hit.start : hit.end] == "Storm closes ports in the north"
    assert hit.suggestions == ("",)


def test_a_heading_may_end_like_a_sentence() -> None:
    text = "Who pays for the bridge?\nWho pays for the bridge?\nNobody knows."
    assert list(CHECKS["repeated-headline"](document(text))) == []
    (hit,) = CHECKS["repeated-headline"](Document("t", text, None, [Block(0, 24, "heading"), Block(25, 49, "heading")]))
    assert (hit.start, hit.end) == (25, 49)


def test_short_lines_may_repeat() -> None:
    assert found("repeated-headline", "By Ana Ruiz\nStorm\nBy Ana Ruiz\nStorm") == []
    assert found("repeated-paragraph", "He left.\nShe stayed.\nHe left.") == []


def test_repeated_paragraph_is_each_later_one() -> None:
    line = "The dockers have rejected the latest offer of the port and will go on with their strike on Monday."
    hits = list(CHECKS["repeated-paragraph"](document(f"{line}\nTalks.\n{line}\n  {line}")))
    assert [hit.start for hit in hits] == [len(line) + 8, 2 * len(line) + 11]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("html-entity", "A &quot;b&quot; &amp;amp; c", [("&quot;", ('"',)), ("&quot;", ('"',)), ("&amp;amp;", ("&",))]),
        ("html-entity", "AT&T; R&D; Q&A;", []),
        ("html-entity", "https://example.org/?a=1&amp;b=2", []),
        ("mojibake", "caf\u00c3\u00a9", [("\u00c3\u00a9", ("é",))]),
        ("mojibake", "city\u00e2\u20ac\u2122s", [("\u00e2\u20ac\u2122", ("’",))]),
        ("mojibake", "\u00f0\u0178\u02dc\u20ac yes", [("\u00f0\u0178\u02dc\u20ac", ("😀",))]),
        ("mojibake", "The “CAFÉ” and “AMANHÔ and “BRÅ” stand. Ünïcödé, Đorđe, Ðorðe.", []),
        ("control-character", "city\u0092s", [("\u0092", ("’",))]),
        ("escaped-character", "city\\u2019s \\ud83d\\ude00", [("\\u2019", ("’",)), ("\\ud83d\\ude00", ("😀",))]),
        ("escaped-character", "over.\\nThen C:\\new\\u2019", [("\\n", (" ",))]),
        ("percent-encoding", "S%C3%A3o and https://example.org/S%C3%A3o, 20% 2", [("S%C3%A3o", ("São",))]),
        ("hidden-character", "gov\u00adern\u200bment 👩\u200d👧", [("gov\u00adern\u200bment", ("government",))]),
        (
            "lookalike-letter",
            "The Кremlin, Donetsк, 5 μm, Δt, β-blocker",
            [("Кremlin", ("Kremlin",)), ("Donetsк", ("Donetsk",))],
        ),
        ("lookalike-letter", "It was а day at 12 °С.", [("а", ("a",)), ("С", ("C",))]),
        ("lookalike-letter", "The band from Moscow\n\nРусский язык", []),
    ],
)
def test_encoding(name: str, text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert found(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cyrillic-script", "He met the губернатор области there.", ["губернатор области"]),
        ("cyrillic-script", "Izvestia (Известия), the band “Кино”, здоровье.рф, the Кremlin, Ж", []),
        ("cyrillic-script", "Он ушел. Она осталась.", ["Он ушел.", "Она осталась"]),
        ("greek-script", "5 μm, π, Ω, Δt but φιλότιμο", ["φιλότιμο"]),
        ("han-script", "In 深圳 it is WeChat (微信) and 北京 (Beijing).", ["深圳"]),
        ("han-script", "The word 福 hung there, 安 means peace, written 和, and the word for 家 is old.", ["家"]),
        ("kana-script", "The セブン closed; 深圳 too.", ["セブン"]),
        ("hangul-script", "The mayor of 부산 left; Samsung (삼성).", ["부산"]),
        ("arabic-script", "The daily Al-Rai (الرأي) and دير الزور", ["دير الزور"]),
        ("hebrew-script", "In ירושלים on Monday", ["ירושלים"]),
        ("other-script", "In दिल्ली on Monday", ["दिल्ली"]),
    ],
)
def test_scripts(name: str, text: str, expected: list[str]) -> None:
    spans = [text[hit.start : hit.end] for hit in CHECKS[name](document(text))]
    assert [span.rstrip(".") for span in spans] == [span.rstrip(".") for span in expected]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("Friday，the ministry said。", "Friday, the ministry said."),
        ("Lyon（France）fell", "Lyon (France) fell"),
        ("1，200 people，", "1,200 people,"),
        ("He arrived، she said", "He arrived, she said"),
        ("The slogan 人民，万岁。 stays", "The slogan 人民，万岁。 stays"),
    ],
)
def test_foreign_punctuation_gets_the_blank_that_english_needs(text: str, fixed: str) -> None:
    for hit in reversed(list(CHECKS["foreign-punctuation"](document(text)))):
        text = apply(text, hit.start, hit.end, hit.suggestions[0])
    assert text == fixed


def test_positions_with_emoji_combining_marks_and_crlf() -> None:
    text = "🎉 Cafe\u0301 opens.\r\n🎉 “In this case, “he\u00a0said.\r\n"
    (hit,) = CHECKS["opening-mark-closes"](document(text))
    assert text[hit.start : hit.end] == ", “he"
    assert hit.start == text.index(", “he")


BRITISH = """Minister defends plan for the north
The minister defended the plan on 12 March 2021, saying 62.5 per cent of voters – most of them young – wanted it.
‘We will not retreat’, he said. ‘The farmers’ union has its view; we have ours.’
The shop in The Hague opens at 5pm, or 17:00, and a 27" screen costs £1,250.50 or €1.68 a litre at 5%.
She read “The Leader of the Band”, a novel, and called him “the leader” of a “movement”.
“It is over”, she said. “It is not”, he replied, ‘and you know it’. “Why?” she asked.
In the 1990s the 19th-century mill lost 1,200 jobs; by 2015 it was gone. In May, 12 people came back.
See also the report of the auditors (page 4). Share prices fell. Advertising fell too. Read more than one paper.
French fries, spanish omelettes and the polish of a table are fine; so is iPhone, eBay and the i newspaper.
“We built it together.
“Nobody can take it away,” Dr. Anna M. Berg told the U.S. press... and left for St. Moritz at 6 p.m.
WeChat (微信) and the daily Izvestia (Известия) reported a 5 μm film, 24 °C and a café in São Paulo.
The 4th of July, the 2010, 2014 and 2018 elections, 3 to 5 million people, AT&T, R&D and Q&A.
"""


def test_good_english_is_left_alone(engine: Engine) -> None:
    checked = document(BRITISH)
    assert [(one.rule.id, BRITISH[one.start : one.end]) for one in engine.candidates(checked)] == []


def candidates_by_text(engine: Engine, text: str) -> dict[str, Candidate]:
    return {text[one.start : one.end]: one for one in engine.candidates(document(text))}


def test_findings_stay_in_one_sentence_or_line(engine: Engine) -> None:
    text = (
        "Site icon Harbour Daily\nPorts Closed By Storm In North\nPorts closed by storm in north\n"
        "He said : «we go.» The 2th of 12.500.000 men paid 100 €. It ends at 18h30 on monday.\nExit mobile version"
    )
    found_texts = candidates_by_text(engine, text)
    assert set(found_texts) == {
        "Site icon Harbour Daily",
        "Ports closed by storm in north",
        "said :",
        "«we go.»",
        "2th",
        "12.500.000",
        "100 €",
        "18h30",
        "monday",
        "Exit mobile version",
    }
    for span in found_texts:
        assert "\n" not in span


def test_seed_article(engine: Engine) -> None:
    article = SHARED / "seed" / "article.txt"
    if not article.exists():
        pytest.skip("the shared seed article is not beside the repository")
    text = article.read_bytes().decode("utf-8")
    gold = json.loads((SHARED / "seed" / "gold.json").read_text("utf-8"))
    candidates = engine.candidates(document(text))
    for one in candidates:
        marks = [mark for kind in ("core", "soft") for mark in gold[kind]]
        assert any(mark["start"] < one.end and one.start < mark["end"] for mark in marks), text[one.start : one.end]
    mechanical = [mark for mark in gold["core"] if mark["category"] in ("boilerplate", "quotes-punctuation", "article")]
    missed = [
        mark["quote"]
        for mark in mechanical
        if not any(mark["start"] < one.end and one.start < mark["end"] for one in candidates)
    ]
    assert missed == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "“",
        '" ',
        "« ",
        "( ",
        "1 ",
        "1.",
        "Ã©",
        "&amp;",
        ", “he said ",
        "said on the 5th that ",
        "in Lwów ",
        "to Wien, the EUA has ",
        "– a, ",
        "<b ",
        "а ",
        "话",
        "\u3000",
        "a :",
        " :",
    ],
)
def test_cost_is_linear_in_one_long_line(engine: Engine, unit: str, growth: Callable[..., float]) -> None:
    short, long = (unit * (length // len(unit)) for length in (20_000, 80_000))
    assert growth(lambda: engine.candidates(document(short)), lambda: engine.candidates(document(long)), 12) < 12


def test_the_vocabulary_is_every_word_folded() -> None:
    text = "Zürich’s “well-known”, e.g. covid-19; a_b, x#y… and\u00a0ЛЕС (İzmir), 5%, Ærø/Łódź – l’État.The"
    words = vocabulary(Document("x.txt", text))
    assert words >= set(re.findall(r"\w+", fold(text)))
    assert not any(" " in word for word in words)


def test_no_letter_of_a_script_counts_as_latin() -> None:
    everything = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    beyond = set(beyond_latin(Document("test", everything)))
    for letters in scripts._SCRIPTS.values():
        assert set(re.findall(f"[{letters}]", everything)) <= beyond
    assert set(scripts._FULL_WIDTH) - set("‚“·") <= beyond
