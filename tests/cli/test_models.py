"""A model of one's own: calibrated on one's own stories, then used for a check, all through the command."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import json
import os
import random
import shutil
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import jsonschema
import pytest

from tqcheck.cli.app import main
from tqcheck.reports.json_report import dumps, from_json, schema

WHO = ["The mayor", "A spokeswoman for the port", "The company", "The union", "Her lawyer", "The coach", "Police"]
DID = ["said on Monday that", "told reporters that", "had warned in March that", "later confirmed that"]
WHAT = ["the talks had failed", "the bridge would open soon", "two plants were to close", "nobody was hurt"]
WHERE = ["in the north", "near the old harbour", "after a long vote", "despite the rain", "by 2026", "for 300 people"]
SPANISH = "El ministro dijo el viernes que las negociaciones seguirán una semana más en la capital del país.\n"


def story(number: int, sentences: int = 6) -> str:
    chance = random.Random(number)
    lines = [f"Story {number} of the day"]
    for _ in range(sentences):
        parts = [chance.choice(words) for words in (WHO, DID, WHAT)] + chance.sample(WHERE, chance.randint(0, 2))
        lines.append(" ".join(parts) + ".")
    return lines[0] + "\n\n" + " ".join(lines[1:]) + "\n"


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def tqcheck(*arguments: str | Path, cache: Path, cwd: Path | None = None) -> Done:
    """The command in this process, because each new one would import torch."""
    output, errors = io.StringIO(), io.StringIO()
    thresholds = gc.get_threshold()
    with (
        mock.patch.dict(os.environ, {"TQCHECK_CACHE": str(cache), "SOURCE_DATE_EPOCH": "1800000000"}),
        mock.patch.object(sys, "argv", ["tqcheck", *map(str, arguments)]),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        contextlib.chdir(cwd or Path.cwd()),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    gc.set_threshold(*thresholds)
    return Done(int(ended.value.code or 0), output.getvalue(), errors.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty-five stories as text, Markdown and HTML, and what is left out of a calibration."""
    made: Path = tmp_path_factory.mktemp("stories")
    for number in range(45):
        text = story(number)
        if number % 3 == 0:
            (made / f"{number}.txt").write_text(text, "utf-8")
        elif number % 3 == 1:
            (made / f"{number}.md").write_text(f"# {text}", "utf-8")
        else:
            (made / f"{number}.html").write_text("".join(f"<p>{line}</p>" for line in text.split("\n\n")), "utf-8")
    (made / "again.md").write_text("# " + story(0).replace(" ", "  "), "utf-8")
    (made / "nota.txt").write_text(SPANISH * 4, "utf-8")
    (made / "blank.txt").write_text("\n", "utf-8")
    return made


