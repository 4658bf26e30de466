"""The one door: what passes, what is taken back, what is stopped before it reaches the clipboard."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QClipboard, QContextMenuEvent, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from repondeur.reply.draft import ApprovedReply, Draft
from repondeur.ui import clipboard as module
from repondeur.ui.clipboard import RUN, ClipboardReader, SystemClipboard, reveals

DRAFT = "Bonjour Sophie, nous sommes touchés par votre message.\nÀ samedi\u00a0!"
REVIEW = "Pain excellent, accueil adorable."
# The offscreen platform says so of every window and menu that it shows.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
CTRL = Qt.KeyboardModifier.ControlModifier


# The rule -----------------------------------------------------------------------------------------------------------

TEXT = st.text("abcdeé \u00a0\n", min_size=1, max_size=60)


@given(secret=TEXT, before=TEXT, after=TEXT, data=st.data())
def test_a_run_of_the_secret_gives_it_away(secret: str, before: str, after: str, data: st.DataObject) -> None:
    plain = " ".join(secret.split())
    if len(plain) < RUN:
        assert reveals(secret, [secret]) == bool(plain)
        return
    start = data.draw(st.integers(0, len(plain) - RUN))
    end = data.draw(st.integers(start + RUN, len(plain)))
    passage = plain[start:end].strip()
    assert reveals(before + passage + after, [secret]) or len(passage) < RUN


@given(secret=TEXT, text=st.text("uvwxyz \n", max_size=60))
def test_other_words_give_nothing_away(secret: str, text: str) -> None:
    assert not reveals(text, [secret])


@given(secret=TEXT, around=st.tuples(TEXT, TEXT))
def test_what_stands_in_an_open_text_is_the_persons_own(secret: str, around: tuple[str, str]) -> None:
    assert not reveals(secret, [secret], [around[0] + secret + around[1]])


@pytest.mark.parametrize(
    ("text", "secrets", "open_texts", "revealed"),
    [
        (DRAFT, [DRAFT], [], True),
        (DRAFT.replace("\u00a0", " ").replace("\n", "  "), [DRAFT], [], True),
        ("Bon\u200bjour So\u2060phie, nous", [DRAFT], [], True),
        ("nous sommes touche\u0301s", [DRAFT], [], True),
        ("Re: " + DRAFT, ["autre", DRAFT], [], True),
        ("votre messa", [DRAFT], [], False),
        ("votre messag", [DRAFT], [], True),
        ("Merci !", ["Merci\u00a0!"], [], True),
        ("Merci ! Bien.", ["Merci !"], [], False),
        ("", [DRAFT], [], False),
        (" \n", [DRAFT], [], False),
        (DRAFT, [], [], False),
        (DRAFT, ["", " "], [], False),
        (REVIEW, ["Vous dites « Pain excellent, accueil adorable. »"], [REVIEW], False),
        ("accueil adorable.", ["Merci pour « accueil adorable. »"], [REVIEW], False),
        ("« accueil adorable. »", ["Merci pour « accueil adorable. »"], [REVIEW], True),
    ],
)
def test_examples(text: str, secrets: list[str], open_texts: list[str], revealed: bool) -> None:
    assert reveals(text, secrets, open_texts) is revealed


# The door -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def board(qapp: QApplication) -> Iterator[QClipboard]:
    """Qt's clipboard, empty before and after."""
    qapp.clipboard().clear()
    yield qapp.clipboard()
    qapp.clipboard().clear()


@pytest.fixture
def secrets() -> list[str]:
    """The texts that must stay inside."""
    return [DRAFT]


@pytest.fixture
def door(qapp: QApplication, secrets: list[str]) -> Iterator[SystemClipboard]:
    """The door under test."""
    door = SystemClipboard(lambda: secrets, lambda: [REVIEW])
    yield door
    shiboken6.delete(door)


@pytest.fixture
def refusals(door: SystemClipboard) -> list[None]:
    """One item for each refusal."""
    seen: list[None] = []
    door.refused.connect(lambda: seen.append(None))
    return seen


