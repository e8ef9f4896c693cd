"""The prover under its former name, with its former order of arguments; it lives in `micrograd.prove`."""

from __future__ import annotations

import warnings
from typing import Any

from micrograd import prove as _prove
from micrograd.prove import EmptyDomain as EmptyDomain
from micrograd.prove import ForeignVariable as ForeignVariable
from micrograd.prove import Proved as Proved
from micrograd.prove import Refuted as Refuted
from micrograd.prove import Undecided as Undecided
from micrograd.prove import Unknown as Unknown
from micrograd.prove import Verdicts as Verdicts
from micrograd.prove import prove_equal as prove_equal
from micrograd.prove import prove_gradient as prove_gradient
from micrograd.prove import prove_hessian as prove_hessian
from micrograd.prove import prove_jacobian as prove_jacobian


def prove_derivative(f: Any, wrt: Any, claim: Any, domain: Any = None, *, constants: str = "exact", **options: Any) -> Any:
    """As `micrograd.prove.prove_derivative`, with the variable as second argument.

    .. deprecated:: 0.2
       Use `micrograd.prove.prove_derivative`, which takes ``wrt`` by name.
    """
    warnings.warn("use micrograd.prove.prove_derivative(f, claim, domain, wrt=…)", DeprecationWarning, stacklevel=2)
    constants = "exact" if constants == "written" else constants
    return _prove.prove_derivative(f, claim, domain, wrt=wrt, constants=constants, **options)
