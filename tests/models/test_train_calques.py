"""A tiny tagger of calques trained end to end, on the states of a tiny language model."""

from __future__ import annotations

import importlib
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tqcheck.detector.tagger import CalqueTagger
from tqcheck.result import CATEGORIES
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import MECHANICAL

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import Shape  # noqa: E402

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
calques = importlib.import_module("models.detector.train.calques")
spans = importlib.import_module("models.detector.train.spans")
states = importlib.import_module("benchmarks.detection.states")
pairs = importlib.import_module("models.detector.train.pairs")
case_sentences = importlib.import_module("benchmarks.case_sentences")

SHAPE = Shape(states=64, depths=2, width=16, layers=1, heads=2)
WORDS = ["the", "council", "said", "that", "talks", "would", "go", "on", "in", "spring", "after"]


def some(seed: int, wrong: bool) -> Any:
    """A sentence in which "vote" is wrong, if it is to have any."""
    words = random.Random(seed).choices(WORDS, k=9)
    lead = " ".join(words[:4]) + " "
    return calques.sentence(f"{seed}", "es", f"{lead}vote {' '.join(words[4:])}", len(lead), len(lead) + 4 * wrong)


class Third(pairs.Pair):  # type: ignore[misc,name-defined]
    """A pair of which every third is tested, though all mark the same word."""

    @property
    def tested(self) -> bool:
        return int(self.origin) % 3 == 0


def pair(seed: int) -> Any:
    """A pair about "vote"."""
    one = some(seed, True).text
    right = one.replace("vote ", "")
    return Third("es", "calque", f"{seed}", one.replace("vote", "[vote]"), right, right)


def test_examples_say_which_words_are_wrong() -> None:
    (rule,) = (rule for rule in load_rules().rules if rule.name == "telematic-meeting")
    found = calques.examples([rule])
    assert len(found) == 2 * len(rule.bad) + len(rule.good)
    first = found[0]
    wrong = [
        first.text[start:end] for (start, end), is_wrong in zip(first.words, first.changed, strict=True) if is_wrong
    ]
    assert wrong == ["telematics", "summit"]
    assert not any(any(one.changed) for one in found[len(rule.bad) :])
    assert found[-len(rule.bad)].text == first.text.replace("telematics summit", "virtual summit")


def test_a_pair_is_three_sentences_of_which_the_first_is_wrong() -> None:
    pair = pairs.Pair(
        "de", "calque", "x", "Damage [in the height of] 1 million.", "Damage of 1 million.", "At a height."
    )
    wrong, right, fine = calques.of_pairs([pair])
    assert [one.text for one in (wrong, right, fine)] == ["Damage in the height of 1 million.", pair.right, pair.fine]
    assert list(wrong.changed) == [False, True, True, True, True, False, False]
    assert not any((*right.changed, *fine.changed))


def test_no_rule_of_marks_or_lines_is_learnt_from() -> None:
    learnt = {one.id for one in calques.examples()}
    assert {rule.category for rule in load_rules().rules if rule.id in learnt} <= set(CATEGORIES) - MECHANICAL
    assert not any(rule.check or rule.scope != "sentence" for rule in load_rules().rules if rule.id in learnt)


