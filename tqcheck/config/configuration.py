"""Settings by name, and where each comes from: defaults, then configuration files, the environment, flags.

Single values replace what came before; lists (packs, enable, disable, accept,
include, exclude) add up, and severities are set selector by selector.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tqcheck.config.settings import ENGINES, Settings
from tqcheck.errors import SettingsError

LEVELS = ("error", "warning", "suggestion")
Value = bool | int | str | None | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One key of the configuration file.

    :param form: a choice of words, a text, a path, a whole number, a switch, a list of texts, of paths or of
        patterns of files, a table.
    :param default: the value where nobody sets it.
    :param what: what it does.
    :param of_run: whether it is for a whole run, and cannot differ from file to file.
    :param least: of a number.
    """

    form: Literal["choice", "text", "path", "number", "switch", "list", "paths", "globs", "table"]
    default: Value
    what: str
    choices: tuple[str, ...] = ()
    of_run: bool = False
    least: int = 1

    @property
    def is_list(self) -> bool:
        """Whether its values add up to a list."""
        return self.form in ("list", "paths", "globs")


OPTIONS: Mapping[str, Option] = {
    "lm": Option("choice", "auto", "use the language model", ("auto", "off", "require"), of_run=True),
    "model": Option("text", None, "a causal language model: folder or hub name", of_run=True),
    "engine": Option("choice", "auto", "what the model is run by", ENGINES, of_run=True),
    "calibration": Option("path", None, "a calibration for that model, made by tqcheck models calibrate", of_run=True),
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
    "keep-scores": Option(
        "switch", True, "keep scores of the model in the cache, and take them from there", of_run=True
    ),
    "words": Option("switch", False, "show the surprisal of single words, and mark the odd ones", of_run=True),
    "show": Option("choice", "suggestion", "lowest severity to show", LEVELS, of_run=True),
    "fail-on": Option(
        "choice", "warning", "lowest severity that makes the exit code 1", (*LEVELS, "never"), of_run=True
    ),
    "least-fluent": Option("number", 3, "how many of the least fluent sentences to list", of_run=True, least=0),
    "include": Option("globs", [], "files that a walk over a folder picks, instead of those with a known suffix"),
    "exclude": Option("globs", [], "files and folders that a walk leaves out"),
    "gitignore": Option("switch", True, "leave out of walks what .gitignore names", of_run=True),
    "force-exclude": Option("switch", False, "leave out what exclude names although it is named", of_run=True),
    "jobs": Option("number", 0, "processes that check files; 0 for as many as there are cores", of_run=True, least=0),
    "keep-results": Option("switch", True, "keep results in the cache, by content, and take them thence", of_run=True),
    "baseline": Option("path", None, "a file of known findings, which are left out", of_run=True),
}


_OPPOSITE = {"enable": "disable", "disable": "enable"}


def _layer(origin: str) -> str:
    """What a value belongs to: the flags, the environment, or one file."""
    if origin.startswith("--"):
        return "flags"
    return "environment" if origin.startswith("TQCHECK_") else origin.rpartition(":")[0]


