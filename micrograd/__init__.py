"""micrograd: differentiation in which every derivative comes with a proof.

The names below are those of `micrograd.verified`: expressions, symbolic differentiation, and theorems about derivatives.

>>> import micrograd as mg
>>> x = mg.var("x")
>>> mg.derive(mg.log(x) * x, x)
<x > 0 ⊢ d/dx log(x)*x = x*(1/x) + log(x)>
"""

from __future__ import annotations

from micrograd import isolation as isolation
from micrograd import verified as verified
from micrograd.carriers.evaluation import MissingVariable as MissingVariable
from micrograd.carriers.evaluation import evaluate as evaluate
from micrograd.carriers.sympy.translation import from_sympy as from_sympy
from micrograd.carriers.sympy.translation import to_sympy as to_sympy
from micrograd.verified import *

__version__ = "0.1.0"
