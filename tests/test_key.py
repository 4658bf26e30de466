"""The journal's key: made once, never a second time for the same journal, and every way of not having it told apart."""

import contextlib
import dataclasses
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_support import new_reply

from repondeur.errors import (
    DiskFull,
    JournalNewer,
    JournalUnwritable,
    KeyFileDamaged,
    KeyMissing,
    KeyRingLocked,
    KeyRingUnavailable,
    OutOfMemory,
    RepondeurError,
    WeakPassphrase,
    WrongKey,
    WrongPassphrase,
)
from repondeur.journal import files, key, keyfile
from repondeur.journal.key import Keeper, KeyState
from repondeur.journal.keyfile import NAME, KeyFile, check_value, key_matches
from repondeur.journal.ring import KeyRing
from repondeur.journal.store import FILE_NAME, Journal

PASSPHRASE = "cheval agrafe correct pile"


class Shelf(KeyRing):
    """A key ring as the keeper sees it: a table, which may be out of reach. The real one has its own tests."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        self.refusal: RepondeurError | None = None

    def read(self, account: str) -> str | None:
        """Look it up."""
        self._reach()
        return self.kept.get(account)

    def write(self, account: str, secret: str) -> None:
        """Keep it."""
        self._reach()
        self.kept[account] = secret

    def forget(self, account: str) -> None:
        """Drop it."""
        self.kept.pop(account, None)

    def _reach(self) -> None:
        if self.refusal is not None:
            raise self.refusal


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Maëlys Çelik" / "repondeur"


@pytest.fixture(autouse=True)
def _light_work(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let Argon2id take 8 MiB, but for the test that is about its weight."""
    if not request.node.name.endswith("full_weight"):
        monkeypatch.setattr(key, "_MEMORY_KIB", 8 * 1024)


def write_journal(folder: Path, secret: bytes) -> None:
    journal = Journal.open(folder / FILE_NAME, secret)
    journal.record(new_reply())
    journal.close()


# The key ring --------------------------------------------------------------------------------------------------


def test_a_key_is_made_kept_and_found_again(folder, shelf):
    keeper = Keeper(folder, ring=shelf)
    assert keeper.state() is KeyState.NEW
    made = keeper.from_ring()
    assert len(made) == 32
    assert list(shelf.kept.values()) == [made.hex()]
    write_journal(folder, made)
    again = Keeper(folder, ring=shelf)
    assert again.state() is KeyState.IN_RING
    assert again.from_ring() == made
    assert made.hex() not in (folder / NAME).read_text()


def test_two_installations_have_two_keys_and_two_names(tmp_path, shelf):
    one, two = (Keeper(tmp_path / name, ring=shelf).from_ring() for name in "ab")
    assert one != two
    assert len(shelf.kept) == 2


@pytest.mark.parametrize("refusal", [KeyRingUnavailable(), KeyRingLocked()])
def test_a_ring_out_of_reach_is_told_and_nothing_is_made(folder, shelf, refusal):
    shelf.refusal = refusal
    with pytest.raises(type(refusal)):
        Keeper(folder, ring=shelf).from_ring()
    assert not folder.exists()
    shelf.refusal = None
    write_journal(folder, Keeper(folder, ring=shelf).from_ring())
    shelf.refusal = refusal
    with pytest.raises(type(refusal)):
        Keeper(folder, ring=shelf).from_ring()


def test_a_key_missing_beside_a_journal_never_makes_a_new_one(folder, shelf):
    write_journal(folder, Keeper(folder, ring=shelf).from_ring())
    shelf.kept.clear()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for _ in range(2):
        with pytest.raises(KeyMissing):
            Keeper(folder, ring=shelf).from_ring()
    with pytest.raises(RuntimeError):
        Keeper(folder, ring=shelf).create_with_passphrase(PASSPHRASE)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert shelf.kept == {}


