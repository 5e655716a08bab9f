"""Where settings come from: defaults, then a configuration file, then the environment, then flags.

The file is ``tqcheck.toml``, or the table ``[tool.tqcheck]`` of a
``pyproject.toml``, in the folder or the nearest one above it. Single values
replace what came before; lists (packs, enable, disable, accept) add up, and
severities are set selector by selector. Paths in a file are relative to it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tqcheck.errors import SettingsError, near
from tqcheck.settings import ENGINES, Settings

FILE = "tqcheck.toml"
PROJECT_FILE = "pyproject.toml"
LEVELS = ("error", "warning", "suggestion")
Value = bool | int | str | None | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One key of the configuration file.

    :param form: a choice of words, a text, a path, a whole number, a switch, a list of texts or of paths, a table.
    :param default: the value where nobody sets it.
    :param what: what it does.
    """

    form: Literal["choice", "text", "path", "number", "switch", "list", "paths", "table"]
    default: Value
    what: str
    choices: tuple[str, ...] = ()


OPTIONS: Mapping[str, Option] = {
    "lm": Option("choice", "auto", "use the language model", ("auto", "off", "require")),
    "model": Option("text", None, "a causal language model: folder or hub name"),
    "engine": Option("choice", "auto", "what the model is run by", ENGINES),
    "calibration": Option("path", None, "a calibration for that model, made by tqcheck models calibrate"),
    "packs": Option("paths", [], "further rule packs"),
    "preview": Option("switch", False, "run rules that are in preview"),
    "enable": Option("list", [], "rules, categories or packs to run although a wider selector turns them off"),
    "disable": Option("list", [], "rules, categories or packs not to run"),
    "severity": Option("table", {}, "severity of a rule, category or pack: error, warning, suggestion or off"),
    "accept": Option("list", [], "names and terms that are right as they are"),
    "accept-files": Option("paths", [], "files with one accepted term a line (# begins a comment)"),
    "encoding": Option("text", None, "encoding of the drafts; UTF-8, or as a byte-order mark says, when not set"),
    "input-format": Option(
        "choice", None, "kind of the drafts; by their suffix when not set", ("plain", "markdown", "html")
    ),
    "max-size": Option("number", 50, "largest file to check, in megabytes"),
    "lm-words": Option("number", 20_000, "words of a document that the model scores"),
    "keep-scores": Option("switch", True, "keep scores of the model in the cache, and take them from there"),
    "words": Option("switch", False, "show the surprisal of single words, and mark the odd ones"),
    "show": Option("choice", "suggestion", "lowest severity to show", LEVELS),
    "fail-on": Option("choice", "warning", "lowest severity that makes the exit code 1", (*LEVELS, "never")),
    "least-fluent": Option("number", 3, "how many of the least fluent sentences to list"),
}


_OPPOSITE = {"enable": "disable", "disable": "enable"}


def _layer(origin: str) -> str:
    return "flag" if origin.startswith("--") else "environment" if origin.startswith("TQCHECK_") else "file"


