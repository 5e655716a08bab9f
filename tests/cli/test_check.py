"""The command as a user runs it: a process with files, pipes and exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tqcheck.reports.json_report import schema

STORY = "Ministers held a telematics summit on Monday.\n\nThey will sign it in the best of cases.\n"
CLEAN = "Ministers held a video call on Monday. They will sign the treaty next week.\n"
SPANISH = "El ministro dijo el viernes que las negociaciones seguirán una semana más en la capital del país.\n"


def tqcheck(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "tqcheck", *map(str, arguments)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    return path


def test_exit_codes(story: Path, tmp_path: Path) -> None:
    clean = tmp_path / "clean.txt"
    clean.write_text(CLEAN, "utf-8")
    assert tqcheck("check", "--no-lm", clean).returncode == 0
    assert tqcheck("check", "--no-lm", story).returncode == 1
    assert tqcheck("check", "--no-lm", "--fail-on", "error", story).returncode == 0
    assert tqcheck("check", "--no-lm", "--fail-on", "never", story).returncode == 0
    assert tqcheck("check", "--no-lm", "--exit-zero", story).returncode == 0
    assert tqcheck("check", "--no-lm", "--exit-zero", story, tmp_path / "none.txt").returncode == 2
    assert tqcheck("check", "--nonsense").returncode == 2
    assert tqcheck("check").returncode == 2


def test_reports_for_people(story: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = tqcheck("check", "--no-lm", "--format", "html", "-o", page, story)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "held a <mark" in page.read_text("utf-8")
    done = tqcheck("check", "--no-lm", "--format", "markdown", story)
    assert done.returncode == 1
    assert b"| 1:18 | warning | telematics summit \xe2\x86\x92 <b>virtual summit</b>" in done.stdout


def test_json_fits_the_published_schema(story: Path) -> None:
    done = tqcheck("check", "--no-lm", "--format", "json", story)
    report = json.loads(done.stdout)
    jsonschema.validate(report, schema())
    (document,) = report["documents"]
    assert [finding["text"] for finding in document["findings"]] == ["telematics summit", "in the best of cases"]
    assert all(STORY[one["start"] : one["end"]] == one["text"] for one in document["findings"])
    assert report["signature"]["model"] is None
    assert done.stderr == b""


def test_output_is_byte_identical(story: Path) -> None:
    first, second = (tqcheck("check", "--no-lm", "-f", "json", story).stdout for _ in range(2))
    assert first == second


def test_the_terminal_report_is_plain_when_piped(story: Path) -> None:
    done = tqcheck("check", "--no-lm", story)
    text = done.stdout.decode()
    assert "\x1b" not in text
    assert "telematics summit" in text
    assert "virtual summit" in text
    colored = tqcheck("check", "--no-lm", "--color", "always", story).stdout.decode()
    assert "\x1b[" in colored


def test_standard_input(story: Path) -> None:
    done = tqcheck("check", "--no-lm", "-f", "line", "-", stdin=STORY.encode())
    assert done.stdout.decode().startswith("-:1:18:")
    named = tqcheck(
        "check", "--no-lm", "-f", "json", "--stdin-filename", "x.md", "-", stdin=b"A `telematics summit` was held.\n"
    )
    (document,) = json.loads(named.stdout)["documents"]
    assert (document["path"], document["findings"]) == ("x.md", [])


def test_folders_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.txt").write_text(STORY, "utf-8")
    (tmp_path / "a" / "two.md").write_text(CLEAN, "utf-8")
    (tmp_path / "a" / "three.png").write_bytes(b"\x89PNG")
    report = json.loads(tqcheck("check", "--no-lm", "-f", "json", "a", cwd=tmp_path).stdout)
    assert [Path(document["path"]).name for document in report["documents"]] == ["one.txt", "two.md"]
    report = json.loads(tqcheck("check", "--no-lm", "-f", "json", "**/*.txt", cwd=tmp_path).stdout)
    assert [Path(document["path"]).name for document in report["documents"]] == ["one.txt"]


def bad_inputs(folder: Path) -> dict[str, str]:
    """Bad inputs by path, with a part of the message each must give."""
    (folder / "empty-folder").mkdir()
    (folder / "latin1.txt").write_bytes("Situación".encode("latin-1"))
    (folder / "binary.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    (folder / "nul.txt").write_bytes(b"The minister\x00 said.")
    (folder / "surrogate.txt").write_bytes(b"The minister \xed\xa0\x80 said.")
    (folder / "half.txt").write_bytes(b"\xff\xfe\x00\xd8a\x00")
    return {
        "missing.txt": "no such file",
        "empty-folder": "empty-folder",
        "latin1.txt": "offset 7",
        "binary.txt": "binary.txt",
        "nul.txt": "NUL",
        "surrogate.txt": "offset 13",
        "half.txt": "half.txt",
    }


def test_bad_inputs_each_get_a_message_and_the_good_file_its_report(story: Path, tmp_path: Path) -> None:
    expected = bad_inputs(tmp_path)
    done = tqcheck("check", "--no-lm", "-f", "json", *expected, "story.txt", cwd=tmp_path)
    assert done.returncode == 2
    errors = done.stderr.decode().splitlines()
    for path, reason in expected.items():
        (line,) = [line for line in errors if f" {path}" in line]
        assert reason.lower() in line.lower()
    documents = {document["path"]: document for document in json.loads(done.stdout)["documents"]}
    assert len(documents["story.txt"]["findings"]) == 2
    assert all(documents[path]["error"] for path in expected)
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(story: Path) -> None:
    story.chmod(0)
    done = tqcheck("check", "--no-lm", story)
    assert done.returncode == 2
    assert b"permission" in done.stderr.lower()


def test_empty_and_tiny_files_are_fine(tmp_path: Path) -> None:
    for name, content in {"empty.txt": b"", "bom.txt": b"\xef\xbb\xbf", "five.txt": b"A text of five words"}.items():
        (tmp_path / name).write_bytes(content)
    done = tqcheck("check", "--no-lm", "-f", "json", "empty.txt", "bom.txt", "five.txt", cwd=tmp_path)
    assert done.returncode == 0
    assert [document["words"] for document in json.loads(done.stdout)["documents"]] == [0, 0, 5]


def test_a_text_in_spanish_is_skipped_with_exit_0(tmp_path: Path) -> None:
    (tmp_path / "es.txt").write_text(SPANISH, "utf-8")
    done = tqcheck("check", "--no-lm", "-f", "json", "es.txt", cwd=tmp_path)
    assert done.returncode == 0
    assert b"Spanish" in done.stderr
    (document,) = json.loads(done.stdout)["documents"]
    assert (document["language"], document["findings"]) == ("es", [])
    assert "Spanish" in document["skipped"]


def test_a_named_encoding(tmp_path: Path) -> None:
    (tmp_path / "latin1.txt").write_bytes("The café held a telematics summit.".encode("latin-1"))
    done = tqcheck("check", "--no-lm", "-f", "line", "--encoding", "latin-1", "latin1.txt", cwd=tmp_path)
    assert b"latin1.txt:1:17:" in done.stdout
    wrong = tqcheck("check", "--no-lm", "--encoding", "latin-99", "latin1.txt", cwd=tmp_path)
    assert wrong.returncode == 2
    assert b"latin-99" in wrong.stderr


def test_too_large_a_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(100_000_000)
    done = tqcheck("check", "--no-lm", "large.txt", cwd=tmp_path)
    assert done.returncode == 2
    assert b"--max-size" in done.stderr


def test_a_pack_with_a_mistake_names_its_line(story: Path, tmp_path: Path) -> None:
    pack = tmp_path / "mine.toml"
    pack.write_text('[[rule]]\nid = "MY001"\nnme = "x"\n', "utf-8")
    done = tqcheck("check", "--no-lm", "--pack", pack, story)
    assert done.returncode == 2
    assert f"{pack}:3:" in done.stderr.decode()
    assert done.stdout == b""


def test_a_report_file_appears_whole_or_not_at_all(story: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    done = tqcheck("check", "--no-lm", "-f", "json", "--output", target, story)
    assert (done.returncode, done.stdout) == (1, b"")
    json.loads(target.read_text("utf-8"))
    nowhere = tqcheck("check", "--no-lm", "--output", tmp_path / "none" / "report.json", story)
    assert nowhere.returncode == 2
    assert b"could not be written" in nowhere.stderr


def test_the_report_never_overwrites_a_draft(story: Path) -> None:
    done = tqcheck("check", "--no-lm", "--output", story, story)
    assert done.returncode == 2
    assert story.read_text("utf-8") == STORY


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk(story: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tqcheck", "check", "--no-lm", str(story)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert b"could not be written" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_messages_that_cannot_be_written(story: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tqcheck", "check", "--no-lm", "-q", "-f", "line", str(story), "nosuch"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, cwd=tmp_path, check=False)
        version = subprocess.run(
            [sys.executable, "-m", "tqcheck", "--version"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert b"telematic-meeting" in done.stdout
    assert (version.returncode, version.stderr) == (2, b"tqcheck: error: No space left on device\n")


@pytest.mark.slow
def test_a_cache_that_is_in_the_way(story: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", "utf-8")
    assert tqcheck("check", "--no-lm", story, TQCHECK_CACHE=str(blocked)).returncode == 1


def test_contradicting_options(story: Path) -> None:
    done = tqcheck("check", "--no-lm", "--require-model", story)
    assert done.returncode == 2
    assert b"contradicts" in done.stderr


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text(STORY * 2000, "utf-8")
    command = f"{sys.executable} -m tqcheck check --no-lm long.txt | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


def test_explain_and_rules() -> None:
    page = tqcheck("explain", "ES014").stdout.decode()
    by_name = tqcheck("explain", page.split()[1]).stdout.decode()
    assert page == by_name
    for part in ("## Flagged", "## When it is fine", "Source:"):
        assert part in page
    assert tqcheck("explain", "XX999").returncode == 2
    listed = tqcheck("rules", "--language", "ru").stdout.decode()
    assert "RU0" in listed


def test_version() -> None:
    done = tqcheck("--version")
    assert (done.returncode, done.stdout.decode().split()[0]) == (0, "tqcheck")


def test_words_are_a_flag_a_setting_and_a_variable(story: Path, tmp_path: Path) -> None:
    plain = json.loads(tqcheck("check", "--no-lm", "-f", "json", story).stdout)
    (tmp_path / "tqcheck.toml").write_text("words = true\n", "utf-8")
    asked = [
        tqcheck("check", "--no-lm", "--words", "-f", "json", story),
        tqcheck("check", "--no-lm", "-f", "json", story, cwd=tmp_path),
        tqcheck("check", "--no-lm", "-f", "json", story, TQCHECK_WORDS="yes"),
    ]
    reports = [json.loads(done.stdout) for done in asked]
    assert reports[0]["signature"] == reports[1]["signature"] == reports[2]["signature"] != plain["signature"]
    # Without a model there is nothing to say about words.
    assert [report["documents"] for report in reports] == [plain["documents"]] * 3
    refused = json.loads(tqcheck("check", "--no-lm", "--no-words", "-f", "json", story, cwd=tmp_path).stdout)
    assert refused == plain


def test_verbose_says_what_is_used(story: Path, tmp_path: Path) -> None:
    (tmp_path / "tqcheck.toml").write_text('disable = ["wordiness"]\n', "utf-8")
    done = tqcheck("check", "--no-lm", "--no-keep-results", "-v", "-f", "line", "story.txt", cwd=tmp_path)
    lines = done.stderr.decode().splitlines()
    assert lines[0].endswith("tqcheck.toml")
    assert re.fullmatch(r"tqcheck: rules: [\d,]+ of [\d,]+ run", lines[1])
    assert lines[2:] == ["tqcheck: story.txt: words 16, findings 2", "tqcheck: language model: none"]
    assert tqcheck("check", "--no-lm", "-v", "-q", story).returncode == 2


def test_timings_by_stage(story: Path) -> None:
    done = tqcheck("check", "--no-lm", "--timings", "-q", "-f", "line", story)
    number = r"\d+\.\d\d"
    expected = rf"tqcheck: seconds: cache {number}, reading {number}, rules {number}, model 0\.00, report {number}\n"
    assert re.fullmatch(expected, done.stderr.decode())
    assert done.returncode == 1
