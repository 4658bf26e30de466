"""The journal's way from closed to open: the key is fetched by a process of its own, which may fail in any way."""

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from repondeur import vault
from repondeur.errors import KeyRingLocked, KeyRingUnavailable, SecretKeyError, WeakPassphrase, WrongPassphrase
from repondeur.vault import Vault

WAIT_MS = 60_000


def asked(qtbot: QtBot, opening: Vault) -> list[object]:
    with qtbot.waitSignal(opening.passphrase_needed, timeout=WAIT_MS) as needed:
        opening.open()
    return list(needed.args)


def told(qtbot: QtBot, opening: Vault, passphrase: str) -> object:
    with qtbot.waitSignal(opening.failed, timeout=WAIT_MS) as failed:
        opening.give(passphrase)
    return failed.args[0]


def test_a_passphrase_makes_the_journal_and_opens_it_again(qtbot: QtBot, tmp_path: Path) -> None:
    first = Vault(tmp_path)
    new, why = asked(qtbot, first)
    assert new is True
    assert isinstance(why, KeyRingUnavailable)
    assert isinstance(told(qtbot, first, "court"), WeakPassphrase)
    with qtbot.waitSignal(first.opened, timeout=WAIT_MS):
        first.give("quatre mots pour ouvrir")
    first.close()
    again = Vault(tmp_path)
    assert asked(qtbot, again) == [False, None]
    assert isinstance(told(qtbot, again, "une autre phrase"), WrongPassphrase)
    with qtbot.waitSignal(again.opened, timeout=WAIT_MS):
        again.give("quatre mots pour ouvrir")
    again.close()


@pytest.mark.parametrize(
    "program", ["import os; os._exit(3)", "print('no answer')", "print('[1]')", 'print(\'{"error": "Odd"}\')']
)
def test_a_broken_helper_is_told(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(vault, "helper_command", lambda: (sys.executable, ["-c", program]))
    assert type(told(qtbot, Vault(tmp_path), "quatre mots")) is SecretKeyError


def test_a_missing_helper_is_told(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "helper_command", lambda: (str(tmp_path / "absent"), []))
    assert type(told(qtbot, Vault(tmp_path), "quatre mots")) is SecretKeyError


def test_a_silent_key_ring_is_told_and_let_go(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "SILENCE_MS", 50)
    monkeypatch.setattr(vault, "helper_command", lambda: (sys.executable, ["-c", "import time; time.sleep(600)"]))
    opening = Vault(tmp_path)
    with qtbot.waitSignal(opening.failed, timeout=WAIT_MS) as failed:
        opening.open()
    assert isinstance(failed.args[0], KeyRingLocked)
    opening.close()  # the test's own fixture fails if the process is left
