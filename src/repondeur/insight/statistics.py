"""The minutes that the program saved, computed from what was measured and nothing else.

Saved time is the person's own baseline (the median of replies they wrote by hand while the clock ran) minus their
active time. It may be negative; drafts given up count against it; where nothing was measured there is no figure.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from math import fsum
from typing import Final

from repondeur.reply.draft import Approval
from repondeur.reply.record import BaselineSample, Discarded, Entry

LEAST_SAMPLES: Final = 2
"""How many replies by hand make a baseline."""

WHITE_PAPER_HOURS_A_WEEK: Final = 2.1
"""Hours a week gained on average by artisans who use AI: CMA France's white paper on AI and crafts, July 2025."""

_WEEK: Final = timedelta(weeks=1)
_SECONDS_A_MINUTE: Final = 60.0
_MINUTES_A_HOUR: Final = 60.0


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week. ``monday`` is its first day; ``measured`` counts the replies with a baseline.

    ``saved_minutes`` is what those saved less ``lost_minutes`` (drafts given up), ``None`` where nothing was measured.
    """

    monday: date
    replies: int
    measured: int
    saved_minutes: float | None
    lost_minutes: float

    @property
    def number(self) -> tuple[int, int]:
        """The ISO year and week number."""
        year, week, _ = self.monday.isocalendar()
        return year, week


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a journal.

    ``weeks`` run without a gap from the first that holds anything to the present one. ``saved_minutes`` is the sum of
    theirs, ``None`` while no reply was measured; ``lost_minutes`` is the time in drafts given up. Shares are 0–1 of all
    replies; they and ``median_active_seconds`` are ``None`` while there is none.
    """

    weeks: tuple[Week, ...]
    replies: int
    measured: int
    saved_minutes: float | None
    lost_minutes: float
    share_edited: float | None
    share_approved: float | None
    median_active_seconds: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The person's hours a week beside the white paper's.

    ``weeks`` is the number of weeks averaged over, ``hours_a_week`` what they saved on average, ``share`` that figure
    over :data:`WHITE_PAPER_HOURS_A_WEEK` (1.0: as much; negative: time was lost).
    """

    weeks: int
    hours_a_week: float
    share: float


def median(values: Iterable[float]) -> float:
    """Return the middle of ``values`` (at least one), or the mean of the two in the middle.

    The standard library's has the same result and brings fractions, decimals and random numbers into a window that is
    open all day.
    """
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def baseline_seconds(samples: Sequence[BaselineSample]) -> float | None:
    """Return what a reply by hand takes this person: the median, ``None`` under two samples."""
    if len(samples) < LEAST_SAMPLES:
        return None
    return median(sample.seconds for sample in samples)


def summarise(
    entries: Sequence[Entry], discarded: Sequence[Discarded], *, today: date, zone: tzinfo | None = None
) -> Summary:
    """Return the figures of the journal's rows as of ``today``, a local date.

    A reply belongs to the local week in which it was first copied, a discarded draft to the one in which it was given
    up; ``zone`` is the local time zone, ``None`` the computer's.
    """
    tallies: defaultdict[date, _Tally] = defaultdict(_Tally)
    for entry in entries:
        tallies[_monday(entry.created, zone)].add(entry)
    for draft in discarded:
        tallies[_monday(draft.created, zone)].lost.append(draft.active_seconds)
    measured = sum(tally.measured for tally in tallies.values())
    weeks = tuple(_week(monday, tallies.get(monday), counted=measured > 0) for monday in _span(tallies, today))
    saved = [week.saved_minutes for week in weeks if week.saved_minutes is not None]
    return Summary(
        weeks=weeks,
        replies=len(entries),
        measured=measured,
        saved_minutes=fsum(saved) if measured else None,
        lost_minutes=fsum(week.lost_minutes for week in weeks),
        share_edited=_share(entries, Approval.EDITED),
        share_approved=_share(entries, Approval.APPROVED),
        median_active_seconds=median(e.active_seconds for e in entries) if entries else None,
    )


def compare(summary: Summary) -> Comparison | None:
    """Return the average since the first measured week beside the white paper's, ``None`` while nothing is measured.

    Weeks without a reply, and the present one though it is not over, count as weeks: the average is never flattered.
    """
    first = next((at for at, week in enumerate(summary.weeks) if week.measured), None)
    if first is None:
        return None
    weeks = summary.weeks[first:]
    hours = fsum(week.saved_minutes for week in weeks if week.saved_minutes is not None) / _MINUTES_A_HOUR / len(weeks)
    return Comparison(weeks=len(weeks), hours_a_week=hours, share=hours / WHITE_PAPER_HOURS_A_WEEK)


@dataclass(slots=True)
class _Tally:
    replies: int = 0
    saved: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)

    @property
    def measured(self) -> int:
        return len(self.saved)

    def add(self, entry: Entry) -> None:
        self.replies += 1
        if entry.saved_seconds is not None:
            self.saved.append(entry.saved_seconds)


def _week(monday: date, tally: _Tally | None, *, counted: bool) -> Week:
    """``counted`` is false while no reply at all was measured: a loss alone would then say too little."""
    if tally is None:
        return Week(monday, 0, 0, None, 0.0)
    known = counted and bool(tally.saved or tally.lost)
    saved = fsum([*tally.saved, *(-seconds for seconds in tally.lost)]) / _SECONDS_A_MINUTE if known else None
    return Week(monday, tally.replies, tally.measured, saved, fsum(tally.lost) / _SECONDS_A_MINUTE)


def _span(mondays: Iterable[date], today: date) -> list[date]:
    """Return every Monday from the first one to the present week's, or to the last one where a clock ran ahead."""
    known = sorted(mondays)
    if not known:
        return []
    last = max(known[-1], today - timedelta(days=today.weekday()))
    return [known[0] + n * _WEEK for n in range((last - known[0]) // _WEEK + 1)]


def _monday(moment: datetime, zone: tzinfo | None) -> date:
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def _share(entries: Sequence[Entry], approval: Approval) -> float | None:
    return sum(entry.approval is approval for entry in entries) / len(entries) if entries else None
