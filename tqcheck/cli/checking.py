"""A check as the options of the command line say, for every command that has them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck.cli.notes import note

if TYPE_CHECKING:
    from tqcheck.cache.results import KeptResults
    from tqcheck.changes.git import Changes
    from tqcheck.cli.progress import Progress
    from tqcheck.config.configuration import Configuration, Value
    from tqcheck.config.resolver import Configurations
    from tqcheck.files.discovery import Discovery
    from tqcheck.pipeline.checker import Checker
    from tqcheck.pipeline.run import Input, Run
    from tqcheck.result import CheckResult, DocumentResult
    from tqcheck.rules.collection import RuleSet


class Checked(NamedTuple):
    """What a check gave, in which run, under which configurations.

    ``changes`` are those that were asked for, ``given`` the paths of documents that are no files.
    """

    result: CheckResult
    run: Run
    configurations: Configurations
    changes: Changes | None = None
    given: frozenset[str] = frozenset()

    @property
    def configuration(self) -> Configuration:
        """That of the run."""
        return self.configurations.run

    @property
    def failed(self) -> bool:
        """Whether a part of the checker failed, so that the result is less than was asked for."""
        return any(one.model_failed or one.detector_problem is not None for one in self.run.checkers)

    def rules(self) -> list[RuleSet]:
        """The rules that ran; those of the run's own folder first."""
        return list({one.rules.sha256: one.rules for one in self.run.checkers}.values())

    def seconds(self) -> dict[str, float]:
        """Seconds by stage."""
        stages = {"cache": self.run.seconds["cache"]}
        for checker in self.run.checkers:
            for stage, spent in checker.seconds.items():
                stages[stage] = stages.get(stage, 0.0) + spent
        return stages


def configurations_of(parameters: Mapping[str, Any]) -> Configurations:
    """The configurations under the options of ``tqcheck check``; raises :class:`~tqcheck.errors.SettingsError`."""
    from tqcheck.config.configuration import parse_severities
    from tqcheck.config.resolver import Configurations
    from tqcheck.errors import SettingsError

    no_lm, require_model = (bool(parameters[name]) for name in ("no_lm", "require_model"))
    if no_lm and (require_model or parameters["model"] is not None or parameters["calibration"] is not None):
        raise SettingsError("--no-lm contradicts --require-model, --model and --calibration; give one or the other")
    if parameters["quiet"] and parameters["verbose"]:
        raise SettingsError("--quiet contradicts --verbose; give one or the other")

    def text(name: str) -> str | None:
        value = parameters[name]
        return None if value is None else str(value)

    flags: dict[str, tuple[str, Value]] = {
        "--no-lm": ("lm", "off" if no_lm else None),
        "--require-model": ("lm", "require" if require_model else None),
        "--model": ("model", text("model")),
        "--engine": ("engine", text("engine")),
        "--calibration": ("calibration", text("calibration")),
        "--pack": ("packs", [str(path) for path in parameters["pack"] or ()]),
        "--preview": ("preview", parameters["preview"]),
        "--enable": ("enable", list(parameters["enable"] or ())),
        "--disable": ("disable", list(parameters["disable"] or ())),
        "--severity": ("severity", parse_severities(parameters["severity"] or (), "--severity")),
        "--accept": ("accept", list(parameters["accept"] or ())),
        "--encoding": ("encoding", text("encoding")),
        "--input-format": ("input-format", text("kind")),
        "--max-size": ("max-size", parameters["max_size"]),
        "--show": ("show", text("show")),
        "--fail-on": ("fail-on", text("fail_on")),
        "--least-fluent": ("least-fluent", parameters["least_fluent"]),
        "--words": ("words", parameters["words"]),
        "--keep-scores": ("keep-scores", parameters["keep_scores"]),
        "--keep-results": ("keep-results", parameters["keep_results"]),
        "--include": ("include", list(parameters["include"] or ())),
        "--exclude": ("exclude", list(parameters["exclude"] or ())),
        "--gitignore": ("gitignore", parameters["gitignore"]),
        "--force-exclude": ("force-exclude", parameters["force_exclude"]),
        "--jobs": ("jobs", parameters["jobs"]),
        "--baseline": ("baseline", text("baseline")),
    }
    given = [(flag, *setting) for flag, setting in flags.items() if setting[1] not in (None, [], {})]
    return Configurations(file=parameters["config"], flags=given)


