"""The window when the world fails: one clear sentence each time, nothing lost, nothing copied."""

import json
import os
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from test_journal_faults import fill, small_disk
from window_support import WAIT_MS, button, draft, paste, running, said

from repondeur import paths, vault
from repondeur.app import Program
from repondeur.engine import machine
from repondeur.ui.clipboard import ClipboardReader

__all__ = ["small_disk"]  # a fixture of the journal's tests
REVIEW = "Les croissants sont parfaits et l’accueil très souriant."
GIB = 1 << 30


def test_a_full_disk_copies_nothing_and_loses_nothing(qtbot: QtBot, small_disk: Path) -> None:
    with running(qtbot, small_disk) as program:
        paste(program, REVIEW)
        draft(qtbot, program)
        button(program, "approveButton").click()
        text, before = program.session.text, ClipboardReader().text()
        filler = fill(small_disk)
        button(program, "copyButton").click()
        assert "disque est plein" in said(program)
        assert ClipboardReader().text() == before
        assert program.session.text == program.reply_tab.panel.editor.text() == text
        filler.unlink()
        button(program, "copyButton").click()
        assert ClipboardReader().text() == text


def test_a_model_too_large_for_the_memory_changes_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    huge = tmp_path / "enorme.gguf"
    huge.write_bytes(paths.starter_model().read_bytes())
    os.truncate(huge, (machine.available_memory() or 60 * GIB) + GIB)  # a sparse file: it takes no room
    with running(qtbot, tmp_path / "donnees") as program:
        program.models_tab.chosen.emit(huge)
        assert "plus de mémoire" in said(program)
        assert program.engine.model == paths.starter_model()


def test_a_model_that_went_away_is_told_and_the_starter_serves(qtbot: QtBot, tmp_path: Path) -> None:
    copy = tmp_path / "sur-cle-usb.gguf"
    copy.write_bytes(paths.starter_model().read_bytes())
    folder = tmp_path / "donnees"
    with running(qtbot, folder) as program:
        program.models_tab.chosen.emit(copy)
        assert program.settings.current.model == str(copy)
    copy.unlink()
    with running(qtbot, folder) as program:
        paste(program, REVIEW)
        draft(qtbot, program)
        assert "introuvable" in said(program)
        assert program.engine.model == paths.starter_model()


def _answering(monkeypatch: pytest.MonkeyPatch, **answer: object) -> None:
    program = f"import sys; sys.stdin.read(); print({json.dumps(json.dumps(answer))})"
    monkeypatch.setattr(vault, "helper_command", lambda: (sys.executable, ["-c", program]))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("KeyRingLocked", "est verrouillé"),
        ("KeyMissing", "sa clé est introuvable"),
        ("WrongKey", "n’est pas celle de ce journal"),
        ("KeyFileDamaged", "est abîmé"),
        ("JournalNewer", "version plus récente"),
    ],
)
def test_a_key_that_cannot_be_had(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, words: str
) -> None:
    _answering(monkeypatch, error=error, new=False)
    program = Program(tmp_path)
    program.window.show()
    qtbot.waitUntil(lambda: words in said(program), timeout=WAIT_MS)
    program.reply_tab.panel.editor.insertPlainText("Bonjour, écrit quand même.")
    before = ClipboardReader().text()
    button(program, "copyButton").click()
    assert "journal n’est pas ouvert" in said(program)
    assert ClipboardReader().text() == before
    program.window.close()


def test_a_locked_ring_on_the_first_day_leads_to_a_passphrase(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answering(monkeypatch, error="KeyRingLocked", new=True)
    program = Program(tmp_path)
    program.window.show()
    qtbot.waitUntil(lambda: program.opening.dialog is not None, timeout=WAIT_MS)
    dialog = program.window.findChild(QWidget, "unlockDialog")
    assert dialog is not None
    assert any("est verrouillé" in label.text() for label in dialog.findChildren(QLabel))
    program.window.close()


def test_a_read_only_folder_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    blocked = tmp_path / "fichier"
    blocked.write_text("un fichier là où il faudrait un dossier", "utf-8")
    program = Program(blocked / "donnees")
    program.window.show()
    qtbot.waitUntil(lambda: "lecture seule" in said(program), timeout=WAIT_MS)
    program.window.close()
