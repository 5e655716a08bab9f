"""Speed and memory of whole processes, beside other linters where they are installed, all in one run.

The text is original English news of the development part, as files of one
story each, and one story alone. Every figure is the median of ``--runs`` runs
of a fresh process after one that is not counted; rules are measured on one core.

``--proselint`` is the proselint program; ``--node-modules`` is a folder with
write-good and harper.js from npm.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from reporting import ROOT, as_installed, heading, save, table
from split import read_documents, stories


@dataclass(frozen=True, slots=True)
class Run:
    """Medians over the runs of one command: wall seconds and peak resident megabytes."""

    seconds: float
    megabytes: float


def measure(command: list[str], runs: int, cores: set[int]) -> Run:
    """Run a command in fresh processes bound to ``cores``; whatever it exits with counts as done."""
    seconds, megabytes = [], []
    for number in range(runs + 1):
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=as_installed(),
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        _, _, usage = os.wait4(process.pid, 0)
        if number:
            seconds.append(time.perf_counter() - begin)
            megabytes.append(usage.ru_maxrss / 1024)
    return Run(statistics.median(seconds), statistics.median(megabytes))


def corpus(folder: Path, words: int) -> tuple[list[Path], int]:
    """Stories of the development part as files, about ``words`` words in all, and their number of words."""
    files, total = [], 0
    for document in read_documents("development", frozenset({"original"})):
        path = folder / f"{document.id.replace('/', '_')}.txt"
        path.write_text(document.text.replace("\n", "\n\n") + "\n", "utf-8")
        files.append(path)
        total += len(document.text.split())
        if total >= words:
            break
    return files, total


def story(folder: Path, words: int) -> Path:
    """One text of ``words`` words."""
    path = folder / f"story-{words}.txt"
    path.write_text(stories(1, words)[0] + "\n", "utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--proselint", type=Path)
    parser.add_argument("--node-modules", type=Path)
    arguments = parser.parse_args()
    one, all_cores = {min(os.sched_getaffinity(0))}, os.sched_getaffinity(0)
    # Each run is to do the work, not to remember it.
    tqcheck = [sys.executable, "-m", "tqcheck", "check", "--no-keep-results"]
    others: dict[str, list[str]] = {}
    if arguments.proselint:
        version = subprocess.run([arguments.proselint, "version"], capture_output=True, text=True, check=True).stdout
        others[version.strip().lower()] = [str(arguments.proselint), "check"]
    if arguments.node_modules:
        modules = arguments.node_modules

        def versioned(name: str) -> str:
            return f"{name} {json.loads((modules / name / 'package.json').read_text('utf-8'))['version']}"

        others[versioned("write-good")] = ["node", str(modules / "write-good" / "bin" / "write-good.js")]
        script = str(ROOT / "benchmarks" / "harper_lint.mjs")
        others[versioned("harper.js")] = ["node", script, str(modules)]
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stories = folder / "stories"
        stories.mkdir()
        files, words = corpus(stories, arguments.words)
        joined = folder / "joined.txt"
        joined.write_text("\n".join(path.read_text("utf-8") for path in files), "utf-8")
        short, longer = story(folder, 500), story(folder, 600)

        def add(what: str, run: Run, count: int | None = None) -> None:
            rate = "" if count is None else f"{count / run.seconds:,.0f}"
            rows.append([what, f"{run.seconds:.2f}", rate, f"{run.megabytes:,.0f}"])

        report_file = str(folder / "report.json")
        to_json = [*tqcheck, "--no-lm", "--format", "json", "--output", report_file]
        add(f"rules alone, {len(files)} files to JSON", measure([*to_json, str(stories)], arguments.runs, one), words)
        add("rules alone, the same as one file", measure([*to_json, str(joined)], arguments.runs, one), words)
        add("`check --no-lm`, 500 words", measure([*tqcheck, "--no-lm", str(short)], arguments.runs, one))
        add(
            "with the model, 600 words",
            measure([*tqcheck, "--require-model", "--no-keep-scores", str(longer)], arguments.runs, all_cores),
        )
        fewer, count = corpus(stories, min(arguments.words, 20_000))
        sample = folder / "sample.txt"
        sample.write_text("\n".join(path.read_text("utf-8") for path in fewer), "utf-8")
        for label, command in others.items():
            add(f"{label}, 500 words", measure([*command, str(short)], arguments.runs, one))
            add(f"{label}, one file", measure([*command, str(sample)], 1, one), count)
    report = heading("Speed and memory", ("torch", "transformers"))
    report += (
        f"Medians of {arguments.runs} fresh processes (other linters on their file of {count:,} words: one). "
        f"Rules on one core, the model on {len(all_cores)}. The corpus has {words:,} words.\n\n"
    )
    report += table(["", "seconds", "words/s", "peak MB"], rows)
    save("speed.md", report)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
