"""Which reports to make, and where each goes: ``--format NAME[=FILE]`` and ``--output FILE``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqcheck.errors import SettingsError
from tqcheck.reports import format_named

PATCH, BASELINE = "patch", "baseline"
"""What is written to files beside reports, named as a format is."""
_NO_REPORTS = (PATCH, BASELINE)


@dataclass(frozen=True, slots=True)
class Target:
    """A report in the format ``format``, written to ``file``; ``None`` is standard output."""

    format: str
    file: Path | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"the {self.format}" if self.format in _NO_REPORTS else f"the {self.format} report"


def parse_targets(given: Sequence[str], output: Path | None = None, *, statistics: bool = False) -> list[Target]:
    """The reports that the options ask for, in their order; the terminal report if they name none.

    :param given: values of ``--format``; ``NAME=-`` is the same as ``NAME``.
    :param output: file of the format that names none.
    :param statistics: whether ``--statistics`` was given; it is one more format.
    :raises SettingsError: an unknown format, two for standard output or one file, or an ``--output`` for none.
    """
    targets = [_parse(one) for one in given]
    if statistics:
        targets.append(Target("statistics"))
    targets = targets or [Target("terminal")]
    loose = [target.format for target in targets if target.file is None]
    if len(loose) > 1:
        where = "standard output" if output is None else f"--output {output}"
        raise SettingsError(
            f"{loose[0]} and {loose[1]} would both go to {where}; give one of them a file: --format {loose[1]}=FILE"
        )
    if output is not None:
        if not loose:
            raise SettingsError(f"--output {output} is for a format without a file, and each has one; leave it out")
        targets = [Target(target.format, target.file or output) for target in targets]
    refuse_one_place(targets)
    return targets


def refuse_one_place(targets: Iterable[Target]) -> None:
    """Refuse to write two of them to one file; raises :class:`SettingsError`."""
    seen: dict[str, str] = {}
    for target in targets:
        if target.file is None:
            continue
        path = os.path.realpath(target.file)
        if path in seen:
            raise SettingsError(
                f"{seen[path]} and {target.format} would both be written to {target.file}; name two files"
            )
        seen[path] = target.format


def refuse_inputs(targets: Iterable[Target], inputs: Iterable[str]) -> None:
    """Refuse to write any of them over one of the files that it is made from; raises :class:`SettingsError`."""
    existing = {found: target for target in targets if (found := _identity(target.file)) is not None}
    if not existing:
        return
    for path in inputs:
        found = _identity(Path(path))
        target = None if found is None else existing.get(found)
        if target is not None:
            raise SettingsError(
                f"{target.name} would overwrite {path}, which it is made from; name another file for it"
            )


def _parse(given: str) -> Target:
    name, equals, file = given.partition("=")
    format_named(name)
    if equals and not file:
        raise SettingsError(f"--format {given} names no file; give --format {name}=FILE, or {name} for standard output")
    return Target(name, Path(file) if file and file != "-" else None)


def _identity(path: Path | None) -> tuple[int, int] | None:
    try:
        state = None if path is None else path.stat()
    except (OSError, ValueError):
        return None
    return None if state is None else (state.st_dev, state.st_ino)
