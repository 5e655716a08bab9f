"""Memory of a process that checks many documents with the language model: it must not grow with their number.

Stories of ``--words`` words of original English news, one after the other as
files would be, for each number of documents in a fresh process.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from reporting import heading, save, table
from split import stories

from tqcheck.config.settings import ENGINES, Settings
from tqcheck.lm import models
from tqcheck.lm.engine_choice import engine_for
from tqcheck.pipeline.checker import Checker
from tqcheck.pipeline.run import Run


def measured(documents: int, words: int, engine: str) -> list[str]:
    """A row about a fresh process: documents, peak resident megabytes, seconds."""
    command = [sys.executable, __file__, "--of", str(documents), "--words", str(words), "--engine", engine]
    megabytes, seconds = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return [f"{documents:,}", megabytes, seconds]


def check(documents: int, length: int, engine: str) -> None:
    """Check so many stories, and print peak megabytes and seconds."""
    words = " ".join(" ".join(stories(20, 600)).split()).split(" ")
    checker = Checker(Settings(lm="require", engine=engine, keep_scores=False))
    begun = time.perf_counter()

    def drafts() -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "story.txt"
            for index in range(documents):
                at = index * 37 % (len(words) - length)
                path.write_text(f"Report {index}. " + " ".join(words[at : at + length]) + ".", encoding="utf-8")
                yield path

    result = Run(checker).check(drafts())
    assert len(result.documents) == documents
    assert all(document.fluency is not None for document in result.documents)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:.0f} {time.perf_counter() - begun:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[1, 100, 1_000, 10_000])
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--engine", choices=ENGINES, default="auto")
    parser.add_argument("--report", default="memory.md", help="file in reports/")
    parser.add_argument("--of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.of:
        check(arguments.of, arguments.words, arguments.engine)
        return
    engine = engine_for(arguments.engine, models.resolve().folder)
    report = heading("Memory with the language model", ("torch",))
    report += f"Engine {engine}; one process for each row, stories of {arguments.words} words.\n\n"
    rows = [measured(count, arguments.words, engine) for count in arguments.documents]
    save(arguments.report, report + table(["documents", "peak MB", "seconds"], rows))


if __name__ == "__main__":
    main()
