"""One window in a process of its own, to be measured from outside by ``benchmarks.window``.

``python -m benchmarks.window_child KIND FOLDER`` opens the program on ``FOLDER`` (``app``), the same with a draft made
and the engine gone again (``drafted``), or a bare window of Qt (``bare``). On the standard output it says ``usable N``
(nanoseconds of the system's monotonic clock) when the window has been painted and the event loop found nothing more to
do, ``drafted N`` with the number of its child processes after a draft, and ``idle`` when its memory may be read: the
journal is open then. It ends when its standard input does.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

POLL_MS = 100
SETTLE_MS = 2000
REVIEW = "Sophie Martin\n★★★★★\nTrès bon accueil et des croissants excellents, je reviendrai avec plaisir."
PASSPHRASE = "quatre mots pour mesurer"


def say(word: str) -> None:
    """Tell the measuring process."""
    print(word, flush=True)


class FirstPaint(QObject):
    """Says once when ``window`` has been painted and the event loop is about to wait; then calls ``then``."""

    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        """Watch ``window``, not shown yet."""
        super().__init__(window)
        self._painted, self._then = False, then
        self._dispatcher = QAbstractEventDispatcher.instance()
        self._dispatcher.aboutToBlock.connect(self._about_to_wait)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note the first paint."""
        self._painted = self._painted or event.type() is QEvent.Type.Paint
        return False

    def _about_to_wait(self) -> None:
        if self._painted:
            now = time.monotonic_ns()
            self._dispatcher.aboutToBlock.disconnect(self._about_to_wait)
            say(f"usable {now}")
            QTimer.singleShot(0, self, self._then)


def settle() -> None:
    """Free what is no longer used, and say when all is still."""

    def still() -> None:
        gc.collect()
        say("idle")

    QTimer.singleShot(SETTLE_MS, still)


class Person(QObject):
    """Opens the journal with a passphrase and, if ``drafts``, has a draft written and waits until the engine left."""

    def __init__(self, app: QApplication, folder: Path, *, drafts: bool) -> None:
        """Build the program on ``folder`` as ``repondeur.start`` does."""
        from repondeur.app import Program

        super().__init__()
        self.program = Program(folder)
        self.window = self.program.window
        self._answered = False
        self._steps = [self._unlocked, *((self._asked, self._written, self._engine_gone) if drafts else ())]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def begin(self) -> None:
        """Act from now on."""
        self._timer.start(POLL_MS)

    def _go_on(self) -> None:
        """Try the step at hand; after the last one all may settle."""
        if self._steps[0]():
            self._steps.pop(0)
        if not self._steps:
            self._timer.stop()
            settle()

    def _unlocked(self) -> bool:
        from PySide6.QtWidgets import QLineEdit, QPushButton

        dialog = self.program.opening.dialog
        if dialog is not None and not self._answered:
            self._answered = True
            for name in ("passphraseEdit", "passphraseRepeatEdit"):
                dialog.findChild(QLineEdit, name).setText(PASSPHRASE)
            dialog.findChild(QPushButton, "unlockButton").click()
        return self.program.vault.journal is not None

    def _asked(self) -> bool:
        from PySide6.QtWidgets import QPlainTextEdit, QPushButton

        self.window.findChild(QPlainTextEdit, "reviewEdit").setPlainText(REVIEW)
        self.window.findChild(QPushButton, "draftButton").click()
        return True

    def _written(self) -> bool:
        written = self.program.session.draft is not None
        if written:
            say(f"drafted {len(children())}")
        return written

    def _engine_gone(self) -> bool:
        return not children()


def children() -> list[int]:
    """Return the numbers of this process's child processes."""
    listings = Path("/proc/self/task").glob("*/children")
    return [int(pid) for listing in listings for pid in listing.read_text().split()]


def bare() -> QWidget:
    """Return a window of Qt with nothing in it, of the program's size."""
    window = QMainWindow()
    window.resize(1000, 720)
    return window


def give_up(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End at once after an error: whoever measures reads it instead of waiting."""
    sys.__excepthook__(kind, error, trace)
    os._exit(1)


def main(kind: str, folder: str) -> int:
    """Open one window and let it be measured."""
    sys.excepthook = give_up
    if kind == "bare":
        app = QApplication([sys.argv[0]])
    else:
        from repondeur.start import application

        app = application()
    person = None if kind == "bare" else Person(app, Path(folder), drafts=kind == "drafted")
    window = person.window if person else bare()
    FirstPaint(window, person.begin if person else settle)
    end = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    end.activated.connect(app.quit)
    window.show()
    status = app.exec()
    window.close()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
