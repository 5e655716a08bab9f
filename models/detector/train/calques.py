"""Trains the tagger of likely calques, and tests it: ``python -m models.detector.train calques``.

It learns from the examples of our own rules, wrong words marked in them and
right ones beside, and from news written in English, where nothing is wrong. It
is tested on test sentences whose writers saw no rule, and on news that no rule
was made with.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.case_sentences import Case, found, read_cases
from benchmarks.detection.marked import Edited
from benchmarks.reporting import heading, save, table
from benchmarks.split import Part, read_documents
from models.detector.train.material import Material, material
from models.detector.train.progress import say
from models.detector.train.spans import SHAPE, Trained, tag, train
from models.detector.train.states import LAYERS
from tqcheck import Checker, Settings
from tqcheck.detector.spans import ErrorSpan, TokenError, by_word, spans, wordings
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.causal import engine_for
from tqcheck.lm.models import resolve
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import MECHANICAL, Rule
from tqcheck.text import count_words, split_sentences

EPOCHS = 5
FALSE_ALARMS = 0.15
"""Spans in 1,000 words written in English that the bound of what is shown allows, on the half that it is chosen by."""
LEARNT, CHOSEN, TESTED = 5000, 1750, 1750
"""Sentences written in English that are learnt from, that the bound is chosen by, and that are tested."""
OTHERS = 1000
"""Sentences of translations by people, and of as many by machines, that are tested."""
BOUNDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Tagged:
    """A sentence with what the tagger says of its words."""

    one: Edited
    words: Sequence[TokenError]

    def spans(self, bound: float) -> list[ErrorSpan]:
        """What is shown from a bound on."""
        return spans(self.words, bound)


def examples(rules: Sequence[Rule] | None = None) -> list[Edited]:
    """The examples of rules of wording, each a sentence with the words that are wrong."""
    found = []
    for rule in load_rules().rules if rules is None else rules:
        if rule.scope != "sentence" or rule.category in MECHANICAL or rule.check is not None:
            continue
        language = rule.languages[0] if rule.languages else ""
        every = [*map(marked, rule.bad), *((good, 0, 0) for good in rule.good)]
        found += [sentence(rule.id, language, text, start, end) for text, start, end in every if "\n" not in text]
    return found


def sentence(name: str, language: str, text: str, start: int = 0, end: int = 0) -> Edited:
    """A sentence in which the words of ``text[start:end]`` are wrong."""
    words = [match.span() for match in _WORD.finditer(text)]
    return Edited(name, language, "", text, words, [begin < end and start < stop for begin, stop in words])


def news(part: Part, label: str, number: int) -> list[Edited]:
    """So many sentences of news without quotations, drawn from all documents of a part, nothing called wrong."""
    every = list(_sentences(part, label))
    random.Random(1).shuffle(every)
    return every[:number]


def _sentences(part: Part, label: str) -> Iterator[Edited]:
    for document in read_documents(part, frozenset({label})):
        for paragraph in document.text.split("\n"):
            for start, end in split_sentences(paragraph, 0, len(paragraph)):
                text = paragraph[start:end].strip()
                if 6 <= len(text.split()) <= 45 and not re.search('["“”]', text):
                    yield sentence(document.id, document.source_lang, text)


def tagged(material: Material, trained: Trained) -> list[Tagged]:
    """Every sentence of a material with its words."""
    found = []
    for index, (_, probabilities) in sorted(tag(material, trained, range(material.sentences)).items()):
        one = material.edited[index]
        tokens = slice(material.states.bounds[index], material.states.bounds[index + 1])
        places, ends = material.states.places[tokens], material.states.ends[tokens]
        errors = [
            TokenError(int(start), int(end), 0.0, float(value))
            for start, end, value in zip(places, ends, probabilities, strict=True)
        ]
        found.append(Tagged(one, wordings(one.text, by_word(one.text, errors))))
    return found


def per_1000(rows: Sequence[Tagged], bound: float) -> float:
    """Spans from a bound on in 1,000 words."""
    return 1000 * sum(len(row.spans(bound)) for row in rows) / max(sum(count_words(row.one.text) for row in rows), 1)


def quiet_bound(rows: Sequence[Tagged]) -> float:
    """The least bound, in hundredths, from which on good English has no more than :data:`FALSE_ALARMS`."""
    return next((step / 100 for step in range(20, 99) if per_1000(rows, step / 100) <= FALSE_ALARMS), 0.99)


def run(cache: Path, folder: Path | None = None) -> None:
    """Train, write the weights, and test on what training did not see for ``reports/detection-calques.md``."""
    engine = engine_for("auto", resolve(None).folder)
    prepared = material(cache, (), [*examples(), *news("train", "original", LEARNT)], (), engine)
    trained = train(prepared, range(prepared.sentences), epochs=EPOCHS)
    originals = news("development", "original", CHOSEN + TESTED)
    others = [*news("development", "human", OTHERS), *news("development", "machine", OTHERS)]
    cases = [case for case in read_cases() if case.category not in MECHANICAL]
    told = [sentence(case.id, "", case.text, *(case.span or (0, 0))) for case in cases]
    rows = tagged(material(cache, (), [*originals, *others, *told], (), engine), trained)
    bound = quiet_bound(rows[:CHOSEN])
    write(trained, bound, folder or detector_folder())
    say(f"written; shown from {bound}")
    title = heading("Likely calques on sentences that training did not see", ("torch", "numpy"))
    save("detection-calques.md", title + _report(rows, cases, bound, engine))


def write(trained: Trained, bound: float, folder: Path) -> None:
    """Write the weights."""
    told = {
        "model": resolve(None).sha256,
        "layers": LAYERS,
        "shape": asdict(replace(SHAPE, dropout=0.0)),
        "surprisal": list(trained.surprisal),
        "bounds": {"shown": bound},
    }
    tensors = {name: tensor.half().numpy() for name, tensor in trained.net.state_dict().items()}
    save_weights(folder, "calques", tensors, told)


def _report(rows: Sequence[Tagged], cases: Sequence[Case], bound: float, engine: str) -> str:
    texts = list(_parts(rows))
    of_cases = list(zip(cases, rows[len(rows) - len(cases) :], strict=True))
    sealed = [(case, row) for case, row in of_cases if case.span and case.half == "sealed"]
    checker = Checker(Settings(lm="off"))
    groups = {
        "of an expression that rules' authors knew, sealed": [one for one in sealed if not one[0].unseen],
        "of others, sealed": [one for one in sealed if one[0].unseen],
        "those of both that no rule finds": [one for one in sealed if not found(checker, one[0])],
    }
    near = [row for case, row in of_cases if case.span is None]
    header = ["bound", *groups, f"near-misses, of {len(near)}", "originals", "by people", "by machines"]
    lines = []
    for step in sorted({*BOUNDS, bound}):
        shares = [sum(_hits(case, row, step) for case, row in group) / len(group) for group in groups.values()]
        flagged = sum(bool(row.spans(step)) for row in near) / len(near)
        rates = [per_1000(part, step) for part in texts]
        cells = [*(f"{share:.0%}" for share in shares), f"{flagged:.1%}", *(f"{rate:.2f}" for rate in rates)]
        lines.append([f"{step:.2f}{' (shown)' if step == bound else ''}", *cells])
    sizes = ", ".join(f"{len(group)} {name}" for name, group in groups.items())
    return (
        f"Learnt from {len(examples()):,} examples of rules and {LEARNT:,} sentences of news written in English; "
        f"states by the engine {engine}. The bound of what is shown is that from which on {CHOSEN:,} other such "
        f"sentences have {FALSE_ALARMS} spans in 1,000 words; the columns on the right count {TESTED:,} more, "
        f"{OTHERS:,} translated by people and {OTHERS:,} by machines, spans in 1,000 words, marks and numbers left "
        f"out.\n\nShare of the artifacts of `tests/cases` (wording alone: {sizes}) that a span touches, and of the "
        "near-misses in which there is any. What rules' authors knew is what some of the rules, and so of the "
        "examples, are about; of the others in the sealed half they were told nothing.\n\n" + table(header, lines)
    )


def _parts(rows: Sequence[Tagged]) -> Iterator[Sequence[Tagged]]:
    """The originals that are tested, what people translated, and what machines did."""
    start = CHOSEN
    for size in (TESTED, OTHERS, OTHERS):
        yield rows[start : start + size]
        start += size


def _hits(case: Case, row: Tagged, bound: float) -> bool:
    assert case.span is not None
    return any(one.start < case.span[1] and case.span[0] < one.end for one in row.spans(bound))
