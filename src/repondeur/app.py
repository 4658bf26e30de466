"""The composition root: builds every part on one folder and joins them. The only file that knows them all."""

import gc
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject

from repondeur import paths
from repondeur.bugs import BugLog
from repondeur.desk.drafter import ReplyDrafter
from repondeur.desk.parts import Request
from repondeur.desk.session import ReplySession
from repondeur.errors import (
    AlreadyRunning,
    EngineMissing,
    JournalLocked,
    JournalUnwritable,
    ModelFileError,
    OutOfMemory,
    RepondeurError,
    SettingsDamaged,
)
from repondeur.opening import Opening
from repondeur.reply.terms import Review
from repondeur.settings import SettingsFile
from repondeur.timers import single_shot
from repondeur.ui import theme
from repondeur.ui.clipboard import SystemClipboard
from repondeur.ui.main_window import MainWindow
from repondeur.ui.reply_tab import ReplyTab
from repondeur.vault import Vault

if TYPE_CHECKING:
    from repondeur.desk.words import Words
    from repondeur.engine.client import Engine
    from repondeur.engine.protocol import ModelInfo
    from repondeur.journal.store import Journal


TABS = ("Répondre", "Temps gagné", "Journal", "Rédacteur", "Réglages")
LOG_NAME = "repondeur.log"
AFTER_FIRST_PICTURE_MS = 40
"""The window is painted first; the journal's cipher and the key ring are loaded then."""


