"""Threads: the best count is found, and left for one alone when several get in one another's way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from engine_support import model
from hypothesis import given
from hypothesis import strategies as st

from repondeur.engine.bindings import C, Halt, Log
from repondeur.engine.model import Model
from repondeur.engine.pace import WINDOW_SECONDS, Hindrance, Pace, candidates, choose
from repondeur.engine.protocol import Sampling

__all__ = ["model"]


@pytest.mark.parametrize(("most", "tried"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (7, [1, 2, 3, 7])])
def test_few_thread_counts_are_tried(most: int, tried: list[int]) -> None:
    assert candidates(most) == tried


@given(st.integers(1, 64))
def test_one_thread_is_always_tried_and_never_too_many(most: int) -> None:
    tried = candidates(most)
    assert tried == sorted(set(tried))
    assert (tried[0], tried[-1]) == (1, most)
    assert len(tried) <= 4


def test_the_fastest_count_is_chosen() -> None:
    speeds = {1: 10.0, 2: 18.0, 3: 25.0, 7: 20.0}
    assert choose(speeds.__getitem__, 7, None) == Pace(3, 10.0)


def test_a_thread_that_brings_little_is_left_to_others() -> None:
    assert choose({1: 2300.0, 2: 3300.0}.__getitem__, 2, None) == Pace(1, 2300.0)
    assert choose({1: 6.0, 2: 11.0}.__getitem__, 2, None) == Pace(2, 6.0)


def test_a_count_found_earlier_is_kept_and_compared_with_one() -> None:
    tried = []

    def speed(threads: int) -> float:
        tried.append(threads)
        return 10.0

    assert choose(speed, 7, 5) == Pace(5, 10.0)
    assert tried == [1]


@pytest.mark.parametrize(("most", "earlier"), [(1, None), (7, 1)])
def test_nothing_is_tried_where_nothing_is_to_choose(most: int, earlier: int | None) -> None:
    def speed(_threads: int) -> float:
        raise AssertionError

    assert choose(speed, most, earlier) == Pace(1)


def test_a_slow_stretch_is_told_once() -> None:
    watch = Hindrance(Pace(2, 100.0), 0.0)
    step = 1.01 * WINDOW_SECONDS
    assert not watch.seen(1, 0.5 * step), "too short to say"
    assert not watch.seen(40, step), "fast enough"
    assert watch.seen(42, 2 * step)
    assert not watch.seen(43, 3 * step)


@pytest.mark.parametrize("pace", [Pace(1, 100.0), Pace(2)])
def test_one_thread_or_an_untried_one_is_never_hindered(pace: Pace) -> None:
    assert not Hindrance(pace, 0.0).seen(0, 100.0)


def test_a_hindered_draft_goes_on_with_one_thread_and_the_next_tries_again(model: Callable[..., Path]) -> None:
    held = Model(model("starter", context=8192, width=128, layers=4), 8192, 2, Halt(), Log(), lambda: None)
    threads = []
    try:
        held.set_pace(Pace(2, 1e9))  # no machine is as fast as that
        for _ in range(2):
            held.read([1, 2, 3], 0, lambda: None)
            held.write(Sampling(max_tokens=2000, seed=1), 2000, lambda _: threads.append(C.llama_n_threads(held._ctx)))
            assert C.llama_n_threads(held._ctx) == 2
    finally:
        held.close()
    assert threads[0] == 2
    assert threads.index(1) < len(threads) - 1
    assert threads.count(2) < len(threads)
