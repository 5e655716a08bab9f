"""The pipeline: documents in, results out.

Each document is read, its language tested, and the rules run on it; then one
pass of the language model scores the sentences of a group of documents
together, and compares the suggestions of all candidates that ask for it with
what was written.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tqcheck
from tqcheck.cache.results import made_by
from tqcheck.config.settings import Settings
from tqcheck.errors import InputError, ModelError
from tqcheck.pipeline.findings import decided
from tqcheck.pipeline.fluency import unscored
from tqcheck.pipeline.model_pass import score
from tqcheck.pipeline.models import Model, Models
from tqcheck.pipeline.pending import Pending
from tqcheck.pipeline.rule_pass import RulePass
from tqcheck.pipeline.tagging import tagged
from tqcheck.pipeline.timing import timed
from tqcheck.readers import load_file, read_document, read_text
from tqcheck.result import CheckResult, DocumentResult, Finding, Severity, Signature
from tqcheck.rules.accept_list import Accepted
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.loader import load_rules
from tqcheck.rules.selection import Selection, choose
from tqcheck.text.document import Document, Kind
from tqcheck.text.spelling import spelt_out

if TYPE_CHECKING:
    from tqcheck.lm.arbitration import Thresholds
    from tqcheck.lm.progress import Progress


class Checker:
    """Checks documents with one set of rules and one language model.

    Loading is lazy: rules at the first document, the model at the first
    document that has anything to score. A checker may be used for any number
    of documents, from one thread at a time.

    :param settings: see :class:`~tqcheck.config.settings.Settings`.
    :param model_progress: called as ``(stage, done, total)`` while the model is fetched, converted and at work.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        model_progress: Progress | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._model_progress = model_progress
        self._like: Checker | None = None
        self.seconds = {"reading": 0.0, "rules": 0.0, "model": 0.0}
        """Time spent so far by stage: loading belongs to the stage that it is for."""

    def like(self, settings: Settings) -> Checker:
        """A checker with other settings that uses the model of this one, and its rules if the packs are the same.

        What the settings say of the model must be alike.
        """
        other = Checker(settings, model_progress=self._model_progress)
        other._like = self
        return other

    @cached_property
    def rules(self) -> RuleSet:
        """The rules; raises :class:`~tqcheck.errors.RuleError` for a pack with a mistake."""
        if self._like is not None and self._like.settings.packs == self.settings.packs:
            return self._like.rules
        return load_rules(self.settings.packs, cache=self.settings.cache_folder)

    @cached_property
    def active_rules(self) -> Mapping[int, Severity]:
        """The rules that run, as the settings choose them, by their number in :attr:`rules`, with their severity.

        Raises :class:`~tqcheck.errors.SettingsError`.
        """
        settings = self.settings
        selection = Selection(
            settings.enable,
            settings.disable,
            dict(settings.severity),
            settings.preview,
            settings.layers,
            settings.places,
        )
        return choose(self.rules.labels, selection)

    @cached_property
    def _rule_pass(self) -> RulePass:
        return RulePass(self.rules, self.active_rules, Accepted(self.settings.accept))

    @cached_property
    def _models(self) -> Models:
        like = None if self._like is None else self._like._models
        return Models(
            self.settings, lambda: {str(rule.check) for rule in self._rule_pass.tagging}, self._model_progress, like
        )

    @property
    def model_problem(self) -> str | None:
        """Why there is no language model although one was wanted; ``None`` while all is well."""
        return self._models.model_problem

    @property
    def model_failed(self) -> bool:
        """Whether that is a failure (a damaged model, a cache that cannot be written), not a mere absence."""
        return self._models.model_failed

    @property
    def detector_problem(self) -> str | None:
        """Which part of the detector failed, and why; ``None`` while all is well."""
        return self._models.detector_problem

    def prepare_rules(self) -> None:
        """Load the rules now; raises :class:`~tqcheck.errors.RuleError` when a pack has a mistake."""
        with timed(self.seconds, "rules"):
            _ = self._rule_pass

    def prepare(self) -> None:
        """Load rules and model now.

        :raises RuleError: a pack has a mistake.
        :raises ModelError: the model is required or named, and cannot be used.
        """
        self.prepare_rules()
        with timed(self.seconds, "model"):
            self._models.run(lambda model: model.scorer.load())

    def check_text(self, text: str, *, path: str = "-", kind: Kind | None = None) -> DocumentResult:
        """Check a text.

        :param text: the story; offsets in the result are code points of it.
        :param path: name for reports; its suffix tells the kind unless ``kind`` does.
        :raises InputError: the text holds NUL characters or lone surrogates.
        """
        return self._check([read_text(text, path, kind=kind or self.settings.kind)])[0]

    def check_bytes(self, data: bytes, *, path: str = "-", kind: Kind | None = None) -> DocumentResult:
        """Check encoded text, such as standard input; raises :class:`~tqcheck.errors.InputError`."""
        kind = kind or self.settings.kind
        return self._check([read_document(data, path, kind=kind, encoding=self.settings.encoding)])[0]

    def check_file(self, path: str | Path) -> DocumentResult:
        """Check a file; raises :class:`~tqcheck.errors.InputError` when it cannot be read."""
        return self._check([self._load(path)])[0]

    def check_files(
        self,
        paths: Iterable[str | Path | InputError | Document],
        *,
        keep_source: bool = False,
        done: Callable[[DocumentResult], None] | None = None,
    ) -> CheckResult:
        """Deprecated since 0.2: :func:`tqcheck.check_files`, or :class:`tqcheck.pipeline.run.Run` with this checker."""
        warnings.warn(
            "Checker.check_files is deprecated; use tqcheck.check_files or tqcheck.pipeline.run.Run(checker).check",
            DeprecationWarning,
            stacklevel=2,
        )
        # A run knows checkers, not the other way round; only this old name has to find its way up.
        run: type[Any] = import_module("tqcheck.pipeline.run").Run
        result: CheckResult = run(self).check(paths, keep_source=keep_source, done=done)
        return result

    def check_documents(self, group: Sequence[Document | DocumentResult]) -> list[DocumentResult]:
        """The results of documents, in order; a result among them stays as it is.

        The model scores all of them together, so a group of some 20,000 words fills its batches and bounds its memory.
        """
        return self._check(group)

    def result(self, documents: Iterable[DocumentResult]) -> CheckResult:
        """Documents checked by this checker with its signature."""
        documents = tuple(documents)
        return CheckResult(self.signature(used=any(document.checked for document in documents)), documents)

    def signature(self, *, used: bool) -> Signature:
        """What results of this checker depend on beside the text.

        :param used: whether there was any text for the model.
        """
        model = self._models.model if used else None
        detector = None if model is None else self._models.detector_sha256
        return Signature(
            version=tqcheck.__version__,
            rules=f"sha256:{self.rules.sha256}",
            model=None if model is None else model.signature(),
            detector=None if detector is None else f"sha256:{detector}",
            settings=f"sha256:{self.settings.sha256()}",
        )

    def basis(self) -> str:
        """A sum over everything that the result of a file depends on beside the file, for a cache of results.

        It changes when the model proves damaged, or a part of the detector.
        """
        from tqcheck.lm.manifest import model_data

        folders = [Path(tqcheck.__file__).parent]
        # Where it is gone, the model and the detector say so.
        with suppress(ModelError):
            folders.append(model_data())
        model = self._models.model
        told = [
            made_by(*folders),
            self.model_problem,
            self.detector_problem,
            repr(self.signature(used=True)),
            repr(model and model.chosen and model.chosen.calibration.sha256),
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    @property
    def thresholds(self) -> Thresholds | None:
        """The gains that suggestions need of the model in use; ``None`` while there is none."""
        model = self._models.loaded
        return None if model is None else model.thresholds

    @property
    def cache_problem(self) -> str | None:
        """Why scores of the model are not kept although they should be; ``None`` while all is well."""
        model = self._models.loaded
        return None if model is None else model.scorer.cache_problem

    @property
    def uncalibrated(self) -> str | None:
        """The id of the model in use if nobody has calibrated it, so that there is no fluency; else ``None``."""
        model = self._models.loaded
        return model.scorer.id if model is not None and model.chosen is None else None

    def _load(self, path: str | Path) -> Document:
        settings = self.settings
        with timed(self.seconds, "reading"):
            return load_file(path, encoding=settings.encoding, kind=settings.kind, max_bytes=settings.max_bytes)

    def _check(self, group: Sequence[Document | DocumentResult]) -> list[DocumentResult]:
        with timed(self.seconds, "rules"):
            pending = [Pending(one) if isinstance(one, DocumentResult) else self._rule_pass.run(one) for one in group]
        with timed(self.seconds, "model"):
            model = self._models.run(partial(self._score, pending)) if any(one.document for one in pending) else None
        with timed(self.seconds, "rules"):
            results = [one.result if one.document is None else self._completed(one, model) for one in pending]
        if model is None:
            return results
        with timed(self.seconds, "model"):
            return [
                result if one.document is None else self._judged(result, one, model)
                for one, result in zip(pending, results, strict=True)
            ]

    def _score(self, pending: Sequence[Pending], model: Model) -> None:
        untagged: list[str] = []
        if self.detector_problem is None:
            untagged = [rule.id for rule in self._rule_pass.tagging if rule.check not in model.taggers]
        score(pending, model, most_words=self.settings.lm_words, untagged=untagged, progress=self._model_progress)

    def _completed(self, one: Pending, model: Model | None) -> DocumentResult:
        """The result of a document with the findings of all kinds, in order."""
        document = one.document
        assert document is not None
        thresholds = None if model is None else model.thresholds
        found, dropped = decided(document, one.candidates, thresholds, one.gains)
        sentences = one.result.sentences or tuple(unscored(document, sentence) for sentence in document.sentences)
        result = replace(one.result, sentences=sentences, findings=found, dropped=dropped)
        more: list[Finding] = []
        if model is not None:
            accepted = self._rule_pass.accepted.spans(document)
            more += tagged(one, result, model.taggers, self._rule_pass.tagging, accepted)
        if one.ignores is not None:
            more += self._rule_pass.about_ignores(document, one.ignores)
        if not more:
            return result
        findings = sorted([*result.findings, *more], key=lambda found: (found.start, found.end, found.rule))
        return replace(result, findings=tuple(findings))

    def _judged(self, result: DocumentResult, one: Pending, model: Model | None) -> DocumentResult:
        """The result with its verdict, if there is a detector and anything to judge."""
        detector, document = self._models.detector, one.document
        if detector is None or document is None or not document.words:
            return result
        text = "\n".join(document.text[sentence.start : sentence.end] for sentence in document.sentences)
        text = spelt_out(text)[0]
        reader = None if model is None else model.origin
        states = None if reader is None or one.origin is None else (one.origin, reader.joint)
        return replace(result, verdict=detector.judge(text, result.findings, document.words, states))


def check_text(
    text: str, *, path: str = "-", kind: Kind | None = None, settings: Settings | None = None
) -> DocumentResult:
    """Check one text with a new :class:`Checker`; make a checker yourself to check several.

    >>> from tqcheck import Settings
    >>> result = check_text("Putin held a telematics summit with Biden.", settings=Settings(lm="off"))
    >>> [(finding.text, finding.suggestions[0]) for finding in result.findings]
    [('telematics summit', 'virtual summit')]
    """
    return Checker(settings).check_text(text, path=path, kind=kind)


def check_file(path: str | Path, *, settings: Settings | None = None) -> DocumentResult:
    """Check one file with a new :class:`Checker`; raises :class:`~tqcheck.errors.InputError`."""
    return Checker(settings).check_file(path)
