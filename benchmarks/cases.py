"""Recall on the artifact sentences of ``tests/cases`` and the share of near-misses that are flagged.

An artifact counts as found when a finding touches its marked span; a near-miss
counts as flagged when anything at all is found in it. Rules in preview are off.
"""

from __future__ import annotations

import argparse
import re
import tomllib
import zlib
from collections import Counter
from dataclasses import dataclass

from reporting import ROOT, heading, save, table

from tqcheck import Checker, Settings

FOLDER = ROOT / "tests" / "cases"


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
    known_failure: bool = False

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


def _counted(checker: Checker, cases: list[Case], show: str | None) -> str:
    """The tables of cases; those to be shown are printed."""
    total: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for case in cases:
        rules = found(checker, case)
        kind = "near-misses" if case.span is None else "artifacts"
        groups = [case.half, "all"]
        groups += [f"language {case.languages[0]}", f"category {case.category}"] if case.span else []
        for group in groups:
            total[kind, group] += 1
            hits[kind, group] += bool(rules)
        wrong = bool(rules) == (case.span is None)
        if wrong and (show == "all" or (show == "open" and case.half == "open")):
            print(f"{'flagged' if rules else 'missed '}\t{case.id}\t{','.join(rules)}\t{case.text}")
    rows = [
        [group, f"{hits[kind, group]}/{total[kind, group]}", f"{hits[kind, group] / total[kind, group]:.1%}"]
        for kind, group in sorted(total, key=lambda key: (key[1].split()[0] not in ("all", "open", "sealed"), key))
        if kind == "artifacts"
    ]
    near = [
        [group, f"{hits['near-misses', group]}/{total['near-misses', group]}"] for group in ("all", "open", "sealed")
    ]
    return table(["artifacts", "found", "share"], rows) + "\n" + table(["near-misses", "flagged"], near)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-lm", action="store_true", help="rules alone: arbitrated rules are silent")
    parser.add_argument("--show", choices=("open", "all"), help="print what was missed and what was flagged wrongly")
    arguments = parser.parse_args()
    checker = Checker(Settings(lm="off" if arguments.no_lm else "require"))
    report = heading("Artifact sentences found, near-misses flagged", () if arguments.no_lm else ("torch",))
    cases = read_cases()
    for title, unseen in (("Expressions that the rules' authors had a list of", False), ("Others", True)):
        chosen = [case for case in cases if case.unseen is unseen]
        report += f"## {title}\n\n" + _counted(checker, chosen, arguments.show) + "\n"
    save(f"cases{'-no-lm' if arguments.no_lm else ''}.md", report.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