def reply(text: str = DRAFT) -> ApprovedReply:
    """Return an approved reply."""
    draft = Draft(text, REVIEW)
    draft.approve()
    return draft.release()


def test_an_approved_reply_passes(door: SystemClipboard, board: QClipboard, refusals: list[None]) -> None:
    door.put(reply())
    assert board.text() == DRAFT, "even while the caller still calls it a secret"
    assert not refusals
    assert formats(board) == ["text/plain"]


@pytest.mark.parametrize("thing", [DRAFT, None, Draft(DRAFT, REVIEW), b"x"])
def test_nothing_else_passes(door: SystemClipboard, board: QClipboard, thing: object) -> None:
    board.setText("avant")
    with pytest.raises(TypeError):
        door.put(thing)  # type: ignore[arg-type]
    assert board.text() == "avant"


def test_a_reply_of_another_make_does_not_pass(door: SystemClipboard, board: QClipboard) -> None:
    class Forged(ApprovedReply):
        def __init__(self) -> None:
            object.__setattr__(self, "text", "autre")

    with pytest.raises(TypeError):
        door.put(Forged())
    assert board.text() == ""


def test_a_reply_changed_by_force_does_not_pass(door: SystemClipboard, board: QClipboard) -> None:
    forced = reply("Merci !")
    object.__setattr__(forced, "text", "autre")
    for thing in (forced, object.__new__(ApprovedReply)):
        with pytest.raises(TypeError):
            door.put(thing)
    assert board.text() == ""


def test_a_secret_is_taken_back_in_the_same_call(
    door: SystemClipboard, board: QClipboard, refusals: list[None]
) -> None:
    board.setText(DRAFT)
    assert board.text() == ""
    assert len(refusals) == 1


def test_the_same_text_needs_its_own_permission_later(door: SystemClipboard, board: QClipboard) -> None:
    door.put(reply())
    board.setText(DRAFT)
    assert board.text() == DRAFT, "it is outside already"
    board.setText("autre chose")
    board.setText(DRAFT)
    assert board.text() == ""


def test_other_texts_are_left_alone(door: SystemClipboard, board: QClipboard, refusals: list[None]) -> None:
    for text in ("autre chose", REVIEW, "Bonjour"):
        board.setText(text)
        assert board.text() == text
    assert not refusals


def test_secrets_are_asked_for_each_time(door: SystemClipboard, board: QClipboard, secrets: list[str]) -> None:
    secrets[:] = []
    board.setText(DRAFT)
    assert board.text() == DRAFT
    secrets[:] = ["Un autre brouillon, tout neuf."]
    board.setText("Un autre brouillon, tout neuf.")
    assert board.text() == ""


def formats(board: QClipboard) -> list[str]:
    """Return the names of what the clipboard offers."""
    data = board.mimeData()
    return [] if data is None else list(data.formats())


def rich(text: str) -> QMimeData:
    """Return rich text, and no plain text with it."""
    data = QMimeData()
    data.setHtml(text)
    return data


@pytest.mark.parametrize("html", ["<p>nous <b>sommes</b> touch&eacute;s</p>", "<table><tr><td>votre message.", DRAFT])
def test_rich_text_hides_nothing(door: SystemClipboard, board: QClipboard, html: str, refusals: list[None]) -> None:
    board.setMimeData(rich(html))
    assert formats(board) == []
    assert len(refusals) == 1


def test_other_rich_text_is_left_alone(door: SystemClipboard, board: QClipboard) -> None:
    board.setMimeData(rich("<b>autre</b> chose"))
    assert "text/html" in formats(board)


