from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tqcheck import Checker, Settings
from tqcheck.pipeline.run import Run
from tqcheck.pipeline.sources import with_sources
from tqcheck.reports.json_report import dumps, from_json
from tqcheck.result import CheckResult

STORY = "Caf\u00e9 \U0001f680 news.\r\n\r\nMinisters held a telematics summit on Monday.\r\n"
PAGE = "<html><body><p>Ministers &amp; others held a <b>telematics</b> summit on Monday.</p></body></html>"
NOTES = "# News\n\nMinisters held a *telematics* summit on Monday. <!-- tqcheck-ignore XX999 -->\n"


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckResult:
    """Result of three drafts, read back from JSON."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"a.txt": STORY, "b.html": PAGE, "c.md": NOTES}.items():
        Path(name).write_bytes(text.encode())
    checked = Run(Checker(Settings(lm="off"))).check(["a.txt", "b.html", "c.md", "none.txt"])
    assert [len(document.findings) for document in checked.documents] == [1, 1, 2, 0]
    return from_json(dumps(checked))


def test_drafts_that_agree_are_shown(saved: CheckResult) -> None:
    result, without = with_sources(saved)
    assert without == []
    assert [document.source for document in result.documents] == [STORY, PAGE, NOTES, None]


def test_from_another_folder(saved: CheckResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert with_sources(saved)[1] == ["a.txt", "b.html", "c.md"]
    assert with_sources(saved, folder=tmp_path)[1] == []


@pytest.mark.parametrize(
    "changed",
    [
        STORY.replace("\r\n", "\n"),
        STORY.replace("telematics", "Telematics"),
        STORY.replace("Monday", "Monday next"),
        STORY.replace("Monday", "Tuesday"),
        "",
        f"\n{STORY}",
    ],
)
def test_a_draft_that_has_changed_is_not(saved: CheckResult, changed: str) -> None:
    Path("a.txt").write_bytes(changed.encode())
    result, without = with_sources(saved)
    assert without == ["a.txt"]
    assert result.documents[0] == saved.documents[0]


def test_a_page_whose_words_have_changed_is_not(saved: CheckResult) -> None:
    Path("b.html").write_text(PAGE.replace(">telematics<", ">Telematics<"), "utf-8")
    assert with_sources(saved)[1] == ["b.html"]


def test_standard_input_and_unreadable_drafts_are_not(saved: CheckResult) -> None:
    Path("a.txt").write_bytes(b"\xff\xfe\x00")
    piped = replace(saved.documents[0], path="-")
    assert with_sources(replace(saved, documents=(piped, saved.documents[0])))[1] == ["-", "a.txt"]
