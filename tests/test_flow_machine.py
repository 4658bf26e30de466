"""Random walks over the whole flow, looking for a state in which a text that may not leave is outside.

The walk holds the real text box, the real draft and the real door, and a second, plainer statement of the rule to
compare them with. The clipboard may only ever hold what another program put there, or what ``Draft.release`` gave out.
"""

import shiboken6
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from repondeur.errors import NotApproved
from repondeur.reply.draft import Approval, ApprovedReply, Draft, words
from repondeur.ui.clipboard import SystemClipboard
from repondeur.ui.draft_editor import DraftEditor

REVIEWS = ("Pain excellent, accueil adorable.", "Livraison en retard de deux heures.")
SENTENCES = (
    "Merci pour votre message, nous en sommes touchés.",
    "Votre satisfaction nous fait plaisir\u00a0: à bientôt\u00a0!",
    "Nous regrettons ce retard.\nIl ne se reproduira pas.",
    "Merci !",
)
FOREIGN = ("avant", "liste de courses : farine, sel", REVIEWS[0], "Cordialement")
CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
K = Qt.Key
COPY_KEYS = ((K.Key_C, CTRL), (K.Key_Insert, CTRL), (K.Key_Copy, NONE))
CUT_KEYS = ((K.Key_X, CTRL), (K.Key_Delete, SHIFT), (K.Key_Cut, NONE))
PART = st.floats(0, 1)


def quoted(text: str) -> bool:
    """Say whether the text is nothing, or a part of a review, which the person may copy from there as well."""
    return any(" ".join(words(text)) in review for review in REVIEWS)


class Desk:
    """The parts of the rule, joined as the window joins them."""

    def __init__(self) -> None:
        self.asked = REVIEWS[0]
        self.draft: Draft | None = None
        self.streaming: str | None = None
        self.released: ApprovedReply | None = None
        self.door = SystemClipboard(self.secrets, lambda: REVIEWS)
        self.editor = DraftEditor()
        self.editor.textEdited.connect(self._edited)
        self.editor.copyRequested.connect(self.copy)

    def close(self) -> None:
        """Take the parts down."""
        shiboken6.delete(self.editor)
        shiboken6.delete(self.door)

    def secrets(self) -> list[str]:
        """Return the texts that must stay inside."""
        if self.draft is None:
            return [self.streaming or ""]
        if self.draft.approval is Approval.APPROVED:
            return []
        return [self.draft.generated] if self.draft.approval else [self.draft.generated, self.draft.text]

    def generate(self, text: str) -> None:
        """Show a finished draft."""
        self.streaming, self.draft = None, Draft(text, self.asked)
        self.editor.setReadOnly(False)
        self.editor.set_text(text)

    def stream(self, piece: str) -> None:
        """Show a piece of a draft that is being written."""
        if self.streaming is None:
            self.streaming, self.draft = "", None
            self.editor.setReadOnly(True)
            self.editor.set_text("")
        self.streaming += piece
        self.editor.add_text(piece)

    def _edited(self, text: str) -> None:
        if self.draft is None and self.streaming is None:
            self.draft = Draft("", self.asked)
        if self.draft is not None:
            self.draft.text = text

    def ask(self, review: str) -> None:
        """Show another review."""
        self.asked = review
        if self.draft is not None:
            self.draft.asked = review

    def approve(self) -> bool:
        """Approve what is shown, unless what is shown is not the text."""
        if self.draft is None or self.editor.composing:
            return False
        try:
            self.draft.approve()
        except NotApproved:
            return False
        return True

    def copy(self) -> None:
        """Copy the reply if it may leave."""
        self.released = None
        if self.draft is None or self.editor.composing:
            return
        try:
            self.released = self.draft.release()
        except NotApproved:
            return
        self.door.put(self.released)


