"""The « Rédacteur » tab: what drafts now, how fast on this computer, and how to take another one."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFormLayout, QMessageBox, QVBoxLayout, QWidget

from repondeur.ui import theme
from repondeur.ui.figures import decimal, size
from repondeur.ui.widgets import button, label, row

if TYPE_CHECKING:
    from repondeur.engine.protocol import DraftResult, ModelInfo


class ModelsTab(QWidget):
    """Shows the writer in use; ``chosen`` carries the path of another file, ``starter_wanted`` goes back."""

    chosen = Signal(Path)
    starter_wanted = Signal()

    def __init__(self) -> None:
        """Start before anything is known of the writer."""
        super().__init__()
        self.setObjectName("modelsTab")
        self.setAcceptDrops(True)
        self.name, self.place, self.speed, self.state = (label("", wrap=True) for _ in range(4))
        self.name.setObjectName("modelName")
        self.speed.setObjectName("modelSpeed")
        self.choose = button(self.tr("&Choisir un fichier…"), "chooseModelButton")
        self.back = button(self.tr("&Revenir au rédacteur fourni"), "starterButton")
        form = QFormLayout()
        form.setHorizontalSpacing(theme.MARGIN)
        form.setVerticalSpacing(theme.GAP)
        for text, field in (
            (self.tr("En place"), self.name),
            (self.tr("Fichier"), self.place),
            (self.tr("Vitesse ici"), self.speed),
            (self.tr("En ce moment"), self.state),
        ):
            form.addRow(text, field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(label(self.tr("Le rédacteur"), "title"))
        layout.addWidget(
            label(
                self.tr(
                    "Il travaille sur cet ordinateur, sans réseau. Il propose un brouillon ; c’est vous qui relisez et "
                    "décidez. Celui qui est fourni est petit et rapide."
                ),
                wrap=True,
            )
        )
        layout.addLayout(form)
        layout.addWidget(
            label(
                self.tr(
                    "Si vous avez un autre fichier de rédacteur, choisissez-le ou déposez-le ici. Il est d’abord "
                    "vérifié ; s’il ne convient pas, rien ne change."
                ),
                "hint",
                wrap=True,
            )
        )
        layout.addLayout(row(self.choose, self.back, 1))
        layout.addStretch(1)
        self.choose.clicked.connect(self._choose)
        self.back.clicked.connect(self.starter_wanted)
        self.show_running(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file dragged over the tab."""
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Offer the file that was dropped."""
        file = _dropped(event)
        if file is not None:
            event.acceptProposedAction()
            self.offer(file)

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Choisir un rédacteur"),
            "",
            self.tr("Rédacteurs (*.gguf);;Tous les fichiers (*)"),
            options=QFileDialog.Option.HideNameFilterDetails,
        )
        if path:
            self.offer(Path(path))

    def offer(self, path: Path) -> None:
        """Ask whether the person trusts the file at ``path``, then hand it on."""
        box = QMessageBox(self)
        box.setObjectName("trustDialog")
        box.setWindowTitle(self.tr("Essayer ce rédacteur ?"))
        box.setText(
            self.tr(
                "Répondeur ne connaît pas « {name} ». N’utilisez que des fichiers dont vous connaissez l’origine."
            ).format(name=path.stem)
        )
        yes = box.addButton(self.tr("Je fais confiance à ce fichier"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Annuler"), QMessageBox.ButtonRole.RejectRole)
        box.buttonClicked.connect(lambda pressed: self.chosen.emit(path) if pressed is yes else None)
        box.open()

    def show_model(self, name: str, path: Path, octets: int, *, starter: bool) -> None:
        """Show which writer is in place."""
        self.name.setText(self.tr("Le rédacteur fourni") if starter else name)
        self.place.setText(f"{path.stem} ({size(octets)})")
        self.back.setEnabled(not starter)
        self.speed.setText(self.tr("Pas encore mesurée : elle s’affiche après le premier brouillon."))

    def show_loaded(self, info: "ModelInfo") -> None:
        """Show what the engine says of the writer it loaded."""
        self.place.setText(f"{info.path.stem} ({size(info.size_bytes)})")

    def show_speed(self, result: "DraftResult") -> None:
        """Show how long the last draft took."""
        self.speed.setText(
            self.tr("Dernier brouillon : {s} s pour {n} signes.").format(
                s=decimal(result.seconds, 2 if result.seconds < 1 else 1), n=len(result.text)
            )
        )

    def show_running(self, running: bool) -> None:
        """Show whether the writer occupies memory now."""
        self.state.setText(
            self.tr("Prêt, en mémoire.") if running else self.tr("Au repos : il n’occupe ni mémoire ni processeur.")
        )


def _dropped(event: QDropEvent) -> Path | None:
    """Return the one local file that is being dropped, if it is one."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(files[0]) if len(files) == 1 else None