@pytest.fixture(scope="module")
def model(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model under a name of the newsroom's."""
    copy: Path = tmp_path_factory.mktemp("model") / "newsroom"
    shutil.copytree(tiny_folder, copy, ignore=shutil.ignore_patterns("cache"))
    return copy


@pytest.fixture(scope="module")
def bare(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the compiled rules, which take a while, and no calibration."""
    made: Path = tmp_path_factory.mktemp("bare")
    assert tqcheck("check", "--no-lm", folder / "0.txt", cache=made).returncode == 0
    return made


@pytest.fixture(scope="module")
def cache(folder: Path, model: Path, bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which that model has a calibration, made by the command."""
    made: Path = tmp_path_factory.mktemp("caches") / "cache"
    shutil.copytree(bare, made)
    done = tqcheck("models", "calibrate", folder, "--model", model, cache=made)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("newsroom is calibrated on 45 stories with 315 sentences and ")
    assert done.stderr == "tqcheck: stories left out: 1 not in English, 1 the same as another, 1 without a word\n"
    return made


def kept(cache: Path) -> Path:
    (file,) = (cache / "calibrations").iterdir()
    return file


def test_the_check_finds_it_and_gives_fluency(folder: Path, model: Path, cache: Path, tmp_path: Path) -> None:
    done = tqcheck("check", "-f", "json", "--exit-zero", "--model", model, folder, cache=cache)
    assert (done.returncode, "no fluency" in done.stderr) == (0, False)
    report = json.loads(done.stdout)
    jsonschema.validate(report, schema())
    assert report["signature"]["model"]["calibration"] == hashlib.sha256(kept(cache).read_bytes()).hexdigest()
    assert dumps(from_json(done.stdout)) == done.stdout.rstrip("\n")
    scored = [one for one in report["documents"] if one["fluency"]]
    assert len(scored) == 46
    assert statistics.fmean(one["fluency"]["score"] for one in scored) == pytest.approx(50, abs=4)
    sentences = [sentence["fluency"] for one in scored for sentence in one["sentences"]]
    assert statistics.fmean(sentences) == pytest.approx(50, abs=3)
    assert 0.02 < sum(fluency < 5 for fluency in sentences) / len(sentences) < 0.08
    # The same weights under another name.
    shutil.copytree(model, tmp_path / "other")
    again = tqcheck(
        "check", "-f", "json", "--exit-zero", "--model", tmp_path / "other", folder / "0.txt", cache=cache
    ).stdout
    assert json.loads(again)["signature"]["model"] == {**report["signature"]["model"], "id": "other"}
    shown = tqcheck("check", "--exit-zero", "--model", model, folder / "0.txt", cache=cache).stdout
    assert "(percentile among the stories of its calibration)" in shown


def test_other_order_files_that_cannot_be_read_and_force(
    folder: Path, model: Path, cache: Path, tmp_path: Path
) -> None:
    output = tmp_path / "mine.json"
    output.write_text("damaged", "utf-8")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xfd \x00")
    names = [tmp_path / "bad.txt", tmp_path / "none.txt", *sorted(folder.iterdir(), reverse=True)]
    command = ("models", "calibrate", *names, "--model", model)
    for refused, file in (
        (tqcheck(*command, cache=cache), kept(cache)),
        (tqcheck(*command, "-o", output, cache=cache), output),
    ):
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{file} is there already; --force replaces it" in refused.stderr
    done = tqcheck(*command, "-o", output, "--force", cache=cache)
    assert done.returncode == 2
    assert f"tqcheck: error: {tmp_path / 'bad.txt'}: " in done.stderr
    assert f"tqcheck: error: {tmp_path / 'none.txt'}: no such file" in done.stderr
    assert "is calibrated on 45 stories" in done.stdout
    assert output.read_bytes() == kept(cache).read_bytes()


def test_without_one_there_is_no_fluency_and_a_note(
    folder: Path, model: Path, bare: Path, cache: Path, tmp_path: Path
) -> None:
    done = tqcheck("check", "-f", "json", "--model", model, folder / "0.txt", cache=bare)
    assert json.loads(done.stdout)["documents"][0]["fluency"] is None
    assert "calibration" not in json.loads(done.stdout)["signature"]["model"]
    assert "no fluency, as newsroom has no calibration; 'tqcheck models calibrate' makes one" in done.stderr
    named = ("check", "-f", "json", "--model", model, "--calibration", kept(cache), folder / "0.txt")
    assert json.loads(tqcheck(*named, cache=bare).stdout)["documents"][0]["fluency"]["score"] >= 0
    (tmp_path / "house").mkdir()
    shutil.copy(kept(cache), tmp_path / "house" / "mine.json")
    (tmp_path / "tqcheck.toml").write_text(
        f"model = {json.dumps(str(model))}\ncalibration = 'house/mine.json'\n", "utf-8"
    )
    below = tmp_path / "below"
    below.mkdir()
    configured = tqcheck("check", "-f", "json", folder / "0.txt", cache=bare, cwd=below)
    assert json.loads(configured.stdout)["documents"][0]["fluency"]["score"] >= 0, configured.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (None, "cannot be read: No such file"),
        (("", ""), "made for newsroom (weights sha256"),
        (('"normalized bits per word"', '"bits per word"'), "it was changed after it was made"),
        (("calibration/3", "calibration/9"), "this version of tqcheck reads tqcheck-calibration/3"),
        (("{", "<"), "not a usable calibration"),
    ],
    ids=["missing", "another model", "changed", "format", "not JSON"],
)
def test_a_named_calibration_that_cannot_be_used(
    change: tuple[str, str] | None,
    told: str,
    folder: Path,
    tiny_gpt2: Path,
    model: Path,
    bare: Path,
    cache: Path,
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.json"
    if change is not None:
        file.write_text(kept(cache).read_text("utf-8").replace(*change), "utf-8")
    used = tiny_gpt2 if change == ("", "") else model
    done = tqcheck("check", "--model", used, "--calibration", file, folder / "0.txt", cache=bare)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"tqcheck: error: {file}: ")
    assert told in done.stderr
    assert "tqcheck models calibrate" in done.stderr


def test_a_kept_calibration_that_is_damaged(folder: Path, model: Path, bare: Path, cache: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "cache"
    shutil.copytree(bare, damaged)
    (damaged / "calibrations").mkdir()
    (damaged / "calibrations" / kept(cache).name).write_text(kept(cache).read_text("utf-8")[:500], "utf-8")
    done = tqcheck("check", "--model", model, folder / "0.txt", cache=damaged)
    assert (done.returncode, done.stdout) == (2, "")
    assert "not a usable calibration" in done.stderr
    assert "calibration  damaged" in tqcheck("models", "list", cache=damaged).stdout


def test_the_list_shows_it(cache: Path) -> None:
    shown = tqcheck("models", "list", cache=cache).stdout
    assert "calibration of newsroom\n  45 stories, 315 sentences, " in shown
    assert "words; 2027-01-15\n" in shown
    assert f"  weights sha256 {kept(cache).stem}\n  {kept(cache)}\n" in shown


def test_too_little_text_is_refused(folder: Path, model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    done = tqcheck("models", "calibrate", folder / "0.txt", folder / "1.md", "--model", model, cache=cache)
    assert (done.returncode, done.stdout) == (2, "")
    assert "too little text for a calibration: 2 stories (needed: 40), 12 sentences" in done.stderr
    assert not list((cache / "calibrations").iterdir())


def test_what_is_refused_before_any_work(folder: Path, model: Path, bare: Path, tmp_path: Path) -> None:

    def error(*arguments: str | Path) -> str:
        done = tqcheck(*arguments, cache=bare)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr

    calibrate = ("models", "calibrate", "--model", model)
    own = folder / "0.txt"
    assert "is one of the stories" in error(*calibrate, folder, "-o", own, "--force")
    assert "is a folder" in error(*calibrate, folder, "-o", tmp_path)
    assert "no such folder" in error(*calibrate, folder, "-o", tmp_path / "none" / "x.json")
    assert "not standard input" in error(*calibrate, "-")
    (tmp_path / "empty").mkdir()
    assert "the folder is empty" in error("models", "calibrate", "--model", tmp_path / "empty", folder)
    assert "the folder is empty" in error("check", "--model", tmp_path / "empty", own)
    assert "--no-lm contradicts" in error("check", "--no-lm", "--calibration", tmp_path / "x.json", own)
    assert own.read_text("utf-8") == story(0)
