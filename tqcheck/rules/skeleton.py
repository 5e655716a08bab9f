"""The skeleton of a new rule: the first of a pack is a worked example, the next ones hold a place for each part."""

from __future__ import annotations

import re
from pathlib import Path

from tqcheck.cache.folder import cache_folder
from tqcheck.errors import RuleError
from tqcheck.result import CATEGORIES
from tqcheck.rules.loader import load_rules
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.text.language_names import NAMES

_FIRST = "MY001"
_HEAD = """\
[[rule]]
id = "{id}"                        # stable; never give it to another rule
name = "{name}"
category = "{category}"
severity = "warning"               # error: mechanical and certain; warning: an artifact; suggestion: style
languages = ["{language}"]
"""
_WORKED = """\
origin = {{ {language} = "realizar una visita" }}     # the expression that leads to it
pattern = "{{realize}} [a|an] ([official|private|two-day]) {{visit|trip}}"
suggest = ["{{make:1}} $2 $3 $4"]  # the best first; $2 is the second of {{…}} […] <…> in the pattern
message = "The verb means carry out; English makes or pays a visit."
fine = "Of a profit or a dream: they are realized in English too."
source = "Where the fact comes from: dictionary, grammar, style guide"
bad = [
    "The king [realized a visit] to Rome.",
    "She realized her dream when she [realized a trip] to Peru.",
]
good = ["They realized a profit.", "He paid a visit to Rome."]
"""
_BARE = """\
origin = {{ {language} = "the expression that leads to it" }}
pattern = "the words of {lower}"
suggest = ["what an editor writes"]
message = "What the words mean there; what English says."
fine = "When the words are right as they stand."
source = "Where the fact comes from: dictionary, grammar, style guide"
bad = [
    "A sentence with [the words of {lower}] in it.",
    "The words, and then [the words of {lower}].",
]
good = ["A sentence with the words alone.", "One with {lower} alone."]
"""


def add_skeleton(file: Path, identifier: str | None, name: str | None, language: str, category: str) -> tuple[str, str]:
    """The content of a pack with a new rule at its end, and the id of the rule.

    :param identifier: ``None`` for the next free one after the last of the pack.
    :raises RuleError: the pack has a mistake, the id or name is taken, or the language or category is unknown.
    """
    content = ""
    if file.exists():
        try:
            content = file.read_bytes().decode("utf-8-sig").rstrip() + "\n\n"
        except (OSError, UnicodeDecodeError) as error:
            raise RuleError(str(file), None, f"cannot read the pack: {error}") from None
    own = parse_pack(content, str(file)) if content.strip() else []
    if language not in NAMES:
        raise RuleError(str(file), None, f"unknown language {language!r}; languages have their ISO 639-1 codes")
    if category not in CATEGORIES:
        raise RuleError(str(file), None, f"unknown category {category!r}; known: {', '.join(CATEGORIES)}")
    builtin = load_rules(cache=cache_folder()).labels
    ids = {rule.id for rule in own} | {label.id for label in builtin}
    names = {rule.name for rule in own} | {label.name for label in builtin}
    given = identifier or _next(own[-1].id if own else None, ids)
    named = name or _free("own-rule", names)
    for what, value, taken in (("id", given, ids), ("name", named, names)):
        if value in taken:
            raise RuleError(str(file), None, f"the {what} {value!r} is taken; choose another")
    body = _WORKED if not own else _BARE
    added = content + (_HEAD + body).format(
        id=given, name=named, language=language, category=category, lower=given.lower()
    )
    parse_pack(added, str(file))
    return added, given


def _next(last: str | None, taken: set[str]) -> str:
    if last is None:
        return _FIRST
    letters, number = re.fullmatch(r"(.*?)(\d{3})", last).groups()  # type: ignore[union-attr]
    following = int(number) + 1
    while f"{letters}{following:03}" in taken:
        following += 1
    return f"{letters}{following:03}"


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while (candidate := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return candidate
