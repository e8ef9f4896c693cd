"""Proving or refuting derivatives that people wrote by hand.

>>> from micrograd.prove import prove_derivative
>>> verdict = prove_derivative("x*log1p(y)", "where(x == 0, 0, log1p(y))", "y > -1", wrt="x")
>>> verdict.verdict, verdict.point["x"]
('refuted', Fraction(0, 1))
"""

from __future__ import annotations

from micrograd.prove.api import prove_derivative as prove_derivative
from micrograd.prove.api import prove_equal as prove_equal
from micrograd.prove.api import prove_gradient as prove_gradient
from micrograd.prove.api import prove_hessian as prove_hessian
from micrograd.prove.api import prove_jacobian as prove_jacobian
from micrograd.prove.api import prove_vjp as prove_vjp
from micrograd.prove.claims import Claim as Claim
from micrograd.prove.claims import Meaning as Meaning
from micrograd.prove.decide import EmptyDomain as EmptyDomain
from micrograd.prove.decide import ForeignVariable as ForeignVariable
from micrograd.prove.verdicts import Proved as Proved
from micrograd.prove.verdicts import Refuted as Refuted
from micrograd.prove.verdicts import Undecided as Undecided
from micrograd.prove.verdicts import Unknown as Unknown
from micrograd.prove.verdicts import Verdicts as Verdicts
