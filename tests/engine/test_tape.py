"""The tape: what it records, what it shows, how long it lives, and that nothing of it is recursive or quadratic."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import re
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd.engine import Tape, TapeError, Value, concatenate, no_grad, recording
from micrograd.engine import tape as tapes
from micrograd.engine.elementwise import Elementwise
from micrograd.engine.sweep import sweep

LENGTHS = [pytest.param(10**5, id="1e5"), pytest.param(10**6, id="1e6", marks=pytest.mark.slow)]


@pytest.fixture(autouse=True)
def _no_implicit_tape() -> None:
    """What an earlier test recorded, and may have kept, is none of this one's."""
    tapes._tape.set(None)


def line() -> tuple[Tape, Value]:
    """y = w·x + b at x = 2, w = 3, b = 1."""
    with Tape() as tape:
        x, w, b = Value(2), Value(3), Value(1)
        y = w * x + b
    return tape, y


# --- the example of the documentation ----------------------------------------------------------------------------------


def test_the_table() -> None:
    tape, y = line()
    assert str(tape).splitlines() == ["#0  Const     2", "#1  Const     3", "#2  Const     1", "#3  Mul(1,0)  6", "#4  Add(3,2)  7"]
    y.backward()
    assert str(tape).splitlines() == [
        "#0  Const     2  3",
        "#1  Const     3  2",
        "#2  Const     1  1",
        "#3  Mul(1,0)  6  1",
        "#4  Add(3,2)  7  1",
    ]


def test_entries() -> None:
    tape, y = line()
    y.backward()
    entries = list(tape)
    assert len(tape) == len(entries) == 5
    assert [entry.place for entry in entries] == [0, 1, 2, 3, 4]
    assert [entry.operation for entry in entries] == ["const", "const", "const", "mul", "add"]
    assert [entry.operands for entry in entries] == [(), (), (), (1, 0), (3, 2)]
    assert [entry.value for entry in entries] == [2, 3, 1, 6, 7]
    assert [entry.adjoint for entry in entries] == [3, 2, 1, 1, 1]
    assert repr(tape) == "<tape of 5 entries>"


def test_operands_come_before() -> None:
    with Tape() as tape:
        x = Value(np.arange(6.0).reshape(2, 3))
        y = (x @ x.T + 1.0).tanh().sum(axis=0)
        concatenate([y, y]).max()
    for entry in tape:
        assert all(place < entry.place for place in entry.operands)
    assert [entry.operation for entry in tape] == [
        "const",
        "transpose",
        "matmul",
        "const",
        "add",
        "tanh",
        "sum",
        "concatenate",
        "max",
    ]


def test_mermaid() -> None:
    tape, y = line()
    assert tape.to_mermaid().splitlines() == [
        "flowchart LR",
        '  n0["#0 const = 2"]',
        '  n1["#1 const = 3"]',
        '  n2["#2 const = 1"]',
        '  n3["#3 mul = 6"]',
        "  n1 --> n3",
        "  n0 --> n3",
        '  n4["#4 add = 7"]',
        "  n3 --> n4",
        "  n2 --> n4",
    ]
    y.backward()
    assert '  n0["#0 const = 2, adjoint 3"]' in tape.to_mermaid().splitlines()


def test_dot() -> None:
    tape, y = line()
    y.backward()
    lines = tape.to_dot().splitlines()
    assert (lines[0], lines[-1]) == ("digraph tape {", "}")
    assert '  n3 [label="#3 mul = 6, adjoint 1"];' in lines
    assert [text for text in lines if "->" in text] == ["  n1 -> n3;", "  n0 -> n3;", "  n3 -> n4;", "  n2 -> n4;"]
    assert lines.count("  n1 -> n3;") == 1


