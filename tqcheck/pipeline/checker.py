"""The pipeline: documents in, results out.

Each document is read, its language tested, and the rules run on it; then one
pass of the language model scores the sentences of a group of documents
together, and compares the suggestions of all candidates that ask for it with
what was written.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tqcheck
from tqcheck.cache.results import made_by
from tqcheck.config.settings import Settings
from tqcheck.errors import (
    InputError,
    ModelError,
)
from tqcheck.pipeline.findings import decided, finding_at
from tqcheck.pipeline.fluency import unscored, with_fluency
from tqcheck.pipeline.models import WITHOUT, Model, Models
from tqcheck.pipeline.timing import timed
from tqcheck.readers import load_file, read_document, read_text
from tqcheck.result import (
    CheckResult,
    DocumentResult,
    Finding,
    Severity,
    Signature,
)
from tqcheck.rules.accept_list import Accepted
from tqcheck.rules.checks import Check, Hit
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import MECHANICAL, Rule
from tqcheck.rules.selection import Selection, choose, labels, selectors
from tqcheck.text.document import Document, Kind, Sentence, Span, spelt_out, within
from tqcheck.text.ignores import Ignores
from tqcheck.text.language import foreign_clauses, identify
from tqcheck.text.language_names import language_name

if TYPE_CHECKING:
    from tqcheck.detector.origin import OfStates
    from tqcheck.detector.spans import TokenError
    from tqcheck.detector.tagger import Tagger
    from tqcheck.lm.arbitration import Comparison, Thresholds
    from tqcheck.lm.progress import Progress
    from tqcheck.lm.sentences import SentenceSurprisal
    from tqcheck.lm.state_reader import StateReader


@dataclass(slots=True)
class _Pending:
    """A document between the rules and the model."""

    result: DocumentResult
    document: Document | None = None
    candidates: Sequence[Candidate] = ()
    ignores: Ignores | None = None
    gains: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    """Nats that each suggestion of a candidate gains, by the candidate's index, of those that the model decides."""
    errors: Mapping[str, Sequence[Sequence[TokenError]]] = field(default_factory=dict)
    """What a tagger says of the tokens of each sentence that was scored, by its check."""
    origin: OfStates | None = None
    """What the states of the model say of the text's origin; ``None`` where nobody read them."""


def _foreign_hits(document: Document) -> Iterator[Hit]:
    for clause in foreign_clauses(document):
        name = language_name(clause.language)
        yield Hit(
            clause.span.start,
            clause.span.end,
            message=f"This was left in {name}; translate it or set it as a quotation.",
        )


def _about_comments(document: Document) -> Iterator[Hit]:
    """Nothing: comments are no part of the text; the checker itself reports on them when all else is known."""
    return iter(())


def _needs_the_model(document: Document) -> Iterator[Hit]:
    """Nothing: the checker itself reports what a tagger finds, once the model has run."""
    return iter(())


