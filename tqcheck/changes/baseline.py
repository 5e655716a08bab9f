"""Findings that are known already, kept in a file, so that a check reports only what is new.

A finding is known by its rule and its sentence, wherever in its file that
stands now: lines may move. Where a file is gone, its findings are looked for in
the others, so a renamed file keeps them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from tqcheck.errors import SettingsError
from tqcheck.files.paths import STANDARD_INPUT, relative_path
from tqcheck.result import CheckResult, DocumentResult

SCHEMA = "tqcheck-baseline/1"
_FIELDS = ("path", "rule", "fingerprint", "text")
_REMEDY = "make it anew with 'tqcheck baseline write'"


class Entry(NamedTuple):
    """A known finding; ``path`` is relative to the folder of the baseline file, with forward slashes.

    It leads through no link to a folder; the file itself may be one.
    """

    path: str
    rule: str
    fingerprint: str
    text: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """Known findings, in order of path, rule and fingerprint.

    :param folder: the folder that paths are relative to: that of the file.
    """

    folder: Path
    entries: tuple[Entry, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """The baseline in a file; raises :class:`~tqcheck.errors.SettingsError` if that is missing or damaged."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            if raw["schema"] != SCHEMA:
                raise SettingsError(f"{path}: of format {raw['schema']!r}, this version reads {SCHEMA!r}; {_REMEDY}")
            entries = tuple(Entry(*(_filled(one[name]) for name in _FIELDS)) for one in raw["findings"])
        except FileNotFoundError:
            raise SettingsError(f"{path}: there is no such baseline; {_REMEDY}") from None
        except OSError as error:
            raise SettingsError(f"{path}: the baseline cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SettingsError(f"{path}: not a baseline ({error!r}); {_REMEDY}") from error
        folder = _folder(path)
        # Former versions named files by the way that led to them.
        places = {told: _place(str(folder / told), folder) for told in {one.path for one in entries} - {STANDARD_INPUT}}
        return cls(folder, tuple(one._replace(path=places.get(one.path, one.path)) for one in entries))

    @classmethod
    def of(cls, result: CheckResult, path: Path) -> Baseline:
        """Every finding of a result, for a baseline in the file ``path``."""
        folder = _folder(path)
        return cls(
            folder, tuple(sorted(entry for document in result.documents for entry in _entries(document, folder)))
        )

    def dumps(self) -> str:
        """The file: JSON, one finding a line, so that a change of it can be read and merged."""
        lines = [json.dumps(entry._asdict(), ensure_ascii=False) for entry in self.entries]
        inner = ",\n    ".join(lines)
        listed = f"[\n    {inner}\n  ]" if lines else "[]"
        return f'{{\n  "schema": "{SCHEMA}",\n  "findings": {listed}\n}}\n'

    def new(self, result: CheckResult) -> tuple[CheckResult, int]:
        """The result without the findings that are known, and how many those are."""
        known = self._known(result)
        documents = tuple(
            replace(
                document,
                findings=tuple(one for index, one in enumerate(document.findings) if (number, index) not in known),
            )
            for number, document in enumerate(result.documents)
        )
        return replace(result, documents=documents), len(known)

    def pruned(self, result: CheckResult) -> Baseline:
        """Without the findings of checked documents that are there no more.

        Those of documents that were not checked stay; those of a file that is
        gone stay under its new name, if one was checked, and else go.
        """
        entries = [list(_entries(document, self.folder)) for document in result.documents]
        found = {entries[number][index] for number, index in self._known(result)}
        return replace(self, entries=tuple(sorted([*self._elsewhere(result), *found])))

    def updated(self, result: CheckResult) -> Baseline:
        """With the findings of the checked documents as they are now: new ones come in, those that are gone leave."""
        now = [entry for document in result.documents for entry in _entries(document, self.folder)]
        return replace(self, entries=tuple(sorted([*self._elsewhere(result), *now])))

    def _elsewhere(self, result: CheckResult) -> list[Entry]:
        """The entries of files that are there and were not checked."""
        checked = {_place(one.path, self.folder) for one in result.documents if one.checked}
        return [entry for entry in self.entries if entry.path not in checked and not self._gone(entry.path)]

    def _known(self, result: CheckResult) -> set[tuple[int, int]]:
        """(document, finding) of the findings that are known."""
        places = [_place(document.path, self.folder) for document in result.documents]
        checked = set(places)
        here = Counter((entry.path, entry.rule, entry.fingerprint) for entry in self.entries)
        moved = Counter(
            (entry.rule, entry.fingerprint)
            for entry in self.entries
            if entry.path not in checked and self._gone(entry.path)
        )
        known: set[tuple[int, int]] = set()
        for number, document in enumerate(result.documents):
            for index, finding in enumerate(document.findings):
                key = (finding.rule, finding.fingerprint)
                if here[places[number], *key]:
                    here[places[number], *key] -= 1
                elif moved[key]:
                    moved[key] -= 1
                else:
                    continue
                known.add((number, index))
        return known

    def _gone(self, path: str) -> bool:
        return path != STANDARD_INPUT and not os.path.lexists(self.folder / path)


def _entries(document: DocumentResult, folder: Path) -> Iterator[Entry]:
    place = _place(document.path, folder)
    for finding in document.findings:
        yield Entry(place, finding.rule, finding.fingerprint, " ".join(finding.text.split()))


def _place(path: str, folder: Path) -> str:
    if path == STANDARD_INPUT:
        return path
    file = Path(path)
    return relative_path(str(_folder(file) / file.name), str(folder))


def _folder(path: Path) -> Path:
    """Where a file stands, whatever links led there; the file itself may be a link."""
    return Path(os.path.realpath(path.parent))


def _filled(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