def test_another_programs_text_is_never_touched(
    door: SystemClipboard, board: QClipboard, refusals: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Qt tells who owns the clipboard it is asked; the offscreen platform answers: not this process."""
    monkeypatch.setattr(module, "_SHARED_PLATFORMS", {QGuiApplication.platformName()})
    board.setText(DRAFT)
    assert board.text() == DRAFT
    assert not refusals


def test_an_empty_selection_is_nothing_to_take_back(
    door: SystemClipboard, board: QClipboard, refusals: list[None]
) -> None:
    """Where there is no X11 selection, and where it is emptied."""
    door.put(reply())
    board.changed.emit(QClipboard.Mode.Selection)
    assert board.text() == DRAFT
    assert not refusals


def test_the_reader_counts_and_reads(qapp: QApplication, board: QClipboard) -> None:
    reader = ClipboardReader()
    board.setText("un")
    board.setText("deux")
    assert (reader.changes, reader.text()) == (2, "deux")
    board.clear()
    assert reader.text() == ""
    shiboken6.delete(reader)


# The fence ----------------------------------------------------------------------------------------------------------


def table(text: str) -> QTableWidget:
    """Return a table with the text in its one cell."""
    widget = QTableWidget(1, 1)
    widget.setItem(0, 0, QTableWidgetItem(text))
    widget.setCurrentCell(0, 0)
    return widget


def listing(text: str) -> QListWidget:
    """Return a list with the text as its one line."""
    widget = QListWidget()
    widget.addItem(text)
    widget.setCurrentRow(0)
    return widget


def line(text: str) -> QLineEdit:
    """Return a line edit, all selected."""
    widget = QLineEdit(text)
    widget.selectAll()
    return widget


def label(text: str) -> QLabel:
    """Return a label that can be selected, all selected."""
    widget = QLabel(text)
    flags = Qt.TextInteractionFlag
    widget.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    if "<" not in text:
        widget.setSelection(0, len(text))
    return widget


def plain(text: str) -> QPlainTextEdit:
    """Return a stock text box, all selected."""
    widget = QPlainTextEdit(text)
    widget.selectAll()
    return widget


def rich_box(text: str) -> QTextEdit:
    """Return a stock rich text box, read-only, all selected."""
    widget = QTextEdit()
    widget.setPlainText(text)
    widget.setReadOnly(True)
    widget.selectAll()
    return widget


TEXTS = (line, label, plain, rich_box)
PARTS = (table, listing, *TEXTS)
Make = Callable[[str], QWidget]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Callable[[QWidget], QWidget]]:
    """Return a function that shows a widget in an active window and gives it the focus."""
    windows = []

    def shown(widget: QWidget) -> QWidget:
        window = QWidget()
        layout = QVBoxLayout(window)
        layout.addWidget(QPushButton("first"))
        layout.addWidget(widget)
        qtbot.addWidget(window)
        windows.append(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        qtbot.waitUntil(widget.hasFocus)
        return widget

    yield shown
    windows.clear()


def press(widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Press a key; unlike ``QTest.keyClick`` this knows every key."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, key, modifiers))


Show = Callable[[QWidget], QWidget]


@pytest.fixture
def changes(board: QClipboard) -> Iterator[list[str]]:
    """Every content that the clipboard had, however short."""
    seen: list[str] = []

    def note() -> None:
        seen.append(board.text())

    board.dataChanged.connect(note)
    yield seen
    board.dataChanged.disconnect(note)


@pytest.mark.parametrize("make", PARTS)
@pytest.mark.parametrize("key", [(Qt.Key.Key_C, CTRL), (Qt.Key.Key_Copy, Qt.KeyboardModifier.NoModifier)])
def test_a_copy_key_stops_before_the_clipboard(
    make: Make, key: tuple[Qt.Key, Qt.KeyboardModifier], changes: list[str],
    door: SystemClipboard, refusals: list[None], show: Show,
) -> None:  # fmt: skip
    widget = show(make(DRAFT.replace("\n", " ")))
    press(widget, *key)
    assert len(refusals) == 1
    assert not changes


@pytest.mark.parametrize("make", PARTS)
def test_without_the_fence_the_same_key_leaks(make: Make, board: QClipboard, show: Show) -> None:
    widget = show(make("brouillon"))
    QTest.keyClick(widget, Qt.Key.Key_C, CTRL)
    assert board.text() == "brouillon"


@pytest.mark.parametrize("make", PARTS)
def test_the_persons_own_text_is_copied(
    make: Make, board: QClipboard, door: SystemClipboard, refusals: list[None], show: Show
) -> None:
    widget = show(make(REVIEW))
    QTest.keyClick(widget, Qt.Key.Key_C, CTRL)
    assert board.text() == REVIEW
    assert not refusals


@pytest.mark.parametrize("make", [line, plain])
def test_a_cut_key_keeps_the_text(make: Make, changes: list[str], door: SystemClipboard, show: Show) -> None:
    text = DRAFT.replace("\n", " ")
    widget = show(make(text))
    QTest.keyClick(widget, Qt.Key.Key_X, CTRL)
    kept = widget.text() if isinstance(widget, QLineEdit) else widget.toPlainText()  # type: ignore[attr-defined]
    assert kept == text.replace("\u00a0", " ") or kept == text
    assert not changes


def ask_for_menu(widget: QWidget) -> QContextMenuEvent:
    """Send what a right click sends, to where the click would arrive."""
    target = widget.viewport() if hasattr(widget, "viewport") else widget
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), target.mapToGlobal(QPoint(5, 5)))
    QApplication.sendEvent(target, event)
    return event


@pytest.mark.parametrize("make", PARTS)
def test_no_menu_over_a_secret(make: Make, door: SystemClipboard, refusals: list[None], show: Show) -> None:
    ask_for_menu(show(make(DRAFT)))
    assert QApplication.activePopupWidget() is None
    assert len(refusals) == 1


def test_no_menu_over_a_rich_label(door: SystemClipboard, refusals: list[None], show: Show) -> None:
    ask_for_menu(show(label("<p>nous <b>sommes</b> touchés</p>")))
    assert len(refusals) == 1


def test_the_menu_of_other_texts_stays(door: SystemClipboard, qtbot: QtBot, show: Show) -> None:
    ask_for_menu(show(line(REVIEW)))
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    QApplication.activePopupWidget().close()


@pytest.mark.parametrize("make", TEXTS)
def test_a_secret_selection_is_let_go_when_pressed(make: Make, door: SystemClipboard, show: Show) -> None:
    """Only a selection can be dragged away: Qt begins no drag without one."""
    widget = show(make(DRAFT.replace("\n", " ")))
    target = widget.viewport() if isinstance(widget, QPlainTextEdit | QTextEdit) else widget
    QTest.mousePress(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(30, 10))
    selected = widget.textCursor().selectedText() if target is not widget else widget.selectedText()  # type: ignore[attr-defined]
    assert selected == ""
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(30, 10))


def test_a_press_on_a_cell_changes_nothing(door: SystemClipboard, show: Show) -> None:
    widget = show(table(DRAFT))
    assert isinstance(widget, QTableWidget)
    QTest.mousePress(widget.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))
    QTest.mouseRelease(widget.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))
    assert widget.currentItem().text() == DRAFT


def test_other_keys_and_parts_are_left_alone(door: SystemClipboard, refusals: list[None], show: Show) -> None:
    widget = show(line(DRAFT))
    QTest.keyClick(widget, Qt.Key.Key_End)
    QTest.keyClick(widget, Qt.Key.Key_A)
    show(QPushButton(DRAFT)).setFocus()
    assert not refusals
    assert isinstance(widget, QLineEdit)
    assert widget.text().endswith("!a")


def test_a_menu_over_an_empty_view_is_no_secret(door: SystemClipboard, refusals: list[None], show: Show) -> None:
    ask_for_menu(show(QListWidget()))
    assert not refusals


def test_a_stranger_holds_no_text(door: SystemClipboard) -> None:
    """The filter may be asked about any object: what copies nothing reveals nothing."""
    stranger = QObject()
    for event in (
        QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_C, CTRL),
        QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint()),
        QEvent(QEvent.Type.MouseButtonPress),
    ):
        assert not door.eventFilter(stranger, event)