def test_labels_are_in_every_picture() -> None:
    with Tape() as tape:
        a = Value(2.0, label="a")
        b = Value(np.ones(2), label='the "b"')
        c = a * b
        c.label = "c"
        (c + 1.0).sum()
    assert [entry.label for entry in tape] == ["a", 'the "b"', "c", "", "", ""]
    assert str(tape).splitlines()[2].split()[:3] == ["#2", "c", "Mul(0,1)"]
    assert '  n0["#0 a: const = 2"]' in tape.to_mermaid().splitlines()
    assert "#1 the 'b': const" in tape.to_mermaid()
    assert '#1 the \\"b\\": const' in tape.to_dot()
    assert '  n2 [label="#2 c: mul = [2.,2.]"];' in tape.to_dot().splitlines()
    assert [repr(v).endswith(f", label={v.label!r})") for v in (a, b, c)] == [True] * 3


def test_a_label_stays_with_its_value() -> None:
    a = Value(2.0, label="a")
    b = a * 3.0
    b.label = "b"
    b.backward()
    c = b * a  # on another tape
    assert [entry.label for entry in c._tape] == ["b", "a", ""]
    assert {v.label for v in c._prev} == {"a", "b"}
    assert (pickle.loads(pickle.dumps(a)).label, copy.deepcopy(a).label, a.detach().label) == ("a", "a", "")
    a.label = "renamed"
    assert [entry.label for entry in c._tape] == ["b", "renamed", ""]


def test_pictures_of_arrays_are_short() -> None:
    with Tape() as tape:
        x = Value(np.zeros((64, 10), dtype=np.float32))
        x.sum() * Value(np.array([1.0, 2.0]))
    assert "float32[64, 10]" in str(tape)
    assert "[1.,2.]" in str(tape)
    assert all(len(text) < 80 for text in str(tape).splitlines())
    assert re.search(r"n0\[.*float32", tape.to_mermaid())


def test_an_empty_tape() -> None:
    with Tape() as tape:
        pass
    assert (len(tape), str(tape), list(tape)) == (0, "", [])
    assert tape.to_mermaid() == "flowchart LR\n"


# --- which tape --------------------------------------------------------------------------------------------------------


def test_a_computed_value_of_a_finished_tape_is_refused() -> None:
    with Tape():
        y = Value(2.0) * 3
    with pytest.raises(TapeError, match="ended tape"):
        y + 1
    with pytest.raises(TapeError, match="ended tape"), Tape():
        y + 1
    with Tape():
        assert (y.detach() + 1).data == 7.0


def test_a_value_of_an_outer_tape_is_refused_inside() -> None:
    with Tape():
        y = Value(2.0) * 3
        with Tape(), pytest.raises(TapeError, match="still records"):
            y + 1
        assert (y + 1).data == 7.0


def test_a_leaf_may_be_on_many_tapes() -> None:
    x = Value(3.0)
    with Tape() as outer:
        y = x * x
        with Tape() as inner:
            z = x * 2
        w = x + y
    (x * 10).backward()
    z.backward()
    w.backward()
    assert x.grad == 10 + 2 + 7
    assert [entry.operation for entry in inner] == ["const", "const", "mul"]
    assert [entry.operation for entry in outer][-1] == "add"


def test_a_tape_records_once() -> None:
    with Tape() as tape:
        Value(1.0)
    with pytest.raises(TapeError, match="records once"), tape:
        pass


def test_a_block_that_fails_ends_its_tape() -> None:
    def fail(tape: Tape) -> None:
        with tape:
            raise KeyError

    tape = Tape()
    with pytest.raises(KeyError):
        fail(tape)
    assert tape.ended
    assert tapes.current_tape() is not tape


def test_a_block_inside_no_grad_records() -> None:
    x = Value(2.0)
    with no_grad(), Tape() as tape:
        y = x * x
    y.backward()
    assert len(tape) == 2
    assert x.grad == 4.0


def test_results_on_an_explicit_tape_may_be_swept_inside_the_block() -> None:
    with Tape() as tape:
        x = Value(2.0)
        y = x * x
        y.backward()
        assert x.grad == 4.0
        z = y * 3
    z.backward()
    assert x.grad == 16.0
    assert [entry.adjoint for entry in tape][1] == 3.0


# --- scale -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", LENGTHS)
def test_a_long_chain(n: int) -> None:
    x = Value(1.0)
    y = x
    for _ in range(n):
        y = y + x
    y.backward()
    assert y.data == n + 1
    assert x.grad == n + 1


