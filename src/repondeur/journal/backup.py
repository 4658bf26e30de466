"""Copies of the journal that are known to be good before anything relies on them."""

from contextlib import closing
from pathlib import Path

from repondeur.errors import JournalDamaged
from repondeur.journal.driver import Connection, connect
from repondeur.journal.files import put_in_place


def copy_verified(source: Connection, key: bytes, target: Path) -> None:
    """Write an encrypted copy of the open journal ``source`` to ``target``, under the same key.

    The driver copies page by page (a copy of the file alone would miss its write-ahead log); an older file at
    ``target`` is replaced only once the new one was read back whole.

    Raises:
        JournalDamaged: the copy does not equal its source.
        dbapi2.Error, OSError: the disk refuses.
    """
    partial = target.with_name(f"{target.name}.partial")
    _remove(partial)
    try:
        with closing(connect(partial, key)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        with closing(connect(partial, key, read_only=True)) as copy:
            if not sound(copy) or rows_by_table(copy) != rows_by_table(source):
                raise JournalDamaged
        put_in_place(partial, target)
    except BaseException:
        _remove(partial)
        raise


def sound(db: Connection) -> bool:
    """Return whether every page authenticates and the tables and indexes fit together."""
    whole = db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return whole and not db.execute("PRAGMA cipher_integrity_check").fetchall()


def rows_by_table(db: Connection) -> dict[str, int]:
    """Return how many rows each table holds."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    # The names come from the program's own schema, in a file that authenticated.
    return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _remove(partial: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)
