"""What the session of one reply speaks of: a request, a proposal, and the two parts that it needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import SignalInstance

from repondeur.reply.draft import ApprovedReply
from repondeur.reply.terms import Author, Length, Review, Tone

if TYPE_CHECKING:
    from repondeur.reply.guard import Finding


class Stage(Enum):
    """Where a reply stands."""

    EMPTY = auto()
    READY = auto()
    WRITING = auto()
    DRAFTED = auto()
    COPIED = auto()


@dataclass(frozen=True, slots=True)
class Request:
    """What a reply is asked for: the review as shown, the person's own note, tone and length."""

    review: Review
    note: str = ""
    tone: Tone = Tone.WARM
    length: Length = Length.NORMAL

    @property
    def key(self) -> str:
        """Identify the review shown: who wrote it, where, with which stars and words."""
        r = self.review
        return "\x1f".join((r.text, r.author, str(r.rating or 0), r.site, r.lang))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A finished text of the program, before any person looked at it."""

    text: str
    by: Author
    model: str
    prompt_version: str


class Drafter(Protocol):
    """Writes proposals; ``app`` joins the engine, the prompts and the templates behind it."""

    progressed: SignalInstance
    finished: SignalInstance
    failed: SignalInstance

    def prefill(self, request: Request) -> None:
        """Let the engine read the review in advance."""

    def write(self, request: Request, *, seed: int, recent: Sequence[str]) -> None:
        """Start a proposal; one of the three signals follows."""

    def stop(self) -> None:
        """End the proposal under way; what was written so far arrives as finished."""

    def examine(self, text: str, request: Request) -> "tuple[Finding, ...]":
        """Return what a person should look at in ``text``."""


class Door(Protocol):
    """The one way out."""

    def put(self, reply: ApprovedReply) -> None:
        """Put the reply on the clipboard."""
