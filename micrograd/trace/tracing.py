"""Python functions as expressions: a function is called with symbols, and what it returns is its formula.

`trace` runs a copy of the function whose ``math``, ``numpy``, ``scipy.special`` and ``micrograd`` are look-alikes on expressions.  The
function itself, its globals and its arguments are not touched, and nothing is patched.

* **Variables** are the parameters without defaults; a parameter for a vector or a matrix is one whose shape is given, by ``shapes`` or by
  an annotation ``Annotated[..., 3]`` or ``tuple[float, float]``: its entries are ``x0, x1, …`` or ``x0_0, x0_1, …``.
* **Constants** are the numbers that are written: 0.1 is 1/10, 1/3600 that quotient, and ``math.pi`` is π
  (`micrograd.trace.readings`).  A float of which this cannot be said is refused as an `UncertainConstant`.
* **Branches** on values are traced by cases: the function runs once for each sequence of answers, `CASES` at most, and the results are
  joined by ``where``.  Loops have a length that does not depend on values.
* **Errors**: a case that ends with ``raise ValueError`` (ArithmeticError, AssertionError) or returns NaN or an infinity is one where the
  function has no value.

What a trace cannot see is what the function does beside returning its value, such as printing.  The trace is made twice, and a function
that is not the same twice is refused.  Then the function itself is run at a few points, in floats, and what differs from its formula there
is refused too (`micrograd.trace.sampling`); a function that prints is not run.
"""

from __future__ import annotations

import functools
import inspect
import math
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from itertools import product
from typing import Any, NoReturn

from micrograd.trace.readings import UNDEFINED, UncertainConstant, certain, current_reading
from micrograd.trace.reals import RUN, Real, lower, short
from micrograd.trace.rebuilding import Rebuilder
from micrograd.trace.sampling import disagreement
from micrograd.verified.differentiation import defined
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive
from micrograd.verified.expr import (
    EQ,
    GE,
    GT,
    LE,
    LT,
    NE,
    NOT,
    TRUE,
    WHERE,
    Condition,
    Expr,
    Head,
    Node,
    all_of,
    choose,
    compare,
    negate,
    var,
)

