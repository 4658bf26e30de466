"""Opens the journal without holding the window up: the key ring may ask its owner, a passphrase takes a second.

The only file that joins the journal with Qt. The key is fetched by a process of its own (``journal/keyhelper.py``) and
travels over a pipe and in memory alone.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from repondeur import errors
from repondeur.errors import KeyRingLocked, KeyRingUnavailable, RepondeurError, SecretKeyError
from repondeur.timers import single_shot

if TYPE_CHECKING:
    from PySide6.QtCore import QProcess

    from repondeur.journal.store import Journal

SILENCE_MS: Final = 20_000
"""A key ring that has not answered after this long waits for its owner, or never will."""
KEY_HELPER: Final = "--cle"
"""The argument by which a frozen build plays the key's process."""

_HELPER_ERRORS: Final[dict[str, type[RepondeurError]]] = {
    kind.__name__: kind
    for kind in (
        errors.KeyRingUnavailable,
        errors.KeyRingLocked,
        errors.KeyMissing,
        errors.KeyFileDamaged,
        errors.WrongKey,
        errors.WrongPassphrase,
        errors.WeakPassphrase,
        errors.OutOfMemory,
        errors.DiskFull,
        errors.JournalNewer,
        errors.JournalUnwritable,
    )
}


def helper_command() -> tuple[str, list[str]]:
    """Return the program that fetches the key, and its arguments."""
    if getattr(sys, "frozen", False):
        return sys.executable, [KEY_HELPER]
    return sys.executable, ["-P", "-X", "utf8", "-m", "repondeur.journal.keyhelper"]


class Vault(QObject):
    """The journal's way from closed to open.

    One signal ends each request: ``opened`` with the :class:`Journal`; ``passphrase_needed`` with whether it is a new
    one and why; ``failed`` with the error. A key ring that stays silent is told once more before that, as locked.
    """

    opened = Signal(object)
    passphrase_needed = Signal(bool, object)
    failed = Signal(object)

    def __init__(self, folder: Path, key: bytes | None = None, parent: QObject | None = None) -> None:
        """Serve the journal of ``folder``; a ``key`` given here is used, and nobody else is asked."""
        super().__init__(parent)
        self._folder, self._key = folder, key
        self.journal: Journal | None = None
        self._helper: QProcess | None = None
        self._silence = single_shot(self, SILENCE_MS, lambda: self.failed.emit(KeyRingLocked()))

    def open(self) -> None:
        """Ask the key ring for the key, or for a passphrase where the journal has one."""
        self._ask(None)

    def give(self, passphrase: str) -> None:
        """Open with ``passphrase``; on a new installation it becomes the journal's."""
        self._ask(passphrase)

    def close(self) -> None:
        """Close the journal, and let go of a key ring that still waits."""
        helper, self._helper = self._helper, None
        self._silence.stop()
        if helper is not None:
            helper.kill()
            helper.waitForFinished()
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    def _ask(self, passphrase: str | None) -> None:
        if self.journal is not None or self._helper is not None:
            return
        if self._key is not None:
            self._open(self._key)
            return
        from PySide6.QtCore import QProcess

        self._helper = helper = QProcess(self)
        helper.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        helper.setStandardErrorFile(QProcess.nullDevice())
        helper.finished.connect(self._answered)
        helper.errorOccurred.connect(self._not_started)
        import json  # once the window stands

        program, arguments = helper_command()
        helper.start(program, arguments)
        request = {"folder": str(self._folder)} | ({} if passphrase is None else {"passphrase": passphrase})
        helper.write(json.dumps(request).encode() + b"\n")
        helper.closeWriteChannel()
        self._silence.start()

    def _not_started(self, error: "QProcess.ProcessError") -> None:
        from PySide6.QtCore import QProcess

        if error == QProcess.ProcessError.FailedToStart:
            self._helper = None
            self._silence.stop()
            self.failed.emit(SecretKeyError())

    def _answered(self) -> None:
        helper, self._helper = self._helper, None
        self._silence.stop()
        if helper is None:
            return
        said = _understood(bytes(helper.readAllStandardOutput().data()))
        helper.deleteLater()
        new = said.get("new") is True
        if isinstance(said.get("key"), str):
            self._open(bytes.fromhex(str(said["key"])))
        elif said.get("needs") == "passphrase":
            self.passphrase_needed.emit(False, None)
        else:
            error = _error(said.get("error"))
            if new and isinstance(error, KeyRingUnavailable | KeyRingLocked):
                self.passphrase_needed.emit(True, error)
            else:
                self.failed.emit(error)

    def _open(self, key: bytes) -> None:
        from repondeur.journal.store import FILE_NAME, Journal  # the cipher is loaded once the window stands

        try:
            self.journal = Journal.open(self._folder / FILE_NAME, key)
        except RepondeurError as error:
            self.failed.emit(error)
            return
        self.opened.emit(self.journal)


def _understood(line: bytes) -> dict[str, object]:
    """Return the helper's answer, nothing where it made no sense (it was killed, say)."""
    import json

    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _error(name: object) -> RepondeurError:
    """Return the error that the helper named; anything else is a key that could not be read."""
    return _HELPER_ERRORS.get(str(name), SecretKeyError)()