def test_a_journal_without_its_key_file(folder, shelf):
    write_journal(folder, Keeper(folder, ring=shelf).from_ring())
    (folder / NAME).unlink()
    keeper = Keeper(folder, ring=shelf)
    for call in (keeper.state, keeper.from_ring, lambda: keeper.create_with_passphrase(PASSPHRASE)):
        with pytest.raises(KeyMissing):
            call()
    assert len(shelf.kept) == 1


@pytest.mark.parametrize("secret", ["00" * 32, "", "pas une clé", "ab"])
def test_another_secret_in_the_key_s_place_is_a_wrong_key(folder, shelf, secret):
    write_journal(folder, Keeper(folder, ring=shelf).from_ring())
    shelf.kept = dict.fromkeys(shelf.kept, secret)
    with pytest.raises(WrongKey):
        Keeper(folder, ring=shelf).from_ring()


# A kill on the first day ---------------------------------------------------------------------------------------


def test_killed_after_the_ring_was_written(folder, shelf, monkeypatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keyfile, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            Keeper(folder, ring=shelf).from_ring()
    assert len(shelf.kept) == 1
    made = Keeper(folder, ring=shelf).from_ring()
    write_journal(folder, made)
    assert Keeper(folder, ring=shelf).from_ring() == made


def test_killed_before_the_journal_was_made(folder, shelf):
    made = Keeper(folder, ring=shelf).from_ring()
    keeper = Keeper(folder, ring=shelf)
    assert keeper.state() is KeyState.NEW
    assert keeper.from_ring() == made
    (folder / FILE_NAME).touch()  # the driver had made the file and written nothing
    assert keeper.state() is KeyState.NEW
    assert keeper.from_ring() == made


def test_killed_before_the_journal_was_made_and_the_ring_is_lost(folder, shelf):
    lost = Keeper(folder, ring=shelf).from_ring()
    first = (folder / NAME).read_bytes()
    shelf.kept.clear()
    made = Keeper(folder, ring=shelf).from_ring()
    assert made != lost
    assert Keeper(folder, ring=shelf).from_ring() == made
    (aside,) = folder.glob("*.old.json")
    assert aside.read_bytes() == first


def test_killed_before_the_journal_was_made_and_the_ring_is_out_of_reach(folder, shelf):
    Keeper(folder, ring=shelf).from_ring()
    shelf.refusal = KeyRingUnavailable()
    keeper = Keeper(folder, ring=shelf)
    with pytest.raises(KeyRingUnavailable):
        keeper.from_ring()
    assert keeper.state() is KeyState.NEW
    made = keeper.create_with_passphrase(PASSPHRASE)
    assert Keeper(folder, ring=shelf).from_passphrase(PASSPHRASE) == made


def test_killed_while_the_key_file_was_written(folder, shelf):
    folder.mkdir(parents=True)
    (folder / f"{NAME}.partial").write_bytes(b'{"version": 1, "inst')
    made = Keeper(folder, ring=shelf).from_ring()
    write_journal(folder, made)
    assert sorted(file.name for file in folder.iterdir()) == [NAME, FILE_NAME]


def test_a_key_that_cannot_be_noted_leaves_no_secret_behind(folder, shelf, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises((DiskFull, JournalUnwritable)):
        Keeper(folder, ring=shelf).from_ring()
    assert shelf.kept == {}
    assert list(folder.iterdir()) == []


# The passphrase ------------------------------------------------------------------------------------------------


def test_a_passphrase_opens_the_journal_at_full_weight(folder, shelf):
    made = Keeper(folder, ring=shelf).create_with_passphrase(PASSPHRASE)
    write_journal(folder, made)
    keeper = Keeper(folder, ring=shelf)
    assert keeper.state() is KeyState.PASSPHRASE
    assert keeper.from_passphrase(PASSPHRASE) == made
    stored = json.loads((folder / NAME).read_text())["passphrase"]
    assert (stored["kdf"], stored["passes"], stored["lanes"], stored["memory_kib"]) == ("argon2id", 3, 4, 262144)
    assert shelf.kept == {}
    assert made.hex() not in (folder / NAME).read_text()


@pytest.mark.parametrize("typed", ["cheval agrafe correct pil", "Cheval agrafe correct pile", "", " " + PASSPHRASE])
def test_another_passphrase_is_refused(folder, shelf, typed):
    keeper = Keeper(folder, ring=shelf)
    keeper.create_with_passphrase(PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        keeper.from_passphrase(typed)


def test_a_passphrase_is_the_same_on_every_keyboard(folder, shelf):
    keeper = Keeper(folder, ring=shelf)
    made = keeper.create_with_passphrase("été\u00a0à la forge ﬁne")
    assert keeper.from_passphrase("e\u0301te\u0301 a\u0300 la forge fine") == made


@pytest.mark.parametrize("weak", ["", "court", "1234567", " " * 12, "abc     ", "\ufb01\ufb01\ufb01 "])
def test_a_short_passphrase_is_refused_and_nothing_is_written(folder, shelf, weak):
    with pytest.raises(WeakPassphrase):
        Keeper(folder, ring=shelf).create_with_passphrase(weak)
    assert not folder.exists()


def test_a_passphrase_is_never_set_over_another(folder, shelf):
    keeper = Keeper(folder, ring=shelf)
    keeper.create_with_passphrase(PASSPHRASE)
    with pytest.raises(RuntimeError):
        keeper.create_with_passphrase(PASSPHRASE)
    with pytest.raises(KeyMissing):
        keeper.from_ring()


def test_there_is_no_passphrase_where_none_was_set(folder, shelf):
    keeper = Keeper(folder, ring=shelf)
    with pytest.raises(KeyFileDamaged):
        keeper.from_passphrase(PASSPHRASE)
    keeper.from_ring()
    with pytest.raises(KeyFileDamaged):
        keeper.from_passphrase(PASSPHRASE)


def test_too_little_memory_is_told(folder, shelf, monkeypatch):
    monkeypatch.setattr(key, "_MEMORY_KIB", 2**31)  # 2 TiB: the library gives up before it starts
    with pytest.raises(OutOfMemory):
        Keeper(folder, ring=shelf).create_with_passphrase(PASSPHRASE)
    assert not folder.exists()


# The key file --------------------------------------------------------------------------------------------------


def stored(folder: Path, **changes: object) -> None:
    """Change fields of the key file as somebody who knows its checksum would."""
    fields = json.loads((folder / NAME).read_text())
    fields.pop("sha256")
    for name, value in changes.items():
        if name in fields["passphrase"]:
            fields["passphrase"][name] = value
        else:
            fields[name] = value
    fields["sha256"] = keyfile._checksum(fields)
    (folder / NAME).write_text(json.dumps(fields))


@pytest.fixture
def sealed(folder: Path, shelf: Shelf) -> Path:
    """Return a folder whose journal a passphrase opens."""
    write_journal(folder, Keeper(folder, ring=shelf).create_with_passphrase(PASSPHRASE))
    return folder


@pytest.mark.parametrize(
    "forged",
    [
        {"memory_kib": 1024 * 1024 + 1},
        {"memory_kib": 2**60},
        {"memory_kib": 8},
        {"memory_kib": "8192"},
        {"memory_kib": 8192.0},
        {"memory_kib": True},
        {"passes": 11},
        {"passes": 0},
        {"passes": -1},
        {"lanes": 17},
        {"lanes": 0},
        {"kdf": "none"},
        {"salt": ""},
        {"salt": "zz" * 16},
        {"nonce": "00"},
        {"sealed": "00"},
        {"sealed": None},
        {"installation": "../../etc/passwd"},
        {"check": "0"},
        {"version": "1"},
        {"passphrase": "cheval"},
        {"passphrase": []},
    ],
    ids=str,
)
def test_a_forged_key_file_cannot_ask_for_the_impossible(sealed, forged):
    stored(sealed, **forged)
    with pytest.raises(KeyFileDamaged):
        Keeper(sealed).from_passphrase(PASSPHRASE)


@pytest.mark.parametrize("lighter", [{"memory_kib": 64}, {"passes": 1}, {"lanes": 1}, {"salt": "00" * 16}], ids=str)
def test_lighter_work_than_was_sealed_opens_nothing(sealed, lighter):
    stored(sealed, **lighter)
    with pytest.raises(WrongPassphrase):
        Keeper(sealed).from_passphrase(PASSPHRASE)


def test_a_key_file_of_another_journal_is_noticed(sealed):
    stored(sealed, check=check_value(bytes(32)))
    with pytest.raises(KeyFileDamaged):
        Keeper(sealed).from_passphrase(PASSPHRASE)


def test_a_newer_key_file_is_left_alone(sealed):
    stored(sealed, version=2)
    before = (sealed / NAME).read_bytes()
    for call in (Keeper(sealed).state, Keeper(sealed).from_ring, lambda: Keeper(sealed).from_passphrase(PASSPHRASE)):
        with pytest.raises(JournalNewer):
            call()
    assert (sealed / NAME).read_bytes() == before
    assert not key_matches(sealed, bytes(32))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"3", b"\xff\xfe", b"{}", b"[" * 9000, b" " * 70_000])
def test_a_damaged_key_file_beside_a_journal_is_told(sealed, content):
    (sealed / NAME).write_bytes(content)
    for call in (Keeper(sealed).state, lambda: Keeper(sealed).from_passphrase(PASSPHRASE)):
        with pytest.raises(KeyFileDamaged):
            call()
    assert (sealed / NAME).read_bytes() == content


def test_a_damaged_key_file_without_a_journal_is_set_aside(folder, shelf):
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"{")
    keeper = Keeper(folder, ring=shelf)
    assert keeper.state() is KeyState.NEW
    write_journal(folder, keeper.from_ring())
    (aside,) = folder.glob("*.old.json")
    assert aside.read_bytes() == b"{"
    assert keeper.state() is KeyState.IN_RING