CASES = 64
"""How many cases of one function are traced at most."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Traced:
    """A function as formulas.

    Attributes:
        names: the variables, in the order of the parameters.
        result: an expression, or nested lists, tuples and dicts of expressions, as the function returns them; arrays are lists.
        parameters: the shape of each parameter that is a variable, () for a number.
        cases: how many ways through the function there are.
        readings: which constants were read as another number than their decimal, in words.
    """

    names: tuple[str, ...]
    result: Any
    parameters: Mapping[str, Shape]
    cases: int
    readings: tuple[str, ...]

    def variables(self, parameter: str) -> tuple[str, ...]:
        """The variables of a parameter, in the order of its entries; of a variable, itself."""
        start = 0
        for name, shape in self.parameters.items():
            if name == parameter:
                return self.names[start : start + math.prod(shape)]
            start += math.prod(shape)
        return (parameter,)


def trace(
    function: Callable[..., Any],
    names: Sequence[str] | None = None,
    *,
    shapes: Mapping[str, int | Sequence[int]] | None = None,
    domain: Condition | None = None,
) -> Traced:
    """The formula of a Python function.

    >>> import math
    >>> def f(x, y):
    ...     return 0.5 * x * math.exp(-y) if x > 0 else 0.0
    >>> trace(f).result
    where(x > 0, 1/2*x*exp(-y), 0)
    >>> trace(lambda v: (v @ v) ** 0.5, shapes={"v": 2}).result
    (v0*v0 + v1*v1)**(1/2)

    Args:
        function: a function, a method, a lambda, an object that can be called, or `functools.partial` of one.
        names: names of the variables instead of the parameters' names; as many as there are parameters, or as there are entries.
        shapes: length, or shape, of the parameters that are vectors or arrays.
        domain: where the function is wanted; elsewhere it may have values where its formula has none.

    Raises:
        UnsupportedPrimitive: the function does what cannot be traced; the message says what, and where.
    """
    if not callable(function):
        raise TypeError(f"trace() takes a function, not {function!r}")
    return copy_context().run(_trace, function, names, shapes or {}, domain)


def _trace(
    function: Callable[..., Any], names: Sequence[str] | None, shapes: Mapping[str, int | Sequence[int]], domain: Condition | None
) -> Traced:
    title = getattr(function, "__qualname__", None) or repr(function)
    rebuilder = Rebuilder()
    run = _Cases(title, rebuilder)
    token = RUN.set(run)
    try:
        arguments = _Arguments(function, title, names, shapes)
        rebuilt = _rebuilt(rebuilder, function, title)
        if rebuilt is function and not hasattr(rebuilt, "__code__"):
            raise UnsupportedPrimitive(f"{title} is not written in Python, so there is nothing to trace")
        first, second = (_joined(run.tree(functools.partial(arguments.call, rebuilt)), title) for _ in range(2))
        changed = rebuilder.changed()
    finally:
        RUN.reset(token)
    if not _same(first, second):
        raise UnsupportedPrimitive(f"{title} is not the same twice: it uses random numbers, the time, or something that it changes")
    if changed is not None:
        kind = type(changed).__name__
        raise UnsupportedPrimitive(f"{title} changes an object that it finds and does not make ({kind}): it keeps state between calls")
    difference = "" if run.shows else disagreement(lambda values: arguments.call(function, values), arguments.names, first, domain)
    if difference:
        raise UnsupportedPrimitive(f"{title} computes something else than what was read: {difference}")
    return Traced(arguments.names, first, arguments.shapes, run.count, tuple(current_reading().notes))


def _rebuilt(rebuilder: Rebuilder, function: Any, title: str) -> Any:
    try:
        return rebuilder.convert(function)
    except MicrogradError:
        raise
    except Exception as reason:  # what a function holds may be anything
        raise UnsupportedPrimitive(f"{title} holds what cannot be traced: {type(reason).__name__}: {reason}") from reason


# --- arguments ---------------------------------------------------------------------------------------------------------


class _Arguments:
    """The variables of a function, and how it is called with them."""

    def __init__(self, function: Any, title: str, names: Sequence[str] | None, shapes: Mapping[str, int | Sequence[int]]) -> None:
        try:
            signature = signature_of(function)
        except (ValueError, TypeError):
            raise UnsupportedPrimitive(f"{title} is not written in Python, so there is nothing to trace") from None
        self.title = title
        every = signature.parameters.values()
        chosen = [p for p in every if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        wanted = [p for p in chosen if p.default is p.empty or (names is not None and p.name in names) or p.name in shapes]
        self.rest = next((p.name for p in every if p.kind is p.VAR_POSITIONAL), None)
        unknown = set(shapes) - {p.name for p in chosen}
        if unknown:
            raise ValueError(f"{title} has no parameter {', '.join(sorted(unknown))}, whose shape is given")
        hints = _hints(function)
        self.shapes = {p.name: _shape(shapes[p.name]) if p.name in shapes else _annotated(hints.get(p.name)) for p in wanted}
        if names is not None:
            self._fit(len(names), chosen)
        elif self.rest is not None:
            raise UnsupportedPrimitive(f"{title} takes any number of arguments: say which by names=[...]")
        entries = self._entries(names)
        self.names = tuple(name for group in entries.values() for name in group)
        self.symbols = {name: [self._symbol(entry) for entry in group] for name, group in entries.items()}
        self.words = _by_name(chosen, self.shapes)
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"{title}: variables need different names, not {', '.join(self.names)}")

    def _fit(self, count: int, chosen: list[inspect.Parameter]) -> None:
        """Make the parameters take as many variables as there are names."""
        total = sum(math.prod(shape) for shape in self.shapes.values())
        if count in (total, len(self.shapes)) and (count or not chosen) and self.rest is None:
            return
        if self.rest is not None and count >= total:
            self.shapes[self.rest] = (count - total,)
            return
        if count == len(chosen):
            self.shapes = {p.name: self.shapes.get(p.name, ()) for p in chosen}
            return
        scalars = [name for name, shape in self.shapes.items() if shape == ()]
        if len(scalars) == 1 and count > total:
            self.shapes[scalars[0]] = (count - total + 1,)
            return
        raise ValueError(f"{self.title} has the parameters {', '.join(self.shapes) or 'none'}, which do not take {count} variables")

    def _entries(self, names: Sequence[str] | None) -> dict[str, list[str]]:
        total = sum(math.prod(shape) for shape in self.shapes.values())
        if names is not None and len(names) == total:
            flat = iter(names)
            return {name: [next(flat) for _ in range(math.prod(shape))] for name, shape in self.shapes.items()}
        heads = list(names) if names is not None else list(self.shapes)
        return {
            name: [head + "_".join(map(str, place)) for place in product(*map(range, shape))] if shape else [head]
            for head, (name, shape) in zip(heads, self.shapes.items(), strict=True)
        }

    def _symbol(self, name: str) -> Real:
        try:
            return Real(var(name))
        except ValueError as reason:
            raise ValueError(f"{self.title}: {reason}; rename the variables by names=[...]") from None

    def call(self, function: Callable[..., Any], numbers: Mapping[str, Any] | None = None) -> Any:
        """The function's value at its symbols, or at numbers by name; in arrays that are new for each call."""
        values = {name: self._argument(name) if numbers is None else self._numeric(name, numbers) for name in self.shapes}
        rest = values.pop(self.rest, []) if self.rest is not None else []
        named = {name: values.pop(name) for name in self.words}
        return function(*values.values(), *rest, **named)

    def _argument(self, name: str) -> Any:
        symbols, shape = self.symbols[name], self.shapes[name]
        if shape == ():
            return symbols[0]
        from micrograd.trace.arrays import array_of

        return array_of(symbols, shape)

    def _numeric(self, name: str, numbers: Mapping[str, Any]) -> Any:
        entries = [numbers[symbol.expr.key[1]] for symbol in self.symbols[name]]
        if self.shapes[name] == ():
            return entries[0]
        import numpy as np

        return np.array(entries, dtype=float).reshape(self.shapes[name])


