"""The schema: what it refuses by itself, and how an older file becomes a present one without a loss."""

import shutil
from pathlib import Path

import pytest
from journal_support import DATA, GENERATED, KEY, Clock, new_reply, raw, work_in_progress
from sqlcipher3 import dbapi2

from repondeur.errors import JournalDamaged, JournalNewer
from repondeur.journal import backup, store
from repondeur.journal.backup import rows_by_table, sound
from repondeur.journal.migrations import LATEST, STEPS, migrate, version_of
from repondeur.journal.store import FILE_NAME, Journal

NOW = "2026-03-02T08:31:00.000000Z"
RELEASE = {
    "reply_id": 1,
    "released": NOW,
    "note": "",
    "tone": "sobre",
    "length": "court",
    "generated_by": "model",
    "model": "",
    "prompt_version": "",
    "generated": "Merci.",
    "final": "Merci Luc.",
    "approval": "edited",
    "approved_text": None,
    "sha256": "0" * 64,
    "active_seconds": 1.0,
    "baseline_seconds": None,
}
REPLY = {
    "draft_id": "z",
    "created": NOW,
    "review_text": "",
    "review_author": "",
    "rating": None,
    "site": "google",
    "lang": "fr",
}
DISCARDED = {"draft_id": "z", "created": NOW, "active_seconds": 1.0}
BASELINE = {"created": NOW, "seconds": 1.0, "characters": 1}
WORKING = {"id": 1, "saved": NOW, "state": "{}"}
ROWS = {"release": RELEASE, "reply": REPLY, "discarded": DISCARDED, "baseline": BASELINE, "working": WORKING}

