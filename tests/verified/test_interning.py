"""Interning: one object per structure, also while nodes are released and in many threads; release finds everything."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from fractions import Fraction

import pytest

from micrograd.verified import Expr, const, exp, interning, parse, sin, var
from micrograd.verified.expr import live_nodes
from micrograd.verified.interning import release

x, y = var("x"), var("y")


@pytest.mark.slow
def test_the_collector_releases() -> None:
    gc.collect()
    before = live_nodes()
    node = sin(x) * Fraction(22, 7) + exp(y * 0.1)
    gone = weakref.ref(node)
    gc.collect()
    assert gone() is node
    del node
    gc.collect()
    assert gone() is None
    assert live_nodes() == before


def test_what_is_held_stays_with_all_below() -> None:
    node = sin(x * 12345) + 1
    text = str(node)
    others = [node * i for i in range(100)]
    del others
    release()
    assert str(node) == text
    assert parse(text) is node


def test_a_parent_made_again_is_released_too() -> None:
    """Pieces that die and are made anew stand later in the table than their old parents would have."""
    gc.collect()
    before = live_nodes()
    for _ in range(3):
        child = x * 777
        parent = sin(child)
        del parent
        release()
        again = sin(child)
        assert again is sin(x * 777)
        del child, again
    assert live_nodes() == before


def test_memory_is_bounded_while_the_collector_is_off() -> None:
    gc.collect()
    before = live_nodes()
    gc.disable()
    try:
        made = [sin(x + i) for i in range(1000)]
        del made
        assert live_nodes() == before
    finally:
        gc.enable()


def test_what_is_dropped_is_released_while_the_collector_is_off() -> None:
    gc.collect()
    limit = 2 * (3 * live_nodes() + 100_000) + 1000
    largest = 0
    gc.disable()
    try:
        for i in range(150_000):
            node = x * y * i + x
            largest = max(largest, len(interning._table))
        del node
    finally:
        gc.enable()
    assert 100_000 < largest <= limit


@pytest.mark.parametrize("count", [4])
def test_threads_agree_while_nodes_are_released(count: int) -> None:
    """Each thread makes the same expressions over and over, another releases; all that are alive together are one object."""
    made: list[list[Expr]] = [[] for _ in range(count)]
    barrier = threading.Barrier(count)
    done = threading.Event()
    differences: list[str] = []
    interval = sys.getswitchinterval()

    def work(mine: list[Expr]) -> None:
        for turn in range(200):
            node = sin(x)
            for i in range(20):
                node = (node + Fraction(i, 7 + turn)) * y
            barrier.wait()
            mine.append(node)
            if parse(str(node)) is not node:
                differences.append(str(node))
            barrier.wait()
            if made[0][-1] is not mine[-1]:
                differences.append(str(node))
            barrier.wait()
            if turn % 3:
                mine.clear()
                mine.append(const(turn))

    def drop() -> None:
        while not done.is_set():
            release()

    sys.setswitchinterval(1e-5)
    try:
        dropping = threading.Thread(target=drop)
        workers = [threading.Thread(target=work, args=(mine,)) for mine in made]
        for thread in (dropping, *workers):
            thread.start()
        for thread in workers:
            thread.join()
        done.set()
        dropping.join()
    finally:
        sys.setswitchinterval(interval)
    assert not differences