UNUSED_IGNORE = "unused-ignore"
WRONG_IGNORE = "wrong-ignore"
CHECKS: dict[str, Check] = {
    "foreign-clause": _foreign_hits,
    UNUSED_IGNORE: _about_comments,
    WRONG_IGNORE: _about_comments,
    **dict.fromkeys(WITHOUT, _needs_the_model),
}
"""Checks of whole documents that need more than the rules know, by the name that a rule gives in ``check``."""


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
    def _engine(self) -> Engine:
        return Engine(self.rules, CHECKS, self.active_rules)

    @cached_property
    def _accepted(self) -> Accepted:
        return Accepted(self.settings.accept)

    @cached_property
    def _selectors(self) -> frozenset[str]:
        return selectors(self.rules.labels)

    @cached_property
    def _models(self) -> Models:
        like = None if self._like is None else self._like._models
        return Models(self.settings, lambda: {str(rule.check) for rule in self._tagging}, self._model_progress, like)

    @property
    def _tagging(self) -> list[Rule]:
        """The rules that ask for a tagger."""
        return [rule for rule in self._engine.checks if rule.check in WITHOUT]

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
            _ = self._engine

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
            pending = [_Pending(one) if isinstance(one, DocumentResult) else self._run_rules(one) for one in group]
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

    def _completed(self, one: _Pending, model: Model | None) -> DocumentResult:
        """The result of a document with the findings of all kinds, in order."""
        document = one.document
        assert document is not None
        thresholds = None if model is None else model.thresholds
        found, dropped = decided(document, one.candidates, thresholds, one.gains)
        sentences = one.result.sentences or tuple(unscored(document, sentence) for sentence in document.sentences)
        result = replace(one.result, sentences=sentences, findings=found, dropped=dropped)
        more = [] if model is None else list(self._tagged(one, result, model.taggers))
        if one.ignores is not None:
            more += self._about_ignores(document, one.ignores)
        if not more:
            return result
        findings = sorted([*result.findings, *more], key=lambda found: (found.start, found.end, found.rule))
        return replace(result, findings=tuple(findings))

    def _tagged(self, one: _Pending, result: DocumentResult, taggers: Mapping[str, Tagger]) -> Iterator[Finding]:
        """What taggers find outside quotations where no rule has found anything: rules explain better."""
        from tqcheck.detector.spans import by_word, spans, wordings

        document = one.document
        assert document is not None
        accepted = self._accepted.spans(document)
        taken = [(finding.start, finding.end) for finding in result.findings]
        occurrences: Counter[tuple[str, str]] = Counter()
        for rule in self._tagging:
            tagger = taggers.get(str(rule.check))
            if tagger is None:
                continue
            for tokens in one.errors.get(str(rule.check), ()):
                words = wordings(document.text, by_word(document.text, tokens))
                for found in spans(words, tagger.bounds["shown"]):
                    span = document.to_source(found.start, found.end)
                    if (
                        document.is_quoted(found.start, found.end)
                        or any(span.start < end and start < span.end for start, end in taken)
                        or any(found.start < other.end and other.start < found.end for other in accepted)
                        or (one.ignores and one.ignores.silence(span.start, span.end, frozenset(labels(rule))))
                    ):
                        continue
                    taken.append((span.start, span.end))
                    text = document.text[found.start : found.end]
                    occurrences[rule.id, text] += 1
                    finding = finding_at(
                        document, rule, span, text, rule.message, (), None, f"{text}\0{occurrences[rule.id, text]}"
                    )
                    yield replace(finding, confidence=tagger.right(found.probability))

    def _judged(self, result: DocumentResult, one: _Pending, model: Model | None) -> DocumentResult:
        """The result with its verdict, if there is a detector and anything to judge."""
        detector, document = self._models.detector, one.document
        if detector is None or document is None or not document.words:
            return result
        text = "\n".join(document.text[sentence.start : sentence.end] for sentence in document.sentences)
        text = spelt_out(text)[0]
        reader = None if model is None else model.origin
        states = None if reader is None or one.origin is None else (one.origin, reader.joint)
        return replace(result, verdict=detector.judge(text, result.findings, document.words, states))

    def _run_rules(self, document: Document) -> _Pending:
        language = identify(document)
        result = DocumentResult(document.path, language=language, words=document.words, source=document.source)
        if language != "en":
            name = language_name(language)
            return _Pending(replace(result, skipped=f"the text is in {name}; tqcheck checks English"))
        spans = self._accepted.spans(document)
        candidates = self._engine.candidates(document, partial(_not_accepted, spans) if spans else None)
        ignores = Ignores(document, lambda selector: selector in self._selectors)
        if not ignores.directives:
            return _Pending(result, document, candidates)
        candidates = [one for one in candidates if not _silenced(document, one, ignores)]
        return _Pending(result, document, candidates, ignores)

    def _about_ignores(self, document: Document, ignores: Ignores) -> Iterator[Finding]:
        """Findings about the comments themselves, by the rules whose check is named so."""
        wrong = list(ignores.wrong())
        for rule in self._engine.checks:
            hits: list[tuple[Span, str | None]] = []
            if rule.check == UNUSED_IGNORE:
                hits = [(span, None) for span in ignores.unused()]
            elif rule.check == WRONG_IGNORE:
                hits = [(span, f"{rule.message.rstrip('.')}: {problem}.") for span, problem in wrong]
            for span, message in hits:
                text = document.source[span.start : span.end]
                yield finding_at(document, rule, span, text, message or rule.message, rule.suggest, None, text)

    def _score(self, pending: Sequence[_Pending], model: Model) -> None:
        """Score the documents and compare the suggestions that the model decides about."""
        from tqcheck.lm.arbitration import score_and_compare

        chosen: list[tuple[_Pending, Sequence[Sentence]]] = []
        notes: list[list[str]] = []
        untagged: list[str] = []
        if self.detector_problem is None:
            untagged = [rule.id for rule in self._tagging if rule.check not in model.taggers]
        for one in pending:
            if one.document is None:
                continue
            sentences = within(one.document, self.settings.lm_words)
            chosen.append((one, sentences))
            notes.append([])
            if len(sentences) < len(one.document.sentences):
                notes[-1].append(f"only the first {self.settings.lm_words:,} words were scored by the language model")
            if untagged:
                notes[-1].append(f"{', '.join(untagged)} not looked for: the tagger reads another language model")
        texts = []
        for one, sentences in chosen:
            assert one.document is not None
            texts.append((one.document.text, [(sentence.start, sentence.end) for sentence in sentences]))
        every: tuple[StateReader | None, ...] = (model.fluency, *model.taggers.values(), model.origin)
        readers = [reader for reader in every if reader is not None]
        asked = [_asked(one, model.thresholds) for one, _ in chosen]
        comparisons = [[comparison for _, comparison in own] for own in asked]
        scores, told = score_and_compare(
            model.scorer, texts, comparisons, self._model_progress, words=model.bounds, readers=readers
        )
        for (one, _), own, gains in zip(chosen, asked, told, strict=True):
            one.gains = {
                index: dict(zip(one.candidates[index].suggestions, each, strict=True))
                for (index, _), each in zip(own, gains, strict=True)
            }
        for (one, sentences), surprisals, own_notes in zip(chosen, scores, notes, strict=True):
            assert one.document is not None
            one.result = replace(one.result, notes=(*one.result.notes, *own_notes))
            one.errors = {
                check: [_token_errors(surprisal, readers.index(tagger)) for surprisal in surprisals]
                for check, tagger in model.taggers.items()
            }
            if model.origin is not None:
                place = readers.index(model.origin)
                one.origin = model.origin.score([surprisal.read[place] for surprisal in surprisals if surprisal.read])
            if model.fluency is not None:
                surprisals = model.fluency.judged(surprisals, readers.index(model.fluency))
            one.result = with_fluency(one.result, one.document, sentences, surprisals, model.calibration)


