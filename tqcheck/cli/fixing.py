"""``tqcheck check --fix``: what the findings suggest, written into the files, or shown as a patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tqcheck.cli.notes import note

if TYPE_CHECKING:
    from tqcheck.cli.checking import Checked
    from tqcheck.fix.fixes import Fixed
    from tqcheck.result import CheckResult, DocumentResult


@dataclass(frozen=True, slots=True)
class Fixing:
    """What became of a result.

    :param result: with the results of the fixed texts in place of those of the files that were fixed.
    :param patch: what was, or would be, changed.
    :param failed: whether a file could not be fixed although it should have been.
    :param written: whether any file has changed.
    """

    result: CheckResult
    patch: str
    failed: bool
    written: bool


def refuse_wrong_options(parameters: Mapping[str, Any], formats: Sequence[str]) -> None:
    """Raise :class:`~tqcheck.errors.SettingsError` for options that contradict each other."""
    from tqcheck.errors import SettingsError

    if not parameters["fix"]:
        for name in ("dry_run", "unsafe_fixes"):
            if parameters[name]:
                raise SettingsError(f"--{name.replace('_', '-')} goes with --fix; add that, or leave it out")
        return
    if parameters["staged"]:
        raise SettingsError("--fix writes files, and --staged checks what is staged; use --fix --diff HEAD")
    if parameters["dry_run"]:
        loose = [one.removesuffix("=-") for one in formats if "=" not in one or one.endswith("=-")]
        loose += ["statistics"] if parameters["statistics"] else []
        if loose:
            raise SettingsError(
                f"--dry-run writes a patch where the {loose[0]} report would go; give that a file: "
                f"--format {loose[0]}=FILE"
            )
    elif "-" in (parameters["paths"] or ()):
        raise SettingsError("--fix writes files, and standard input is none; --fix --dry-run shows a patch for it")


def fix(checked: Checked, wanted: CheckResult, *, unsafe: bool, dry_run: bool, quiet: bool, verbose: bool) -> Fixing:
    """Fix the files of a result, one after the other; one that cannot be written does not keep the others from it.

    :param checked: the check, with the sources of its documents.
    :param wanted: its result without the findings that are to stay as they are.
    """
    from tqcheck.errors import InputError, OutputError
    from tqcheck.reports.wording import number

    documents: list[DocumentResult] = []
    patches: list[str] = []
    fixes = left = files = 0
    failed = False
    for document, asked in zip(checked.result.documents, wanted.documents, strict=True):
        fixed = None
        if asked.findings:
            try:
                fixed, patch = _fixed(checked, document, asked, unsafe=unsafe, dry_run=dry_run)
                patches.append(patch)
            except (InputError, OutputError) as error:
                note(f"error: {error}")
                failed = True
        if fixed is None:
            documents.append(document)
            continue
        if not quiet:
            _tell_withdrawn(document.path, fixed, verbose=verbose)
        fixes += len(fixed.applied)
        left += len(fixed.left)
        files += fixed.changed
        as_it_is = fixed.result if fixed.changed and not dry_run else document
        documents.append(replace(as_it_is, path=document.path))
    if not quiet:
        would = "would fix" if dry_run else "fixed"
        more = f"; {left:,} more with --unsafe-fixes" if left else ""
        note(f"{would} {number(fixes, 'finding')} in {number(files, 'file')}{more}")
    result = replace(checked.result, documents=tuple(documents))
    return Fixing(result, "".join(patches), failed, bool(files) and not dry_run)


def _fixed(
    checked: Checked, document: DocumentResult, asked: DocumentResult, *, unsafe: bool, dry_run: bool
) -> tuple[Fixed, str]:
    """What became of a document, written unless only a patch is asked for, and the patch."""
    import codecs
    from pathlib import Path

    from tqcheck.errors import OutputError
    from tqcheck.files.decoding import decode_file
    from tqcheck.files.paths import STANDARD_INPUT, relative_path
    from tqcheck.fix.diff import unified_diff
    from tqcheck.fix.fixes import Fixer
    from tqcheck.fix.rewriting import write_fixed
    from tqcheck.readers import read_file

    path = document.path
    settings = checked.configurations.settings(path)
    checker = checked.run.checker_of(settings)
    source = document.source or ""
    encodes = None
    data = b""
    mark = ""
    if path not in checked.given:
        data = read_file(path, settings.max_bytes)
        read = decode_file(data, path, settings.encoding)
        if read.text != source:
            raise OutputError(f"{path}: not fixed: it has changed since it was checked; check it again")
        encodes = read.encodes
        # The patch is in UTF-8, where the byte-order mark is a part of the first line.
        mark = "\ufeff" if read.mark == codecs.BOM_UTF8 else ""
    fixer = Fixer(checker.rules, unsafe=unsafe, thresholds=checker.thresholds)
    # All findings are needed to tell what a fix brings about.
    only = None if asked.findings == document.findings else asked.findings.__contains__
    fixed = fixer.fix(
        document,
        source,
        lambda text: checker.check_text(text, path=path),
        kind=settings.kind,
        encodes=encodes,
        only=only,
    )
    if not dry_run and fixed.changed:
        write_fixed(path, data, fixed.text, encoding=settings.encoding)
    named = relative_path(path, str(Path.cwd())) if path != STANDARD_INPUT else "standard-input"
    return fixed, unified_diff(named, mark + source, mark + fixed.text)


def _tell_withdrawn(path: str, fixed: Fixed, *, verbose: bool) -> None:
    for one in fixed.withdrawn:
        finding = one.fix.finding
        place = f"{path}:{finding.line}:{finding.column}"
        note(f"{place}: {finding.rule} not fixed: {one.reason}")
    if verbose:
        for fix in fixed.applied:
            finding = fix.finding
            note(f"{path}:{finding.line}:{finding.column}: {finding.rule} “{finding.text}” → “{fix.replacement}”")
