"""The sentences of ``tests/cases``: artifacts, and near-misses in which nothing is wrong."""

from __future__ import annotations

import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

from tqcheck import Checker
from tqcheck.rules.examples import marked

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
            text, start, end = marked(one["text"])
            cases.append(Case(one["id"], text, (start, end), tuple(one["languages"]), one["category"], name))
        cases += [Case(one["id"], one["text"], None, (), "near-miss", name) for one in data.get("near", [])]
    return cases


def found(checker: Checker, case: Case) -> list[str]:
    """Rules that report something in the span of a case, anywhere in a near-miss."""
    return found_at(checker, case.text, case.span)


def found_at(checker: Checker, text: str, span: tuple[int, int] | None) -> list[str]:
    """Rules that report something in ``text[span]``; anywhere without a span."""
    found = checker.check_text(text, path="case.txt", kind="plain").findings
    return [one.rule for one in found if span is None or (one.start < span[1] and span[0] < one.end)]
