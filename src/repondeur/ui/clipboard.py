"""The one door out: only an approved reply reaches the clipboard, and whatever else would carry a draft is taken back.

No other module names Qt's clipboard or a drag. Three things stand here:

* :meth:`SystemClipboard.put`, the only way in which this program copies;
* the guard: Qt's own widgets and the accessibility bridge (AT-SPI ``CopyText``) write to the clipboard without asking
  anybody, so each change made by this process is looked at and, if it :func:`reveals` a secret, cleared within the same
  call. On X11 and Wayland no other program can have been served by then; on Windows the content is shared at once, so
* the fence: on every widget that gets the focus, the copy keys, the native context menu and the drag of a selection are
  refused beforehand while what they would carry is secret.

The promise is about replies: fewer than :data:`RUN` characters in a row, a word or two, are no reply and may pass.
"""

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent, QKeySequence, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from repondeur.reply.draft import ApprovedReply, words

Texts = Callable[[], Iterable[str]]

RUN: Final = 12
"""So many characters in a row, white space counted as one, give a draft away."""

_SHARED_PLATFORMS: Final = frozenset({"xcb", "wayland", "wayland-egl", "windows", "cocoa"})
"""Where other programs see the clipboard. Elsewhere (offscreen…) Qt never says who owns it: always this process."""

_BOARD: Final = QClipboard.Mode.Clipboard
_COPY_KEYS: Final = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut)


def reveals(text: str, secrets: Iterable[str], open_texts: Iterable[str] = ()) -> bool:
    """Return whether ``text`` gives away one of ``secrets``.

    Texts are compared by their words (composed letters, white space folded, invisible characters left out). ``text``
    reveals a secret when the two share :data:`RUN` characters in a row, or when it is the whole of a shorter secret.
    A text that stands as a whole in one of ``open_texts``, what the person typed or pasted into other boxes or had
    approved before, is theirs: it reveals nothing, even where the draft quotes it.
    """
    wanted = _plain(text)
    if not wanted or any(wanted in _plain(known) for known in open_texts):
        return False
    runs = _runs(wanted)
    return any(wanted == secret or not runs.isdisjoint(_runs(secret)) for secret in map(_plain, secrets) if secret)


def _plain(text: str) -> str:
    return " ".join(words(text))


def _runs(text: str) -> set[str]:
    return {text[start : start + RUN] for start in range(len(text) - RUN + 1)}


class ClipboardReader(QObject):
    """What any program put on the clipboard, to paste from; it cannot write."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Count the changes from now on."""
        super().__init__(parent)
        self._board = QGuiApplication.clipboard()
        self._changes = 0
        self._board.dataChanged.connect(self._count)

    @property
    def changes(self) -> int:
        """How often the content changed so far; whoever keeps the number can tell an older content from a newer."""
        return self._changes

    def text(self) -> str:
        """Return the clipboard's plain text, or an empty one."""
        return self._board.text()

    def _count(self) -> None:
        self._changes += 1


