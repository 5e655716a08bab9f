"""The rules of all packs, and a copy of them on disk that is read as far as it is needed.

A story touches a few hundred of some thousand rules. So the copy begins with
what finding needs to begin (labels, key words, anchors); each rule stands for
itself behind it, with its expressions compiled, and is read when one of its
words turns up.
"""

from __future__ import annotations

import hashlib
import marshal
import mmap
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tqcheck.result import Severity
from tqcheck.rules.expression import compiled
from tqcheck.rules.outline import Near, Outline
from tqcheck.rules.schema import CompiledPattern, Rule
from tqcheck.text.spelling import fold

_MAGIC = b"tqcheck rules 6\n"
_HEAD = len(_MAGIC) + 32 + 8


class Label(NamedTuple):
    """What tells rules apart: the part of a rule that choosing among them needs."""

    id: str
    name: str
    category: str
    pack: str
    severity: Severity
    preview: bool


class Part(NamedTuple):
    """Expressions of a rule that an anchor belongs to; they have their anchors in common.

    :param first: number of the first of them among all patterns; ``last`` is that of the last.
    :param written: the anchor where its letters must be as they are in it.
    """

    first: int
    last: int
    written: str | None


class Index(NamedTuple):
    """How patterns are found.

    :param owners: for each pattern, the numbers of its rule and of the first pattern of that rule.
    :param keys: for each word the patterns without anchors whose outline has it as a key.
    :param anchors: the anchors of all regular expressions, folded; ``parts`` says of each what it belongs to.
    :param checks: the rules that are functions.
    """

    owners: Sequence[tuple[int, int]]
    keys: Mapping[str, Sequence[int]]
    anchors: Sequence[str]
    parts: Sequence[Sequence[Part]]
    checks: Sequence[int]


