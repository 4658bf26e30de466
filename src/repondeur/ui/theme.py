"""How the window looks: one palette for light and one for dark, one short style sheet made from it."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

MARGIN = 14
GAP = 8


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one appearance, as ``#rrggbb``; each text colour has a contrast of 4.5 or more on its ground."""

    window: str
    panel: str
    line: str
    text: str
    faint: str
    accent: str
    on_accent: str
    soft: str
    good: str
    warn: str
    bad: str
    notice: str
    chevron: str


LIGHT = Colours(
    "#f6f3ee",
    "#ffffff",
    "#d5cdc1",
    "#25211c",
    "#655d53",
    "#96401c",
    "#ffffff",
    "#f3e4da",
    "#2b6a3d",
    "#8a5a00",
    "#a3262a",
    "#fff5d9",
    "chevron-light.svg",
)
DARK = Colours(
    "#201e1b",
    "#2a2724",
    "#4a453f",
    "#f1ece4",
    "#b5ada2",
    "#f0a37c",
    "#2a1409",
    "#43332a",
    "#8fd3a0",
    "#f0c36a",
    "#ff9c96",
    "#3d3520",
    "chevron-dark.svg",
)


def colours() -> Colours:
    """Return the colours that the program wears now."""
    return DARK if QApplication.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window) else LIGHT


def palette(c: Colours) -> QPalette:
    """Return Qt's palette for ``c``."""
    result = QPalette()
    role = QPalette.ColorRole
    for names, colour in (
        ((role.Window, role.Button, role.AlternateBase), c.window),
        ((role.Base, role.ToolTipBase), c.panel),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), c.text),
        ((role.Highlight, role.Link, role.Accent), c.accent),
        ((role.HighlightedText,), c.on_accent),
        ((role.PlaceholderText,), c.faint),
        ((role.Mid, role.Dark), c.line),
    ):
        for name in names:
            result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        faint = QColor(c.faint)
        faint.setAlpha(150)
        result.setColor(QPalette.ColorGroup.Disabled, name, faint)
    return result


def style_sheet(c: Colours, icons: Path) -> str:
    """Return the style sheet for ``c``: room to read, visible focus, one strong button a screen.

    ``icons`` is the folder of the small pictures that it names.
    """
    return f"""
QPlainTextEdit, QLineEdit, QComboBox, QSpinBox, QListWidget, QTableWidget, QTableView {{
  background: {c.panel}; border: 1px solid {c.line}; border-radius: 6px; padding: 4px 6px;
  selection-background-color: {c.accent}; selection-color: {c.on_accent};
}}
QPlainTextEdit:focus, QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QListWidget:focus, QTableWidget:focus {{
  border: 2px solid {c.accent}; padding: 3px 5px;
}}
QComboBox::drop-down {{ border: 0; width: 24px; }}
QComboBox::down-arrow {{ image: url("{icons.as_posix()}/{c.chevron}"); width: 11px; height: 11px; }}
QComboBox QAbstractItemView {{ background: {c.panel}; border: 1px solid {c.line}; }}
QPushButton {{
  background: {c.panel}; border: 1px solid {c.line}; border-radius: 6px; padding: 6px 12px; min-height: 18px;
}}
QPushButton:hover {{ background: {c.soft}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 5px 11px; }}
QPushButton:disabled {{ color: {c.faint}; background: {c.window}; }}
QPushButton[role="main"] {{
  background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent}; font-weight: 600;
}}
QPushButton[role="main"]:hover {{ border: 1px solid {c.text}; }}
QPushButton[role="main"]:focus {{ border: 2px solid {c.text}; padding: 5px 11px; }}
QPushButton[role="main"]:disabled {{ background: {c.line}; color: {c.faint}; border: 1px solid {c.line}; }}
QLabel[role="title"] {{ font-weight: 600; }}
QLabel[role="hint"] {{ color: {c.faint}; }}
QLabel[role="figure"] {{ font-size: 22pt; font-weight: 600; color: {c.accent}; }}
QLabel[role="figure"][state="none"] {{ font-size: 13pt; font-weight: 400; color: {c.faint}; }}
QLabel[state="good"] {{ color: {c.good}; font-weight: 600; }}
QLabel[state="warn"] {{ color: {c.warn}; font-weight: 600; }}
QLabel[state="bad"] {{ color: {c.bad}; font-weight: 600; }}
QFrame#notice {{ background: {c.notice}; border: 1px solid {c.warn}; border-radius: 6px; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {c.line}; }}
QTabBar::tab {{ padding: 8px 14px; border: 0; border-bottom: 3px solid transparent; color: {c.faint}; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom: 3px solid {c.accent}; font-weight: 600; }}
QTabBar::tab:focus {{ color: {c.accent}; }}
QTableWidget::item {{ padding: 3px 8px; }}
QHeaderView::section {{
  background: {c.window}; border: 0; border-bottom: 1px solid {c.line}; padding: 5px 8px; font-weight: 600;
}}
QToolButton[star="true"] {{ border: 1px solid transparent; border-radius: 4px; background: transparent; font-size: 17pt;
  color: {c.line}; padding: 0 1px; }}
QToolButton[star="true"][lit="true"] {{ color: {c.warn}; }}
QToolButton[star="true"]:focus {{ border: 1px solid {c.accent}; }}
QStatusBar {{ background: {c.window}; }}
QStatusBar::item {{ border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.line}; border-radius: 4px; min-height: 28px; margin: 2px; }}
QScrollBar::handle:vertical:hover {{ background: {c.faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: transparent; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
"""


def wear(app: QApplication, icons: Path, *, dark: bool) -> None:
    """Dress ``app`` in light or dark; ``icons`` holds the small pictures."""
    c = DARK if dark else LIGHT
    app.setPalette(palette(c))
    app.setStyleSheet(style_sheet(c, icons))


def follow(app: QApplication, icons: Path) -> None:
    """Dress ``app`` as the desktop is, now and at each change of its choice between light and dark."""
    hints = app.styleHints()
    app.setStyle("Fusion")
    wear(app, icons, dark=hints.colorScheme() == Qt.ColorScheme.Dark)
    hints.colorSchemeChanged.connect(lambda scheme: wear(app, icons, dark=scheme == Qt.ColorScheme.Dark))
