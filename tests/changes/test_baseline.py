from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tqcheck import Checker, Settings
from tqcheck.changes.baseline import SCHEMA, Baseline
from tqcheck.errors import SettingsError
from tqcheck.pipeline.run import Run
from tqcheck.result import CheckResult

OLD = "Ministers held a telematics summit on Monday."
NEW = "They will sign it in the best of cases."
Checks = Callable[..., CheckResult]


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(Settings(lm="off"))


@pytest.fixture
def run(checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checks:
    monkeypatch.chdir(tmp_path)

    def made(**files: str) -> CheckResult:
        for name, text in files.items():
            (tmp_path / f"{name}.txt").write_text(text, "utf-8")
        return Run(checker).check([f"{name}.txt" for name in files])

    return made


def file(folder: Path, baseline: Baseline) -> Path:
    path = folder / "baseline.json"
    path.write_text(baseline.dumps(), "utf-8")
    return path


def new(result: CheckResult, baseline: Baseline) -> list[str]:
    left, known = baseline.new(result)
    assert known == len(result.findings) - len(left.findings)
    return [finding.text for finding in left.findings]


def test_what_is_known_is_not_new(run: Checks, tmp_path: Path) -> None:
    result = run(a=f"{OLD}\n", b="Nothing happened on Tuesday.\n")
    baseline = Baseline.read(file(tmp_path, Baseline.of(result, tmp_path / "baseline.json")))
    assert [(entry.path, entry.rule, entry.text) for entry in baseline.entries] == [
        ("a.txt", result.findings[0].rule, "telematics summit")
    ]
    assert new(result, baseline) == []


def test_lines_may_move_and_new_sentences_are_new(run: Checks, tmp_path: Path) -> None:
    baseline = Baseline.of(run(a=f"{OLD}\n"), tmp_path / "baseline.json")
    assert new(run(a=f"A first line.\n\n{OLD} {NEW}\n"), baseline) == ["in the best of cases"]


def test_a_second_sentence_of_the_same_words_is_new(run: Checks, tmp_path: Path) -> None:
    baseline = Baseline.of(run(a=f"{OLD}\n"), tmp_path / "baseline.json")
    assert new(run(a=f"{OLD}\n\n{OLD}\n"), baseline) == ["telematics summit"]


def test_a_changed_sentence_is_new(run: Checks, tmp_path: Path) -> None:
    baseline = Baseline.of(run(a=f"{OLD}\n"), tmp_path / "baseline.json")
    assert new(run(a="Ministers held a telematics summit on Friday.\n"), baseline) == ["telematics summit"]


def test_a_renamed_file_keeps_its_findings_and_a_copy_does_not(run: Checks, tmp_path: Path) -> None:
    baseline = Baseline.of(run(a=f"{OLD}\n"), tmp_path / "baseline.json")
    copied = run(b=f"{OLD}\n")
    assert new(copied, baseline) == ["telematics summit"]
    (tmp_path / "a.txt").unlink()
    assert new(copied, baseline) == []
    assert [entry.path for entry in baseline.pruned(copied).entries] == ["b.txt"]


def test_paths_are_from_the_folder_of_the_file(
    run: Checks, checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(a=f"{OLD}\n")
    (tmp_path / "ci").mkdir()
    path = tmp_path / "baseline.json"
    baseline = Baseline.of(Run(checker).check(["a.txt"]), path)
    monkeypatch.chdir(tmp_path / "ci")
    for way in ("../a.txt", str(tmp_path / "a.txt")):
        assert new(Run(checker).check([way]), baseline) == []


@pytest.mark.parametrize("way", ["site", "link", "../link", "link/../site", "both/link"])
@pytest.mark.parametrize("known", ["site/b.json", "link/b.json", "both/link/b.json"])
def test_links_to_folders_lead_to_the_same_files(
    checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, known: str
) -> None:
    work = tmp_path / "work"
    (work / "site").mkdir(parents=True)
    (work / "site" / "a.txt").write_text(OLD, "utf-8")
    (work / "link").symlink_to("site")
    (work / "both").symlink_to(work)
    (tmp_path / "link").symlink_to(work / "site")
    monkeypatch.chdir(work)
    written = Baseline.of(Run(checker).check(["site/a.txt"]), Path("site/b.json"))
    assert [entry.path for entry in written.entries] == ["a.txt"]
    Path("site/b.json").write_text(written.dumps(), "utf-8")
    result = Run(checker).check([f"{way}/a.txt"])
    baseline = Baseline.read(Path(known))
    assert new(result, baseline) == []
    assert baseline.updated(result) == baseline.pruned(result) == baseline == written


def test_a_baseline_that_names_files_by_a_link_is_understood(run: Checks, checker: Checker, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "link").symlink_to("site")
    (tmp_path / "site" / "a.txt").write_text(OLD, "utf-8")
    (tmp_path / "site" / "b.txt").symlink_to("a.txt")
    run()
    result = Run(checker).check(["site/a.txt", "site/b.txt"])
    told = Baseline.of(result, tmp_path / "baseline.json")
    assert [entry.path for entry in told.entries] == ["site/a.txt", "site/b.txt"]
    path = tmp_path / "baseline.json"
    path.write_text(told.dumps().replace("site/", "link/"), "utf-8")
    assert Baseline.read(path) == told
    assert new(result, Baseline.read(path)) == []


def test_pruning_takes_out_and_never_brings_in(run: Checks, tmp_path: Path) -> None:
    before = Baseline.of(run(a=f"{OLD}\n", b=f"{OLD}\n"), tmp_path / "baseline.json")
    after = before.pruned(run(a=f"{NEW}\n"))
    assert [(entry.path, entry.text) for entry in after.entries] == [("b.txt", "telematics summit")]


def test_updating_brings_in_and_leaves_other_files_alone(run: Checks, tmp_path: Path) -> None:
    before = Baseline.of(run(a=f"{OLD}\n", b=f"{OLD}\n"), tmp_path / "baseline.json")
    after = before.updated(run(a=f"{NEW}\n"))
    assert [(entry.path, entry.text) for entry in after.entries] == [
        ("a.txt", "in the best of cases"),
        ("b.txt", "telematics summit"),
    ]


def test_a_file_that_could_not_be_checked_keeps_its_findings(run: Checks, checker: Checker, tmp_path: Path) -> None:
    before = Baseline.of(run(a=f"{OLD}\n"), tmp_path / "baseline.json")
    (tmp_path / "a.txt").write_bytes(b"\x00\xff\x00")
    broken = Run(checker).check(["a.txt"])
    assert broken.failed
    assert before.pruned(broken).entries == before.entries
    assert before.updated(broken).entries == before.entries


def test_the_file_has_a_line_for_each_finding_and_comes_back(run: Checks, tmp_path: Path) -> None:
    baseline = Baseline.of(run(a=f"{OLD} {NEW} “Zoë’s 🎉” is fine.\n"), tmp_path / "baseline.json")
    text = baseline.dumps()
    assert json.loads(text)["schema"] == SCHEMA
    assert sum('"rule"' in line for line in text.splitlines()) == len(baseline.entries) >= 2
    assert Baseline.read(file(tmp_path, baseline)) == baseline
    assert Baseline.read(file(tmp_path, Baseline(tmp_path))).entries == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a baseline"),
        ("[]", "not a baseline"),
        ('{"schema": "tqcheck-baseline/1", "findings": [{"path": "a"}]}', "not a baseline"),
        (
            '{"schema": "tqcheck-baseline/1", "findings": [{"path": 1, "rule": 2, "fingerprint": 3, "text": 4}]}',
            "no text",
        ),
        ('{"schema": "tqcheck-baseline/9", "findings": []}', "of format 'tqcheck-baseline/9'"),
    ],
)
def test_a_damaged_file_is_an_error(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=reason):
        Baseline.read(path)


def test_a_missing_file_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no such baseline; make it anew with 'tqcheck baseline write'"):
        Baseline.read(tmp_path / "baseline.json")