@pytest.mark.parametrize("n", LENGTHS)
def test_a_long_chain_on_an_explicit_tape(n: int) -> None:
    with Tape() as tape:
        x, c = Value(1.0), Value(2.0**-20)
        y = x
        for _ in range(n // 2):
            y = y * c + x
    y.backward()
    assert len(tape) == 2 + n // 2 * 2
    assert abs(x.grad - 1 / (1 - 2.0**-20)) <= 4 * 2.0**-52  # a geometric series whose remainder is far below an ulp
    del x, y, c, tape
    gc.collect()


def test_a_long_chain_of_arrays() -> None:
    x = Value(np.ones(2))
    y = x
    for _ in range(20_000):
        y = y + x
    y.sum().backward()
    assert x.grad.tolist() == [20_001.0, 20_001.0]


def counting(calls: list[str], original: Any) -> Any:
    """The rule, noting the names of operations that it is asked for."""

    def counted(self: Any, *args: Any) -> Any:
        calls.append(self.name)
        return original(self, *args)

    return counted


def test_sharing_is_linear_not_exponential(monkeypatch: pytest.MonkeyPatch) -> None:
    """y ← y·y·… 60 deep has 2⁶⁰ paths; the sweep visits each entry once."""
    calls: list[str] = []
    counted = counting(calls, Elementwise.vjp)
    monkeypatch.setattr(Elementwise, "vjp", counted)
    for data in (1.0, np.ones(3)):
        calls.clear()
        with Tape() as tape:
            x = Value(data)
            y = x
            for _ in range(60):
                y = y - y / 2
        y.backward(None if isinstance(data, float) else np.ones(3))
        assert len(tape) == 2 * 60 + 2
        assert len(calls) == (120 if isinstance(data, float) else 180)  # numbers: of the quotients; arrays: no share for the constant 2
        assert np.all(x.grad == 2.0**-60)


class _Counted(list[Any]):
    """A list that counts reads."""

    reads = 0

    def __getitem__(self, index: Any) -> Any:
        self.reads += 1
        return super().__getitem__(index)


@pytest.mark.parametrize("n", [100, 1000])
def test_the_sweep_reads_each_entry_a_bounded_number_of_times(n: int) -> None:
    with Tape() as tape:
        x = Value(1.0)
        y = x
        for _ in range(n):
            y = y * x
    tape.data = _Counted(tape.data)
    assert sweep(tape, {n: 1.0})[0] == n + 1
    assert tape.data.reads == 2 * n
    tape.data.reads = 0
    assert sweep(tape, {n: 1.0}, operand=tape.data.__getitem__)[0] == n + 1
    assert tape.data.reads == 3 * n  # two operands and the output


def test_only_what_leads_to_a_leaf_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    counted = counting(calls, Elementwise.vjp)
    monkeypatch.setattr(Elementwise, "vjp", counted)
    x = Value(np.ones(2))
    before = x.exp()
    constant = np.ones(2) + 1.0
    (x.tanh() * 2.0).sum()
    (before * constant).backward(np.ones(2))
    assert calls == ["mul", "exp"]


# --- memory ------------------------------------------------------------------------------------------------------------


def live_tapes() -> int:
    gc.collect()
    return sum(type(thing) is Tape for thing in gc.get_objects())


def train(steps: int, keep: Callable[[Value], None] = lambda loss: None) -> Value:
    """Steps of descent on two parameters, scalar and array."""
    w, v = Value(np.ones(8)), Value(0.5)
    for _ in range(steps):
        loss = ((w * v).tanh() ** 2).sum()
        w.zero_grad()
        v.zero_grad()
        loss.backward()
        w.data = w.data - 0.01 * w.grad
        v.data = v.data - 0.01 * float(v.grad)
        keep(loss)
    return w


def test_a_training_loop_leaves_no_tapes() -> None:
    before = live_tapes()
    w = train(50)
    assert live_tapes() <= before + 1  # the last loss may be pinned by nothing but the current tape
    assert w.grad is not None


@pytest.mark.slow
def test_a_training_loop_holds_memory_flat() -> None:
    train(20)
    gc.collect()
    tracemalloc.start()
    try:
        train(100)
        gc.collect()
        first = tracemalloc.get_traced_memory()[0]
        train(400)
        gc.collect()
        second, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    one_tape = 250 * 16 + 8 * 8 * 16
    assert second - first < one_tape
    assert peak < first + 4 * one_tape + 64 * 1024


def test_tapes_die_without_the_garbage_collector_once_swept_and_dropped() -> None:
    gc.collect()
    gc.disable()
    try:
        x = Value(2.0)
        y = x * x
        tape = weakref.ref(y._tape)
        y.backward()
        assert tape() is not None
        del y
        assert tape() is None
    finally:
        gc.enable()


def test_a_kept_result_pins_its_own_tape_only() -> None:
    before = live_tapes()
    kept: list[Value] = []
    train(30, lambda loss: kept.append(loss) if len(kept) < 3 else None)
    assert live_tapes() <= before + 3 + 1
    losses = [float(loss) for loss in kept]
    assert losses == sorted(losses, reverse=True)


def test_keeping_data_pins_nothing() -> None:
    before = live_tapes()
    kept: list[Any] = []
    train(30, lambda loss: kept.append(loss.data))
    assert live_tapes() <= before + 1


@pytest.mark.parametrize(
    ("data", "steps"),
    [(1.0, 3 * tapes.ENOUGH // 2), (np.ones(2**16), 3 * 64 * tapes.ENOUGH // 2**16 // 2)],
    ids=["numbers", "arrays"],
)
def test_forward_only_loops_do_not_grow_without_bound(data: Any, steps: int) -> None:
    w = Value(data)
    last, changes, longest = None, 0, 0
    for _ in range(steps):
        out = 2.0 * w
        changes += out._tape is not last
        last = out._tape
        longest = max(longest, len(out._tape))
    assert changes >= 2
    assert longest <= tapes.ENOUGH + 4
    out.backward(None if np.ndim(data) == 0 else np.ones(2**16))
    assert np.all(w.grad == 2.0)


def test_forward_only_loops_over_values_alone_do_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "ENOUGH", 100)
    monkeypatch.setattr(recording, "ENOUGH", 100)
    w = Value(1.0)
    for _ in range(300):
        out = w * w + w
    assert len(out._tape) <= 110


def test_sums_of_arrays_count_towards_the_end_of_a_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "ENOUGH", 100)
    monkeypatch.setattr(recording, "ENOUGH", 100)
    w = Value(np.ones(640))
    for _ in range(300):
        out = w + w
    assert len(out._tape) <= 14


def test_a_long_computation_goes_on_over_several_tapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "ENOUGH", 100)
    monkeypatch.setattr(recording, "ENOUGH", 100)
    x = Value(1.0)
    y = x
    for _ in range(500):
        y = y + x * x
    assert len(y._tape) <= 110
    assert {parent.data for parent in y._prev} == {500.0, 1.0}
    y.backward()
    assert x.grad == 1001.0


