"""The language model and the detector as a checker has them: loaded when first used, gone on without when they fail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tqcheck.config.settings import Settings
from tqcheck.errors import CalibrationError, DetectorError, MissingExtra, ModelError, ModelUnavailable, OutputError
from tqcheck.result import ModelSignature

if TYPE_CHECKING:
    from tqcheck.detector.fluency import FluencyReader
    from tqcheck.detector.origin import OriginReader
    from tqcheck.detector.tagger import Tagger
    from tqcheck.detector.verdict import VerdictModel
    from tqcheck.detector.weights import NetworkPart
    from tqcheck.lm.arbitration import Thresholds
    from tqcheck.lm.calibration import Calibration
    from tqcheck.lm.calibration_store import Chosen
    from tqcheck.lm.progress import Progress
    from tqcheck.lm.scoring import Scorer
    from tqcheck.lm.words import WordBounds

P = TypeVar("P", bound="NetworkPart")
TAGGED_SPAN, TAGGED_CALQUE = "tagged-span", "tagged-calque"
WITHOUT = {
    TAGGED_SPAN: "likely errors are not looked for",
    TAGGED_CALQUE: "likely calques are not looked for",
}
"""Checks that a tagger makes, by the name that a rule gives in ``check``, and what is to be done without it."""
NO_FLUENCY = "there is no fluency"
# Engines whose figures are those of the reference.
_EXACT = ("float32", "transformers")


@dataclass(frozen=True, slots=True)
class Model:
    """The language model with what was made for it."""

    scorer: Scorer
    chosen: Chosen | None
    """Its calibration; ``None`` when there is none."""
    thresholds: Thresholds
    bounds: WordBounds | None = None
    """Bounds of odd words; ``None`` when words were not asked for."""
    taggers: Mapping[str, Tagger] = field(default_factory=dict)
    """By check; without those that no rule asks for, and those made for another model."""
    origin: OriginReader | None = None
    """``None`` when it was made for another model."""
    fluency: FluencyReader | None = None
    """``None`` when the calibration was made without it."""

    @property
    def calibration(self) -> Calibration | None:
        """What makes fluency of surprisal; ``None`` as well where what it was made with is missing."""
        if self.chosen is None or (self.chosen.calibration.reader is not None and self.fluency is None):
            return None
        return self.chosen.calibration

    def signature(self) -> ModelSignature:
        """What results depend on."""
        told = None if self.chosen is None or self.chosen.shipped else self.chosen.calibration.sha256
        engine = self.scorer.engine
        return ModelSignature(self.scorer.id, self.scorer.sha256, told, None if engine in _EXACT else engine)


class Models:
    """What a checker measures with beside its rules.

    :param tagging: the checks of :data:`WITHOUT` that rules ask for.
    :param progress: called as ``(stage, done, total)`` while the model is fetched, converted and at work.
    :param like: others, whose model is used; what the settings say of it must be alike.
    """

    def __init__(
        self,
        settings: Settings,
        tagging: Callable[[], Collection[str]],
        progress: Progress | None = None,
        like: Models | None = None,
    ) -> None:
        self._settings = settings
        self._tagging = tagging
        self._progress = progress
        self._like = like
        self.model_problem: str | None = None
        """Why there is no language model although one was wanted; ``None`` while all is well."""
        self.model_failed = False
        """Whether that is a failure (a damaged model, a cache that cannot be written), not a mere absence."""
        self.detector_problem: str | None = None
        """Which part of the detector failed, and why; ``None`` while all is well."""

    @cached_property
    def model(self) -> Model | None:
        """The model; ``None`` where there is to be none, or can be none.

        Raises :class:`~tqcheck.errors.ModelError` and others of the family where it may not be missing.
        """
        if self._settings.lm == "off":
            return None
        if self._like is not None:
            shared = self._like.model
            if shared is None:
                return None
            sha256 = shared.scorer.sha256
            return replace(shared, taggers=self._taggers_for(sha256), origin=self._origin_for(sha256))
        try:
            from tqcheck.lm.arbitration import Thresholds
            from tqcheck.lm.calibration_store import choose as choose_calibration
            from tqcheck.lm.models import calibration_folder
            from tqcheck.lm.scoring import load_scorer

            scorer = load_scorer(
                self._settings.model,
                cache=self._settings.cache_folder,
                progress=self._progress,
                engine=self._settings.engine,
                keep_scores=self._settings.keep_scores,
            )
            folder = calibration_folder(self._settings.model)
            chosen = choose_calibration(
                scorer.id,
                scorer.sha256,
                self._settings.model,
                named=self._settings.calibration,
                cache=self._settings.cache_folder,
            )
            return Model(
                scorer,
                chosen,
                Thresholds() if folder is None else Thresholds.load(folder),
                _word_bounds(folder) if self._settings.words else None,
                self._taggers_for(scorer.sha256),
                self._origin_for(scorer.sha256),
                self._fluency_for(chosen),
            )
        except (ModelError, MissingExtra, OutputError) as error:
            self._go_on_without(error)
            return None

    @property
    def loaded(self) -> Model | None:
        """The model if it has been asked for before."""
        found: Model | None = self.__dict__.get("model")
        return found

    @cached_property
    def detector(self) -> VerdictModel | None:
        """What gives the verdict; ``None`` where it fails."""
        from tqcheck.detector.verdict import VerdictModel

        try:
            detector = VerdictModel.open()
            detector.load()
        except (DetectorError, ModelError, MissingExtra) as error:
            self._go_on("there is no verdict", error)
            return None
        return detector

    @property
    def detector_sha256(self) -> str | None:
        """Which weights the detector has, without loading them; ``None`` if they cannot be used."""
        if "detector" in self.__dict__:
            return None if self.detector is None else self.detector.sha256
        from tqcheck.detector.weights import Weights

        try:
            return Weights.open().sha256
        except (DetectorError, ModelError, MissingExtra):
            # The first verdict says why.
            return None

    def run(self, use: Callable[[Model], None]) -> Model | None:
        """Use the model, and give it back; ``None`` if there is none, or it fails.

        A part of the detector that fails is gone on without.
        """
        model = self.model
        if model is None:
            return None
        try:
            return self._unless_it_fails(use, model)
        except DetectorError as error:
            self._go_on("nothing is read off the model's states", error)
            model = self.__dict__["model"] = replace(model, taggers={}, origin=None, fluency=None)
            return self._unless_it_fails(use, model)

    def _unless_it_fails(self, use: Callable[[Model], None], model: Model) -> Model | None:
        """The model once used; ``None`` if it cannot be loaded, and from then on there is no model.

        It is loaded by the first score that is not kept from an earlier run.
        """
        try:
            use(model)
        except (ModelError, MissingExtra, OutputError) as error:
            self._go_on_without(error)
            self.__dict__["model"] = None
            return None
        return model

    def _taggers_for(self, model: str) -> dict[str, Tagger]:
        """The taggers that rules ask for, if they read the states of the model with this sha256."""
        found = {check: self._tagger_for(check, model) for check in sorted(self._tagging())}
        return {check: tagger for check, tagger in found.items() if tagger is not None}

    def _tagger_for(self, check: str, model: str) -> Tagger | None:
        from tqcheck.detector.tagger import CalqueTagger, Tagger

        return self._reading(CalqueTagger if check == TAGGED_CALQUE else Tagger, model, WITHOUT[check])

    def _origin_for(self, model: str) -> OriginReader | None:
        """What reads a text's origin off the states of the model with this sha256, if it was made for it."""
        from tqcheck.detector.origin import OriginReader

        return self._reading(OriginReader, model, "the verdict goes by the wording alone")

    def _fluency_for(self, chosen: Chosen | None) -> FluencyReader | None:
        """What adds people's judgement to surprisal, if the calibration was made with it.

        Raises :class:`CalibrationError` where that was another one than there is.
        """
        if chosen is None or chosen.calibration.reader is None:
            return None
        from tqcheck.detector.fluency import FluencyReader

        reader = self._reading(FluencyReader, chosen.calibration.weights, NO_FLUENCY)
        if reader is not None and reader.sha256 != chosen.calibration.reader:
            raise CalibrationError(
                f"the calibration of {chosen.calibration.model} was made with another network of fluency than this "
                "version of tqcheck has; make it anew with 'tqcheck models calibrate --force'"
            )
        return reader

    def _reading(self, part: type[P], model: str, without: str) -> P | None:
        """A part of the detector if it reads the states of this model; remembers what is to be done without it."""
        try:
            return part.of(model)
        except (DetectorError, ModelError, MissingExtra) as error:
            self._go_on(without, error)
            return None

    def _go_on(self, without: str, error: Exception) -> None:
        """Remember which part of the detector there is not, and why."""
        told = f"{without}: {error}"
        self.detector_problem = told if self.detector_problem is None else f"{self.detector_problem}; {told}"

    def _go_on_without(self, error: ModelError | MissingExtra | OutputError) -> None:
        """Remember why there is no model; raises the error where the model may not be missing."""
        # A model or calibration that was asked for by name is not silently replaced by none.
        named = self._settings.calibration is not None and isinstance(error, CalibrationError)
        if self._settings.lm == "require" or self._settings.model is not None or named:
            raise error
        self.model_problem = str(error)
        self.model_failed = not isinstance(error, ModelUnavailable | MissingExtra)


def _word_bounds(folder: Path | None) -> WordBounds:
    from tqcheck.lm.words import WordBounds
    from tqcheck.rules.outline import per_million

    return WordBounds(per_million, {}) if folder is None else WordBounds.load(folder, per_million)
