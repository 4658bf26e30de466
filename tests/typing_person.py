"""A process that somebody is typing in when it is killed; see test_window.py."""

import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from test_window import REVIEW
from window_support import KEY

from repondeur.app import Program

app = QApplication([])
program = Program(Path(sys.argv[1]), KEY)
program.window.show()


def type_something() -> None:
    if program.vault.journal is None:
        QTimer.singleShot(20, type_something)
        return
    tab = program.reply_tab
    tab.review.setPlainText(REVIEW)
    tab.stars.setValue(2)
    tab.note.setPlainText("four en panne")
    tab.panel.editor.insertPlainText("Bonjour, une réponse à moitié écrite")
    wait_for_save()


def wait_for_save() -> None:
    journal = program.vault.journal
    working = journal.load_working() if journal else None
    if working is not None and working.text.endswith("écrite"):
        print("saved", flush=True)
    else:
        QTimer.singleShot(20, wait_for_save)


type_something()
app.exec()
