"""What stands on the screen: no jargon, French spaces, and room for every word on a small, enlarged screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_support import running

from repondeur.app import Program

JARGON = re.compile(
    r"\b(llm|tokens?|gguf|prompts?|temp[ée]rature|mod[eè]le|backend|inf[ée]rence|seed|cache|embedding|processus)\b",
    re.I,
)
PLAIN_SPACE = re.compile(r" [:;!?»%]|« ")


def words(widget: QWidget) -> Iterator[str]:
    """Yield every word that ``widget`` shows or says."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text().replace("&", "")
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(at) for at in range(widget.count()))
    if isinstance(widget, QTableWidget):
        headings = (widget.horizontalHeaderItem(at) for at in range(widget.columnCount()))
        yield from (heading.text() for heading in headings if heading is not None)
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(at) for at in range(widget.count()))


def everything(program: Program) -> Iterator[tuple[str, str]]:
    for widget in (program.window, *program.window.findChildren(QWidget)):
        yield from ((widget.objectName() or type(widget).__name__, text) for text in words(widget) if text)


def test_no_jargon_and_french_spaces(qtbot: QtBot, tmp_path: Path) -> None:
    with running(qtbot, tmp_path) as program:
        shown = list(everything(program))
        assert len(shown) > 80
        assert [(name, text) for name, text in shown if JARGON.search(text)] == []
        assert [(name, text) for name, text in shown if PLAIN_SPACE.search(text)] == []


@pytest.mark.parametrize("size", [(1060, 680), (900, 480)], ids=["usual", "1366×768 at 150 %"])
def test_no_label_or_button_is_cut(qtbot: QtBot, tmp_path: Path, size: tuple[int, int]) -> None:
    with running(qtbot, tmp_path) as program:
        program.window.resize(*size)
        tabs = program.window.tabs
        for index in range(tabs.count()):
            tabs.setCurrentIndex(index)
            page = tabs.widget(index)
            assert page is not None
            qtbot.waitUntil(page.isVisible)
            # Words that a tab sets as it is shown are laid out a turn later.
            qtbot.waitUntil(lambda p=page: [text for text in _cut(p) if text] == [])
        assert (program.window.width(), program.window.height()) == size


def _cut(page: QWidget) -> Iterator[str]:
    for widget in page.findChildren(QWidget):
        if not widget.isVisible() or _inside_scroll(widget, page):
            continue
        if isinstance(widget, QAbstractButton) and widget.width() < widget.sizeHint().width():
            yield widget.text()
        if isinstance(widget, QLabel) and not widget.wordWrap() and widget.width() < widget.sizeHint().width():
            yield widget.text()
        if isinstance(widget, QLabel) and widget.wordWrap() and widget.height() < widget.heightForWidth(widget.width()):
            yield widget.text()


def _inside_scroll(widget: QWidget, page: QWidget) -> bool:
    """Whether it lives in an item view (headers and cells have rules of their own)."""
    at: QWidget | None = widget
    while at is not None and at is not page:
        if isinstance(at, QTableWidget) or (isinstance(at, QAbstractScrollArea) and isinstance(at, QPlainTextEdit)):
            return True
        at = at.parentWidget()
    return False