@dataclass(slots=True)
class Configuration:
    """Effective values, and for each where it comes from.

    :param files: the configuration files used, the nearest last.
    :param values: by the names of :data:`OPTIONS`.
    :param origins: for a name (for an entry of a list or table: ``name`` and the entry) the file and line, the
        environment variable, the flag, or ``default``.
    """

    files: tuple[Path, ...] = ()
    values: dict[str, Value] = field(
        default_factory=lambda: {name: _copy(one.default) for name, one in OPTIONS.items()}
    )
    origins: dict[tuple[str, ...], str] = field(default_factory=dict)
    _layers: dict[tuple[str, str], str] = field(default_factory=dict)

    def copy(self) -> Configuration:
        """One that can be changed without changing this."""
        values = {name: _copy(value) for name, value in self.values.items()}
        return Configuration(self.files, values, dict(self.origins), dict(self._layers))

    def put(self, name: str, value: Value, origin: str, layer: str | None = None) -> None:
        """Set a value or add to a list or table; raises :class:`~tqcheck.errors.SettingsError`.

        :param layer: what the value belongs to; what a later layer enables an earlier one no longer disables. As
            ``origin`` says where it is ``None``.
        """
        value = checked(name, value, origin)
        if isinstance(value, list):
            known = self.values[name]
            assert isinstance(known, list)
            layer = layer or _layer(origin)
            if name in _OPPOSITE:
                self._drop(_OPPOSITE[name], value, layer)
            for entry in value:
                # The last of some patterns decides.
                if entry in known and OPTIONS[name].form == "globs":
                    known.remove(entry)
                if entry not in known:
                    known.append(entry)
                self.origins[name, entry] = origin
                self._layers.pop((name, entry), None)
                self._layers[name, entry] = layer
        elif isinstance(value, dict):
            table = self.values[name]
            assert isinstance(table, dict)
            for key, entry in value.items():
                # The last of some that name one rule decides.
                for other in [one for one in table if one.lower() == key.lower()]:
                    del table[other]
                table[key] = entry
                self.origins[name, key] = origin
        else:
            self.values[name] = value
            self.origins[name,] = origin

    def _drop(self, name: str, entries: Sequence[str], layer: str) -> None:
        """Take out what an earlier layer enabled and a later one disables, or the other way round."""
        wanted = {entry.lower() for entry in entries}
        known = self.values[name]
        assert isinstance(known, list)
        self.values[name] = [
            entry for entry in known if entry.lower() not in wanted or self._layers[name, entry] == layer
        ]

    def _layered(self) -> tuple[tuple[str, ...], ...]:
        """Selectors that are enabled and disabled by their layers, the last one last; none where one layer has all."""
        if not (self.texts("enable") and self.texts("disable")):
            return ()
        found: dict[str, list[str]] = {}
        for (name, entry), layer in self._layers.items():
            if name in _OPPOSITE and entry in self.texts(name):
                found.setdefault(layer, []).append(entry.lower())
        return tuple(map(tuple, found.values())) if len(found) > 1 else ()

    @property
    def file(self) -> Path | None:
        """The nearest configuration file, if there is any."""
        return self.files[-1] if self.files else None

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

    def path(self, name: str) -> Path | None:
        """The value of a path, if it is set."""
        value = self.values[name]
        return None if value is None else Path(str(value))

    def switch(self, name: str) -> bool:
        """The value of a switch."""
        return self.values[name] is True

    def texts(self, name: str) -> tuple[str, ...]:
        """The entries of a list."""
        value = self.values[name]
        assert isinstance(value, list)
        return tuple(value)

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
            layers=self._layered(),
            places={
                (name, entry.lower()): self.origin(name, entry)
                for name in ("enable", "disable", "severity")
                for entry in values[name]
            },
        )


def from_environment(variable: str, text: str, option: Option) -> Value:
    """The value of an option as an environment variable has it; raises :class:`~tqcheck.errors.SettingsError`."""
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
        case "list" | "globs":
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


def checked(name: str, value: Value, origin: str) -> Value:
    """The value of an option if it is a valid one; raises :class:`~tqcheck.errors.SettingsError`."""
    option = OPTIONS[name]

    def wrong(what: str) -> SettingsError:
        return SettingsError(f"{origin}: {name} must be {what}, not {value!r}")

    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else ()
    if any("\0" in text for text in texts if isinstance(text, str)):
        raise wrong("without NUL characters")
    match option.form:
        case "choice":
            if value not in option.choices:
                raise wrong(f"one of {', '.join(option.choices)}")
        case "text" | "path":
            if not isinstance(value, str) or not value:
                raise wrong("a text")
            if name == "encoding":
                _check_encoding(value, origin)
        case "number":
            if not isinstance(value, int) or isinstance(value, bool) or value < option.least:
                raise wrong("a whole number above 0" if option.least else "a whole number of 0 or more")
        case "switch":
            if not isinstance(value, bool):
                raise wrong("true or false")
        case "list" | "paths" | "globs":
            if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
                raise wrong("a list of texts")
        case "table":
            levels = (*LEVELS, "off")
            if not isinstance(value, dict) or not all(entry in levels for entry in value.values()):
                raise wrong(f"a table of selectors, each with one of {', '.join(levels)}")
    return value


def _check_encoding(name: str, origin: str) -> None:
    # The readers are not needed for most settings.
    from tqcheck.files.decoding import decode

    try:
        decode(b"", "", name)
    except SettingsError as error:
        raise SettingsError(f"{origin}: {error}") from None


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
