"""The text box of the reply: everything of a text box but a way out.

A stock ``QPlainTextEdit`` gives its text away by keys, menu, drag and X11 selection, all of them through
``createMimeDataFromSelection``; here that carries nothing. The copy keys ask the window to copy the whole reply, which
it does only when the reply was edited or approved. Cut, copy and paste of a passage work inside the box, through a
buffer of its own. Screen readers and input methods can read and write the text like any other.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from PySide6.QtCore import QEvent, QKeyCombination, QMimeData, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu, QPlainTextEdit, QWidget

from repondeur.reply.plain import cleaned
from repondeur.ui.clipboard import ClipboardReader

PASTE_LIMIT: Final = 20_000
"""Characters taken from one paste or drop; no review site accepts a quarter of it, and more would freeze the box."""


def _copy_inside() -> QKeyCombination:
    from PySide6.QtCore import Qt

    return QKeyCombination(Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_C)


class DraftEditor(QPlainTextEdit):
    """The reply's text box. Its text leaves through ``SystemClipboard.put`` alone, never from here.

    Of the input-method hints, ``ImhSensitiveData`` is set: a screen keyboard must not
    learn, and keep in a store of its own, what may not leave yet. ``ImhNoPredictiveText`` is not: suggestions help who
    writes French on a tablet and take nothing out.
    """

    textEdited = Signal(str)
    """A person (or an accessibility or input-method tool) changed the text; :meth:`set_text` does not say so."""
    copyRequested = Signal()
    """A copy key was pressed: the window's copy action decides."""

    keeps_its_text: ClassVar[bool] = True
    """The clipboard's fence leaves this widget to its own rules."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty box."""
        super().__init__(parent)
        self._clipboard = ClipboardReader(self)
        self._kept = ""
        self._kept_at = 0
        self._known = ""
        self._by_program = False
        self.setProperty("inputMethodHints", "ImhMultiLine|ImhSensitiveData")  # by name: see ui/widgets.py, choose()
        self.setAccessibleName(self.tr("Texte de la réponse"))
        self.setAccessibleDescription(self.tr("À relire, puis à modifier ou à approuver avant de copier."))
        # contentsChange is not emitted for an edit made inside another listener; contentsChanged always is.
        self.document().contentsChanged.connect(self._contents_changed)

    # Text

    def text(self) -> str:
        r"""Return the text, lines ended by ``\n``.

        Unlike ``toPlainText()``, which makes every no-break space a plain one, it keeps what French typography needs.
        """
        return self.document().toRawText().translate({0x2028: "\n", 0x2029: "\n"})

    def set_text(self, text: str) -> None:
        """Show a text of the program's (cleaned), without :attr:`textEdited`.

        The undo history and the passage kept by cut or copy end here: an earlier draft must not come back as what would
        count as the person's own edit of this one.
        """
        self._kept = ""
        self._change(lambda: self.setPlainText(cleaned(text)))

    def add_text(self, piece: str) -> None:
        """Append a piece of a text that is still being written, as :meth:`set_text` would; the view follows its end."""
        bar = self.verticalScrollBar()
        follow = bar.value() == bar.maximum()

        def append() -> None:
            from PySide6.QtGui import QTextCursor, QTextDocument

            cursor = QTextCursor(self.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(cleaned(piece))
            self.document().clearUndoRedoStacks(QTextDocument.Stacks.UndoAndRedoStacks)

        self._change(append)
        if follow:
            bar.setValue(bar.maximum())

    def _change(self, change: Callable[[], None]) -> None:
        self._by_program = True
        try:
            change()
        finally:
            self._by_program = False

    def _contents_changed(self) -> None:
        text = self.text()
        if text == self._known:
            return
        if self._by_program:
            self._known = text
        elif self.isReadOnly():  # accessibility tools write there all the same
            self.set_text(self._known)
        else:
            self._known = text
            self.textEdited.emit(text)

    @property
    def composing(self) -> bool:
        """Whether an input method shows text that is not in :meth:`text` yet: nobody can approve what is seen."""
        block = self.document().begin()
        while block.isValid():
            if block.layout().preeditAreaText():
                return True
            block = block.next()
        return False

    # Cut, copy and paste inside the box

    def copy(self) -> None:
        """Ask for the whole reply, as the copy keys do."""
        self.copyRequested.emit()

    def copy_inside(self) -> None:
        """Keep the selected passage for :meth:`paste`; the system's clipboard stays as it is."""
        selected = self.textCursor().selectedText().translate({0x2028: "\n", 0x2029: "\n"})
        if selected:
            self._kept, self._kept_at = selected, self._clipboard.changes

    def cut(self) -> None:
        """Keep the selected passage for :meth:`paste` and remove it."""
        if not self.isReadOnly():
            self.copy_inside()
            self.textCursor().removeSelectedText()

    def paste(self) -> None:
        """Insert what was copied last: the passage kept in this box, or the text of the system's clipboard."""
        if self.isReadOnly():
            return
        newer = self._clipboard.text() if self._clipboard.changes != self._kept_at or not self._kept else ""
        self._insert(newer or self._kept)

    def _insert(self, text: str) -> None:
        self.textCursor().insertText(cleaned(text[:PASTE_LIMIT]))
        self.ensureCursorVisible()

    def _act(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what the pressed keys do here, ``None`` for those that Qt may handle."""
        keys = QKeySequence.StandardKey
        acts = {keys.Copy: self.copy, keys.Cut: self.cut, keys.Paste: self.paste}
        if event.keyCombination() == _copy_inside():
            return self.copy_inside
        return next((act for key, act in acts.items() if event.matches(key)), None)

    # What Qt calls

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return nothing: copy, cut, drag and the X11 selection all ask here."""
        return QMimeData()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take plain text; leave files to the window, which may know what they are."""
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert dropped or middle-clicked text, cleaned."""
        if self.canInsertFromMimeData(source):
            self._insert(source.text())

    def event(self, event: QEvent) -> bool:
        """Claim the keys of this box before a shortcut of the window takes them."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._act(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what copy, cut and paste mean here; Qt's own would empty the clipboard or delete the text."""
        act = self._act(event)
        if act is None:
            super().keyPressEvent(event)
        else:
            event.accept()
            act()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let go of a selection that is pressed on, so that it is never dragged."""
        from PySide6.QtCore import Qt

        cursor, pressed = self.textCursor(), self.cursorForPosition(event.position().toPoint())
        if (
            event.button() is Qt.MouseButton.LeftButton
            and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            and cursor.selectionStart() <= pressed.position() <= cursor.selectionEnd()
        ):
            self.setTextCursor(pressed)
        super().mousePressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Let an input method write only where keys may; Qt would change a read-only box."""
        if self.isReadOnly():
            event.ignore()
        else:
            super().inputMethodEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the box's own menu."""
        menu = self.menu()
        from PySide6.QtCore import Qt

        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
        event.accept()

    def menu(self) -> QMenu:
        """Return a new context menu for the text as it stands."""
        menu = QMenu(self)
        menu.setObjectName("draftMenu")
        document, writable = self.document(), not self.isReadOnly()
        selection = self.textCursor().hasSelection()
        entries = (
            (self.tr("Annuler"), QKeySequence.StandardKey.Undo, self.undo, writable and document.isUndoAvailable()),
            (self.tr("Rétablir"), QKeySequence.StandardKey.Redo, self.redo, writable and document.isRedoAvailable()),
            None,
            (self.tr("Copier la réponse"), QKeySequence.StandardKey.Copy, self.copy, not document.isEmpty()),
            None,
            (self.tr("Couper dans la réponse"), QKeySequence.StandardKey.Cut, self.cut, writable and selection),
            (self.tr("Copier dans la réponse"), _copy_inside(), self.copy_inside, selection),
            (self.tr("Coller"), QKeySequence.StandardKey.Paste, self.paste, writable),
            None,
            (self.tr("Tout sélectionner"), QKeySequence.StandardKey.SelectAll, self.selectAll, not document.isEmpty()),
        )
        for entry in entries:
            if entry is None:
                menu.addSeparator()
                continue
            label, keys, act, enabled = entry
            shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            menu.addAction(f"{label}\t{shown}", act).setEnabled(enabled)
        return menu
