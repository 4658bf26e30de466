import math

from hypothesis import given
from hypothesis import strategies as st

from repondeur.reply.timing import PAUSE, ActiveClock

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "touch", "stop", "wait"]),
        st.floats(-1e6, 1e6, allow_nan=False) | st.floats(0, 2 * PAUSE),
    )
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(_STEPS)
def test_active_time_is_never_negative_and_never_more_than_wall_time(steps: list[tuple[str, float]]) -> None:
    clock, wall = Clock(), 0.0
    active = ActiveClock(clock)
    for action, gap in steps:
        clock.now += gap
        wall += max(0.0, gap)
        if action != "wait":
            getattr(active, action)()
        assert 0.0 <= active.elapsed <= wall + 1e-6


@given(st.lists(st.integers(1, 2 * int(PAUSE))))
def test_only_gaps_up_to_a_pause_count(gaps: list[int]) -> None:
    clock = Clock()
    active = ActiveClock(clock)
    active.start()
    for gap in gaps:
        clock.now += gap
        active.touch()
    assert math.isclose(active.elapsed, sum(g for g in gaps if g <= PAUSE), abs_tol=1e-6)


@given(st.floats(PAUSE + 1e-3, 1e12) | st.floats(-1e12, -1e-3))
def test_a_clock_that_jumps_makes_no_minutes(jump: float) -> None:
    clock = Clock()
    active = ActiveClock(clock)
    active.start()
    clock.now += 10
    active.touch()
    clock.now += jump
    active.touch()
    assert math.isclose(active.elapsed, 10)
    clock.now += 5
    active.stop()
    assert math.isclose(active.elapsed, 15, rel_tol=1e-3)


def test_nothing_counts_while_stopped() -> None:
    clock = Clock()
    active = ActiveClock(clock)
    active.touch()
    clock.now += 30
    assert active.elapsed == 0.0
    assert not active.running
    active.start()
    clock.now += 30
    active.stop()
    clock.now += 30
    assert active.elapsed == 30.0


def test_starting_twice_loses_nothing() -> None:
    clock = Clock()
    active = ActiveClock(clock)
    active.start()
    clock.now += 30
    active.start()
    clock.now += 31
    assert active.elapsed == 61.0


@given(st.floats())
def test_restored_time_is_sound(kept: float) -> None:
    clock = Clock()
    active = ActiveClock(clock)
    active.start()
    active.restore(kept)
    assert not active.running
    assert active.elapsed == (kept if 0 <= kept < math.inf else 0.0)
    active.start()
    clock.now += 1
    assert active.elapsed >= 0.0
