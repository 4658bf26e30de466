"""The key ring for real: gnome-keyring on a D-Bus session of its own, then locked, emptied, absent and refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from keyring import backend as keyring_backend
from keyring.backends import chainer, fail, null
from keyring.backends.SecretService import Keyring as SecretService

from repondeur.errors import KeyRingLocked, KeyRingUnavailable
from repondeur.journal import ring
from repondeur.journal.keyfile import NAME
from repondeur.journal.ring import ALLOWED, KeyRing, allowed

HERE = Path(__file__).parent
real = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring or dbus is not installed: apt-get install gnome-keyring dbus",
)


def session(folder: Path, *steps: str, **environment: str) -> list[object]:
    """Walk ``steps`` (see keyring_child.py) in a key ring session and return what came of each."""
    asked = {name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"}
    command = [HERE / "with-keyring.sh", sys.executable, "-X", "utf8", HERE / "keyring_child.py", folder, *steps]
    done = subprocess.run(command, env={**asked, **environment}, capture_output=True, text=True, timeout=30)
    outcome = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcome) == len(steps), done.stderr
    return outcome


@real
def test_a_key_is_made_once_and_comes_back_in_a_later_session(tmp_path):
    folder, home = tmp_path / "data", str(tmp_path / "ring")
    backend, before, key, same, after, first = session(
        folder, "backend", "state", "key", "key", "state", "journal", KEYRING_HOME=home
    )
    assert backend == "keyring.backends.SecretService.Keyring"
    assert (before, after, first) == ("new", "new", 1)
    assert same == key
    assert len(str(key)) == 64
    assert session(folder, "state", "key", "journal", KEYRING_HOME=home) == ["in-ring", key, 2]
    assert str(key) not in (folder / NAME).read_text()


@real
def test_a_ring_that_is_locked_again(tmp_path):
    folder = tmp_path / "data"
    assert session(folder, "journal", "lock", "key", "state") == [1, "locked", "KeyRingLocked", "in-ring"]


@real
def test_a_ring_that_was_emptied_never_gets_another_key_for_the_same_journal(tmp_path):
    folder = tmp_path / "data"
    outcome = session(folder, "journal", "empty", "key", "key", "other", "key", "rubbish", "key")
    assert outcome == [1, None, "KeyMissing", "KeyMissing", "repondeur", "WrongKey", "repondeur", "WrongKey"]


@real
def test_a_ring_that_never_was_unlocked_leads_to_a_passphrase(tmp_path):
    folder = tmp_path / "data"
    state, refusal, key, after = session(folder, "state", "key", "passphrase", "state", KEYRING="closed")
    assert (state, refusal, after) == ("new", "KeyRingLocked", "passphrase")
    assert len(str(key)) == 64


@real
def test_a_session_without_a_key_ring(tmp_path):
    folder = tmp_path / "data"
    state, refusal, _, after = session(folder, "state", "key", "passphrase", "state", KEYRING="absent")
    assert (state, refusal, after) == ("new", "KeyRingUnavailable", "passphrase")


@real
def test_the_ring_of_a_standing_journal_is_absent(tmp_path):
    folder, home = tmp_path / "data", str(tmp_path / "ring")
    session(folder, "journal", KEYRING_HOME=home)
    assert session(folder, "state", "key", KEYRING_HOME=home, KEYRING="absent") == ["in-ring", "KeyRingUnavailable"]
    assert session(folder, "journal", KEYRING_HOME=home) == [2]


@real
@pytest.mark.parametrize("name", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "no.such.Thing"])
def test_a_backend_that_a_person_chose_and_that_keeps_nothing_is_refused(tmp_path, name):
    assert session(tmp_path, "key", PYTHON_KEYRING_BACKEND=name) == ["KeyRingUnavailable"]
    assert not (tmp_path / NAME).exists()


@real
def test_a_person_who_turned_keyring_off_is_heard(tmp_path):
    config = tmp_path / "ring" / "config" / "python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring")
    assert session(tmp_path / "data", "key", KEYRING_HOME=str(tmp_path / "ring")) == ["KeyRingUnavailable"]


@real
@pytest.mark.parametrize("name", ["keyring.backends.SecretService.Keyring", "keyring.backends.chainer.ChainerBackend"])
def test_a_backend_that_a_person_chose_and_that_keeps_secrets_is_taken(tmp_path, name):
    assert session(tmp_path, "backend", "journal", PYTHON_KEYRING_BACKEND=name) == [ALLOWED[0], 1]


def test_no_bus_at_all(monkeypatch):
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    for call in (lambda: KeyRing().read("a"), lambda: KeyRing().write("a", "b")):
        with pytest.raises(KeyRingUnavailable):
            call()
    KeyRing().forget("a")


@pytest.mark.parametrize("content", ["", "[backend]\n", "rubbish", "[backend]\ndefault-keyring=\n"])
def test_a_broken_configuration_does_not_stop_the_program(monkeypatch, tmp_path, content):
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setattr("keyring.util.platform_.config_root", lambda: tmp_path)
    (tmp_path / "keyringrc.cfg").write_text(content)
    with pytest.raises(KeyRingUnavailable):
        KeyRing().read("a")


class Plain(keyring_backend.KeyringBackend):
    """A ring in plain text, as another program's package may register one."""

    priority = 9
    kept: dict[tuple[str, str], str]

    def __init__(self) -> None:
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password


