"""What is known of one reply being worked on: the request, the drafts so far, the active time. No side effect."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repondeur.desk.parts import Proposal, Request, Stage
from repondeur.reply.draft import Approval, ApprovedReply, Draft
from repondeur.reply.plain import cleaned
from repondeur.reply.terms import Author
from repondeur.reply.timing import ActiveClock

if TYPE_CHECKING:
    from repondeur.reply.record import NewReply, WorkingDraft


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a draft's generated text came from."""

    by: Author = Author.PERSON
    model: str = ""
    prompt_version: str = ""


class Job:
    """One reply, from the paste to the copy and after.

    ``draft`` is the finished draft shown, ``streaming`` the text of a proposal under way (``None``: none is), asked for
    ``writing_for``. ``released`` is the text that left last.
    """

    def __init__(self, request: Request, now: Callable[[], float], draft_id: str = "") -> None:
        """Start without a draft; ``now`` is a monotonic clock in seconds."""
        self.id = draft_id or os.urandom(16).hex()
        self.request = request
        self.clock = ActiveClock(now)
        self.draft: Draft | None = None
        self.origin = Origin()
        self.streaming: str | None = None
        self.writing_for: Request | None = None
        self.released = ""
        self.seed = 0
        self._earlier: list[tuple[Draft, Origin]] = []

    @classmethod
    def resumed(cls, working: "WorkingDraft", now: Callable[[], float]) -> "Job":
        """Take up saved work; an approval is not part of it."""
        job = cls(Request(working.review, working.note, working.tone, working.length), now, working.draft_id)
        job.clock.restore(working.active_seconds)
        if working.generated is not None:
            job.draft = Draft(working.generated, working.answers)
            job.draft.text, job.draft.asked = cleaned(working.text), job.request.key
            job.origin = Origin(working.generated_by, working.model, working.prompt_version)
        return job

    @property
    def stage(self) -> Stage:
        """Where the reply stands, computed from what is there."""
        if self.streaming is not None:
            return Stage.WRITING
        if self.draft is not None:
            return Stage.COPIED if self.released and self.draft.text == self.released else Stage.DRAFTED
        review = self.request.review
        return Stage.READY if review.text.strip() or review.rating else Stage.EMPTY

    @property
    def text(self) -> str:
        """The text in the editor: streaming, drafted, or none."""
        if self.streaming is not None:
            return self.streaming
        return self.draft.text if self.draft else ""

    @property
    def can_go_back(self) -> bool:
        """Whether an earlier proposal for this review is kept."""
        return bool(self._earlier) and self.streaming is None

    def ask(self, request: Request) -> None:
        """Take another request; a draft for another review than the one asked about loses its approval."""
        self.request = request
        if self.draft is not None:
            self.draft.asked = request.key

    def take(self, proposal: Proposal) -> Draft:
        """Make the proposal under way the draft, and keep the one before it."""
        asked = self.writing_for or self.request
        if self.draft is not None:
            self._earlier.append((self.draft, self.origin))
        self.streaming = self.writing_for = None
        self.draft = Draft(cleaned(proposal.text), asked.key)
        self.draft.asked = self.request.key
        self.origin = Origin(proposal.by, proposal.model, proposal.prompt_version)
        return self.draft

    def go_back(self) -> Draft:
        """Show the proposal before this one, without the approval that it had."""
        self.draft, self.origin = self._earlier.pop()
        self.draft.withdraw()
        self.draft.asked = self.request.key
        return self.draft

    def write_alone(self) -> Draft:
        """Start a draft of the person's own."""
        self.draft, self.origin = Draft("", self.request.key), Origin()
        return self.draft

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must not leave now: what streams in, and every draft as far as nobody approved it.

        A draft that was edited leaves whole, by the one door; the generated words in it are still not for copying.
        """
        texts = [text for draft, _ in self._earlier for text in (draft.text, draft.generated)]
        if self.streaming:
            texts.append(self.streaming)
        if self.draft is not None and self.draft.approval is not Approval.APPROVED:
            texts.append(self.draft.generated)
        if self.draft is not None and self.draft.approval is None:
            texts.append(self.draft.text)
        return tuple(t for t in texts if t)

    def own_texts(self) -> tuple[str, ...]:
        """Return the texts that are the person's own, or left with approval: copying them again is nobody's loss."""
        r = self.request
        return tuple(t for t in (r.review.text, r.review.author, r.note, self.released) if t)

    def generated(self) -> list[str]:
        """Return the texts generated for this review so far, newest first."""
        drafts = [draft for draft, _ in self._earlier] + ([self.draft] if self.draft else [])
        return [draft.generated for draft in reversed(drafts)]

    def new_reply(self, reply: ApprovedReply, baseline_seconds: float | None) -> "NewReply":
        """Return what the journal writes of ``reply``."""
        from repondeur.reply.record import NewReply  # with the journal's other rows, once there is one

        r, o = self.request, self.origin
        return NewReply(
            draft_id=self.id,
            reply=reply,
            review=r.review,
            note=r.note,
            tone=r.tone,
            length=r.length,
            generated_by=o.by,
            model=o.model,
            prompt_version=o.prompt_version,
            active_seconds=self.clock.elapsed,
            baseline_seconds=baseline_seconds,
        )

    def working(self) -> "WorkingDraft | None":
        """Return what is saved of the work in progress; nothing once it was copied."""
        if (self.draft is None and self.stage is Stage.EMPTY) or self.stage is Stage.COPIED:
            return None
        from repondeur.reply.record import WorkingDraft

        r, d, o = self.request, self.draft, self.origin
        return WorkingDraft(
            draft_id=self.id,
            review=r.review,
            note=r.note,
            tone=r.tone,
            length=r.length,
            generated=d.generated if d else None,
            generated_by=o.by,
            answers=d.answers if d else r.key,
            text=d.text if d else "",
            active_seconds=self.clock.elapsed,
            model=o.model,
            prompt_version=o.prompt_version,
        )
