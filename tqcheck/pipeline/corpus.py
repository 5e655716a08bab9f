"""A user's clean stories, and the calibration of a model made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tqcheck
from tqcheck.config.settings import Settings
from tqcheck.errors import InputError
from tqcheck.readers import load_file
from tqcheck.text.document import Document, within
from tqcheck.text.language import identify

if TYPE_CHECKING:
    from tqcheck.lm.progress import Progress
    from tqcheck.lm.scoring import Scorer


@dataclass(frozen=True, slots=True, order=True)
class Story:
    """The text of a story and the spans of its sentences (code points)."""

    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Stories:
    """English stories, each once and in an order that does not depend on how they were named.

    ``unreadable`` are the files that could not be read; ``foreign``,
    ``repeated`` and ``empty`` count those in another language, those that had
    come before, and those without a word.
    """

    stories: tuple[Story, ...]
    unreadable: tuple[InputError, ...]
    foreign: int
    repeated: int
    empty: int


def read_stories(
    paths: Iterable[str | InputError], settings: Settings, done: Callable[[int], None] | None = None
) -> Stories:
    """Read stories as a check would; one that cannot be read does not stop the others.

    Two are the same if they differ in white space and markup only.

    :param done: called with the number of files looked at so far.
    """
    stories: dict[bytes, Story] = {}
    unreadable: list[InputError] = []
    foreign = repeated = empty = 0
    for number, path in enumerate(paths, 1):
        try:
            document = _load(path, settings)
        except InputError as error:
            unreadable.append(error)
            continue
        finally:
            if done is not None:
                done(number)
        key = hashlib.sha256(" ".join(document.text.split()).encode()).digest()
        if not document.words:
            empty += 1
            continue
        if key not in stories and identify(document) != "en":
            foreign += 1
            continue
        repeated += key in stories
        story = Story(document.text, tuple((one.start, one.end) for one in within(document, settings.lm_words)))
        # Of versions that differ in blanks, the same one whatever their order.
        stories[key] = min(stories.get(key, story), story)
    ordered = tuple(stories[key] for key in sorted(stories))
    return Stories(ordered, tuple(unreadable), foreign, repeated, empty)


def calibrate(stories: Stories, scorer: Scorer, progress: Progress | None = None) -> dict[str, Any]:
    """Score the stories and make the content of a calibration file; see :func:`tqcheck.lm.calibration_sample.dumps`.

    Raises :class:`~tqcheck.errors.CalibrationError` if there is too little text, and
    :class:`~tqcheck.errors.DetectorError` if people's judgement, which is part of fluency for the model, is damaged.
    """
    from tqcheck.detector.fluency import FluencyReader
    from tqcheck.lm.calibration_sample import Sample, today
    from tqcheck.lm.calibration_sample import calibrate as calibration_of

    reader = FluencyReader.of(scorer.sha256)
    readers = [] if reader is None else [reader]
    scored = scorer.score([(one.text, one.sentences) for one in stories.stories], progress, readers=readers)
    sample = Sample.of(scored if reader is None else map(reader.judged, scored))
    made = {
        "by": "tqcheck models calibrate",
        "tqcheck": tqcheck.__version__,
        "on": today(),
        "documents": {"stories": sample.stories},
    }
    return calibration_of(sample, scorer.id, scorer.sha256, made, None if reader is None else reader.sha256)


def _load(path: str | InputError, settings: Settings) -> Document:
    if isinstance(path, InputError):
        raise path
    return load_file(path, encoding=settings.encoding, kind=settings.kind, max_bytes=settings.max_bytes)
