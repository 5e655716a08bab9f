"""Our own trained weights: safetensors in ``models/detector``, with the sums they must have.

``detector.json`` beside them names the format, each file's sha256, and the
small numbers (calibration, thresholds) that go with the weights.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from tqcheck.errors import DetectorError, MissingExtra
from tqcheck.lm.manifest import model_data

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    Array = np.ndarray[Any, np.dtype[Any]]

T = TypeVar("T")
FORMAT = "tqcheck-detector/3"
MANIFEST = "detector.json"
_REMEDY = "install tqcheck again"


def detector_folder() -> Path:
    """The folder of the weights that come with tqcheck; raises :class:`~tqcheck.errors.ModelError` if it is gone."""
    return model_data() / "detector"


@dataclass(frozen=True)
class Weights:
    """The detector's files: ``parts`` by name (``verdict``, ``tagger``) with what the manifest says of each."""

    folder: Path
    parts: dict[str, dict[str, Any]]
    sha256: str
    """Sum over the manifest, and so over everything that it names."""

    @classmethod
    def open(cls, folder: Path | None = None) -> Weights:
        """Read the manifest of a folder, by default of the one that comes with tqcheck.

        :raises DetectorError: it is missing, damaged or of another version.
        """
        folder = folder or detector_folder()
        path = folder / MANIFEST
        try:
            data = path.read_bytes()
            raw = json.loads(data)
            found, parts = raw["format"], raw["parts"]
        except FileNotFoundError:
            raise DetectorError(f"{path}: missing; {_REMEDY}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DetectorError(f"{path}: cannot be read ({error!r}); {_REMEDY}") from error
        if not isinstance(parts, dict) or not all(isinstance(one, dict) for one in parts.values()):
            raise DetectorError(f"{path}: cannot be read (parts is no table of tables); {_REMEDY}")
        if found != FORMAT:
            raise DetectorError(f"{path}: of format {found!r}, this version of tqcheck reads {FORMAT!r}; {_REMEDY}")
        return cls(folder, parts, hashlib.sha256(data).hexdigest())

    def part(self, name: str) -> tuple[dict[str, Any], dict[str, Array]]:
        """What the manifest says of a part, and its tensors by name.

        :raises DetectorError: the part is missing, or its file is not the one that the manifest names.
        :raises MissingExtra: the ``lm`` extra is not installed.
        """
        try:
            from safetensors import SafetensorError
            from safetensors.numpy import load
        except ImportError:
            raise MissingExtra("the verdict", "lm") from None
        try:
            told = self.parts[name]
            path = self.folder / told["file"]
            expected = told["sha256"]
        except (KeyError, TypeError):
            raise DetectorError(f"{self.folder / MANIFEST}: names no usable part {name!r}; {_REMEDY}") from None
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DetectorError(f"{path}: cannot be read ({error.strerror}); {_REMEDY}") from error
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 != expected:
            raise DetectorError(f"{path}: sha256 is {sha256}, expected {expected}; {_REMEDY}")
        try:
            return told, load(data)
        except SafetensorError as error:
            raise DetectorError(f"{path}: no safetensors file ({error}); {_REMEDY}") from error


class Part:
    """A part of the detector.

    :param weights: the folder's manifest; the tensors are loaded when they are first needed.
    """

    NAME: ClassVar[str]
    """What the manifest calls it."""
    WHAT: ClassVar[str]
    """What errors call it."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """That of a folder, by default of the one that comes with tqcheck; raises :class:`DetectorError`."""
        return cls(Weights.open(folder))

    @property
    def _told(self) -> dict[str, Any]:
        try:
            return self._weights.parts[self.NAME]
        except KeyError:
            raise DetectorError(f"{self._weights.folder}: has no part {self.NAME!r}; {_REMEDY}") from None

    def _fact(self, name: str) -> Any:
        """What the manifest says of the part under a name; raises :class:`DetectorError` where it says nothing."""
        try:
            return self._told[name]
        except KeyError as error:
            raise self._unusable(error) from None

    def _made(self, kind: Callable[..., T], name: str) -> T:
        """One of ``kind`` of the table that the manifest has under a name; raises :class:`DetectorError`."""
        try:
            return kind(**self._fact(name))
        except TypeError as error:
            raise self._unusable(error) from error

    def _unusable(self, why: Exception) -> DetectorError:
        return DetectorError(f"{self._weights.folder}: {self.WHAT} cannot be used ({why!r}); {_REMEDY}")


class StatesPart(Part):
    """A part of the detector that reads the states of one language model."""

    @property
    def sha256(self) -> str:
        """Sum of its tensors."""
        return str(self._fact("sha256"))

    @property
    def model(self) -> str:
        """sha256 of the language model's weights whose states it reads."""
        return str(self._fact("model"))

    @property
    def layers(self) -> tuple[int, ...]:
        """After how many layers of the language model the states are taken, once or several times."""
        return tuple(map(int, self._fact("layers")))


class NetworkPart(StatesPart):
    """A part of the detector that is one of :mod:`tqcheck.detector.networks`."""

    @cached_property
    def _tensors(self) -> dict[str, Array]:
        return self._weights.part(self.NAME)[1]

    @classmethod
    def of(cls, model: str) -> Self | None:
        """That which comes with tqcheck, loaded, if it reads the states of the model whose weights have this sha256.

        Raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`.
        """
        found = cls.open()
        if found.model != model:
            return None
        found.load()
        return found

    def load(self) -> None:
        """Load the weights now; raises :class:`DetectorError` or :class:`~tqcheck.errors.MissingExtra`."""
        # Without torch: where scores are kept nobody reads states, and loading it takes longer than all else.
        _ = self._tensors, self.layers, self.surprisal

    @property
    def surprisal(self) -> tuple[float, float]:
        """Mean and spread (nats) that surprisals are standardized by."""
        mean, spread = self._fact("surprisal")
        return float(mean), float(spread)

    def _filled(self, network: type[nn.Module]) -> nn.Module:
        """A network of this class and the part's shape with the part's weights.

        Raises :class:`DetectorError` where they are not of that shape.
        """
        import torch

        from tqcheck.detector.networks import Shape

        tensors = {name: torch.from_numpy(tensor).float() for name, tensor in self._tensors.items()}
        made = network(self._made(Shape, "shape"))
        try:
            made.load_state_dict(tensors)
        except RuntimeError as error:
            raise self._unusable(error) from error
        return made.eval()


def means(told: Sequence[float]) -> tuple[float, float]:
    """Of two numbers a token, token after token, the mean of the first and of the second; 0 and 0 without tokens."""
    count = len(told) // 2
    if not count:
        return 0.0, 0.0
    return math.fsum(told[::2]) / count, math.fsum(told[1::2]) / count


def save(folder: Path, name: str, tensors: dict[str, Array], told: dict[str, Any]) -> None:
    """Write the tensors of a part and its entry of the manifest; other parts stay as they are."""
    from safetensors.numpy import save as to_bytes

    path = folder / MANIFEST
    raw: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {"format": FORMAT, "parts": {}}
    data = to_bytes(tensors)
    file = f"{name}.safetensors"
    (folder / file).write_bytes(data)
    raw["format"] = FORMAT
    raw["parts"][name] = {"file": file, "sha256": hashlib.sha256(data).hexdigest(), **told}
    path.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n", "utf-8")