@dataclass(slots=True)
class Configuration:
    """Effective values, and for each where it comes from.

    :param file: the configuration file used, if any.
    :param values: by the names of :data:`OPTIONS`.
    :param origins: for a name (for an entry of a list or table: ``name`` and the entry) the file and line, the
        environment variable, the flag, or ``default``.
    """

    file: Path | None = None
    values: dict[str, Value] = field(
        default_factory=lambda: {name: _copy(one.default) for name, one in OPTIONS.items()}
    )
    origins: dict[tuple[str, ...], str] = field(default_factory=dict)

    def put(self, name: str, value: Value, origin: str) -> None:
        """Set a value or add to a list or table; raises :class:`~tqcheck.errors.SettingsError`."""
        option = OPTIONS[name]
        value = _checked(name, option, value, origin)
        if isinstance(value, list):
            known = self.values[name]
            assert isinstance(known, list)
            if name in _OPPOSITE:
                self._drop(_OPPOSITE[name], value, origin)
            for entry in value:
                if entry not in known:
                    known.append(entry)
                self.origins[name, entry] = origin
        elif isinstance(value, dict):
            table = self.values[name]
            assert isinstance(table, dict)
            for key, entry in value.items():
                table[key] = entry
                self.origins[name, key] = origin
        else:
            self.values[name] = value
            self.origins[name,] = origin

    def _drop(self, name: str, entries: Sequence[str], origin: str) -> None:
        """Take out what an earlier layer enabled and a later one disables, or the other way round."""
        wanted = {entry.lower() for entry in entries}
        known = self.values[name]
        assert isinstance(known, list)
        self.values[name] = [
            entry
            for entry in known
            if entry.lower() not in wanted or _layer(self.origin(name, entry)) == _layer(origin)
        ]

    def origin(self, *name: str) -> str:
        """Where a value (``"show"``) or an entry (``"accept", "Atlantic Alliance"``) comes from."""
        return self.origins.get(name, "default")

    def text(self, name: str) -> str:
        """The value of a choice that is always set."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """The value of a number."""
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def settings(self, cache: Path | None = None) -> Settings:
        """The settings of a check; raises :class:`~tqcheck.errors.SettingsError`."""
        values: dict[str, Any] = self.values
        accept = [*values["accept"]]
        for path in values["accept-files"]:
            accept += _terms(Path(path), self.origin("accept-files", path))
        return Settings(
            lm=values["lm"],
            model=values["model"],
            engine=values["engine"],
            calibration=None if values["calibration"] is None else Path(values["calibration"]),
            packs=tuple(values["packs"]),
            encoding=values["encoding"],
            kind=values["input-format"],
            max_bytes=values["max-size"] * 1_000_000,
            lm_words=values["lm-words"],
            cache=cache,
            preview=values["preview"],
            enable=tuple(values["enable"]),
            disable=tuple(values["disable"]),
            severity=tuple(values["severity"].items()),
            accept=tuple(dict.fromkeys(accept)),
            words=values["words"],
            keep_scores=values["keep-scores"],
        )


def configure(
    folder: str | Path = ".", *, file: str | Path | None = None, environment: Mapping[str, str] | None = None
) -> Configuration:
    """The configuration that holds in a folder, from the file and the environment.

    :param file: read this file instead of looking for one.
    :param environment: instead of the process's own.
    :raises SettingsError: a file cannot be read, or something in it or in the environment is wrong.
    """
    environment = os.environ if environment is None else environment
    found = Configuration()
    named = file or environment.get("TQCHECK_CONFIG") or None
    file_and_content = (Path(named), _load(Path(named))) if named else find_file(Path(folder))
    if file_and_content is not None:
        found.file, loaded = file_and_content
        _read(found, found.file, loaded)
    for name, option in OPTIONS.items():
        variable = "TQCHECK_" + name.upper().replace("-", "_")
        if environment.get(variable):
            found.put(name, _from_environment(variable, environment[variable], option), variable)
    return found


def find_file(folder: Path) -> tuple[Path, tuple[str, dict[str, Any]]] | None:
    """The nearest configuration file in ``folder`` or above, with its text and what that says.

    A pyproject.toml without our table is none.
    """
    folder = folder.resolve()
    for place in (folder, *folder.parents):
        own, project = place / FILE, place / PROJECT_FILE
        if own.is_file():
            return own, _load(own)
        if project.is_file() and _table(project, loaded := _load(project)) is not None:
            return project, loaded
    return None


def _load(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: cannot read the configuration: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the configuration is not UTF-8 (byte offset {error.start})") from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None


def _table(path: Path, loaded: tuple[str, dict[str, Any]]) -> dict[str, Any] | None:
    data = loaded[1]
    if path.name != PROJECT_FILE:
        return data
    tool = data.get("tool", {})
    table = tool.get("tqcheck") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{path}: tool.tqcheck must be a table")
    return table


def _read(found: Configuration, path: Path, loaded: tuple[str, dict[str, Any]]) -> None:
    text = loaded[0]
    table = _table(path, loaded)
    if table is None:
        raise SettingsError(f"{path}: there is no [tool.tqcheck] in it")
    for name, value in table.items():
        origin = f"{path}:{_line(text, name)}"
        if name not in OPTIONS:
            likely = near(name, OPTIONS)
            hint = f"did you mean {likely!r}?" if likely else f"known: {', '.join(OPTIONS)}"
            raise SettingsError(f"{origin}: unknown setting {name!r}; {hint}")
        form = OPTIONS[name].form
        if form == "paths" and isinstance(value, list):
            value = [str(path.parent / entry) if isinstance(entry, str) else entry for entry in value]
        if form == "path" and isinstance(value, str) and value:
            value = str(path.parent / value)
        if name == "model" and isinstance(value, str) and (path.parent / value).is_dir():
            value = str(path.parent / value)
        if form in ("list", "paths") and isinstance(value, list):
            for entry in value:
                found.put(name, [entry], f"{path}:{_line(text, name, entry)}")
        elif form == "table" and isinstance(value, dict):
            for key, entry in value.items():
                found.put(name, {key: entry}, f"{path}:{_line(text, name, key)}")
        else:
            found.put(name, value, origin)


def _line(text: str, name: str, entry: object = None) -> int:
    """The line (1-based) of a key, or of an entry after it (tomllib does not tell)."""
    lines = text.splitlines()
    section = next((number for number, line in enumerate(lines) if re.match(r"\s*\[tool\.tqcheck\b", line)), 0)
    key = re.compile(rf"\s*(?:\[(?:tool\.tqcheck\.)?{re.escape(name)}\]|{re.escape(name)}\s*[=.])")
    first = next((number for number in range(section, len(lines)) if key.match(lines[number])), section)
    if entry is not None:
        word = re.compile(rf"(?<![\w-]){re.escape(Path(str(entry)).name)}(?![\w-])")
        return next((number for number in range(first, len(lines)) if word.search(lines[number])), first) + 1
    return first + 1


def _from_environment(variable: str, text: str, option: Option) -> Value:
    match option.form:
        case "switch":
            if text.lower() in ("1", "true", "yes", "on"):
                return True
            if text.lower() in ("0", "false", "no", "off"):
                return False
            raise SettingsError(f"{variable} is true or false, not {text!r}")
        case "number":
            try:
                return int(text)
            except ValueError:
                raise SettingsError(f"{variable} must be a whole number, not {text!r}") from None
        case "paths":
            return [part for part in text.split(os.pathsep) if part]
        case "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        case "table":
            return parse_severities([part for part in text.split(",") if part.strip()], variable)
    return text


def parse_severities(pairs: Sequence[str], origin: str) -> dict[str, str]:
    """``["calque=suggestion"]`` as a table; raises :class:`~tqcheck.errors.SettingsError`."""
    table: dict[str, str] = {}
    for pair in pairs:
        selector, equals, level = pair.partition("=")
        if not equals or not selector.strip():
            raise SettingsError(f"{origin}: write SELECTOR=LEVEL, such as calque=suggestion, not {pair!r}")
        table[selector.strip()] = level.strip()
    return table


def _checked(name: str, option: Option, value: Value, origin: str) -> Value:
    def wrong(what: str) -> SettingsError:
        return SettingsError(f"{origin}: {name} must be {what}, not {value!r}")

    match option.form:
        case "choice":
            if value not in option.choices:
                raise wrong(f"one of {', '.join(option.choices)}")
        case "text" | "path":
            if not isinstance(value, str) or not value:
                raise wrong("a text")
        case "number":
            if not isinstance(value, int) or isinstance(value, bool) or value < (0 if name == "least-fluent" else 1):
                raise wrong("a whole number above 0" if name != "least-fluent" else "a whole number of 0 or more")
        case "switch":
            if not isinstance(value, bool):
                raise wrong("true or false")
        case "list" | "paths":
            if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
                raise wrong("a list of texts")
        case "table":
            levels = (*LEVELS, "off")
            if not isinstance(value, dict) or not all(entry in levels for entry in value.values()):
                raise wrong(f"a table of selectors, each with one of {', '.join(levels)}")
    return value


def _terms(path: Path, origin: str) -> Iterator[str]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot read the accept list named in {origin}: {error.strerror or error}"
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the accept list is not UTF-8 (byte offset {error.start})") from None
    for line in text.splitlines():
        term = line.partition("#")[0].strip()
        if term:
            yield term


def _copy(value: Value) -> Value:
    return value.copy() if isinstance(value, list | dict) else value
