"""How well tagged spans agree with the errors that people marked: the tables of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import permutations

import numpy as np

from benchmarks.detection.marked import Edited, Marked
from benchmarks.detection.metrics import SpanScores, Values, auroc, mcc, span_scores
from benchmarks.reporting import table
from tqcheck.detector.spans import ErrorSpan, TokenError, by_word, spans, wordings

SHARES = (0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.18, 0.2, 0.22, 0.25, 0.28, 0.3, 0.35, 0.4, 0.5)
"""Shares of the words that are marked, to choose a bound from."""
PRECISION = 0.6
"""Share of the shown spans that must overlap a marked error for editors to see them by default."""
_QUARTERS = 4


@dataclass(frozen=True)
class Tagged:
    """A sentence with what the tagger says of its tokens.

    ``places``, ``ends`` [tokens] are code points of its text, ``surprisal``
    [tokens] is in nats, ``errors`` [tokens, 3] and ``edits`` [tokens] are
    probabilities, ``fold`` is the part that it was held out in.
    """

    one: Marked | Edited
    places: Values
    ends: Values
    surprisal: Values
    errors: Values
    edits: Values
    fold: int

    @cached_property
    def words(self) -> list[TokenError]:
        """Its words with the tagger's probabilities."""
        return self._by_word(self.errors[:, 1], self.errors[:, 2])

    @cached_property
    def wordings(self) -> list[TokenError]:
        """The same without numbers and marks, as editors see them."""
        return wordings(self.one.text, self.words)

    @cached_property
    def surprising(self) -> list[TokenError]:
        """Its words with surprisal in place of a probability, all major."""
        return self._by_word(np.zeros(len(self.surprisal)), self.surprisal)

    @cached_property
    def changed(self) -> list[TokenError]:
        """Its words with the probability that a post-editor would change them."""
        return self._by_word(self.edits, np.zeros(len(self.edits)))

    def _by_word(self, minor: Values, major: Values) -> list[TokenError]:
        tokens = map(TokenError, self.places.tolist(), self.ends.tolist(), minor.tolist(), major.tolist())
        return by_word(self.one.text, list(tokens))


Rows = Sequence[Tagged]
Reading = Callable[[Tagged], list[TokenError]]
SURPRISAL, ERRORS, EDITS = "surprisal alone", "tagger", "edits"
READINGS: Mapping[str, Reading] = {
    SURPRISAL: lambda row: row.surprising,
    ERRORS: lambda row: row.words,
    EDITS: lambda row: row.changed,
}
Bounds = Mapping[str, float]
"""Bounds by reading and measure: ``tagger f1``, ``edits edited``."""


def tables(
    rows: Rows, bounds: Bounds | None = None, originals: Rows = (), others: Mapping[str, Rows] | None = None
) -> str:
    """All tables, Markdown; without ``bounds`` they are chosen on the folds that a sentence does not belong to.

    ``originals`` are sentences in which nobody looked for errors, to see how
    often they would be shown there; ``others`` are marked sentences that have
    a table of their own under the heading given.
    """
    marked = [row for row in rows if isinstance(row.one, Marked)]
    edited = [row for row in rows if isinstance(row.one, Edited)]
    parts = [_INTRODUCTION, _CHOSEN if bounds is None else _GIVEN]
    if marked:
        parts += ["## Spans against marked errors\n", _agreement(marked, bounds), _among_people(marked)]
        parts += ["## What an editor would see\n", _EDITORS, _shown(marked, originals)]
        parts += [] if bounds is not None else [_TRUST, _trusted(marked)]
    for name, own in (others or {}).items():
        parts += [f"## {name}\n", _agreement(own, bounds), _among_people(own)]
    if edited:
        parts += ["## Words that a post-editor changed, by language\n", _edits(edited, bounds)]
    return "\n".join(parts)


def best_bounds(rows: Rows) -> dict[str, float]:
    """The bounds with the highest F1 over marked errors, and the highest MCC over marked and over edited words."""
    marked = [row for row in rows if isinstance(row.one, Marked)]
    edited = [row for row in rows if isinstance(row.one, Edited)]
    found = {}
    for name in (SURPRISAL, ERRORS):
        found[f"{name} f1"] = best_bound(marked, READINGS[name])
        found[f"{name} mcc"] = _best_mcc(marked, READINGS[name])
    for name in (SURPRISAL, ERRORS, EDITS):
        found[f"{name} edited"] = _best_mcc(edited, READINGS[name])
    return found


_INTRODUCTION = """\
Character F1 as in the WMT23 shared task (a wrong severity counts one half), over all annotations; MCC and AUROC over
words and marks, which count as marked where most annotators marked them. "Everything major" marks every character.
"""
_CHOSEN = """\
Each sentence was tagged by a network that saw neither its document nor, of edited ones, its language; bounds are
those with the highest F1 (MCC) on the other folds.
"""
_EDITORS = "Words alone: numbers and marks are left to the rules.\n"
_TRUST = (
    "What a finding says of itself, `confidence`, beside what came true; bound and confidence are of the other folds.\n"
)
_GIVEN = "Weights and bounds are those that come with tqcheck.\n"


