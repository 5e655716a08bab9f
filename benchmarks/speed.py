"""Speed and memory of whole processes, beside other linters where they are installed, all in one run.

The text is English news written by people, as a folder of files of one
document each, and one story alone. Every figure is the median of ``--runs`` runs
of a fresh process after one that is not counted; rules are measured on one core.
The seconds of the processor are told beside those of the clock: on a machine
that others use as well they alone can be compared.

``--proselint`` is the proselint program, which reads the same folder in the same run;
``--node-modules`` is a folder with write-good and harper.js from npm. ``--no-model`` leaves the language model out.
Where the time of rules goes is measured by :mod:`stages`.
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
from stages import FINDING

TARGET = 300_000
"""Words a second of rules on one core that are aimed at."""


@dataclass(frozen=True, slots=True)
class Run:
    """Medians over the runs of one command: seconds of the clock and of the processor, peak resident megabytes."""

    seconds: float
    cpu: float
    megabytes: float


def measure(command: list[str], runs: int, cores: set[int]) -> Run:
    """Run a command in fresh processes bound to ``cores``; whatever it exits with counts as done."""
    seconds, cpu, megabytes = [], [], []
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
            cpu.append(usage.ru_utime + usage.ru_stime)
            megabytes.append(usage.ru_maxrss / 1024)
    return Run(statistics.median(seconds), statistics.median(cpu), statistics.median(megabytes))


def stage_table(folder: Path, words: int, runs: int, cores: set[int]) -> str:
    """Microseconds of the processor a word by stage, medians of fresh processes on ``cores``."""
    found: list[dict[str, float]] = []
    for _ in range(runs):
        said = subprocess.run(
            [sys.executable, str(ROOT / "benchmarks" / "stages.py"), str(folder)],
            capture_output=True,
            text=True,
            check=True,
            env=as_installed(),
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        found.append(json.loads(said.stdout))
    middle = {stage: statistics.median([one[stage] for one in found]) * 1e6 / words for stage in found[0]}
    whole = sum(middle.values())
    finding = sum(middle[stage] for stage in FINDING)
    rows = [
        [stage, f"{spent:.2f}", f"{spent / whole:.0%}"]
        for stage, spent in sorted(middle.items(), key=lambda entry: -entry[1])
    ]
    text = table(["stage", "µs a word", "share"], [*rows, ["all, with the clocks", f"{whole:.2f}", ""]])
    return (
        f"{text}\n{TARGET:,} words/s, which is aimed at, are {1e6 / TARGET:.2f} µs a word. "
        f"Finding where patterns may match takes {finding:.2f} ({'; '.join(FINDING)}). "
        f"If that took nothing, the rest would still take {whole - finding:.2f}: "
        f"{1e6 / (whole - finding):,.0f} words/s.\n"
    )


def corpus(folder: Path, words: int) -> tuple[list[Path], int]:
    """News written by people as files, about ``words`` words in all if there are so many, and their number of words."""
    files, total = [], 0
    for document in read_documents(None, frozenset({"original", "human"})):
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
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--proselint", type=Path)
    parser.add_argument("--node-modules", type=Path)
    parser.add_argument("--no-model", action="store_true")
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
    said: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = folder / "texts"
        texts.mkdir()
        files, words = corpus(texts, arguments.words)
        joined = folder / "joined.txt"
        joined.write_text("\n".join(path.read_text("utf-8") for path in files), "utf-8")
        short, longer = story(folder, 500), story(folder, 600)

        def add(what: str, run: Run, count: int | None = None) -> None:
            rates = ["", ""] if count is None else [f"{count / run.seconds:,.0f}", f"{count / run.cpu:,.0f}"]
            rows.append([what, f"{run.seconds:.2f}", f"{run.cpu:.2f}", *rates, f"{run.megabytes:,.0f}"])

        report_file = str(folder / "report.json")
        to_json = [*tqcheck, "--no-lm", "--jobs", "1", "--format", "json", "--output", report_file]
        rules = measure([*to_json, str(texts)], arguments.runs, one)
        add(f"rules alone, {len(files):,} files to JSON", rules, words)
        for label, command in others.items():
            if label.startswith("proselint"):
                other = measure([*command, str(texts)], 1, one)
                add(f"{label}, the same files", other, words)
                said.append(
                    f"For the same files in the same run {label} takes {other.cpu / rules.cpu:.1f} times the seconds "
                    f"of the processor that rules take, and {other.seconds / rules.seconds:.1f} times the clock's."
                )
        add("rules alone, the same as one file", measure([*to_json, str(joined)], arguments.runs, one), words)
        add("`check --no-lm`, 500 words", measure([*tqcheck, "--no-lm", str(short)], arguments.runs, one))
        if not arguments.no_model:
            add(
                "with the model, 600 words",
                measure([*tqcheck, "--require-model", "--no-keep-scores", str(longer)], arguments.runs, all_cores),
            )
        sample = folder / "sample.txt"
        few: list[Path] = []
        count = 0
        for path in files:
            if count < 20_000:
                few.append(path)
                count += len(path.read_text("utf-8").split())
        sample.write_text("\n".join(path.read_text("utf-8") for path in few), "utf-8")
        for label, command in others.items():
            add(f"{label}, 500 words", measure([*command, str(short)], arguments.runs, one))
            if not label.startswith("proselint"):
                add(f"{label}, one file of {count:,} words", measure([*command, str(sample)], 1, one), count)
        stages = stage_table(texts, words, arguments.runs, one)
    report = heading("Speed and memory", () if arguments.no_model else ("torch", "transformers"))
    report += (
        f"Medians of {arguments.runs} fresh processes (other linters on many words: one). "
        f"Rules on one core, the model on {len(all_cores)}. The corpus has {words:,} words.\n\n"
    )
    header = ["", "seconds", "CPU seconds", "words/s", "words/s of CPU", "peak MB"]
    report += table(header, rows) + "".join(f"\n{sentence}\n" for sentence in said)
    report += (
        "\n## Where the time of rules goes\n\n"
        f"One core, the same files; a word costs so much of the processor in each stage by itself.\n\n{stages}"
    )
    save("speed.md", report)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
