"""The baseline commands as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tqcheck.cli.app import app
from tqcheck.errors import SettingsError

OLD = "Ministers held a telematics summit on Monday.\n"
NEW = "\nThey will sign it in the best of cases.\n"


def run(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "story.txt"
    path.write_text(OLD, "utf-8")
    return path


def test_only_what_is_new_is_reported_and_fails(story: Path) -> None:
    written = run("baseline", "write", "--no-lm", "story.txt", "--output", "known.json")
    assert "1 finding in known.json" in written.stderr
    checked = run("check", "--no-lm", "--baseline", "known.json", "--format", "line", "story.txt")
    assert checked.stdout == ""
    assert "1 finding known from known.json left out" in checked.stderr
    story.write_text(OLD + NEW, "utf-8")
    checked = run("check", "--no-lm", "--baseline", "known.json", "--format", "line", "story.txt", code=1)
    assert "best-of-cases" in checked.stdout
    assert len(checked.stdout.splitlines()) == 1
    quiet = run("check", "--no-lm", "--quiet", "--baseline", "known.json", "story.txt", code=1)
    assert quiet.stderr == ""


def test_update_and_prune(story: Path) -> None:
    run("baseline", "write", "--no-lm", "story.txt", "-o", "known.json")
    story.write_text(NEW, "utf-8")
    run("baseline", "prune", "--no-lm", "story.txt", "-o", "known.json")
    assert json.loads(Path("known.json").read_text("utf-8"))["findings"] == []
    run("baseline", "update", "--no-lm", "--quiet", "story.txt", "-o", "known.json")
    (entry,) = json.loads(Path("known.json").read_text("utf-8"))["findings"]
    assert (entry["path"], entry["text"]) == ("story.txt", "in the best of cases")


def test_it_takes_the_options_of_check(story: Path) -> None:
    run("baseline", "write", "story.txt", "--no-lm", "--disable", "false-friend", "-o", "known.json")
    assert json.loads(Path("known.json").read_text("utf-8"))["findings"] == []
    with pytest.raises(SettingsError, match="--format is for reports"):
        run("baseline", "write", "story.txt", "--no-lm", "--format", "json", "-o", "known.json")
    assert run("baseline", "write", "story.txt", "--no-such-option", "-o", "known.json", code=2).exit_code == 2
    with pytest.raises(SettingsError, match="contradicts"):
        run("baseline", "write", "story.txt", "--no-lm", "--require-model", "-o", "known.json")


def test_nothing_is_written_when_something_could_not_be_checked(story: Path) -> None:
    run("baseline", "write", "--no-lm", "story.txt", "-o", "known.json")
    before = Path("known.json").read_bytes()
    Path("broken.txt").write_bytes(b"\x00\xff\x00")
    done = run("baseline", "update", "--no-lm", "story.txt", "broken.txt", "-o", "known.json", code=2)
    assert "known.json was not written" in done.stderr
    assert Path("known.json").read_bytes() == before


def test_a_missing_baseline_is_an_error(story: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such baseline"):
        run("check", "--no-lm", "--baseline", "none.json", "story.txt")
    with pytest.raises(SettingsError, match="there is no such baseline"):
        run("baseline", "update", "--no-lm", "story.txt", "-o", "none.json")


def test_a_baseline_is_not_written_over_a_draft(story: Path) -> None:
    with pytest.raises(SettingsError, match=r"the baseline would overwrite story\.txt"):
        run("baseline", "write", "--no-lm", "story.txt", "--output", "story.txt")
    assert story.read_text("utf-8") == OLD