def signature_of(function: Any) -> inspect.Signature:
    """The function's own signature; of a wrapper that takes any arguments, that of what it wraps."""
    try:
        own = inspect.signature(function, follow_wrapped=False)
    except (ValueError, TypeError):  # a function of functools.lru_cache
        return inspect.signature(function)
    open_ended = all(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in own.parameters.values())
    return inspect.signature(function) if open_ended else own


def _by_name(parameters: list[inspect.Parameter], given: Mapping[str, Any]) -> set[str]:
    """The parameters that are given by name, as one before them keeps its default."""
    names = set()
    skipped = False
    for p in parameters:
        if p.name not in given:
            skipped = True
        elif skipped or p.kind is p.KEYWORD_ONLY:
            names.add(p.name)
    return names


def _shape(given: int | Sequence[int]) -> Shape:
    shape = (given,) if isinstance(given, int) else tuple(given)
    if not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(f"a shape consists of positive lengths, not {given!r}")
    return shape


def _hints(function: Any) -> dict[str, Any]:
    target = function.func if isinstance(function, functools.partial) else function
    target = target if hasattr(target, "__code__") or inspect.ismethod(target) else vars(type(target)).get("__call__", target)
    try:
        return typing.get_type_hints(target, include_extras=True)
    except Exception:  # annotations may be anything, and may fail
        return {}


def _annotated(hint: Any) -> Shape:
    if typing.get_origin(hint) is typing.Annotated:
        for extra in typing.get_args(hint)[1:]:
            if isinstance(extra, int) or (isinstance(extra, tuple) and all(isinstance(n, int) for n in extra)):
                return _shape(extra)
    if typing.get_origin(hint) is tuple:
        entries = typing.get_args(hint)
        if entries and all(entry in (float, int) for entry in entries):
            return (len(entries),)
    return ()


# --- cases -------------------------------------------------------------------------------------------------------------


@dataclass
class _Leaf:
    """One way through the function, and what it ended with."""

    value: Any
    raised: BaseException | None = None


@dataclass
class _Fork:
    """A question, and what the function does after each answer."""

    condition: Condition
    yes: Any = None
    no: Any = None


_MIRRORED: dict[Head, Head] = {GT: LT, GE: LE}


def _question(condition: Condition) -> tuple[Condition, bool]:
    """The condition as ``a < b`` or ``a == b`` or another condition, and whether it is that or its negation."""
    which, *operands = condition.key
    if which is NOT:
        inner, positive = _question(operands[0])
        return inner, not positive
    if which in _MIRRORED:
        which, operands = _MIRRORED[which], operands[::-1]
    if which is LE:
        return compare(LT, operands[1], operands[0]), False
    if which is EQ or which is NE:
        return compare(EQ, *sorted(operands, key=id)), which is EQ
    return compare(LT, *operands) if which is LT else condition, True


