"""What has changed in a git repository, so that only findings on changed lines are reported.

Lines are git's: each ends with a line feed, so a lone carriage return ends
none. All of it comes from the ``git`` program, asked in ways that nobody's git
configuration bends.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import subprocess
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tqcheck.errors import ChangesError, near
from tqcheck.result import CheckResult, DocumentResult, Finding

Ranges = tuple[tuple[int, int], ...]
"""Lines ``(first, last)``, 1-based, both inclusive, in order."""

_STANDARD_INPUT = "-"
# What git reads from configuration and has no option for, or none in older versions.
_CONFIGURED = ("core.quotePath=true", "diff.orderFile=/dev/null", "diff.relative=false")
_DIFF = (
    *("--raw", "--patch", "-z", "--unified=0", "--no-abbrev", "--diff-filter=d"),
    *("--find-renames=50%", "-l1000", "--diff-algorithm=myers", "--indent-heuristic", "--inter-hunk-context=0"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--submodule=short", "--ignore-submodules=all"),
)
# These would add lines to hunks, or change what the path ":/" means.
_UNSET = frozenset(
    {
        "GIT_DIFF_OPTS",
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
    }
)
# Git LFS stores a pointer in place of a file, whose lines are not those of the file.
_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_LINE = re.compile(rb"\+oid sha256:[0-9a-f]{64}")
_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {ord(char): rf"\{escape}".encode() for char, escape in zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True)}
_SHALLOW = "fetch the whole history (git fetch --unshallow; in GitHub Actions, fetch-depth: 0 for actions/checkout)"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that has changed and is still there.

    :param path: relative to the folder that changes were asked for; bytes that are not Unicode are surrogates, as
        the file system's own names have them.
    :param ranges: the changed lines; ``None`` is all of it (new, in Git LFS, or no text to git, such as UTF-16).
        Empty where no line is new: renamed, of another mode, or with lines deleted only.
    :param data: what is staged, to be checked in place of the file; ``None`` where the file itself is meant, as
        always with :meth:`Changes.since` and for files in Git LFS.
    """

    path: str
    ranges: Ranges | None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Changes:
    """The changed files of a git repository, by path and in order of it.

    :param folder: what paths are relative to.

    Deleted files, links, submodules and unmerged files that are to be staged are
    none of them, nor are files that a sparse checkout leaves out.
    """

    folder: Path
    files: Mapping[str, ChangedFile]

    @classmethod
    def since(cls, ref: str, folder: Path = Path(), *, wanted: Callable[[str], bool] | None = None) -> Changes:
        """What has changed since ``ref`` and the current commit parted, up to the files as they are now.

        :param ref: a commit, by any name that git has for one.
        :param folder: a folder of the repository; all changes in the repository are meant.
        :param wanted: says of a path whether to take it in; ``None`` takes all.
        :raises ChangesError: no git, no repository with files, no such commit, or no history in common.

        Commits, staged and unstaged changes and files that git neither tracks nor
        ignores all count. Of a file that git sees renamed, the changed lines alone.
        """
        _refuse_if_no_commit(ref)
        repository = _Repository.at(folder)
        base = repository.merge_base(ref)
        # "git diff" would write to the index what it learns of it.
        changed = {one.name: one.ranges for one in _parse(repository.git("diff-index", *_DIFF, base, "--"))}
        others = repository.git("ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/")
        changed |= {name: None for name in others.split(b"\0") if name}
        named = ((repository.path_of(name), ranges) for name, ranges in changed.items())
        files = [
            ChangedFile(path, ranges)
            for path, ranges in named
            # Untracked repositories come as folders, and a sparse checkout has not all files.
            if (wanted is None or wanted(path)) and _is_file(folder / path)
        ]
        return cls(folder, _by_path(files))

    @classmethod
    def staged(cls, folder: Path = Path(), *, wanted: Callable[[str], bool] | None = None) -> Changes:
        """What the next commit would change, with the contents it would have.

        :param folder: a folder of the repository; all changes in the repository are meant.
        :param wanted: says of a path whether to take it in; ``None`` takes all. The contents of the others are not
            read.
        :raises ChangesError: no git, or no repository with files.
        """
        repository = _Repository.at(folder)
        # "git diff-index" would want a commit, which may not be there yet.
        diff = repository.git("diff", *_DIFF, "--cached", "--")
        changed = [(repository.path_of(one.name), one) for one in _parse(diff)]
        if wanted is not None:
            changed = [(path, one) for path, one in changed if wanted(path)]
        contents = repository.contents([one.blob for _, one in changed])
        files = [
            ChangedFile(path, None)
            if contents[one.blob].startswith(_POINTER)
            else ChangedFile(path, one.ranges, contents[one.blob])
            for path, one in changed
        ]
        return cls(folder, _by_path(files))

    def find(self, path: str) -> ChangedFile | None:
        """The changed file that a path leads to from :attr:`folder`, through links too; ``None`` if it is none.

        ``-`` is standard input and so never one; a file of that name is ``./-``.
        """
        if path == _STANDARD_INPUT or "\0" in path:
            return None
        return self.files.get(path) or self._places.get(os.path.realpath(self.folder / path))

    def touched(self, result: CheckResult) -> tuple[CheckResult, int]:
        """The result with only those findings that touch changed lines, and how many others there were.

        A finding touches a line if it has a character of it, its line feed
        included; one of no length, if it stands in it. Documents that are not
        among the files, and those without ``source``, keep all findings.
        """
        documents = tuple(self._touched(document) for document in result.documents)
        lost = sum(
            len(before.findings) - len(after.findings)
            for before, after in zip(result.documents, documents, strict=True)
        )
        return replace(result, documents=documents), lost

    def _touched(self, document: DocumentResult) -> DocumentResult:
        file = self.find(document.path) if document.findings else None
        if file is None or file.ranges is None or document.source is None:
            return document
        lines = _Lines(document.source, file.ranges)
        return replace(document, findings=tuple(finding for finding in document.findings if lines.touch(finding)))

    @cached_property
    def _places(self) -> dict[str, ChangedFile]:
        return {os.path.realpath(self.folder / path): file for path, file in self.files.items()}


