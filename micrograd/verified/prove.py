"""The prover under its former name; it lives in `micrograd.prove`."""

from __future__ import annotations

from micrograd.prove import EmptyDomain as EmptyDomain
from micrograd.prove import ForeignVariable as ForeignVariable
from micrograd.prove import Proved as Proved
from micrograd.prove import Refuted as Refuted
from micrograd.prove import Undecided as Undecided
from micrograd.prove import Unknown as Unknown
from micrograd.prove import Verdicts as Verdicts
from micrograd.prove import prove_derivative as prove_derivative
from micrograd.prove import prove_equal as prove_equal
from micrograd.prove import prove_gradient as prove_gradient
from micrograd.prove import prove_hessian as prove_hessian
from micrograd.prove import prove_jacobian as prove_jacobian
