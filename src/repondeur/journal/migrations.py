"""The journal's schema as the ordered steps that built it.

A new file runs every step, an older one those it lacks: so a fresh schema equals a migrated one. Step *n* (counted from
one) leads to ``user_version`` *n*. A released step never changes; a new need is a new step at the end, with a stored
file of the version before it among the tests.
"""

from typing import Any, Final

_TIME = (
    "GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'"
)
# White space (Unicode White_Space) and the invisible characters that the approval rule ignores too.
_BLANKS = (
    "char(9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 173, 5760, 6158, 8192, 8193, 8194, 8195, 8196, 8197, 8198, "
    "8199, 8200, 8201, 8202, 8203, 8204, 8205, 8206, 8207, 8232, 8233, 8239, 8287, 8288, 12288, 65279)"
)

_FIRST = (
    # One row a job, from the paste to the copy. Identifiers are never reused: an erased row stays recognisable as such.
    f"""
    CREATE TABLE reply (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        draft_id TEXT NOT NULL UNIQUE CONSTRAINT draft_named CHECK (draft_id <> ''),
        created TEXT NOT NULL CONSTRAINT created_utc CHECK (created {_TIME}),
        review_text TEXT NOT NULL,
        review_author TEXT NOT NULL,
        rating INTEGER CONSTRAINT rating_in_stars CHECK (rating BETWEEN 1 AND 5),
        site TEXT NOT NULL,
        lang TEXT NOT NULL
    ) STRICT
    """,
    # One row each time that another text of the job left. Only added to, never changed: the last one is what counts.
    f"""
    CREATE TABLE release (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        reply_id INTEGER NOT NULL REFERENCES reply (id) ON DELETE CASCADE,
        released TEXT NOT NULL CONSTRAINT released_utc CHECK (released {_TIME}),
        note TEXT NOT NULL,
        tone TEXT NOT NULL CONSTRAINT tone_named CHECK (tone <> ''),
        length TEXT NOT NULL CONSTRAINT length_named CHECK (length <> ''),
        generated_by TEXT NOT NULL CONSTRAINT author_known CHECK (generated_by IN ('model', 'template', 'person')),
        model TEXT NOT NULL,
        prompt_version TEXT NOT NULL,
        generated TEXT NOT NULL,
        final TEXT NOT NULL CONSTRAINT final_not_blank CHECK (trim(final, {_BLANKS}) <> ''),
        approval TEXT NOT NULL CONSTRAINT approval_known CHECK (approval IN ('edited', 'approved')),
        approved_text TEXT CONSTRAINT approved_text_is_final CHECK (approved_text IS NULL OR approved_text = final),
        sha256 TEXT NOT NULL
            CONSTRAINT sha256_whole CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
        active_seconds REAL NOT NULL
            CONSTRAINT active_seconds_real CHECK (active_seconds >= 0 AND active_seconds < 1e9),
        baseline_seconds REAL
            CONSTRAINT baseline_seconds_real CHECK (baseline_seconds > 0 AND baseline_seconds < 1e9),
        CONSTRAINT approved_is_what_was_approved CHECK (approval <> 'approved' OR approved_text IS NOT NULL),
        CONSTRAINT edited_differs CHECK (approval <> 'edited' OR final <> generated)
    ) STRICT
    """,
    f"""
    CREATE TABLE discarded (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        draft_id TEXT NOT NULL UNIQUE CONSTRAINT draft_named CHECK (draft_id <> ''),
        created TEXT NOT NULL CONSTRAINT created_utc CHECK (created {_TIME}),
        active_seconds REAL NOT NULL CONSTRAINT active_seconds_real CHECK (active_seconds >= 0 AND active_seconds < 1e9)
    ) STRICT
    """,
    f"""
    CREATE TABLE baseline (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created TEXT NOT NULL CONSTRAINT created_utc CHECK (created {_TIME}),
        seconds REAL NOT NULL CONSTRAINT seconds_real CHECK (seconds > 0 AND seconds < 1e9),
        characters INTEGER NOT NULL CONSTRAINT characters_counted CHECK (characters >= 0)
    ) STRICT
    """,
    f"""
    CREATE TABLE working (
        id INTEGER PRIMARY KEY CONSTRAINT one_row CHECK (id = 1),
        saved TEXT NOT NULL CONSTRAINT saved_utc CHECK (saved {_TIME}),
        state TEXT NOT NULL CONSTRAINT state_is_json CHECK (json_valid(state))
    ) STRICT
    """,
)

_SECOND = (
    # The last release of a reply is looked for at each reading, and all of them at each erasure.
    "CREATE INDEX release_of_reply ON release (reply_id)",
    # Measuring again sets the old samples aside and keeps them: what was once counted can still be explained.
    f"ALTER TABLE baseline ADD COLUMN retired TEXT CONSTRAINT retired_utc CHECK (retired {_TIME})",
)

STEPS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SECOND)
LATEST: Final = len(STEPS)


def version_of(db: Any) -> int:
    """Return the file's schema version; 0 for a new file.

    Raises:
        dbapi2.Error: the file cannot be read with this key.
    """
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # reads a page, so a wrong key shows here
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: Any, to: int = LATEST) -> None:
    """Run the steps that the file lacks, all in one transaction; a failure leaves it as it was.

    A file that lacks none is not written, but a write lock is taken for a moment: a read-only file shows here.

    Raises:
        dbapi2.Error: the file cannot be read or written, or a step does not fit its rows.
    """
    db.execute("PRAGMA foreign_keys = OFF")  # a step may rebuild a table; inside a transaction this has no effect
    db.execute("BEGIN IMMEDIATE")
    try:
        if lacking := STEPS[version_of(db) : to]:
            _run(db, lacking)
            db.execute(f"PRAGMA user_version = {to:d}")
            db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("PRAGMA foreign_keys = ON")


def _run(db: Any, steps: tuple[tuple[str, ...], ...]) -> None:
    for step in steps:
        for statement in step:
            db.execute(statement)
    if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise RuntimeError("a migration step left rows that point nowhere")
