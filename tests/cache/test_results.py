from __future__ import annotations

import os
from pathlib import Path

import pytest

from tqcheck.cache.results import KeptResults, key_of, made_by, pack, unpack
from tqcheck.config.settings import Settings
from tqcheck.pipeline.checker import Checker
from tqcheck.result import (
    DocumentResult,
    DroppedCandidate,
    Finding,
    Fluency,
    SentenceResult,
    Severity,
    SourceLanguage,
    Verdict,
    WordResult,
)

FINDING = Finding(
    "ES014", "telematic-meeting", "false-friend", Severity.WARNING, 3, 20, 1, 4, 2, 5, "telematics summit 🙂", "It is.",
    ("virtual summit", ""), ("es", "it"), "cumbre", 1 / 3, 0.1 + 0.2, "abc",
)  # fmt: skip
RESULTS = [
    DocumentResult("a.md"),
    DocumentResult("a.md", "es", "the text is in Spanish; tqcheck checks English", 12),
    DocumentResult(
        "a.md",
        "en",
        None,
        12,
        Fluency(1 / 3, 7.9),
        Verdict(0.91, "likely", (SourceLanguage("es", 0.8),), ("so", "say")),
        (SentenceResult(0, 5, 1e-9, None, (WordResult(0, 2, 1.5, True, ("a", "b")),)), SentenceResult(6, 9)),
        (FINDING,),
        None,
        None,
        (DroppedCandidate(FINDING, None), DroppedCandidate(FINDING, 2.5)),
        ("only a part was scored",),
    ),
]


@pytest.mark.parametrize("result", RESULTS)
def test_a_result_comes_back_as_it_was(result: DocumentResult) -> None:
    found = unpack(pack(result), "b/c.md", "the source")
    assert found.path == "b/c.md"
    assert found.source == "the source"
    assert unpack(pack(result), result.path, None) == result


def test_a_result_of_a_check_comes_back_as_it_was() -> None:
    text = "Putin held a telematics summit with Biden. “It is a fact, “he said.  It is in the best of cases late."
    result = Checker(Settings(lm="off")).check_text(text, path="a.md")
    assert result.findings
    assert unpack(pack(result), "a.md", result.source) == result


def test_keys_part_what_differs() -> None:
    keys = {
        key_of(basis, suffix, data)
        for basis in ("a", "b")
        for suffix in (".md", ".txt", "")
        for data in (b"", b"a", b".mda")
    }
    assert len(keys) == 18
    assert key_of("a", ".MD", b"x") == key_of("a", ".md", b"x")


def test_what_is_kept_is_there_for_the_next_run(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "cache")
    kept.put({b"key": pack(RESULTS[2])})
    kept.close()
    assert unpack(KeptResults(tmp_path / "cache").get([b"key", b"other"])[b"key"], "a.md", None) == RESULTS[2]


def test_the_basis_is_the_same_for_equal_settings_only() -> None:
    first, second, other = (Checker(Settings(lm="off", accept=accept)) for accept in ((), (), ("x",)))
    assert first.basis() == second.basis() != other.basis()


def test_a_changed_program_has_another_sum(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.py").write_text("a = 1", "utf-8")
    sums = [made_by.__wrapped__(tmp_path)]
    (tmp_path / "deep" / "__pycache__").mkdir()
    (tmp_path / "deep" / "__pycache__" / "a.pyc").write_text("x", "utf-8")
    assert made_by.__wrapped__(tmp_path) == sums[0]
    (tmp_path / "deep" / "a.py").write_text("a = 12", "utf-8")
    sums.append(made_by.__wrapped__(tmp_path))
    os.utime(tmp_path / "deep" / "a.py", ns=(1, 1))
    sums.append(made_by.__wrapped__(tmp_path))
    assert len(set(sums)) == 3
