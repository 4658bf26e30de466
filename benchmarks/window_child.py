"""One window in a process of its own, to be measured from outside by ``benchmarks.window``.

``python -m benchmarks.window_child KIND FOLDER`` opens the program on ``FOLDER`` (``app``), the same after a draft was
written and the engine has left (``drafted``), or a bare window of Qt (``bare``). On the standard output it says
``usable N`` (``N``: nanoseconds of the system's monotonic clock) when the window has been painted and the event loop
found nothing more to do, ``drafted N`` with the number of its child processes after a draft, and ``idle`` when its
memory may be read. It ends when its standard input does.
"""

import gc
import sys
import time
from pathlib import Path

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QWidget

SETTLE_MS = 2000
REVIEW = "Sophie Martin\n★★★★★\nTrès bon accueil et des croissants excellents, je reviendrai avec plaisir."
PASSPHRASE = "quatre mots pour mesurer"


def say(word: str) -> None:
    """Tell the measuring process."""
    print(word, flush=True)


class FirstPaint(QObject):
    """Says once when ``window`` has been painted and the event loop is about to wait."""

    def __init__(self, window: QWidget) -> None:
        """Watch ``window``, not shown yet."""
        super().__init__(window)
        self._painted = False
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
            QTimer.singleShot(SETTLE_MS, settle)


def settle() -> None:
    """Free what is no longer used and say that this is the idle state."""
    gc.collect()
    say("idle")


def bare() -> QWidget:
    """Return a window of Qt with nothing in it, of the program's size."""
    from PySide6.QtWidgets import QMainWindow

    window = QMainWindow()
    window.resize(1000, 720)
    return window


def program(app: QApplication, folder: Path) -> QWidget:
    """Return the program's window as ``repondeur.start`` makes it."""
    from repondeur.app import build
    from repondeur.start import dress

    dress(app)
    return build(folder)


class Writer(QObject):
    """Opens the journal, has one draft written and waits until the engine has left by itself."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        """Build the program on ``folder``."""
        from repondeur.app import Program
        from repondeur.start import dress

        super().__init__()
        dress(app)
        self.program = Program(folder)
        self.window = self.program.window
        self._step = self._unlock
        self._timer = QTimer(self)
        self._timer.timeout.connect(lambda: self._step())
        self._timer.start(100)

    def _unlock(self) -> None:
        from PySide6.QtWidgets import QLineEdit, QPushButton

        dialog = self.program.unlocking
        if dialog is not None:
            self._step = self._paste
            for name in ("passphraseEdit", "passphraseRepeatEdit"):
                dialog.findChild(QLineEdit, name).setText(PASSPHRASE)
            dialog.findChild(QPushButton, "unlockButton").click()
        elif self.program.vault.journal is not None:
            self._step = self._paste

    def _paste(self) -> None:
        from PySide6.QtWidgets import QPlainTextEdit, QPushButton

        if self.program.vault.journal is not None:
            self._step = self._written
            self.window.findChild(QPlainTextEdit, "reviewEdit").setPlainText(REVIEW)
            self.window.findChild(QPushButton, "draftButton").click()

    def _written(self) -> None:
        if self.program.session.draft is not None:
            self._step = self._left
            say(f"drafted {len(children())}")

    def _left(self) -> None:
        if not children():
            self._timer.stop()
            QTimer.singleShot(SETTLE_MS, settle)


def children() -> list[int]:
    """Return the numbers of this process's child processes."""
    listings = Path("/proc/self/task").glob("*/children")
    return [int(pid) for listing in listings for pid in listing.read_text().split()]


def main(kind: str, folder: str) -> int:
    """Open one window and let it be measured."""
    app = QApplication([sys.argv[0]])
    writer = Writer(app, Path(folder)) if kind == "drafted" else None
    window = writer.window if writer else program(app, Path(folder)) if kind == "app" else bare()
    if writer is None:
        FirstPaint(window)
    end = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    end.activated.connect(app.quit)
    window.show()
    status = app.exec()
    window.close()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
