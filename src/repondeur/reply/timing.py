"""Active time: what a person really spent on a reply, pauses left out."""

from collections.abc import Callable
from typing import Final

PAUSE: Final = 60.0
"""Seconds without an input after which the person is taken to be away: such a gap counts for nothing."""


class ActiveClock:
    """Adds up the gaps between inputs that are no longer than :data:`PAUSE`.

    ``now`` returns monotonic seconds. A clock that goes backwards, stands still or jumps (a suspended computer) adds
    nothing: the count never falls below zero and never exceeds the time that passed on ``now``.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """Start stopped, at zero."""
        self._now = now
        self._counted = 0.0
        self._last: float | None = None

    @property
    def running(self) -> bool:
        """Whether inputs are being counted."""
        return self._last is not None

    @property
    def elapsed(self) -> float:
        """Active seconds so far; the gap since the last input is in it as long as it is no pause."""
        return self._counted + self._gap()

    def start(self) -> None:
        """Begin to count, or count this moment as an input when already running."""
        self.touch() if self.running else self._mark()

    def touch(self) -> None:
        """Count an input of the person; nothing while stopped."""
        if self.running:
            self._counted += self._gap()
            self._mark()

    def stop(self) -> None:
        """Count the last gap and stop."""
        self.touch()
        self._last = None

    def restore(self, elapsed: float) -> None:
        """Go on from ``elapsed`` active seconds (kept over a restart), stopped; a nonsensical figure becomes zero."""
        self._counted = elapsed if 0.0 <= elapsed < float("inf") else 0.0
        self._last = None

    def _mark(self) -> None:
        self._last = self._now()

    def _gap(self) -> float:
        gap = 0.0 if self._last is None else self._now() - self._last
        return gap if 0.0 < gap <= PAUSE else 0.0
