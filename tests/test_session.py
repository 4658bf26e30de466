"""The session of one reply: what may leave, when it is recorded, what a crash or a mistake may cost (nothing)."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from repondeur.desk.parts import Proposal, Request, Stage
from repondeur.desk.session import ReplySession
from repondeur.errors import DiskFull, EmptyReview, EngineCrashed, JournalLocked, NotApproved, RepondeurError
from repondeur.reply.draft import Approval, ApprovedReply
from repondeur.reply.record import Author, BaselineSample, Discarded, Entry, Length, NewReply, Review, WorkingDraft


class Hand(QObject):
    """A drafter whose proposals the test writes."""

    progressed = Signal(str)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Request, int]] = []
        self.prefilled: list[Request] = []
        self.stopped = 0
        self.refuses: RepondeurError | None = None

    def prefill(self, request: Request) -> None:
        self.prefilled.append(request)

    def write(self, request: Request, *, seed: int, recent: Sequence[str]) -> None:
        if self.refuses:
            raise self.refuses
        self.asked.append((request, seed))

    def stop(self) -> None:
        self.stopped += 1

    def examine(self, text: str, request: Request) -> tuple[()]:
        return ()

    def deliver(self, text: str) -> None:
        self.finished.emit(Proposal(text, Author.MODEL, "essai", "1"))


class Memory:
    """A journal kept in lists, which can be told to fail."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.replies: list[NewReply] = []
        self.given_up: list[str] = []
        self.working: WorkingDraft | None = None
        self.fails: RepondeurError | None = None

    def record(self, new: NewReply) -> int:
        if self.fails:
            raise self.fails
        self.order.append("journal")
        self.replies.append(new)
        return len(self.replies)

    def discard(self, draft_id: str, active_seconds: float) -> None:
        self.given_up.append(draft_id)

    def save_working(self, working: WorkingDraft | None) -> None:
        self.working = working

    def load_working(self) -> WorkingDraft | None:
        return self.working

    def entries(self, limit: int | None = None) -> Sequence[Entry]:
        return ()

    def discarded(self) -> Sequence[Discarded]:
        return ()

    def replace_baselines(self, samples: Sequence[tuple[float, int]]) -> None:
        raise AssertionError

    def baselines(self) -> Sequence[BaselineSample]:
        return ()

    def close(self) -> None:
        pass


class Desk:
    """A session with its parts in the test's hands."""

    def __init__(self) -> None:
        self.hand, self.journal = Hand(), Memory()
        self.left: list[str] = []
        self.told: list[RepondeurError] = []
        self.shown = ""
        self.now = 0.0
        self.session = ReplySession(self.hand, self, lambda: self.now)
        self.session.told.connect(self.told.append)
        self.session.text_replaced.connect(self._show)
        self.session.use_journal(self.journal, lambda: 240.0)

    def put(self, reply: ApprovedReply) -> None:
        self.journal.order.append("clipboard")
        self.left.append(reply.text)

    def _show(self, text: str) -> None:
        self.shown = text

    def ask(self, text: str = "Très bon pain.", **fields: object) -> None:
        self.session.ask_for(Request(Review(text, **fields)))  # type: ignore[arg-type]

    def drafted(self, text: str = "Bonjour,\n\nMerci pour le pain.") -> None:
        self.ask()
        self.session.write()
        self.hand.deliver(text)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk()


def test_a_draft_does_not_leave_before_a_person_approves(desk: Desk) -> None:
    desk.drafted()
    assert not desk.session.copy()
    assert isinstance(desk.told[-1], NotApproved)
    assert desk.left == desk.journal.replies == []
    desk.session.approve()
    assert desk.session.copy()
    assert desk.journal.order == ["journal", "clipboard"]
    assert desk.journal.replies[0].reply.approval is Approval.APPROVED
    assert desk.session.stage is Stage.COPIED


def test_an_edit_is_an_approval_and_white_space_is_none(desk: Desk) -> None:
    desk.drafted()
    desk.session.edit("Bonjour,\n\n\n Merci pour le pain.")
    assert not desk.session.copy()
    desk.session.edit("Bonjour,\n\nMerci pour le bon pain.")
    assert desk.session.copy()
    assert desk.journal.replies[0].reply.approval is Approval.EDITED


@pytest.mark.parametrize("change", ["text", "rating", "author", "site"])
def test_a_change_of_the_review_takes_the_approval_away(desk: Desk, change: str) -> None:
    desk.drafted()
    desk.session.approve()
    fields = {"text": "Autre avis.", "rating": 1, "author": "Zoé", "site": "facebook"}
    desk.ask(**({"text": "Autre avis."} if change == "text" else {change: fields[change]}))
    assert not desk.session.copy()
    desk.session.approve()
    assert desk.session.copy()