class _Cases:
    """The runs of one function: each follows given answers, and then says yes to what is new."""

    def __init__(self, title: str, rebuilder: Rebuilder) -> None:
        self.title, self.rebuilder = title, rebuilder
        self.count = 0
        self.shows = False
        self._answers: list[tuple[Condition, bool]] = []
        self._known: dict[Condition, bool] = {}
        self._required: dict[Expr, Sequence[Expr]] = {}
        self._place = 0
        self._failure: MicrogradError | None = None

    def require(self, expression: Expr, quiet: Sequence[Expr]) -> None:
        """Note that this run ends with an error where the expression has no value, if its operands that raise nothing have values."""
        self._required.setdefault(expression, quiet)

    def constant(self, value: float) -> Expr | None:
        """The number that a float of unknown origin stands for, None if that is not certain."""
        known, found = self.rebuilder.constants.find(value)
        if known and found is None:
            self.refuse(f"the constant {value!r} is said to be different numbers in this file", UncertainConstant)
        return found if known else certain(value)

    def refuse(self, reason: str, error: type[UnsupportedPrimitive] = UnsupportedPrimitive) -> NoReturn:
        self._failure = error(f"{self.title}{self._line()}: {reason}")
        raise self._failure

    def _line(self) -> str:
        frame: Any = sys._getframe(1)
        while frame is not None:
            if self.rebuilder.is_rebuilt(frame.f_code):
                return f", line {frame.f_lineno}"
            frame = frame.f_back
        return ""

    def holds(self, condition: Condition) -> bool:
        """The answer of this run to a condition."""
        question, positive = _question(condition)
        if question not in self._known:
            self._learn(question, self._answer(condition) is positive)
        return self._known[question] is positive

    def _learn(self, question: Condition, holds: bool) -> None:
        self._known[question] = holds
        if holds and question.key[0] is LT:
            a, b = question.key[1:]
            self._known.setdefault(compare(LT, b, a), False)
            self._known.setdefault(compare(EQ, *sorted((a, b), key=id)), False)
        if holds and question.key[0] is EQ:
            a, b = question.key[1:]
            self._known.setdefault(compare(LT, a, b), False)
            self._known.setdefault(compare(LT, b, a), False)

    def _answer(self, condition: Condition) -> bool:
        place, self._place = self._place, self._place + 1
        if place < len(self._answers):
            if self._answers[place][0] is not condition:
                self.refuse("it is not the same twice: it uses random numbers, the time, or something that it changes")
            return self._answers[place][1]
        if place >= CASES:
            self._too_many()
        self._answers.append((condition, True))
        return True

    def _too_many(self) -> NoReturn:
        self.refuse(
            f"more than {CASES} cases: a loop whose length depends on a value cannot be traced, "
            "and branches in a loop of n rounds may make 2**n cases"
        )

    def tree(self, call: Callable[[], Any]) -> _Leaf | _Fork:
        """All cases."""
        root = _Fork(TRUE)
        self._answers, self.count = [], 0
        while True:
            self._place, self._known, self._required = 0, {}, {}
            leaf = self._run(call)
            self.count += 1
            if self.count > CASES:
                self._too_many()
            self._hang(root, leaf)
            while self._answers and not self._answers[-1][1]:
                self._answers.pop()
            if not self._answers:
                return root.yes  # type: ignore[no-any-return]
            self._answers[-1] = (self._answers[-1][0], False)

    def _hang(self, root: _Fork, leaf: _Leaf) -> None:
        node, answer = root, True
        for condition, next_answer in self._answers:
            below = node.yes if answer else node.no
            if below is None:
                below = _Fork(condition)
                node.yes, node.no = (below, node.no) if answer else (node.yes, below)
            node, answer = below, next_answer
        node.yes, node.no = (leaf, node.no) if answer else (node.yes, leaf)

    def _run(self, call: Callable[[], Any]) -> _Leaf:
        try:
            value = _lowered(call(), self)
        except MicrogradError:
            raise
        except (ValueError, ArithmeticError, AssertionError) as reason:
            if self._failure is not None:
                raise self._failure from None
            if not self._answers or not self._is_users_own(reason):
                raise UnsupportedPrimitive(self._explained(reason)) from reason
            return _Leaf(None, reason)
        except RecursionError as reason:
            raise UnsupportedPrimitive(f"{self.title} calls itself without end, or too often") from reason
        except (Exception, SystemExit) as reason:
            raise self._failure or UnsupportedPrimitive(self._explained(reason)) from reason
        if self._failure is not None:
            raise self._failure
        return _Leaf(_guarded(value, self._required, [condition for condition, _ in self._answers]))

    def _is_users_own(self, reason: Exception) -> bool:
        """Whether Python would raise this error too: it was raised by the function, or is a division by 0."""
        trail = reason.__traceback__
        while trail is not None and trail.tb_next is not None:
            trail = trail.tb_next
        own = trail is not None and self.rebuilder.is_rebuilt(trail.tb_frame.f_code)
        return own or isinstance(reason, ZeroDivisionError)

    def _explained(self, reason: BaseException) -> str:
        line, trail = "", reason.__traceback__
        while trail is not None:
            if self.rebuilder.is_rebuilt(trail.tb_frame.f_code):
                line = f", line {trail.tb_lineno}"
            trail = trail.tb_next
        text = str(reason).replace("'Real'", "number").replace("Real object", "number")
        hint = ""
        if "Real" in str(reason) and any(word in str(reason) for word in ("subscriptable", "iterable", "len()", "unpack", "'@'", "matmul")):
            hint = "; an argument that is a vector needs its length: shapes={'name': length}"
        return f"{self.title}{line}: {type(reason).__name__}: {text}{hint}"


