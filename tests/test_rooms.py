"""One row drives everything: every room works for every row, or `tests.rooms` says why it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sympy
import z3

import micrograd as mg
from micrograd import engine
from micrograd.carriers import smtlib
from micrograd.carriers.arb.carrier import arb_carrier
from micrograd.carriers.arrays import functions as array_functions
from micrograd.carriers.floats.carrier import float_carrier
from micrograd.carriers.fractions import fraction_carrier
from micrograd.carriers.sympy import functions as sympy_functions
from micrograd.trace.lookalikes.numpy_functions import NUMPY
from micrograd.verified.expr import HEADS
from micrograd.verified.row import Primitive
from tests import rooms
from tests.each import each
from tests.rooms import ROOMS, Lacks, check, lacks

ROWS: dict[str, Primitive] = {**mg.PRIMITIVES, **mg.SPECIAL}


def _has_or_lacks(room: str, name: str) -> None:
    reason = lacks(room, ROWS[name])
    if not reason:
        check(room, ROWS[name])
        return
    with pytest.raises(Lacks):
        check(room, ROWS[name])


@pytest.mark.parametrize("name", ROWS)
def test_every_room_has_every_row(name: str) -> None:
    each([room for room in ROOMS if room != "jax"], lambda room: _has_or_lacks(room, name))


@pytest.mark.parametrize("name", ROWS)
def test_jax_has_every_row(name: str) -> None:
    pytest.importorskip("jax")
    _has_or_lacks("jax", name)


# --- the rooms can tell ----------------------------------------------------------------------------------------------

NEW_ROWS = """
witch = _row("witch(x)", ("-2*x*witch(x)**2",), _abbreviates("1/(1 + x**2)"))
ramp_sine = _row("ramp_sine(x, y)", ("sin(y) - 2*x", "x*cos(y)"), _abbreviates("x*sin(y) - x**2"))
"""
WITH_NEW_ROWS = f"""
import importlib.abc, importlib.machinery, sys

NAME, ROWS = "micrograd.verified.primitives", {NEW_ROWS!r}

class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        text = self.get_source(name)
        changed = text.replace("_rows.register(", ROWS + "_rows.register(")
        assert changed.count("ramp_sine") == ROWS.count("ramp_sine")
        return compile(changed, self.path, "exec")

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != NAME:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        found.loader = Loader(name, found.origin)
        return found

sys.meta_path.insert(0, Finder())
import importlib.util
import micrograd as mg
from tests.rooms import Lacks, ROOMS, check, lacks

for name in ("witch", "ramp_sine"):
    for room in ROOMS:
        if room == "jax" and importlib.util.find_spec("jax") is None:
            continue
        try:
            check(room, mg.PRIMITIVES[name])
        except Lacks:
            print("lacks", room, name)
        except Exception as error:
            print("broken", room, name, type(error).__name__, error)
"""


def test_a_row_is_enough() -> None:
    """Two new rows with nothing but a definition: every room has them, but the one with figures that have to be measured."""
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", WITH_NEW_ROWS], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.splitlines() == ["lacks accuracy witch", "lacks fractions ramp_sine", "lacks accuracy ramp_sine"]


@pytest.mark.parametrize(
    ("room", "name", "tables", "entry", "wrong"),
    [
        pytest.param("balls", "tan", arb_carrier().functions, "tan", lambda x: x, id="balls"),
        pytest.param("floats", "exp", float_carrier().by_head, HEADS["exp"], lambda x: 1.000001, id="floats"),
        pytest.param("arrays", "softplus", array_functions.FUNCTIONS, "softplus", lambda x: x, id="arrays"),
        pytest.param("fractions", "abs", fraction_carrier().by_head, HEADS["abs"], lambda x: -x, id="fractions"),
        pytest.param("to_sympy", "sin", sympy_functions.FUNCTIONS, "sin", sympy.cos, id="SymPy"),
        pytest.param("from_sympy", "sin", sympy_functions.OURS, "sin", "cos", id="from SymPy"),
        pytest.param("values", "sin", engine.functions.FUNCTIONS, "sin", engine.functions.FUNCTIONS["cos"], id="engine"),
        pytest.param("tracing", "sin", NUMPY, "sin", NUMPY["cos"], id="tracing"),
        pytest.param("smtlib", "max", smtlib._OPERATORS, "where", "choose", id="SMT-LIB"),
    ],
)
def test_a_room_that_is_wrong_is_seen(monkeypatch: pytest.MonkeyPatch, room: str, name: str, tables: Any, entry: Any, wrong: Any) -> None:
    check(room, ROWS[name])
    monkeypatch.setitem(tables, entry, wrong)
    with pytest.raises((AssertionError, z3.Z3Exception)):
        check(room, ROWS[name])


def test_a_room_without_a_function_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(NUMPY, "sin")
    with pytest.raises(AssertionError, match="sin"):
        check("tracing", ROWS["sin"])
    monkeypatch.delitem(engine.functions.FUNCTIONS, "sin")
    with pytest.raises(Lacks):
        check("values", ROWS["sin"])
    monkeypatch.setattr(rooms, "_page", str)
    with pytest.raises(AssertionError):
        check("docs", ROWS["sin"])
