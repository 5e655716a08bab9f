"""How well verdicts tell machine translation from what people wrote and translated: the tables of a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.metrics import (
    auroc,
    calibration_error,
    interval,
    reliability,
    true_positives_at,
)
from benchmarks.reporting import table
from benchmarks.split import NewsDocument, article_key

FEWEST = 10
"""Documents on either side that a row of a table needs."""
FALSE_POSITIVES = 0.01


@dataclass(frozen=True, slots=True)
class Judged:
    """A document with its verdict.

    ``score`` is the log-odds behind ``probability``; ``masked`` the log-odds
    with names and content words masked; ``source`` the likeliest source
    language, ``None`` where none was told.
    """

    document: NewsDocument
    probability: float
    score: float
    masked: float
    source: str | None = None

    @property
    def machine(self) -> bool:
        """Whether it is a machine's."""
        return self.document.label == "machine"


Rows = Sequence[Judged]


def translations(rows: Iterable[Judged]) -> list[Judged]:
    """Human translations and machine translations of articles that were not written in English."""
    return [row for row in rows if not row.document.of_an_english_original]


def originals(rows: Iterable[Judged]) -> list[Judged]:
    """English originals, and machine translations of articles that were not written in English."""
    return [
        row
        for row in rows
        if row.document.label == "original" or (row.machine and not row.document.of_an_english_original)
    ]


def tables(rows: Rows) -> str:
    """All tables, Markdown."""
    parts = ["## People against machines\n", _overall(rows)]
    for title, key in (("source language", _language), ("year", _year), ("system", _system)):
        parts += [f"## Human translation against machine, by {title}\n", _by(translations(rows), title, key)]
    parts += ["## Whether probabilities can be trusted\n", _reliability(rows)]
    if any(row.source for row in rows):
        parts += ["## Source language\n", _sources(rows)]
    return "\n".join(parts)


def measures(rows: Rows, groups: Sequence[str] | None = None) -> list[str]:
    """Cells: people, machines, AUROC with its interval, masked AUROC, true positives at 1 % false ones, error."""
    machine = np.array([row.machine for row in rows])
    scores, hidden = (np.array([getattr(row, name) for row in rows]) for name in ("score", "masked"))
    probabilities = np.array([row.probability for row in rows])
    keys = groups or [article_key(row.document.id, row.document.system) for row in rows]
    low, high = interval(lambda drawn: auroc(scores[drawn], machine[drawn]), keys)
    return [
        f"{int((~machine).sum()):,}",
        f"{int(machine.sum()):,}",
        f"{auroc(scores, machine):.3f}",
        f"{low:.3f}–{high:.3f}",
        f"{auroc(hidden, machine):.3f}",
        f"{true_positives_at(scores, machine, FALSE_POSITIVES):.0%}",
        f"{calibration_error(probabilities, machine):.3f}",
    ]


HEADER = ["people", "machine", "AUROC", "95 %", "AUROC, words masked", "found at 1 % false", "calibration error"]


def _overall(rows: Rows) -> str:
    lines = []
    for name, chosen in (
        ("human translation against machine", translations(rows)),
        ("English original against machine", originals(rows)),
        ("both kinds of people against machine", list(rows)),
    ):
        if _enough(chosen):
            lines.append([name, *measures(chosen)])
    return table(["", *HEADER], lines)


def _by(rows: Rows, title: str, key: Callable[[Judged], str]) -> str:
    """A row for each value of ``key``; people's documents without one stand beside the machines of their articles."""
    machines: dict[str, list[Judged]] = defaultdict(list)
    people: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        if row.machine:
            machines[key(row)].append(row)
        else:
            people[article_key(row.document.id, row.document.system)].append(row)
    lines = []
    areas = []
    for name, found in sorted(machines.items()):
        articles = {article_key(row.document.id, row.document.system) for row in found}
        both = [*found, *(row for article in sorted(articles) for row in people.get(article, ()))]
        if _enough(both):
            lines.append([name, *measures(both)])
            areas.append(auroc(np.array([row.score for row in both]), np.array([row.machine for row in both])))
    if len(areas) > 1:
        lines.append(["**mean**", "", "", f"**{np.mean(areas):.3f}**", "", "", "", ""])
    return table([title, *HEADER], lines)


def _language(row: Judged) -> str:
    return row.document.source_lang


def _year(row: Judged) -> str:
    return str(row.document.year)


def _system(row: Judged) -> str:
    return row.document.system


def _enough(rows: Rows) -> bool:
    machines = sum(row.machine for row in rows)
    return machines >= FEWEST and len(rows) - machines >= FEWEST


def _reliability(rows: Rows) -> str:
    probabilities = np.array([row.probability for row in rows])
    machine = np.array([row.machine for row in rows])
    lines = [
        [f"{one.probability:.2f}", f"{one.share:.2f}", f"{one.weight:.1%}", f"{one.count:,}"]
        for one in reliability(probabilities, machine)
    ]
    error = calibration_error(probabilities, machine)
    return f"Expected calibration error {error:.3f}, people and machines weighing the same.\n\n" + table(
        ["mean probability", "share of machine translations", "weight", "documents"], lines
    )


def _sources(rows: Rows) -> str:
    told = [row for row in rows if row.source is not None and row.document.label != "original"]
    lines = []
    right: list[bool] = []
    for language in sorted({row.document.source_lang for row in told}):
        own = [row.source == language for row in told if row.document.source_lang == language]
        right += own
        lines.append([language, f"{len(own):,}", f"{np.mean(own):.0%}"])
    shares = [
        float(np.mean([row.source == code for row in told if row.document.source_lang == code])) for code, *_ in lines
    ]
    lines.append(["**all documents**", f"{len(right):,}", f"**{np.mean(right):.0%}**"])
    lines.append(["**mean of languages**", "", f"**{np.mean(shares):.0%}**"])
    return table(["translated from", "documents", "told right"], lines)
