"""Whether the quick tests notice faults: those of ``mutations.toml`` are put into a copy of tqcheck, one at a time.

The checkout itself is never changed. A rule that is not as it was measured
fails ``tests/rules/test_evidence.py`` whatever was done to it, so what that
module says does not count.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from reporting import ROOT, heading, save, table

COPIED = ("tqcheck", "tests", "benchmarks", "models", "examples", "docs", "pyproject.toml", "README.md")
WHATEVER_WAS_DONE = "test_evidence"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A fault: in one file ``within`` a folder, ``new`` in the place of ``old``; the folders of ``tests`` are run."""

    what: str
    within: str
    old: str
    new: str
    tests: tuple[str, ...]

    def path(self, tree: Path) -> Path:
        """The one file in which ``old`` stands once."""
        files = [path for path in sorted((tree / self.within).rglob("*")) if path.suffix in (".py", ".toml")]
        found = [path for path in files for _ in range(path.read_text("utf-8").count(self.old))]
        if len(found) != 1:
            raise SystemExit(f"{self.what}: what it replaces stands at {len(found)} places in {self.within}, not one")
        return found[0]


def read_mutations() -> list[Mutation]:
    """Those of ``mutations.toml``, in order."""
    data = tomllib.loads((ROOT / "benchmarks" / "mutations.toml").read_text("utf-8"))
    return [Mutation(**{**one, "tests": tuple(one["tests"])}) for one in data["mutation"]]


def failed(tree: Path, tests: tuple[str, ...]) -> list[str]:
    """The quick tests of some folders that fail in a tree, as ``folder/module::test``."""
    told = tree / "told.xml"
    told.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={told}", *tests]
    environment = os.environ | {"PYTHONPATH": str(tree), "XDG_CACHE_HOME": str(tree / "cache")}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not told.exists():
        raise SystemExit(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    cases = [case for case in ElementTree.parse(told).iter("testcase") if len(case.findall("failure"))]
    return [f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}" for case in cases]


def caught(tree: Path, mutation: Mutation) -> list[str]:
    """The tests that notice a mutation."""
    path = mutation.path(tree)
    whole = path.read_text("utf-8")
    path.write_text(whole.replace(mutation.old, mutation.new), "utf-8")
    try:
        return [test for test in failed(tree, mutation.tests) if WHATEVER_WAS_DONE not in test]
    finally:
        path.write_text(whole, "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="WORDS", default="", help="mutations whose description holds these words")
    arguments = parser.parse_args()
    report = heading("Faults that the quick tests notice", ("pytest",))
    rows, missed = [], 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tqcheck"
        tree.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, tree / name)
        chosen = [one for one in read_mutations() if arguments.only in one.what]
        before = failed(tree, tuple(sorted({test for one in chosen for test in one.tests})))
        if before:
            raise SystemExit(f"these tests fail as it is: {', '.join(before)}")
        for mutation in chosen:
            place = mutation.path(tree).relative_to(tree)
            tests = caught(tree, mutation)
            missed += not tests
            more = f" and {len(tests) - 3} more" if len(tests) > 3 else ""
            noticed = ", ".join(f"`{test.removeprefix('tests/')}`" for test in tests[:3]) + more
            rows.append([mutation.what, f"`{place}`", noticed or "**nothing**"])
            print(f"{len(tests)} tests: {mutation.what}", file=sys.stderr, flush=True)
    report += f"{len(rows) - missed} of {len(rows)} faults are noticed.\n\n"
    report += table(["fault", "put into", "noticed by"], rows).replace("---:|", "---|")
    if not arguments.only:
        save("mutations.md", report)
    else:
        print(report)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
