"""The rules of one pack file: each table checked key by key, its patterns compiled.

Anything wrong in it raises :class:`~tqcheck.errors.RuleError` with file and line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqcheck.errors import RuleError
from tqcheck.result import CATEGORIES, Severity
from tqcheck.rules.outline import Near, Outline, cost
from tqcheck.rules.schema import MECHANICAL, CompiledPattern, Rule
from tqcheck.rules.suggestion import TemplateError, check_template
from tqcheck.text.language_names import NAMES
from tqcheck.text.sentences import LONGEST_SENTENCE
from tqcheck.text.spelling import fold

_KEYS = {
    "id": str,
    "name": str,
    "category": str,
    "severity": str,
    "languages": list,
    "origin": dict,
    "pattern": (str, list),
    "regex": (str, list),
    "words": list,
    "anchors": list,
    "also": list,
    "cased": bool,
    "check": str,
    "suggest": list,
    "fix": str,
    "message": str,
    "arbitrate": (int, float),
    "certain": bool,
    "scope": str,
    "quoted": str,
    "unless": list,
    "require": list,
    "preview": bool,
    "fine": str,
    "source": str,
    "bad": list,
    "good": list,
}
_NEEDED = ("id", "name", "category", "severity", "message", "source", "bad", "good")
DIGITS = tuple("0123456789")
_MOST_DIGITS = 3
_AT_END = r"(?=[\W_]*\Z)"


def parse_pack(content: str, file: str, *, pack: str | None = None) -> list[Rule]:
    """The rules of one pack file.

    :param file: names it in errors.
    :param pack: name of the built-in pack that the file is part of. Its expressions are taken as sound, which the
        tests of tqcheck prove; a pack of the user's is named after its file and looked at closely.
    :raises RuleError: anything in it is wrong.
    """
    # What makes rules of a pack is loaded only where there is no copy of them.
    import tomllib

    try:
        data = tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        raise RuleError(file, int(place[1]) if place else None, f"not valid TOML: {error}") from None
    places = _Places(content)
    unknown = sorted(set(data) - {"rule", "pack"})
    if unknown:
        raise RuleError(file, places.of_top(unknown[0]), f"unknown entry {unknown[0]!r}; a pack holds [[rule]] tables")
    tables = data.get("rule", [])
    if not isinstance(tables, list) or not tables:
        raise RuleError(file, 1, "the pack has no [[rule]]")
    return [_parse_rule(table, file, pack, index, places) for index, table in enumerate(tables)]


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


def _parse_rule(table: Any, file: str, pack: str | None, index: int, places: _Places) -> Rule:
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
    if table.get("fix", "unsafe") not in ("safe", "unsafe"):
        raise fail("fix", "fix is safe or unsafe")
    if "fix" in table and not table.get("suggest") and "check" not in table:
        raise fail("fix", "fix is about suggestions, and there are none")
    if table.get("fix") == "safe" and table.get("arbitrate") is not None:
        raise fail("fix", "the language model decides whether the fix of an arbitrated rule is safe; leave fix out")
    ways = [key for key in ("pattern", "regex", "check") if key in table]
    if len(ways) != 1:
        raise fail(None, f"a rule has one of pattern, regex and check, this has {' and '.join(ways) or 'none'}")
    for key in ("words", "anchors", "also", "cased"):
        if key in table and ways != ["regex"]:
            raise fail(key, f"{key} belongs to regex; a pattern finds its own words")
    patterns = _patterns(table, ways[0], fail, sound=pack is not None)
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
        fix=table.get("fix", "unsafe"),
        arbitrate=None if table.get("arbitrate") is None else float(table["arbitrate"]),
        certain=bool(table.get("certain", False)),
        scope=table.get("scope", "sentence"),
        quoted=table.get("quoted", "include" if category in MECHANICAL else "skip"),
        unless=tuple(_context(table, "unless", fail, sound=pack is not None)),
        require=tuple(_context(table, "require", fail, sound=pack is not None)),
        preview=bool(table.get("preview", False)),
        fine=table.get("fine", ""),
        bad=tuple(table["bad"]),
        good=tuple(table["good"]),
        source=table["source"],
        pack=Path(file).stem if pack is None else pack,
        file=file,
        line=places.of_rule(index),
    )


def _patterns(table: Mapping[str, Any], way: str, fail: Any, *, sound: bool) -> tuple[CompiledPattern, ...]:
    from tqcheck.rules.pattern import PatternError, compile_pattern

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
                whole, read = found.regex, found.outline
                if found.at_end and read is not None:
                    # The end of a sentence is not where what is tried of it ends.
                    whole, read = whole + _AT_END, read._replace(behind=LONGEST_SENTENCE)
                compiled = CompiledPattern(whole, read, (), (), found.at_start, found.at_end, found.lemmas)
                captures = found.captures
            else:
                compiled = _expression(source, table, fail)
                captures = max(map(int, re.findall(r"\(\?P<g(\d)>", source)), default=0)
                if not sound:
                    _refuse_catastrophe(source)
            if not sound:
                re.compile(compiled.regex)
            for template in table.get("suggest", []):
                check_template(template, captures, compiled.lemmas)
        except (PatternError, re.error, OverflowError, RecursionError) as error:
            raise fail(way, f"{way}: {error}") from None
        except TemplateError as error:
            raise fail("suggest", str(error)) from None
        patterns.append(compiled)
    return tuple(patterns)


# An expression is found by its words where a smaller share of all words than this is one of them.
_FEW = 0.0005


def _expression(source: str, table: Mapping[str, Any], fail: Any) -> CompiledPattern:
    """A regular expression with the words or the anchors that its author gave it."""
    from tqcheck.rules.regex_outline import outline_of_regex

    read = outline_of_regex(source)
    if "words" not in table:
        anchors, also = _anchors(table, "anchors", fail), _anchors(table, "also", fail)
        if read is not None and cost(read.keys) < _FEW:
            return CompiledPattern(source, read)
        return CompiledPattern(source, read, anchors, also, cased=table.get("cased", False))
    sets = []
    for key in ("words", "also"):
        words = frozenset(map(fold, table.get(key, [])))
        wrong = next((word for word in sorted(words) if not re.fullmatch(r"\w+", word)), None)
        if wrong is not None or (key == "words" and not words):
            raise fail(key, f"{key} holds whole words, letters and digits only, not {wrong!r}")
        sets.append(words)
    if "anchors" in table or "cased" in table:
        raise fail("words", "a regex has words or anchors, not both")
    # Looked up are those that fewer sentences hold: a match holds one of each.
    keys, others = sorted(sets, key=cost) if all(sets) else sets
    anywhere = LONGEST_SENTENCE
    near = (Near(-anywhere, anywhere, others),) if others else ()
    if read is not None and cost(read.keys) < 1.2 * cost(keys):
        around = [Near(-anywhere, anywhere, words) for words in (keys, others) if words]
        return CompiledPattern(source, read._replace(near=(*read.near, *around)))
    return CompiledPattern(source, Outline(keys, near, anywhere, anywhere))


def _refuse_catastrophe(regex: str) -> None:
    from tqcheck.rules.pattern import PatternError
    from tqcheck.rules.redos import catastrophic

    text = catastrophic(regex)
    if text is not None:
        raise PatternError(f"takes exponential time on a text such as {text!r} …; make its repeats unambiguous")


def _between(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The parts with the ten digits between them."""
    for index, part in enumerate(parts):
        if index:
            yield DIGITS
        yield (part,)


