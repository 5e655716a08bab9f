"""Which configuration holds for a folder and for a single file.

The files in a folder and in those above it hold together, the nearest last, as
far up as the root of the repository or a file that says ``root = true``; after
each come those of its overrides that name the file. The environment and the
flags come last.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tqcheck.config.configuration import OPTIONS, Configuration, Value, from_environment
from tqcheck.config.files import ConfigurationFile, Entry
from tqcheck.config.settings import Settings
from tqcheck.errors import SettingsError
from tqcheck.files.globs import Globs, held_to

Flag = tuple[str, str, Value]


def configure(
    folder: str | Path = ".", *, file: str | Path | None = None, environment: Mapping[str, str] | None = None
) -> Configuration:
    """The configuration that holds in a folder, from files and the environment; see :class:`Configurations`."""
    return Configurations(folder, file=file, environment=environment).run


class Configurations:
    """The configurations of one run.

    :param folder: where it runs: the settings of the run are those that hold there.
    :param file: read this file instead of looking for any; its patterns of files start from ``folder`` where that
        is not below it.
    :param environment: instead of the process's own.
    :param flags: the flag that was given, the name of the setting, and its value.
    :raises SettingsError: a file cannot be read, or something in one, the environment or a flag is wrong. So do all
        methods, for files in other folders.
    """

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        file: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        flags: Sequence[Flag] = (),
    ) -> None:
        environment = os.environ if environment is None else environment
        try:
            self._folder = Path(os.path.realpath(folder))
        except OSError:
            raise SettingsError("the current folder is gone; go to another one") from None
        self._files: dict[Path, tuple[ConfigurationFile, ...]] = {}
        named = file or environment.get("TQCHECK_CONFIG") or None
        self._named: tuple[ConfigurationFile, ...] | None = None
        if named:
            own = Path(os.path.realpath(Path(named).absolute().parent))
            base = own if self._folder.is_relative_to(own) else self._folder
            self._named = (ConfigurationFile.read(Path(named), base),)
        self._last = tuple(self._outer(environment, flags))
        self._made: dict[tuple[tuple[Path, int], ...], Configuration] = {}
        self._settings: dict[int, Settings] = {}
        self._places: dict[str, Path] = {}
        self._picks: dict[str, tuple[Globs | None, Globs | None]] = {}
        self.run = self._of_files(self._chain(self._folder), None)
        """What holds in the folder of the run."""

    def of(self, path: str) -> Configuration:
        """What holds for a file; ``-`` is in the folder of the run."""
        if path == "-":
            return self.run
        folder, name = os.path.split(path)
        if folder not in self._places:
            self._places[folder] = Path(os.path.realpath(self._folder / folder))
        place = self._places[folder]
        return self._of_files(self._chain(place), f"{place}{os.sep}{name}")

    def settings(self, path: str) -> Settings:
        """The settings of a check that hold for a file."""
        found = self.of(path)
        if id(found) not in self._settings:
            self._settings[id(found)] = found.settings()
        return self._settings[id(found)]

    def chosen(self, folder: str, name: str, *, is_folder: bool) -> bool | None:
        """What a walk is to do with an entry of a folder: see :class:`tqcheck.files.discovery.Choice`."""
        if folder not in self._picks:
            found = self._of_files(self._chain(Path(folder)), None)
            include, exclude = (found.texts(one) for one in ("include", "exclude"))
            self._picks[folder] = Globs(include) if include else None, Globs(exclude) if exclude else None
        included, excluded = self._picks[folder]
        if included is excluded is None:
            return None
        path = f"{folder.rstrip(os.sep)}{os.sep}{name}"
        if excluded is not None and excluded.says(path, folder=is_folder):
            return False
        return None if included is None or is_folder else bool(included.says(path))

    def ignored(self) -> Iterator[Entry]:
        """What files of other folders set that is for a whole run, and so does not hold in this one."""
        here = set(self._chain(self._folder))
        seen = {file for chain in self._files.values() for file in chain} - here
        for file in sorted(seen, key=lambda file: file.path):
            yield from (entry for entry in file.entries if OPTIONS[entry.name].of_run)

    def _chain(self, folder: Path) -> tuple[ConfigurationFile, ...]:
        """The files that hold in a folder, the nearest last."""
        if self._named is not None:
            return self._named
        found = self._files.get(folder)
        if found is None:
            own = ConfigurationFile.of(folder)
            ends = folder.parent == folder or (own is not None and own.is_root) or os.path.exists(folder / ".git")
            above = () if ends else self._chain(folder.parent)
            found = self._files[folder] = above if own is None else (*above, own)
        return found

    def _of_files(self, chain: tuple[ConfigurationFile, ...], path: str | None) -> Configuration:
        holding = [
            tuple(
                number
                for number, override in enumerate(file.overrides)
                if path is not None and override.holds_for(path)
            )
            for file in chain
        ]
        key = tuple(
            (file.path, number) for file, numbers in zip(chain, holding, strict=True) for number in (-1, *numbers)
        )
        if key not in self._made:
            self._made[key] = self._make(chain, holding)
        return self._made[key]

    def _make(self, chain: tuple[ConfigurationFile, ...], holding: Sequence[tuple[int, ...]]) -> Configuration:
        found = Configuration(tuple(file.path for file in chain))
        elsewhere = chain != self._chain(self._folder)
        for file, numbers in zip(chain, holding, strict=True):
            for entry in file.entries:
                if not (elsewhere and OPTIONS[entry.name].of_run):
                    found.put(*entry)
            for number in numbers:
                for entry in file.overrides[number].entries:
                    found.put(*entry, layer=f"{file.path}#{number}")
        for entry in self._last:
            found.put(*entry)
        if elsewhere:
            for name, option in OPTIONS.items():
                if option.of_run:
                    found.values[name] = self.run.values[name]
        return found

    def _outer(self, environment: Mapping[str, str], flags: Sequence[Flag]) -> Iterator[Entry]:
        for name, option in OPTIONS.items():
            variable = "TQCHECK_" + name.upper().replace("-", "_")
            if environment.get(variable):
                value = from_environment(variable, environment[variable], option)
                yield Entry(name, self._held(name, value, variable), variable)
        for flag, name, value in flags:
            yield Entry(name, self._held(name, value, flag), flag)

    def _held(self, name: str, value: Value, origin: str) -> Value:
        """Patterns of files as they are meant: from the folder of the run."""
        if OPTIONS[name].form != "globs" or not isinstance(value, list):
            return value
        try:
            return [held_to(str(self._folder), one) for one in value]
        except ValueError as error:
            raise SettingsError(f"{origin}: {error}; write it as in .gitignore") from None
