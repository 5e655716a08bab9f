"""A content repository of Markdown articles: a whole check, one from the cache, one of what has changed, other linters.

The articles are original English news of the development part, each with a
front matter, headings, links and emphasis, in folders by month, under git.
Every figure is the median of ``--runs`` fresh processes, on all cores.

``--proselint`` is the proselint program, ``--vale`` the vale program;
``--node-modules`` is a folder with write-good from npm.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reporting import as_installed, heading, save, table
from split import read_documents

_NAME = re.compile(r"\b([A-Z][a-z]{3,} [A-Z][a-z]{3,})\b")


def articles(count: int) -> list[str]:
    """So many different Markdown articles, from as few stories as there are."""
    stories = [document.text.split("\n") for document in read_documents("development", frozenset({"original"}))]
    made: list[str] = []
    for number, paragraphs in zip(range(count), itertools.cycle(stories), strict=False):
        # Stories that come again begin at another paragraph.
        turn = number // len(stories) % max(1, len(paragraphs))
        turned = paragraphs[turn:] + paragraphs[:turn]
        made.append(markdown(number, turned))
    return made


def markdown(number: int, paragraphs: list[str]) -> str:
    """A story as a page of a site."""
    head = f"---\ntitle: Story {number}\nlayout: article\ntags: [news, number-{number}]\n---\n\n# Story {number}\n\n"
    middle = len(paragraphs) // 2
    body = []
    for place, paragraph in enumerate(paragraphs):
        if place == middle and middle:
            body.append("## What comes next")
        text = _NAME.sub(r"[\1](https://example.org/people)", paragraph, count=1) if place % 3 == 0 else paragraph
        body.append(text)
    return head + "\n\n".join(body) + "\n"


def make(folder: Path, count: int) -> int:
    """Write the repository; the number of words in it."""
    words = 0
    for number, text in enumerate(articles(count)):
        path = folder / "content" / f"{2010 + number // 240}" / f"{number // 20 % 12 + 1:02}" / f"story-{number:04}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        words += len(text.split())
    (folder / ".gitignore").write_text("public/\n", "utf-8")
    (folder / "tqcheck.toml").write_text('root = true\nexclude = ["drafts/"]\n', "utf-8")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "stories"]):
        subprocess.run(["git", *command], cwd=folder, check=True, env=_as_author())
    return words


def _as_author() -> dict[str, str]:
    names = {f"GIT_{who}_{what}": "desk" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return os.environ | names | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def seconds(
    command: list[str], folder: Path, runs: int, cache: Path, before: Callable[[], None] = lambda: None
) -> tuple[float, float]:
    """Median wall seconds and processor seconds of a command; ``before`` runs ahead of each."""
    wall, busy = [], []
    for _ in range(runs):
        before()
        first = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=as_installed() | {"TQCHECK_CACHE": str(cache)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall.append(time.perf_counter() - first)
        busy.append(usage.ru_utime + usage.ru_stime)
        # Some linters end with the number of what they found.
        if command[0] == sys.executable and os.waitstatus_to_exitcode(status) not in (0, 1):
            raise SystemExit(f"{command[:6]} … ended with {status}")
    return statistics.median(wall), statistics.median(busy)


def version_of(program: Path, option: str) -> str:
    return subprocess.run([program, option], capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--proselint", type=Path)
    parser.add_argument("--vale", type=Path)
    parser.add_argument("--node-modules", type=Path)
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name, "site"), Path(name, "cache")
        folder.mkdir()
        words = make(folder, arguments.articles)
        check = [sys.executable, "-m", "tqcheck", "check", "--no-lm", "-q"]
        report = ["--format", f"sarif={name}/report.sarif"]

        def add(what: str, figures: tuple[float, float], count: int | None = words) -> None:
            rate = "" if count is None else f"{count / figures[0]:,.0f}"
            rows.append([what, f"{figures[0]:.2f}", f"{figures[1]:.2f}", rate])

        def forget() -> None:
            (cache / "results.sqlite").unlink(missing_ok=True)

        runs = arguments.runs
        # The rules are compiled once for all runs.
        seconds([*check, "tqcheck.toml"], folder, 1, cache)
        add("all, to SARIF", seconds([*check, *report, "."], folder, runs, cache, forget))
        add("all, one process", seconds([*check, *report, "--jobs", "1", "."], folder, runs, cache, forget))
        add("all, no cache", seconds([*check, *report, "--no-keep-results", "."], folder, runs, cache))
        add("all again, from the cache", seconds([*check, *report, "."], folder, runs, cache), None)
        changed = next(folder.glob("content/*/*/story-0700.md"))
        changed.write_text(changed.read_text("utf-8") + "\nHe held a telematics summit on Friday.\n", "utf-8")
        diff = [*check, *report, "--diff", "HEAD"]
        add("`--diff HEAD`, one file changed", seconds(diff, folder, runs, cache, forget), None)
        files = sorted(str(path) for path in folder.glob("content/**/*.md"))
        others: dict[str, list[str]] = {}
        if arguments.proselint:
            label = version_of(arguments.proselint, "version").lower()
            others[label] = [str(arguments.proselint), "check", *files]
        if arguments.vale:
            others[version_of(arguments.vale, "--version")] = [str(arguments.vale), "."]
        if arguments.node_modules:
            package = arguments.node_modules / "write-good"
            version = json.loads((package / "package.json").read_text("utf-8"))["version"]
            others[f"write-good {version}"] = ["node", str(package / "bin" / "write-good.js"), *files]
        for label, command in others.items():
            add(label, seconds(command, folder, 1, cache))
    text = heading("A repository of Markdown articles")
    text += (
        f"{arguments.articles:,} articles of {words:,} words, rules only, {len(os.sched_getaffinity(0))} cores. "
        f"Medians of {runs} fresh processes (other linters: one).\n\n"
    )
    text += table(["", "seconds", "processor seconds", "words/s"], rows)
    save("repository.md", text)


if __name__ == "__main__":
    main()
