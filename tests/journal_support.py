"""What the journal’s tests share: replies as a person releases them, a clock of their own, a look under the hood."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from repondeur.journal.driver import connect
from repondeur.reply.draft import Approval, ApprovedReply, Draft
from repondeur.reply.record import Author, Entry, Length, NewReply, Review, Tone, WorkingDraft

KEY = bytes(range(32))
DATA = Path(__file__).parent / "data"
START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
GENERATED = "Merci pour vos mots, toute l’équipe vous attend."


def released(text: str = GENERATED, generated: str = GENERATED) -> ApprovedReply:
    """Return ``text`` as it leaves: edited where it differs from ``generated``, approved in any case."""
    draft = Draft(generated, "review")
    draft.text = text
    draft.approve()
    return draft.release()


def new_reply(draft_id: str = "a", text: str = GENERATED, **changes: Any) -> NewReply:
    """Return a reply about to leave."""
    fields: dict[str, Any] = {
        "draft_id": draft_id,
        "reply": released(text),
        "review": Review("Très bon pain, accueil charmant.", "Sophie", 5, "google", "fr"),
        "note": "cliente du samedi",
        "tone": Tone.WARM,
        "length": Length.NORMAL,
        "generated_by": Author.MODEL,
        "model": "Répondeur starter",
        "prompt_version": "compact-1",
        "active_seconds": 70.25,
        "baseline_seconds": 300.0,
    }
    return NewReply(**{**fields, **changes})


def entry(number: int = 1, created: datetime = START, **changes: Any) -> Entry:
    """Return a reply as the journal reads it back."""
    fields: dict[str, Any] = {
        "id": number,
        "draft_id": f"d{number}",
        "created": created,
        "released": created,
        "review": Review("Très bon pain.", "Sophie", 5),
        "note": "",
        "tone": Tone.WARM,
        "length": Length.NORMAL,
        "generated_by": Author.MODEL,
        "model": "Répondeur starter",
        "prompt_version": "compact-1",
        "generated": GENERATED,
        "final": GENERATED,
        "approval": Approval.APPROVED,
        "active_seconds": 60.0,
        "baseline_seconds": 300.0,
    }
    return Entry(**{**fields, **changes})


def work_in_progress(text: str = "Merci Sop") -> WorkingDraft:
    """Return a reply being written."""
    return WorkingDraft(
        draft_id="w",
        review=Review("Bien", "Luc", None, "facebook", "fr"),
        note="",
        tone=Tone.SOBER,
        length=Length.SHORT,
        generated=None,
        generated_by=Author.TEMPLATE,
        answers="Bien",
        text=text,
        active_seconds=12.5,
    )


class Clock:
    """A clock that advances by one minute each time it is read."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        self.moment += timedelta(minutes=1)
        return self.moment


@contextlib.contextmanager
def raw(path: Path, key: bytes = KEY) -> Iterator[Any]:
    """Give a bare connection to a journal file."""
    db = connect(path, key)
    try:
        yield db
    finally:
        db.close()
