"""Leads a person to an open journal: the passphrase where one is needed, a sentence and another try where it fails."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from repondeur.bugs import BugLog
from repondeur.errors import JournalUnwritable, KeyRingLocked, KeyRingUnavailable, RepondeurError
from repondeur.ui.main_window import MainWindow
from repondeur.ui.messages import sentence
from repondeur.vault import Vault

if TYPE_CHECKING:
    from repondeur.ui.unlock import UnlockDialog


class Opening(QObject):
    """Shows what the vault asks and says; ``left_closed`` when the person would rather do it later."""

    left_closed = Signal()

    def __init__(self, vault: Vault, window: MainWindow, bugs: BugLog) -> None:
        """Serve ``vault`` in ``window``; what nobody expected is noted in ``bugs``."""
        super().__init__(window)
        self._vault, self._window, self._bugs = vault, window, bugs
        self.dialog: UnlockDialog | None = None
        vault.opened.connect(self._opened)
        vault.passphrase_needed.connect(self._ask)
        vault.failed.connect(self._failed)

    def _opened(self) -> None:
        if self.dialog is not None:
            self.dialog.accept()
            self.dialog = None

    def _ask(self, new: bool, reason: RepondeurError | None) -> None:
        from repondeur.ui.unlock import UnlockDialog

        self.dialog = dialog = UnlockDialog(new=new, reason=sentence(reason) if reason else "")
        dialog.setParent(self._window, dialog.windowFlags())
        dialog.given.connect(self._vault.give)
        dialog.rejected.connect(self._left)
        dialog.open()

    def _left(self) -> None:
        self.dialog = None
        self.left_closed.emit()

    def _failed(self, error: Exception) -> None:
        if self.dialog is not None and isinstance(error, RepondeurError):
            self.dialog.say(sentence(error))
            return
        self._bugs.note(error)
        again = isinstance(error, KeyRingLocked | KeyRingUnavailable | JournalUnwritable)
        self._window.tell(error, self.tr("Réessayer") if again else "", self._vault.open)