def _anchors(table: Mapping[str, Any], key: str, fail: Any) -> tuple[str, ...]:
    anchors: list[str] = []
    for anchor in table.get(key, []):
        parts = (anchor if table.get("cased") else fold(anchor)).split("<digit>")
        if len(parts) - 1 > _MOST_DIGITS:
            raise fail(key, f"{key} holds at most {_MOST_DIGITS} <digit> in one string, not {anchor!r}")
        anchors += ["".join(chosen) for chosen in itertools.product(*_between(parts))]
    if not all(anchors) or (key == "anchors" and not anchors):
        raise fail("regex", "a regex needs words or anchors (fixed strings) of which every match contains one")
    return tuple(anchors)


def _context(table: Mapping[str, Any], key: str, fail: Any, *, sound: bool) -> list[str]:
    from tqcheck.rules.pattern import PatternError, compile_context

    found: list[str] = []
    for source in table.get(key, []):
        if source.startswith("re:"):
            try:
                if not sound:
                    _refuse_catastrophe(source[3:])
            except (PatternError, re.error, OverflowError, RecursionError) as error:
                raise fail(key, f"{key}: {error}") from None
            found.append(source[3:])
            continue
        try:
            context = compile_context(source)
            found.append((r"^\W*" if context.at_start else "") + context.regex + (_AT_END if context.at_end else ""))
        except (PatternError, RecursionError) as error:
            raise fail(key, f"{key}: {error}") from None
    return found
