"""The trusted core: expressions, the registry of primitives, differentiation, and theorems about derivatives.

Standard library only; NumPy, SymPy and Arb are loaded when they are asked for.
"""

from __future__ import annotations

from micrograd.verified.backends.sympy_backend import from_sympy as from_sympy
from micrograd.verified.backends.sympy_backend import to_sympy as to_sympy
from micrograd.verified.certificate import certificate as certificate
from micrograd.verified.certificate import write_certificate as write_certificate
from micrograd.verified.check import check_certificate as check_certificate
from micrograd.verified.differentiation import defined as defined
from micrograd.verified.differentiation import diff as diff
from micrograd.verified.differentiation import domain as domain
from micrograd.verified.differentiation import gradient as gradient
from micrograd.verified.differentiation import hessian as hessian
from micrograd.verified.errors import CertificateError as CertificateError
from micrograd.verified.errors import DomainError as DomainError
from micrograd.verified.errors import FloatRangeError as FloatRangeError
from micrograd.verified.errors import MicrogradError as MicrogradError
from micrograd.verified.errors import ParseError as ParseError
from micrograd.verified.errors import ProofError as ProofError
from micrograd.verified.errors import UnsupportedPrimitive as UnsupportedPrimitive
from micrograd.verified.evaluation import MissingVariable as MissingVariable
from micrograd.verified.evaluation import evaluate as evaluate
from micrograd.verified.expr import Condition as Condition
from micrograd.verified.expr import Expr as Expr
from micrograd.verified.expr import all_of as all_of
from micrograd.verified.expr import any_of as any_of
from micrograd.verified.expr import const as const
from micrograd.verified.expr import e as e
from micrograd.verified.expr import eq as eq
from micrograd.verified.expr import ne as ne
from micrograd.verified.expr import pi as pi
from micrograd.verified.expr import postorder as postorder
from micrograd.verified.expr import substitute as substitute
from micrograd.verified.expr import var as var
from micrograd.verified.expr import variables as variables
from micrograd.verified.expr import where as where
from micrograd.verified.functions import *  # noqa: F403
from micrograd.verified.kernel import Theorem as Theorem
from micrograd.verified.kernel import derive as derive
from micrograd.verified.latex import to_latex as to_latex
from micrograd.verified.parsing import parse as parse
from micrograd.verified.parsing import parse_condition as parse_condition
from micrograd.verified.primitives import PRIMITIVES as PRIMITIVES
from micrograd.verified.simplification import derive_simplified as derive_simplified
from micrograd.verified.simplification import simplify as simplify
from micrograd.verified.wengert import from_json as from_json
from micrograd.verified.wengert import to_json as to_json
