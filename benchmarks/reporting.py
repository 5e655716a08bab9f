"""What every benchmark report says of itself: command, date, machine and versions."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import tqcheck

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "reports"
SHARED = ROOT.parent / "shared"


def as_installed() -> dict[str, str]:
    """The environment for processes to be timed: Python keeps modules compiled, as pip leaves them."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def heading(title: str, packages: tuple[str, ...] = ()) -> str:
    """The head of a report in Markdown."""
    # Where other programs lie on this machine is of no use to anybody else.
    arguments = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    script = Path(sys.argv[0]).resolve().relative_to(ROOT)
    program = ["-m", ".".join(script.parent.parts)] if script.name == "__main__.py" else [str(script)]
    command = shlex.join(["python", *program, *arguments])
    versions = [f"tqcheck {tqcheck.__version__}", f"Python {platform.python_version()}"]
    versions += [f"{name} {metadata.version(name)}" for name in packages]
    return (
        f"# {title}\n\nMade by `{command}` on {datetime.now(UTC):%Y-%m-%d}.\n"
        f"Machine: {_processor()}, {os.cpu_count()} cores. Versions: {', '.join(versions)}.\n\n"
    )


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; every column but the first is set to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def save(name: str, text: str) -> None:
    """Write a report to ``reports/`` and to standard output."""
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / name).write_text(text, "utf-8")
    sys.stdout.write(text)


def _processor() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
