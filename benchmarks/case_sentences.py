"""The sentences of ``tests/cases``: artifacts, and near-misses in which nothing is wrong."""

from __future__ import annotations

import re
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

from tqcheck import Checker

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "cases"


@dataclass(frozen=True)
class Case:
    """A sentence with the span that must be found; a near-miss has none.

    :param half: ``open`` (the authors of rules may look at it) or ``sealed`` (they may not).
    """

    id: str
    text: str
    span: tuple[int, int] | None
    languages: tuple[str, ...]
    category: str
    file: str

    @property
    def unseen(self) -> bool:
        """Whether it is one of those of which rules' authors were told nothing."""
        return self.file.startswith("unseen/")

    @property
    def half(self) -> str:
        """``open`` or ``sealed``, by a hash of the id."""
        return "open" if zlib.crc32(self.id.encode()) % 2 else "sealed"


def read_cases() -> list[Case]:
    """Every case of every file in order."""
    cases: list[Case] = []
    for path in sorted(FOLDER.rglob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        name = path.relative_to(FOLDER).as_posix()
        for one in data.get("case", []):
            before, inside, after = re.split(r"[\[\]]", one["text"])
            span = (len(before), len(before) + len(inside))
            languages = tuple(one["languages"])
            cases.append(Case(one["id"], before + inside + after, span, languages, one["category"], name))
        cases += [Case(one["id"], one["text"], None, (), "near-miss", name) for one in data.get("near", [])]
    return cases


def found(checker: Checker, case: Case) -> list[str]:
    """Rules that report something in the span of a case, anywhere in a near-miss."""
    result = checker.check_text(case.text, path="case.txt", kind="plain")
    start, end = case.span or (0, len(case.text))
    return [one.rule for one in result.findings if case.span is None or (one.start < end and start < one.end)]
