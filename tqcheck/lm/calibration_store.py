"""Calibrations on this machine, and which of them a check uses.

Those made by ``tqcheck models calibrate`` are kept in
``<cache>/calibrations/<sha256 of the weights>.json``, so that a model finds its
own under whatever name or folder it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tqcheck.cache.folder import cache_folder
from tqcheck.errors import CalibrationError
from tqcheck.lm import models
from tqcheck.lm.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Kept:
    """A calibration in the cache; ``problem`` says why it cannot be used, and then there is no ``calibration``."""

    file: Path
    calibration: Calibration | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calibration for a check; ``shipped`` if it came with tqcheck, so that its version tells which it is."""

    calibration: Calibration
    shipped: bool


def kept_file(weights: str, cache: Path | None = None) -> Path:
    """Where the calibration for weights of this sha256 is kept, whether it is there or not."""
    return (cache or cache_folder()) / "calibrations" / f"{weights}.json"


def list_kept(cache: Path | None = None) -> list[Kept]:
    """The calibrations that were made here, in order of the models' names."""
    found = []
    for file in sorted(((cache or cache_folder()) / "calibrations").glob("*.json")):
        try:
            calibration = Calibration.read(file)
            bind(calibration, file, file.stem, "the one its file is named for")
            found.append(Kept(file, calibration))
        except CalibrationError as error:
            found.append(Kept(file, None, str(error)))
    return sorted(found, key=lambda one: (one.calibration.model if one.calibration else "", str(one.file)))


def choose(
    model_id: str, weights: str, spec: str | None, *, named: Path | None = None, cache: Path | None = None
) -> Chosen | None:
    """The calibration for a model: the one named, else the one kept for its weights, else its folder's own.

    :param weights: sha256 of the weights in use.
    :param spec: the model as the user named it, ``None`` for the embedded one.
    :return: ``None`` if nobody has measured the model.
    :raises CalibrationError: that calibration is damaged or was made for other weights.
    """
    own = models.calibration_folder(spec)
    shipped = False
    kept = kept_file(weights, cache)
    if named is not None or kept.is_file():
        file = named or kept
        calibration = Calibration.read(file)
    elif own is not None:
        file = own
        calibration = Calibration.load(own)
        shipped = models.is_known(spec)
    else:
        return None
    bind(calibration, file, weights, model_id)
    return Chosen(calibration, shipped)


def bind(calibration: Calibration, file: Path, weights: str, model_id: str) -> None:
    """Raise :class:`CalibrationError` if a calibration was made for other weights than these."""
    if calibration.weights != weights:
        raise CalibrationError(
            f"{file}: made for {calibration.model} (weights sha256 {calibration.weights[:12]}…), but the model is "
            f"{model_id} ({weights[:12]}…); name the calibration of this model, or make one with "
            "'tqcheck models calibrate'"
        )