class RuleSet:
    """Rules in the order of their packs; ``sha256`` is that of the packs' contents."""

    def __init__(self, rules: Iterable[Rule], sha256: str = "") -> None:
        self.sha256 = sha256
        self._rules: list[Rule | None] = list(rules)

    def __len__(self) -> int:
        return len(self._rules)

    def rule(self, number: int) -> Rule:
        """The rule with a number, counted from 0."""
        found = self._rules[number]
        assert found is not None
        return found

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules."""
        return tuple(map(self.rule, range(len(self))))

    @cached_property
    def labels(self) -> Sequence[Label]:
        """The label of each rule."""
        return [Label(one.id, one.name, one.category, one.pack, one.severity, one.preview) for one in self.rules]

    @cached_property
    def index(self) -> Index:
        """How the patterns of the rules are found."""
        owners: list[tuple[int, int]] = []
        keys: dict[str, list[int]] = {}
        anchored: dict[str, list[Part]] = {}
        for number, rule in enumerate(self.rules):
            first, last = len(owners), len(owners) + len(rule.patterns) - 1
            for pattern in rule.patterns:
                if pattern.outline is not None and not pattern.anchors:
                    for key in sorted(pattern.outline.keys):
                        keys.setdefault(key, []).append(len(owners))
                owners.append((number, first))
            for pattern in [one for one in rule.patterns if one.anchors][:1]:
                for anchor in pattern.anchors:
                    part = Part(first, last, anchor if pattern.cased else None)
                    anchored.setdefault(fold(anchor), []).append(part)
        checks = [number for number, rule in enumerate(self.rules) if rule.check is not None]
        patterns = {key: tuple(found) for key, found in keys.items()}
        return Index(owners, patterns, list(anchored), [tuple(parts) for parts in anchored.values()], checks)

    def packed(self) -> bytes:
        """The copy of these rules, for :meth:`unpacked`; the same rules give the same bytes."""
        index = self.index
        starts, sums = array("Q", [0]), array("L")
        entries: list[bytes] = []
        for rule in self.rules:
            entry = _dumps(_row(rule))
            entries.append(entry)
            starts.append(starts[-1] + len(entry))
            sums.append(zlib.crc32(entry))
        head = _dumps(
            (
                self.sha256,
                [(*one[:4], int(one.severity), one.preview) for one in self.labels],
                index.owners,
                index.keys,
                index.anchors,
                [tuple(map(tuple, parts)) for parts in index.parts],
                index.checks,
                starts.tobytes(),
                sums.tobytes(),
            )
        )
        length = len(head).to_bytes(8, "little")
        return b"".join((_MAGIC, hashlib.sha256(length + head).digest(), length, head, *entries))

    @staticmethod
    def unpacked(path: Path, again: Callable[[], RuleSet]) -> RuleSet | None:
        """The rules of a copy; ``None`` where there is none that is whole.

        :param again: makes the same rules without the copy, for when a part of it proves damaged.
        """
        try:
            with path.open("rb") as file:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if bytes(data[: len(_MAGIC)]) != _MAGIC:
                return None
            length = int.from_bytes(data[_HEAD - 8 : _HEAD], "little")
            # The checksum guards against damage, from which marshal might not recover; the folder is the user's own.
            if hashlib.sha256(data[_HEAD - 8 : _HEAD + length]).digest() != bytes(data[len(_MAGIC) : _HEAD - 8]):
                return None
            copy = _Copy(marshal.loads(data[_HEAD : _HEAD + length]), data[_HEAD + length :], again)
        except (OSError, ValueError, TypeError, EOFError):
            return None
        return copy if copy.is_whole else None


class _Copy(RuleSet):
    """Rules that are read from a copy one by one."""

    def __init__(self, head: Sequence[Any], entries: memoryview, again: Callable[[], RuleSet]) -> None:
        sha256, labels, owners, keys, anchors, parts, checks, starts, sums = head
        super().__init__([], sha256)
        self._rules = [None] * len(labels)
        self._labels = labels
        self._starts, self._sums = array("Q", starts), array("L", sums)
        self._entries = entries
        self._again = again
        self.index = Index(owners, keys, anchors, parts, checks)

    @property
    def is_whole(self) -> bool:
        """Whether all entries are there (each is tested when it is read)."""
        return bool(self._starts) and len(self._entries) == self._starts[-1]

    @cached_property
    def labels(self) -> Sequence[Label]:
        return [
            Label(rule, name, category, pack, Severity(severity), preview)
            for rule, name, category, pack, severity, preview in self._labels
        ]

    def rule(self, number: int) -> Rule:
        found = self._rules[number]
        if found is None:
            entry = self._entries[self._starts[number] : self._starts[number + 1]]
            if zlib.crc32(entry) == self._sums[number]:
                found = self._rules[number] = _from_row(marshal.loads(entry))
            else:
                self._rules = list(self._again().rules)
                return super().rule(number)
        return found


_FIELDS = tuple(one.name for one in fields(Rule))
_PATTERNS = _FIELDS.index("patterns")
_SEVERITY = _FIELDS.index("severity")


def _dumps(value: Any) -> bytes:
    # Version 2 writes the same values as the same bytes; later ones depend on how objects are shared.
    return marshal.dumps(value, 2)


def _row(rule: Rule) -> tuple[Any, ...]:
    row = [getattr(rule, name) for name in _FIELDS]
    row[_SEVERITY] = int(rule.severity)
    row[_PATTERNS] = tuple(
        (
            one.regex,
            one.outline and _outline_row(one.outline),
            one.anchors,
            one.also,
            one.at_start,
            one.at_end,
            dict(one.lemmas),
            one.cased,
            one.code or compiled(one.regex),
        )
        for one in rule.patterns
    )
    return tuple(dict(value) if isinstance(value, Mapping) else value for value in row)


def _outline_row(outline: Outline) -> tuple[Any, ...]:
    near = tuple((low, high, tuple(sorted(words))) for low, high, words in outline.near)
    return tuple(sorted(outline.keys)), near, outline.before, outline.behind


@cache
def _shared(words: tuple[str, ...]) -> frozenset[str]:
    """A set of words, the same wherever it occurs: what is looked up everywhere had better be in few places."""
    return frozenset(map(sys.intern, words))


def _from_row(row: Sequence[Any]) -> Rule:
    patterns = []
    for regex, found, *others in row[_PATTERNS]:
        if found is not None:
            keys, near, before, behind = found
            around = tuple([Near(low, high, _shared(words)) for low, high, words in near])
            found = Outline(_shared(keys), around, before, behind)
        patterns.append(CompiledPattern(regex, found, *others))
    values = list(row)
    values[_PATTERNS] = tuple(patterns)
    values[_SEVERITY] = Severity(row[_SEVERITY])
    return Rule(*values)