def _asked(one: _Pending, thresholds: Thresholds) -> list[tuple[int, Comparison]]:
    """The candidates of a document that the model is to decide about, by their index, and what it is to compare."""
    from tqcheck.lm.arbitration import Comparison

    assert one.document is not None
    text = one.document.text
    found = []
    for index, candidate in enumerate(one.candidates):
        rule = candidate.rule
        if rule.arbitrate is not None:
            needed = thresholds.needed(rule.id, rule.category, rule.arbitrate)
            unit = candidate.unit
            found.append((index, Comparison(unit.start, unit.end, candidate.fixes(text), needed)))
    return found


def _token_errors(surprisal: SentenceSurprisal, reader: int) -> list[TokenError]:
    """What one of the readers said of the tokens of a sentence."""
    from tqcheck.detector.spans import TokenError

    said = surprisal.read[reader] if surprisal.read else ()
    return [
        TokenError(*place, minor, major)
        for place, minor, major in zip(surprisal.places, said[::2], said[1::2], strict=True)
    ]


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


def _silenced(document: Document, candidate: Candidate, ignores: Ignores) -> bool:
    span = document.to_source(candidate.start, candidate.end)
    return ignores.silence(span.start, span.end, frozenset(labels(candidate.rule)))


def _not_accepted(spans: Sequence[Span], candidate: Candidate) -> bool:
    """Whether a candidate stands although these places of the text are accepted.

    A mechanical finding stands unless it lies within one: the comma after a name is not the name's.
    """
    if candidate.rule.category in MECHANICAL:
        return not any(span.start <= candidate.start and candidate.end <= span.end for span in spans)
    return not any(span.start < candidate.end and candidate.start < span.end for span in spans)