class Program(QObject):
    """One running program on one folder."""

    def __init__(self, folder: Path, key: bytes | None = None) -> None:
        """Build and join every part; ``key`` is the journal's, where it is not to be asked for.

        Raises:
            AlreadyRunning: another program works on the folder.
        """
        super().__init__()
        self.folder = folder
        self._lock = _lock(folder)
        self.bugs = BugLog(folder / LOG_NAME)
        self.settings = SettingsFile(folder)
        self.window = MainWindow(
            self.tr(name) for name in ("Répondre", "Temps gagné", "Journal", "Rédacteur", "Réglages")
        )
        self.setParent(self.window)
        self._make_desk()
        self.vault = Vault(folder, key, parent=self)
        self._baseline: float | None = None
        self.opening = Opening(self.vault, self.window, self.bugs)
        self.reply_tab = ReplyTab(self.session, self._fresh_request, self.calibrate)
        self.window.fill_tab(self.tr("Répondre"), self.reply_tab)
        self._join()
        theme.finish(self.window, paths.shipped("resources"))
        self._soon = single_shot(self, AFTER_FIRST_PICTURE_MS, self._start)
        self.window.painted.connect(self._soon.start)

    # Building ---------------------------------------------------------------------------------------------------

    def _make_desk(self) -> None:
        self.drafter = ReplyDrafter(
            lambda: self.engine,
            _load_words,
            lambda: self.settings.current.shop,
            self._takes_compact_prompt,
            self,
        )
        self.clipboard = SystemClipboard(lambda: self.session.secrets(), self._own_texts, self)
        self.session = ReplySession(self.drafter, self.clipboard, time.monotonic, self)

    def _own_texts(self) -> tuple[str, ...]:
        """Return what a person may copy from any box: their own words, the signature among them."""
        return (*self.session.own_texts(), *self.settings.current.shop.facts().splitlines())

    def complete(self) -> None:
        """Make the tabs beside the first: when one is looked at, or before a window is handed out."""
        if hasattr(self, "settings_tab"):
            return
        from repondeur.ui.journal_tab import JournalTab
        from repondeur.ui.models_tab import ModelsTab
        from repondeur.ui.settings_tab import SettingsTab
        from repondeur.ui.stats_tab import StatsTab

        tr, window = self.tr, self.window
        trades = (paths.shipped("resources") / "metiers.txt").read_text("utf-8").split("\n")
        self.stats_tab = StatsTab(lambda: self.vault.journal, self.calibrate)
        self.journal_tab = JournalTab(lambda: self.vault.journal.entries() if self.vault.journal else None)
        self.models_tab = ModelsTab()
        self.settings_tab = SettingsTab(self.settings.current, [t for t in trades if t], self.calibrate)
        window.fill_tab(tr("Temps gagné"), self.stats_tab, self.stats_tab.refresh)
        window.fill_tab(tr("Journal"), self.journal_tab, self.journal_tab.refresh)
        window.fill_tab(tr("Rédacteur"), self.models_tab, lambda: self.engine)
        window.fill_tab(tr("Réglages"), self.settings_tab)
        self.settings_tab.changed.connect(self._settings_changed)
        self.stats_tab.failed.connect(self._told)
        self.stats_tab.exported.connect(self._exported)
        self.models_tab.chosen.connect(self._use_model)
        self.models_tab.starter_wanted.connect(lambda: self._use_model(None))
        self._show_baseline()
        window.tabs.currentChanged.emit(window.tabs.currentIndex())

    def _join(self) -> None:
        s, v = self.session, self.vault
        self.window.active.connect(s.touch)
        self.window.tabs.currentChanged.connect(self._tab_shown)
        self.window.closing.connect(self.close)
        s.told.connect(self._told)
        self.reply_tab.new_button.clicked.connect(self._offer_restore)
        v.opened.connect(self._journal_opened)
        self.opening.left_closed.connect(lambda: self._told(JournalLocked()))

    def _tab_shown(self, index: int) -> None:
        if index:
            self.complete()

    @cached_property
    def engine(self) -> "Engine":
        """The engine, made when a review or the writer’s tab first needs it; its process starts with the first job."""
        from repondeur.engine.client import Engine

        self.complete()  # the writer's tab shows what it does
        engine = Engine(paths.starter_model(), idle_seconds=60.0 * self.settings.current.idle_minutes, parent=self)
        engine.loaded.connect(self._model_loaded)
        engine.running_changed.connect(self.models_tab.show_running)
        engine.done.connect(lambda _, result: self.models_tab.show_speed(result))
        chosen = self.settings.current.model
        if not chosen or not self._take(engine, Path(chosen)):
            self._take(engine, None)
        return engine

    def _start(self) -> None:
        """What need not be there for the first picture."""
        gc.enable()
        from PySide6.QtGui import QIcon

        self.window.setWindowIcon(QIcon(str(paths.shipped("resources") / "icons" / "repondeur-64.png")))
        if self.settings.damaged:
            self.window.tell(SettingsDamaged())
        if self._lock is None:
            self.window.tell(JournalUnwritable())
            return
        self.vault.open()

    # The journal ------------------------------------------------------------------------------------------------

    def _journal_opened(self, journal: "Journal") -> None:
        self.session.use_journal(journal, lambda: self._baseline)
        self._show_baseline()

    def _told(self, error: RepondeurError) -> None:
        if isinstance(error, JournalLocked):
            self.window.tell(error, self.tr("Ouvrir le journal"), self.vault.open)
        elif isinstance(error, ModelFileError | OutOfMemory) and self.settings.current.model:
            self.window.tell(error, self.tr("Rédacteur fourni"), lambda: self._use_model(None))
        else:
            self.window.tell(error)

    def _offer_restore(self) -> None:
        if self.session.can_restore:
            self.window.notice.say(
                self.tr("La réponse en cours est mise de côté."), self.tr("La reprendre"), self.session.restore
            )

    # Settings, writer, timing -----------------------------------------------------------------------------------

    def _exported(self, path: Path) -> None:
        self.window.notice.say(self.tr("Les chiffres sont dans « {name} ».").format(name=path.name))

    def _fresh_request(self) -> Request:
        s = self.settings.current
        return Request(Review("", site=s.site), "", s.tone, s.length)

    def _change(self, **values: object) -> bool:
        try:
            self.settings.change(**values)
        except OSError as error:
            self.window.tell(error)
            return False
        return True

    def _settings_changed(self, values: dict[str, object]) -> None:
        if self._change(**values):
            self.settings_tab.tell_saved()
            self.reply_tab.apply_defaults()

    def _take(self, engine: "Engine", path: Path | None) -> bool:
        """Let ``engine`` use the file at ``path`` (``None``: the starter model), or say why it cannot."""
        file = path or paths.starter_model()
        try:
            found = engine.use_model(file, threads=self.settings.current.threads.get(file.name))
        except ModelFileError as error:
            self._told(error if path else EngineMissing())
            return False
        self.models_tab.show_model(found.name or file.stem, file, found.size_bytes, starter=path is None)
        return True

    def _use_model(self, path: Path | None) -> None:
        if self._take(self.engine, path):
            self._change(model=str(path) if path else "")

    def _takes_compact_prompt(self) -> bool:
        try:
            return self.engine.model_file().kind == "starter"
        except ModelFileError:
            return True  # told when the draft is asked for

    def _model_loaded(self, info: "ModelInfo") -> None:
        self.models_tab.show_loaded(info)
        known = self.settings.current.threads
        if known.get(info.path.name) != info.threads:
            self._change(threads={**known, info.path.name: info.threads})

    def calibrate(self) -> None:
        """Time two replies written by hand."""
        journal = self.vault.journal
        if journal is None:
            self._told(JournalLocked())
            return
        from repondeur.reply.samples import load_samples
        from repondeur.ui.calibration import REPLIES, CalibrationDialog

        samples = load_samples((paths.shipped("resources") / "avis-exemples.toml").read_text("utf-8"))
        dialog = CalibrationDialog(samples[1 : 1 + REPLIES], time.monotonic)
        dialog.setParent(self.window, dialog.windowFlags())
        taken: list[tuple[float, int]] = []
        dialog.timed.connect(lambda seconds, characters: taken.append((seconds, characters)))
        dialog.accepted.connect(lambda: self._calibrated(taken))
        dialog.open()

    def _calibrated(self, taken: Sequence[tuple[float, int]]) -> None:
        journal = self.vault.journal
        if journal is None:
            self._told(JournalLocked())
            return
        try:
            journal.replace_baselines(taken)
        except RepondeurError as error:
            self._told(error)
        self._show_baseline()
        if hasattr(self, "stats_tab"):
            self.stats_tab.refresh()

    def _show_baseline(self) -> None:
        if self.vault.journal is not None:
            from repondeur.insight.statistics import baseline_seconds

            samples = self.vault.journal.baselines()
            self._baseline = baseline_seconds(samples)
            if hasattr(self, "settings_tab"):
                self.settings_tab.show_baseline(self._baseline, len(samples))
            self.session.changed.emit()

    # The end ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Save the work in progress, end the engine, close the journal, free the folder."""
        self.session.save()
        self.session.use_journal(None, lambda: None)
        if "engine" in self.__dict__:
            self.engine.shutdown()
        self.vault.close()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


def _load_words() -> "Words":
    from repondeur.desk import words  # a tenth of a second that the open window need not pay

    return words.load(paths.shipped("prompts"), paths.shipped("resources"))


def _lock(folder: Path) -> QLockFile | None:
    """Take the folder for this program; ``None`` where it cannot be written at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    lock = QLockFile(str(folder / "repondeur.lock"))
    lock.setStaleLockTime(0)
    if lock.tryLock(0):
        return lock
    if lock.error() == QLockFile.LockError.LockFailedError:
        raise AlreadyRunning
    return None


def build(data_dir: Path) -> MainWindow:
    """Build the whole program on ``data_dir``, with the starter model, and return its window, not yet shown.

    Raises:
        AlreadyRunning: another program works on the folder.
    """
    program = Program(data_dir)
    program.complete()
    return program.window
