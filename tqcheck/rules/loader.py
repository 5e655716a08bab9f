"""Packs of rules: read, checked, compiled, and kept compiled between runs.

A pack is a TOML file. Anything wrong in it raises :class:`RuleError` with file
and line. Reading and compiling all packs takes longer than checking a story,
so a compiled copy is kept in the user's cache under the hash of what it was
made from; a copy that cannot be read is made anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from tqcheck.cache import keep
from tqcheck.errors import RuleError
from tqcheck.languages import NAMES
from tqcheck.result import CATEGORIES, Severity
from tqcheck.rules.pattern import PatternError, compile_pattern
from tqcheck.rules.schema import MECHANICAL, CompiledPattern, Rule
from tqcheck.rules.suggestion import TemplateError, check_template
from tqcheck.text import fold

_KEYS = {
    "id": str,
    "name": str,
    "category": str,
    "severity": str,
    "languages": list,
    "origin": dict,
    "pattern": (str, list),
    "regex": (str, list),
    "anchors": list,
    "check": str,
    "suggest": list,
    "message": str,
    "arbitrate": (int, float),
    "certain": bool,
    "scope": str,
    "quoted": str,
    "unless": list,
    "require": list,
    "source": str,
    "bad": list,
    "good": list,
}
_NEEDED = ("id", "name", "category", "severity", "message", "source", "bad", "good")
DIGITS = tuple("0123456789")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order of their packs, and the sha256 of the packs' contents."""

    rules: tuple[Rule, ...]
    sha256: str


def builtin_packs() -> list[tuple[str, str]]:
    """(name, content) of each pack that comes with tqcheck, sorted by name."""
    folder = resources.files("tqcheck.rules").joinpath("packs")
    packs = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return [(entry.name, entry.read_text("utf-8")) for entry in sorted(packs, key=lambda entry: entry.name)]


def load_rules(extra: Iterable[str | Path] = (), *, cache: Path | None = None) -> RuleSet:
    """The built-in packs and then those at the paths ``extra``.

    :param cache: folder for the compiled copy; ``None`` for none. A cache that
        cannot be read or written costs time, never the run.
    :raises RuleError: a pack is missing or something in it is wrong.
    """
    packs = builtin_packs()
    for path in extra:
        packs.append((str(path), _read_pack(Path(path))))
    digest = hashlib.sha256()
    for name, content in packs:
        digest.update(f"{name}\0{content}\0".encode())
    rules_hash = digest.hexdigest()
    copy = None if cache is None else cache / f"rules-{_compiler_hash(rules_hash)[:24]}.json"
    if copy is not None:
        loaded = _read_copy(copy)
        if loaded is not None:
            return RuleSet(loaded, rules_hash)
    rules: list[Rule] = []
    for name, content in packs:
        rules.extend(parse_pack(content, name))
    _check_unique(rules)
    if copy is not None:
        _write_copy(copy, rules)
    return RuleSet(tuple(rules), rules_hash)


