"""Packs of rules: read, checked, compiled, and kept compiled between runs.

A pack is a TOML file. Anything wrong in it raises :class:`RuleError` with file
and line. Reading and compiling all packs takes longer than checking a story,
so a compiled copy is kept in the user's cache under the hash of what it was
made from; a copy that cannot be read is made anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqcheck.cache.folder import keep
from tqcheck.errors import RuleError
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.pack_files import builtin_packs, copy_key, forget_old, read_pack
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.rules.schema import Rule


def load_rules(extra: Iterable[str | Path] = (), *, cache: Path | None = None, builtin: bool = True) -> RuleSet:
    """The built-in packs and then those at the paths ``extra``.

    :param builtin: whether to load the built-in ones.
    :param cache: folder for the compiled copy; ``None`` for none. A cache that
        cannot be read or written costs time, never the run.
    :raises RuleError: a pack is missing or something in it is wrong.
    """
    # A pack of the configuration may be given once more.
    given = {os.path.realpath(path) if "\0" not in str(path) else path: str(path) for path in extra}
    own = [(path, read_pack(Path(path))) for path in given.values()]
    copy = None if cache is None else cache / f"rules-{copy_key(own, builtin)}.bin"
    if copy is not None:
        loaded = RuleSet.unpacked(copy, lambda: _parse(own, builtin))
        if loaded is not None:
            return loaded
    found = _parse(own, builtin, cache)
    if copy is not None:
        keep(copy, found.packed())
        forget_old(copy)
    return found


def _parse(own: Sequence[tuple[str, str]], builtin: bool, cache: Path | None = None) -> RuleSet:
    """The rules of packs; the built-in ones beside some of the user's from their copy in ``cache``, if given."""
    packs: Sequence[tuple[str, str]] = builtin_packs() if builtin else []
    names = {name: name.partition("/")[0].removesuffix(".toml") for name, _ in packs}
    packs = [*packs, *own]
    digest = hashlib.sha256()
    for name, content in packs:
        digest.update(f"{name}\0{content}\0".encode())
    rules: list[Rule] = []
    if own and builtin and cache is not None:
        # Whoever works on a pack changes it often. The second time they come with their expressions compiled.
        load_rules(cache=cache)
        rules.extend(load_rules(cache=cache).rules)
        packs = own
    for name, content in packs:
        rules.extend(parse_pack(content, name, pack=names.get(name)))
    _check_unique(rules)
    return RuleSet(rules, digest.hexdigest())


def _check_unique(rules: Sequence[Rule]) -> None:
    for what in ("id", "name"):
        seen: dict[str, Rule] = {}
        for rule in rules:
            value = getattr(rule, what)
            if value in seen:
                first = seen[value]
                raise RuleError(rule.file, rule.line, f"{what} {value!r} is taken by {first.file}:{first.line}")
            seen[value] = rule
    patterns: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        for pattern in rule.patterns:
            key = (pattern.regex, pattern.at_start, pattern.at_end, rule.scope, rule.quoted, rule.require)
            first = patterns.setdefault(key, rule)
            if first is not rule:
                reason = f"rule {rule.id}: its pattern is also one of {first.id} ({first.file}:{first.line})"
                raise RuleError(rule.file, rule.line, reason)