@given(st.data())
def test_every_flipped_bit_of_the_key_file_is_noticed(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("bits")
    keyfile.write(folder, SAMPLE)
    content = bytearray((folder / NAME).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    (folder / NAME).write_bytes(content)
    with contextlib.suppress(KeyFileDamaged):
        assert keyfile.read(folder) == SAMPLE  # a bit of the white space between the fields


SAMPLE = KeyFile(
    installation="0123456789abcdef" * 2,
    check=check_value(bytes(32)),
    ring=True,
    wrap=keyfile.Wrap(bytes(16), bytes(12), bytes(48), 3, 4, 262144),
)


def test_the_key_file_is_read_as_it_was_written(tmp_path):
    for content in (SAMPLE, dataclasses.replace(SAMPLE, ring=False), dataclasses.replace(SAMPLE, wrap=None)):
        keyfile.write(tmp_path, content)
        assert keyfile.read(tmp_path) == content
    assert key_matches(tmp_path, bytes(32))
    assert not key_matches(tmp_path, bytes(31) + b"\x01")
    assert keyfile.read(tmp_path / "elsewhere") is None
    assert not key_matches(tmp_path / "elsewhere", bytes(32))


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps its own access lists")
def test_the_key_file_is_its_owner_s_alone(folder, shelf):
    Keeper(folder, ring=shelf).from_ring()
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_the_older_file(tmp_path, monkeypatch):
    keyfile.write(tmp_path, SAMPLE)

    def broken(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files.os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        keyfile.write(tmp_path, dataclasses.replace(SAMPLE, ring=False))
    monkeypatch.undo()
    assert keyfile.read(tmp_path) == SAMPLE
    assert [file.name for file in tmp_path.iterdir()] == [NAME]


def test_a_folder_that_cannot_be_read(tmp_path, shelf):
    (tmp_path / "data").write_text("")
    keeper = Keeper(tmp_path / "data", ring=shelf)
    with pytest.raises(JournalUnwritable):
        keeper.state()
    with pytest.raises(JournalUnwritable):
        keeper.from_ring()
