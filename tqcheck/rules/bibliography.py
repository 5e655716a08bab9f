"""The works that rules cite, with the full reference of each: ``bibliography.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

OWN_OBSERVATION = "own observation: "
"""What a citation begins with where nothing in print can be shown."""


@dataclass(frozen=True, slots=True)
class Work:
    """A dictionary, grammar, style guide, law or page: the short name it is cited by, how a place in it is told,
    and its full reference."""

    cite: str
    kind: str
    reference: str


@lru_cache(maxsize=1)
def works() -> Mapping[str, Work]:
    """Every known work by its short name."""
    text = resources.files("tqcheck.rules").joinpath("bibliography.toml").read_text("utf-8")
    return {table["cite"]: Work(**table) for table in tomllib.loads(text)["work"]}


def citations(source: str) -> list[tuple[Work | None, str]]:
    """What a rule's source cites, in order: the work and the place in it, or no work and all that is said."""
    found: list[tuple[Work | None, str]] = []
    for citation in source.split("; "):
        names = [name for name in works() if citation == name or citation.startswith(f"{name}, ")]
        if names:
            name = max(names, key=len)
            found.append((works()[name], citation[len(name) + 2 :]))
        else:
            found.append((None, citation))
    return found
