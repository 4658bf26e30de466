"""The whole program in a test's hands: the real window, engine, model and journal; only the key is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from repondeur.app import Program

KEY = bytes(range(32))
WAIT_MS = 60_000


@contextmanager
def running(qtbot: QtBot, folder: Path) -> Iterator[Program]:
    """Run the program on ``folder`` with its journal open."""
    program = Program(folder, KEY)
    program.complete()
    program.window.show()
    qtbot.waitUntil(lambda: program.vault.journal is not None, timeout=WAIT_MS)
    try:
        yield program
    finally:
        program.window.close()
        program.window.deleteLater()


def button(program: Program, name: str) -> QPushButton:
    """Return the button called ``name``."""
    found = program.window.findChild(QPushButton, name)
    assert found is not None, name
    return found


def said(program: Program) -> str:
    """Return what the notice bar says, nothing while it is hidden."""
    found = program.window.findChild(QLabel, "noticeLabel")
    assert found is not None
    return found.text() if program.window.notice.isVisible() else ""


def paste(program: Program, text: str) -> None:
    """Put ``text`` into the review box as a paste does."""
    program.reply_tab.review.setPlainText(text)


def draft(qtbot: QtBot, program: Program) -> None:
    """Ask for a draft and wait for it."""
    button(program, "draftButton").click()
    qtbot.waitUntil(lambda: program.session.draft is not None, timeout=WAIT_MS)