def run_check(
    parameters: Mapping[str, Any],
    configurations: Configurations,
    *,
    keep_source: bool = False,
    refuse: Callable[[list[str]], None] | None = None,
) -> Checked:
    """Check as the command line says.

    :param parameters: values of the parameters of ``tqcheck check`` by name, as the command line gives them; those of
        reports are not looked at.
    :param configurations: those of :func:`configurations_of`.
    :param keep_source: whether the results keep the text of their documents.
    :param refuse: called with the files to be checked, before any of them is read.
    """
    from tqcheck.cache.results import KeptResults
    from tqcheck.cli.models import stage_name
    from tqcheck.cli.progress import Progress
    from tqcheck.errors import SettingsError
    from tqcheck.files.discovery import Discovery
    from tqcheck.pipeline.checker import Checker
    from tqcheck.pipeline.run import Given, Run

    configuration = configurations.run
    quiet = bool(parameters["quiet"])
    discovery = Discovery(
        configurations.chosen,
        gitignore=configuration.switch("gitignore"),
        force=configuration.switch("force-exclude"),
    )
    changes = None
    found: list[Input]
    if parameters["diff"] is not None or parameters["staged"]:
        changes, found = _changed(parameters, discovery)
    elif parameters["paths"]:
        found = list(discovery.find(parameters["paths"]))
    else:
        raise SettingsError("nothing to check: name files or folders, or - for standard input")
    files = [path for one in found if (path := _path_of(one)) is not None]
    if refuse is not None:
        refuse(files)
    # Mistakes in the configuration of any file are told before the first is checked.
    for file in files:
        configurations.settings(file)
    progress = Progress(enabled=not quiet)
    checker = Checker(
        configuration.settings(),
        model_progress=lambda stage, now, all_of_it: progress.show(stage_name(stage), now, all_of_it),
    )
    kept = KeptResults(checker.settings.cache_folder) if configuration.switch("keep-results") else None
    run = Run(checker, configurations.settings, kept=kept, jobs=configuration.number("jobs") or _cores())
    notes = _Notes(progress, quiet=quiet, verbose=bool(parameters["verbose"]))
    try:
        notes.begin(configurations, checker)
        total = len(found) if len(found) > 1 else None
        result = run.check(
            _inputs(found, parameters["stdin_filename"]),
            keep_source=keep_source or changes is not None,
            done=lambda document: notes.done(document, total),
        )
        notes.end(run, result, kept)
    finally:
        progress.close()
        if kept is not None:
            kept.close()
    given = {parameters["stdin_filename"] or "-"} if "-" in found else set()
    given |= {one.path for one in found if isinstance(one, Given)}
    return Checked(result, run, configurations, changes, frozenset(given))


class _Notes:
    """What is said on standard error about a run."""

    def __init__(self, progress: Progress, *, quiet: bool, verbose: bool) -> None:
        self._progress = progress
        self._quiet = quiet
        self._verbose = verbose
        self._count = 0

    def begin(self, configurations: Configurations, checker: Checker) -> None:
        # A pack or a choice with a mistake in it is told before any file is read.
        active = len(checker.active_rules)
        if self._verbose:
            files = ", ".join(map(str, configurations.run.files))
            note(f"configuration file: {files or 'none'}")
            note(f"rules: {active:,} of {len(checker.rules):,} run")
        if not self._quiet:
            for entry in configurations.ignored():
                note(f"{entry.origin}: {entry.name} is for a whole run, and does not hold in this one")

    def done(self, document: DocumentResult, total: int | None) -> None:
        self._count += 1
        self._progress.show("checked", self._count, total)
        if document.error is not None:
            self._say(f"error: {document.path}: {document.error}")
        elif not self._quiet:
            if self._verbose and document.skipped is None:
                self._say(f"{document.path}: words {document.words:,}, findings {len(document.findings):,}")
            if document.skipped is not None:
                self._say(f"{document.path}: skipped: {document.skipped}")
            for remark in document.notes:
                self._say(f"{document.path}: {remark}")

    def end(self, run: Run, result: CheckResult, kept: KeptResults | None) -> None:
        checker = run.checker
        if any(one.model_failed for one in run.checkers):
            problem = next(one.model_problem for one in run.checkers if one.model_failed)
            self._say(f"error: {problem}; rules alone were used, fluency was not scored")
        elif checker.model_problem is not None and not self._quiet:
            self._say(f"no language model, so rules alone and no fluency: {checker.model_problem}")
        elif checker.uncalibrated is not None and not self._quiet:
            self._say(
                f"no fluency, as {checker.uncalibrated} has no calibration; "
                "'tqcheck models calibrate' makes one from clean stories of yours"
            )
        for problem in dict.fromkeys(one.detector_problem for one in run.checkers):
            if problem is not None:
                self._say(f"error: {problem}")
        if not self._quiet:
            for problem in (checker.cache_problem, None if kept is None else kept.problem):
                if problem is not None:
                    self._say(problem)
        if self._verbose:
            model = result.signature.model
            self._say(f"language model: {'none' if model is None else f'{model.id}, sha256 {model.sha256}'}")
            if run.from_cache:
                self._say(f"results from the cache: {run.from_cache:,}")

    def _say(self, text: str) -> None:
        self._progress.close()
        note(text)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _changed(parameters: Mapping[str, Any], discovery: Discovery) -> tuple[Changes, list[Input]]:
    """What has changed in the repository, and those of its files to check."""
    from tqcheck.changes.git import Changes
    from tqcheck.errors import SettingsError
    from tqcheck.pipeline.run import Given

    paths = parameters["paths"] or ["."]
    if parameters["diff"] is not None and parameters["staged"]:
        raise SettingsError("--diff contradicts --staged; give one or the other")
    if "-" in paths:
        raise SettingsError("--diff and --staged are for files of a repository, not for standard input")
    among = discovery.among(paths)
    if parameters["staged"]:
        changes = Changes.staged(wanted=among.__contains__)
    else:
        changes = Changes.since(parameters["diff"], wanted=among.__contains__)
    files = [one.path if one.data is None else Given(one.path, one.data) for one in changes.files.values()]
    return changes, [*among.missing, *files]


def _path_of(one: Input) -> str | None:
    from tqcheck.pipeline.run import Given

    return one.path if isinstance(one, Given) else one if isinstance(one, str) else None


def _inputs(found: list[Input], stdin_filename: str | None) -> Iterator[Input]:
    from tqcheck.errors import UnreadableError
    from tqcheck.pipeline.run import Given

    for one in found:
        if one != "-":
            yield one
            continue
        name = stdin_filename or "-"
        if sys.stdin is None or sys.stdin.closed:
            yield UnreadableError(name, "there is no standard input; name a file instead")
        else:
            yield Given(name, sys.stdin.buffer.read())
