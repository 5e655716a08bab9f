from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tqcheck.cache.results import FILE, KeptResults
from tqcheck.config.settings import Settings
from tqcheck.errors import InputError
from tqcheck.files.discovery import Discovery
from tqcheck.pipeline import run as run_module
from tqcheck.pipeline.checker import Checker
from tqcheck.pipeline.run import Given, Run
from tqcheck.reports.json_report import dumps
from tqcheck.result import CheckResult, DocumentResult
from tqcheck.rules.loader import load_rules

OFF = Settings(lm="off")
STORY = "Putin held a telematics summit with Biden on day {}. In the best of cases the port will open. “No, “he said.\n"
FILES = 30


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for number in range(FILES):
        (folder / f"{number:02}.md").write_text(f"# Day {number}\n\n{STORY.format(number)}", "utf-8")
    (folder / "bad.txt").write_bytes(b"caf\xe9")
    (folder / "es.txt").write_text(
        "El ministro dijo el viernes que las conversaciones seguirán adelante. " * 5, "utf-8"
    )
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes even for little text."""
    monkeypatch.setattr(run_module, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(run_module, "_CHUNK_BYTES", 600)
    monkeypatch.setattr(run_module, "_LOOKED_UP", 9)


def plain(paths: Sequence[str | InputError]) -> CheckResult:
    return Run(Checker(OFF)).check(paths, keep_source=True)


@pytest.mark.usefixtures("many")
def test_several_processes_give_the_same_in_the_same_order(site: list[str], tmp_path: Path) -> None:
    inputs = [*site[:10], InputError("folder", "nothing in it"), "none.md", *site[10:]]
    seen: list[str] = []
    kept = KeptResults(tmp_path / "cache")
    expected = plain(inputs)
    for _ in range(2):
        run = Run(Checker(OFF), kept=kept, jobs=2)
        result = run.check(inputs, keep_source=True, done=lambda document: seen.append(document.path))
        assert result == expected
        assert dumps(result) == dumps(expected)
    assert seen == [document.path for document in expected.documents] * 2
    assert run.from_cache == FILES + 1
    assert [one.path for one in result.documents if one.error] == ["folder", "none.md", "bad.txt"]


def test_a_second_run_checks_only_what_has_changed(
    site: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    check = Checker.check_documents

    def watched(self: Checker, group: Sequence[object]) -> list[DocumentResult]:
        results = check(self, group)  # type: ignore[arg-type]
        checked.extend(one.path for one in results)
        return results

    monkeypatch.setattr(Checker, "check_documents", watched)

    def again(paths: Sequence[str], settings: Settings = OFF) -> CheckResult:
        checked.clear()
        return Run(Checker(settings), kept=KeptResults(tmp_path / "cache")).check(paths, keep_source=True)

    first = again(site)
    assert checked == site
    assert again(site) == first
    # What could not be read is tried again.
    assert checked == ["bad.txt"]
    Path("03.md").write_text("Something new was said on Friday by the minister.\n", "utf-8")
    Path("04.md").rename("moved.md")
    result = again(["03.md", "moved.md"])
    assert checked == ["03.md"]
    assert [(one.path, len(one.findings)) for one in result.documents] == [("03.md", 0), ("moved.md", 3)]
    Path("moved.md").rename("moved.txt")
    again(["moved.txt"])
    assert checked == ["moved.txt"]
    again(["05.md"], Settings(lm="off", disable=("quotes",)))
    assert checked == ["05.md"]


@pytest.mark.usefixtures("many", "site")
@pytest.mark.parametrize("jobs", [1, 2])
def test_each_file_is_checked_by_its_settings(jobs: int, tmp_path: Path) -> None:
    quiet = Settings(lm="off", disable=("quotes",))

    def settings_of(path: str) -> Settings:
        return quiet if path.startswith("1") else OFF

    kept = KeptResults(tmp_path / "cache")
    paths = ["09.md", "10.md", "11.md", "20.md"]
    for _ in range(2):
        result = Run(Checker(OFF), settings_of, kept=kept, jobs=jobs).check(paths)
        assert [len(one.findings) for one in result.documents] == [3, 2, 2, 3]
        assert result.signature.settings not in (f"sha256:{one.sha256()}" for one in (OFF, quiet))
        assert result.signature == Run(Checker(OFF), settings_of).check(paths).signature
    assert Run(Checker(OFF), settings_of).check(["09.md"]).signature.settings == f"sha256:{OFF.sha256()}"


def test_content_can_be_given(tmp_path: Path) -> None:
    data = "\ufeffIt was a telematics summit.\r\n".encode()
    kept = KeptResults(tmp_path / "cache")
    for _ in range(2):
        result = Run(Checker(OFF), kept=kept).check([Given("in.md", data), Given("-", b"\xff")], keep_source=True)
        assert result.documents[0].source == "It was a telematics summit.\r\n"
        assert [(one.start, one.text) for one in result.documents[0].findings] == [(9, "telematics summit")]
        assert "not UTF-8" in str(result.documents[1].error)


def test_content_that_is_given_has_a_limit_too() -> None:
    small = Settings(lm="off", max_bytes=10)
    result = Run(Checker(small)).check([Given("in.md", b"x" * 11), Given("in.md", b"x" * 10)])
    assert "over the limit of 10 bytes" in str(result.documents[0].error)
    assert result.documents[1].error is None


@pytest.mark.usefixtures("many")
def test_a_process_that_dies_takes_no_result_with_it(site: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    check, parent = Checker.check_documents, os.getpid()

    def dying(self: Checker, group: Sequence[object]) -> list[DocumentResult]:
        if os.getpid() != parent and any(getattr(one, "path", "") == "07.md" for one in group):
            os.kill(os.getpid(), signal.SIGKILL)
        return check(self, group)  # type: ignore[arg-type]

    monkeypatch.setattr(Checker, "check_documents", dying)
    assert Run(Checker(OFF), jobs=2).check(site, keep_source=True) == plain(site)


def test_a_damaged_cache_costs_time_alone(site: list[str], tmp_path: Path) -> None:
    expected = plain(site)
    kept = KeptResults(tmp_path / "cache")
    Run(Checker(OFF), kept=kept).check(site)
    kept.close()
    path = tmp_path / "cache" / FILE
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 211):
        data[at] ^= 0x5A
    path.write_bytes(data)
    assert Run(Checker(OFF), kept=KeptResults(tmp_path / "cache")).check(site, keep_source=True) == expected


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked for in /proc")
def test_a_run_that_is_killed_leaves_no_process_and_a_usable_cache(site: list[str], tmp_path: Path) -> None:
    for number in range(60):
        Path(f"long{number:02}.md").write_text(STORY.format(number) * 120, "utf-8")
    cache = tmp_path / "cache"
    load_rules(cache=cache)  # Compiling them here takes less time than in the first process.
    command = [sys.executable, "-m", "tqcheck", "check", "--no-lm", "-q", "--jobs", "2", "-f", "json=out.json", "."]
    environment = os.environ | {"TQCHECK_CACHE": str(cache)}
    subprocess.run([*command[:-1], "00.md"], env=environment, check=False)
    Path("out.json").unlink()
    for wait in (0.3, 0.8):
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        time.sleep(wait)
        process.kill()
        process.wait()
        group = process.pid
        end = time.monotonic() + 20
        while (left := _of_session(group)) and time.monotonic() < end:
            time.sleep(0.05)
        assert left == []
        assert not Path("out.json").exists()
    done = subprocess.run(command, env=environment, check=False)
    assert done.returncode == 2  # bad.txt
    result = Run(Checker(OFF)).check(sorted(path.name for path in Path().glob("*.md")))
    assert Path("out.json").read_text("utf-8").count('"rule"') == len(result.findings)


def _of_session(session: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(folder.name))
    return found


@pytest.mark.usefixtures("many", "site")
def test_odd_files_are_told_and_the_rest_is_checked(tmp_path: Path) -> None:
    odd = ["new\nline.md", os.fsdecode(b"caf\xe9.md"), "blank .md", "empty.md", "🙂.md"]
    for name in odd:
        try:
            Path(name).write_text("" if name == "empty.md" else STORY, "utf-8")
        except OSError:
            pytest.skip(f"this file system has no {name!r}")
    Path("circle.md").symlink_to("circle.md")
    Path("gone.md").symlink_to("nowhere.md")
    os.mkfifo("pipe.txt")
    Path("up").symlink_to(Path.cwd(), target_is_directory=True)
    inputs = list(Discovery().find(["."]))
    # Between the walk and the check.
    Path("01.md").unlink()
    kept = KeptResults(tmp_path / "cache")
    for _ in range(2):
        result = Run(Checker(OFF), kept=kept, jobs=2).check(inputs, keep_source=True)
        assert [document.path for document in result.documents] == inputs
        failed = {document.path: str(document.error) for document in result.documents if document.error}
        assert set(failed) == {"01.md", "bad.txt", "circle.md", "gone.md"}
        assert "no such file" in failed["01.md"]
        assert "does not exist" in failed["gone.md"]
        found = {document.path: len(document.findings) for document in result.documents}
        assert [found[name] for name in odd] == [3, 3, 3, 0, 3]


def test_the_old_name_still_checks_files_and_says_what_to_use(site: list[str]) -> None:
    with pytest.warns(DeprecationWarning, match=r"use tqcheck\.check_files"):
        found = Checker(OFF).check_files(site, keep_source=True)
    assert dumps(found) == dumps(plain(site))
