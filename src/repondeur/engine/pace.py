"""How many threads compute: tried when a model is loaded, and left for one alone while the computer has other work.

llama.cpp's threads wait for one another some hundred times a token, spinning. When another program holds one of their
cores, each wait lasts as long as that program’s turn: on two shared cores a model of 22 MB fell from 350 tokens a
second with one thread to 20 with two. On free cores two are faster, so the count is watched, not feared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

WINDOW_SECONDS: Final = 0.2
"""How long a slow stretch must last to count."""

SLOWER: Final = 0.7
"""Several threads that write less than this share of what one alone wrote are a hindrance."""

WORTH: Final = 0.6
"""The share of its full gain that each further thread must bring.

Less, and it would burn a core for little: a model of a few million parameters writes a reply in a thirtieth of a second
with one thread, and the second makes that a fiftieth while it keeps the other core from everybody else.
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """The thread count to use, and the tokens a second that one thread wrote when last tried (0: not tried)."""

    threads: int
    alone: float = 0.0


def choose(speed: Callable[[int], float], most: int, given: int | None) -> Pace:
    """Return the pace of a model just loaded.

    ``speed`` tries a thread count and returns tokens a second. ``given`` was the best at an earlier start, and only one
    thread is tried against it; otherwise counts up to ``most`` are, twice each, since other work comes and goes.
    """
    tried = candidates(most) if given is None else sorted({1, given})
    if tried == [1]:
        return Pace(1)
    if given is not None:
        return Pace(given, speed(1))
    speeds = {threads: max(speed(threads), speed(threads)) for threads in tried}
    chosen = 1
    for threads in tried[1:]:
        if speeds[threads] >= speeds[chosen] * (1 + WORTH * (threads / chosen - 1)):
            chosen = threads
    return Pace(chosen, speeds[1])


def candidates(most: int) -> list[int]:
    """Return the thread counts worth trying when at most ``most`` may be used."""
    return sorted({1, min(2, most), max(1, most // 2), most})


class Hindrance:
    """Notices, during one draft, that several threads write more slowly than one did."""

    def __init__(self, pace: Pace, now: float) -> None:
        """Start watching at ``now``, in seconds."""
        self._floor = SLOWER * pace.alone if pace.threads > 1 else 0.0
        self._since = now
        self._count = 0

    def seen(self, count: int, now: float) -> bool:
        """Say whether to go on with one thread, ``count`` tokens being written; true once at most."""
        if not self._floor or now - self._since < WINDOW_SECONDS:
            return False
        speed = (count - self._count) / (now - self._since)
        self._since, self._count = now, count
        if speed >= self._floor:
            return False
        self._floor = 0.0
        return True
