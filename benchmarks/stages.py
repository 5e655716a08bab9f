"""Where the time of a check without the model goes: ``python benchmarks/stages.py FOLDER``.

Checks a folder as the command line does, in this process and on one core, with
a clock around each stage, and prints the seconds of the processor that each
took by itself, as JSON. The clocks themselves take about half a microsecond a
call, which is a twentieth of the whole.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import tqcheck.pipeline.checker
import tqcheck.pipeline.run
import tqcheck.reports
import tqcheck.rules.engine
from tqcheck.cli import app
from tqcheck.pipeline.checker import Checker
from tqcheck.rules.engine import Engine
from tqcheck.rules.lexicon import Lexicon
from tqcheck.rules.matcher import Matcher
from tqcheck.rules.owner import Owner
from tqcheck.text.document import Document

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("reading files into documents", tqcheck.pipeline.run, "read_document"),
    ("which language it is", tqcheck.pipeline.checker, "identify"),
    ("tidying and folding the text", Document.__dict__["tidied"], "func"),
    ("tidying and folding the text", Document.__dict__["running"], "func"),
    ("tidying and folding the text", Document.__dict__["folded"], "func"),
    ("sentences", Document.__dict__["sentences"], "func"),
    ("quotations", Document.__dict__["quotes"], "func"),
    ("counting words", Document.__dict__["words"], "func"),
    ("words met for the first time, with their rules", Lexicon, "_learnt"),
    ("looking words up, and the words about them", Matcher, "_outlined"),
    ("anchors", Matcher, "_anchored"),
    ("regular expressions", Owner, "matches"),
    ("context, suggestions", Engine, "_accepted"),
    ("checks that are functions, overlaps", Engine, "candidates"),
    ("findings and sentences of the result", Checker, "_completed"),
    ("the JSON report", tqcheck.reports, "render"),
)
"""What each stage is called, and which function it is."""
FINDING = (
    "looking words up, and the words about them",
    "words met for the first time, with their rules",
    "anchors",
)
"""The stages that find where patterns may match."""
REST = "start, finding files, the run"


class Clock:
    """Seconds of the processor by stage; those of a stage within another count for the inner one."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._within = [0.0]

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with the clock; what yields is run to its end within it."""

        def timed(*arguments: Any, **named: Any) -> Any:
            begin = process_time()
            self._within.append(0.0)
            try:
                result = function(*arguments, **named)
                return list(result) if hasattr(result, "send") else result
            finally:
                spent = process_time() - begin
                self.seconds[stage] += spent - self._within.pop()
                self._within[-1] += spent

        return timed


def main() -> None:
    clock = Clock()
    for stage, holder, name in STAGES:
        setattr(holder, name, clock.around(stage, getattr(holder, name)))
    with tempfile.TemporaryDirectory() as folder:
        report = str(Path(folder) / "report.json")
        sys.argv[1:] = [
            *("check", "--no-lm", "--no-keep-results", "--quiet", "--exit-zero", "--jobs", "1"),
            *("--format", "json", "--output", report, sys.argv[1]),
        ]
        try:
            app.main()
        except SystemExit as ended:
            if ended.code:
                raise
    # Of this process, so with what it took to begin.
    clock.seconds[REST] = process_time() - sum(clock.seconds.values())
    print(json.dumps(clock.seconds))


if __name__ == "__main__":
    main()
