"""The reply's text box: every way out that the offscreen platform has is walked, and what stays inside works."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QAccessibleTextInterface,
    QClipboard,
    QContextMenuEvent,
    QDropEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QTextCursor,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit
from pytestqt.qtbot import QtBot

from repondeur.errors import NotApproved
from repondeur.reply.draft import Approval, Draft
from repondeur.ui.draft_editor import PASTE_LIMIT, DraftEditor, cleaned

# The offscreen platform says so of every window and menu that it shows.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
DRAFT = "Bonjour Sophie,\nmerci pour votre message\u202f: à samedi\u00a0!"
REVIEW = "Pain excellent."
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
K = Qt.Key
Key = tuple[Qt.Key, Qt.KeyboardModifier]
COPY_KEYS = ((K.Key_C, CTRL), (K.Key_Insert, CTRL), (K.Key_Copy, NONE))
CUT_KEYS = ((K.Key_X, CTRL), (K.Key_Delete, SHIFT), (K.Key_Cut, NONE))
PASTE_KEYS = ((K.Key_V, CTRL), (K.Key_Insert, SHIFT), (K.Key_Paste, NONE))


@pytest.fixture
def board(qapp: QApplication) -> Iterator[QClipboard]:
    """Qt's clipboard, holding another program's text."""
    qapp.clipboard().setText("avant")
    yield qapp.clipboard()
    qapp.clipboard().clear()


@pytest.fixture
def changes(board: QClipboard) -> Iterator[list[str]]:
    """Every content that the clipboard had since, however short."""
    seen: list[str] = []

    def note() -> None:
        seen.append(board.text())

    board.dataChanged.connect(note)
    yield seen
    board.dataChanged.disconnect(note)


@pytest.fixture
def editor(qtbot: QtBot) -> DraftEditor:
    """The text box with a draft, all selected, the focus in it."""
    editor = DraftEditor()
    qtbot.addWidget(editor)
    editor.set_text(DRAFT)
    editor.selectAll()
    editor.resize(500, 200)
    with qtbot.waitActive(editor):
        editor.show()
        editor.activateWindow()
    editor.setFocus()
    return editor


@pytest.fixture
def edits(editor: DraftEditor) -> list[str]:
    """The texts that the box told of."""
    seen: list[str] = []
    editor.textEdited.connect(seen.append)
    return seen


@pytest.fixture
def asked(editor: DraftEditor) -> list[None]:
    """One item for each request to copy the whole reply."""
    seen: list[None] = []
    editor.copyRequested.connect(lambda: seen.append(None))
    return seen


def press(editor: QPlainTextEdit, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, text: str = "") -> bool:
    """Press a key as the window system would, shortcuts first; return whether the box claimed it from them."""
    claim = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers, text)
    claim.ignore()
    QApplication.sendEvent(editor, claim)
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(editor, QKeyEvent(kind, key, modifiers, text))
    return claim.isAccepted()


def select(editor: QPlainTextEdit, start: int, end: int) -> None:
    """Select some characters."""
    cursor = editor.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


# Text ---------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once
    assert not set(once) & set("\t\r\0\x1b\x7f\u2028\u2029\u202e\ufeff\ufffc\ud800")


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f\vg\fh", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\tb\0c\x1b[31md\x9be", "a bc[31mde"),
        ("\ufeffa\u202eb\u2066c\U000e0041d\ufffce\ufdd0f\ud800g", "abcdefg"),
        ("à\u00a0b\u202fc\u00ad👩\u200d🍳✈\ufe0f", "à\u00a0b\u202fc\u00ad👩\u200d🍳✈\ufe0f"),
    ],
)
def test_cleaned(dirty: str, clean: str) -> None:
    assert cleaned(dirty) == clean


def test_the_text_is_what_was_set(qapp: QApplication) -> None:
    editor = DraftEditor()

    @given(st.text(max_size=80))
    def holds(text: str) -> None:
        editor.set_text(text)
        assert editor.text() == cleaned(text)

    holds()
    shiboken6.delete(editor)


def test_a_program_change_is_no_edit(editor: DraftEditor, edits: list[str]) -> None:
    editor.set_text("autre")
    editor.add_text(" suite")
    assert editor.text() == "autre suite"
    assert edits == []


def test_pieces_are_appended_wherever_the_cursor_is(editor: DraftEditor) -> None:
    select(editor, 2, 5)
    editor.add_text(" Bien\r\nà vous")
    assert editor.text() == DRAFT + " Bien\nà vous"
    assert editor.textCursor().selectedText() == "njo"


def test_the_view_follows_the_end(editor: DraftEditor) -> None:
    bar = editor.verticalScrollBar()
    for _ in range(40):
        editor.add_text("encore une ligne\n")
    assert bar.value() == bar.maximum() > 0
    bar.setValue(3)
    editor.add_text("encore une ligne\n")
    assert bar.value() == 3, "who scrolled back is left to read"


def test_typing_is_an_edit(editor: DraftEditor, edits: list[str]) -> None:
    press(editor, K.Key_A, NONE, "a")
    assert edits[-1] == editor.text() == "a"


def test_the_same_text_again_is_no_edit(editor: DraftEditor, edits: list[str]) -> None:
    editor.document().markContentsDirty(0, 5)
    assert edits == []


def test_undo_does_not_reach_an_earlier_draft(editor: DraftEditor, edits: list[str]) -> None:
    press(editor, K.Key_A, NONE, "a")
    editor.set_text("nouveau")
    edits.clear()
    for key in (K.Key_Z, K.Key_Y):
        press(editor, key, CTRL)
    editor.undo()
    editor.redo()
    assert (editor.text(), edits) == ("nouveau", [])
    editor.add_text(" texte")
    editor.undo()
    assert (editor.text(), edits) == ("nouveau texte", [])


# Ways out -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", COPY_KEYS)
@pytest.mark.parametrize("read_only", [False, True])
def test_copy_keys_ask_the_window(
    editor: DraftEditor, changes: list[str], asked: list[None], key: Key, read_only: bool
) -> None:
    editor.setReadOnly(read_only)
    assert press(editor, *key)
    assert len(asked) == 1
    assert not changes
    assert editor.text() == DRAFT


@pytest.mark.parametrize("key", CUT_KEYS)
def test_cut_keys_cut_inside(editor: DraftEditor, changes: list[str], edits: list[str], key: Key) -> None:
    assert press(editor, *key)
    assert edits == [""]
    assert not changes
    press(editor, K.Key_Z, CTRL)
    assert editor.text() == DRAFT


@pytest.mark.parametrize("key", CUT_KEYS)
def test_cut_keys_do_nothing_read_only(editor: DraftEditor, changes: list[str], key: Key) -> None:
    editor.setReadOnly(True)
    press(editor, *key)
    press(editor, K.Key_V, CTRL)
    assert editor.text() == DRAFT
    assert not changes


@pytest.mark.parametrize("act", ["copy", "cut"])
@pytest.mark.parametrize(
    "flags", ["TextEditorInteraction", "TextSelectableByMouse", "NoTextInteraction", "TextEditable"]
)
def test_slots_give_nothing(editor: DraftEditor, changes: list[str], act: str, flags: str) -> None:
    """Called as C++ would, past what Python overrides."""
    editor.setTextInteractionFlags(getattr(Qt.TextInteractionFlag, flags))
    editor.selectAll()
    getattr(QPlainTextEdit, act)(editor)
    assert not any(changes)


def test_a_stock_box_leaks_by_the_same_ways(qtbot: QtBot, changes: list[str]) -> None:
    stock = QPlainTextEdit("brouillon")
    qtbot.addWidget(stock)
    for key in (*COPY_KEYS, *CUT_KEYS):
        stock.setPlainText("brouillon")
        stock.selectAll()
        changes.clear()
        press(stock, *key)
        assert changes == ["brouillon"], key


def test_a_drag_carries_nothing(editor: DraftEditor) -> None:
    assert editor.createMimeDataFromSelection().formats() == []


def test_a_pressed_selection_is_let_go(editor: DraftEditor) -> None:
    """Qt begins a drag from a selection that is pressed and moved."""
    inside = editor.cursorRect(editor.textCursor()).center() - QPoint(20, 0)
    QTest.mousePress(editor.viewport(), Qt.MouseButton.LeftButton, NONE, inside)
    assert not editor.textCursor().hasSelection()
    QTest.mouseRelease(editor.viewport(), Qt.MouseButton.LeftButton, NONE, inside)


def test_shift_and_press_still_select(editor: DraftEditor) -> None:
    select(editor, 0, 3)
    cursor = editor.textCursor()
    cursor.setPosition(12)
    spot = editor.cursorRect(cursor).center()
    QTest.mousePress(editor.viewport(), Qt.MouseButton.LeftButton, SHIFT, spot)
    QTest.mouseRelease(editor.viewport(), Qt.MouseButton.LeftButton, SHIFT, spot)
    assert editor.textCursor().selectedText() == DRAFT[:12]


def test_a_right_press_keeps_the_selection(editor: DraftEditor) -> None:
    right, spot = Qt.MouseButton.RightButton, QPointF(20, 10)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        QApplication.sendEvent(editor.viewport(), QMouseEvent(kind, spot, spot, right, right, NONE))
    assert editor.textCursor().hasSelection()


def entries(menu: QMenu) -> dict[str, bool]:
    """Return the entries of a menu and whether they can be chosen."""
    return {a.text().split("\t")[0]: a.isEnabled() for a in menu.actions() if not a.isSeparator()}


def choose(menu: QMenu, label: str) -> None:
    """Choose an entry."""
    next(a for a in menu.actions() if a.text().split("\t")[0] == label).trigger()


def test_the_menu_is_the_boxs_own(editor: DraftEditor, qtbot: QtBot) -> None:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), editor.mapToGlobal(QPoint(5, 5)))
    QApplication.sendEvent(editor.viewport(), event)
    assert event.isAccepted()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.objectName() == "draftMenu"
    assert list(entries(menu)) == [
        "Annuler", "Rétablir", "Copier la réponse", "Couper dans la réponse", "Copier dans la réponse", "Coller",
        "Tout sélectionner",
    ]  # fmt: skip
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


def test_the_menu_offers_what_can_be_done(editor: DraftEditor) -> None:
    everything = entries(editor.menu())
    assert not everything.pop("Annuler")
    assert not everything.pop("Rétablir")
    assert all(everything.values())
    editor.setReadOnly(True)
    assert [label for label, can in entries(editor.menu()).items() if can] == [
        "Copier la réponse",
        "Copier dans la réponse",
        "Tout sélectionner",
    ]
    editor.set_text("")
    assert not any(entries(editor.menu()).values())


def test_the_menu_does_what_it_says(editor: DraftEditor, changes: list[str], asked: list[None]) -> None:
    choose(editor.menu(), "Couper dans la réponse")
    assert editor.text() == ""
    choose(editor.menu(), "Annuler")
    assert editor.text() == DRAFT
    choose(editor.menu(), "Rétablir")
    assert editor.text() == ""
    choose(editor.menu(), "Coller")
    choose(editor.menu(), "Tout sélectionner")
    choose(editor.menu(), "Copier dans la réponse")
    choose(editor.menu(), "Coller")
    assert editor.text() == DRAFT
    choose(editor.menu(), "Copier la réponse")
    assert len(asked) == 1
    assert not changes


# Inside -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", PASTE_KEYS)
def test_a_passage_moves_inside(editor: DraftEditor, changes: list[str], key: Key) -> None:
    select(editor, 8, 16)
    press(editor, K.Key_X, CTRL)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    assert press(editor, *key)
    assert editor.text() == DRAFT[:8] + DRAFT[16:] + DRAFT[8:16]
    assert not changes


def test_a_passage_keeps_its_lines_and_spaces(editor: DraftEditor, changes: list[str]) -> None:
    assert press(editor, K.Key_C, CTRL | SHIFT)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    press(editor, K.Key_V, CTRL)
    assert editor.text() == DRAFT + DRAFT
    assert not changes


def test_what_was_copied_last_is_pasted(editor: DraftEditor, board: QClipboard) -> None:
    editor.copy_inside()
    board.setText("plus récent")
    editor.paste()
    assert editor.text() == "plus récent"
    select(editor, 0, 4)
    editor.copy_inside()
    editor.paste()
    editor.paste()
    assert editor.text() == "plusplus récent"


def test_an_emptied_clipboard_does_not_count_as_copied(editor: DraftEditor, board: QClipboard) -> None:
    editor.cut()
    board.clear()
    editor.paste()
    assert editor.text() == DRAFT


def test_nothing_selected_keeps_what_was_copied(editor: DraftEditor) -> None:
    editor.cut()
    editor.cut()
    editor.copy_inside()
    editor.paste()
    assert editor.text() == DRAFT


def test_a_new_text_ends_what_was_kept(editor: DraftEditor, board: QClipboard) -> None:
    """Else an earlier draft, pasted whole over this one, would count as the person's edit of it."""
    editor.copy_inside()
    editor.set_text("nouveau")
    editor.selectAll()
    editor.paste()
    assert editor.text() == "avant"


