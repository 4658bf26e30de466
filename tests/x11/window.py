"""A small window for the tests on a real X server, run as its own process: ``python window.py fenced|stock|sink``.

``fenced`` holds the program's text box and its one door, around an unapproved draft; ``stock`` the same window made of
Qt's own parts, to prove that each gesture works where nothing stands in its way; ``sink`` is another program that takes
what it is given. A line of JSON on standard input asks, a line on standard output answers.
"""

import json
import os
import sys
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSocketNotifier, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QTableWidget, QTableWidgetItem, QWidget

from repondeur.errors import NotApproved
from repondeur.reply.draft import Approval, Draft
from repondeur.ui.clipboard import SystemClipboard
from repondeur.ui.draft_editor import DraftEditor

DRAFT = "Bonjour Sophie, nous sommes touchés par votre message et vous attendons samedi."
REVIEW = "Pain excellent, accueil adorable, je recommande vivement."
PLACES = {"fenced": (0, 0), "stock": (0, 0), "sink": (640, 0)}


class Marks(QObject):
    """Counts F9: once it has come, everything that the X server sent before it has been dealt with.

    Notes as well whether something was dragged over the window.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count, self.over = 0, False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F9:
            self.count += watched.isWindowType()
        self.over |= event.type() is QEvent.Type.DragEnter
        return False


class Window(QWidget):
    """The window and what the tests may ask of it."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role, self.copies, self.refused = role, 0, 0
        self.setWindowTitle(role)
        self.setGeometry(*PLACES[role], 620, 480)
        self.editor = self._editor()
        self.table, self.line, self.own = QTableWidget(1, 1, self), QLineEdit(self), QLineEdit(self)
        self.label = QLabel(self)
        flags = Qt.TextInteractionFlag
        self.label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.label.setWordWrap(True)
        parts = {"editor": 120, "table": 90, "line": 34, "label": 60, "own": 34}
        top = 10
        for name, height in parts.items():
            part = getattr(self, name)
            part.setObjectName(name)
            part.setGeometry(10, top, 590, height)
            top += height + 10
        self.editor.setAccessibleName("draft box")
        self.draft = Draft("", "")
        self.reset()

    def _editor(self) -> QPlainTextEdit:
        if self.role != "fenced":
            return QPlainTextEdit(self)
        self.clipboard = SystemClipboard(self.secrets, lambda: [REVIEW], self)
        self.clipboard.refused.connect(self._count_refusal)
        editor = DraftEditor(self)
        editor.textEdited.connect(self._edited)
        editor.copyRequested.connect(self._copy)
        return editor

    def secrets(self) -> list[str]:
        """Return what must stay inside; what was generated stays so however much of it was changed or cut away."""
        approval = self.draft.approval
        texts = [] if approval else [self.draft.text]
        return texts if approval is Approval.APPROVED else [*texts, self.draft.generated]

    def _count_refusal(self) -> None:
        self.refused += 1

    def _edited(self, text: str) -> None:
        self.draft.text = text

    def _copy(self) -> None:
        self.copies += 1
        try:
            self.clipboard.put(self.draft.release())
        except NotApproved:
            self.refused += 1

    def reset(self) -> dict[str, Any]:
        """Show the draft in every part (none in another program's), nothing selected, the focus in the text box."""
        text = "" if self.role == "sink" else DRAFT
        self.draft = Draft(text, "review")
        self.copies = self.refused = 0
        marks.over = False
        if isinstance(self.editor, DraftEditor):
            self.editor.set_text(text)
        else:
            self.editor.setPlainText(text)
        self.line.setText(text)
        self.own.setText("" if self.role == "sink" else REVIEW)
        self.label.setText(text)
        self.label.setSelection(0, 0)
        self.table.setItem(0, 0, QTableWidgetItem(text))
        self.table.setColumnWidth(0, 560)
        self.table.setCurrentCell(0, 0)
        self.editor.setFocus()
        return self.state()

    def state(self) -> dict[str, Any]:
        """Return what the window shows and counted."""
        focus = QApplication.focusWidget()
        return {
            "window": int(self.winId()),
            "visible": self.isVisible(),
            "active": self.isActiveWindow(),
            "focus": focus.objectName() if focus else None,
            "text": self.editor.toPlainText(),
            "selected": self.editor.textCursor().selectedText(),
            "line": self.line.text(),
            "line_selected": self.line.selectedText(),
            "label_selected": self.label.selectedText(),
            "own": self.own.text(),
            "over": marks.over,
            "marks": marks.count,
            "copies": self.copies,
            "refused": self.refused,
            "menu": self._menu(),
        }

    def _menu(self) -> dict[str, list[int]] | None:
        """Return the open menu's entries by their words, with the point to click on, if one is open."""
        menu = QApplication.activePopupWidget()
        if menu is None:
            return None
        entries = [a for a in menu.actions() if not a.isSeparator()]
        return {
            a.text().split("\t")[0].replace("&", ""): list(
                menu.mapToGlobal(menu.actionGeometry(a).center()).toTuple()  # type: ignore[attr-defined]
            )
            for a in entries
        }

    def focus(self, part: str) -> dict[str, Any]:
        """Give the focus to a part of the window."""
        getattr(self, part).setFocus()
        return self.state()

    def select(self, start: int, end: int) -> dict[str, Any]:
        """Select some characters of the text box."""
        cursor = self.editor.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)
        return self.state()

    def place(self, part: str, at: int = -1) -> dict[str, Any]:
        """Return where a part lies on the screen: its middle, or the character ``at`` of the text box."""
        widget = getattr(self, part)
        point = widget.rect().center()
        if at >= 0:
            cursor = self.editor.textCursor()
            cursor.setPosition(at)
            point = self.editor.cursorRect(cursor).center() + QPoint(2, 0)
            widget = self.editor.viewport()
        spot = widget.mapToGlobal(point)
        return {"x": spot.x(), "y": spot.y()}

    def approve(self) -> dict[str, Any]:
        """Approve the text as it stands."""
        self.draft.approve()
        return self.state()

    def close_menu(self) -> dict[str, Any]:
        """Close an open menu."""
        menu = QApplication.activePopupWidget()
        if menu is not None:
            menu.close()
        return self.state()


def serve(window: Window) -> None:
    """Answer the requests that wait on standard input; end with it."""
    data = os.read(0, 65536)
    if not data:
        QApplication.exit()
    for line in data.splitlines():
        request = json.loads(line)
        answer = getattr(window, request.pop("do"))(**request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    app = QApplication(sys.argv)
    marks = Marks()
    app.installEventFilter(marks)
    window = Window(sys.argv[1])
    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda *_: serve(window))
    window.show()
    sys.exit(app.exec())