class Flow(RuleBasedStateMachine):
    """The walk. ``outside`` is what may be on the clipboard now, ``snapshot`` what was approved, for which review,
    ``unapproved`` what was generated and never left."""

    def __init__(self) -> None:
        super().__init__()
        self.board = QGuiApplication.clipboard()
        self.desk = Desk()
        self.snapshot: tuple[str, str] | None = None
        self.unapproved: list[str] = []
        self.outside = "avant"
        self.board.setText("avant")

    def teardown(self) -> None:
        self.desk.close()
        self.board.clear()

    # What the program does

    @rule(text=st.sampled_from(SENTENCES), keep=st.booleans())
    def generate(self, text: str, keep: bool) -> None:
        """Show a draft; a person may have kept all of the one before, to paste it."""
        if keep:
            self.copy_all_inside()
        self.desk.generate(text)
        self.snapshot = None
        self.unapproved.append(text)

    @rule(piece=st.sampled_from([*SENTENCES, "Merci", " beaucoup"]))
    def stream(self, piece: str) -> None:
        self.desk.stream(piece)
        self.snapshot = None

    # What a person does

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, text: str = "") -> None:
        """Press a key."""
        for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(self.desk.editor, QKeyEvent(kind, key, modifiers, text))

    def compose(self, shown: str, commit: str) -> None:
        """Let an input method speak."""
        event = QInputMethodEvent(shown, [])
        event.setCommitString(commit)
        QApplication.sendEvent(self.desk.editor, event)

    @rule(text=st.sampled_from(["a", " ", "é", "\u00a0", "!"]))
    def type(self, text: str) -> None:
        self.press(K.Key_unknown, NONE, text)

    @rule(key=st.sampled_from([K.Key_Backspace, K.Key_Delete, K.Key_Return]))
    def delete(self, key: Qt.Key) -> None:
        self.press(key)

    @rule(shown=st.sampled_from(["", "ê"]), commit=st.sampled_from(["", "ê", "\u200b", " "]))
    def input_method(self, shown: str, commit: str) -> None:
        self.compose(shown, commit)

    @rule(key=st.sampled_from([K.Key_Z, K.Key_Y]), times=st.integers(1, 4))
    def undo_or_redo(self, key: Qt.Key, times: int) -> None:
        for _ in range(times):
            self.press(key, CTRL)

    @rule(slot=st.sampled_from(["undo", "redo"]))
    def undo_or_redo_by_slot(self, slot: str) -> None:
        getattr(self.desk.editor, slot)()

    @rule(start=PART, end=PART)
    def select(self, start: float, end: float) -> None:
        cursor, length = self.desk.editor.textCursor(), len(self.desk.editor.document().toRawText())
        cursor.setPosition(int(start * length))
        cursor.setPosition(int(end * length), QTextCursor.MoveMode.KeepAnchor)
        self.desk.editor.setTextCursor(cursor)

    @rule()
    def select_all(self) -> None:
        self.press(K.Key_A, CTRL)

    @rule()
    def approve(self) -> None:
        composing = self.desk.editor.composing
        if self.desk.approve():
            assert not composing
            self.snapshot = (self.desk.editor.text(), self.desk.asked)

    @rule()
    @precondition(lambda self: self.desk.draft is not None)
    def withdraw(self) -> None:
        self.desk.draft.withdraw()  # type: ignore[union-attr]
        self.snapshot = None

    @rule(review=st.sampled_from(REVIEWS))
    def change_review(self, review: str) -> None:
        self.desk.ask(review)

    # Ways out

    def may_leave(self) -> bool:
        """State the rule again, from what the walk knows."""
        draft, text = self.desk.draft, self.desk.editor.text()
        if draft is None or not words(text):
            return False
        return self.snapshot == (text, self.desk.asked) or (
            words(text) != words(draft.generated) and self.desk.asked == draft.answers
        )

    def copied(self) -> None:
        """Compare what a request to copy did with what it might do."""
        allowed = self.may_leave() and not self.desk.editor.composing
        reply = self.desk.released
        assert (reply is not None) == allowed
        if reply is not None:
            self.outside = self.desk.editor.text()
            assert reply.text == self.outside
            self.unapproved = [text for text in self.unapproved if words(text) != words(reply.text)]

    @rule()
    def copy_action(self) -> None:
        self.desk.copy()
        self.copied()

    @rule(key=st.sampled_from(COPY_KEYS))
    def copy_keys(self, key: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
        self.press(*key)
        self.copied()

    @rule(key=st.sampled_from(CUT_KEYS))
    def cut_keys(self, key: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
        self.press(*key)

    @rule()
    def copy_inside(self) -> None:
        self.press(K.Key_C, CTRL | SHIFT)

    @rule()
    def copy_all_inside(self) -> None:
        self.select_all()
        self.copy_inside()

    @rule()
    def paste_over_all(self) -> None:
        self.select_all()
        self.paste()

    @rule()
    def paste(self) -> None:
        self.press(K.Key_V, CTRL)

    @rule(label=st.sampled_from(["Couper dans la réponse", "Copier dans la réponse", "Coller", "Annuler", "Rétablir"]))
    def menu(self, label: str) -> None:
        menu = self.desk.editor.menu()
        next(a for a in menu.actions() if a.text().startswith(label)).trigger()
        shiboken6.delete(menu)

    @rule(slot=st.sampled_from([QPlainTextEdit.copy, QPlainTextEdit.cut]))
    def native_slot(self, slot: object) -> None:
        """Qt's own slots, past what Python overrides: they carry nothing, and with nothing they empty the clipboard."""
        slot(self.desk.editor)  # type: ignore[operator]
        assert self.board.text() in ("", self.outside)
        self.outside = self.board.text()

    @rule()
    def drag(self) -> None:
        assert self.desk.editor.createMimeDataFromSelection().formats() == []

    @rule(text=st.sampled_from(FOREIGN))
    def another_program_copies(self, text: str) -> None:
        """Offscreen every program is this one: a text that was pasted into the draft meanwhile is taken back."""
        self.board.setText(text)
        assert self.board.text() == text or (self.board.text() == "" and not self.may_leave())
        self.outside = self.board.text()

    @rule()
    def accessibility_copies(self) -> None:
        """What Qt's AT-SPI bridge does for CopyText."""
        text, held, may_leave = self.desk.editor.text(), self.board.text(), self.may_leave()
        self.board.setText(text)
        assert self.board.text() in (text, "")
        if text != held:  # else it stands there by right already
            assert may_leave or quoted(text) or self.board.text() == ""
        self.outside = self.board.text()

    @rule()
    def accessibility_cuts(self) -> None:
        """What it does for CutText: the text is deleted, which is an edit, and copied only then."""
        text, held = self.desk.editor.text(), self.board.text()
        exactly = self.snapshot == (text, self.desk.asked)
        cursor = QTextCursor(self.desk.editor.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        self.board.setText(text)
        assert self.board.text() in (text, "")
        if text != held:
            generated = self.desk.draft.generated if self.desk.draft else self.desk.streaming
            assert exactly or words(text) != words(generated or "") or quoted(text) or self.board.text() == ""
        self.outside = self.board.text()

    # What always holds

    @invariant()
    def only_what_was_released_is_outside(self) -> None:
        assert self.board.text() == self.outside

    @invariant()
    def the_rule_sees_the_text_that_is_shown(self) -> None:
        draft = self.desk.draft
        if draft is not None:
            assert draft.text == self.desk.editor.text()
            assert (draft.approval is not None) == self.may_leave()
            generated = any(words(draft.text) == words(text) for text in self.unapproved)
            approved = self.snapshot == (draft.text, draft.asked)
            assert approved or not generated or draft.approval is None, "an earlier draft passes as an edit of this one"
        else:
            assert not self.may_leave()


def test_no_walk_leads_out(qapp: QApplication) -> None:
    run_state_machine_as_test(Flow, settings=settings(max_examples=200, stateful_step_count=40))
