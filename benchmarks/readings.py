"""Readings of findings, as a copy editor reads them, and how far two readers agree.

They are kept in ``precision.json`` by rule, document and sentence, so that a
report can be made again after rules or weights change.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

Reading = Literal["fault", "taste", "false"]
READINGS: tuple[Reading, ...] = get_args(Reading)
READERS = 2
FILE = Path(__file__).with_name("precision.json")
AROUND = 300
"""Characters to either side of a finding that a reader is given."""


def key_of(rule: str, document: str, unit: str) -> str:
    """The same as long as the rule, the document and the sentence are."""
    return hashlib.sha256(f"{rule}\0{document}\0{unit}".encode()).hexdigest()[:16]


def readings() -> dict[str, list[Reading]]:
    """What has been read, by key."""
    if not FILE.exists():
        return {}
    found: dict[str, list[Reading]] = json.loads(FILE.read_text("utf-8"))
    return found


def add(path: Path) -> None:
    """Keep the readings of a file: lines of JSON with ``key`` and ``reading``."""
    kept = readings()
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["reading"] not in READINGS:
            raise SystemExit(f"{path}: {row['key']}: no such reading: {row['reading']!r}")
        kept.setdefault(row["key"], []).append(row["reading"])
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(kept[key])}" for key in sorted(kept))
    FILE.write_text(f"{{\n{lines}\n}}\n", "utf-8")


def write_unread(path: Path, told: Sequence[Mapping[str, object]]) -> None:
    """What is to be read, a line of JSON each, in a random order."""
    lines = [json.dumps(one, ensure_ascii=False) for one in told]
    random.Random(5).shuffle(lines)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def pair_of(kept: Mapping[str, Sequence[Reading]], key: str) -> tuple[Reading, Reading] | None:
    """The first two readings of a key; ``None`` where there are fewer."""
    found = kept.get(key, ())
    return None if len(found) < READERS else (found[0], found[1])


def by_both(pairs: Sequence[tuple[Reading, Reading]], reading: Reading) -> int:
    """How many findings both readers call that."""
    return sum(pair == (reading, reading) for pair in pairs)


def with_interval(hits: int, of: int) -> str:
    """A share with its 95 % interval, as reports tell it."""
    low, high = interval(hits, of)
    return f"{hits / of:.0%} ({low:.0%}–{high:.0%})"


def interval(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson)."""
    z = 1.96
    centre = (hits + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * math.sqrt(hits * (of - hits) / of + z * z / 4)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def agreement(pairs: Sequence[tuple[Reading, Reading]]) -> float:
    """Share of the findings of which two readers say the same."""
    return sum(one == other for one, other in pairs) / len(pairs)


def kappa(pairs: Sequence[tuple[Reading, Reading]]) -> float:
    """Cohen's kappa of two readers."""
    first, second = (Counter(pair[reader] for pair in pairs) for reader in (0, 1))
    chance = sum(first[one] * second[one] for one in READINGS) / len(pairs) ** 2
    return (agreement(pairs) - chance) / (1 - chance) if chance < 1 else 1.0