class SystemClipboard(QObject):
    """The one door: the system's clipboard, written by :meth:`put` alone.

    ``secrets`` returns the texts that must stay inside now: a text still streaming, an unapproved draft, and what was
    generated even when the draft was edited since (AT-SPI ``CutText`` first deletes a passage, which is an edit, and
    copies it then). ``open_texts`` returns those that are the person's own and may always be copied. Make one door for
    the whole process, after the ``QApplication``; it must live as long as any window.
    """

    refused = Signal()
    """Something in this process tried to copy a secret and was stopped."""

    def __init__(self, secrets: Texts, open_texts: Texts = tuple, parent: QObject | None = None) -> None:
        """Watch every clipboard mode and every widget that gets the focus from now on."""
        super().__init__(parent)
        self._secrets = secrets
        self._open_texts = open_texts
        self._board = QGuiApplication.clipboard()
        self._released: str | None = None
        self._clearing = False
        self._board.changed.connect(self._changed)
        application = QApplication.instance()
        assert isinstance(application, QApplication)  # noqa: S101 - a wrong composition root, not a state of the world
        application.focusChanged.connect(self._focus_moved)

    def put(self, reply: ApprovedReply) -> None:
        """Put the text of an approved reply on the clipboard.

        Raises:
            TypeError: ``reply`` is anything but what :meth:`repondeur.reply.draft.Draft.release` made.
        """
        if type(reply) is not ApprovedReply or not reply.genuine:
            raise TypeError("only an ApprovedReply reaches the clipboard")
        self._released = reply.text
        self._board.setText(reply.text)

    def is_secret(self, text: str) -> bool:
        """Return whether ``text`` gives away what must stay inside now."""
        return reveals(text, self._secrets(), self._open_texts())

    def _changed(self, mode: QClipboard.Mode) -> None:
        if not self._clearing and self._leaks(mode):
            self._take_back(mode)

    def _leaks(self, mode: QClipboard.Mode) -> bool:
        """Return whether this process just put a secret there by another way than :meth:`put`."""
        carried = _carried(self._board.mimeData(mode)) if self._ours(mode) else []
        if mode is _BOARD:
            if carried == [self._released]:
                return False
            self._released = None  # the same text copied again later needs an approval of its own
        return any(map(self.is_secret, carried))

    def _ours(self, mode: QClipboard.Mode) -> bool:
        """Return whether the content comes from this process: another program's is never touched."""
        if QGuiApplication.platformName() not in _SHARED_PLATFORMS:
            return True
        owns = {
            QClipboard.Mode.Clipboard: self._board.ownsClipboard,
            QClipboard.Mode.Selection: self._board.ownsSelection,
            QClipboard.Mode.FindBuffer: self._board.ownsFindBuffer,
        }
        return owns[mode]()

    def _take_back(self, mode: QClipboard.Mode) -> None:
        self._clearing = True
        try:
            self._board.clear(mode)
        finally:
            self._clearing = False
        self.refused.emit()

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Watch the widget that has the focus now.

        Widgets that had it stay watched: one that loses the focus may be half destroyed and must not be touched.
        """
        if not isinstance(now, _COPYING) or getattr(now, "keeps_its_text", False):
            return
        now.installEventFilter(self)
        if isinstance(now, QAbstractScrollArea):
            now.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Refuse what would copy a secret out of ``watched``; let everything else through."""
        kind = event.type()
        if kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return any(map(event.matches, _COPY_KEYS)) and self._refuses(_selected(watched))
        if kind is QEvent.Type.ContextMenu:
            return self._refuses(_shown(watched))
        if kind is QEvent.Type.MouseButtonPress and self.is_secret(_selected(watched)):
            _deselect(watched)  # nothing selected, nothing to drag away
        return False

    def _refuses(self, text: str) -> bool:
        secret = self.is_secret(text)
        if secret:
            self.refused.emit()
        return secret


_COPYING: Final = (QAbstractItemView, QLabel, QLineEdit, QPlainTextEdit, QTextEdit)
"""Qt's widgets with a copy of their own."""


def _carried(data: QMimeData | None) -> list[str]:
    """Return each text that ``data`` offers to another program, rich text without its tags."""
    if data is None:
        return []
    texts = [data.text()] if data.hasText() else []
    if data.hasHtml():
        texts.append(_without_tags(data.html()))
    return texts


def _without_tags(text: str) -> str:
    from PySide6.QtGui import Qt

    return QTextDocumentFragment.fromHtml(text).toPlainText() if Qt.mightBeRichText(text) else text


def _owner(watched: QObject) -> QObject | None:
    """Return the widget that does the copying: a scroll area for its viewport."""
    parent = watched.parent()
    return parent if isinstance(parent, QAbstractScrollArea) and parent.viewport() is watched else watched


def _selected(watched: QObject) -> str:
    """Return what the widget's copy key would put on the clipboard."""
    widget = _owner(watched)
    if isinstance(widget, QAbstractItemView):
        return str(widget.currentIndex().data() or "")
    if isinstance(widget, QLabel | QLineEdit):
        return widget.selectedText()
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return widget.textCursor().selectedText()
    return ""


def _shown(watched: QObject) -> str:
    """Return all that the widget's own menu could copy."""
    widget = _owner(watched)
    if isinstance(widget, QLabel):
        return _without_tags(widget.text())
    if isinstance(widget, QLineEdit):
        return widget.text()
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return widget.toPlainText()
    return _selected(watched)


def _deselect(watched: QObject) -> None:
    widget = _owner(watched)
    if isinstance(widget, QLabel):
        widget.setSelection(0, 0)
    elif isinstance(widget, QLineEdit):
        widget.deselect()
    elif isinstance(widget, QPlainTextEdit | QTextEdit):
        cursor = widget.textCursor()
        cursor.clearSelection()
        widget.setTextCursor(cursor)
