"""The dialog that opens the journal with a passphrase, where no key ring of the computer keeps its key."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit

from repondeur.errors import WeakPassphrase
from repondeur.ui import theme
from repondeur.ui.messages import sentence
from repondeur.ui.widgets import button, column, label, named, row, set_state

MINIMUM = 8


class UnlockDialog(QDialog):
    """Asks for a passphrase: twice and with an explanation when it is ``new``, once when it opens a journal."""

    given = Signal(str)

    def __init__(self, *, new: bool, reason: str = "") -> None:
        """Ask; ``reason`` says why no key ring serves."""
        super().__init__()
        self.setObjectName("unlockDialog")
        self._new = new
        self.setWindowTitle(self.tr("Protéger le journal") if new else self.tr("Ouvrir le journal"))
        self.setMinimumWidth(440)
        explanation = self.tr(
            "Vos réponses sont notées dans un journal chiffré sur cet ordinateur. Choisissez une phrase de passe, "
            "par exemple quatre mots, et notez-la en lieu sûr : sans elle, personne ne peut rouvrir le journal."
        )
        self.passphrase = self._field("passphraseEdit")
        self.repeat = self._field("passphraseRepeatEdit")
        self.show_button = button(self.tr("Mon&trer"), "passphraseShow")
        self.show_button.setCheckable(True)
        self.show_button.toggled.connect(self._show_text)
        self.told = label("", wrap=True)
        self.told.setObjectName("unlockMessage")
        self.later = button(self.tr("Plus tard"), "unlockLater")
        self.ok = button(self.tr("Protéger et ouvrir") if new else self.tr("Ouvrir"), "unlockButton", main=True)
        self.ok.setDefault(True)
        self.repeat_label = label(self.tr("&Encore une fois"), buddy=self.repeat)
        self.repeat_label.setVisible(new)
        self.repeat.setVisible(new)
        items = [label(reason, wrap=True)] if reason else []
        items.append(label(explanation if new else self.tr("Tapez la phrase de passe du journal."), wrap=True))
        items += [label(self.tr("&Phrase de passe"), buddy=self.passphrase)]
        form = column(*items, row(self.passphrase, self.show_button), self.repeat_label, self.repeat, self.told)
        form.addStretch(1)
        form.addLayout(row(1, self.later, self.ok))
        form.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        self.setLayout(form)
        self.later.clicked.connect(self.reject)
        self.ok.clicked.connect(self._give)

    @staticmethod
    def _field(name: str) -> QLineEdit:
        return named(QLineEdit(echoMode=QLineEdit.EchoMode.Password, maxLength=1024), name)

    def _show_text(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.passphrase.setEchoMode(mode)
        self.repeat.setEchoMode(mode)

    def _give(self) -> None:
        text = self.passphrase.text()
        if self._new and len(text) < MINIMUM:
            self.say(sentence(WeakPassphrase()))
        elif self._new and text != self.repeat.text():
            self.say(self.tr("Les deux phrases diffèrent. Tapez deux fois la même."))
        elif text:
            self.wait()
            self.given.emit(text)

    def wait(self) -> None:
        """Show that the passphrase is being checked."""
        set_state(self.told, "")
        self.told.setText(self.tr("Vérification… (quelques secondes)"))
        self.ok.setEnabled(False)

    def say(self, text: str) -> None:
        """Show what is wrong and let the person try again."""
        set_state(self.told, "bad")
        self.told.setText(text)
        self.ok.setEnabled(True)
        self.passphrase.setFocus()
        self.passphrase.selectAll()
