"""Builtins and the standard library in traced code: what answers, what passes objects on, and what is refused."""

from __future__ import annotations

import builtins
import collections
import functools
import itertools
import operator
import os
import random
import types
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import micrograd as mg
from micrograd.trace.lookalikes.modules import Refused
from micrograd.trace.lookalikes.standard import BUILTINS, standard_module, standard_object
from micrograd.trace.reals import Real, Truth
from micrograd.verified.errors import UnsupportedPrimitive

X = Real(mg.var("x"))
POSITIVE = Truth(mg.parse_condition("x > 0"))


def test_classes_of_what_is_not_traced_are_pythons() -> None:
    isinstance_, type_, hasattr_, getattr_ = (BUILTINS[name] for name in ("isinstance", "type", "hasattr", "getattr"))
    assert isinstance_(int, type_)
    assert isinstance_(True, int)
    assert not isinstance_(3, type_)
    assert type_(3) is int
    assert type_(2.5) is BUILTINS["float"]
    assert type_("A", (), {"a": 1}).a == 1
    assert hasattr_([], "append")
    assert not hasattr_(3, "_module")
    assert getattr_([1], "count")(1) == 1
    assert getattr_(3, "nothing", 7) == 7
    assert getattr_(X, "real") is X
    with pytest.raises(AttributeError):
        getattr_(test_modules, "nothing")


def test_classes_of_what_is_traced_answer_if_all_agree() -> None:
    isinstance_, hasattr_ = BUILTINS["isinstance"], BUILTINS["hasattr"]
    assert isinstance_(X, int | float)
    assert isinstance_(X, (str, int, BUILTINS["float"]))
    assert not isinstance_(X, str)
    assert isinstance_(POSITIVE, (bool, np.bool_))
    assert hasattr_(X, "real")
    assert not hasattr_(X, "append")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("isinstance", (X, float)),
        ("isinstance", (X, int)),
        ("isinstance", (POSITIVE, bool)),
        ("isinstance", (Refused("a"), int)),
        ("type", (X,)),
        ("type", (POSITIVE,)),
        ("type", (Refused("a"),)),
        ("hasattr", (X, "is_integer")),
        ("getattr", (X, "__class__")),
        ("getattr", (X, "expr", None)),
    ],
)
def test_what_depends_on_the_class_of_a_number_is_refused(name: str, arguments: Any) -> None:
    with pytest.raises(UnsupportedPrimitive):
        BUILTINS[name](*arguments)


def test_literals_are_read_as_they_are_written() -> None:
    assert BUILTINS["float"]("0.12345678901234567890123").expr is mg.const(Fraction("0.12345678901234567890123"))
    assert BUILTINS["float"](" 1e-3 ").expr is mg.const(Fraction(1, 1000))
    assert BUILTINS["float"]("-inf") == -float("inf")
    assert BUILTINS["float"](3).value == 3
    assert BUILTINS["float"](X) is X
    with pytest.raises(UnsupportedPrimitive, match=r"float\.fromhex"):
        _ = BUILTINS["float"].fromhex
    with pytest.raises(AttributeError):
        _ = BUILTINS["float"].nothing


def test_powers_and_extrema() -> None:
    pow_, max_, min_ = (BUILTINS[name] for name in ("pow", "max", "min"))
    assert pow_(3, 2) == 9
    assert pow_(3, 2, 5) == 4
    assert pow_(X, 2).expr is mg.parse("x**2")
    assert pow_(2, -1).expr is mg.const(1) / 2
    assert [max_(3, 5, 4), min_(3, 5, 2)] == [5, 2]
    assert [max_([3, 5, 4]), min_([3, 5, 2])] == [5, 2]
    assert [max_([], default=7), min_([], default=8)] == [7, 8]
    assert [max_([-3, 2], key=abs), min_([-3, 2], key=abs)] == [-3, 2]
    assert max_(X, 2).expr is mg.parse("max(x, 2)")
    assert min_([2, X]).expr is mg.parse("min(2, x)")
    assert max_(X, -float("inf")) is X
    assert min_(X, float("inf")) is X
    assert max_(X, float("inf")) == float("inf")


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "eval",
        "exec",
        "compile",
        "globals",
        "locals",
        "vars",
        "dir",
        "open",
        "input",
        "memoryview",
        "help",
        "breakpoint",
        "aiter",
        "anext",
    ],
)
def test_what_looks_elsewhere_is_refused(name: str) -> None:
    for found in (BUILTINS[name], getattr(standard_module(builtins), name), standard_object(getattr(builtins, name), "builtins", name)):
        assert isinstance(found, Refused)


def test_a_builtin_is_the_same_by_whatever_way() -> None:
    module = standard_module(builtins)
    for name in ("float", "isinstance", "type", "hasattr", "getattr", "max", "min", "sum", "pow"):
        assert BUILTINS[name] is not getattr(builtins, name)
        assert getattr(module, name) is BUILTINS[name]
        assert standard_object(getattr(builtins, name), "builtins", name) is BUILTINS[name]
    assert module.len is len
    assert module.ValueError is ValueError
    for name in ("super", "__import__", "__build_class__"):
        with pytest.raises(UnsupportedPrimitive):
            getattr(module, name)


def test_modules() -> None:
    for module in (itertools, collections):
        seen = standard_module(module)
        assert all(getattr(seen, name) is x for name, x in vars(module).items() if name[0] != "_" and type(x) is not types.ModuleType)
    for name in ("reduce", "partial", "wraps", "update_wrapper", "cmp_to_key", "total_ordering"):
        assert getattr(standard_module(functools), name) is getattr(functools, name)
    assert standard_module(operator).itemgetter is operator.itemgetter
    assert standard_module(operator).truediv(1, 2).expr is mg.const(1) / 2
    assert BUILTINS["hasattr"](standard_module(functools), "lru_cache")
    assert not BUILTINS["hasattr"](standard_module(functools), "_module")
    for module, name in ((functools, "lru_cache"), (operator, "attrgetter"), (operator, "index"), (random, "random")):
        with pytest.raises(UnsupportedPrimitive, match=f"{name} is not among"):
            getattr(standard_module(module), name)


def test_objects() -> None:
    assert standard_object(ValueError, "builtins", "ValueError") is ValueError
    assert standard_object(itertools.chain, "itertools", "chain") is itertools.chain
    assert standard_object(operator.add, "_operator", "add") is operator.add
    assert standard_object(functools.reduce, "_functools", "reduce") is functools.reduce
    for value, home, name in ((os.getcwd, "os", "getcwd"), (functools.lru_cache, "functools", "lru_cache")):
        found = standard_object(value, home, name)
        assert isinstance(found, Refused)
        with pytest.raises(UnsupportedPrimitive, match=rf"{home}\.{name} is not among"):
            found()