ALLOWED = [
    ("release", {}),
    ("release", {"approved_text": "Merci Luc."}),
    ("release", {"approval": "approved", "final": "Merci.", "approved_text": "Merci."}),
    ("release", {"approval": "approved", "approved_text": "Merci Luc."}),
    ("release", {"generated": "", "generated_by": "person", "baseline_seconds": 1.0, "active_seconds": 0}),
    ("reply", {"rating": 1}),
    ("reply", {"rating": 5}),
    ("discarded", {}),
    ("baseline", {"retired": NOW}),
    ("working", {}),
]
REFUSED = [
    ("release", {"approval": "approved"}),
    ("release", {"approval": "approved", "approved_text": "Merci."}),
    ("release", {"approval": "seen"}),
    ("release", {"approval": ""}),
    ("release", {"approval": None}),
    ("release", {"approved_text": "Autre."}),
    ("release", {"final": "Merci.", "generated": "Merci."}),
    ("release", {"final": ""}),
    ("release", {"final": None}),
    ("release", {"final": b"Merci Luc."}),
    ("release", {"final": " \u00a0\u202f\n\t\u200b\ufeff\u3000"}),
    ("release", {"sha256": "0" * 63}),
    ("release", {"sha256": "0" * 65}),
    ("release", {"sha256": "G" * 64}),
    ("release", {"generated_by": "somebody"}),
    ("release", {"tone": ""}),
    ("release", {"length": ""}),
    ("release", {"released": "2026-03-02 08:31:00"}),
    ("release", {"released": "2026-03-02T08:31:00.000000+01:00"}),
    ("release", {"active_seconds": -0.1}),
    ("release", {"active_seconds": float("inf")}),
    ("release", {"active_seconds": None}),
    ("release", {"active_seconds": "long"}),
    ("release", {"baseline_seconds": 0.0}),
    ("release", {"baseline_seconds": -1.0}),
    ("release", {"reply_id": 99}),
    ("reply", {"rating": 0}),
    ("reply", {"rating": 6}),
    ("reply", {"rating": 4.5}),
    ("reply", {"rating": "cinq"}),
    ("reply", {"draft_id": ""}),
    ("reply", {"draft_id": "a"}),
    ("reply", {"created": "hier"}),
    ("reply", {"review_text": None}),
    ("discarded", {"active_seconds": -1.0}),
    ("discarded", {"draft_id": ""}),
    ("baseline", {"seconds": 0.0}),
    ("baseline", {"seconds": 1e12}),
    ("baseline", {"characters": -1}),
    ("baseline", {"characters": 1.5}),
    ("baseline", {"retired": "oui"}),
    ("working", {"id": 2}),
    ("working", {"state": "{"}),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a journal of one reply."""
    journal = Journal.open(tmp_path / FILE_NAME, KEY, now=Clock())
    journal.record(new_reply("a"))
    journal.close()
    return journal.path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a journal of version 1."""
    return Path(shutil.copy(DATA / "journal-v1.db", tmp_path / FILE_NAME))


def insert(path: Path, table: str, changes: dict[str, object]) -> None:
    row = {**ROWS[table], **changes}
    with raw(path) as db:
        db.execute("PRAGMA foreign_keys = ON")
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
def test_the_schema_takes_what_is_right(path, table, changes):
    insert(path, table, changes)


@pytest.mark.parametrize(("table", "changes"), REFUSED)
def test_the_schema_refuses_what_is_wrong(path, table, changes):
    with pytest.raises(dbapi2.IntegrityError) as caught:
        insert(path, table, changes)
    assert "Merci" not in str(caught.value)


def test_erasing_a_reply_takes_its_texts_along(path):
    with raw(path) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM reply")
        assert db.execute("SELECT count(*) FROM release").fetchone() == (0,)


def test_an_erased_row_s_number_is_never_given_again(path):
    with raw(path) as db:
        (last,) = db.execute("SELECT max(id) FROM reply").fetchone()
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM reply")
    journal = Journal.open(path, KEY)
    assert journal.record(new_reply("b")) > last
    journal.close()


def schema(path: Path) -> tuple[list[tuple[str, ...]], dict[str, list[tuple[object, ...]]]]:
    with raw(path) as db:
        made = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        tables = [name for kind, name, _, _ in made if kind == "table"]
        return made, {name: db.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in tables}


def test_every_step_has_a_stored_file_of_the_version_before_it():
    stored = {file.name for file in DATA.glob("journal-v*.db")}
    assert stored == {f"journal-v{version}.db" for version in range(1, LATEST)}
    assert len(STEPS) == LATEST


@pytest.mark.parametrize("version", range(1, LATEST))
def test_a_migrated_schema_equals_a_fresh_one(tmp_path, path, version):
    older = Path(shutil.copy(DATA / f"journal-v{version}.db", tmp_path / "older.db"))
    with raw(older) as db:
        assert version_of(db) == version
    Journal.open(older, KEY).close()
    assert schema(older) == schema(path)
    with raw(older) as db:
        assert version_of(db) == LATEST
        assert sound(db)


def test_migrating_keeps_every_row_and_puts_a_copy_of_the_older_file_beside(old):
    before = old.read_bytes()
    journal = Journal.open(old, KEY)
    entries, discarded, samples = journal.entries(), journal.discarded(), journal.baselines()
    working = journal.load_working()
    journal.replace_baselines([])
    assert journal.baselines() == []
    journal.close()
    assert [(e.draft_id, e.final) for e in entries] == [("a", "Merci Sophie."), ("b", "Merci Luc.")]
    assert [(d.draft_id, d.active_seconds) for d in discarded] == [("c", 33.0)]
    assert [s.seconds for s in samples] == [300.0, 240.0]
    assert working == work_in_progress()
    copy = old.with_name("journal.v1.bak")
    assert sorted(file.name for file in old.parent.iterdir()) == [FILE_NAME, copy.name]
    with raw(copy) as saved:
        assert version_of(saved) == 1
        assert saved.execute("SELECT final FROM release ORDER BY id LIMIT 1").fetchone() == (GENERATED,)
        assert rows_by_table(saved)["release"] == 3
    old.write_bytes(before)
    copy.write_bytes(b"an older copy")
    Journal.open(old, KEY).close()
    with raw(copy) as saved:
        assert sound(saved)


def test_an_up_to_date_file_is_opened_without_a_copy_or_a_change(path):
    before = path.read_bytes()
    Journal.open(path, KEY).close()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [FILE_NAME]


def test_a_failed_step_leaves_the_older_file_as_it_was(old, monkeypatch):
    broken = (*STEPS[:-1], ("CREATE TABLE half (x)", "CREATE TABLE half (x)"))
    monkeypatch.setattr("repondeur.journal.migrations.STEPS", broken)
    with pytest.raises(dbapi2.OperationalError, match="already exists"):
        Journal.open(old, KEY)
    monkeypatch.undo()
    with raw(old) as db:
        assert version_of(db) == 1
        assert rows_by_table(db)["reply"] == 2
    journal = Journal.open(old, KEY)
    assert len(journal.entries()) == 2
    journal.close()


def test_a_step_that_leaves_orphans_is_refused(old, monkeypatch):
    monkeypatch.setattr("repondeur.journal.migrations.STEPS", (*STEPS[:-1], ("DELETE FROM reply",)))
    with raw(old) as db:
        with pytest.raises(RuntimeError, match="point nowhere"):
            migrate(db)
        assert rows_by_table(db)["reply"] == 2
        assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_copy_that_differs_from_its_source_stops_the_migration(old, monkeypatch):
    monkeypatch.setattr(backup, "sound", lambda _: False)
    with pytest.raises(JournalDamaged):
        Journal.open(old, KEY)
    assert [file.name for file in old.parent.iterdir()] == [FILE_NAME]
    with raw(old) as db:
        assert version_of(db) == 1


@pytest.mark.parametrize("unfinished", [False, True], ids=["closed", "with-a-log"])
def test_a_newer_file_is_refused_and_left_untouched(tmp_path, path, unfinished):
    newer = tmp_path / "newer" / FILE_NAME
    newer.parent.mkdir()
    with raw(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA user_version = {LATEST + 1}")
        if unfinished:
            for suffix in ("", "-wal"):
                shutil.copy(f"{path}{suffix}", f"{newer}{suffix}")
    if not unfinished:
        shutil.copy(path, newer)
    files = [file for file in newer.parent.iterdir() if file.stat().st_size]
    before = [file.read_bytes() for file in files]
    assert len(files) == 1 + unfinished
    with pytest.raises(JournalNewer):
        Journal.open(newer, KEY)
    assert [file.read_bytes() for file in files] == before
    assert not list(newer.parent.glob("*.bak"))


def test_a_newer_file_is_refused_beside_a_left_over_rollback_journal(path):
    with raw(path) as db:
        db.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = path.read_bytes()
    path.with_name(f"{FILE_NAME}-journal").touch()
    with pytest.raises(JournalNewer):
        Journal.open(path, KEY)
    assert path.read_bytes() == before


def test_the_newest_version_is_the_one_the_store_writes(path):
    assert store.LATEST == LATEST
    with raw(path) as db:
        assert version_of(db) == LATEST
