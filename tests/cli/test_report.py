"""Saved results made into reports, and several reports at once, by processes as a user runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tqcheck.reports import FORMATS

STORY = (
    "Caf\u00e9 \U0001f680 news.\r\n\r\nMinisters held a telematics summit on Monday.\r\n\r\n"
    "The delegations will meet again at 18h30 in the capital.\r\n"
)


def tqcheck(*arguments: str, cwd: Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "tqcheck", *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        cwd=cwd,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft with a warning and an error, and its result in every format, made by one run."""
    folder: Path = tmp_path_factory.mktemp("made")
    (folder / "a b.txt").write_bytes(STORY.encode())
    targets = [part for name in FORMATS for part in ("--format", f"{name}=checked.{name}")]
    done = tqcheck("check", "--no-lm", *targets, "a b.txt", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of that folder for one test."""
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True)


def test_one_run_makes_several_reports_that_can_be_read(folder: Path) -> None:
    text = {name: (folder / f"checked.{name}").read_text("utf-8") for name in FORMATS}
    assert len(json.loads(text["sarif"])["runs"][0]["results"]) == 2
    assert len(json.loads(text["gitlab"])) == len(json.loads(text["rdjson"])["diagnostics"]) == 2
    assert ElementTree.fromstring(text["junit"]).attrib["failures"] == "2"
    assert len(ElementTree.fromstring(text["checkstyle"])[0]) == 2
    assert text["github"].count("\n") == text["line"].count("\n") == 2
    assert text["statistics"].splitlines()[-1] == "2 findings by 2 rules"
    assert '"markdown": "# ES014' in text["sarif"]
    assert text["html"].count("<mark ") == 2
    assert text["markdown"].startswith("## tqcheck: 1 error, 1 warning\n")


def test_a_saved_result_makes_the_same_reports(folder: Path) -> None:
    targets = [part for name in FORMATS for part in ("--format", f"{name}=again.{name}")]
    done = tqcheck("report", "checked.json", *targets, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    for name in FORMATS:
        assert (folder / f"again.{name}").read_bytes() == (folder / f"checked.{name}").read_bytes(), name


def test_the_default_is_the_terminal_report(folder: Path) -> None:
    shown = tqcheck("report", "checked.json", cwd=folder)
    assert shown.stdout == (folder / "checked.terminal").read_bytes()
    piped = tqcheck("report", "-", stdin=(folder / "checked.json").read_bytes(), cwd=folder)
    assert piped.stdout == shown.stdout
    assert tqcheck("report", "checked.json", "-o", "x.txt", cwd=folder).stdout == b""
    assert (folder / "x.txt").read_bytes() == shown.stdout


def test_a_draft_that_has_changed_is_reported_without_its_lines(folder: Path) -> None:
    (folder / "a b.txt").write_bytes(STORY.replace("Monday", "Friday last").encode())
    done = tqcheck("report", "checked.json", cwd=folder)
    assert done.returncode == 1
    assert b"a b.txt: not here as it was checked" in done.stderr
    assert b"telematics summit" in done.stdout
    assert b"Ministers" not in done.stdout
    assert tqcheck("report", "checked.json", "--quiet", cwd=folder).stderr == b""
    page = tqcheck("report", "checked.json", "-f", "html", cwd=folder).stdout
    assert b"telematics summit" in page
    assert b"was not at hand" in page
    assert b"Ministers" not in page
    ranges = json.loads(tqcheck("report", "checked.json", "-f", "rdjson", cwd=folder).stdout)["diagnostics"]
    assert ranges[0]["location"]["range"] == {"start": {"line": 3}, "end": {"line": 3}}


@pytest.mark.parametrize(
    ("options", "code", "findings"),
    [
        ((), 1, 2),
        (("--show", "error"), 1, 1),
        (("--fail-on", "never"), 0, 2),
        (("--exit-zero",), 0, 2),
        (("--max-findings", "1", "--fail-on", "error"), 1, 1),
    ],
)
def test_levels_and_exit_codes_are_those_of_check(
    folder: Path, options: tuple[str, ...], code: int, findings: int
) -> None:
    for command in (("report", "checked.json"), ("check", "--no-lm", "a b.txt")):
        done = tqcheck(*command, *options, "-f", "json", cwd=folder)
        (document,) = json.loads(done.stdout)["documents"]
        assert (done.returncode, len(document["findings"])) == (code, findings)


def test_a_result_with_a_failed_document_gives_2(folder: Path) -> None:
    done = tqcheck("check", "--no-lm", "-f", "json=r.json", "a b.txt", "none.txt", cwd=folder)
    assert done.returncode == 2
    assert tqcheck("report", "r.json", "--exit-zero", cwd=folder).returncode == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"A story.", "not JSON"),
        (b"[]", "not a tqcheck report"),
        (b'{"schema": "tqcheck-report/2"}', 'the schema is "tqcheck-report/2"'),
        (b'{"schema": "tqcheck-report/1"}', "the field 'signature' is missing"),
    ],
)
def test_other_files_are_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "r.json").write_bytes(content)
    for arguments, stdin, name in ((("r.json",), None, "r.json"), (("-",), content, "standard input")):
        done = tqcheck("report", *arguments, "-f", "sarif=r.sarif", cwd=tmp_path, stdin=stdin)
        (line,) = done.stderr.decode().splitlines()
        assert (done.returncode, done.stdout) == (2, b"")
        assert line.startswith(f"tqcheck: error: {name}: ")
        assert reason in line
    assert not (tmp_path / "r.sarif").exists()


def test_files_that_cannot_be_read_or_written_over(folder: Path) -> None:
    for arguments, reason in {
        ("none.json",): b"none.json: cannot be read: No such file",
        (".",): b"cannot be read: Is a directory",
        ("checked.json", "-o", "checked.json"): b"the terminal report would overwrite checked.json",
        ("checked.json", "-o", "a b.txt"): b"the terminal report would overwrite a b.txt",
        ("checked.json", "-f", "sarif=no/x"): b"no/x: the report could not be written",
    }.items():
        done = tqcheck("report", *arguments, cwd=folder)
        assert done.returncode == 2
        assert reason in done.stderr
    assert (folder / "a b.txt").read_bytes() == STORY.encode()


def test_a_report_that_cannot_be_written_does_not_stop_the_others(folder: Path) -> None:
    for command in (("report", "checked.json"), ("check", "--no-lm", "a b.txt")):
        done = tqcheck(
            *command, "--exit-zero", "-f", "sarif=no/x", "-f", "html=no/y", "-f", "json=z", "-f", "line", cwd=folder
        )
        assert done.returncode == 2
        assert done.stdout == (folder / "checked.line").read_bytes()
        assert (folder / "z").read_bytes() == (folder / "checked.json").read_bytes()
        first, second = done.stderr.decode().splitlines()
        assert re.match("tqcheck: error: .*no/x: the report could not be written: No such file", first)
        assert re.match("tqcheck: error: .*no/y: the report could not be written: No such file", second)
        (folder / "z").unlink()


def test_a_report_is_not_written_over_a_draft_found_in_a_folder(folder: Path) -> None:
    done = tqcheck("check", "--no-lm", "--format", "line=a b.txt", ".", cwd=folder)
    assert done.returncode == 2
    assert b"the line report would overwrite" in done.stderr
    assert (folder / "a b.txt").read_bytes() == STORY.encode()


def test_findings_left_out_are_announced(folder: Path) -> None:
    done = tqcheck("check", "--no-lm", "--max-findings", "1", "-f", "line", "a b.txt", cwd=folder)
    assert b"error NU" in done.stdout
    assert done.stdout.splitlines()[-1] == b"tqcheck: 1 more finding was left out of this report"
    assert done.stderr == b"tqcheck: 1 more finding was left out of this report\n"
    assert tqcheck("check", "--no-lm", "--max-findings", "1", "-q", "a b.txt", cwd=folder).stderr == b""


def test_statistics(folder: Path) -> None:
    done = tqcheck("check", "--no-lm", "--statistics", "a b.txt", cwd=folder)
    assert (done.returncode, done.stdout) == (1, (folder / "checked.statistics").read_bytes())
    both = tqcheck("check", "--no-lm", "--statistics", "-f", "json", "a b.txt", cwd=folder)
    assert both.returncode == 2
    assert b"json and statistics would both go to standard output" in both.stderr


def test_a_link_to_a_report_stays_and_a_pipe_is_written_to(folder: Path) -> None:
    (folder / "link.txt").symlink_to("target.txt")
    assert tqcheck("report", "checked.json", "-f", "line=link.txt", cwd=folder).returncode == 1
    assert (folder / "link.txt").is_symlink()
    assert (folder / "target.txt").read_bytes() == (folder / "checked.line").read_bytes()
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=folder, stdout=subprocess.PIPE) as reader:
        assert tqcheck("report", "checked.json", "-f", "line=pipe", cwd=folder).returncode == 1
        assert reader.communicate(timeout=30)[0] == (folder / "checked.line").read_bytes()
    assert (folder / "pipe").is_fifo()


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="this system has no /dev/fd")
def test_what_another_process_reads_is_written_to(folder: Path) -> None:
    done = tqcheck("report", "checked.json", "-f", "line=/dev/stdout", cwd=folder)
    assert (done.returncode, done.stdout) == (1, (folder / "checked.line").read_bytes())


def test_without_standard_output_or_error(folder: Path) -> None:
    def closed(stream: str) -> subprocess.CompletedProcess[bytes]:
        command = f'"{sys.executable}" -m tqcheck check --no-lm -f line "a b.txt" {stream}>&-'
        return subprocess.run(["sh", "-c", command], capture_output=True, cwd=folder, check=False)

    done = closed("1")
    assert done.returncode == 2
    assert b"there is no standard output; name a file" in done.stderr
    done = closed("2")
    assert (done.returncode, done.stdout) == (1, (folder / "checked.line").read_bytes())


def test_drafts_are_read_as_their_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / "x.txt").write_bytes("Café owners held a telematics summit on Monday.\n".encode("latin-1"))
    (tmp_path / "page.txt").write_text("<p>They held a <b>telematics</b> summit &amp; left on Monday.</p>\n", "utf-8")
    (tmp_path / "tqcheck.toml").write_text(
        'root = true\n[[overrides]]\nfiles = ["latin/**"]\nencoding = "latin-1"\n'
        '[[overrides]]\nfiles = ["page.txt"]\ninput-format = "html"\n',
        "utf-8",
    )
    first = tqcheck("check", "--no-lm", "-f", "json=r.json", "-f", "rdjson=1", "latin", "page.txt", cwd=tmp_path)
    assert (first.returncode, first.stderr) == (1, b"")
    again = tqcheck("report", "r.json", "-f", "rdjson=2", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (1, b"")
    assert (tmp_path / "2").read_bytes() == (tmp_path / "1").read_bytes()
    (tmp_path / "tqcheck.toml").write_text("root = true\n", "utf-8")
    options = ["--encoding", "latin-1", "--input-format", "html"]
    assert b"latin/x.txt: not here" in tqcheck("report", "r.json", "-f", "rdjson=2", cwd=tmp_path).stderr
    assert b"page.txt" not in tqcheck("report", "r.json", *options, "-f", "rdjson=2", cwd=tmp_path).stderr


def test_a_saved_result_with_findings_left_out_passes_nobody(folder: Path) -> None:
    tqcheck("check", "--no-lm", "--max-findings", "1", "-f", "json=cut.json", "a b.txt", "a b.txt", cwd=folder)
    shutil.copy(folder / "a b.txt", folder / "b.txt")
    tqcheck("check", "--no-lm", "--max-findings", "1", "-f", "json=cut.json", "a b.txt", "b.txt", cwd=folder)
    tqcheck("report", "cut.json", "-f", "junit=cut.xml", cwd=folder)
    root = ElementTree.parse(folder / "cut.xml").getroot()
    assert [len(suite.findall("testcase/skipped")) for suite in root] == [0, 1]


def test_a_file_name_gives_no_command(tmp_path: Path) -> None:
    (tmp_path / "a\n::error title=x::\x1b[31m.txt").write_bytes(b"a\0")
    done = tqcheck("check", "--no-lm", "-f", "line", ".", cwd=tmp_path)
    assert done.returncode == 2
    for stream in (done.stdout, done.stderr):
        assert len(stream.splitlines()) == 1
        assert b"\x1b" not in stream
        assert not stream.startswith(b"::")


def test_a_long_file_name_is_no_hindrance(folder: Path) -> None:
    name = "l" * 250
    assert tqcheck("report", "checked.json", "-f", f"line={name}", cwd=folder).returncode == 1
    assert (folder / name).read_bytes() == (folder / "checked.line").read_bytes()
