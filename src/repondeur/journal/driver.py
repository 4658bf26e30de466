"""The encrypted database: how it is opened, and how the driver's errors become the program's.

The driver is SQLCipher. Two rules come from it: the key is the first statement on every connection, and its own log to
stderr is turned off at once (a damaged file would fill the terminal).
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2

from repondeur.errors import (
    DiskFull,
    JournalBusy,
    JournalDamaged,
    JournalUnwritable,
    RepondeurError,
    WrongKey,
)
from repondeur.journal.keyfile import key_matches

Connection = Any
"""A ``sqlcipher3.dbapi2.Connection`` (the driver carries no types)."""

KEY_BYTES: Final = 32
PAGE_BYTES: Final = 4096
"""SQLCipher's page: a file that holds anything is never smaller."""
_BUSY_SECONDS: Final = 2.0
_NO_ROOM_BYTES: Final = 128 * 1024
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)

# Primary result codes, https://www.sqlite.org/rescode.html
_BUSY, _LOCKED, _PROTOCOL = 5, 6, 15
_PERM, _READONLY, _IOERR, _CANTOPEN = 3, 8, 10, 14
_CORRUPT, _FULL, _NOT_A_DATABASE = 11, 13, 26


def connect(path: Path, key: bytes, *, read_only: bool = False) -> Connection:
    """Return a connection in autocommit mode; nothing is read from the file yet.

    ``key`` is the raw 256-bit key, so that SQLCipher derives nothing (0.2 s saved at each opening). A connection may be
    used by several threads, one at a time.

    Raises:
        ValueError: the key is not 32 bytes long.
        dbapi2.Error: the file cannot be opened.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the journal's key is 32 bytes long")
    mode = "ro" if read_only else "rwc"
    db = dbapi2.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
    )
    try:
        db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        db.execute("PRAGMA cipher_log_level = NONE")
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        db.close()
        raise
    return db


def set_up(db: Connection) -> None:
    """Make commits durable and erasure real on a connection that will write.

    Raises:
        JournalUnwritable: the file system cannot hold a write-ahead log (some network folders).
        dbapi2.Error: the file cannot be read or written.
    """
    if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise JournalUnwritable
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA foreign_keys = ON")


@contextmanager
def translated(path: Path, key: bytes | None = None) -> Iterator[None]:
    """Turn the driver's and the disk's errors about the journal at ``path`` into the program's.

    ``key``, given while the file is being opened, tells a wrong key from a damaged file, which the driver reports
    alike. An error that no state of the world explains (a broken constraint, bad SQL) is a bug and passes unchanged;
    none of them holds a recorded text.
    """
    try:
        yield
    except dbapi2.Error as error:
        told = _of_driver(error, path, key)
        if told is None:
            raise
        raise told from error
    except OSError as error:
        raise (DiskFull() if error.errno in _NO_ROOM else _of_disk(path)) from error


def _of_driver(error: Exception, path: Path, key: bytes | None) -> RepondeurError | None:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (_BUSY, _LOCKED, _PROTOCOL):
        return JournalBusy()
    if code == _FULL:
        return DiskFull()
    if code in (_PERM, _READONLY, _IOERR, _CANTOPEN):
        return _of_disk(path)
    if code == _CORRUPT:
        return JournalDamaged()
    if code == _NOT_A_DATABASE:
        right = key is None or key_matches(path.parent, key)
        return JournalDamaged() if right else WrongKey()
    return None


def _of_disk(path: Path) -> RepondeurError:
    """Tell a full disk from one that refuses: a full one also shows as an input/output error."""
    try:
        full = shutil.disk_usage(path.parent).free < _NO_ROOM_BYTES
    except OSError:
        full = False
    return DiskFull() if full else JournalUnwritable()
