"""One reply from the paste to the copy: the object that owns that state, and the only one that changes it.

The tab sends what a person does (:meth:`ReplySession.ask_for`, :meth:`~ReplySession.copy`, …) and shows what
:attr:`ReplySession.changed` announces; nothing else sets the state. The journal writes before the clipboard does.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from repondeur.desk.parts import Door, Drafter, Proposal, Request, Stage
from repondeur.errors import EmptyDraft, EngineError, JournalLocked, NotApproved, RepondeurError, ReviewError
from repondeur.reply.draft import ApprovedReply, Draft
from repondeur.reply.guard import Finding
from repondeur.reply.record import Author, Length, NewReply, Recorder, Review, WorkingDraft
from repondeur.reply.timing import ActiveClock

T = TypeVar("T")

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
    copied = Signal()

    def __init__(self, drafter: Drafter, door: Door, now: Callable[[], float], parent: QObject | None = None) -> None:
        """Join the parts; ``now`` is a monotonic clock in seconds."""
        super().__init__(parent)
        self._drafter, self._door, self._now = drafter, door, now
        self._recorder: Recorder | None = None
        self._baseline: Callable[[], float | None] = lambda: None
        self._save_timer = self._single_shot(SAVE_AFTER_MS, self.save)
        self._prefill_timer = self._single_shot(PREFILL_AFTER_MS, self._prefill)
        self._set_aside: WorkingDraft | None = None
        self._begin(Request(Review("")))
        drafter.progressed.connect(self._progressed)
        drafter.finished.connect(self._finished)
        drafter.failed.connect(self._failed)

    def _single_shot(self, milliseconds: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(action)
        return timer

    def _begin(self, request: Request) -> None:
        self._id = uuid.uuid4().hex
        self._request = request
        self._draft: Draft | None = None
        self._by, self._model, self._prompt_version = Author.PERSON, "", ""
        self._earlier: list[tuple[Draft, Author]] = []
        self._streaming: str | None = None
        self._writing_for: Request | None = None
        self._released = ""
        self._seed = 0
        self._clock = ActiveClock(self._now)

    # What is shown ----------------------------------------------------------------------------------------------

    @property
    def request(self) -> Request:
        """What is asked for now."""
        return self._request

    @property
    def draft(self) -> Draft | None:
        """The finished draft, ``None`` before there is one and while one streams in."""
        return self._draft

    @property
    def generated_by(self) -> Author:
        """Who wrote the generated text of the present draft."""
        return self._by

    @property
    def stage(self) -> Stage:
        """Where the reply stands, computed from what is there."""
        if self._streaming is not None:
            return Stage.WRITING
        if self._draft is not None:
            return Stage.COPIED if self._released and self._draft.text == self._released else Stage.DRAFTED
        review = self._request.review
        return Stage.READY if review.text.strip() or review.rating else Stage.EMPTY

    @property
    def text(self) -> str:
        """The text in the editor: streaming, drafted, or none."""
        if self._streaming is not None:
            return self._streaming
        return self._draft.text if self._draft else ""

    @property
    def active_seconds(self) -> float:
        """Active time since the paste, in seconds."""
        return self._clock.elapsed

    @property
    def baseline_seconds(self) -> float | None:
        """What such a reply takes by hand, in seconds; ``None`` while that is not measured."""
        return self._baseline()

    @property
    def can_go_back(self) -> bool:
        """Whether an earlier proposal for this review is kept."""
        return bool(self._earlier) and self._streaming is None

    @property
    def can_restore(self) -> bool:
        """Whether the reply set aside last can be taken up again."""
        return self._set_aside is not None

    def findings(self) -> tuple[Finding, ...]:
        """Return what a person should look at in the draft."""
        return self._drafter.examine(self._draft.text, self._request) if self._draft else ()

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must not leave now: what streams in, and a draft without approval."""
        texts = [d.text for d, _ in self._earlier] + [d.generated for d, _ in self._earlier]
        if self._streaming:
            texts.append(self._streaming)
        if self._draft is not None and self._draft.approval is None:
            texts += [self._draft.text, self._draft.generated]
        return tuple(t for t in texts if t)

    def own_texts(self) -> tuple[str, ...]:
        """Return the texts that are the person's own, or left with approval: copying them again is nobody's loss."""
        r = self._request
        return tuple(t for t in (r.review.text, r.review.author, r.note, self._released) if t)

    # What a person does -----------------------------------------------------------------------------------------

    def use_journal(self, recorder: Recorder | None, baseline: Callable[[], float | None]) -> None:
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
            self._clock.start()

    def ask_for(self, request: Request) -> None:
        """Take the fields as they stand; a change of the review takes the approval away."""
        if request == self._request:
            return
        review_changed = request.key != self._request.key
        self._request = request
        if self._draft is not None:
            self._draft.asked = request.key
        self.touch()
        if review_changed and self.stage is Stage.READY:
            self._prefill_timer.start()
        self._keep()

    def write(self, length: Length | None = None) -> None:
        """Ask for a proposal (another one if there is one already), shorter if ``length`` says so."""
        if self.stage is Stage.WRITING:
            return
        asked = replace(self._request, length=length) if length else self._request
        self._prefill_timer.stop()
        try:
            self._drafter.write(asked, seed=self._seed, recent=self._recent_texts())
        except (ReviewError, EngineError) as error:
            self.told.emit(error)
            return
        self._seed += 1
        self._streaming, self._writing_for = "", asked
        self.touch()
        self.changed.emit()

    def stop(self) -> None:
        """End the proposal under way."""
        if self.stage is Stage.WRITING:
            self._drafter.stop()

    def go_back(self) -> None:
        """Show the proposal before this one; its approval was given up when it was replaced."""
        if not self.can_go_back:
            return
        draft, by = self._earlier.pop()
        draft.withdraw()
        draft.asked = self._request.key
        self._show(draft, by)

    def edit(self, text: str) -> None:
        """Take the editor's text; a person who writes without any draft starts one of their own."""
        if self._streaming is not None:
            return
        if self._draft is None:
            if not text.strip():
                return
            self._draft, self._by = Draft("", self._request.key), Author.PERSON
        if text != self._draft.text:
            self._draft.text = text
            self.touch()
            self._keep()

    def approve(self) -> None:
        """Approve exactly the text shown."""
        if self._draft is None or self._streaming is not None:
            return
        try:
            self._draft.approve()
        except RepondeurError as error:
            self.told.emit(error)
        self._keep()

    def copy(self) -> bool:
        """Record the reply, then put it on the clipboard; say whether it was copied."""
        try:
            if self._draft is None:
                raise EmptyDraft
            if self._streaming is not None:
                raise NotApproved
            reply = self._draft.release()
            if self._recorder is None:
                raise JournalLocked
            self.touch()
            self._recorder.record(self._record_of(reply))
        except RepondeurError as error:
            self.told.emit(error)
            return False
        self._door.put(reply)
        self._released = reply.text
        self._clock.stop()
        self._save_timer.start()
        self.copied.emit()
        self.changed.emit()
        return True

    def set_aside(self) -> None:
        """Start on another review; a draft that never left counts as time lost, and can be taken up again."""
        self.stop_quietly()
        if self.stage in (Stage.DRAFTED, Stage.READY):
            self._set_aside = self._working()
        if self._draft is not None and not self._released and self._recorder is not None:
            recorder = self._recorder
            self._guarded(lambda: recorder.discard(self._id, self._clock.elapsed))
        r = self._request
        self._start_over(Request(Review("", site=r.review.site), "", r.tone, r.length))

    def restore(self) -> None:
        """Take up the reply set aside last."""
        if self._set_aside is not None:
            working, self._set_aside = self._set_aside, None
            self._resume(working)

    def stop_quietly(self) -> None:
        """End the proposal under way and forget what it wrote."""
        if self._streaming is not None:
            self._streaming, self._writing_for = None, None
            self._drafter.stop()

    def save(self) -> None:
        """Save the work in progress now."""
        self._save_timer.stop()
        if self._recorder is not None:
            recorder, working = self._recorder, self._working()
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
        if self.stage is Stage.READY and self._request.review.text.strip():
            self._drafter.prefill(self._request)

    def _recent_texts(self) -> list[str]:
        recent = [d.generated for d, _ in self._earlier]
        if self._draft is not None:
            recent.append(self._draft.generated)
        if self._recorder is not None:
            recorder = self._recorder
            recent += [e.final for e in self._guarded(lambda: recorder.entries(20)) or ()]
        return recent

    def _progressed(self, text: str) -> None:
        if self._streaming is not None:
            self._streaming = text
            self.text_replaced.emit(text)

    def _finished(self, proposal: Proposal) -> None:
        if self._streaming is None or self._writing_for is None:
            return
        asked, self._streaming, self._writing_for = self._writing_for, None, None
        if self._draft is not None:
            self._earlier.append((self._draft, self._by))
        self._model, self._prompt_version = proposal.model, proposal.prompt_version
        draft = Draft(proposal.text, asked.key)
        draft.asked = self._request.key
        self._show(draft, proposal.by)

    def _failed(self, error: RepondeurError) -> None:
        if self._streaming is not None:
            self._streaming, self._writing_for = None, None
            self.text_replaced.emit(self.text)
            self.told.emit(error)
            self._keep()

    def _show(self, draft: Draft, by: Author) -> None:
        self._draft, self._by = draft, by
        self.text_replaced.emit(draft.text)
        self.touch()
        self._keep()

    def _record_of(self, reply: ApprovedReply) -> NewReply:
        r = self._request
        return NewReply(
            self._id,
            reply,
            r.review,
            r.note,
            r.tone,
            r.length,
            self._by,
            self._model,
            self._prompt_version,
            self._clock.elapsed,
            self._baseline(),
        )

    def _working(self) -> WorkingDraft | None:
        if self.stage in (Stage.EMPTY, Stage.COPIED):
            return None
        r, d = self._request, self._draft
        return WorkingDraft(
            self._id,
            r.review,
            r.note,
            r.tone,
            r.length,
            d.generated if d else None,
            self._by,
            d.answers if d else r.key,
            d.text if d else "",
            self._clock.elapsed,
            self._model,
            self._prompt_version,
        )

    def _resume(self, working: WorkingDraft) -> None:
        self._start_over(Request(working.review, working.note, working.tone, working.length), working.draft_id)
        self._clock.restore(working.active_seconds)
        self._model, self._prompt_version = working.model, working.prompt_version
        if working.generated is not None:
            draft = Draft(working.generated, working.answers)
            draft.text, draft.asked = working.text, self._request.key
            self._show(draft, working.generated_by)

    def _start_over(self, request: Request, draft_id: str = "") -> None:
        self._begin(request)
        self._id = draft_id or self._id
        self.restored.emit(request)
        self.text_replaced.emit("")
        self._keep()