def _agreement(rows: Rows, bounds: Bounds | None) -> str:
    floor = _floor(rows)
    lines = [["everything major", *_cells(floor), "1.00", "", ""]]
    for name in (SURPRISAL, ERRORS):
        reading = READINGS[name]
        parts = list(_parts(rows, partial(best_bound, reading=reading), bounds, f"{name} f1"))
        scores = span_scores([entry for own, bound in parts for row in own for entry in _entries(row, reading, bound)])
        values, truth = _labelled(rows, reading)
        agreement = _mcc(rows, reading, bounds, f"{name} mcc")
        times = f"{scores.f1 / floor.f1:.2f}"
        lines.append([name, *_cells(scores), times, f"{agreement:.3f}", f"{auroc(values, truth):.3f}"])
    return table(["", "precision", "recall", "F1", "times the floor", "MCC of words", "AUROC of words"], lines)


def _floor(rows: Rows) -> SpanScores:
    """What marking every character as a major error reaches."""
    return span_scores(
        [(len(row.one.text), [(0, len(row.one.text), "major")], one) for row in rows for one in _of(row)]
    )


def _among_people(rows: Rows) -> str:
    """How well those agree with each other who marked the same text, as a bound on what can be reached."""
    several = [row for row in rows if len(_of(row)) > 1]
    if not several:
        return ""
    pairs = [(len(row.one.text), one, other) for row in several for one, other in permutations(_of(row), 2)]
    agreement, floor = span_scores(pairs).f1, _floor(several).f1
    return (
        f"Where several people marked the same text ({len(several):,} texts, mostly short), one beside another, both "
        f"seeing the\noriginal, has F1 {agreement:.3f}; everything marked has {floor:.3f} there "
        f"({agreement / floor:.2f} times the floor).\n"
    )


def _parts(
    rows: Rows, choose: Callable[[Rows], float], bounds: Bounds | None, name: str
) -> Iterator[tuple[Rows, float]]:
    """Sentences with the bound for them: the one given, or for each fold the one chosen on the others."""
    if bounds is not None:
        yield rows, bounds[name]
        return
    for fold in sorted({row.fold for row in rows}):
        yield [row for row in rows if row.fold == fold], choose([row for row in rows if row.fold != fold])


def best_bound(rows: Rows, reading: Reading) -> float:
    """The bound with the highest F1 on these sentences."""
    bounds = _bounds(rows, reading)
    return max(bounds, key=lambda bound: span_scores([e for row in rows for e in _entries(row, reading, bound)]).f1)


def _entries(row: Tagged, reading: Reading, bound: float) -> list[tuple[int, list[tuple[int, int, str]], list]]:  # type: ignore[type-arg]
    ours = [(one.start, one.end, "major" if one.major else "minor") for one in spans(reading(row), bound)]
    return [(len(row.one.text), ours, list(annotation)) for annotation in _of(row)]


def _mcc(rows: Rows, reading: Reading, bounds: Bounds | None, name: str) -> float:
    found, truths = [], []
    for own, bound in _parts(rows, partial(_best_mcc, reading=reading), bounds, name):
        values, truth = _labelled(own, reading)
        found.append(values >= bound)
        truths.append(truth)
    return mcc(np.concatenate(found), np.concatenate(truths))


def _best_mcc(rows: Rows, reading: Reading) -> float:
    values, truth = _labelled(rows, reading)
    return max(_bounds(rows, reading), key=lambda bound: mcc(values >= bound, truth))


def _labelled(rows: Rows, reading: Reading) -> tuple[Values, Values]:
    """The value of each word and whether people marked (or changed) it."""
    values, truth = [], []
    for row in rows:
        if isinstance(row.one, Marked):
            share = np.zeros(len(row.one.text) + 1)
            for annotation in row.one.annotations:
                inside = np.zeros(len(share), dtype=bool)
                for start, end, _ in annotation:
                    inside[start:end] = True
                share += inside / len(row.one.annotations)
        else:
            share = np.zeros(len(row.one.text) + 1)
            for (start, end), changed in zip(row.one.words, row.one.changed, strict=True):
                share[start:end] = changed
        for word in reading(row):
            values.append(word.minor + word.major)
            truth.append(share[word.start : word.end].max(initial=0) > 0.5)
    return np.array(values), np.array(truth)


def _bounds(rows: Rows, reading: Reading) -> list[float]:
    values = np.array([word.minor + word.major for row in rows for word in reading(row)])
    return [float(np.quantile(values, 1 - share)) for share in SHARES]


