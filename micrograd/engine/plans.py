"""Sweeps over arrays as straight-line source, for programs that run again and again.

The reverse sweep (`micrograd.engine.sweep`) finds out at every entry what is to be done.  A training loop records the same tape at each
step: the same operations with the same operands, on data of the same shapes and dtypes.  Once a tape was seen `OFTEN` times its sweep is
written out as Python source, one statement for each share of a cotangent, and run instead.  The shares are computed by the same
operations in the same order, so the gradients are equal bit for bit.

Names in the source (`micrograd.engine.names`): ``x3`` data of an entry, ``a4`` its adjoint, ``v5`` an operation's vjp, ``p6`` a partial
derivative, ``s7`` a share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from micrograd.engine import array_operations as arrays
from micrograd.engine.names import Names
from micrograd.engine.operations import OPERATIONS, Elementwise, array_product, unbroadcast, where
from micrograd.engine.tape import Tape
from micrograd.verified.expr import MINUS_ONE, ONE, ZERO

OFTEN = 4
"""A plan is worth writing when its tape was seen so many times."""
LONGEST = 512
"""Tapes with more entries have no plan."""
PROGRAMS, VARIANTS = 64, 4
"""So many programs are remembered, and of each so many combinations of shapes."""

_ADD, _RELU = OPERATIONS["add"], OPERATIONS["relu"]
_known: dict[Any, list[Plan]] = {}


def planned_adjoints(tape: Tape, seeds: dict[int, Any]) -> list[Any] | None:
    """The adjoints that `sweep` gives, for an implicit tape of arrays that links to no other; None if the general sweep must run."""
    if len(seeds) > 1:
        return None
    ((root, seed),) = seeds.items()
    data = tape.data[root]
    if seed.__class__ is not data.__class__ or (seed.__class__ is np.ndarray and seed.dtype != data.dtype):
        return None
    plan = plan_for(tape, root)
    run = None if plan is None else plan.run
    if plan is None or run is None:
        return None
    with np.errstate(all="ignore"):
        adjoints: list[Any] | None = run(tape.data, tape.rights, seed, tape.check_unchanged)
    if adjoints is None:
        plan.run = None  # a share is 0 throughout: the next step is no different
    return adjoints


def plan_for(tape: Tape, root: int) -> Plan | None:
    """The plan of a sweep from the entry ``root`` of an implicit tape of arrays; None before it was seen often enough."""
    ops, lefts, constants = tape.ops, tape.lefts, tape.constants
    if len(ops) > LONGEST:
        return None
    key = (root, *ops)
    plans = _known.get(key)
    if plans is None:
        if not all(operation.permanent for operation in ops):
            return None
        if len(_known) >= PROGRAMS:
            _known.clear()
        plans = _known[key] = []
    for plan in plans:
        if plan.lefts == lefts and plan.constants == constants and plan.kinds == [kind(tape.data[k]) for k in plan.probes]:
            return plan if plan.run is not None else plan.seen(tape)
    if len(plans) >= VARIANTS:
        plans.clear()
    plans.append(Plan(tape, root))
    return None


def forget() -> None:
    """Drop all plans."""
    _known.clear()


def kind(data: Any) -> Any:
    """Dtype and shape of an array, the class of anything else."""
    return (data.dtype, data.shape) if data.__class__ is np.ndarray else data.__class__


class Plan:
    """What a sweep depends on, and from the time that it was seen often, its source.

    The data of an entry without options has the kind that its operands' kinds give, so only the others are looked at (``probes``).

    Attributes:
        run: the sweep as a function of data, options, the root's adjoint and what checks arrays, to the adjoints of all entries; None as
            long as it was not written.
        source: its text.
    """

    def __init__(self, tape: Tape, root: int) -> None:
        self.root, self.lefts, self.constants = root, list(tape.lefts), set(tape.constants)
        self.probes = [k for k, places in enumerate(tape.lefts) if places is None or tape.rights[k]]
        self.kinds = [kind(tape.data[k]) for k in self.probes]
        self.times = 1
        self.source: str | None = None
        self.run: Callable[..., Any] | None = None

    def seen(self, tape: Tape) -> Plan | None:
        """Itself once it can run."""
        self.times += 1
        if self.times == OFTEN and has_plan(tape, self.root):
            writer = _Writer(tape, self.root)
            self.source, self.run = writer.source, writer.run
        return self if self.run is not None else None


def has_plan(tape: Tape, root: int) -> bool:
    """Whether a sweep can be written: everything differentiable is of one floating dtype, and no entry was made of numbers alone."""
    if any(places.__class__ is int for places in tape.lefts):
        return False  # numbers were recorded before there were arrays: their second operands stand elsewhere
    data = tape.data[: root + 1]
    dtypes = {x.dtype for x in data if isinstance(x, np.ndarray | np.generic) and x.dtype.kind != "b"}
    return len(dtypes) == 1 and not next(iter(dtypes)).hasobject and isinstance(data[root], np.ndarray | np.generic)


class _Writer:
    """Writes the sweep from one entry of a tape; see the module's text for the names."""

    def __init__(self, tape: Tape, root: int) -> None:
        self.tape = tape
        self.given = Names(np=np, unbroadcast=unbroadcast, product=array_product, matmul=np.matmul, add=_ADD.value, sum_rows=np.add.reduce)
        self.loads: dict[int, str] = {}
        self.adjoints = {root: self.given.new("a")}
        self.checked: set[int] = set()
        lines = [line for k in range(root, -1, -1) for line in self.entry(k)]
        adjoints = ", ".join(self.adjoints.get(k, "None") for k in range(root + 1))
        body = [*[f"{name} = data[{k}]" for k, name in self.loads.items()], *lines, f"return [{adjoints}]"]
        self.source = f"def run(data, options, {self.adjoints[root]}, check):\n    " + "\n    ".join(body) + "\n"
        exec(compile(self.source, "<sweep written by micrograd>", "exec"), self.given.space)
        self.run: Callable[..., Any] = self.given.space.pop("run")
        del self.tape

    def entry(self, k: int) -> Iterator[str]:
        """The statements that hand the adjoint of entry k to its operands."""
        tape = self.tape
        operation = tape.ops[k]
        if k not in self.adjoints or k in tape.constants or tape.lefts[k] is None:
            return
        for i in tape.guards.get(k, ()):
            if i not in self.checked:
                self.checked.add(i)
                yield f"check({i})"
        for place, i in enumerate(tape.operands(k)):
            if i in tape.constants or operation.truth or (operation is where and place == 0):
                continue
            text = self.share(k, place)
            if text is None:
                text = self.given.new("s")
                yield f"{text} = {self.call(k, place)}"
                yield f"if {text} is None: return None"
            if text == "0":
                continue
            if i in self.adjoints:
                yield f"{self.adjoints[i]} = add({self.adjoints[i]}, {text})"
            else:
                name = self.adjoints[i] = self.given.new("a")
                yield f"{name} = {text}"

    def x(self, k: int) -> str:
        """The data of an entry."""
        if k not in self.loads:
            self.loads[k] = self.given.new("x")
        return self.loads[k]

    def call(self, k: int, place: int) -> str:
        """The operation's own rule."""
        rule = self.given.bind("v", self.tape.ops[k].vjp)
        operands = ", ".join(self.x(i) for i in self.tape.operands(k))
        options = f", **options[{k}]" if self.tape.rights[k] else ""
        return f"{rule}({self.adjoints[k]}, {place}, ({operands},), {self.x(k)}{options})"

    def share(self, k: int, place: int) -> str | None:
        """An operand's share, for the commonest rules on arrays; None if it has no such form, "0" for 0."""
        operation, places, data, ct = self.tape.ops[k], self.tape.operands(k), self.tape.data, self.adjoints[k]
        if data[k].__class__ is not np.ndarray or data[places[place]].__class__ is not np.ndarray:
            return None
        if operation is arrays.matmul and all(data[i].ndim == 2 for i in places):
            return f"matmul({ct}, {self.x(places[1])}.T)" if place == 0 else f"matmul({self.x(places[0])}.T, {ct})"
        if operation is arrays.linear and arrays.is_plain_linear(*[data[i] for i in places]):
            x, w, _ = places
            products = f"matmul({ct}, {self.x(w)}.T)", f"matmul({self.x(x)}.T, {ct})", f"sum_rows({ct}, 0)"
            return products[place]
        if type(operation) is not Elementwise:
            return None
        partial = operation.array_partials[place]
        if partial is ZERO:
            return "0"
        if partial is ONE:
            text = ct
        elif partial is MINUS_ONE:
            text = f"np.negative({ct})"
        elif operation is _RELU:
            text = f"product({ct}, {self.x(places[0])} > 0)"
        else:
            operands = ", ".join(self.x(i) for i in places)
            text = f"product({ct}, {self.given.bind('p', partial)}(({operands},), {self.x(k)}))"
        shape = data[places[place]].shape
        if shape == data[k].shape:
            return text
        if shape == data[k].shape[1:]:
            return f"sum_rows({text}, 0)"
        return f"unbroadcast({text}, {self.x(places[place])})"