class Chain(chainer.ChainerBackend):
    """A chain of what a test says."""

    links: tuple[object, ...] = ()
    backends = property(lambda self: self.links)


Chain.__module__, Chain.__qualname__ = chainer.ChainerBackend.__module__, chainer.ChainerBackend.__qualname__


@pytest.mark.parametrize("backend", [null.Keyring(), fail.Keyring(), Plain(), object()])
def test_what_keeps_no_secret_is_not_allowed(backend):
    assert not allowed(backend)
    with pytest.raises(KeyRingUnavailable):
        KeyRing(backend).write("a", "b")
    with pytest.raises(KeyRingUnavailable):
        KeyRing(backend).read("a")


def test_a_chain_is_as_good_as_its_worst_link():
    chain = Chain()
    assert not allowed(chain)
    chain.links = (SecretService(),)
    assert allowed(chain)
    chain.links = (SecretService(), Plain())
    assert not allowed(chain)
    chain.links = (chain.links[0], null.Keyring())
    assert not allowed(chain)


def test_a_class_made_from_an_allowed_one_is_not_on_the_list():
    class Mine(SecretService):
        """Somebody's own."""

    assert not allowed(Mine())


class Rings:
    """Several rings at once, each a table of secrets or an exception to raise: the border without its libraries."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *rings: object) -> None:
        monkeypatch.setattr(ring, "_answering", lambda: [Ring(kept) for kept in rings])
        monkeypatch.setattr(ring, "allowed", lambda _: True)


class Ring:
    """One of them."""

    def __init__(self, kept: object) -> None:
        self.kept = kept

    def get_password(self, service, account):
        return self.table().get(account)

    def set_password(self, service, account, secret):
        self.table()[account] = secret

    def table(self):
        if isinstance(self.kept, Exception):
            raise self.kept
        return self.kept


class Forgetful(dict):
    """A table that takes everything and keeps nothing."""

    def __setitem__(self, name, value):
        return


class LockedException(Exception):
    """As SecretStorage raises it."""


def test_a_ring_that_forgets_is_noticed_before_anything_relies_on_it(monkeypatch):
    Rings(monkeypatch, Forgetful())
    with pytest.raises(KeyRingUnavailable):
        KeyRing().write("a", "secret")


def test_the_older_ring_of_another_desktop_is_asked_too(monkeypatch):
    Rings(monkeypatch, {}, {"a": "secret"})
    assert KeyRing().read("a") == "secret"
    assert KeyRing().read("b") is None
    Rings(monkeypatch, RuntimeError(), {"a": "secret"})
    assert KeyRing().read("a") == "secret"


def test_a_ring_that_refused_may_hold_what_the_other_does_not(monkeypatch):
    Rings(monkeypatch, LockedException(), {})
    with pytest.raises(KeyRingLocked):
        KeyRing().read("a")


def test_whatever_a_library_raises_becomes_ours_without_its_words(monkeypatch):
    cause = LockedException("secret")
    wrapped = RuntimeError("secret")
    wrapped.__cause__ = cause
    for raised, expected in ((ValueError("secret"), KeyRingUnavailable), (wrapped, KeyRingLocked)):
        Rings(monkeypatch, raised)
        with pytest.raises(expected) as caught:
            KeyRing().read("a")
        assert "secret" not in str(caught.value)