def parse_pack(content: str, file: str) -> list[Rule]:
    """The rules of one pack; ``file`` names it in errors. Raises :class:`RuleError`."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        raise RuleError(file, int(place[1]) if place else None, f"not valid TOML: {error}") from None
    places = _Places(content)
    unknown = sorted(set(data) - {"rule", "pack"})
    if unknown:
        raise RuleError(file, places.of_top(unknown[0]), f"unknown entry {unknown[0]!r}; a pack holds [[rule]] tables")
    tables = data.get("rule", [])
    if not isinstance(tables, list) or not tables:
        raise RuleError(file, 1, "the pack has no [[rule]]")
    return [_parse_rule(table, file, index, places) for index, table in enumerate(tables)]


class _Places:
    """Lines of the rules and of their keys in a pack (tomllib does not tell)."""

    def __init__(self, content: str) -> None:
        self._lines = content.splitlines()
        self._starts = [number for number, line in enumerate(self._lines, 1) if line.strip().startswith("[[rule]]")]

    def of_rule(self, index: int) -> int:
        return self._starts[index] if index < len(self._starts) else 1

    def of_key(self, index: int, key: str) -> int:
        start = self.of_rule(index)
        stop = self._starts[index + 1] - 1 if index + 1 < len(self._starts) else len(self._lines)
        for number in range(start, stop):
            if re.match(rf"\s*{re.escape(key)}\s*(?:=|\.)", self._lines[number]):
                return number + 1
        return start

    def of_top(self, key: str) -> int:
        return next((n for n, line in enumerate(self._lines, 1) if re.match(rf"\s*\[*{re.escape(key)}\b", line)), 1)


def _parse_rule(table: Any, file: str, index: int, places: _Places) -> Rule:
    def fail(key: str | None, reason: str) -> RuleError:
        line = places.of_rule(index) if key is None else places.of_key(index, key)
        label = table.get("id") if isinstance(table, dict) else None
        return RuleError(file, line, f"rule {label}: {reason}" if label else reason)

    if not isinstance(table, dict):
        raise fail(None, "a rule is a [[rule]] table")
    for key, value in table.items():
        if key not in _KEYS:
            raise fail(key, f"unknown key {key!r}; known: {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]) or (isinstance(value, bool) and _KEYS[key] is not bool):  # type: ignore[arg-type]
            raise fail(key, f"{key} has the wrong type ({type(value).__name__})")
        if isinstance(value, list) and not all(isinstance(entry, str) for entry in value):
            raise fail(key, f"{key} must hold only strings")
    for key in _NEEDED:
        if not table.get(key):
            raise fail(key, f"{key} is missing or empty")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{1,7}\d{3}", table["id"]):
        raise fail("id", "an id is capital letters and three digits, such as ES014")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", table["name"]):
        raise fail("name", "a name is lower-case words joined by hyphens")
    if table["category"] not in CATEGORIES:
        raise fail("category", f"unknown category {table['category']!r}; known: {', '.join(CATEGORIES)}")
    try:
        severity = Severity.parse(table["severity"])
    except ValueError as error:
        raise fail("severity", str(error)) from None
    for code in table.get("languages", []):
        if code not in NAMES:
            raise fail("languages", f"unknown language {code!r}; languages have their ISO 639-1 codes, such as es")
    for code, origin in table.get("origin", {}).items():
        if code not in table.get("languages", []) or not isinstance(origin, str):
            raise fail("origin", f"origin {code!r} must be a string for one of the rule's languages")
    if len(table["bad"]) < 2 or len(table["good"]) < 2:
        raise fail("bad", "at least two bad and two good examples are needed")
    for example in table["bad"]:
        bare = re.sub(r"\\[\[\]]", "", example)
        if bare.count("[") != 1 or bare.count("]") != 1 or bare.index("[") > bare.index("]"):
            raise fail("bad", f"a bad example marks its span with one pair of square brackets: {example!r}")
    if table.get("scope", "sentence") not in ("sentence", "block", "line", "document"):
        raise fail("scope", "scope is sentence, block, line or document")
    if table.get("quoted", "skip") not in ("skip", "include", "only"):
        raise fail("quoted", "quoted is skip, include or only")
    if table.get("certain") is not None and table.get("arbitrate") is None:
        raise fail("certain", "certain has a meaning only beside arbitrate")
    if table.get("arbitrate") is not None and not any(table.get("suggest", [])):
        raise fail("arbitrate", "arbitration needs a suggestion to compare with")
    ways = [key for key in ("pattern", "regex", "check") if key in table]
    if len(ways) != 1:
        raise fail(None, f"a rule has one of pattern, regex and check, this has {' and '.join(ways) or 'none'}")
    if "anchors" in table and ways != ["regex"]:
        raise fail("anchors", "anchors belong to regex; a pattern finds its own")
    patterns = _patterns(table, ways[0], fail)
    category = table["category"]
    return Rule(
        id=table["id"],
        name=table["name"],
        category=category,
        severity=severity,
        message=table["message"],
        languages=tuple(table.get("languages", ())),
        origin=dict(table.get("origin", {})),
        patterns=patterns,
        check=table.get("check"),
        suggest=tuple(table.get("suggest", ())),
        arbitrate=None if table.get("arbitrate") is None else float(table["arbitrate"]),
        certain=bool(table.get("certain", False)),
        scope=table.get("scope", "sentence"),
        quoted=table.get("quoted", "include" if category in MECHANICAL else "skip"),
        unless=tuple(_context(table, "unless", fail)),
        require=tuple(_context(table, "require", fail)),
        bad=tuple(table["bad"]),
        good=tuple(table["good"]),
        source=table["source"],
        pack=Path(file).stem,
        file=file,
        line=places.of_rule(index),
    )


def _patterns(table: Mapping[str, Any], way: str, fail: Any) -> tuple[CompiledPattern, ...]:
    if way == "check":
        return ()
    sources = [table[way]] if isinstance(table[way], str) else table[way]
    if not sources:
        raise fail(way, f"{way} is empty")
    patterns: list[CompiledPattern] = []
    for source in sources:
        try:
            if way == "pattern":
                found = compile_pattern(source)
                compiled = CompiledPattern(found.regex, found.anchors, found.at_start, found.at_end, found.lemmas)
                captures = found.captures
            else:
                anchors = _anchors(table, fail)
                compiled = CompiledPattern(source, anchors)
                captures = sum(1 for name in re.compile(source).groupindex if re.fullmatch(r"g\d", name))
            re.compile(compiled.regex)
            for template in table.get("suggest", []):
                check_template(template, captures, compiled.lemmas)
        except (PatternError, re.error) as error:
            raise fail(way, f"{way}: {error}") from None
        except TemplateError as error:
            raise fail("suggest", str(error)) from None
        patterns.append(compiled)
    return tuple(patterns)


def _anchors(table: Mapping[str, Any], fail: Any) -> tuple[str, ...]:
    anchors: list[str] = []
    for anchor in table.get("anchors", []):
        anchors.extend(DIGITS if anchor == "<digit>" else [fold(anchor)])
    if not anchors or not all(anchors):
        raise fail("regex", "a regex needs anchors: fixed strings of which every match contains one")
    return tuple(anchors)


def _context(table: Mapping[str, Any], key: str, fail: Any) -> list[str]:
    found: list[str] = []
    for source in table.get(key, []):
        if source.startswith("re:"):
            try:
                re.compile(source[3:])
            except re.error as error:
                raise fail(key, f"{key}: {error}") from None
            found.append(source[3:])
            continue
        try:
            found.append(compile_pattern(source).regex)
        except PatternError as error:
            raise fail(key, f"{key}: {error}") from None
    return found


def _check_unique(rules: Sequence[Rule]) -> None:
    for what in ("id", "name"):
        seen: dict[str, Rule] = {}
        for rule in rules:
            value = getattr(rule, what)
            if value in seen:
                first = seen[value]
                raise RuleError(rule.file, rule.line, f"{what} {value!r} is taken by {first.file}:{first.line}")
            seen[value] = rule


def _read_pack(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError(str(path), None, f"not UTF-8 (byte offset {error.start})") from None
    except OSError as error:
        raise RuleError(str(path), None, f"cannot read the pack: {error.strerror or error}") from None


@lru_cache(maxsize=1)
def _compiler_source() -> bytes:
    folder = resources.files("tqcheck.rules")
    names = ("pattern.py", "inflection.py", "irregular.txt", "common.txt", "loader.py", "schema.py")
    return b"".join(folder.joinpath(name).read_bytes() for name in names)


def _compiler_hash(rules_hash: str) -> str:
    return hashlib.sha256(_compiler_source() + rules_hash.encode()).hexdigest()


def _write_copy(path: Path, rules: Sequence[Rule]) -> None:
    payload = json.dumps([asdict(rule) for rule in rules], ensure_ascii=False, separators=(",", ":"))
    content = hashlib.sha256(payload.encode()).hexdigest() + "\n" + payload
    keep(path, content)


def _read_copy(path: Path) -> tuple[Rule, ...] | None:
    try:
        checksum, _, payload = path.read_text("utf-8").partition("\n")
        if hashlib.sha256(payload.encode()).hexdigest() != checksum:
            return None
        return tuple(_from_json(entry) for entry in json.loads(payload))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _from_json(entry: dict[str, Any]) -> Rule:
    patterns = tuple(
        CompiledPattern(
            part["regex"],
            tuple(part["anchors"]),
            part["at_start"],
            part["at_end"],
            {int(number): tuple(lemmas) for number, lemmas in part["lemmas"].items()},
        )
        for part in entry["patterns"]
    )
    lists = ("languages", "suggest", "unless", "require", "bad", "good")
    fields = entry | {name: tuple(entry[name]) for name in lists}
    return Rule(**(fields | {"patterns": patterns, "severity": Severity(entry["severity"])}))
