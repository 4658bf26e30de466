"""Small widgets that several tabs share."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from repondeur.ui import theme

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str) -> W:
    """Return ``widget`` with an object name, by which tests from outside find it."""
    widget.setObjectName(name)
    return widget


def choose(widget: QWidget, **names: str) -> None:
    """Set properties of ``widget`` to values called by name.

    Python's form of the ``Qt`` namespace takes 26 ms to make, a quarter of a bare window's whole start; a window that
    is opening names its choices to Qt instead.

    Raises:
        ValueError: there is no such property, or it has no such value.
    """
    for name, value in names.items():
        if not widget.setProperty(name, value):
            raise ValueError(f"{name}: {value}")


def shortcut(parent: QWidget, keys: str, action: Callable[[], object]) -> None:
    """Let ``keys`` do ``action`` anywhere in the window while ``parent`` is shown."""
    QShortcut(QKeySequence(keys), parent).activated.connect(action)


def button(text: str, name: str, *, main: bool = False, tip: str = "") -> QPushButton:
    """Return a button with an object name; ``main`` marks the one strong button of a screen."""
    result = QPushButton(text)
    result.setObjectName(name)
    result.setToolTip(tip)
    result.setAutoDefault(False)
    if main:
        result.setProperty("role", "main")
    return result


def label(text: str, role: str = "", *, buddy: QWidget | None = None, wrap: bool = False) -> QLabel:
    """Return a label in plain text; ``role`` is ``title``, ``hint`` or ``figure``; ``buddy`` takes its mnemonic."""
    result = QLabel(text)
    choose(result, textFormat="PlainText")
    result.setWordWrap(wrap)
    if role:
        result.setProperty("role", role)
    if buddy is not None:
        result.setBuddy(buddy)
    return result


def set_state(widget: QWidget, state: str) -> None:
    """Give ``widget`` the look of a state: ``good``, ``warn``, ``bad`` or none."""
    if (widget.property("state") or "") != state:
        widget.setProperty("state", state)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at ``widget`` again; before the window has one there is nothing to do."""
    if widget.window().styleSheet():
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)


def column(*items: QWidget | QHBoxLayout | QVBoxLayout, margin: int = 0) -> QVBoxLayout:
    """Return a vertical layout of ``items``."""
    result = QVBoxLayout()
    result.setContentsMargins(margin, margin, margin, margin)
    result.setSpacing(theme.GAP)
    for item in items:
        result.addWidget(item) if isinstance(item, QWidget) else result.addLayout(item)
    return result


def row(*items: QWidget | int) -> QHBoxLayout:
    """Return a horizontal layout; a number is a stretch."""
    result = QHBoxLayout()
    result.setSpacing(theme.GAP)
    for item in items:
        result.addWidget(item) if isinstance(item, QWidget) else result.addStretch(item)
    return result


def scrolled(page: QWidget) -> QScrollArea:
    """Return ``page`` in a frame that scrolls down where the screen is small, never sideways."""
    result = QScrollArea()
    result.setWidgetResizable(True)
    choose(result, horizontalScrollBarPolicy="ScrollBarAlwaysOff")
    result.setWidget(page)
    return result


class StarSelector(QWidget):
    """One to five stars, or none: a click on the last lit star puts it out; arrows and digits do the same."""

    value_changed = Signal(int)

    def __init__(self) -> None:
        """Start without stars."""
        super().__init__()
        self._value = 0
        self._stars = [self._star(n) for n in range(1, 6)]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for star in self._stars:
            layout.addWidget(star)
        layout.addStretch(1)
        choose(self, focusPolicy="TabFocus")
        self.setFocusProxy(self._stars[0])
        self._render()

    def _star(self, number: int) -> QToolButton:
        star = QToolButton()
        star.setProperty("star", True)
        star.setObjectName(f"star{number}")
        choose(star, focusPolicy="TabFocus" if number == 1 else "NoFocus")
        star.setToolTip(self.tr("Étoiles : cliquez, ou tapez un chiffre de 0 à 5"))
        star.clicked.connect(lambda: self.setValue(0 if self._value == number else number))
        star.installEventFilter(self)
        return star

    def eventFilter(self, watched: object, event: object) -> bool:
        """Take digits and arrows from the star that has the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            from PySide6.QtCore import Qt

            step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}.get(
                Qt.Key(event.key())
            )
            if step is not None:
                self.setValue(self._value + step)
                return True
            if event.text() in tuple("012345"):
                self.setValue(int(event.text()))
                return True
        return False

    def value(self) -> int:
        """Return the number of stars, 0 for none."""
        return self._value

    def setValue(self, value: int) -> None:
        """Set the number of stars, bounded to 0–5."""
        value = min(5, max(0, value))
        if value != self._value:
            self._value = value
            self._render()
            self.value_changed.emit(value)

    def _render(self) -> None:
        said = self.tr("Aucune étoile") if not self._value else self.tr("Étoiles : {n} sur 5").format(n=self._value)
        self.setAccessibleName(said)
        for number, star in enumerate(self._stars, 1):
            lit = number <= self._value
            star.setText("★" if lit else "☆")
            star.setAccessibleName(said)
            star.setProperty("lit", lit)
            restyle(star)


class NoticeBar(QFrame):
    """The one place where the window says that something happened: a sentence, an action at most, a way to close it."""

    def __init__(self) -> None:
        """Start hidden."""
        super().__init__()
        self.setObjectName("notice")
        self.label = label("", wrap=True)
        self.label.setObjectName("noticeLabel")
        self._action = button("", "noticeAction")
        self._close = button(self.tr("Fermer"), "noticeClose")
        self._then: Callable[[], object] | None = None
        self._action.clicked.connect(self._act)
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.addWidget(self.label, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self.hide()

    def say(self, sentence: str, action: str = "", then: Callable[[], object] | None = None) -> None:
        """Show ``sentence``; ``action`` names a button that calls ``then``."""
        self.label.setText(sentence)
        self.label.setAccessibleName(sentence)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._then = then
        self.show()

    def _act(self) -> None:
        self.hide()
        if self._then is not None:
            self._then()