class _Lines:
    """Changed lines as stretches of a source."""

    def __init__(self, source: str, ranges: Ranges) -> None:
        starts = [0, *(match.end() for match in re.finditer("\n", source))]
        self._length = len(source)
        inside = [(first, last) for first, last in ranges if first <= len(starts)]
        self._starts = [starts[first - 1] for first, _ in inside]
        self._ends = [starts[last] if last < len(starts) else self._length for _, last in inside]

    def touch(self, finding: Finding) -> bool:
        """Whether the finding has a character of a changed line."""
        last = max(finding.start, finding.end - 1)
        index = bisect_right(self._starts, last) - 1
        # The end of the file belongs to its last line.
        return index >= 0 and (self._ends[index] > finding.start or last == self._length == self._ends[index])


class _Change(NamedTuple):
    """A file of a diff: its name from the top of the repository, its new blob (zeros if not hashed yet), its lines."""

    name: bytes
    blob: bytes
    ranges: Ranges | None


def _parse(diff: bytes) -> Iterator[_Change]:
    """The regular files in what ``_DIFF`` gives: entries whose fields end with NUL, one more NUL, the patch."""
    at = 0

    def take() -> bytes:
        nonlocal at
        start, at = at, diff.index(b"\0", at) + 1
        return diff[start : at - 1]

    entries: list[tuple[bytes, bytes, bytes, bytes, bytes]] = []
    while diff.startswith(b":", at):
        _, mode, _, blob, status = take().split(b" ")
        old = take()
        entries.append((mode, blob, status[:1], old, take() if status[:1] in b"RC" else old))
    patches = _patches(diff[at + 1 :])
    for mode, blob, status, old, new in entries:
        header = b"diff --git %b %b" % (_quoted(b"a/" + old), _quoted(b"b/" + new))
        # Written anew as it was: listed, since git has yet to look into it, and without a patch.
        same = status == b"M" and not blob.strip(b"0") and header not in patches
        # Not links, submodules, nor what is unmerged, which has no mode.
        if mode.startswith(b"100") and not same:
            yield _Change(new, blob, patches.get(header) if status in b"MRC" else None)


def _patches(patch: bytes) -> dict[bytes, Ranges | None]:
    """The changed lines of each file of a patch without context, by its header's first line; ``None`` if binary."""
    found: dict[bytes, list[tuple[int, int]] | None] = {}
    header = b""
    for line in patch.split(b"\n"):
        # Lines of a text begin with a sign, so none of them looks like a header.
        if line.startswith((b"+", b"-", b"\\")):
            if _POINTER_LINE.fullmatch(line):
                found[header] = None
        elif line.startswith(b"diff --git "):
            header = line
            found[header] = []
        elif line.startswith(b"Binary files "):
            found[header] = None
        elif (hunk := _HUNK.match(line)) is not None and (ranges := found[header]) is not None:
            first, count = int(hunk[1]), 1 if hunk[2] is None else int(hunk[2])
            if count:
                ranges.append((first, first + count - 1))
    return {header: None if ranges is None else tuple(ranges) for header, ranges in found.items()}


def _quoted(name: bytes) -> bytes:
    """A name as git writes it in a patch."""
    inner = b"".join(
        _ESCAPES.get(byte) or (bytes([byte]) if 0x20 <= byte < 0x7F else b"\\%03o" % byte) for byte in name
    )
    return name if inner == name else b'"%b"' % inner


