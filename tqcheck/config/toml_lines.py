"""The lines of a TOML file in which its keys and the entries of its lists stand, which tomllib does not tell.

The text is taken apart into headers and statements; tomllib itself says what each of them names and where it ends.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

Path = tuple[str | int, ...]

_PART = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[\w-]+)"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_HEADER = re.compile(rf"\s*\[\[?\s*{_PART}(?:\s*\.\s*{_PART})*\s*\]\]?\s*(?:#.*)?$")
# The beginning or end of a text of several lines.
_LONG = re.compile(r"\"\"\"|'''")
_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' r"'''.*?'''|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|#[^\n]*", re.DOTALL
)


class _Statement(NamedTuple):
    """A key with its value: the number (from 0) of its first line, and the text behind its equals sign."""

    line: int
    value: str


class Lines:
    """Where things stand in a text that is valid TOML; lines are counted from 1.

    A path is the keys that lead to a value, and for a table of an array (``[[overrides]]``) its number in that array.

    :param text: of the file.
    :param top: the table that is of interest; what lies elsewhere is not found.
    """

    def __init__(self, text: str, top: tuple[str, ...] = ()) -> None:
        self._top = top
        self._headers: dict[Path, int] = {}
        self._statements: dict[Path, _Statement] = {}
        self._entries: dict[Path, list[int]] = {}
        self._counts: dict[Path, int] = {}
        self._read(text.replace("\r\n", "\n").split("\n"))

    def of(self, *path: str | int) -> int:
        """The line of a value, or of the nearest thing around it that has one."""
        full = (*self._top, *path)
        for length in range(len(full), -1, -1):
            part = full[:length]
            if part in self._statements:
                return self._statements[part].line + 1
            if part in self._headers:
                return self._headers[part] + 1
        return 1

    def of_entry(self, number: int, *path: str | int) -> int:
        """The line of an entry of a list of texts, by its number in the list."""
        full = (*self._top, *path)
        if full not in self._statements:
            return self.of(*path)
        if full not in self._entries:
            self._entries[full] = list(_entries(self._statements[full]))
        lines = self._entries[full]
        return lines[number] if number < len(lines) else self.of(*path)

    def _read(self, lines: list[str]) -> None:
        table: Path = ()
        number = 0
        while number < len(lines):
            line = lines[number]
            if _HEADER.match(line) and (keys := _keys(line)):
                table = self._placed(keys, in_array=line.lstrip().startswith("[["))
                self._headers.setdefault(table, number)
            elif (self._is_wanted(table) or _LONG.search(line)) and (key := _KEY.match(line)):
                text = _statement(lines, number)
                self._statements[*table, *_keys(f"{key[1]} = 0")] = _Statement(number, text[key.end() :])
                number += text.count("\n")
            number += 1

    def _is_wanted(self, table: Path) -> bool:
        """Whether a table is that of interest, or one around or inside it."""
        length = min(len(table), len(self._top))
        return table[:length] == self._top[:length]

    def _placed(self, keys: tuple[str, ...], *, in_array: bool) -> Path:
        """The path of a header: with the number of each table of an array."""
        path: Path = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if in_array and number == len(keys):
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path


def _keys(line: str) -> tuple[str, ...]:
    """The keys that a header or an assignment names; none for a line that is none."""
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    return tuple(_path(found))


def _path(found: Any) -> Iterator[str]:
    while isinstance(found, list | dict) and found:
        if isinstance(found, list):
            found = found[0]
            continue
        key, found = next(iter(found.items()))
        yield key


def _statement(lines: list[str], start: int) -> str:
    """The text of the statement that begins in a line, to the first line with which it is whole."""
    for stop in range(start, len(lines)):
        if stop == start or _may_end(lines[stop]):
            text = "\n".join(lines[start : stop + 1])
            try:
                tomllib.loads(text)
            except (tomllib.TOMLDecodeError, RecursionError):
                continue
            return text
    return lines[start]


def _may_end(line: str) -> bool:
    """Whether a value that was begun on an earlier line may end on this one."""
    outside = _STRING_OR_COMMENT.sub("", line)
    return "]" in outside or "}" in outside or _LONG.search(line) is not None


def _entries(statement: _Statement) -> Iterator[int]:
    """The lines of the texts in a value."""
    line, before = statement.line + 1, 0
    for found in _STRING_OR_COMMENT.finditer(statement.value):
        line += statement.value.count("\n", before, found.start())
        before = found.start()
        if not found[0].startswith("#"):
            yield line
