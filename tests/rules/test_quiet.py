"""Rules are quiet on thousands of good sentences that were written beside calques, many with the same words."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tqcheck import Checker, Settings
from tqcheck.result import Severity

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
pairs = importlib.import_module("models.detector.train.pairs")

MOST = 0.006
"""Share of the sentences in which there may be a warning or an error."""


def test_rules_are_quiet_on_good_sentences() -> None:
    checker = Checker(Settings(lm="off"))
    sentences = [sentence for pair in pairs.read_pairs() for sentence in (pair.right, pair.fine)]
    flagged = [
        (finding.rule, sentence)
        for sentence in sentences
        for finding in checker.check_text(sentence, kind="plain").findings
        if finding.severity >= Severity.WARNING
    ]
    assert len(sentences) > 5000
    assert len(flagged) <= MOST * len(sentences), flagged