def test_a_change_of_tone_alone_keeps_the_approval(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.ask_for(Request(Review("Très bon pain."), length=Length.SHORT))
    assert desk.session.copy()


def test_an_edited_reply_to_another_review_does_not_leave(desk: Desk) -> None:
    desk.drafted()
    desk.session.edit("Bonjour, merci beaucoup.")
    desk.ask("Pain dur, plus jamais.", rating=1)
    assert not desk.session.copy()


def test_nothing_leaves_while_a_proposal_streams_over_an_approved_one(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.write()
    desk.hand.progressed.emit("Bonjour")
    assert desk.session.stage is Stage.WRITING
    assert "Bonjour" in desk.session.secrets()
    desk.hand.deliver("Bonjour,\n\nAutre texte.")
    assert not desk.session.copy()


def test_copy_is_refused_in_mid_stream(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.write()
    assert not desk.session.copy()
    assert desk.left == []


def test_when_the_record_fails_nothing_is_copied(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.journal.fails = DiskFull()
    assert not desk.session.copy()
    assert isinstance(desk.told[-1], DiskFull)
    assert desk.left == []
    assert desk.session.text == "Bonjour,\n\nMerci pour le pain."


def test_without_a_journal_nothing_is_copied(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.use_journal(None, lambda: None)
    assert not desk.session.copy()
    assert isinstance(desk.told[-1], JournalLocked)


def test_copying_twice_is_one_job(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.copy()
    desk.session.copy()
    assert len({r.draft_id for r in desk.journal.replies}) == 1


def test_active_time_runs_from_paste_to_copy_without_pauses(desk: Desk) -> None:
    desk.ask()
    desk.now = 20.0
    desk.session.touch()
    desk.now = 500.0  # away
    desk.session.touch()
    desk.session.write()
    desk.hand.deliver("Bonjour, merci.")
    desk.now = 530.0
    desk.session.approve()
    desk.session.copy()
    assert desk.journal.replies[0].active_seconds == pytest.approx(50.0)
    desk.now = 560.0
    desk.session.touch()
    desk.session.copy()
    assert desk.journal.replies[1].active_seconds == pytest.approx(50.0)


def test_a_slow_edit_costs_minutes(desk: Desk) -> None:
    desk.drafted()
    for step in range(1, 11):
        desk.now = 50.0 * step
        desk.session.edit(f"Bonjour, merci {step}.")
    desk.session.copy()
    new = desk.journal.replies[0]
    assert new.baseline_seconds is not None
    assert new.baseline_seconds - new.active_seconds == pytest.approx(240.0 - 500.0)


def test_a_draft_set_aside_counts_as_lost_and_can_be_taken_up_again(desk: Desk) -> None:
    desk.drafted()
    desk.session.edit("Bonjour, mon texte à moi.")
    desk.session.set_aside()
    assert desk.session.stage is Stage.EMPTY
    assert len(desk.journal.given_up) == 1
    desk.session.restore()
    assert desk.session.text == "Bonjour, mon texte à moi."
    assert desk.session.request.review.text == "Très bon pain."
    assert desk.session.copy()
    assert desk.journal.replies[0].draft_id == desk.journal.given_up[0]


def test_a_reply_that_left_is_no_loss(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.copy()
    desk.session.set_aside()
    assert desk.journal.given_up == []


def test_work_in_progress_comes_back_without_its_approval(desk: Desk, qtbot: QtBot) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.save()
    later = Desk()
    later.journal.working = desk.journal.working
    later.session.use_journal(later.journal, lambda: None)
    assert later.session.text == "Bonjour,\n\nMerci pour le pain."
    assert later.session.request.review.text == "Très bon pain."
    assert not later.session.copy()


def test_a_pause_in_typing_saves(desk: Desk, qtbot: QtBot) -> None:
    desk.drafted()
    desk.session.edit("Bonjour, à garder.")
    qtbot.waitUntil(lambda: desk.journal.working is not None and desk.journal.working.text == "Bonjour, à garder.")


def test_a_copied_reply_is_not_brought_back_at_the_next_start(desk: Desk) -> None:
    desk.drafted()
    desk.session.approve()
    desk.session.copy()
    desk.session.save()
    assert desk.journal.working is None


def test_earlier_proposals_come_back_and_need_approval_again(desk: Desk) -> None:
    desk.drafted("Bonjour, premier texte.")
    desk.session.approve()
    desk.session.write()
    desk.hand.deliver("Bonjour, second texte.")
    assert desk.hand.asked[1][1] != desk.hand.asked[0][1]
    desk.session.go_back()
    assert desk.shown == "Bonjour, premier texte."
    assert not desk.session.copy()


def test_a_crash_of_the_engine_keeps_the_text_and_says_so(desk: Desk) -> None:
    desk.drafted("Bonjour, à garder.")
    desk.session.write()
    desk.hand.progressed.emit("Bonj")
    desk.hand.failed.emit(EngineCrashed())
    assert desk.shown == desk.session.text == "Bonjour, à garder."
    assert isinstance(desk.told[-1], EngineCrashed)
    assert desk.session.stage is Stage.DRAFTED


def test_an_empty_review_is_told_and_nothing_starts(desk: Desk) -> None:
    desk.hand.refuses = EmptyReview()
    desk.ask()
    desk.session.write()
    assert isinstance(desk.told[-1], EmptyReview)
    assert desk.session.stage is Stage.READY


def test_a_review_changed_while_the_model_writes_is_not_answered_by_that_draft(desk: Desk) -> None:
    desk.ask()
    desk.session.write()
    desk.ask("Autre avis, collé entre-temps.")
    desk.hand.deliver("Bonjour, merci pour le pain.")
    desk.session.edit("Bonjour, merci pour le bon pain.")
    assert not desk.session.copy()


def test_a_proposal_after_the_review_was_set_aside_is_dropped(desk: Desk) -> None:
    desk.ask()
    desk.session.write()
    desk.session.set_aside()
    desk.hand.deliver("Bonjour, trop tard.")
    assert desk.session.stage is Stage.EMPTY
    assert desk.shown == ""


def test_a_person_may_write_alone(desk: Desk) -> None:
    desk.ask()
    desk.session.edit("Bonjour, écrit par moi.")
    assert desk.session.copy()
    assert desk.journal.replies[0].generated_by is Author.PERSON


def test_a_paste_is_read_ahead(desk: Desk, qtbot: QtBot) -> None:
    desk.ask()
    qtbot.waitUntil(lambda: len(desk.hand.prefilled) == 1)
    assert desk.hand.prefilled[0].review.text == "Très bon pain."
