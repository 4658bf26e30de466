"""How the window looks: one palette for light and one for dark, one short style sheet made from it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QMainWindow

MARGIN = 14
GAP = 8
HALF = 128
"""A ground darker than this is dark."""


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
    "chevron-light.png",
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
    "chevron-dark.png",
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


def style_sheet(c: Colours, resources: Path) -> str:
    """Return the style sheet in ``resources`` with the colours of ``c``."""
    text = (resources / "style.qss").read_text("utf-8")
    for name, value in {**asdict(c), "icons": (resources / "icons").as_posix()}.items():
        text = (
            text.replace(f"${name};", f"{value};").replace(f"${name}/", f"{value}/").replace(f'${name}"', f'{value}"')
        )
    return text


def wear(app: QApplication, resources: Path, *, dark: bool) -> None:
    """Dress ``app`` and its windows in light or dark; ``resources`` is the shipped folder."""
    app.setPalette(palette(DARK if dark else LIGHT))
    for window in app.topLevelWidgets():
        if isinstance(window, QMainWindow):
            finish(window, resources)


def finish(window: QMainWindow, resources: Path) -> None:
    """Give a built ``window`` its style sheet.

    Not before: with a sheet in force, each widget put into another is styled again with all that it holds, which makes
    the window open half as fast.
    """
    window.setStyleSheet(style_sheet(colours(), resources))


def follow(app: QApplication, resources: Path) -> None:
    """Dress ``app`` as the desktop is, now and at each change of its choice between light and dark."""
    hints = app.styleHints()
    # The desktop's own palette says it, before the first is ours: Qt's enumerations would take longer than a tab.
    wear(app, resources, dark=app.palette().color(QPalette.ColorRole.Window).lightness() < HALF)
    hints.colorSchemeChanged.connect(lambda scheme: wear(app, resources, dark=scheme.name == "Dark"))
