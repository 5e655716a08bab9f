"""Configuration files: found, read, and taken apart into the settings that they make.

A file is ``tqcheck.toml``, or a ``pyproject.toml`` with a table
``[tool.tqcheck]``. Beside settings it may hold ``root = true``, which ends the
search above it, and tables ``[[overrides]]``, each with ``files`` (patterns as
in ``.gitignore``) and settings for those files alone.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tqcheck.config.configuration import OPTIONS, Value, checked
from tqcheck.config.toml_lines import Lines
from tqcheck.errors import SettingsError, near
from tqcheck.files.globs import Globs, held_to

FILE = "tqcheck.toml"
PROJECT_FILE = "pyproject.toml"
_ROOT = "root"
_OVERRIDES = "overrides"
_FILES = "files"


class Entry(NamedTuple):
    """A value that a file sets (of a list or table one entry), and the file and line where it does."""

    name: str
    value: Value
    origin: str


@dataclass(frozen=True, eq=False)
class Override:
    """Settings for some files; ``patterns`` are those of :class:`~tqcheck.files.globs.Globs`."""

    patterns: tuple[str, ...]
    entries: tuple[Entry, ...]

    @cached_property
    def _globs(self) -> Globs:
        return Globs(self.patterns)

    def holds_for(self, path: str) -> bool:
        """Whether it holds for a file, by its absolute path without links."""
        return bool(self._globs.says(path))


@dataclass(frozen=True, eq=False)
class ConfigurationFile:
    """What a configuration file says; ``is_root``: files above it do not count."""

    path: Path
    entries: tuple[Entry, ...] = ()
    overrides: tuple[Override, ...] = ()
    is_root: bool = False

    @classmethod
    def read(cls, path: Path, base: Path | None = None) -> ConfigurationFile:
        """Read a file that was named.

        :param base: the folder that its patterns of files start from; ``None`` is the file's own.
        :raises SettingsError: it cannot be read, has no table of ours, or something in it is wrong.
        """
        loaded = _load(path)
        table = _table(path, loaded)
        if table is None:
            raise SettingsError(f"{path}: there is no [tool.tqcheck] in it")
        return _parse(path, loaded.text, table, base or path.parent)

    @classmethod
    def of(cls, folder: Path) -> ConfigurationFile | None:
        """The file in a folder; a pyproject.toml without our table is none. Raises as :meth:`read`."""
        own, project = folder / FILE, folder / PROJECT_FILE
        if os.path.isfile(own):
            return cls.read(own)
        if os.path.isfile(project):
            loaded = _load(project)
            table = _table(project, loaded)
            if table is not None:
                return _parse(project, loaded.text, table, folder)
        return None


class _Loaded(NamedTuple):
    text: str
    data: Mapping[str, Any]


def _load(path: Path) -> _Loaded:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: cannot read the configuration: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the configuration is not UTF-8 (byte offset {error.start})") from None
    try:
        return _Loaded(text, tomllib.loads(text))
    except RecursionError:
        raise SettingsError(f"{path}: not valid TOML: nested too deep") from None
    except ValueError as error:
        # Beside its own mistakes, numbers with too many digits.
        raise SettingsError(f"{path}: not valid TOML: {error}") from None


def _table(path: Path, loaded: _Loaded) -> Mapping[str, Any] | None:
    if path.name != PROJECT_FILE:
        return loaded.data
    tool = loaded.data.get("tool", {})
    table = tool.get("tqcheck") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{path}: tool.tqcheck must be a table")
    return table


def _parse(path: Path, text: str, table: Mapping[str, Any], base: Path) -> ConfigurationFile:
    lines = Lines(text, ("tool", "tqcheck") if path.name == PROJECT_FILE else ())
    root = table.get(_ROOT, False)
    if not isinstance(root, bool):
        raise SettingsError(f"{path}:{lines.of(_ROOT)}: root must be true or false, not {root!r}")
    settings = {name: value for name, value in table.items() if name not in (_ROOT, _OVERRIDES)}
    return ConfigurationFile(
        path,
        tuple(_entries(path, lines, (), settings, base)),
        tuple(_overrides(path, lines, table.get(_OVERRIDES, []), base)),
        root,
    )


def _overrides(path: Path, lines: Lines, tables: Any, base: Path) -> Iterator[Override]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise SettingsError(f"{path}: overrides must be tables; write [[{_header(path)}]] above each")
    for number, table in enumerate(tables):
        within = (_OVERRIDES, number)
        origin = f"{path}:{lines.of(*within)}"
        files = table.get(_FILES)
        if not isinstance(files, list) or not files or not all(isinstance(one, str) for one in files):
            raise SettingsError(f"{origin}: overrides need files, a list of patterns such as 'archive/' or '*.es.md'")
        for name in table:
            if name in OPTIONS and OPTIONS[name].of_run:
                where = f"{path}:{lines.of(*within, name)}"
                raise SettingsError(f"{where}: {name} is for a whole run; set it outside the overrides")
        settings = {name: value for name, value in table.items() if name != _FILES}
        patterns = tuple(
            _held_to(base, one, f"{path}:{lines.of_entry(index, *within, _FILES)}") for index, one in enumerate(files)
        )
        yield Override(patterns, tuple(_entries(path, lines, within, settings, base)))


def _header(path: Path) -> str:
    return "tool.tqcheck.overrides" if path.name == PROJECT_FILE else _OVERRIDES


def _entries(
    path: Path, lines: Lines, within: tuple[str | int, ...], table: Mapping[str, Any], base: Path
) -> Iterator[Entry]:
    for name, value in table.items():
        origin = f"{path}:{lines.of(*within, name)}"
        if name not in OPTIONS:
            known = (*OPTIONS, _ROOT, _OVERRIDES)
            likely = near(name, known)
            hint = f"did you mean {likely!r}?" if likely else f"known: {', '.join(known)}"
            raise SettingsError(f"{origin}: unknown setting {name!r}; {hint}")
        option = OPTIONS[name]
        if option.is_list and isinstance(value, list):
            for number, entry in enumerate(value):
                where = f"{path}:{lines.of_entry(number, *within, name)}"
                yield Entry(name, checked(name, [_placed(path, base, name, entry, where)], where), where)
        elif option.form == "table" and isinstance(value, dict):
            for key, entry in value.items():
                where = f"{path}:{lines.of(*within, name, key)}"
                yield Entry(name, checked(name, {key: entry}, where), where)
        else:
            yield Entry(name, checked(name, _placed(path, base, name, value, origin), origin), origin)


def _placed(path: Path, base: Path, name: str, value: Any, origin: str) -> Any:
    """A path or pattern as it is meant: from the folder of the file."""
    form = OPTIONS[name].form
    if not isinstance(value, str) or not value:
        return value
    if form in ("path", "paths") or (name == "model" and os.path.isdir(path.parent / value)):
        return str(path.parent / value)
    return _held_to(base, value, origin) if form == "globs" else value


def _held_to(base: Path, pattern: str, origin: str) -> str:
    try:
        return held_to(os.path.realpath(base), pattern)
    except ValueError as error:
        raise SettingsError(f"{origin}: {error}; write it as in .gitignore") from None
