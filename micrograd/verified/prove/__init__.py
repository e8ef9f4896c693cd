"""Proving or refuting derivatives that people wrote by hand.

>>> from micrograd.verified.prove import prove_derivative
>>> verdict = prove_derivative("x*log1p(y)", "x", "where(x == 0, 0, log1p(y))", "y > -1")
>>> verdict.verdict, verdict.point["x"]
('refuted', Fraction(0, 1))
"""

from __future__ import annotations

from micrograd.verified.prove.api import Verdicts as Verdicts
from micrograd.verified.prove.api import prove_derivative as prove_derivative
from micrograd.verified.prove.api import prove_equal as prove_equal
from micrograd.verified.prove.api import prove_gradient as prove_gradient
from micrograd.verified.prove.api import prove_hessian as prove_hessian
from micrograd.verified.prove.api import prove_jacobian as prove_jacobian
from micrograd.verified.prove.decide import EmptyDomain as EmptyDomain
from micrograd.verified.prove.decide import ForeignVariable as ForeignVariable
from micrograd.verified.prove.verdicts import Proved as Proved
from micrograd.verified.prove.verdicts import Refuted as Refuted
from micrograd.verified.prove.verdicts import Undecided as Undecided
from micrograd.verified.prove.verdicts import Unknown as Unknown
