"""Which suggestions a program may put in place of the finding without a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqcheck.result import Finding


def replacements(finding: Finding) -> tuple[str, ...]:
    """The suggestions, or none where the stretch of the original is not what a reader sees.

    In HTML and Markdown the stretch can hold tags and entities, which a
    suggestion would delete. Without the original this shows in the lengths.
    """
    return finding.suggestions if finding.end - finding.start == len(finding.text) else ()
