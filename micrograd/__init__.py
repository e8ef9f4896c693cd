"""micrograd: differentiation in which every derivative comes with a proof.

The names below are those of `micrograd.verified`: expressions, symbolic differentiation, and theorems about derivatives.  The prover of
hand-written derivatives (`micrograd.prove`) is loaded when one of its names is asked for.

>>> import micrograd as mg
>>> x = mg.var("x")
>>> mg.derive(mg.log(x) * x, x)
<x > 0 ⊢ d/dx log(x)*x = x*(1/x) + log(x)>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micrograd import isolation as isolation
from micrograd import verified as verified
from micrograd.carriers.evaluation import MissingVariable as MissingVariable
from micrograd.carriers.evaluation import evaluate as evaluate
from micrograd.carriers.sympy.translation import from_sympy as from_sympy
from micrograd.carriers.sympy.translation import to_sympy as to_sympy
from micrograd.verified import *

if TYPE_CHECKING:
    from micrograd.prove import prove_derivative as prove_derivative
    from micrograd.prove import prove_equal as prove_equal
    from micrograd.prove import prove_gradient as prove_gradient
    from micrograd.prove import prove_hessian as prove_hessian
    from micrograd.prove import prove_jacobian as prove_jacobian
    from micrograd.prove import prove_vjp as prove_vjp

__version__ = "0.1.0"

_PROVER = ("prove_derivative", "prove_equal", "prove_gradient", "prove_hessian", "prove_jacobian", "prove_vjp")


def __getattr__(name: str) -> Any:
    if name not in _PROVER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from micrograd import prove

    return getattr(prove, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PROVER})
