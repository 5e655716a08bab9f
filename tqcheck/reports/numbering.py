"""Fingerprints that tell findings apart within a document."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqcheck.result import Finding


def numbered(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str, int]]:
    """Each finding of a document with its fingerprint and how often that has come up, from 1.

    The fingerprint stays while the rule and the sentence do, wherever the
    sentence moves. A finding that has none gets one from its rule and its text.
    """
    seen: Counter[str] = Counter()
    for finding in findings:
        fingerprint = finding.fingerprint or _made(finding)
        seen[fingerprint] += 1
        yield finding, fingerprint, seen[fingerprint]


def _made(finding: Finding) -> str:
    return hashlib.sha256(f"{finding.rule}\0{finding.text}".encode("utf-8", "replace")).hexdigest()[:16]
