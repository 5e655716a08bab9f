"""Which model to use, and getting it onto this machine."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqcheck.cache.folder import cache_folder, keep
from tqcheck.errors import ChecksumError, MissingExtra, ModelError, ModelUnavailable
from tqcheck.lm import cache as caches
from tqcheck.lm import fetching
from tqcheck.lm.conversion import CONVERTER, WEIGHTS, convert
from tqcheck.lm.manifest import DEFAULT_MODEL, Manifest, known_models, load_manifest, model_data
from tqcheck.lm.progress import Progress
from tqcheck.lm.validation import need_causal_folder

_FILES = ["config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json"]
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.txt"]
_PARTS = ("torch", "tokenizers", "safetensors", "gguf", "filelock")


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model on this machine: its name, folder, and the sha256 of its weights.

    ``managed`` models are in tqcheck's cache and can be made anew.
    """

    id: str
    folder: Path
    sha256: str
    managed: bool


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model tqcheck knows: ``state`` is ``ready``, ``absent`` or ``damaged``; ``problem`` says why it is damaged.

    ``download`` and ``size`` are the bytes fetched and the bytes kept.
    """

    id: str
    title: str
    licence: str
    source: str
    download: int
    size: int
    folder: Path
    state: str
    problem: str | None


def list_models(cache: Path | None = None, *, verify: bool = False) -> list[ModelInfo]:
    """The models that have a manifest, and whether they are in the cache; needs no extra."""
    found = []
    for model_id in known_models():
        manifest = load_manifest(model_id)
        folder = caches.model_folder(model_id, cache)
        problem = _problem(folder, manifest, verify=verify)
        state = "ready" if problem is None else "absent" if problem == "absent" else "damaged"
        found.append(
            ModelInfo(
                id=model_id,
                title=manifest.title,
                licence=manifest.licence,
                source=f"{manifest.requirement} ({manifest.wheel.name})",
                download=manifest.wheel.size,
                size=manifest.converted_size + manifest.gguf.size,
                folder=folder,
                state=state,
                problem=problem if state == "damaged" else None,
            )
        )
    return found


def model_path(model_id: str = DEFAULT_MODEL, cache: Path | None = None) -> Path:
    """The folder of a model that is in the cache and whole; raises :class:`ModelUnavailable` otherwise."""
    manifest = load_manifest(model_id)
    folder = caches.model_folder(model_id, cache)
    problem = _problem(folder, manifest)
    if problem == "absent":
        raise ModelUnavailable(f"{model_id} is not in the cache ({folder}); run 'tqcheck models pull'")
    if problem is not None:
        raise ModelUnavailable(f"{folder}: damaged: {problem}; run 'tqcheck models pull'")
    return folder


def pull(
    model_id: str = DEFAULT_MODEL,
    *,
    source: Path | None = None,
    cache: Path | None = None,
    force: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
) -> LocalModel:
    """Make sure that a model is in the cache and whole, and return it.

    ``source`` is a wheel or GGUF file to take it from instead of the network.
    ``force`` makes it anew although it looks whole; ``verify`` reads every byte
    to see whether it is. ``progress`` gets the stages ``wait``, ``download``,
    ``verify`` and ``convert``. Raises :class:`ModelUnavailable`,
    :class:`ChecksumError`, :class:`~tqcheck.errors.OutputError` or
    :class:`MissingExtra`.
    """
    manifest = load_manifest(model_id)
    folder = caches.model_folder(model_id, cache)
    if not force and source is None and _problem(folder, manifest, verify=verify) is None:
        return _managed(manifest, folder)
    _need_parts()
    waited: list[bool] = []

    def waiting() -> None:
        waited.append(True)
        if progress is not None:
            progress("wait", 0, None)

    with caches.building(folder, waiting) as new:
        if not waited or _problem(folder, manifest) is not None:
            _build(manifest, folder, new, source, progress)
    return _managed(manifest, folder)


def rebuild(model: LocalModel, *, cache: Path | None = None, progress: Progress | None = None) -> LocalModel:
    """Make a managed model anew: it looked whole but could not be loaded."""
    return pull(model.id, cache=cache, force=True, progress=progress)


def resolve(spec: str | None = None, *, cache: Path | None = None, progress: Progress | None = None) -> LocalModel:
    """The model meant by ``--model``: nothing or a known id, a folder, or a name on the hub.

    A known model is fetched if need be; a hub model by huggingface_hub into its
    own cache. Raises what :func:`pull` raises, and :class:`ModelError` for a
    folder that holds no model.
    """
    if spec is None or is_known(spec):
        _need_parts()
        return pull(spec or DEFAULT_MODEL, cache=cache, progress=progress)
    folder = _folder_named(spec)
    if folder is not None:
        return _from_folder(folder.resolve().name, folder, cache)
    if not _HUB_NAME.fullmatch(spec) or spec.startswith("."):
        raise ModelError(f"{spec}: no such folder; --model takes a folder with a causal model, or a hub name")
    return _from_hub(spec, cache, progress)


def is_known(spec: str | None) -> bool:
    """Whether ``--model`` means a model that comes with tqcheck: nothing, or its id."""
    return spec is None or spec in known_models()


def calibration_folder(spec: str | None = None) -> Path | None:
    """Where ``calibration.json`` and ``arbitration.json`` of a model are, or ``None`` if nobody has measured it.

    For a known model its folder in ``models/``; for a folder of the user's, that folder if it has such a file.
    """
    if is_known(spec):
        return model_data() / (spec or DEFAULT_MODEL)
    assert spec is not None
    folder = _folder_named(spec)
    return folder if folder is not None and (folder / "calibration.json").is_file() else None


def _folder_named(spec: str) -> Path | None:
    """What is there under this name; ``None`` for nothing, a user that is not known, and what can be no path."""
    try:
        folder = Path(spec).expanduser()
        return folder if folder.exists() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _from_folder(name: str, folder: Path, cache: Path | None) -> LocalModel:
    try:
        weights = need_causal_folder(folder)
        digest = _weights_digest(weights, cache or cache_folder())
    except OSError as error:
        raise ModelError(f"{folder}: the folder cannot be read: {error.strerror or error}") from error
    return LocalModel(name, folder, digest, managed=False)


def _from_hub(name: str, cache: Path | None, progress: Progress | None) -> LocalModel:
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtra("a model from the hub", "lm") from None
    from tqcheck.lm.silence import silenced

    with silenced():
        try:
            folder = snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=True)
            if not any(Path(folder).glob("*.safetensors")):
                raise FileNotFoundError(folder)
        except Exception:
            # The hub library raises a dozen unrelated kinds; each means the same here.
            if progress is not None:
                progress("download", 0, None)
            try:
                folder = snapshot_download(name, allow_patterns=_HUB_FILES)
            except Exception as error:
                told = (str(error).strip().splitlines() or [type(error).__name__])[0]
                raise ModelUnavailable(
                    f"{name}: no such folder, and the hub does not give a model of this name ({told}); "
                    f"check the name and the network, or go on without the model (--no-lm)"
                ) from error
    return _from_folder(name, Path(folder), cache)


def _build(manifest: Manifest, folder: Path, new: Path, source: Path | None, progress: Progress | None) -> None:
    caches.need_room(new, manifest.wheel.size + manifest.gguf.size + manifest.converted_size)
    gguf = new / manifest.gguf.name
    kept = folder / manifest.gguf.name
    if source is not None:
        fetching.from_file(source, manifest, new, progress)
    elif not _take(kept, gguf, manifest, progress):
        fetching.fetch(manifest, new, progress)
    convert(gguf, new, manifest, progress)
    state = caches.State.of(new, _FILES, manifest.gguf.sha256, CONVERTER)
    found = state.files[WEIGHTS]["sha256"]
    if found != manifest.converted_sha256:
        raise ChecksumError(
            f"{WEIGHTS}, converted from {gguf.name}: sha256 is {found}, expected {manifest.converted_sha256}; "
            "the model is not used. A faulty disk or another version of the gguf package can be the reason"
        )
    state.save(new)


def _take(kept: Path, gguf: Path, manifest: Manifest, progress: Progress | None) -> bool:
    """Use the GGUF of the old copy if it is whole."""
    if not kept.is_file() or kept.stat().st_size != manifest.gguf.size:
        return False
    try:
        fetching.check(kept, manifest.gguf, progress)
    except ChecksumError:
        return False
    # A second name for the same bytes; where the file system has none, a copy: the old folder must stay whole.
    try:
        gguf.hardlink_to(kept)
    except OSError:
        shutil.copyfile(kept, gguf)
    return True


def _problem(folder: Path, manifest: Manifest, *, verify: bool = False) -> str | None:
    return caches.problem(folder, manifest, CONVERTER, _FILES, verify=verify)


def _managed(manifest: Manifest, folder: Path) -> LocalModel:
    try:
        digest = caches.State.load(folder).files[WEIGHTS]["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder}: {caches.STATE} cannot be read: {error}; run 'tqcheck models pull'") from error
    return LocalModel(manifest.id, folder, digest, managed=True)


def _need_parts() -> None:
    """Fail before anything is fetched if the model could not be used anyway."""
    if any(importlib.util.find_spec(name) is None for name in _PARTS):
        raise MissingExtra("the language model", "lm")


def _weights_digest(weights: list[Path], cache: Path) -> str:
    """sha256 of the weights; of several files, that of their names and sums.

    Remembered in the cache by path, size and time of change: reading 0.5 GB at
    every start would cost a second.
    """
    memory = cache / "hashes.json"
    known: dict[str, Any] = {}
    try:
        raw = json.loads(memory.read_text(encoding="utf-8"))
        known = raw if isinstance(raw, dict) else {}
    except (OSError, ValueError):
        pass
    sums: dict[str, str] = {}
    changed = False
    for path in weights:
        facts = path.stat()
        key = f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"
        digest = known.get(key)
        if not isinstance(digest, str):
            digest = known[key] = caches.sha256_of(path)
            changed = True
        sums[path.name] = digest
    if changed:
        keep(memory, json.dumps(known, indent=1, sort_keys=True).encode())
    if len(sums) == 1:
        return next(iter(sums.values()))
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
