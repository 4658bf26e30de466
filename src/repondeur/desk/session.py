"""One reply from the paste to the copy: the object that owns that state, and the only one that changes it.

The tab sends what a person does (:meth:`ReplySession.ask_for`, :meth:`~ReplySession.copy`, …) and shows what
:attr:`ReplySession.changed` announces; nothing else sets the state. The journal writes before the clipboard does.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from repondeur.desk.job import Job
from repondeur.desk.parts import Door, Drafter, Proposal, Request, Stage
from repondeur.errors import EngineError, JournalLocked, NotApproved, RepondeurError, ReviewError
from repondeur.reply.draft import Draft
from repondeur.reply.terms import Author, Length, Review
from repondeur.timers import single_shot

if TYPE_CHECKING:
    from repondeur.reply.guard import Finding
    from repondeur.reply.record import Recorder, WorkingDraft

T = TypeVar("T")

RECENT_REPLIES = 20
"""Among so many replies no opening of a template comes back."""

SAVE_AFTER_MS = 400
"""A pause in typing of this length saves the work in progress."""
PREFILL_AFTER_MS = 250
"""A pause of this length lets the engine read the review before anybody asks."""


class ReplySession(QObject):
    """The reply being worked on.

    ``changed`` says that anything shown may differ; ``text_replaced`` carries a text that the program puts into the
    editor; ``told`` carries an error to show; ``restored`` carries a request to put back into the fields.
    """

    changed = Signal()
    text_replaced = Signal(str)
    told = Signal(object)
    restored = Signal(object)

    def __init__(self, drafter: Drafter, door: Door, now: Callable[[], float], parent: QObject | None = None) -> None:
        """Join the parts; ``now`` is a monotonic clock in seconds."""
        super().__init__(parent)
        self._drafter, self._door, self._now = drafter, door, now
        self._recorder: Recorder | None = None
        self._baseline: Callable[[], float | None] = lambda: None
        self._save_timer = single_shot(self, SAVE_AFTER_MS, self.save)
        self._prefill_timer = single_shot(self, PREFILL_AFTER_MS, self._prefill)
        self._set_aside: WorkingDraft | None = None
        self._job = Job(Request(Review("")), now)
        drafter.progressed.connect(self._progressed)
        drafter.finished.connect(self._finished)
        drafter.failed.connect(self._failed)

    # What is shown ----------------------------------------------------------------------------------------------

    @property
    def request(self) -> Request:
        """What is asked for now."""
        return self._job.request

    @property
    def draft(self) -> Draft | None:
        """The draft, ``None`` before there is one; while a proposal streams in, the one that it will replace."""
        return self._job.draft

    @property
    def generated_by(self) -> Author:
        """Who wrote the generated text of the present draft."""
        return self._job.origin.by

    @property
    def stage(self) -> Stage:
        """Where the reply stands."""
        return self._job.stage

    @property
    def text(self) -> str:
        """The text in the editor."""
        return self._job.text

    @property
    def active_seconds(self) -> float:
        """Active time since the paste, in seconds."""
        return self._job.clock.elapsed

    @property
    def baseline_seconds(self) -> float | None:
        """What such a reply takes by hand, in seconds; ``None`` while that is not measured."""
        return self._baseline()

    @property
    def can_go_back(self) -> bool:
        """Whether an earlier proposal for this review is kept."""
        return self._job.can_go_back

    @property
    def can_restore(self) -> bool:
        """Whether the reply set aside last can be taken up again."""
        return self._set_aside is not None

    def findings(self) -> "tuple[Finding, ...]":
        """Return what a person should look at in the draft."""
        draft = self._job.draft
        return self._drafter.examine(draft.text, self._job.request) if draft else ()

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must not leave now."""
        return self._job.secrets()

    def own_texts(self) -> tuple[str, ...]:
        """Return the texts that are the person's own."""
        return self._job.own_texts()

    # What a person does -----------------------------------------------------------------------------------------

    def use_journal(self, recorder: "Recorder | None", baseline: Callable[[], float | None]) -> None:
        """Take the opened journal (``None``: closed) and resume the work that it kept, if nothing was begun here."""
        self._recorder, self._baseline = recorder, baseline
        if recorder is not None:
            working = self._guarded(recorder.load_working)
            if working is not None and self.stage is Stage.EMPTY:
                self._resume(working)
            elif self.stage is not Stage.EMPTY:
                self.save()
        self.changed.emit()

    def touch(self) -> None:
        """Note a sign of the person's activity: it counts from the paste to the copy."""
        if self.stage not in (Stage.EMPTY, Stage.COPIED):
            self._job.clock.start()

    def ask_for(self, request: Request) -> None:
        """Take the fields as they stand; a change of the review takes the approval away."""
        if request == self._job.request:
            return
        review_changed = request.key != self._job.request.key
        self._job.ask(request)
        self.touch()
        if review_changed and self.stage is Stage.READY:
            self._prefill_timer.start()
        self._keep()

    def write(self, length: Length | None = None) -> None:
        """Ask for a proposal (another one if there is one already), shorter if ``length`` says so."""
        if self.stage is Stage.WRITING:
            return
        job = self._job
        asked = replace(job.request, length=length) if length else job.request
        self._prefill_timer.stop()
        try:
            self._drafter.write(asked, seed=job.seed, recent=self._recent_texts())
        except (ReviewError, EngineError) as error:
            self.told.emit(error)
            return
        job.seed += 1
        job.streaming, job.writing_for = "", asked
        self.text_replaced.emit("")
        self.touch()
        self.changed.emit()

    def stop(self) -> None:
        """End the proposal under way."""
        if self.stage is Stage.WRITING:
            self._drafter.stop()

    def go_back(self) -> None:
        """Show the proposal before this one; its approval was given up when it was replaced."""
        if self.can_go_back:
            self._show(self._job.go_back())

    def edit(self, text: str) -> None:
        """Take the editor's text; a person who writes without any draft starts one of their own."""
        job = self._job
        if job.streaming is not None or (job.draft is None and not text.strip()):
            return
        draft = job.draft or job.write_alone()
        if text != draft.text:
            draft.text = text
            self.touch()
            self._keep()

    def approve(self) -> None:
        """Approve exactly the text shown."""
        if self._job.draft is None or self.stage is Stage.WRITING:
            return
        try:
            self._job.draft.approve()
        except RepondeurError as error:
            self.told.emit(error)
        self._keep()

    def copy(self) -> bool:
        """Record the reply, then put it on the clipboard; say whether it was copied."""
        job = self._job
        try:
            if job.draft is None or self.stage is Stage.WRITING:
                raise NotApproved
            reply = job.draft.release()
            if self._recorder is None:
                raise JournalLocked
            self.touch()
            self._recorder.record(job.new_reply(reply, self._baseline()))
        except RepondeurError as error:
            self.told.emit(error)
            return False
        self._door.put(reply)
        job.released = reply.text
        job.clock.stop()
        self._save_timer.start()
        self.changed.emit()
        return True

    def set_aside(self) -> None:
        """Start on another review; a draft that never left counts as time lost, and can be taken up again."""
        job = self._job
        if job.streaming is not None:
            job.streaming = job.writing_for = None
            self._drafter.stop()
        if self.stage in (Stage.DRAFTED, Stage.READY):
            self._set_aside = job.working()
        if job.draft is not None and not job.released and self._recorder is not None:
            recorder, seconds = self._recorder, job.clock.elapsed
            self._guarded(lambda: recorder.discard(job.id, seconds))
        r = job.request
        self._start_over(Job(Request(Review("", site=r.review.site), "", r.tone, r.length), self._now))

    def restore(self) -> None:
        """Take up the reply set aside last."""
        if self._set_aside is not None:
            working, self._set_aside = self._set_aside, None
            self._resume(working)

    def save(self) -> None:
        """Save the work in progress now."""
        self._save_timer.stop()
        if self._recorder is not None:
            recorder, working = self._recorder, self._job.working()
            self._guarded(lambda: recorder.save_working(working))

    # What follows -----------------------------------------------------------------------------------------------

    def _guarded(self, action: Callable[[], T]) -> T | None:
        try:
            return action()
        except RepondeurError as error:
            self.told.emit(error)
            return None

    def _keep(self) -> None:
        self._save_timer.start()
        self.changed.emit()

    def _prefill(self) -> None:
        if self.stage is Stage.READY and self._job.request.review.text.strip():
            self._drafter.prefill(self._job.request)

    def _recent_texts(self) -> list[str]:
        recent = self._job.generated()
        if self._recorder is not None:
            recorder = self._recorder
            recent += [e.final for e in self._guarded(lambda: recorder.entries(RECENT_REPLIES)) or ()]
        return recent

    def _progressed(self, text: str) -> None:
        if self._job.streaming is not None:
            self._job.streaming = text
            self.text_replaced.emit(text)

    def _finished(self, proposal: Proposal) -> None:
        if self._job.streaming is not None:
            self._show(self._job.take(proposal))

    def _failed(self, error: RepondeurError) -> None:
        job = self._job
        if job.streaming is not None:
            job.streaming = job.writing_for = None
            self.text_replaced.emit(self.text)
            self.told.emit(error)
            self._keep()

    def _show(self, draft: Draft) -> None:
        self.text_replaced.emit(draft.text)
        self.touch()
        self._keep()

    def _resume(self, working: "WorkingDraft") -> None:
        self._start_over(Job.resumed(working, self._now))

    def _start_over(self, job: Job) -> None:
        self._job = job
        self.restored.emit(job.request)
        self.text_replaced.emit(job.text)
        self._keep()
