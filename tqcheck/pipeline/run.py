"""A run over many files: each by its own settings, from the cache where it is known, by several processes.

Results come in the order of the files whatever order they are made in. One
model serves all of them: with it, files are checked in this process, many at
once, and the model itself takes all cores. Without it, rules run in as many
processes as are asked for.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from tqcheck.cache.results import KeptResults, key_of, pack, unpack
from tqcheck.config.settings import Settings
from tqcheck.errors import InputError
from tqcheck.pipeline.checker import Checker
from tqcheck.pipeline.timing import timed
from tqcheck.readers import decode_file, read_document, read_file, refuse_large
from tqcheck.result import CheckResult, DocumentResult
from tqcheck.text.document import Document

if TYPE_CHECKING:
    from tqcheck.pipeline.workers import Workers

# Documents scored by the model together: enough to fill its batches, few enough to bound memory.
_GROUP_BYTES = 120_000
# Files looked up in the cache together, and bytes of them held in memory.
_LOOKED_UP = 400
_HELD_BYTES = 8_000_000
_KEPT_AT_ONCE = 50
# What one process is given at once, and from how much text on more than one pays.
_CHUNK_BYTES = 50_000
_WORTH_PROCESSES = 300_000


class Given(NamedTuple):
    """A file whose content is given, such as standard input, by the name that it has in reports."""

    path: str
    data: bytes


Input = str | Path | InputError | Given | Document


@dataclass(slots=True)
class _Slot:
    """A file on its way through a run; its place in the result is kept whenever it is done."""

    path: str
    settings: Settings | None = None
    data: bytes = b""
    document: Document | None = None
    key: bytes | None = None
    packed: bytes | None = None
    result: DocumentResult | None = None

    @property
    def is_new(self) -> bool:
        """Whether there is no result yet."""
        return self.result is None and self.packed is None


class _Chunk(NamedTuple):
    """Files that one process checks at once."""

    future: Future[list[bytes | str]] | None
    slots: list[_Slot]


class _Batch(NamedTuple):
    """Files looked up together, and what those are checked with that were not in the cache."""

    slots: list[_Slot]
    begun: dict[int, _Chunk]


class Run:
    """Checks files, each by the settings that hold for it.

    :param checker: the checker of the folder that the run is in, and the one whose model is used.
    :param settings_of: the settings of a file; what they say of the model, words and scores must be alike for all.
        ``None``: those of the checker.
    :param kept: results of earlier runs, which are taken and added to; ``None`` for none.
    :param jobs: how many processes run rules; with the model it is always this one.
    """

    def __init__(
        self,
        checker: Checker,
        settings_of: Callable[[str], Settings] | None = None,
        *,
        kept: KeptResults | None = None,
        jobs: int = 1,
    ) -> None:
        self.checker = checker
        self._settings_of = settings_of or (lambda path: checker.settings)
        self._checkers = {self.checker.settings: self.checker}
        self._kept = kept
        self._bases: dict[Settings, str] = {}
        self._fresh: dict[bytes, bytes] = {}
        self._jobs = jobs
        self._workers: Workers | None = None
        self.seconds = {"cache": 0.0}
        self.from_cache = 0
        """How many results came from the cache."""

    @property
    def _uses_model(self) -> bool:
        return self.checker.settings.lm != "off"

    @property
    def checkers(self) -> Sequence[Checker]:
        """The checkers used so far, one for each of the settings met."""
        return list(self._checkers.values())

    def checker_of(self, settings: Settings) -> Checker:
        """The checker for some settings."""
        if settings not in self._checkers:
            self._checkers[settings] = self.checker.like(settings)
        return self._checkers[settings]

    def check(
        self,
        inputs: Iterable[Input],
        *,
        keep_source: bool = False,
        done: Callable[[DocumentResult], None] | None = None,
    ) -> CheckResult:
        """Check files; one that cannot be read becomes a result with ``error``, and the others go on.

        :param inputs: files by name or with their content, documents already read, or errors met while looking for
            them, in the order of the result.
        :param keep_source: whether the results keep the text of their documents, for reports that show lines.
        :param done: called with each result, in order, as it is ready.
        :raises TqcheckError: rules, settings or a required model cannot be used.
        """
        results: list[DocumentResult] = []
        used: list[Settings] = []
        try:
            for slot in self._done(self._slots(inputs)):
                result = self._finished(slot, keep_source)
                results.append(result)
                used.append(slot.settings or self.checker.settings)
                if done is not None:
                    done(result)
        finally:
            self._put()
            if self._workers is not None:
                self._workers.close()
                self._workers = None
        return self._result(results, used)

    def _result(self, results: list[DocumentResult], used: list[Settings]) -> CheckResult:
        made = self.checker.result(results)
        if all(settings == self.checker.settings for settings in used):
            return made
        # Which document had which settings and rules tells as much as these themselves.
        sums = {settings: settings.sha256() for settings in set(used)}
        rules = {settings: self.checker_of(settings).rules.sha256 for settings in set(used)}
        signature = replace(made.signature, settings=_sum_of([sums[one] for one in used]))
        if len(set(rules.values())) > 1:
            signature = replace(signature, rules=_sum_of([rules[one] for one in used]))
        return replace(made, signature=signature)

    def _finished(self, slot: _Slot, keep_source: bool) -> DocumentResult:
        if slot.result is None:
            assert slot.packed is not None
            slot.result = unpack(slot.packed, slot.path, None)
            if keep_source:
                assert slot.settings is not None
                read = decode_file(slot.data, slot.path, slot.settings.encoding)
                slot.result = replace(slot.result, source=read.text, encoding=read.encoding)
        return slot.result if keep_source else replace(slot.result, source=None, encoding="utf-8")

    def _slots(self, inputs: Iterable[Input]) -> Iterator[_Slot]:
        """The inputs, read."""
        for one in inputs:
            if isinstance(one, InputError):
                yield _Slot(one.path, result=DocumentResult(one.path, error=one.reason))
            elif isinstance(one, Document):
                yield _Slot(one.path, self._settings_of(one.path), document=one)
            elif isinstance(one, Given):
                yield self._given(one)
            else:
                yield self._read(str(one))

    def _given(self, one: Given) -> _Slot:
        settings = self._settings_of(one.path)
        try:
            refuse_large(one.path, len(one.data), settings.max_bytes)
        except InputError as error:
            return _Slot(one.path, settings, result=DocumentResult(one.path, error=error.reason))
        return _Slot(one.path, settings, one.data)

    def _read(self, path: str) -> _Slot:
        settings = self._settings_of(path)
        try:
            with timed(self.checker.seconds, "reading"):
                return _Slot(path, settings, read_file(path, settings.max_bytes))
        except InputError as error:
            return _Slot(path, settings, result=DocumentResult(path, error=error.reason))

    def _done(self, slots: Iterator[_Slot]) -> Iterator[_Slot]:
        """The slots in order, each with its result."""
        # One batch is under way while the next is read, so that no process waits.
        under_way: deque[_Batch] = deque()
        while batch := list(_batch(slots)):
            self._look_up(batch)
            new = [slot for slot in batch if slot.is_new]
            if self._jobs > 1 and not self._uses_model and sum(len(slot.data) for slot in new) >= _WORTH_PROCESSES:
                under_way.append(_Batch(batch, self._begun(new)))
                if len(under_way) > 1:
                    yield from self._ended(under_way.popleft())
            else:
                while under_way:
                    yield from self._ended(under_way.popleft())
                yield from self._by_groups(batch)
        while under_way:
            yield from self._ended(under_way.popleft())

    def _by_groups(self, batch: Sequence[_Slot]) -> Iterator[_Slot]:
        """Check in this process, with the model a group at a time."""
        waiting: list[_Slot] = []
        size = 0
        for slot in batch:
            waiting.append(slot)
            if slot.is_new:
                size += len(slot.data) or len(slot.document.text if slot.document is not None else "")
            if not self._uses_model or size == 0 or size > _GROUP_BYTES:
                self._check(waiting)
                size = 0
                yield from waiting
                waiting.clear()
        self._check(waiting)
        yield from waiting

    def _check(self, slots: Iterable[_Slot]) -> None:
        """Check those of the slots that have no result yet, those of equal settings together."""
        groups: dict[Settings, list[_Slot]] = {}
        for slot in slots:
            if slot.is_new:
                assert slot.settings is not None
                groups.setdefault(slot.settings, []).append(slot)
        for settings, group in groups.items():
            checker = self.checker_of(settings)
            results = checker.check_documents([self._document(checker, slot) for slot in group])
            for slot, result in zip(group, results, strict=True):
                slot.result = result
            self._keep([(slot.key, pack(result)) for slot, result in zip(group, results, strict=True) if _keeps(slot)])

    def _document(self, checker: Checker, slot: _Slot) -> Document | DocumentResult:
        if slot.document is not None:
            return slot.document
        settings = checker.settings
        try:
            with timed(checker.seconds, "reading"):
                return read_document(slot.data, slot.path, kind=settings.kind, encoding=settings.encoding)
        except InputError as error:
            return DocumentResult(slot.path, error=error.reason)

    def _begun(self, new: Sequence[_Slot]) -> dict[int, _Chunk]:
        """Begin to check files in several processes; by the identity of each slot, what it is checked with."""
        from tqcheck.pipeline.workers import Task, Workers

        with timed(self.checker.seconds, "rules"):
            for slot in new:
                assert slot.settings is not None
                self.checker_of(slot.settings).prepare_rules()
            if self._workers is None:
                self._workers = Workers(self._jobs, type(self.checker), self._checkers)
            begun: dict[int, _Chunk] = {}
            for slots in _chunks(new):
                tasks = [Task(slot.path, slot.data, slot.settings) for slot in slots if slot.settings is not None]
                chunk = _Chunk(self._workers.submit(tasks), slots)
                begun.update({id(slot): chunk for slot in slots})
        return begun

    def _ended(self, batch: _Batch) -> Iterator[_Slot]:
        """The slots of a batch, each once it is checked."""
        assert self._workers is not None
        for slot in batch.slots:
            if slot.is_new:
                future, slots = batch.begun[id(slot)]
                with timed(self.checker.seconds, "rules"):
                    answers = self._workers.answer(future)
                if answers is None:
                    # The process has died, of too little memory as a rule: this one tries by itself.
                    self._check(slots)
                else:
                    self._take(slots, answers)
            yield slot

    def _take(self, slots: Sequence[_Slot], answers: Sequence[bytes | str]) -> None:
        for slot, answer in zip(slots, answers, strict=True):
            if isinstance(answer, str):
                slot.result = DocumentResult(slot.path, error=answer)
            else:
                slot.packed = answer
        self._keep([(slot.key, slot.packed) for slot in slots if slot.packed is not None])

    def _look_up(self, batch: Sequence[_Slot]) -> None:
        if self._kept is None:
            return
        with timed(self.seconds, "cache"):
            for slot in batch:
                if slot.result is None and slot.document is None:
                    assert slot.settings is not None
                    slot.key = key_of(self._basis(slot.settings), PurePath(slot.path).suffix, slot.data)
            found = self._kept.get([slot.key for slot in batch if slot.key is not None])
            for slot in batch:
                if slot.key in found:
                    slot.packed = found[slot.key]
                    self.from_cache += 1

    def _keep(self, packed: Iterable[tuple[bytes | None, bytes]]) -> None:
        """Keep results, those of some files at once, since each turn costs as much as a short text."""
        if self._kept is None:
            return
        self._fresh.update({key: value for key, value in packed if key is not None})
        if len(self._fresh) >= _KEPT_AT_ONCE:
            self._put()

    def _put(self) -> None:
        if self._kept is None or not self._fresh:
            return
        with timed(self.seconds, "cache"):
            # What a model or detector that proved damaged has left undone is not what was asked for.
            if all(self.checker_of(settings).basis() == basis for settings, basis in self._bases.items()):
                self._kept.put(self._fresh)
            self._fresh = {}

    def _basis(self, settings: Settings) -> str:
        if settings not in self._bases:
            self._bases[settings] = self.checker_of(settings).basis()
        return self._bases[settings]


def check_files(
    paths: Iterable[Input],
    *,
    settings: Settings | None = None,
    keep_source: bool = False,
    done: Callable[[DocumentResult], None] | None = None,
) -> CheckResult:
    """Check files with a new checker; :class:`Run` takes a checker of your own, settings of each file, processes.

    See :meth:`Run.check` for ``paths``, ``keep_source``, ``done`` and errors.

    >>> import tqcheck
    >>> result = tqcheck.check_files(["no-such-story.txt"], settings=tqcheck.Settings(lm="off"))
    >>> result.documents[0].error
    'no such file'
    """
    return Run(Checker(settings)).check(paths, keep_source=keep_source, done=done)


def _keeps(slot: _Slot) -> bool:
    return slot.key is not None and slot.result is not None and slot.result.error is None


def _batch(slots: Iterator[_Slot]) -> Iterator[_Slot]:
    size = 0
    for slot in islice(slots, _LOOKED_UP):
        yield slot
        size += len(slot.data)
        if size > _HELD_BYTES:
            return


def _chunks(slots: Iterable[_Slot]) -> Iterator[list[_Slot]]:
    chunk: list[_Slot] = []
    size = 0
    for slot in slots:
        chunk.append(slot)
        size += len(slot.data)
        if size > _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _sum_of(sums: Sequence[str]) -> str:
    return f"sha256:{sha256(json.dumps(sums).encode()).hexdigest()}"
