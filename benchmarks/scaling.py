"""Speed of the library by the number of rules: it must not fall as rules are added.

Rules alone, one core; the texts are original English news of the development
part. Under the number of built-in rules a seeded sample of them runs; over it
come synthetic rules: half hold an invented word, half are three neighbouring
words of news of the training part, the last in all its forms. The rule sets
take turns, so that whatever else the machine does meets all alike.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import re
import statistics
import tempfile
import timeit
from collections.abc import Iterator
from pathlib import Path

from reporting import REPORTS, heading, save, table
from split import read_documents

from tqcheck.config.settings import Settings
from tqcheck.pipeline.checker import Checker
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.loader import load_rules
from tqcheck.rules.matcher import Matcher

_GC = "import gc; gc.enable()"  # timeit turns it off, users do not
_SIZES = (100, 300, 1_000, 3_000, 10_000)
_RULE = """[[rule]]
id = "SYN{0:05d}"
name = "synthetic-{0}"
category = "calque"
severity = "warning"
message = "Synthetic."
source = "benchmarks/scaling.py"
pattern = "{1}"
bad = ["[a]", "[b]"]
good = ["c", "d"]
"""


def write_pack(path: Path, count: int) -> None:
    """A pack of ``count`` synthetic rules, all different, the same ones on every run."""
    chance = random.Random(1)
    triples: set[str] = set()
    for document in read_documents("train", frozenset({"original"})):
        triples.update(re.findall(r"(?<![\w’'\-])[a-z]{3,} [a-z]{2,} [a-z]{3,}(?![\w’'\-])", document.text))
    split = [triple.rpartition(" ") for triple in chance.sample(sorted(triples), count)]
    patterns = [f"{left} {{{right}}}" for left, _, right in split[::2]]
    for number, (_, _, right) in enumerate(split[1::2]):
        word = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(4))
        patterns.append(f"{word}{number} of the {{{right}}}")
    path.write_text("".join(_RULE.format(*numbered) for numbered in enumerate(patterns)), "utf-8")


def corpus(words: int) -> list[str]:
    """Stories of the development part with about ``words`` words in all."""
    texts: list[str] = []
    for document in read_documents("development", frozenset({"original"})):
        texts.append(document.text.replace("\n", "\n\n"))
        words -= len(document.text.split())
        if words <= 0:
            break
    return texts


def plot(points: list[tuple[int, float]]) -> str:
    """Words a second over the number of rules (logarithmic, from 100 to 10,000) as SVG, 640 × 360."""
    top = 100_000 * (1 + int(max(speed for _, speed in points)) // 100_000)
    dots = [(70 + 270 * (math.log10(count) - 2), 310 - 280 * speed / top) for count, speed in points]
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" style="font:12px sans;background:#fff">']
    for speed in range(0, top + 1, 100_000):
        y = 310 - 280 * speed / top
        parts.append(f'<path d="M70 {y:.1f}H610" stroke="#ddd"/>')
        parts.append(f'<text x="62" y="{y + 4:.1f}" text-anchor="end">{speed:,}</text>')
    parts.append(f'<polyline fill="none" stroke="#1a5fb4" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in dots)}"/>')
    for (x, y), (count, _) in zip(dots, points, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1a5fb4"/>')
        parts.append(f'<text x="{x:.1f}" y="{326 if count % 1000 else 340}" text-anchor="middle">{count:,}</text>')
    parts.append('<text x="340" y="356" text-anchor="middle">rules</text><text x="10" y="18">words/s</text></svg>')
    return "\n".join([*parts, ""])


def rule_sets(folder: Path) -> Iterator[tuple[RuleSet, float | None]]:
    """The rule sets by size, with the seconds it takes to load what finding begins with."""
    built_in = load_rules(cache=folder)
    count = len(built_in)
    for size in sorted({count, *_SIZES}):
        pack = folder / f"synthetic-{size}.toml"
        if size > count:
            write_pack(pack, size - count)
        extra = [pack] if size > count else []
        load_rules(extra, cache=folder)
        rules = load_rules(extra, cache=folder)
        if size < count:
            yield RuleSet(random.Random(1).sample(built_in.rules, size)), None
            continue
        times = timeit.repeat(lambda extra=extra: Matcher(load_rules(extra, cache=folder)), _GC, number=1, repeat=5)
        yield rules, statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = corpus(100_000)
    words = sum(len(text.split()) for text in texts)
    checkers: list[Checker] = []
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for rules, start_up in rule_sets(Path(name)):
            checkers.append(Checker(Settings(lm="off")))
            checkers[-1].rules = rules
            findings = sum(len(checkers[-1].check_text(text).findings) for text in texts)
            rows.append([f"{len(rules):,}", f"{findings:,}", "" if start_up is None else f"{1e3 * start_up:.0f}"])
    passes: list[list[float]] = [[] for _ in checkers]
    for _ in range(arguments.runs):
        for checker, times in zip(checkers, passes, strict=True):
            times.append(timeit.timeit(lambda checker=checker: list(map(checker.check_text, texts)), _GC, number=1))
    points = [(len(c.rules), words / statistics.median(t)) for c, t in zip(checkers, passes, strict=True)]
    for row, (_, speed) in zip(rows, points, strict=True):
        row.insert(1, f"{speed:,.0f}")
    report = heading("Speed by the number of rules") + (
        f"{len(texts)} stories of {words // len(texts)} words on average, in memory, one core, medians of "
        f"{arguments.runs} passes. Fewer rules than are built in are a sample of them, more are synthetic. Start-up "
        "is loading the index of the compiled rules and building the automaton; a sample is not loaded.\n\n"
    )
    report += table(["rules", "words/s", "findings", "start-up, ms"], rows)
    (REPORTS / "scaling.svg").write_text(plot(points), "utf-8")
    save("scaling.md", report + "\n![words a second over the number of rules](scaling.svg)\n")


if __name__ == "__main__":
    main()
