"""How findings show: underlined in the reply, listed beside it, selected by a click."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QListWidgetItem, QPlainTextEdit, QTextEdit

from repondeur.ui import theme

if TYPE_CHECKING:
    from repondeur.reply.guard import Finding

LEVELS = {"red": "À retirer", "check": "À vérifier", "style": "Style"}
EXCERPT = 40
"""So many characters of a finding's words are repeated in the list."""


def item(text: str, finding: "Finding") -> QListWidgetItem:
    """Return the list's line for ``finding`` in ``text``; its source is the tool tip."""
    level = str(finding.level)
    words = " ".join(text[finding.start : finding.end].split())
    result = QListWidgetItem(f"{LEVELS[level]} «\u00a0{_shortened(words)}\u00a0»\u00a0: {finding.reason}")
    result.setForeground(_tone(level))
    result.setToolTip(f"Source\u00a0: {finding.source}")
    return result


def underline(editor: QPlainTextEdit, text: str, findings: Iterable["Finding"]) -> None:
    """Underline ``findings`` of ``text`` in ``editor``, and nothing else."""
    marks = []
    for finding in findings:
        mark = QTextEdit.ExtraSelection()
        mark.format = QTextCharFormat()
        mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        mark.format.setUnderlineColor(_tone(str(finding.level)))
        mark.cursor = _over(QTextCursor(editor.document()), text, finding)
        marks.append(mark)
    editor.setExtraSelections(marks)


def select(editor: QPlainTextEdit, text: str, finding: "Finding") -> None:
    """Select a finding of ``text`` in ``editor`` and let the person go on there."""
    editor.setTextCursor(_over(editor.textCursor(), text, finding))
    editor.setFocus()


def _over(cursor: QTextCursor, text: str, finding: "Finding") -> QTextCursor:
    cursor.setPosition(_position(text, finding.start))
    cursor.setPosition(_position(text, finding.end), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _tone(level: str) -> QColor:
    c = theme.colours()
    return QColor({"red": c.bad, "check": c.warn}.get(level, c.faint))


def _shortened(words: str) -> str:
    return words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1].rstrip()}…"


def _position(text: str, index: int) -> int:
    """Return Qt's position (UTF-16 units) for a Python index, bounded to the text."""
    return len(text[:index].encode("utf-16-le")) // 2
