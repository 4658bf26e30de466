"""Opens the journal without holding the window up: the key ring may ask its owner, a passphrase takes a second.

The only file that joins the journal's key and store with Qt. Keys travel in memory alone.
"""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from repondeur.errors import KeyRingLocked, KeyRingUnavailable, RepondeurError

if TYPE_CHECKING:
    from repondeur.journal.key import Keeper
    from repondeur.journal.store import Journal

SILENCE_MS = 20_000
"""A key ring that has not answered after this long waits for its owner, or never will."""


class Vault(QObject):
    """The journal's way from closed to open.

    One signal ends each request: ``opened`` with the :class:`Journal`; ``passphrase_needed`` with whether it is a new
    one and why; ``failed`` with the error. A key ring that stays silent is told once more before that, as locked.
    """

    opened = Signal(object)
    passphrase_needed = Signal(bool, object)
    failed = Signal(object)
    _key_found = Signal(object)
    _key_refused = Signal(object)

    def __init__(self, folder: Path, keeper: "Keeper | None" = None, parent: QObject | None = None) -> None:
        """Serve the journal of ``folder``."""
        super().__init__(parent)
        self._folder, self._given = folder, keeper
        self.journal: Journal | None = None
        self._busy = False
        self._asked = 0
        self._key_found.connect(self._open)
        self._key_refused.connect(self._refused)

    def open(self) -> None:
        """Ask the key ring for the key, or for a passphrase where the journal has one."""
        if self.journal is None and not self._busy:
            self._begin(self._key_from_ring)

    def give(self, passphrase: str) -> None:
        """Open with ``passphrase``; on a new installation it becomes the journal's."""
        if self.journal is None and not self._busy:
            self._begin(lambda: self._key_from_passphrase(passphrase))

    def close(self) -> None:
        """Close the journal."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    @cached_property
    def _keeper(self) -> "Keeper":
        from repondeur.journal.key import Keeper  # in the worker's thread, once the window stands

        return self._given or Keeper(self._folder)

    def _key_from_ring(self) -> bytes | None:
        from repondeur.journal.key import KeyState

        return None if self._keeper.state() is KeyState.PASSPHRASE else self._keeper.from_ring()

    def _key_from_passphrase(self, passphrase: str) -> bytes:
        from repondeur.journal.key import KeyState

        if self._keeper.state() is KeyState.NEW:
            return self._keeper.create_with_passphrase(passphrase)
        return self._keeper.from_passphrase(passphrase)

    def _begin(self, find: Callable[[], bytes | None]) -> None:
        self._busy = True
        self._asked += 1
        asked = self._asked
        QTimer.singleShot(SILENCE_MS, self, lambda: self._still_waiting(asked))

        def work() -> None:
            try:
                self._key_found.emit(find())
            except Exception as error:  # every failure of a foreign key ring must reach the window, not die here
                self._key_refused.emit(error)

        Thread(target=work, name="journal-key", daemon=True).start()

    def _still_waiting(self, asked: int) -> None:
        """Say that the ring waits for its owner; when it answers after all, the journal opens."""
        if self._busy and asked == self._asked:
            self.failed.emit(KeyRingLocked())

    def _open(self, key: bytes | None) -> None:
        self._busy = False
        if key is None:
            self.passphrase_needed.emit(False, None)
            return
        from repondeur.journal.store import FILE_NAME, Journal

        try:
            self.journal = Journal.open(self._folder / FILE_NAME, key)
        except RepondeurError as error:
            self.failed.emit(error)
            return
        self.opened.emit(self.journal)

    def _refused(self, error: Exception) -> None:
        self._busy = False
        ring = isinstance(error, KeyRingUnavailable | KeyRingLocked)
        if ring and self._is_new():
            self.passphrase_needed.emit(True, error)
        else:
            self.failed.emit(error)

    def _is_new(self) -> bool:
        from repondeur.journal.key import KeyState

        try:
            return self._keeper.state() is KeyState.NEW
        except RepondeurError:
            return False