@pytest.mark.slow
def test_training_learns_what_is_wrong_and_writes_it(
    resolved: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: dict[str, str] = {}
    for module in (states, spans, calques):
        monkeypatch.setattr(module, "resolve", lambda spec: resolved)
    for module in (states, calques):
        monkeypatch.setattr(module, "LAYERS", (1, 2))
    train = spans.train
    monkeypatch.setattr(calques, "SHAPE", SHAPE)
    monkeypatch.setattr(spans, "RATE", 1e-2)
    monkeypatch.setattr(spans, "_TOKENS", 512)
    monkeypatch.setattr(calques, "engine_for", lambda *_: "float32")
    monkeypatch.setattr(
        calques, "train", lambda material, chosen, epochs: train(material, chosen, shape=SHAPE, epochs=8)
    )
    monkeypatch.setattr(calques, "examples", lambda: [some(seed, wrong=True) for seed in range(150)])

    def news(part: str, label: str, number: int) -> list[Any]:
        texts = [some(seed, wrong=False) for seed in range(5000, 5000 + number)]
        return [calques.sentence(one.id, "en", one.text.replace("vote ", "")) for one in texts]

    monkeypatch.setattr(calques, "news", news)
    for name, number in (("LEARNT", 40), ("CHOSEN", 60), ("TESTED", 30), ("OTHERS", 10)):
        monkeypatch.setattr(calques, name, number)
    cases = [
        case_sentences.Case(f"{number}", some(number, True).text, None, ("es",), "calque", "synthetic/es.toml")
        for number in range(9000, 9030)
    ]
    cases = [
        case_sentences.Case(one.id, one.text, span, one.languages, one.category, file)
        for one, file in zip(cases, ["synthetic/es.toml", "unseen/es.toml"] * 15, strict=True)
        for span in [(one.text.index("vote"), one.text.index("vote") + 4)]
    ]
    near = [
        case_sentences.Case(f"n{n}", "the council said that talks would go on", None, (), "near-miss", "x")
        for n in (1, 2)
    ]
    monkeypatch.setattr(calques, "read_cases", lambda: [*cases, *near])
    monkeypatch.setattr(calques, "read_pairs", lambda: [pair(number) for number in range(60)])
    monkeypatch.setattr(calques, "heading", lambda title, packages: f"# {title}\n")
    monkeypatch.setattr(calques, "save", lambda name, text: saved.update({name: text}))
    calques.run(tmp_path / "cache", tmp_path)
    told = json.loads((tmp_path / "detector.json").read_text("utf-8"))["parts"]["calques"]
    assert told["layers"] == [1, 2]
    tagger = CalqueTagger.open(tmp_path)
    assert 0.2 <= tagger.bounds["shown"] <= 0.99
    (shown,) = (line for line in saved["detection-calques.md"].splitlines() if "(shown)" in line)
    cells = [cell.strip() for cell in shown.strip("|").split("|")]
    assert cells[1:3] == ["100%", "100%"]
    assert cells[4:6] == ["100%", "0.0%"]
    assert float(cells[6].strip("%")) <= 10
    # Of 270 words in 30 sentences, so that one place makes 4.
    assert float(cells[7]) <= 10


def tagged(seed: int, probability: float) -> Any:
    """A sentence of which "vote" has a probability and all else 0."""
    one = some(seed, True)
    start = one.text.index("vote")
    errors = [calques.TokenError(*word, 0.0, probability if word[0] == start else 0.0) for word in one.words]
    return calques.Tagged(one, errors)


def test_what_is_shown_in_news_is_read_with_places_drawn_at_random() -> None:
    rows = [tagged(seed, 0.9 if seed % 2 else 0.3) for seed in range(20)]
    found = calques.places(rows)
    shown = [place for place in found if place.probability is not None]
    assert len(shown) == 10
    assert len(found) == 30
    assert {place.row.one.text[place.start : place.end] for place in shown} == {"vote"}
    assert len({place.key for place in found}) == len(found)
    assert calques.places(rows) == found
    told = shown[0].told("It is a calque.")
    assert "⟦vote⟧" in told["text"]
    assert told["key"] == shown[0].key
    assert "probability" not in told


def test_shares_of_faults_by_bound_and_group() -> None:
    places = calques.places([tagged(seed, 0.55 if seed % 2 else 0.9) for seed in range(20)])
    kept = {}
    for place in places:
        one = "false" if place.probability is None or place.probability < 0.6 else "fault"
        kept[place.key] = [one, one]
    unread = next(place for place in places if place.probability is None)
    del kept[unread.key]
    report = calques._as_read({"by machines": places}, kept, 0.8)
    rows = {
        cells[0]: cells[1:]
        for line in report.splitlines()
        if line.startswith("| ")
        for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
    }
    assert rows["0.50"] == ["20", "50% (30%–70%)", "50%"]
    assert rows["0.80 (shown)"] == ["10", "100% (72%–100%)", "0%"]
    assert rows["drawn at random"] == ["19", "0% (0%–17%)", "100%"]
    assert "agree in 100%" in report
    assert "1 places have no two readings" in report
    assert calques._as_read({"by machines": places}, {}, 0.8) == ""