@dataclass(frozen=True, slots=True)
class _Repository:
    """A repository as seen from a folder of its working tree.

    :param prefix: the folder from the top: empty, or ending with a slash.
    """

    folder: Path
    prefix: bytes
    shallow: bool

    @classmethod
    def at(cls, folder: Path) -> _Repository:
        """The repository that a folder is in; raises ``ChangesError`` if it is in none that has files."""
        place = "the current folder" if folder == Path() else str(folder)
        asked = ("--is-inside-work-tree", "--is-bare-repository", "--is-shallow-repository", "--show-prefix")
        done = _run(folder, ("rev-parse", *asked))
        if b"not a git repository" in done.stderr:
            raise ChangesError(
                f"{place} is in no git repository, which --diff and --staged need (git says: {_reason(done)})"
            )
        answers = _output(done, "rev-parse").split(b"\n", 3)
        inside, bare, shallow = (answer == b"true" for answer in answers[:3])
        if not inside:
            where = "in a bare repository" if bare else "outside the files of its git repository"
            raise ChangesError(f"{place} is {where}, so there is nothing to check; go to a folder with the files")
        return cls(folder, answers[3].removesuffix(b"\n"), shallow)

    def git(self, *arguments: str, given: bytes = b"") -> bytes:
        """What git writes; raises ``ChangesError`` with its words if it fails."""
        return _output(_run(self.folder, arguments, given), arguments[0])

    def path_of(self, name: bytes) -> str:
        """The path from the folder of what has this name from the top."""
        path = posixpath.relpath(b"/" + name, b"/" + self.prefix)
        return f"./{_STANDARD_INPUT}" if path == _STANDARD_INPUT.encode() else os.fsdecode(path)

    def merge_base(self, ref: str) -> str:
        """The commit where ``ref`` and the current one parted; raises ``ChangesError`` if there is none."""
        done = _run(self.folder, ("merge-base", ref, "HEAD"))
        if done.returncode == 0:
            return done.stdout.decode().strip()
        if done.returncode != 1:
            raise self._no_commit(ref, done)
        if self.shallow:
            raise ChangesError(f"this clone is shallow and lacks the commit where {ref!r} and HEAD parted; {_SHALLOW}")
        raise ChangesError(f"{ref!r} and HEAD have no history in common; name a commit that HEAD comes from")

    def contents(self, blobs: list[bytes]) -> dict[bytes, bytes]:
        """The contents of blobs by their ids."""
        if not blobs:
            return {}
        output = self.git("cat-file", "--batch", given=b"".join(b"%b\n" % blob for blob in blobs))
        found: dict[bytes, bytes] = {}
        at = 0
        for blob in blobs:
            end = output.index(b"\n", at)
            size = output[at:end].rpartition(b" ")[2]
            if not size.isdigit():
                raise ChangesError(f"git cannot read the staged {blob.decode()} ({size.decode()}); try 'git fsck'")
            at = end + 1 + int(size)
            found[blob] = output[end + 1 : at]
            at += 1
        return found

    def _no_commit(self, ref: str, failed: subprocess.CompletedProcess[bytes]) -> ChangesError:
        if not self._has("HEAD"):
            return ChangesError(f"there is no commit here to compare with {ref!r}; commit first, or use --staged")
        if self._has(ref):
            return ChangesError(f"git merge-base failed: {_reason(failed)}")
        message = f"there is no commit {ref!r} here"
        names = self.git("for-each-ref", "--format=%(refname:lstrip=2)").decode(errors="replace").split("\n")
        remotes = self.git("remote").decode(errors="replace").split()
        remote = next((one for one in remotes if ref.startswith(f"{one}/")), None)
        known = next((name for name in names if name.partition("/")[2] == ref), None) or near(ref, names)
        if remote is not None and not re.search(r"[\s~^:?*\[\\@]", ref):
            branch = ref.removeprefix(f"{remote}/")
            message += f"; fetch it with 'git fetch {remote} {branch}:refs/remotes/{ref}'"
        elif known:
            message += f"; did you mean {known!r}?"
        else:
            message += "; fetch it, or name another ('git branch --all' lists branches)"
        return ChangesError(f"{message}; this clone is shallow: {_SHALLOW}" if self.shallow else message)

    def _has(self, commit: str) -> bool:
        return _run(self.folder, ("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")).returncode == 0


def _run(folder: Path, arguments: tuple[str, ...], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    configured = [part for setting in _CONFIGURED for part in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if name not in _UNSET}
    # Messages in English, and no lock that a commit being made would meet.
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(folder), *configured, *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, env=environment, check=False)
    except FileNotFoundError:
        raise ChangesError(
            "--diff and --staged need the program git, which is not on the PATH; install it, or check files by name"
        ) from None
    except OSError as error:
        raise ChangesError(f"git cannot be run ({error.strerror}); mend its installation") from error


def _output(done: subprocess.CompletedProcess[bytes], command: str) -> bytes:
    if done.returncode != 0:
        raise ChangesError(f"git {command} failed: {_reason(done)}")
    return done.stdout


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """The last thing that git complained of, in one line."""
    last = re.split(r"^(?:fatal|error): ", done.stderr.decode(errors="replace"), flags=re.MULTILINE)[-1]
    return " ".join(last.split()) or f"it ended with status {done.returncode}"


def _refuse_if_no_commit(ref: str) -> None:
    if not ref.strip() or ref.startswith("-") or "\0" in ref:
        raise ChangesError(f"{ref!r} names no commit; give a branch, a tag or the id of a commit")
    if ".." in ref:
        raise ChangesError(f"{ref!r} is a range; give the one commit to compare with, such as 'origin/main'")


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _by_path(files: list[ChangedFile]) -> dict[str, ChangedFile]:
    return {file.path: file for file in sorted(files, key=lambda file: file.path)}
