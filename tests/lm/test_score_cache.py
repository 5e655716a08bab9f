from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tqcheck.lm import score_cache
from tqcheck.lm.score_cache import ScoreCache

KEYS = [bytes([number]) * 16 for number in range(200)]


def test_what_was_put_is_there_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "scores.sqlite"
    cache = ScoreCache(path)
    cache.put({KEYS[0]: [-1.5, 1 / 3, 0.0], KEYS[1]: []})
    script = (
        "import sys; from pathlib import Path; from tqcheck.lm.score_cache import ScoreCache;"
        "print(ScoreCache(Path(sys.argv[1])).get([bytes([n]) * 16 for n in range(3)]))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr({KEYS[0]: (-1.5, 1 / 3, 0.0), KEYS[1]: ()})
    assert cache.problem is None


def test_many_keys_and_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_cache, "_AT_ONCE", 7)
    cache = ScoreCache(tmp_path / "s")
    scores = {key: (float(key[0]),) for key in KEYS}
    cache.put(scores)
    assert cache.get(KEYS) == scores
    assert cache.get([]) == {}
    assert cache.get([b"\xff" * 16]) == {}
    cache.put({})


def test_the_longest_unused_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    cache = ScoreCache(path, size=400_000)
    big = [0.5] * 1000
    for day, key in enumerate(KEYS):
        monkeypatch.setattr("time.time", lambda day=day: day * 86_400.0)
        cache.put({key: big})
        # Used every day, so it stays.
        assert KEYS[0] in cache.get([KEYS[0]])
    kept = cache.get(KEYS)
    assert KEYS[0] in kept
    assert KEYS[-1] in kept
    assert KEYS[1] not in kept
    assert 10 < len(kept) < 60
    cache.close()
    assert path.stat().st_size < 500_000


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_bytes(b"no database at all " * 100)
    cache = ScoreCache(path)
    assert cache.problem is None
    cache.put({KEYS[0]: [1.0]})
    assert ScoreCache(path).get(KEYS) == {KEYS[0]: (1.0,)}


def test_pages_damaged_within_give_no_wrong_figure(tmp_path: Path) -> None:
    path = tmp_path / "s"
    cache = ScoreCache(path)
    cache.put({key: [float(key[0])] * 300 for key in KEYS})
    cache.close()
    data = bytearray(path.read_bytes())
    for at in range(5000, len(data), 997):
        data[at] ^= 0x55
    path.write_bytes(data)
    damaged = ScoreCache(path)
    for key, scores in damaged.get(KEYS).items():
        assert scores == (float(key[0]),) * 300
    # Sooner or later it is whole again.
    for _ in range(3):
        again = ScoreCache(path)
        again.put({KEYS[5]: [2.0]})
    assert ScoreCache(path).get([KEYS[5]]) == {KEYS[5]: (2.0,)}


def test_a_damaged_value_is_not_returned(tmp_path: Path) -> None:
    path = tmp_path / "s"
    cache = ScoreCache(path)
    cache.put({KEYS[0]: [1.0, 2.0], KEYS[1]: [3.0]})
    with sqlite3.connect(path) as other:
        (value,) = other.execute("SELECT value FROM scores WHERE key = ?", [KEYS[0]]).fetchone()
        other.execute("UPDATE scores SET value = ? WHERE key = ?", [b"\x01" + value[1:], KEYS[0]])
        other.execute("INSERT INTO scores VALUES (?, ?, 0)", [KEYS[2], "text"])
    assert cache.get(KEYS[:3]) == {KEYS[1]: (3.0,)}


def test_another_format_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "s"
    ScoreCache(path).put({KEYS[0]: [1.0]})
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    cache = ScoreCache(path)
    assert cache.get(KEYS) == {}
    cache.put({KEYS[0]: [2.0]})
    assert cache.get(KEYS) == {KEYS[0]: (2.0,)}


def test_a_place_that_cannot_be_written_is_named_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    cache = ScoreCache(tmp_path / "file" / "s")
    assert cache.problem is not None
    assert "are not kept" in cache.problem
    assert "the check is only slower" in cache.problem
    cache.put({KEYS[0]: [1.0]})
    assert cache.get(KEYS) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_file_that_may_not_be_written_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "s"
    ScoreCache(path).put({KEYS[0]: [1.0]})
    path.chmod(0o400)
    cache = ScoreCache(path)
    cache.put({KEYS[1]: [1.0]})
    assert cache.get(KEYS) == {KEYS[0]: (1.0,)}
    assert "readonly" in str(cache.problem)


def test_while_another_process_writes_nothing_is_lost_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_cache, "_WAIT", 0.05)
    path = tmp_path / "s"
    cache = ScoreCache(path)
    cache.put({KEYS[0]: [1.0]})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache.put({KEYS[1]: [1.0]})
    assert "locked" in str(cache.problem)
    assert cache.get(KEYS) == {KEYS[0]: (1.0,)}
    other.execute("ROLLBACK")
    assert ScoreCache(path).get(KEYS) == {KEYS[0]: (1.0,)}


def test_a_full_disk_does_no_harm(tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path / "s")
    assert cache._connection is not None
    cache._connection.execute("PRAGMA max_page_count = 5")
    cache.put({key: [0.5] * 1000 for key in KEYS})
    assert "full" in str(cache.problem)
    assert cache.get(KEYS) == {}


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tqcheck.lm.score_cache import ScoreCache;"
        "cache = ScoreCache(Path(sys.argv[1]));"
        "[cache.put({bytes([int(sys.argv[2]) * 40 + n]) * 16: [float(n)]}) for n in range(40)];"
        "sys.exit(cache.problem)"
    )
    path = tmp_path / "s"
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), str(number)]) for number in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert len(ScoreCache(path).get(KEYS)) == 160
