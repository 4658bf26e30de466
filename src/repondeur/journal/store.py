"""The journal: an encrypted file of what left, what was given up and what is being written."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from sqlcipher3 import dbapi2

from repondeur.errors import JournalDamaged, JournalLocked, JournalNewer
from repondeur.journal import rows
from repondeur.journal.backup import copy_verified
from repondeur.journal.driver import PAGE_BYTES, Connection, connect, set_up, translated
from repondeur.journal.migrations import LATEST, migrate, version_of
from repondeur.reply.record import BaselineSample, Discarded, Entry, NewReply, WorkingDraft

FILE_NAME: Final = "journal.db"
"""The journal's name in the data folder."""

_UPSERT_REPLY = """
    INSERT INTO reply (draft_id, created, review_text, review_author, rating, site, lang) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (draft_id) DO UPDATE SET review_text = excluded.review_text, review_author = excluded.review_author,
        rating = excluded.rating, site = excluded.site, lang = excluded.lang
    RETURNING id
"""
_INSERT_RELEASE = """
    INSERT INTO release (reply_id, released, note, tone, length, generated_by, model, prompt_version, generated, final,
        approval, approved_text, sha256, active_seconds, baseline_seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LAST_RELEASE = """
    SELECT reply.id, final, active_seconds, baseline_seconds FROM release JOIN reply ON reply.id = reply_id
    WHERE draft_id = ? ORDER BY release.id DESC LIMIT 1
"""
# The rows of `release` come in the order they were written, whatever the clock did meanwhile.
_ENTRIES = f"""
    SELECT {rows.ENTRY_COLUMNS} FROM release JOIN reply ON reply.id = reply_id
    WHERE NOT EXISTS (SELECT 1 FROM release later WHERE later.reply_id = release.reply_id AND later.id > release.id)
    ORDER BY release.id DESC LIMIT ?
"""  # noqa: S608 (the columns are a constant)
_DISCARD = """
    INSERT INTO discarded (draft_id, created, active_seconds)
    SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM reply WHERE draft_id = ?)
    ON CONFLICT (draft_id) DO UPDATE SET active_seconds = max(active_seconds, excluded.active_seconds)
