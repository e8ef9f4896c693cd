"""From a tape to Python source: one statement per entry, or one expression for entries on numbers that are used once.

Names: ``a3`` argument, ``c4`` constant, ``b5`` buffer, ``v6`` computed here, ``f7`` a function (`Names`).
A *static* name stands for the same object at every call (constants, buffers, views of these): views of it are made once.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from micrograd.engine import array_operations as arrays
from micrograd.engine import softmax_operations as softmaxes
from micrograd.engine.broadcasting import broadcast_to, sum_to
from micrograd.engine.choosing import COMPARISONS
from micrograd.engine.elementwise import OPERATIONS, powi
from micrograd.engine.integers import IntegerInput
from micrograd.engine.kinds import is_plain
from micrograd.engine.scaling import scaled
from micrograd.engine.tape import Tape
from micrograd.engine.trees import split
from micrograd.engine.value import Value

_UFUNCS: dict[Any, Any] = {op: op.on_arrays for op in OPERATIONS.values() if isinstance(op.on_arrays, np.ufunc)}
_UFUNCS |= {COMPARISONS["lt"]: np.less, COMPARISONS["le"]: np.less_equal, COMPARISONS["gt"]: np.greater}
_UFUNCS |= {COMPARISONS["ge"]: np.greater_equal, COMPARISONS["eq"]: np.equal, COMPARISONS["ne"]: np.not_equal}
_UFUNCS[arrays.matmul] = np.matmul
_NUMBERS: dict[Any, str] = {
    OPERATIONS["add"]: "({} + {})",
    OPERATIONS["sub"]: "({} - {})",
    OPERATIONS["mul"]: "({} * {})",
    OPERATIONS["div"]: "({} / {})",
    OPERATIONS["neg"]: "(-{})",
    OPERATIONS["relu"]: "(0.0 if {0} <= 0.0 else {0})",
    scaled: "({} * {})",
}
_CROSS_ENTROPY: dict[Any, Any] = {
    softmaxes.cross_entropy: softmaxes.loss_of,
    softmaxes.cross_entropy_residual: softmaxes.residual_of,
}
_VIEWS = (arrays.transpose, arrays.reshape, broadcast_to)
LARGE = 4096
"""Results of at least this many bytes come from a pool."""
DEPTH = 12
"""Expressions on numbers nest no deeper."""


class Names:
    """The names of one piece of source, and what they stand for (``space``, the source's globals).

    A name is a letter with a number of its own (``v7``), or that of a function, which does not end in a digit (``terms_of``).  The numbers
    count up whatever the letter is, so no two things can have the same name.
    """

    def __init__(self, **functions: Any) -> None:
        self.space: dict[str, Any] = {}
        self._numbers = count()
        for name, function in functions.items():
            self.function(name, function)

    def new(self, letter: str) -> str:
        """A name for what the source itself assigns."""
        return f"{letter}{next(self._numbers)}"

    def bind(self, letter: str, thing: Any) -> str:
        """A name for something that is there already."""
        name = self.new(letter)
        self.space[name] = thing
        return name

    def function(self, name: str, function: Any) -> str:
        """A function of the engine, or a module, under its own name."""
        if name[-1].isdigit() or self.space.setdefault(name, function) is not function:
            raise ValueError(f"the name {name} is not free")
        return name


class ResultPool:
    """Arrays for a result.  One is given out again once nothing refers to it or a view of it: new memory costs more than the sum."""

    def __init__(self, like: Any) -> None:
        self.arrays = [np.empty_like(like, order="C") for _ in range(2)]

    def __call__(self) -> Any:
        for array in self.arrays:
            if sys.getrefcount(array) <= _HELD_BY_POOL:
                return array
        new = np.empty_like(self.arrays[0])
        if _COUNTS_ARE_EXACT:
            self.arrays = [self.arrays[1], new]
        return new


def _held_by_pool() -> int:
    for array in [np.empty(1)]:
        return sys.getrefcount(array)
    raise AssertionError


_HELD_BY_POOL = _held_by_pool()
_COUNTS_ARE_EXACT = getattr(sys, "_is_gil_enabled", lambda: True)()
if not _COUNTS_ARE_EXACT:
    _HELD_BY_POOL = 0


class Program:
    """A recorded run as a Python function of the argument leaves; ``source`` is its text."""

    def __init__(self, tape: Tape, inputs: Sequence[Any], outputs: Sequence[Any], shape: Any) -> None:
        self.tape, self.shape = tape, shape
        self.lock = threading.Lock()
        self.names: dict[int, str] = {}
        self.given = Names(np=np)
        self.static: set[int] = set()
        self.made: set[int] = set()
        """Entries whose name is that of a new object in each call."""
        self.depths: dict[int, int] = {}
        self.lines: list[str] = []
        self.guarded = False
        self.terms: dict[Any, str] = {}
        self.places = [output._index if isinstance(output, Value) and output._tape is tape else None for output in outputs]
        self.arguments = [self.given.new("a") for _ in inputs]
        for name, given in zip(self.arguments, inputs, strict=True):
            if isinstance(given, Value):
                self.names[given._index] = name
        self.needed, self.uses = self._needed()
        self._fold()
        for k in self.needed:
            if k not in self.names:
                self._write(k)
        self._finish(outputs)
        del self.tape  # and with it the data of the recorded run

    def __call__(self, leaves: Sequence[Any]) -> Any:
        """The results; NotImplemented where the function itself must be run (0 met an infinity or NaN)."""
        try:
            with self.lock, np.errstate(all="ignore") if self.guarded else nullcontext():  # the buffers belong to one call at a time
                results = self.run(*leaves)
        except (ArithmeticError, ValueError):
            return NotImplemented
        if self.guarded and not all(_finite(result) for result in split(results)[0]):
            return NotImplemented
        return results

    # --- what is needed

    def _needed(self) -> tuple[list[int], dict[int, int]]:
        """Entries on which the results depend, in order, and how often each is used."""
        uses: dict[int, int] = {}
        stack = [k for k in self.places if k is not None]
        for k in stack:
            uses[k] = uses.get(k, 0) + 2  # a result is never written into another expression
        seen: set[int] = set(stack)
        stack = list(seen)
        while stack:
            for i in self.tape.operands(stack.pop()):
                uses[i] = uses.get(i, 0) + 1
                if i not in seen:
                    seen.add(i)
                    stack.append(i)
        return sorted(seen), uses

    def _fold(self) -> None:
        """Name constants, and everything computed from constants only."""
        tape = self.tape
        self.constant: set[int] = set()
        for k in self.needed:
            places = tape.operands(k)
            if (not places and k not in self.names) or (
                places and all(i in self.constant for i in places) and not _has_inputs(tape.rights[k])
            ):
                self.constant.add(k)
        for k in self.constant:
            data = tape.data[k]
            self.names[k] = repr(data) if _is_literal(data) else self.given.bind("c", data)
            self.static.add(k)

    # --- writing

    def _write(self, k: int) -> None:
        """Append the statement for an entry, or note its expression."""
        tape = self.tape
        operation, data = tape.ops[k], tape.data[k]
        parts = [self.names[i] for i in tape.operands(k)]
        if operation is scaled:
            self.guarded = True
        kept = self._other_than_one(k)
        if kept is not None:
            self.names[k] = self.names[kept]
            if kept in self.static:
                self.static.add(k)
        elif operation in _CROSS_ENTROPY:
            self._write_cross_entropy(k, parts[0])
        elif isinstance(data, float | int) and not isinstance(data, np.generic):
            self._write_number(k, parts)
        elif data.__class__ is np.ndarray and self._write_array(k, parts):
            pass
        else:
            self._assign(k, self._call(k, parts))

    def _other_than_one(self, k: int) -> int | None:
        """The operand that the result equals: for the identity, and for a product with the constant 1."""
        if self.tape.ops[k] is arrays.identity:
            return self.tape.operands(k)[0]
        if self.tape.ops[k] is not OPERATIONS["mul"]:
            return None
        data = self.tape.data
        i, j = self.tape.operands(k)
        for one, other in ((i, j), (j, i)):
            if one in self.constant and np.shape(data[one]) == () and data[one] == 1 and _same_kind(data[other], data[k]):
                return other
        return None

    def _write_cross_entropy(self, k: int, x: str) -> None:
        """The loss or its derivative; what both need of the same logits and labels is computed once, into buffers."""
        given = self.tape.rights[k]["labels"]
        key = x, id(given)
        if key not in self.terms:
            terms = self.terms[key] = self.given.new("t")
            buffers = self.given.bind("s", softmaxes.buffers_for(self.tape.data[self.tape.operands(k)[0]]))
            labels = _text(given, self)
            check = self.given.function("check_labels", softmaxes.check_labels)
            terms_of = self.given.function("terms_of", softmaxes.terms_of)
            self.lines.append(f"{check}({x}, {labels})")
            self.lines.append(f"{terms} = {terms_of}({x}, {labels}, {buffers})")
        function = _CROSS_ENTROPY[self.tape.ops[k]]
        self._assign(k, f"{self.given.function(function.__name__, function)}({self.terms[key]})")

    def _assign(self, k: int, text: str) -> None:
        name = self.names[k] = self.given.new("v")
        self.lines.append(f"{name} = {text}")
        self.made.add(k)

    def _call(self, k: int, parts: list[str]) -> str:
        """A call of the operation itself."""
        operation, options = self.tape.ops[k], self.tape.rights[k]
        options = {name: value for name, value in options.items() if name != "saved"} if isinstance(options, dict) else {}
        fixed = {name: value for name, value in options.items() if not _has_inputs(value)}
        moving = [f"{name}={_text(value, self)}" for name, value in options.items() if _has_inputs(value)]
        function = partial(operation.value, **fixed) if fixed else operation.value
        return f"{self.given.bind('f', function)}({', '.join([*parts, *moving])})"

    def _write_number(self, k: int, parts: list[str]) -> None:
        template = _NUMBERS.get(self.tape.ops[k])
        operation = self.tape.ops[k]
        if operation is powi and self.tape.rights[k]["n"] == 2:
            template = "({0} * {0})"
        if template is None or any(type(self.tape.data[i]) is bool for i in self.tape.operands(k)):
            text = self._call(k, parts)
        else:
            text = template.format(*parts)
        depth = 1 + max((self.depths.get(i, 0) for i in self.tape.operands(k)), default=0)
        if self.uses[k] == 1 and depth < DEPTH and template is not None and "{0}" not in template:
            self.names[k], self.depths[k] = text, depth
        else:
            self._assign(k, text)

    def _write_array(self, k: int, parts: list[str]) -> bool:
        """An array operation into its buffer (results of the program get a new array each time); False if it has no such form."""
        tape = self.tape
        operation, data, places = tape.ops[k], tape.data[k], tape.operands(k)
        if operation in _VIEWS:
            return tape.data[places[0]].__class__ is np.ndarray and self._write_view(k, parts)
        result = self._is_result(k)
        pooled = result and data.nbytes >= LARGE
        if pooled:
            out = self.given.new("r")
        else:
            out = "" if result else self.given.bind("b", np.empty_like(data, order="C"))
        if operation is scaled or operation is OPERATIONS["mul"]:
            text = f"np.multiply({parts[0]}, {parts[1]}{', out=' + out if out else ''})"
        elif operation is OPERATIONS["relu"]:
            text = f"np.maximum({parts[0]}, 0.0{', out=' + out if out else ''})"
        elif operation is arrays.linear:
            product = f"np.matmul({parts[0]}, {parts[1]}{', out=' + out if out else ''})"
            text = f"np.add({product}, {parts[2]}{', out=' + out if out else ''})"
        elif operation in _UFUNCS:
            text = f"{self.given.bind('f', _UFUNCS[operation])}({', '.join([*parts, *([f'out={out}'] if out else [])])})"
        elif operation is sum_to and tape.data[places[0]].shape[1:] == data.shape:
            text = f"np.add.reduce({parts[0]}, 0, None, {out or None})"
        elif operation is powi and tape.rights[k]["n"] == 2:
            text = f"np.multiply({parts[0]}, {parts[0]}{', out=' + out if out else ''})"
        else:
            return False
        if pooled:
            self.lines += [f"{out} = {self.given.bind('p', ResultPool(data))}()", text]
            self._assign(k, out)
        elif out:
            self.lines.append(text)
            self.names[k] = out
            self.static.add(k)
        else:
            self._assign(k, text)
        return True

    def _write_view(self, k: int, parts: list[str]) -> bool:
        """Views of what is static are made once."""
        (i,) = self.tape.operands(k)
        operation, options = self.tape.ops[k], self.tape.rights[k]
        base = self.given.space.get(self.names[i])
        if i in self.static and base.__class__ is np.ndarray:
            view = operation.value(base, **options)
            if np.shares_memory(view, base) and not self._is_result(k):
                self.names[k] = self.given.bind("b", view)
                self.static.add(k)
                return True
        if operation is arrays.transpose and options["axes"] == (1, 0):
            self._assign(k, f"{parts[0]}.T")
        elif operation is arrays.reshape:
            self._assign(k, f"{parts[0]}.reshape({options['shape']})")
        else:
            return False
        return True

    def _is_result(self, k: int) -> bool:
        return k in self.places

    # --- finishing

    def _finish(self, outputs: Sequence[Any]) -> None:
        texts: list[str] = []
        for output, k in zip(outputs, self.places, strict=True):
            if k is None:
                data = output._data if isinstance(output, Value) else output
                name = self.given.bind("c", data)
                texts.append(f"np.array({name})" if data.__class__ is np.ndarray else name)
            else:
                texts.append(f"np.array({self.names[k]})" if self._is_shared(k) else self.names[k])
        body = [*self.lines, f"return {self._container(self.shape, iter(texts))}"]
        self.source = f"def run({', '.join(self.arguments)}):\n    " + "\n    ".join(body) + "\n"
        exec(compile(self.source, "<compiled by micrograd>", "exec"), self.given.space)
        self.run: Callable[..., Any] = self.given.space.pop("run")

    def _is_shared(self, k: int) -> bool:
        """Whether a result is an array that shares memory with something else: an argument, a constant, a buffer, another result."""
        data = self.tape.data
        if data[k].__class__ is not np.ndarray:
            return False
        return k in self.static or k not in self.made or data[k].base is not None or any(data[k] is data[i] for i in self.tape.operands(k))

    def _container(self, shape: Any, texts: Iterator[str]) -> str:
        """The results in their containers, as source."""
        if shape is None:
            return next(texts)
        kind, keys, children = shape
        if kind is type(None):
            return "None"
        parts = [self._container(child, texts) for child in children]
        if keys is not None:
            name = self.given.bind("k", keys)
            return "{" + ", ".join(f"{name}[{i}]: {part}" for i, part in enumerate(parts)) + "}"
        if kind is tuple:
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if kind is list:
            return f"[{', '.join(parts)}]"
        name = self.given.bind("k", kind)
        return f"{name}({', '.join(parts)})" if hasattr(kind, "_fields") else f"{name}([{', '.join(parts)}])"


def _is_literal(data: Any) -> bool:
    """Whether it is a Python number that source can hold as it is."""
    return is_plain(data) and data - data == 0 and (data.__class__ is float or abs(data) < 1 << 64)


def _finite(result: Any) -> bool:
    if result.__class__ is np.ndarray:
        return bool(np.isfinite(result).all()) if result.dtype.kind == "f" else True
    return bool(result - result == 0)


def _has_inputs(option: Any) -> bool:
    """Whether an integer argument occurs in an option."""
    if isinstance(option, dict):
        return any(map(_has_inputs, option.values()))
    if isinstance(option, tuple):
        return any(map(_has_inputs, option))
    return isinstance(option, IntegerInput)


def _text(option: Any, program: Program) -> str:
    """An option as source, with arguments by name."""
    if isinstance(option, IntegerInput):
        return program.arguments[option.place]
    if isinstance(option, tuple):
        return f"({', '.join(_text(part, program) for part in option)},)"
    return program.given.bind("o", option)


def _same_kind(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
