"""Values kept between runs by key, in one SQLite file.

It only saves time: where the file cannot be read or written the run goes on
without it and can say so, and an entry that was damaged counts as missing.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

SIZE = 256 * 2**20
"""Bytes that the file may hold; the entries longest unused go first."""
_FORMAT = 2
_DAY = 86_400
_WAIT = 2.0  # seconds that another process may hold the file
_AT_ONCE = 500  # keys in a query; SQLite takes 999
_TABLE = "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"


class Store:
    """Bytes by key. May be open in several processes, and is used by one thread at a time.

    :param path: the file; made with its folder when it is opened.
    :param what: what is kept in it, for messages: "scores of the language model".
    :param size: bytes that it may hold.
    """

    def __init__(self, path: Path, what: str, size: int = SIZE) -> None:
        self.path = path
        self._what = what
        self.problem: str | None = None
        """Why it is not used or not written, for people; ``None`` while all is well."""
        self._size = size
        self._connection: sqlite3.Connection | None = None
        self._writable = True
        try:
            try:
                self._open()
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                if not _damaged(error):
                    raise
                self._remove()
                self._open()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept for these keys."""
        found: dict[bytes, bytes] = {}
        today = int(time.time()) // _DAY
        stale: list[bytes] = []
        for start in range(0, len(keys), _AT_ONCE):
            if self._connection is None:
                break
            some = keys[start : start + _AT_ONCE]
            query = f"SELECT key, value, used FROM entries WHERE key IN ({','.join('?' * len(some))})"
            try:
                rows = self._connection.execute(query, some).fetchall()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                self._mend(error)
                break
            for key, value, used in rows:
                content = _unpacked(key, value)
                if content is not None:
                    found[key] = content
                    if used != today:
                        stale.append(key)
        if stale:
            self._write("UPDATE entries SET used = ? WHERE key = ?", [(today, key) for key in stale])
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep these; drops what was longest unused where room is short."""
        today = int(time.time()) // _DAY
        rows = [(key, _packed(key, value), today) for key, value in entries.items()]
        if rows:
            self._write("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", rows)
            self._make_room()

    def close(self) -> None:
        """Close the file; it is not used afterwards."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # What is kept may quote a draft that nobody else is to see.
        if not self.path.exists():
            self.path.touch(mode=0o600)
        connection = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        try:
            if _format(connection) != _FORMAT:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("BEGIN IMMEDIATE")
                # Another process may have been quicker.
                if _format(connection) != _FORMAT:
                    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                        connection.execute(f'DROP TABLE "{name}"')
                    connection.execute(_TABLE)
                    connection.execute(f"PRAGMA user_version = {_FORMAT}")
                connection.execute("COMMIT")
            # Names of columns that are no longer there would else be missed by every query.
            connection.execute("SELECT key, value, used FROM entries LIMIT 0")
            # What a crash of the whole machine loses is computed anew.
            connection.execute("PRAGMA synchronous = OFF")
        except (sqlite3.Error, UnicodeDecodeError):
            connection.close()
            raise
        self._connection = connection

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._connection is None or not self._writable:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(statement, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise
        except (sqlite3.Error, UnicodeDecodeError) as error:
            self._mend(error)

    def _make_room(self) -> None:
        if self._connection is None or not self._writable:
            return
        try:
            pages, free, page = (
                self._connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
            if (pages - free) * page <= self._size:
                return
            (count,) = self._connection.execute("SELECT count(*) FROM entries").fetchone()
            self._connection.execute(
                "DELETE FROM entries WHERE key IN (SELECT key FROM entries ORDER BY used LIMIT ?)",
                (max(1, count // 4),),
            )
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
        except sqlite3.Error as error:
            self._mend(error)

    def _mend(self, error: sqlite3.Error | UnicodeDecodeError) -> None:
        """Go on after a failure: with a new file in place of a damaged one, else without writing or at all."""
        if _damaged(error):
            self._give_up(error)
            try:
                self._remove()
            except OSError:
                return
        elif isinstance(error, sqlite3.OperationalError):
            # Locked for too long, read-only or full: what is in it can still be read.
            self._writable = False
            self.problem = self._told(error)
        else:
            self._give_up(error)

    def _remove(self) -> None:
        for ending in ("", "-journal"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)

    def _give_up(self, error: Exception) -> None:
        self.close()
        self.problem = self._told(error)

    def _told(self, error: Exception) -> str:
        return f"{self.path}: {self._what} are not kept ({error}); the check is only slower"


def _format(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _damaged(error: Exception) -> bool:
    # The library's own message quotes what it found, which then need not be text; a plain error is a name that
    # is not there.
    return isinstance(error, UnicodeDecodeError) or getattr(error, "sqlite_errorcode", None) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
    )


def _packed(key: bytes, value: bytes) -> bytes:
    return value + zlib.crc32(key + value).to_bytes(4, "little")


def _unpacked(key: bytes, packed: object) -> bytes | None:
    """What was kept, or ``None`` if this is not it."""
    if not isinstance(packed, bytes) or len(packed) < 4:
        return None
    value = packed[:-4]
    return value if packed[-4:] == zlib.crc32(key + value).to_bytes(4, "little") else None