"""


def _now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """An open journal, as :class:`repondeur.reply.record.Recorder` asks; any thread may call it, one at a time.

    A call that returns has its rows on the disk; one that raises has left nothing behind. Any of them may raise a
    ``JournalError``: :class:`DiskFull`, :class:`JournalUnwritable`, :class:`JournalBusy`, :class:`JournalDamaged`, or
    :class:`JournalLocked` once it was closed.
    """

    def __init__(self, path: Path, db: Connection, now: Callable[[], datetime]) -> None:
        """Take over an open connection; use :meth:`open`."""
        self._path = path
        self._db: Connection | None = db
        self._now = now
        self._turn = threading.RLock()

    @classmethod
    def open(cls, path: Path, key: bytes, *, now: Callable[[], datetime] = _now) -> Self:
        """Open the journal at ``path`` with its 32-byte key, making it (and its folder) when there is none.

        An older file is brought up to date after a verified copy of it was put beside it (``journal.v1.bak``).
        ``now`` gives the time of the records, an aware datetime.

        Raises:
            WrongKey: the key file beside the journal does not name this key, and the journal does not open with it.
            JournalDamaged: the key is the right one, and the file does not open or does not fit together.
            JournalNewer: a newer version of the program wrote it; it is left untouched.
            JournalBusy, DiskFull, JournalUnwritable: as their names say.
        """
        with translated(path, key):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _look_first(path, key)
            db = connect(path, key)
            try:
                found = _known_version(db)
                set_up(db)
                if 0 < found < LATEST:
                    copy_verified(db, key, path.with_name(f"{path.stem}.v{found}.bak"))
                migrate(db)
            except BaseException:
                db.close()
                raise
        return cls(path, db, now)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    def record(self, new: NewReply) -> int:
        """Write the reply durably and return its row id.

        The same ``draft_id`` with the text that left last adds nothing; with another text it adds a release, and the
        reply (still one) takes that text and the longer active time; its baseline stays, or is set if it had none.
        """
        final = rows.storable(new.reply.text)
        active, baseline = new.active_seconds, new.baseline_seconds
        with self._writing() as db:
            last = db.execute(_LAST_RELEASE, (new.draft_id,)).fetchone()
            if last is not None:
                if last[1] == final:
                    return int(last[0])
                active = max(active, last[2])
                baseline = baseline if last[3] is None else last[3]
            moment = rows.stamp(self._now())
            (reply,) = db.execute(_UPSERT_REPLY, (new.draft_id, moment, *rows.reply_values(new))).fetchone()
            db.execute(_INSERT_RELEASE, (reply, moment, *rows.release_values(new, active, baseline)))
            db.execute("DELETE FROM discarded WHERE draft_id = ?", (new.draft_id,))
            return int(reply)

    def discard(self, draft_id: str, active_seconds: float) -> None:
        """Write a given-up draft's active time; nothing for one that was released, once for one given twice."""
        with self._writing() as db:
            db.execute(_DISCARD, (draft_id, rows.stamp(self._now()), float(active_seconds), draft_id))

    def save_working(self, working: WorkingDraft | None) -> None:
        """Replace the saved work in progress; ``None`` clears it."""
        with self._writing() as db:
            if working is None:
                db.execute("DELETE FROM working")
            else:
                saved = (rows.stamp(self._now()), rows.working_state(working))
                db.execute("INSERT OR REPLACE INTO working (id, saved, state) VALUES (1, ?, ?)", saved)

    def load_working(self) -> WorkingDraft | None:
        """Return the saved work in progress, if any."""
        found = self._rows("SELECT state FROM working")
        try:
            return rows.working(found[0][0]) if found else None
        except (ValueError, KeyError, TypeError) as error:
            raise JournalDamaged from error

    def entries(self, limit: int | None = None) -> Sequence[Entry]:
        """Return the recorded replies with the text that left last, newest first."""
        return [rows.entry(row) for row in self._rows(_ENTRIES, -1 if limit is None else limit)]

    def discarded(self) -> Sequence[Discarded]:
        """Return the given-up drafts, newest first."""
        found = self._rows("SELECT draft_id, created, active_seconds FROM discarded ORDER BY id DESC")
        return [rows.discarded(row) for row in found]

    def replace_baselines(self, samples: Sequence[tuple[float, int]]) -> None:
        """Write ``samples`` (seconds, characters) in place of the replies timed by hand so far, or change nothing.

        Those stay in the file, marked as set aside.
        """
        moment = rows.stamp(self._now())
        with self._writing() as db:
            db.execute("UPDATE baseline SET retired = ? WHERE retired IS NULL", (moment,))
            for seconds, characters in samples:
                values = (moment, float(seconds), characters)
                db.execute("INSERT INTO baseline (created, seconds, characters) VALUES (?, ?, ?)", values)

    def baselines(self) -> Sequence[BaselineSample]:
        """Return the replies timed by hand that count, newest first."""
        found = self._rows("SELECT created, seconds, characters FROM baseline WHERE retired IS NULL ORDER BY id DESC")
        return [rows.sample(row) for row in found]

    def close(self) -> None:
        """Close the file; closing it again does nothing."""
        with self._turn:
            db, self._db = self._db, None
            if db is not None:
                db.close()

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._turn, translated(self._path):
            found: list[tuple[Any, ...]] = self._connection().execute(query, values).fetchall()
            return found

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give the connection inside a transaction that commits whole or not at all."""
        with self._turn, translated(self._path):
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    with suppress(dbapi2.Error):  # a full disk has rolled back by itself
                        db.execute("ROLLBACK")

    def _connection(self) -> Connection:
        if self._db is None:
            raise JournalLocked
        return self._db


def _look_first(path: Path, key: bytes) -> None:
    """Refuse a file that is not for us before anything could write to it.

    It is read through a connection that cannot write: a writing one would fold the write-ahead log into a newer file
    when it closes. Only an interrupted very first write leaves a rollback journal, which needs a writing connection.

    Raises:
        JournalNewer: the version is above ours.
        JournalDamaged: the file holds less than a page; the driver would take it for an empty one.
        dbapi2.Error: the file does not open with this key.
    """
    size = path.stat().st_size if path.exists() else 0
    if size == 0 or path.with_name(f"{path.name}-journal").exists():
        return
    if size < PAGE_BYTES:
        raise JournalDamaged
    db = connect(path, key, read_only=True)
    try:
        _known_version(db)
    finally:
        db.close()


def _known_version(db: Connection) -> int:
    """Return the file's schema version, 0 for a new or empty one.

    Raises:
        JournalNewer: the version is above ours.
        dbapi2.Error: the file does not open with this key.
    """
    version = version_of(db)
    if version > LATEST:
        raise JournalNewer
    return version
