"""The window: a bar for what happened, the tabs, and a line that says where the work stays."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QTabWidget, QVBoxLayout, QWidget

from repondeur.timers import single_shot
from repondeur.ui import theme
from repondeur.ui.messages import sentence
from repondeur.ui.widgets import NoticeBar, label, named

_KIND = QEvent.Type
_ACTIVITY = frozenset({_KIND.KeyPress, _KIND.MouseButtonPress, _KIND.MouseMove, _KIND.Wheel, _KIND.TouchBegin})


class MainWindow(QMainWindow):
    """Holds the tabs; ``active`` fires at each sign of activity, ``closing`` before the end, ``painted`` once."""

    active = Signal()
    closing = Signal()
    painted = Signal()

    def __init__(self, titles: Iterable[str]) -> None:
        """Start with an empty tab for each of ``titles``."""
        super().__init__()
        self.setObjectName("mainWindow")
        self._watched = False
        self._first_picture = single_shot(self, 0, self.painted.emit)
        self.setWindowTitle("Répondeur")
        self.notice = NoticeBar()
        self.tabs = named(QTabWidget(documentMode=True), "tabs")
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Onglets"))
        for title in titles:
            self.tabs.addTab(QWidget(), title)
        self.promise = label(self.tr("Rien ne quitte cet ordinateur : ni avis, ni réponse, ni chiffre."), "hint")
        self.promise.setObjectName("promiseLabel")
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, theme.GAP // 2, 0, 0)
        layout.setSpacing(theme.GAP // 2)
        layout.addWidget(_inset(self.notice))
        layout.addWidget(self.tabs, 1)
        self.setCentralWidget(body)
        self.statusBar().setSizeGripEnabled(False)
        self.promise.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, theme.GAP // 2)
        self.statusBar().addWidget(self.promise)
        self.resize(1060, 680)
        self.setMinimumSize(640, 420)

    def fill_tab(self, title: str, page: QWidget, shown: Callable[[], object] | None = None) -> None:
        """Put ``page`` into the tab called ``title``; ``shown`` is called each time a person comes to it."""
        index = next(at for at in range(self.tabs.count()) if self.tabs.tabText(at) == title)
        chosen, empty = self.tabs.currentIndex(), self.tabs.widget(index)
        self.tabs.removeTab(index)
        self.tabs.insertTab(index, page, title)
        self.tabs.setCurrentIndex(chosen)
        if empty is not None:
            empty.deleteLater()
        if shown is not None:
            self.tabs.currentChanged.connect(lambda now: shown() if now == index else None)

    def tell(self, error: BaseException, action: str = "", then: Callable[[], object] | None = None) -> None:
        """Show the sentence for ``error``: the one way by which failures reach a person."""
        self.notice.say(sentence(error), action, then)

    def showEvent(self, event: QShowEvent) -> None:
        """Watch the native window for activity: it alone sees every key and every move, once."""
        super().showEvent(event)
        handle = self.windowHandle()
        if handle is not None and not self._watched:
            self._watched = True
            handle.installEventFilter(self)
            self._first_picture.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice activity; take nothing away."""
        if event.type() in _ACTIVITY:
            self.active.emit()
        return False

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let every part end properly."""
        self.closing.emit()
        super().closeEvent(event)


def _inset(notice: NoticeBar) -> QWidget:
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
    layout.addWidget(notice)
    return holder
