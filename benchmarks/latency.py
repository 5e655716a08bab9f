"""What an editor waits for, with the language model: cold, warm, and after an edit; what arbitration and detector add.

Stories of about 600 words are original English news of the development part.
``cold`` figures are whole processes; ``warm`` ones are of a checker that has
its model. Every story of a warm figure is new to it, and so is every edit: one
sentence in the middle of a story loses its last word but one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reporting import as_installed, heading, save, table
from split import stories

from tqcheck import Checker, Settings
from tqcheck.cache.folder import VARIABLE
from tqcheck.config.settings import ENGINES
from tqcheck.detector.fluency import FluencyReader
from tqcheck.detector.origin import OfStates, OriginReader
from tqcheck.detector.tagger import Tagger
from tqcheck.detector.verdict import VerdictModel
from tqcheck.lm import models
from tqcheck.lm.arbitration import Comparison, Thresholds, score_and_compare
from tqcheck.lm.engine_choice import engine_for
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import load_scorer
from tqcheck.lm.state_reader import StateReader
from tqcheck.text.sentences import split_sentences

WORDS = 600


def edits(story: str, number: int) -> Iterator[str]:
    """The story with one sentence changed, another one each time, spread over the story."""
    spans = [span for span in split_sentences(story, 0, len(story)) if story[slice(*span)].count(" ") > 6]
    for index in range(number):
        start, end = spans[(2 * index + 1) * len(spans) // (2 * number)]
        words = story[start:end].split(" ")
        yield story[:start] + " ".join([*words[:-2], words[-1]]) + story[end:]


def timed(checker: Checker, texts: list[str]) -> list[float]:
    seconds = []
    for text in texts:
        begun = time.perf_counter()
        checker.check_text(text)
        seconds.append(time.perf_counter() - begun)
    return seconds


def shown(seconds: list[float]) -> list[str]:
    return [f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}–{max(seconds):.2f}"]


@contextmanager
def new_cache() -> Iterator[Path]:
    """A cache with the user's model and nothing else, so that no score is known beforehand."""
    with tempfile.TemporaryDirectory() as name:
        for folder in ("models", "prepared"):
            (Path(name) / folder).symlink_to(Settings().cache_folder / folder)
        yield Path(name)


def cold(story: str, edited: str, engine: str, runs: int) -> Iterator[list[str]]:
    """Rows about whole processes."""
    command = [sys.executable, "-m", "tqcheck", "check", "--engine", engine, "--require-model", "--quiet"]
    command.append("--no-keep-results")

    def seconds(path: Path, *more: str) -> float:
        begun = time.perf_counter()
        environment = {**as_installed(), VARIABLE: str(cache)}
        done = subprocess.run([*command, *more, str(path)], stdout=subprocess.DEVNULL, env=environment)
        if done.returncode == 2:
            raise SystemExit(f"{path}: the check failed")
        return time.perf_counter() - begun

    with new_cache() as cache:
        first, second = cache / "story.txt", cache / "edited.txt"
        first.write_text(story, encoding="utf-8")
        seconds(first, "--no-keep-scores")
        yield ["cold: a story, process and all", *shown([seconds(first, "--no-keep-scores") for _ in range(runs)])]
        seconds(first)
        yield ["cold: the same story again, scores kept", *shown([seconds(first) for _ in range(runs)])]
        times = []
        for text in edits(edited, runs):
            second.write_text(text, encoding="utf-8")
            times.append(seconds(second))
        yield ["cold: a story edited in one sentence", *shown(times[1:])]


def warm(texts: list[str], engine: str) -> Iterator[list[str]]:
    with new_cache() as cache:
        checker = Checker(Settings(lm="require", engine=engine, cache=cache))
        checker.check_text(texts[0])
        new, again, edited = [], [], []
        # One story after the other, as an editor has one in hand.
        for text in texts[1:]:
            new += timed(checker, [text])
            again += timed(checker, [text])
            edited += timed(checker, list(edits(text, 5)))
        yield ["warm: a new story", *shown(new)]
        yield ["warm: the same story again", *shown(again)]
        yield ["warm: a story edited in one sentence", *shown(edited)]