def test_forward_only_loops_hold_memory_bounded() -> None:
    w = Value(np.ones(2**17))
    limit = 64 * tapes.ENOUGH * 8
    tracemalloc.start()
    try:
        for _ in range(200):
            w * 2.0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit + 8 * 2**17 * 8
    assert 2 * limit < 200 * 2**17 * 8  # so that keeping all would have been noticed


def test_a_loop_under_no_grad_records_nothing() -> None:
    before = live_tapes()
    w = Value(2.0)
    with no_grad():
        for _ in range(1000):
            out = w * w
    assert out.is_leaf
    assert live_tapes() == before


def test_bytes_for_each_scalar_operation() -> None:
    n = 20_000
    with Tape() as tape:
        x = Value(1.0)
        y = x
        gc.collect()
        tracemalloc.start()
        try:
            for _ in range(n):
                y = y * x
            used = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert len(tape) == n + 1
    assert used <= 250 * n


def test_a_chain_over_many_implicit_tapes_still_gives_its_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "ENOUGH", 50)
    x = Value(1.0)
    y: Any = x
    for _ in range(1000):
        y = 0.5 * y + x
    y.backward()
    assert x.grad == 2.0  # 1 + 1/2 + 1/4 + … rounds to 2
    array = Value(np.ones(3))
    z: Any = array
    for _ in range(1000):
        z = z * 0.5 + array
    z.sum().backward()
    assert array.grad.tolist() == [2.0] * 3