# --- results -----------------------------------------------------------------------------------------------------------


def _lowered(value: Any, run: _Cases) -> Any:
    """What a function returned, with expressions for its numbers."""
    if isinstance(value, Mapping):
        return {key: _lowered(x, run) for key, x in value.items()}
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
    if isinstance(value, tuple):
        return tuple(_lowered(x, run) for x in value)
    if isinstance(value, list):
        return [_lowered(x, run) for x in value]
    expression = NotImplemented if isinstance(value, bool) else lower(value)
    if expression is NotImplemented:
        what = "nothing" if value is None else f"{short(value)!r}, which is not a number"
        raise UnsupportedPrimitive(f"{run.title} returns {what}")
    return expression


def _guarded(value: Any, required: Mapping[Expr, Sequence[Expr]], path: Sequence[Condition]) -> Any:
    """The results of a run without a value where one of the required expressions has none, also one that is not used."""
    if not required:
        return value
    if isinstance(value, dict):
        return {key: _guarded(x, required, path) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_guarded(x, required, path) for x in value)
    used = _used([value, *(x for x in path if x.key[0] in _COMPARED)])
    guard = all_of(*[defined(x) for x, quiet in required.items() if x not in used and all(defined(y) is TRUE for y in quiet)])
    return value if guard is TRUE else choose(guard, value, UNDEFINED)


_COMPARED = (LT, LE, GT, GE, EQ, NE)


def _used(nodes: list[Any]) -> set[Any]:
    """The parts without which expressions and comparisons have no value: of a choice only what it asks, if that is a comparison."""
    seen: set[Any] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        head, *children = node.key
        if head is WHERE:
            children = [x for x in children[:1] if x.key[0] in _COMPARED]
        stack += [x for x in children if isinstance(x, Node)]
    return seen


def _joined(tree: _Leaf | _Fork, title: str) -> Any:
    """The results of all cases as one, joined by ``where``."""
    order: list[_Leaf | _Fork] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        if isinstance(node, _Fork):
            stack += [node.yes, node.no]
    model = next((node.value for node in order if isinstance(node, _Leaf) and node.raised is None), None)
    if model is None:
        reason = next(node.raised for node in order if isinstance(node, _Leaf))
        raise UnsupportedPrimitive(f"{title} raises {type(reason).__name__} in each case: {reason}")
    done: dict[int, Any] = {}
    for node in reversed(order):
        if isinstance(node, _Leaf):
            done[id(node)] = node.value if node.raised is None else _undefined(model)
        else:
            done[id(node)] = _choice(node.condition, done[id(node.yes)], done[id(node.no)], title)
    return done[id(tree)]


def _undefined(model: Any) -> Any:
    if isinstance(model, dict):
        return {key: _undefined(x) for key, x in model.items()}
    return type(model)(_undefined(x) for x in model) if isinstance(model, list | tuple) else UNDEFINED


def _choice(condition: Condition, yes: Any, no: Any, title: str) -> Any:
    if isinstance(yes, Expr) and isinstance(no, Expr):
        if yes is no and defined(condition) is TRUE:
            return yes
        return choose(condition, yes, no)
    if isinstance(yes, dict) and isinstance(no, dict) and yes.keys() == no.keys():
        return {key: _choice(condition, yes[key], no[key], title) for key in yes}
    if isinstance(yes, list | tuple) and isinstance(no, list | tuple) and len(yes) == len(no):
        return type(yes)(_choice(condition, a, b, title) for a, b in zip(yes, no, strict=True))
    raise UnsupportedPrimitive(f"{title} returns results of different shapes, one where {condition} and another where {negate(condition)}")


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    return a is b