def arbitration(texts: list[str], engine: str, number: int) -> list[list[str]]:
    """What ``number`` candidates of a story add: a word of a sentence replaced, another sentence each time."""
    scorer = load_scorer(engine=engine, prefix_cache=False)
    # As in a check, which does not ask how far a suggestion falls short.
    needed = Thresholds.load(model_data() / DEFAULT_MODEL).default or 0.0
    passes, added = [], []
    for text in texts:
        spans = split_sentences(text, 0, len(text))
        comparisons = []
        for index in range(number):
            start, end = spans[index % len(spans)]
            words = text[start:end].split(" ")
            at = (7 * index + 3) % len(words)
            comparisons.append(Comparison(start, end, [" ".join([*words[:at], "another", *words[at + 1 :]])], needed))
        # By turns first and second, so that neither finds what the other has warmed.
        seconds = {}
        for own in ((), tuple(comparisons)) if len(passes) % 2 else (tuple(comparisons), ()):
            begun = time.perf_counter()
            score_and_compare(scorer, [(text, spans)], [own])
            seconds[bool(own)] = time.perf_counter() - begun
        passes.append(seconds[False])
        added.append(seconds[True] - seconds[False])
    passes, added = passes[1:], added[1:]
    share = statistics.median(added) / statistics.median(passes)
    return [
        ["scoring alone", *shown(passes)],
        [f"{number} comparisons added", *shown(added)],
        ["share of the pass", f"{share:.0%}", ""],
    ]


def detector(texts: list[str], engine: str) -> list[list[str]]:
    """What each part adds to the pass of a story, measured in turns with the pass alone."""
    scorer = load_scorer(engine=engine, prefix_cache=False)
    verdict, origin, tagger, fluency = VerdictModel.open(), OriginReader.open(), Tagger.open(), FluencyReader.open()
    for part in (verdict, origin, tagger, fluency):
        part.load()
    passes, judged, tagged, read = [], [], [], []
    for text in texts:
        documents = [(text, split_sentences(text, 0, len(text)))]

        def seconds(*readers: StateReader, documents: list[Any] = documents) -> float:
            begun = time.perf_counter()
            scorer.score(documents, readers=readers)
            return time.perf_counter() - begun

        passes.append(seconds())
        begun = time.perf_counter()
        verdict.judge(text, (), len(text.split()), (OfStates(0.0, 0.0), origin.joint))
        judged.append(time.perf_counter() - begun + seconds(origin) - seconds())
        read.append(seconds(fluency) - seconds())
        tagged.append(seconds(tagger) - seconds())
    passes, judged, read, tagged = passes[1:], judged[1:], read[1:], tagged[1:]
    rows = [["scoring alone", *shown(passes), ""]]
    parts = {"the verdict": judged, "judgement for fluency": read, "likely errors (LM001)": tagged}
    for name, added in parts.items():
        rows.append([f"{name} added", *shown(added), f"{statistics.median(added) / statistics.median(passes):.0%}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", choices=ENGINES, default="auto")
    parser.add_argument("--candidates", type=int, default=30)
    arguments = parser.parse_args()
    texts = stories(9, WORDS)
    engine = engine_for(arguments.engine, models.resolve().folder)
    rows = [*cold(texts[0], texts[1], engine, arguments.runs), *warm(texts[2:], engine)]
    report = heading("Waiting for the language model", ("torch",)) + (
        f"Engine {engine}, {len(os.sched_getaffinity(0))} cores; stories of about {WORDS} words, rules and model.\n\n"
    )
    report += table(["", "seconds, median", "range"], rows)
    report += f"\nArbitration of {arguments.candidates} candidates of one suggestion each in such a story:\n\n"
    report += table(["", "seconds, median", "range"], arbitration(texts[2:], engine, arguments.candidates))
    report += "\nThe detector in such a story, without kept scores:\n\n"
    report += table(["", "seconds, median", "range", "of the pass"], detector(texts[2:], engine))
    save("latency.md", report)


if __name__ == "__main__":
    main()
