"""The user's model cache: where it is, whether what is in it is whole, and how a model gets into it.

Layout: ``<cache>/models/<id>/`` with the converted model, the GGUF it was made
from (so that a damaged copy can be made anew without a network) and
``state.json``, which records size and sha256 of every file. A model is built in
a hidden folder beside it and moved into place when whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqcheck.cache.folder import VARIABLE, cache_folder
from tqcheck.errors import MissingExtra, OutputError
from tqcheck.lm.manifest import Manifest

STATE = "state.json"
_FORMAT = 1
_SMALL = 16 * 1024 * 1024  # files up to this size are hashed whole at every start
_SPOTS, _SPOT = 64, 4096
_CHUNK = 1024 * 1024


def sha256_of(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """sha256 of a file in hexadecimal; ``progress`` gets the bytes read so far."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class State:
    """What ``state.json`` says: the sha256 of the GGUF, the converter's version, and size and hashes of each file."""

    gguf: str
    converter: int
    files: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, folder: Path, names: list[str], gguf: str, converter: int) -> State:
        """Measure the named files of a folder."""
        files = {}
        for name in names:
            path = folder / name
            files[name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path), "spots": spots(path)}
        return cls(gguf, converter, files)

    @classmethod
    def load(cls, folder: Path) -> State:
        """Raises ``OSError``, ``ValueError``, ``KeyError`` or ``TypeError`` if it is missing or damaged."""
        raw = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if raw["format"] != _FORMAT:
            raise ValueError(f"format {raw['format']!r}")
        files = {
            str(name): {"bytes": int(facts["bytes"]), "sha256": str(facts["sha256"]), "spots": str(facts["spots"])}
            for name, facts in raw["files"].items()
        }
        return cls(str(raw["gguf"]), int(raw["converter"]), files)

    def save(self, folder: Path) -> None:
        """Write ``state.json``."""
        raw = {"format": _FORMAT, "gguf": self.gguf, "converter": self.converter, "files": self.files}
        (folder / STATE).write_text(json.dumps(raw, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def problem(self, folder: Path, *, verify: bool = False) -> str | None:
        """What is wrong with the files of the folder, or ``None``.

        Always: sizes, sha256 of small files, and of large ones a sample of
        blocks (which finds pages that never reached the disk). With ``verify``
        the sha256 of every file, about 1 s for the default model.
        """
        for name, facts in self.files.items():
            path = folder / name
            try:
                size = path.stat().st_size
                if size != facts["bytes"]:
                    return f"{name} has {size} bytes instead of {facts['bytes']}"
                if verify or size <= _SMALL:
                    if sha256_of(path) != facts["sha256"]:
                        return f"{name} has changed (sha256)"
                elif spots(path) != facts["spots"]:
                    return f"{name} has changed"
            except OSError as error:
                return f"{name} cannot be read ({error.strerror or error})"
        return None


def spots(path: Path) -> str:
    """sha256 of blocks spread evenly over a file, the first and the last among them."""
    digest = hashlib.sha256()
    size = path.stat().st_size
    with path.open("rb") as file:
        for index in range(_SPOTS):
            file.seek(max(0, size - _SPOT) * index // (_SPOTS - 1))
            digest.update(file.read(_SPOT))
    return digest.hexdigest()


def model_folder(model_id: str, cache: Path | None = None) -> Path:
    """Where a model is kept, whether it is there or not."""
    return (cache or cache_folder()) / "models" / model_id


def problem(
    folder: Path, manifest: Manifest, converter: int, required: list[str], *, verify: bool = False
) -> str | None:
    """Why a cached model cannot be used, or ``None``; ``"absent"`` if it is not there."""
    if not folder.exists():
        return "absent"
    try:
        state = State.load(folder)
    except FileNotFoundError:
        return f"{STATE} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{STATE} cannot be read"
    if state.gguf != manifest.gguf.sha256 or state.converter != converter:
        return "it was made by another version of tqcheck"
    missing = [name for name in required if name not in state.files]
    if missing:
        return f"{STATE} does not mention {missing[0]}"
    return state.problem(folder, verify=verify)


@contextmanager
def building(folder: Path, waiting: Callable[[], None] | None = None) -> Iterator[Path]:
    """A new folder to build a model in, alone among processes; afterwards it takes the place of ``folder``.

    The block may take files out of the old folder. If it raises, or leaves the
    new folder empty (nothing to do after all), the old one stays and nothing
    else is left. ``waiting`` is called if another process is at work. Raises
    :class:`OutputError` if the cache cannot be written or the disk is full.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError:
        raise MissingExtra("the language model", "lm") from None
    parent = folder.parent
    temporary: Path | None = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(parent / f"{folder.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if waiting is not None:
                waiting()
            lock.acquire()
        try:
            # Whatever an interrupted process left: only the holder of the lock builds.
            for left in parent.glob(f".{folder.name}-*"):
                shutil.rmtree(left, ignore_errors=True)
            temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=parent))
            new = temporary / "new"
            new.mkdir()
            yield new
            if any(new.iterdir()):
                _swap(new, folder, temporary / "old")
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            lock.release()
    except OSError as error:
        raise unwritable(parent, error) from error


def _swap(new: Path, folder: Path, old: Path) -> None:
    if folder.exists():
        folder.replace(old)
    try:
        new.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise


def unwritable(folder: Path, error: OSError) -> OutputError:
    """The error for a cache that cannot be written."""
    reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else (error.strerror or str(error))
    return OutputError(
        f"{folder}: the model cache cannot be written: {reason}; "
        f"set {VARIABLE} to a folder with room, or go on without the model (--no-lm)"
    )


def need_room(folder: Path, size: int) -> None:
    """Raise :class:`OutputError` if fewer than ``size`` bytes are free where ``folder`` is."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OutputError(
            f"{folder}: the model needs {size // 10**6} MB and {free // 10**6} MB are free; "
            f"set {VARIABLE} to a folder with room, or go on without the model (--no-lm)"
        )