def test_pasted_text_is_cleaned_and_bounded(editor: DraftEditor, board: QClipboard) -> None:
    board.setText("un\x1b[0m\tdeux\r\ntrois\u202e" + "x" * 2 * PASTE_LIMIT)
    editor.paste()
    assert editor.text().startswith("un[0m deux\ntroisx")
    assert len(editor.text()) <= PASTE_LIMIT
    press(editor, K.Key_Z, CTRL)
    assert editor.text() == DRAFT, "one step undoes it"


def drop(editor: DraftEditor, data: QMimeData) -> None:
    """Drop something on the box."""
    actions = Qt.DropAction.CopyAction
    editor.dropEvent(QDropEvent(QPointF(5, 5), actions, data, Qt.MouseButton.LeftButton, NONE))


def test_dropped_text_is_taken_and_cleaned(editor: DraftEditor, edits: list[str]) -> None:
    data = QMimeData()
    data.setText("voi\0là")
    drop(editor, data)
    assert "voilà" in editor.text()
    assert edits == [editor.text()]


def test_dropped_files_are_left_to_the_window(editor: DraftEditor, edits: list[str]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/un/modele.gguf")])
    drop(editor, data)
    editor.insertFromMimeData(data)
    assert edits == []
    assert not editor.canInsertFromMimeData(data)
    assert not editor.canInsertFromMimeData(QMimeData())


# Input methods and screen readers -----------------------------------------------------------------------------------


def compose(editor: DraftEditor, shown: str, commit: str = "") -> None:
    """Send what an input method sends."""
    event = QInputMethodEvent(shown, [])
    event.setCommitString(commit)
    QApplication.sendEvent(editor, event)


def test_composing_is_seen_in_any_line(editor: DraftEditor, edits: list[str]) -> None:
    editor.moveCursor(QTextCursor.MoveOperation.End)
    assert not editor.composing
    compose(editor, "é")
    assert editor.composing
    assert (editor.text(), edits) == (DRAFT, []), "what is being composed is no text yet"
    compose(editor, "", "été")
    assert not editor.composing
    assert edits == [DRAFT + "été"]


def test_a_read_only_box_takes_no_commit(editor: DraftEditor, edits: list[str]) -> None:
    editor.setReadOnly(True)
    compose(editor, "", "été")
    compose(editor, "été")
    assert (editor.text(), edits, editor.composing) == (DRAFT, [], False)


def test_hints(editor: DraftEditor) -> None:
    hints = editor.inputMethodHints()
    assert hints & Qt.InputMethodHint.ImhSensitiveData
    assert hints & Qt.InputMethodHint.ImhMultiLine
    assert not hints & Qt.InputMethodHint.ImhNoPredictiveText


def test_a_screen_reader_reads_the_draft(editor: DraftEditor) -> None:
    reader = QAccessible.queryAccessibleInterface(editor)
    assert reader.text(QAccessible.Text.Name) == "Texte de la réponse"
    assert reader.text(QAccessible.Text.Description)
    text: QAccessibleTextInterface = reader.textInterface()
    assert text.text(0, text.characterCount()).split() == DRAFT.split()
    assert not reader.state().readOnly


def test_a_tools_change_is_an_edit(editor: DraftEditor, edits: list[str]) -> None:
    QAccessible.queryAccessibleInterface(editor).editableTextInterface().insertText(0, "Très cher ")
    assert edits == ["Très cher " + DRAFT]


def test_a_read_only_box_undoes_a_tools_change(editor: DraftEditor, edits: list[str]) -> None:
    editor.setReadOnly(True)
    tool = QAccessible.queryAccessibleInterface(editor).editableTextInterface()
    tool.insertText(0, "Très cher ")
    tool.deleteText(0, 3)
    tool.replaceText(0, 3, "abc")
    assert (editor.text(), edits) == (DRAFT, [])


# With the approval rule ---------------------------------------------------------------------------------------------


@pytest.fixture
def draft(editor: DraftEditor) -> Draft:
    """The draft that the box shows, joined as the window joins them."""
    draft = Draft(DRAFT, REVIEW)

    def take(text: str) -> None:
        draft.text = text

    editor.textEdited.connect(take)
    return draft


def refused(draft: Draft) -> bool:
    """Say whether the draft stays inside."""
    with pytest.raises(NotApproved):
        draft.release()
    return draft.approval is None


Change = Callable[[DraftEditor], object]
CHANGES: dict[str, Change] = {
    "a letter": lambda e: press(e, K.Key_A, NONE, "a"),
    "a space": lambda e: press(e, K.Key_Space, NONE, " "),
    "a deletion": lambda e: press(e, K.Key_Backspace),
    "a cut": lambda e: e.cut(),
    "a commit": lambda e: compose(e, "", "été"),
    "a tool": lambda e: QAccessible.queryAccessibleInterface(e).editableTextInterface().deleteText(0, 3),
    "a drop": lambda e: e.insertFromMimeData(_mime("voilà")),
}


def _mime(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_by_the_rule(editor: DraftEditor, draft: Draft, change: str) -> None:
    draft.approve()
    select(editor, 0, 3)
    CHANGES[change](editor)
    assert draft.text == editor.text() != DRAFT
    assert draft.approval is not Approval.APPROVED


def test_undo_after_approval_takes_it_away_and_redo_gives_it_back(editor: DraftEditor, draft: Draft) -> None:
    editor.moveCursor(QTextCursor.MoveOperation.End)
    press(editor, K.Key_Space, NONE, " ")
    assert refused(draft), "white space alone is no edit"
    draft.approve()
    assert draft.approval is Approval.APPROVED
    press(editor, K.Key_Z, CTRL)
    assert draft.text == DRAFT
    assert refused(draft)
    editor.redo()
    assert draft.approval is Approval.APPROVED, "exactly the text that was approved"


def test_undo_of_an_edit_takes_its_permission_away(editor: DraftEditor, draft: Draft) -> None:
    press(editor, K.Key_A, NONE, "a")
    assert draft.approval is Approval.EDITED
    press(editor, K.Key_Z, CTRL)
    assert refused(draft)


def test_cutting_and_pasting_back_is_no_edit(editor: DraftEditor, draft: Draft) -> None:
    editor.cut()
    assert refused(draft)
    editor.paste()
    assert draft.text == DRAFT
    assert refused(draft)
