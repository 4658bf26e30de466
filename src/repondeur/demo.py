"""The demonstration: the real window does the whole job on a folder of its own, and leaves pictures of each step.

``python -m repondeur.demo OUT [--dark]`` needs no screen. It pastes a made-up review, lets the model write, approves,
copies, and checks that the journal holds exactly what the clipboard got. It ends with 1 and a sentence where a step
fails, and counts every attempt to reach a network: there must be none.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from repondeur.app import Program

W = TypeVar("W")
PASSPHRASE = "quatre mots pour essayer"  # noqa: S105 - of a folder that lives as long as the demonstration
DEADLINE = 120.0
"""Seconds that a step may take on a slow computer."""
PAUSE = 0.8
"""Seconds after which the checks of a draft have been shown."""
AF_UNIX = 1
network_attempts: list[str] = []


def _watch_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what would reach beyond this computer; local sockets of the desktop are none of it."""
    if event == "socket.__new__" and arguments[1] != AF_UNIX:
        network_attempts.append(f"{event} {arguments[1:]}")
    elif event in ("socket.connect", "socket.bind") and not isinstance(arguments[1], str | bytes):
        network_attempts.append(f"{event} {arguments[1]}")
    elif event in ("socket.getaddrinfo", "urllib.Request"):
        network_attempts.append(event)


class Failed(Exception):
    """A step of the demonstration did not come about."""


class Player:
    """Plays a person: finds widgets by name, presses, waits, takes pictures."""

    def __init__(self, window: Any, out: Path) -> None:
        """Play on ``window``; pictures go to ``out``."""
        self.window, self.out, self._shot = window, out, 0

    def find(self, kind: type[W], name: str) -> W:
        """Return the widget called ``name``."""
        found = self.window.findChild(kind, name)
        if found is None:
            raise Failed(f"no widget {name}")
        return found  # type: ignore[no-any-return]

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        """Let the program run until ``condition`` holds."""
        from PySide6.QtCore import QCoreApplication, QEventLoop

        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"waited too long: {what}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)

    def pause(self) -> None:
        """Let what follows a pause in typing come about."""
        end = time.monotonic() + PAUSE
        self.wait("pause", lambda: time.monotonic() > end)

    def picture(self, name: str, widget: Any = None) -> None:
        """Save a picture of ``widget`` or of the window."""
        from PySide6.QtCore import QCoreApplication

        for _ in range(5):
            QCoreApplication.processEvents()
        self._shot += 1
        target = self.out / f"{self._shot:02d}-{name}.png"
        if not (widget or self.window).grab().save(str(target)):
            raise Failed(f"could not write {target}")
        print(f"  image : {target.name}")


def play(out: Path, folder: Path) -> None:
    """Do the whole job in ``folder`` and save pictures in ``out``.

    Raises:
        Failed: a step did not come about.
    """
    from repondeur.app import Program

    program = Program(folder)
    player = Player(program.window, out)
    program.window.show()
    print("La fenêtre s’ouvre sur un dossier d’essai.")
    _open_journal(program, player)
    _describe_shop(program)
    player.picture("fenetre")
    _paste_review(program, player)
    _draft(program, player)
    _approve_and_copy(program, player)
    _show_tabs(player)
    program.window.close()


def _open_journal(program: "Program", player: Player) -> None:
    from PySide6.QtWidgets import QLineEdit, QPushButton

    player.wait("key ring", lambda: program.vault.journal is not None or program.opening.dialog is not None)
    if program.opening.dialog is not None:
        print("Pas de trousseau ici : une phrase de passe protège le journal.")
        player.picture("phrase-de-passe", program.opening.dialog)
        for name in ("passphraseEdit", "passphraseRepeatEdit"):
            player.find(QLineEdit, name).setText(PASSPHRASE)
        player.find(QPushButton, "unlockButton").click()
        player.wait("journal", lambda: program.vault.journal is not None)


def _describe_shop(program: "Program") -> None:
    program.complete()
    program.settings_tab.trade.setCurrentText("boulangerie")
    program.settings_tab.signature.setPlainText("Bien à vous,\nClaire, Boulangerie du Pont")


def _paste_review(program: "Program", player: Player) -> None:
    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

    from repondeur import paths
    from repondeur.reply.samples import load_samples

    sample = load_samples((paths.shipped("resources") / "avis-exemples.toml").read_text("utf-8"))[0]
    mime = QMimeData()
    mime.setText(f"{sample.author}\n{'★' * sample.stars}\n{sample.text}")
    player.find(QPlainTextEdit, "reviewEdit").insertFromMimeData(mime)
    player.wait("guess", lambda: player.find(QLineEdit, "authorEdit").text() == sample.author)
    print("Un avis est collé ; auteur et étoiles sont reconnus.")
    player.picture("avis-colle")


def _draft(program: "Program", player: Player) -> None:
    from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton

    player.find(QPushButton, "draftButton").click()
    player.wait("draft", lambda: program.session.draft is not None or program.window.notice.isVisible())
    if program.session.draft is None:
        raise Failed(player.find(QLabel, "noticeLabel").text())
    if player.find(QPushButton, "copyButton").isEnabled():
        raise Failed("the copy button is open before the approval")
    print("Brouillon :\n" + _indented(player.find(QPlainTextEdit, "draftEditor").toPlainText()))
    player.pause()
    player.picture("brouillon")


def _approve_and_copy(program: "Program", player: Player) -> None:
    from PySide6.QtWidgets import QPushButton

    from repondeur.ui.clipboard import ClipboardReader

    player.find(QPushButton, "approveButton").click()
    player.picture("approuve")
    player.find(QPushButton, "copyButton").click()
    copied = ClipboardReader().text()
    entries = program.vault.journal.entries() if program.vault.journal else []
    if len(entries) != 1 or entries[0].final != copied or copied != program.session.text:
        raise Failed("the journal and the clipboard differ")
    print(f"Approuvée, notée dans le journal (ligne {entries[0].id}), puis copiée.")
    player.picture("copie")


def _show_tabs(player: Player) -> None:
    from PySide6.QtWidgets import QTabWidget, QWidget

    for name, title in (
        ("statsTab", "temps-gagne"),
        ("journalTab", "journal"),
        ("modelsTab", "redacteur"),
        ("settingsTab", "reglages"),
    ):
        player.find(QTabWidget, "tabs").setCurrentWidget(player.find(QWidget, name))
        player.picture(title)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def main() -> int:
    """Play the demonstration and say how it went."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "build/demo")
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)  # the person's own key ring is no place for an essay's key
    sys.addaudithook(_watch_network)
    from repondeur import paths
    from repondeur.start import application
    from repondeur.ui import theme

    app = application()
    if "--dark" in sys.argv:
        theme.wear(app, paths.shipped("resources"), dark=True)
    with tempfile.TemporaryDirectory(prefix="repondeur-essai-") as folder:
        try:
            play(out, Path(folder))
        except Failed as error:
            print(f"La démonstration a échoué : {error}", file=sys.stderr)
            return 1
    if network_attempts:
        print(f"Des accès au réseau ont été tentés : {network_attempts}", file=sys.stderr)
        return 1
    print(f"Aucun accès au réseau. Images dans {out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
