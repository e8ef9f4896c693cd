"""The trusted core: expressions, the registry of primitives, differentiation, and theorems about derivatives.

Standard library only; NumPy, SymPy and Arb are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from micrograd import installation as installation
from micrograd.verified import (
    certificates,
    checker,
    cited,
    differentiation,
    errors,
    expr,
    functions,
    kernel,
    latex,
    parsing,
    registry,
    simplification,
    wengert,
)
from micrograd.verified.certificates import *
from micrograd.verified.checker import *
from micrograd.verified.cited import *
from micrograd.verified.differentiation import *
from micrograd.verified.errors import *
from micrograd.verified.expr import *
from micrograd.verified.functions import *
from micrograd.verified.kernel import *
from micrograd.verified.latex import *
from micrograd.verified.names import exported
from micrograd.verified.parsing import *
from micrograd.verified.registry import *
from micrograd.verified.simplification import *
from micrograd.verified.wengert import *

MOVED = {
    "MissingVariable": "micrograd.carriers.evaluation",
    "evaluate": "micrograd.carriers.evaluation",
    "from_sympy": "micrograd.carriers.sympy.translation",
    "to_sympy": "micrograd.carriers.sympy.translation",
}
"""Names that were here once, and where they are: `micrograd` has them all."""


def __getattr__(name: str) -> Any:
    if name in MOVED:
        return getattr(import_module(MOVED[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


globals()["__all__"] = exported(
    certificates, checker, cited, differentiation, errors, expr, functions, kernel, latex, parsing, registry, simplification, wengert
)
