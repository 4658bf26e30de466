"""The journal when the world fails: a kill, a full disk, a read-only folder, a flipped bit, another program."""

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from journal_support import DATA, GENERATED, KEY, Clock, new_reply, raw, released, work_in_progress
from journal_writer import text_of

from repondeur.errors import (
    DiskFull,
    JournalBusy,
    JournalDamaged,
    JournalUnwritable,
    RepondeurError,
    WrongKey,
)
from repondeur.journal import driver, keyfile
from repondeur.journal.backup import rows_by_table, sound
from repondeur.journal.keyfile import KeyFile
from repondeur.journal.migrations import LATEST, version_of
from repondeur.journal.store import FILE_NAME, Journal

WRITER = Path(__file__).with_name("journal_writer.py")
OTHER_KEY = bytes(32)
CYCLES = int(os.environ.get("REPONDEUR_KILLS", "50"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a journal of one reply."""
    journal = Journal.open(tmp_path / "here" / FILE_NAME, KEY, now=Clock())
    journal.record(new_reply("a"))
    journal.close()
    return journal.path


# A kill --------------------------------------------------------------------------------------------------------


def killed_after(command: list[str], lines: int) -> list[str]:
    """Run ``command``, kill it once it printed ``lines`` lines, and return all that it printed whole."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE) as child:
        printed = b""
        while printed.count(b"\n") < lines and (more := os.read(child.stdout.fileno(), 65536)):
            printed += more
        child.send_signal(signal.SIGKILL)
        while more := child.stdout.read():
            printed += more
    assert child.returncode == -signal.SIGKILL
    return printed.decode().split("\n")[:-1]


def test_a_kill_loses_nothing_that_was_promised(tmp_path):
    path = tmp_path / FILE_NAME
    chance = random.Random(20261124)
    promised: dict[str, int] = {}
    for _ in range(CYCLES):
        first = promised.get("r", 0) + 1
        for line in killed_after([str(WRITER), str(path), str(first)], chance.randint(1, 25)):
            what, number = line.split()
            promised[what] = int(number)
        journal = Journal.open(path, KEY)
        replies = {entry.draft_id: entry.final for entry in journal.entries()}
        working, discarded = journal.load_working(), {d.draft_id for d in journal.discarded()}
        whole = sound(journal._connection())
        journal.close()
        assert whole
        last = promised.get("r", 0)
        assert {name: replies[name] for n in range(1, last + 1) if (name := f"r{n}")} == {
            f"r{n}": text_of(n) for n in range(1, last + 1)
        }
        # What was under way at the kill is there whole or not at all.
        assert {replies[name] for name in replies if int(name[1:]) > last} <= {"Premier jet.", text_of(last + 1)}
        assert {f"d{n}" for n in range(5, promised.get("d", 0) + 1, 5)} <= discarded
        assert working in [work_in_progress(text_of(n)) for n in range(promised["w"], promised["w"] + 2)]
    print(f"\n{CYCLES} kills, {promised['r']} replies promised, none lost")


OPENER = """
import sys
from pathlib import Path
from journal_support import KEY
from repondeur.journal.store import Journal
print("go", flush=True)
Journal.open(Path(sys.argv[1]), KEY).close()
print("done", flush=True)
"""


def opened_and_killed(path: Path, moment: float) -> float:
    """Open the journal in a child that is killed after ``moment`` seconds; return how long it took if it was done."""
    environment = {**os.environ, "PYTHONPATH": str(WRITER.parent)}
    with subprocess.Popen([sys.executable, "-c", OPENER, str(path)], stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout.readline() == b"go\n"
        start = time.perf_counter()
        select.select([child.stdout], [], [], moment)
        taken = time.perf_counter() - start
        child.kill()
    return taken


def test_a_kill_while_a_file_is_brought_up_to_date_leaves_an_older_or_a_new_one(tmp_path):
    chance = random.Random(7)
    usual = opened_and_killed(Path(shutil.copy(DATA / "journal-v1.db", tmp_path / "usual.db")), 30)
    versions = []
    for cycle in range(CYCLES // 4):
        path = Path(shutil.copy(DATA / "journal-v1.db", tmp_path / f"{cycle}.db"))
        opened_and_killed(path, chance.uniform(0, 1.2 * usual))
        copy = path.with_name(f"{path.stem}.v1.bak")
        with raw(path) as db:
            versions.append(version_of(db))
            assert sound(db)
            assert rows_by_table(db)["release"] == 3
        if versions[-1] == LATEST:
            assert copy.exists()
        if copy.exists():
            with raw(copy) as db:
                assert version_of(db) == 1
                assert sound(db)
        journal = Journal.open(path, KEY)
        assert len(journal.entries()) == 2
        journal.close()
        assert not list(tmp_path.glob("*.partial*"))
    print(f"\nkilled at version 1: {versions.count(1)} times, at {LATEST}: {versions.count(LATEST)} times")


def test_a_kill_while_a_file_is_made_leaves_one_that_opens(tmp_path):
    chance = random.Random(11)
    usual = opened_and_killed(tmp_path / "usual" / FILE_NAME, 30)
    for cycle in range(CYCLES // 4):
        path = tmp_path / str(cycle) / FILE_NAME
        opened_and_killed(path, chance.uniform(0, 1.2 * usual))
        journal = Journal.open(path, KEY)
        journal.record(new_reply())
        journal.close()


# A disk that refuses -------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a real file system of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("no mount command here")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Write a file until the disk has no byte left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def test_a_full_disk_is_told_and_loses_nothing(small_disk):
    journal = Journal.open(small_disk / FILE_NAME, KEY)
    written = 0
    try:
        while written < 10_000:
            journal.record(new_reply(f"r{written}", GENERATED * 20))
            written += 1
    except DiskFull:
        pass
    assert 10 < written < 10_000
    for call in (lambda: journal.discard("z", 1), lambda: journal.save_working(work_in_progress("é" * 9000))):
        try:
            call()
        except DiskFull:
            continue
    assert len(journal.entries()) == written
    journal.close()
    journal = Journal.open(small_disk / FILE_NAME, KEY)
    assert len(journal.entries()) == written
    assert sound(journal._connection())
    journal.close()


def test_writing_goes_on_once_there_is_room_again(small_disk):
    journal = Journal.open(small_disk / FILE_NAME, KEY)
    filler = fill(small_disk)
    with pytest.raises(DiskFull):
        journal.record(new_reply("a", GENERATED * 2000))
    assert journal.entries() == []
    filler.unlink()
    journal.record(new_reply("a"))
    assert len(journal.entries()) == 1
    journal.close()


def test_a_new_journal_on_a_full_disk(small_disk):
    filler = fill(small_disk)
    with pytest.raises(DiskFull):
        Journal.open(small_disk / FILE_NAME, KEY)
    filler.unlink()
    Journal.open(small_disk / FILE_NAME, KEY).close()


def test_no_migration_without_room_for_the_copy(small_disk):
    path = Path(shutil.copy(DATA / "journal-v1.db", small_disk / FILE_NAME))
    before = path.read_bytes()
    filler = fill(small_disk)
    with pytest.raises(DiskFull):
        Journal.open(path, KEY)
    assert path.read_bytes() == before
    filler.unlink()
    Journal.open(path, KEY).close()
    assert sorted(file.name for file in small_disk.iterdir()) == [FILE_NAME, "journal.v1.bak"]


def test_a_read_only_disk(small_disk):
    path = small_disk / FILE_NAME
    Journal.open(path, KEY).close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for name in (FILE_NAME, "folder/other.db"):
        with pytest.raises(JournalUnwritable):
            Journal.open(small_disk / name, KEY)


def test_a_disk_that_turns_read_only(small_disk):
    journal = Journal.open(small_disk / FILE_NAME, KEY)
    journal.record(new_reply("a"))
    # The kernel does not remount under a file open for writing; the driver says the same of a connection set to read.
    with raw(journal.path) as db:
        db.execute("PRAGMA query_only = ON")
        journal._db, kept = db, journal._db
        with pytest.raises(JournalUnwritable):
            journal.record(new_reply("b"))
        assert len(journal.entries()) == 1
        journal._db = kept
    journal.record(new_reply("b"))
    journal.close()


STUBBORN = """
import sys
from pathlib import Path
from journal_support import KEY, new_reply
from repondeur.errors import JournalError
from repondeur.journal.store import Journal
journal = Journal.open(Path(sys.argv[1]), KEY)
for number in range(40):
    try:
        journal.record(new_reply(f"r{number}"))
        print(number, len(journal.entries()), flush=True)
    except JournalError as error:
        print(type(error).__name__, len(journal.entries()), flush=True)
"""


def test_a_disk_that_fails_to_keep_what_it_took(tmp_path):
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-qq", "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("strace, which makes fsync fail here, is not installed or not permitted")
    path = tmp_path / FILE_NAME
    fault = ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=25+"]
    done = subprocess.run(
        [strace, "-qq", "-f", "-o", os.devnull, *fault, sys.executable, "-c", STUBBORN, str(path)],
        env={**os.environ, "PYTHONPATH": str(WRITER.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    kept = [number for number, (outcome, _) in enumerate(lines) if outcome.isdigit()]
    assert 5 < len(kept) < 40
    assert {outcome for outcome, _ in lines if not outcome.isdigit()} == {"JournalUnwritable"}
    assert {count for outcome, count in lines if not outcome.isdigit()} == {str(len(kept))}
    journal = Journal.open(path, KEY)
    assert {f"r{number}" for number in kept} <= {entry.draft_id for entry in journal.entries()}
    assert sound(journal._connection())
    journal.close()


def test_a_read_only_folder(path):
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere; test_a_read_only_disk covers it")
    path.parent.chmod(0o500)
    try:
        with pytest.raises(JournalUnwritable):
            Journal.open(path, KEY)
    finally:
        path.parent.chmod(0o700)


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(JournalUnwritable):
        Journal.open(tmp_path / "data" / FILE_NAME, KEY)


def test_a_folder_where_the_file_should_be(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(JournalUnwritable):
        Journal.open(tmp_path / FILE_NAME, KEY)


# Another key, another file -------------------------------------------------------------------------------------


def name_key(path: Path, key: bytes) -> None:
    keyfile.write(path.parent, KeyFile("0" * 32, keyfile.check_value(key), ring=True, wrap=None))


def test_a_wrong_key_changes_nothing(path):
    before = path.read_bytes()
    name_key(path, KEY)
    with pytest.raises(WrongKey):
        Journal.open(path, OTHER_KEY)
    assert path.read_bytes() == before


def test_with_the_right_key_a_file_that_does_not_open_is_damaged(path):
    name_key(path, KEY)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(JournalDamaged):
        Journal.open(path, KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"x", b"SQLite format 3\0" + bytes(5000), os.urandom(9000)])
def test_a_file_that_is_no_journal(path, content):
    name_key(path, KEY)
    path.write_bytes(content)
    with pytest.raises(JournalDamaged):
        Journal.open(path, KEY)
    assert path.read_bytes() == content


def test_the_journal_of_another_installation_is_not_ours(path, tmp_path):
    Journal.open(tmp_path / "other.db", OTHER_KEY).close()
    name_key(path, KEY)
    shutil.copy(tmp_path / "other.db", path)
    with pytest.raises(JournalDamaged):
        Journal.open(path, KEY)


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path):
    journal = Journal.open(tmp_path / FILE_NAME, KEY)
    for number in range(40):
        journal.record(new_reply(f"r{number}", GENERATED * 20))
    written = journal.entries()
    journal.close()
    name_key(journal.path, KEY)
    whole = journal.path.read_bytes()
    chance = random.Random(3)
    noticed = 0
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        journal.path.write_bytes(damaged)
        try:
            opened = Journal.open(journal.path, KEY)
            try:
                assert opened.entries() == written  # a page that these rows do not need
            finally:
                opened.close()
        except JournalDamaged:
            noticed += 1
    assert noticed > 30


@pytest.mark.parametrize("lost", [4096, 4096 * 3, -100])
def test_a_truncated_file_is_damaged(path, lost):
    name_key(path, KEY)
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(JournalDamaged):
        Journal.open(path, KEY)


def test_work_in_progress_that_no_version_wrote_is_damage(path):
    with raw(path) as db:
        db.execute("INSERT INTO working VALUES (1, '2026-03-02T08:31:00.000000Z', '{\"text\": 1}')")
    journal = Journal.open(path, KEY)
    with pytest.raises(JournalDamaged):
        journal.load_working()
    journal.close()


# Somebody else -------------------------------------------------------------------------------------------------


def test_another_program_that_holds_the_file(path, monkeypatch):
    monkeypatch.setattr(driver, "_BUSY_SECONDS", 0.05)
    journal = Journal.open(path, KEY)
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalBusy):
            journal.record(new_reply("b"))
        with pytest.raises(JournalBusy):
            Journal.open(path, KEY)
        assert len(journal.entries()) == 1
    journal.record(new_reply("b"))
    journal.close()


def test_several_threads_take_turns(path):
    journal = Journal.open(path, KEY)
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                journal.record(new_reply(f"{name}{number}"))
                journal.entries(limit=1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(journal.entries()) == 61
    journal.close()


def test_no_error_carries_a_text(path, monkeypatch):
    monkeypatch.setattr(driver, "_BUSY_SECONDS", 0.05)
    journal = Journal.open(path, KEY)
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RepondeurError) as caught:
            journal.record(new_reply("b", reply=released("Secret de Polichinelle")))
    journal.close()
    error: BaseException | None = caught.value
    while error is not None:
        assert "Secret" not in repr(error)
        error = error.__cause__ or error.__context__