def _shown(rows: Rows, originals: Rows) -> str:
    """Shares of shown spans that overlap a marked error, by bound, in machines' and in people's translations."""
    lines = []
    written = sum(len(row.words) for row in originals)
    words = {kind: sum(len(row.words) for row in rows if _people(row) == kind) for kind in (False, True)}
    for bound in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
        shown: dict[bool, list[float]] = {False: [], True: []}
        for row in rows:
            shown[_people(row)] += [_overlap(row, one) for one in spans(row.wordings, bound)]
        both = [*shown[False], *shown[True]]
        if len(both) >= 10:
            lines.append(
                [
                    f"{bound:.2f}",
                    f"{len(both):,}",
                    f"{np.mean(both):.0%}",
                    *(f"{1000 * len(shown[kind]) / max(words[kind], 1):.1f}" for kind in (False, True)),
                ]
            )
            if written:
                count = sum(len(spans(row.wordings, bound)) for row in originals)
                lines[-1].append(f"{1000 * count / written:.1f}")
    columns = ["bound", "spans", "overlap a marked error"]
    texts = ["translated by machines", "by people", *(["written in English"] if written else [])]
    return table(columns + [f"per 1,000 words {text}" for text in texts], lines)


def overlap_bound(rows: Rows, precision: float = PRECISION) -> float | None:
    """The least bound from which on this share of the spans overlaps a marked error; ``None`` if there is none."""
    for bound in np.arange(0.2, 0.95, 0.01):
        found = [_overlap(row, one) for row in rows for one in spans(row.wordings, float(bound))]
        if len(found) >= 50 and np.mean(found) >= precision:
            return round(float(bound), 2)
    return None


def right_line(rows: Rows, bound: float) -> tuple[float, float]:
    """Start and slope of a line: the share of the spans from a bound on that overlap a marked error, by probability."""
    found = [(one.probability, _overlap(row, one)) for row in rows for one in spans(row.wordings, bound)]
    probabilities, overlaps = np.array(found).reshape(-1, 2).T
    # A line through one place has no slope.
    if len(set(probabilities.tolist())) < 2:
        return float(overlaps.mean()) if found else 0.0, 0.0
    slope, start = np.polyfit(probabilities, overlaps, 1)
    return round(float(start), 3), round(float(slope), 3)


def _trusted(rows: Rows) -> str:
    """The confidence of shown spans, by bound and line of the other folds, beside the share that overlaps an error."""
    found: list[tuple[float, float]] = []
    for fold in sorted({row.fold for row in rows}):
        others = [row for row in rows if row.fold != fold]
        bound = overlap_bound(others)
        if bound is not None:
            start, slope = right_line(others, bound)
            shown = ((row, one) for row in rows if row.fold == fold for one in spans(row.wordings, bound))
            found += [(start + slope * one.probability, _overlap(row, one)) for row, one in shown]
    values = np.array(sorted(found)).reshape(-1, 2)
    lines = [
        [f"{part[:, 0].mean():.2f}", f"{len(part):,}", f"{part[:, 1].mean():.2f}"]
        for part in np.array_split(values, _QUARTERS)
        if len(part)
    ]
    return table(["mean confidence", "spans", "share that overlaps a marked error"], lines)


def _overlap(row: Tagged, span: ErrorSpan) -> float:
    """The share of the annotators that marked an error which overlaps the span."""
    return float(np.mean([any(start < span.end and span.start < end for start, end, _ in one) for one in _of(row)]))


def _people(row: Tagged) -> bool:
    return isinstance(row.one, Marked) and row.one.system.startswith("ref")


def _of(row: Tagged) -> Sequence[Sequence[tuple[int, int, str]]]:
    assert isinstance(row.one, Marked)
    return row.one.annotations


def _edits(rows: Rows, bounds: Bounds | None) -> str:
    lines = []
    for language in sorted({row.one.source_lang for row in rows}):
        own = [row for row in rows if row.one.source_lang == language]
        others = [row for row in rows if row.one.source_lang != language]
        cells = []
        for name in (SURPRISAL, ERRORS, EDITS):
            bound = _best_mcc(others, READINGS[name]) if bounds is None else bounds[f"{name} edited"]
            values, truth = _labelled(own, READINGS[name])
            cells += [f"{mcc(values >= bound, truth):.3f}", f"{auroc(values, truth):.3f}"]
        share = float(_labelled(own, READINGS[EDITS])[1].mean())
        lines.append([language, f"{len(own):,}", f"{share:.0%}", *cells])
    header = ["language", "sentences", "changed"]
    return table(
        header + [f"{name}: {what}" for name in (SURPRISAL, ERRORS, EDITS) for what in ("MCC", "AUROC")], lines
    )


def _cells(scores: SpanScores) -> list[str]:
    return [f"{scores.precision:.3f}", f"{scores.recall:.3f}", f"{scores.f1:.3f}"]
