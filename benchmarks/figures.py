"""Writes ``docs/figures.md`` and the headline figures of the README from ``reports/``, as ``figures.toml`` says.

No figure is typed: each is read out of the report that a benchmark wrote. ``--check`` writes nothing and fails where
they are out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from reporting import REPORTS, ROOT

LIST = Path(__file__).with_name("figures.toml")
PAGE = ROOT / "docs" / "figures.md"
README = ROOT / "README.md"
_MARKS = "<!-- figures -->\n", "<!-- /figures -->"


class FigureError(Exception):
    """A figure that its report does not hold."""


@dataclass(frozen=True)
class Table:
    """A table of a report, with the heading of the section that it stands in."""

    section: str
    columns: list[str]
    rows: list[list[str]]


def tables(report: str) -> Iterator[Table]:
    """All tables of a report in Markdown."""
    for section in re.split(r"^#+ ", report, flags=re.MULTILINE):
        title = section.partition("\n")[0]
        for block in re.findall(r"(?:^\|.*\n)+", section + "\n", re.MULTILINE):
            cells = [[cell.strip(" *") for cell in line.strip("|\n").split("|")] for line in block.splitlines()]
            yield Table(title, cells[0], cells[2:])


def cell(report: str, place: str) -> str:
    """What stands at ``table > row | column``, or the first group of ``/an expression/``.

    The table, by the beginning of its section's title or by its first column's name, may be left out; ``*`` in a row
    stands for anything, and ``column#2`` is the second column of that name.

    :raises FigureError: there is nothing, or no such place.
    """
    if place.startswith("/"):
        found = re.search(place.strip("/"), report)
        if found is None:
            raise FigureError(f"nothing matches {place}")
        return found[1]
    called, _, rest = place.rpartition(" > ")
    row, _, column = rest.partition(" | ")
    column, _, number = column.partition("#")
    wanted = int(number or 1)
    for table in tables(report):
        places = [at for at, name in enumerate(table.columns) if name == column]
        if len(places) >= wanted and (table.section.startswith(called) or table.columns[0] == called):
            at = places[wanted - 1]
            for cells in table.rows:
                if fnmatchcase(cells[0], row) and cells[at]:
                    return cells[at]
    raise FigureError(f"there is no {place!r}")


def figure(report: str, show: str) -> str:
    """The template with what stands at the places in its braces."""
    return re.sub(r"\{([^{}]*)\}", lambda found: cell(report, found[1]), show)


def page() -> str:
    """The text of ``docs/figures.md``."""
    listed = tomllib.loads(LIST.read_text("utf-8"))
    parts = ["# Figures\n", listed["about"]]
    for group in listed["group"]:
        rows = [_row(one, "../reports") for one in group["figure"]]
        parts.append(f"## {group['title']}\n\n| what | figure | report |\n|---|---|---|\n" + "".join(rows))
        if "note" in group:
            parts.append(group["note"])
    made = [_made(path) for path in sorted(REPORTS.glob("*.md"))]
    parts.append("## Reports\n\n| report | command | date | machine |\n|---|---|---|---|\n" + "".join(made))
    return "\n".join(parts)


def headlines() -> str:
    """The table of the README: the figures that are ``headline``."""
    listed = tomllib.loads(LIST.read_text("utf-8"))
    chosen = [one for group in listed["group"] for one in group["figure"] if one.get("headline")]
    return "| what | figure | report |\n|---|---|---|\n" + "".join(_row(one, "reports") for one in chosen)


def readme() -> str:
    """The README with its headline figures as they are now."""
    before, found, rest = README.read_text("utf-8").partition(_MARKS[0])
    _, end, after = rest.partition(_MARKS[1])
    if not found or not end:
        raise FigureError(f"the README lacks {_MARKS[0].strip()} or {_MARKS[1]}")
    return before + found + headlines() + end + after


def _row(one: dict[str, str], folder: str) -> str:
    name = one["report"]
    try:
        shown = figure((REPORTS / name).read_text("utf-8"), one["show"])
    except (FigureError, OSError) as error:
        raise FigureError(f"{LIST.name}: {one['what']!r}: {name}: {error}") from None
    return f"| {one['what']} | {shown} | [{name.removesuffix('.md')}]({folder}/{name}) |\n"


def _made(path: Path) -> str:
    head = path.read_text("utf-8")[:1500]
    title = head.partition("\n")[0].removeprefix("# ")
    command = re.search(r"^(?:Made by|Command:) (`[^`]+`)", head, re.MULTILINE)
    date = re.search(r"\bon (\d{4}-\d\d-\d\d)", head)
    machine = re.search(r"^Machine: (.+? cores)", head, re.MULTILINE)
    cells = [found[1] if found else "–" for found in (command, date, machine)]
    return f"| [{title}](../reports/{path.name}) | {' | '.join(cells)} |\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--check", action="store_true", help="write nothing; exit with 1 if out of date")
    check = options.parse_args().check
    stale = [(path, text) for path, text in ((PAGE, page()), (README, readme())) if _text(path) != text]
    for path, text in stale:
        print(f"{path.relative_to(ROOT)} {'is out of date' if check else 'written'}")
        if not check:
            path.write_text(text, "utf-8")
    return int(check and bool(stale))


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
