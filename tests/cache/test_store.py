from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tqcheck.cache import store
from tqcheck.cache.store import Store

KEYS = [bytes([number]) * 16 for number in range(200)]


def test_what_was_put_is_there_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "things.sqlite"
    cache = Store(path, "things")
    cache.put({KEYS[0]: b"\0\xff", KEYS[1]: b""})
    script = (
        "import sys; from pathlib import Path; from tqcheck.cache.store import Store;"
        "print(Store(Path(sys.argv[1]), 'things').get([bytes([n]) * 16 for n in range(3)]))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr({KEYS[0]: b"\0\xff", KEYS[1]: b""})
    assert cache.problem is None


def test_many_keys_and_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_AT_ONCE", 7)
    cache = Store(tmp_path / "s", "things")
    entries = {key: bytes([key[0]]) for key in KEYS}
    cache.put(entries)
    assert cache.get(KEYS) == entries
    assert cache.get([]) == {}
    assert cache.get([b"\xff" * 16]) == {}
    cache.put({})


def test_the_longest_unused_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    cache = Store(path, "things", size=400_000)
    big = b"12345678" * 1000
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
    cache = Store(path, "things")
    assert cache.problem is None
    cache.put({KEYS[0]: b"one"})
    assert Store(path, "things").get(KEYS) == {KEYS[0]: b"one"}


def test_pages_damaged_within_give_no_wrong_value(tmp_path: Path) -> None:
    path = tmp_path / "s"
    cache = Store(path, "things")
    cache.put({key: bytes([key[0]]) * 2400 for key in KEYS})
    cache.close()
    data = bytearray(path.read_bytes())
    for at in range(5000, len(data), 997):
        data[at] ^= 0x55
    path.write_bytes(data)
    damaged = Store(path, "things")
    for key, value in damaged.get(KEYS).items():
        assert value == bytes([key[0]]) * 2400
    # Sooner or later it is whole again.
    for _ in range(3):
        again = Store(path, "things")
        again.put({KEYS[5]: b"two"})
    assert Store(path, "things").get([KEYS[5]]) == {KEYS[5]: b"two"}


def test_a_damaged_value_is_not_returned(tmp_path: Path) -> None:
    path = tmp_path / "s"
    cache = Store(path, "things")
    cache.put({KEYS[0]: b"one, two", KEYS[1]: b"three"})
    with sqlite3.connect(path) as other:
        (value,) = other.execute("SELECT value FROM entries WHERE key = ?", [KEYS[0]]).fetchone()
        other.execute("UPDATE entries SET value = ? WHERE key = ?", [b"\x01" + value[1:], KEYS[0]])
        other.execute("INSERT INTO entries VALUES (?, ?, 0)", [KEYS[2], "text"])
    assert cache.get(KEYS[:3]) == {KEYS[1]: b"three"}


def test_another_format_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "s"
    Store(path, "things").put({KEYS[0]: b"one"})
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    cache = Store(path, "things")
    assert cache.get(KEYS) == {}
    cache.put({KEYS[0]: b"two"})
    assert cache.get(KEYS) == {KEYS[0]: b"two"}


def test_a_place_that_cannot_be_written_is_named_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    cache = Store(tmp_path / "file" / "s", "things")
    assert cache.problem is not None
    assert "are not kept" in cache.problem
    assert "the check is only slower" in cache.problem
    cache.put({KEYS[0]: b"one"})
    assert cache.get(KEYS) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_file_that_may_not_be_written_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "s"
    Store(path, "things").put({KEYS[0]: b"one"})
    path.chmod(0o400)
    cache = Store(path, "things")
    cache.put({KEYS[1]: b"one"})
    assert cache.get(KEYS) == {KEYS[0]: b"one"}
    assert "readonly" in str(cache.problem)


def test_while_another_process_writes_nothing_is_lost_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_WAIT", 0.05)
    path = tmp_path / "s"
    cache = Store(path, "things")
    cache.put({KEYS[0]: b"one"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache.put({KEYS[1]: b"one"})
    assert "locked" in str(cache.problem)
    assert cache.get(KEYS) == {KEYS[0]: b"one"}
    other.execute("ROLLBACK")
    assert Store(path, "things").get(KEYS) == {KEYS[0]: b"one"}


def test_a_full_disk_does_no_harm(tmp_path: Path) -> None:
    cache = Store(tmp_path / "s", "things")
    assert cache._connection is not None
    cache._connection.execute("PRAGMA max_page_count = 5")
    cache.put(dict.fromkeys(KEYS, b"12345678" * 1000))
    assert "full" in str(cache.problem)
    assert cache.get(KEYS) == {}


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tqcheck.cache.store import Store;"
        "cache = Store(Path(sys.argv[1]), 'things');"
        "[cache.put({bytes([int(sys.argv[2]) * 40 + n]) * 16: bytes([n])}) for n in range(40)];"
        "sys.exit(cache.problem)"
    )
    path = tmp_path / "s"
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), str(number)]) for number in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert len(Store(path, "things").get(KEYS)) == 160


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Store(tmp_path / "s", "things").put({KEYS[0]: b"one"})
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("part", [b"CREATE TABLE entries", b"value BLOB"])
def test_a_damaged_description_of_the_table_is_made_anew(tmp_path: Path, part: bytes) -> None:
    """The library quotes it in a message that need not be text, or misses a column."""
    path = tmp_path / "s"
    cache = Store(path, "things")
    cache.put({KEYS[0]: b"one"})
    cache.close()
    data = path.read_bytes()
    assert part in data
    for byte in (b"\xff", b"x"):
        path.write_bytes(data.replace(part, byte + part[1:]))
        again = Store(path, "things")
        again.put({KEYS[1]: b"two"})
        again.close()
        last = Store(path, "things")
        assert last.problem is None
        assert last.get(KEYS[:2])[KEYS[1]] == b"two"
        last.close()
