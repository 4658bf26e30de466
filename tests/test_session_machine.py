"""Random walks over the real panel, session and clipboard: nothing gets out unrecorded or unapproved."""

import shiboken6
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from PySide6.QtGui import QGuiApplication, QTextCursor
from pytestqt.qtbot import QtBot
from test_session import Hand, Memory

from repondeur.desk.parts import Request, Stage
from repondeur.desk.session import ReplySession
from repondeur.errors import DiskFull, EngineCrashed
from repondeur.reply.draft import ApprovedReply, words
from repondeur.reply.terms import Length, Review
from repondeur.ui.clipboard import SystemClipboard
from repondeur.ui.reply_panel import ReplyPanel

REVIEWS = ("Pain excellent, accueil adorable.", "Livraison en retard de deux heures.", "")
TEXTS = (
    "Bonjour,\n\nMerci pour votre message, il nous touche.\n\nClaire",
    "Bonjour,\n\nNous regrettons ce retard\u00a0; revenez nous voir.\n\nClaire",
    "Bonjour,\tmerci",
    " ",
)


class Walk(RuleBasedStateMachine):
    """``approved`` is what a person approved, and for which review; ``outside`` what may stand on the clipboard."""

    def __init__(self) -> None:
        super().__init__()
        self.board = QGuiApplication.clipboard()
        self.hand, self.journal = Hand(), Memory()
        self.door = SystemClipboard(lambda: self.session.secrets(), lambda: self.session.own_texts())
        self.session = ReplySession(self.hand, self, lambda: 0.0)
        self.session.use_journal(self.journal, lambda: None)
        self.panel = ReplyPanel(self.session, lambda: None)
        self.editor = self.panel.editor
        self.board.setText("avant")
        self.outside = "avant"
        self.approved: tuple[str, str] | None = None

    def teardown(self) -> None:
        for part in (self.panel, self.session, self.door):
            shiboken6.delete(part)
        self.board.clear()

    def put(self, reply: ApprovedReply) -> None:
        """Stand at the door: whatever passes was written down just before, and may leave."""
        recorded = self.journal.replies[-1]
        assert recorded.reply is reply
        draft, shown = self.session.draft, self.editor.text()
        assert draft is not None
        assert self.session.stage is not Stage.WRITING
        assert reply.text == shown
        edited = words(shown) != words(draft.generated) and draft.answers == self.session.request.key
        assert edited or self.approved == (shown, self.session.request.key)
        self.door.put(reply)
        self.outside = reply.text

    @rule(text=st.sampled_from(REVIEWS), stars=st.sampled_from([None, 1, 5]), length=st.sampled_from(list(Length)))
    def ask(self, text: str, stars: int | None, length: Length) -> None:
        self.session.ask_for(Request(Review(text, rating=stars), length=length))

    @rule()
    def write(self) -> None:
        self.panel.again.click()
        self.session.write()

    @rule()
    def shorter(self) -> None:
        self.panel.shorter.click()

    @rule(text=st.sampled_from(TEXTS))
    def progress(self, text: str) -> None:
        self.hand.progressed.emit(text[:9])

    @rule(text=st.sampled_from(TEXTS))
    def deliver(self, text: str) -> None:
        self.hand.deliver(text)

    @rule()
    def crash(self) -> None:
        self.hand.failed.emit(EngineCrashed())

    @rule(text=st.sampled_from(["a", "\u00a0", " et merci encore", "\u200b"]))
    def type(self, text: str) -> None:
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        if not self.editor.isReadOnly():
            self.editor.insertPlainText(text)

    @rule()
    def undo(self) -> None:
        self.editor.undo()

    @rule()
    def redo(self) -> None:
        self.editor.redo()

    @rule()
    def approve(self) -> None:
        if self.panel.approve.isEnabled():
            self.approved = (self.editor.text(), self.session.request.key)
        self.panel.approve.click()

    @rule(by_key=st.booleans(), full=st.booleans())
    def copy(self, by_key: bool, full: bool) -> None:
        """Copy, sometimes onto a full disk; a click does nothing where the button is closed, a key asks anyway."""
        self.journal.fails = DiskFull() if full else None
        before = len(self.journal.replies)
        self.editor.copyRequested.emit() if by_key else self.panel.copy.click()
        assert not full or len(self.journal.replies) == before

    @rule()
    def go_back(self) -> None:
        self.panel.back.click()

    @rule()
    def set_aside(self) -> None:
        self.session.set_aside()

    @rule()
    def restore(self) -> None:
        self.session.restore()

    @invariant()
    def only_what_passed_the_door_is_outside(self) -> None:
        assert self.board.text() == self.outside

    @invariant()
    def what_is_shown_is_what_is_known(self) -> None:
        shown = self.editor.text()
        assert words(shown) == words(self.session.text)

    @invariant()
    def the_button_is_open_exactly_when_the_text_may_leave(self) -> None:
        draft = self.session.draft
        may = self.session.stage is not Stage.WRITING and draft is not None and draft.approval is not None
        assert self.panel.copy.isEnabled() == may

    @invariant()
    def time_is_never_negative(self) -> None:
        assert self.session.active_seconds >= 0.0


def test_no_order_of_actions_lets_a_text_out(qtbot: QtBot) -> None:
    run_state_machine_as_test(Walk, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))
