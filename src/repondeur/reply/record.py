"""What is said about a reply between the window, the journal and the statistics: plain frozen data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from repondeur.reply.draft import Approval, ApprovedReply
from repondeur.reply.terms import Author, Length, Review, Tone


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply about to leave, as the journal takes it.

    ``draft_id`` names one job, from the paste to the copy: recording the same one again counts once.
    ``active_seconds`` is the person's active time; ``baseline_seconds`` what such a reply takes them by hand, ``None``
    while that is not measured. ``generated_by`` says who wrote the generated text; ``model`` is the model's name.
    """

    draft_id: str
    reply: ApprovedReply
    review: Review
    note: str
    tone: Tone
    length: Length
    generated_by: Author
    model: str
    prompt_version: str
    active_seconds: float
    baseline_seconds: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded reply, as read back. ``created`` and ``released`` are aware datetimes in UTC."""

    id: int
    draft_id: str
    created: datetime
    released: datetime
    review: Review
    note: str
    tone: Tone
    length: Length
    generated_by: Author
    model: str
    prompt_version: str
    generated: str
    final: str
    approval: Approval
    active_seconds: float
    baseline_seconds: float | None

    @property
    def saved_seconds(self) -> float | None:
        """Baseline minus active time (may be negative), ``None`` where no baseline was measured."""
        return None if self.baseline_seconds is None else self.baseline_seconds - self.active_seconds


@dataclass(frozen=True, slots=True)
class Discarded:
    """A draft that a person gave up: its active time is time lost."""

    draft_id: str
    created: datetime
    active_seconds: float


@dataclass(frozen=True, slots=True)
class BaselineSample:
    """One reply written by hand while the clock ran. ``seconds`` is active time, ``characters`` the reply's length."""

    created: datetime
    seconds: float
    characters: int


@dataclass(frozen=True, slots=True)
class WorkingDraft:
    """The reply being worked on, saved at each pause so that a crash loses nothing. ``text`` is the editor's text.

    ``generated`` is ``None`` while no draft was made. Approval is never saved: after a restart a person
    approves again.
    """

    draft_id: str
    review: Review
    note: str
    tone: Tone
    length: Length
    generated: str | None
    generated_by: Author
    answers: str
    text: str
    active_seconds: float
    model: str = ""
    prompt_version: str = ""


class Recorder(Protocol):
    """What the window needs of the journal. Each method may raise a ``JournalError``; nothing is half written."""

    def record(self, new: NewReply) -> int:
        """Write the reply durably and return its row id; the same ``draft_id`` again updates that row."""

    def discard(self, draft_id: str, active_seconds: float) -> None:
        """Write a given-up draft's time; nothing for a ``draft_id`` that was released."""

    def save_working(self, working: WorkingDraft | None) -> None:
        """Replace the saved work in progress; ``None`` clears it."""

    def load_working(self) -> WorkingDraft | None:
        """Return the saved work in progress, if any."""

    def entries(self, limit: int | None = None) -> Sequence[Entry]:
        """Return the recorded replies, newest first."""

    def discarded(self) -> Sequence[Discarded]:
        """Return the given-up drafts, newest first."""

    def replace_baselines(self, samples: Sequence[tuple[float, int]]) -> None:
        """Write replies timed by hand (seconds, characters) in place of those so far, or change nothing."""

    def baselines(self) -> Sequence[BaselineSample]:
        """Return the replies timed by hand, newest first."""

    def close(self) -> None:
        """Close the file."""


__all__ = [
    "Author",
    "BaselineSample",
    "Discarded",
    "Entry",
    "Length",
    "NewReply",
    "Recorder",
    "Review",
    "Tone",
    "WorkingDraft",
]
