"""Between the shared records and the journal's rows: what a column holds, in both directions."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from repondeur.reply.draft import Approval, digest
from repondeur.reply.record import (
    Author,
    BaselineSample,
    Discarded,
    Entry,
    Length,
    NewReply,
    Review,
    Tone,
    WorkingDraft,
)

ENTRY_COLUMNS: Final = (
    "reply.id, draft_id, created, released, review_text, review_author, rating, site, lang, note, tone, length, "
    "generated_by, model, prompt_version, generated, final, approval, active_seconds, baseline_seconds"
)


def stamp(moment: datetime) -> str:
    """Return an aware datetime as the text that the journal sorts and checks: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def storable(text: str) -> str:
    r"""Return ``text`` as UTF-8 can hold it: half a surrogate pair, no character, becomes its name ``\udXXX``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def reply_values(new: NewReply) -> tuple[object, ...]:
    """Return ``review_text, review_author, rating, site, lang``."""
    review = new.review
    return storable(review.text), storable(review.author), review.rating, storable(review.site), storable(review.lang)


def release_values(new: NewReply, active_seconds: float, baseline_seconds: float | None) -> tuple[object, ...]:
    """Return the columns of ``release`` after ``reply_id, released``, in the schema's order."""
    reply = new.reply
    final = storable(reply.text)
    return (
        storable(new.note),
        str(new.tone),
        str(new.length),
        str(new.generated_by),
        storable(new.model),
        storable(new.prompt_version),
        storable(reply.generated),
        final,
        str(reply.approval),
        None if reply.approved_text is None else storable(reply.approved_text),
        digest(final),
        active_seconds,
        baseline_seconds,
    )


def entry(row: tuple[Any, ...]) -> Entry:
    """Return the reply of a row of :data:`ENTRY_COLUMNS`."""
    return Entry(
        id=row[0],
        draft_id=row[1],
        created=datetime.fromisoformat(row[2]),
        released=datetime.fromisoformat(row[3]),
        review=Review(text=row[4], author=row[5], rating=row[6], site=row[7], lang=row[8]),
        note=row[9],
        tone=Tone(row[10]),
        length=Length(row[11]),
        generated_by=Author(row[12]),
        model=row[13],
        prompt_version=row[14],
        generated=row[15],
        final=row[16],
        approval=Approval(row[17]),
        active_seconds=row[18],
        baseline_seconds=row[19],
    )


def discarded(row: tuple[Any, ...]) -> Discarded:
    """Return the given-up draft of a row ``draft_id, created, active_seconds``."""
    return Discarded(draft_id=row[0], created=datetime.fromisoformat(row[1]), active_seconds=row[2])


def sample(row: tuple[Any, ...]) -> BaselineSample:
    """Return the reply timed by hand of a row ``created, seconds, characters``."""
    return BaselineSample(created=datetime.fromisoformat(row[0]), seconds=row[1], characters=row[2])


def working_state(working: WorkingDraft) -> str:
    """Return the work in progress as JSON; every character survives, half surrogate pairs included."""
    return json.dumps(asdict(working), ensure_ascii=True)


def working(state: str) -> WorkingDraft:
    """Return the work in progress saved as ``state``.

    Raises:
        ValueError, KeyError, TypeError: it is not what :func:`working_state` writes.
    """
    fields = json.loads(state)
    return WorkingDraft(
        **{
            **fields,
            "review": Review(**fields["review"]),
            "tone": Tone(fields["tone"]),
            "length": Length(fields["length"]),
            "generated_by": Author(fields["generated_by"]),
        }
    )
