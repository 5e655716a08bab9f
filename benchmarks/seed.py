"""The article that the project began with: which of its marked artifacts are found, and what else is flagged.

An artifact counts as found when a finding overlaps its span. Low fluency of a sentence is no finding.
"""

from __future__ import annotations

import argparse
import json

from reporting import SHARED, heading, save, table

from tqcheck import Checker, Settings

SEED = SHARED / "seed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-lm", action="store_true", help="rules alone")
    arguments = parser.parse_args()
    text = (SEED / "article.txt").read_text("utf-8")
    gold = json.loads((SEED / "gold.json").read_text("utf-8"))
    checker = Checker(Settings(lm="off" if arguments.no_lm else "require"))
    result = checker.check_text(text, path="article.txt")
    rows: list[list[str]] = []
    found = 0
    for mark in gold["core"]:
        hits = [one for one in result.findings if one.start < mark["end"] and mark["start"] < one.end]
        found += bool(hits)
        best = hits[0] if hits else None
        fix = "" if best is None or not best.suggestions else best.suggestions[0] or "(delete)"
        rows.append([mark["quote"], mark["fix"] or "(delete)", best.rule if best else "missed", fix])
    marks = gold["core"] + gold["soft"]
    outside = [
        one for one in result.findings if not any(one.start < mark["end"] and mark["start"] < one.end for mark in marks)
    ]
    report = heading(f"The seed article, {'rules alone' if arguments.no_lm else 'rules and language model'}")
    report += (
        f"{found} of {len(gold['core'])} core artifacts found; {len(outside)} findings outside core and soft marks"
    )
    report += f"; {len(result.findings)} findings in {result.words} words.\n\n"
    report += table(["artifact", "editor's fix", "rule", "first suggestion"], rows)
    for one in outside:
        report += f"\nOutside: {one.rule} {one.text!r} ({one.message})"
    save("seed-no-lm.md" if arguments.no_lm else "seed.md", report)


if __name__ == "__main__":
    main()