# --- threads and tasks -------------------------------------------------------------------------------------------------


def test_threads_do_not_see_each_others_tapes() -> None:
    found: dict[int, tuple[float, int]] = {}
    barrier = threading.Barrier(4)

    def work(k: int) -> None:
        x = Value(float(k))
        barrier.wait()
        y: Any = x
        for _ in range(2000):
            y = y + x
        length = len(y._tape)
        barrier.wait()
        y.backward()
        found[k] = (x.grad, length)

    with Tape() as mine:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == dict.fromkeys(range(4), (2001.0, 2001))
    assert len(mine) == 0


def test_threads_may_share_a_leaf() -> None:
    """Each enters it on its own tape, at another place; its gradients are not looked at, as they add up in no order."""
    shared = Value(3.0)
    wrong: list[Any] = []

    def work(k: int) -> None:
        for n in range(100):
            x = Value(float(k))
            y = x
            for _ in range(7 * k + n % 13):
                y = y + x
            y = x * shared
            for _ in range(20):
                y = y + x * shared
            y.backward()
            if (y.data, x.grad) != (63.0 * k, 63.0):
                wrong.append((y.data, x.grad))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_a_value_computed_in_one_thread_may_be_finished_in_another() -> None:
    x = Value(3.0)
    y = x * x
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    assert x.grad == 6.0


def test_a_value_on_a_tape_that_another_thread_records_is_refused() -> None:
    x = Value(3.0)
    y = x * x
    errors: list[Exception] = []

    def work() -> None:
        try:
            y * 2
        except TapeError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert "detach" in str(errors[0])


def test_tasks_do_not_see_each_others_tapes() -> None:
    async def work(k: int) -> tuple[float, int]:
        x = Value(float(k))
        y = x * x
        for _ in range(10):
            await asyncio.sleep(0)
            y = y + x
        y.backward()
        return x.grad, len(y._tape)

    async def main() -> list[tuple[float, int]]:
        return list(await asyncio.gather(*[work(k) for k in range(3)]))

    assert asyncio.run(main()) == [(2.0 * k + 10, 12) for k in range(3)]


# --- changes in place --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4, 1000, 100_003])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_an_array_changed_in_place_is_noticed(size: int, dtype: Any) -> None:
    for place in (0, size // 2, size - 1):
        x, c = Value(np.ones(size, dtype=dtype)), np.full(size, 2.0, dtype=dtype)
        y = (x * c).max()
        c[place] = 3.0
        with pytest.raises(TapeError, match="changed in place"):
            y.backward()


def test_a_leaf_changed_in_place_is_noticed() -> None:
    x = Value(np.ones(3))
    y = (x * x).sum()
    x.data[1] = 5.0
    with pytest.raises(TapeError, match=r"#0 \(float64 \(3,\)\) was changed in place"):
        y.backward()


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_changed_in_place_is_noticed(order: Any) -> None:
    w = np.asarray(np.ones((30, 40)), order=order)
    for view in (w, w.T, w[::2], w[:, ::-1]):
        x = Value(np.ones((1, view.shape[0])))
        y = (x @ view).sum()
        view[-1, -1] += 1.0
        with pytest.raises(TapeError, match="changed in place"):
            y.backward()


def test_a_change_that_does_not_matter_is_allowed() -> None:
    x, c = Value(np.ones(3)), np.ones(3)
    y = (x + c).sum()
    c[0] = 7.0
    y.backward()
    assert x.grad.tolist() == [1.0] * 3
    z = (x * c).sum()
    z.backward()
    c[0] = 8.0
    assert x.grad.tolist() == [8.0, 2.0, 2.0]


def test_backward_inside_no_grad() -> None:
    y = Value(2.0) * 3
    with pytest.raises(TapeError, match="no_grad"), no_grad():
        y.backward()
