"""Trains the tagger of likely calques, and tests it: ``python -m models.detector.train calques``.

It learns from the examples of our own rules, wrong words marked in them and
right ones beside, from pairs of sentences written for it (:mod:`.pairs`), and
from news written in English, where nothing is wrong. It is tested on test
sentences whose writers saw no rule, on pairs that it did not learn from, and on
news that no rule was made with.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.case_sentences import Case, found, found_at, read_cases
from benchmarks.detection.marked import Edited
from benchmarks.detection.progress import say
from benchmarks.detection.states import LAYERS
from benchmarks.readings import (
    Reading,
    agreement,
    by_both,
    kappa,
    key_of,
    pair_of,
    readings,
    with_interval,
    write_unread,
)
from benchmarks.reporting import heading, save, table
from benchmarks.split import Part, read_documents
from models.detector.train.learning import Trained
from models.detector.train.material import Material, material
from models.detector.train.pairs import Pair, read_pairs
from models.detector.train.spans import SHAPE, tag, train
from tqcheck import Checker, Settings
from tqcheck.detector.spans import ErrorSpan, TokenError, by_word, spans, wordings
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.engine_choice import engine_for
from tqcheck.lm.models import resolve
from tqcheck.pipeline.rule_tests import finder
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import MECHANICAL, Rule
from tqcheck.rules.suggestion import apply
from tqcheck.text.words import count_words

EPOCHS = 5
FALSE_ALARMS = 0.15
"""Spans in 1,000 words written in English that the bound of what is shown allows, on the half that it is chosen by."""
LEARNT, CHOSEN, TESTED = 8000, 1750, 1750
"""Sentences written in English that are learnt from, that the bound is chosen by, and that are tested."""
OTHERS = 1000
"""Sentences of translations by people, and of as many by machines, that are tested."""
BOUNDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
READ_FROM = 0.5
"""The bound from which on spans in news are read as a copy editor reads."""
RANDOM = 100
"""Places drawn at random, of one to three words, that are read among them."""
RULE = "LM002"
_GROUPS = ("written in English", "translated by people", "translated by machines")
_DRAWN = "random "
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
    """The examples of rules of wording, each a sentence with the words that are wrong; bad ones also as mended."""
    found = []
    for rule in load_rules().rules if rules is None else rules:
        if rule.scope != "sentence" or rule.category in MECHANICAL or rule.check is not None:
            continue
        language = rule.languages[0] if rule.languages else ""
        every = [*map(marked, rule.bad), *((text, 0, 0) for text in (*rule.good, *_mended(rule)))]
        found += [sentence(rule.id, language, text, start, end) for text, start, end in every if "\n" not in text]
    return found


def _mended(rule: Rule) -> Iterator[str]:
    """The bad examples of a rule after its first suggestion."""
    find = finder(rule)
    for text, *_ in map(marked, rule.bad):
        for hit in find(text):
            if hit.suggestions:
                yield apply(text, hit.start, hit.end, hit.suggestions[0])


def of_pairs(pairs: Iterable[Pair]) -> list[Edited]:
    """The three sentences of each pair, one after another: the wrong one with its words, the right, the fine one."""
    found = []
    for pair in pairs:
        name = f"{pair.language}: {pair.origin}"
        every = (pair.artifact, (pair.right, 0, 0), (pair.fine, 0, 0))
        found += [sentence(name, pair.language, text, start, end) for text, start, end in every]
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
        for text in document.sentences:
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


@dataclass(frozen=True)
class Place:
    """A stretch of a sentence of news that is to be read."""

    row: Tagged
    start: int
    end: int
    probability: float | None
    """``None`` of a place drawn at random."""

    @property
    def key(self) -> str:
        """The same as long as document, sentence and stretch are."""
        text, one = self.row.one.text, self.row.one
        key = key_of(RULE, one.id, f"{text[: self.start]}\0{text[self.start : self.end]}\0{text[self.end :]}")
        return key if self.probability is not None else _DRAWN + key

    def counts(self, bound: float | None) -> bool:
        """Whether it is shown from a bound on; without a bound, whether it was drawn at random."""
        if bound is None or self.probability is None:
            return bound is self.probability
        return self.probability >= bound

    def told(self, message: str) -> dict[str, object]:
        """What a reader is given."""
        text = self.row.one.text
        marked = f"{text[: self.start]}⟦{text[self.start : self.end]}⟧{text[self.end :]}"
        return {"key": self.key, "text": marked, "rule": RULE, "message": message, "suggestions": []}


def places(rows: Sequence[Tagged]) -> list[Place]:
    """What is to be read of these sentences, :data:`READ_FROM` and at random."""
    found = [Place(row, span.start, span.end, span.probability) for row in rows for span in row.spans(READ_FROM)]
    chance = random.Random(7)
    for row in chance.sample(list(rows), min(RANDOM, len(rows))):
        first = chance.randrange(len(row.one.words))
        last = min(first + chance.randrange(3), len(row.one.words) - 1)
        found.append(Place(row, row.one.words[first][0], row.one.words[last][1], None))
    return found


def run(cache: Path, folder: Path | None = None, unread: Path | None = None) -> None:
    """Train, write the weights, and test on what training did not see for ``reports/detection-calques.md``.

    :param unread: file for what is shown in news and has fewer than two readings (``benchmarks/readings.py``).
    """
    engine = engine_for("auto", resolve(None).folder)
    pairs, of_rules = read_pairs(), examples()
    of_writers = of_pairs(pair for pair in pairs if not pair.tested)
    prepared = material(cache, (), [*of_rules, *of_writers, *news("train", "original", LEARNT)], (), engine)
    trained = train(prepared, range(prepared.sentences), epochs=EPOCHS)
    originals = news("development", "original", CHOSEN + TESTED)
    others = [*news("development", "human", OTHERS), *news("development", "machine", OTHERS)]
    cases = [case for case in read_cases() if case.category not in MECHANICAL]
    told = [sentence(case.id, "", case.text, *(case.span or (0, 0))) for case in cases]
    told += of_pairs(pair for pair in pairs if pair.tested)
    rows = tagged(material(cache, (), [*originals, *others, *told], (), engine), trained)
    bound = quiet_bound(rows[:CHOSEN])
    write(trained, bound, folder or detector_folder())
    say(f"written; shown from {bound}")
    title = heading("Likely calques on sentences that training did not see", ("torch", "numpy"))
    learnt = (
        f"Learnt from {len(of_rules):,} examples of rules, {len(of_writers) // 3:,} pairs of "
        f"`models/detector/train/pairs` (three sentences each) and {LEARNT:,} sentences of news written in English; "
        f"states by the engine {engine}. "
    )
    shown = {name: places(part) for name, part in zip(_GROUPS, _parts(rows), strict=True)}
    kept = readings()
    if unread is not None:
        every = [place for some in shown.values() for place in some]
        message = next(rule.message for rule in load_rules().rules if rule.id == RULE)
        write_unread(unread, [place.told(message) for place in every if pair_of(kept, place.key) is None])
    save("detection-calques.md", title + learnt + _report(rows, cases, bound) + _as_read(shown, kept, bound))


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


def _report(rows: Sequence[Tagged], cases: Sequence[Case], bound: float) -> str:
    texts = list(_parts(rows))
    rest = rows[sum(map(len, texts)) + CHOSEN :]
    of_cases, of_pair = list(zip(cases, rest, strict=False)), rest[len(cases) :]
    sealed = [(case, row) for case, row in of_cases if case.span and case.half == "sealed"]
    checker = Checker(Settings(lm="off"))
    groups = {
        "of an expression that rules' authors knew, sealed": [row for case, row in sealed if not case.unseen],
        "of others, sealed": [row for case, row in sealed if case.unseen],
        "those of both that no rule finds": [row for case, row in sealed if not found(checker, case)],
        "of pairs not learnt from": of_pair[::3],
    }
    near = [row for case, row in of_cases if case.span is None]
    right = [*of_pair[1::3], *of_pair[2::3]]
    header = ["bound", *groups, f"near-misses, of {len(near)}", f"right ones of pairs, of {len(right)}"]
    header += ["originals", "by people", "by machines"]
    lines = []
    for step in sorted({*BOUNDS, bound}):
        shares = [sum(_hits(row, step) for row in group) / max(len(group), 1) for group in groups.values()]
        flagged = [sum(bool(row.spans(step)) for row in some) / max(len(some), 1) for some in (near, right)]
        rates = [per_1000(part, step) for part in texts]
        cells = [f"{share:.0%}" for share in shares] + [f"{share:.1%}" for share in flagged]
        cells += [f"{rate:.2f}" for rate in rates]
        lines.append([f"{step:.2f}{' (shown)' if step == bound else ''}", *cells])
    sizes = ", ".join(f"{len(group)} {name}" for name, group in groups.items())
    by_rules = sum(bool(found_at(checker, row.one.text, _wrong(row))) for row in of_pair[::3]) / max(
        len(of_pair[::3]), 1
    )
    return (
        f"The bound of what is shown is that from which on {CHOSEN:,} other sentences written in English"
        f" have {FALSE_ALARMS} spans in 1,000 words; the columns on the right count {TESTED:,} more, "
        f"{OTHERS:,} translated by people and {OTHERS:,} by machines, spans in 1,000 words, marks and numbers left "
        f"out.\n\nShare of the artifacts of `tests/cases` (wording alone) and of pairs ({sizes}) that a span touches, "
        "and of the near-misses, and right sentences of pairs, in which there is any. What rules' authors knew is what "
        "some of the rules, and so of the examples, are about; of the others in the sealed half they were told "
        "nothing. No pair marks what a case marks; their writers were asked to leave out what everybody knows, and the "
        f"rules find {by_rules:.0%} of those not learnt from.\n\n" + table(header, lines)
    )


def _as_read(shown: Mapping[str, Sequence[Place]], kept: Mapping[str, list[Reading]], bound: float) -> str:
    """How many of the spans that are shown in news two readers call faults."""
    read = {
        name: [(place, pair) for place in some if (pair := pair_of(kept, place.key)) is not None]
        for name, some in shown.items()
    }
    pairs = [pair for some in read.values() for place, pair in some if place.probability is not None]
    if not pairs:
        return ""
    lines = []
    for step in (*sorted({*(one for one in BOUNDS if one >= READ_FROM), bound}), None):
        name = "drawn at random" if step is None else f"{step:.2f}{' (shown)' if step == bound else ''}"
        cells = [name]
        for some in read.values():
            cells += _shares([pair for place, pair in some if place.counts(step)])
        lines.append(cells)
    header = ["bound", *(cell for name in read for cell in (name, "fault to both", "false to both"))]
    unread = sum(len(some) - len(read[name]) for name, some in shown.items())
    return (
        "\n## What two readers say of the spans\n\nThe sentences of news above, each span read twice by a large "
        "language model that was asked to judge as a copy editor does, in two sessions that knew nothing of each other "
        "and were not told where a sentence came from: *fault* (an editor would change it), *taste* (some would), "
        f"*false* (nothing is wrong there). Among them were {RANDOM} places of each group drawn at random. The two "
        f"agree in {agreement(pairs):.0%}, Cohen's kappa {kappa(pairs):.2f}. {unread} places have no two readings and "
        "are left out.\n\n" + table(header, lines)
    )


def _shares(pairs: Sequence[tuple[Reading, Reading]]) -> list[str]:
    """How many there are, and how many are faults and false to both readers."""
    if not pairs:
        return ["0", "–", "–"]
    faults = with_interval(by_both(pairs, "fault"), len(pairs))
    return [str(len(pairs)), faults, f"{by_both(pairs, 'false') / len(pairs):.0%}"]


def _parts(rows: Sequence[Tagged]) -> Iterator[Sequence[Tagged]]:
    """The originals that are tested, what people translated, and what machines did."""
    start = CHOSEN
    for size in (TESTED, OTHERS, OTHERS):
        yield rows[start : start + size]
        start += size


def _hits(row: Tagged, bound: float) -> bool:
    """Whether a span touches what is wrong."""
    start, end = _wrong(row)
    return any(one.start < end and start < one.end for one in row.spans(bound))


def _wrong(row: Tagged) -> tuple[int, int]:
    """What is wrong in a sentence, from its first such word to its last."""
    words = [word for word, changed in zip(row.one.words, row.one.changed, strict=True) if changed]
    return words[0][0], words[-1][1]
