"""Every error that tqcheck raises on purpose.

::

    TqcheckError
    ├── InputError              one input could not be checked; others go on
    │   ├── UnreadableError     missing, a folder, no permission, empty folder
    │   ├── EncodingError       bytes that are not the stated encoding
    │   ├── BinaryError         not text at all (NUL bytes, lone surrogates)
    │   └── TooLargeError       over the size limit
    ├── RuleError               a rule or pack is wrong (file and line)
    ├── SettingsError           an option or configuration value is wrong
    ├── ChangesError            git cannot say what has changed (no git, no repository, no such commit)
    ├── OutputError             a report or cache file could not be written
    ├── ModelError              the language model cannot be used
    │   ├── CalibrationError    a calibration is damaged, of another model, or would rest on too little text
    │   ├── ModelUnavailable    it is not here and cannot be fetched
    │   └── ChecksumError       what was fetched is not what was expected
    ├── DetectorError           the detector's weights cannot be used
    └── MissingExtra            an optional dependency is not installed

The library raises these and never prints or exits. Each message says what
happened, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one is nearest to, for messages; ``None`` where none is near."""
    # Only a message needs it, so no run without a mistake pays for it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), 1)), None)


class TqcheckError(Exception):
    """Base of every error that tqcheck raises on purpose."""


class InputError(TqcheckError):
    """One input could not be checked; the other inputs of the run go on."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UnreadableError(InputError):
    """The input is missing, not a file, or not permitted."""


class EncodingError(InputError):
    """The bytes are not in the stated encoding.

    ``offset`` is the 0-based byte offset of the first wrong byte.
    """

    def __init__(self, path: str, reason: str, offset: int) -> None:
        super().__init__(path, reason)
        self.offset = offset


class BinaryError(InputError):
    """The input is not text: NUL bytes or lone surrogates."""


class TooLargeError(InputError):
    """The input is over the size limit."""


class RuleError(TqcheckError):
    """A rule or a pack is wrong; names the file and the line (1-based)."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class SettingsError(TqcheckError):
    """An option or a configuration value is wrong."""


class ChangesError(TqcheckError):
    """Git cannot say what has changed: it is missing, or the repository or the commit is."""


class OutputError(TqcheckError):
    """A report or a cache file could not be written."""


class ModelError(TqcheckError):
    """The language model cannot be used."""


class CalibrationError(ModelError):
    """A calibration cannot be used or made."""


class ModelUnavailable(ModelError):
    """The model is not on this machine and could not be fetched."""


class ChecksumError(ModelError):
    """A fetched or cached file is not the one that was pinned."""


class DetectorError(TqcheckError):
    """The weights of the detector are missing, damaged or of another version."""


class MissingExtra(TqcheckError):
    """An optional dependency is missing; the message names the extra to install."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part: pip install 'tqcheck[{extra}]'")
        self.extra = extra
