"""Starts the program: its French words and its looks first, then the window on the person's folder."""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from repondeur import __version__, paths
from repondeur.app import LOG_NAME, build
from repondeur.bugs import BugLog
from repondeur.errors import AlreadyRunning
from repondeur.ui import theme
from repondeur.ui.messages import sentence
from repondeur.vault import KEY_HELPER


def application() -> QApplication:
    """Return the one application object, dressed.

    The style is named in the environment: to ask for it by call would make Python's form of ``QStyle``, 18 ms.
    """
    gc.disable()  # until the first picture: nothing made so far is to be freed
    os.environ["QT_STYLE_OVERRIDE"] = "Fusion"
    app = QApplication([sys.argv[0]])
    dress(app)
    return app


def dress(app: QApplication) -> None:
    """Give ``app`` its name, its French words and its looks; before the first widget."""
    app.setApplicationName("repondeur")
    app.setApplicationDisplayName("Répondeur")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("fr.repondeur.Repondeur")
    QLocale.setDefault(QLocale(QLocale.Language.French, QLocale.Country.France))
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load("qtbase_fr", folder):
        app.installTranslator(translator)
    theme.follow(app, paths.shipped("resources"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; ``--version`` prints the version, a path names another data folder."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--version" in given:
        print(f"Répondeur {__version__}")
        return 0
    if KEY_HELPER in given:
        from repondeur.journal import keyhelper

        return keyhelper.main()
    app = application()
    folder = Path(given[0]) if given else paths.data_dir()
    try:
        window = build(folder)
    except AlreadyRunning as error:
        from PySide6.QtWidgets import QMessageBox

        QMessageBox.information(None, "Répondeur", sentence(error))
        return 1
    BugLog(folder / LOG_NAME).watch(window.tell)
    window.show()
    return app.exec()
