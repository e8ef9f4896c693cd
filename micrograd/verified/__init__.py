"""The trusted core: expressions, the registry of primitives, differentiation, and theorems about derivatives.

Standard library only; NumPy, SymPy and Arb are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from micrograd import installation as installation
from micrograd.verified.certificates import certificate as certificate
from micrograd.verified.certificates import write_certificate as write_certificate
from micrograd.verified.checker import check_certificate as check_certificate
from micrograd.verified.cited import CITED as CITED
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
from micrograd.verified.expr import Condition as Condition
from micrograd.verified.expr import Expr as Expr
from micrograd.verified.expr import all_of as all_of
from micrograd.verified.expr import any_of as any_of
from micrograd.verified.expr import const as const
from micrograd.verified.expr import e as e
from micrograd.verified.expr import eq as eq
from micrograd.verified.expr import ne as ne
from micrograd.verified.expr import paused_collection as paused_collection
from micrograd.verified.expr import pi as pi
from micrograd.verified.expr import postorder as postorder
from micrograd.verified.expr import substitute as substitute
from micrograd.verified.expr import var as var
from micrograd.verified.expr import variables as variables
from micrograd.verified.expr import where as where
from micrograd.verified.functions import absolute as absolute
from micrograd.verified.functions import acos as acos
from micrograd.verified.functions import acosd as acosd
from micrograd.verified.functions import acosh as acosh
from micrograd.verified.functions import acot as acot
from micrograd.verified.functions import acotd as acotd
from micrograd.verified.functions import acoth as acoth
from micrograd.verified.functions import acsc as acsc
from micrograd.verified.functions import acscd as acscd
from micrograd.verified.functions import acsch as acsch
from micrograd.verified.functions import asec as asec
from micrograd.verified.functions import asecd as asecd
from micrograd.verified.functions import asech as asech
from micrograd.verified.functions import asin as asin
from micrograd.verified.functions import asind as asind
from micrograd.verified.functions import asinh as asinh
from micrograd.verified.functions import atan as atan
from micrograd.verified.functions import atan2 as atan2
from micrograd.verified.functions import atand as atand
from micrograd.verified.functions import atanh as atanh
from micrograd.verified.functions import cbrt as cbrt
from micrograd.verified.functions import ceil as ceil
from micrograd.verified.functions import cos as cos
from micrograd.verified.functions import cosd as cosd
from micrograd.verified.functions import cosh as cosh
from micrograd.verified.functions import cospi as cospi
from micrograd.verified.functions import cot as cot
from micrograd.verified.functions import cotd as cotd
from micrograd.verified.functions import coth as coth
from micrograd.verified.functions import csc as csc
from micrograd.verified.functions import cscd as cscd
from micrograd.verified.functions import csch as csch
from micrograd.verified.functions import deg2rad as deg2rad
from micrograd.verified.functions import erf as erf
from micrograd.verified.functions import erfc as erfc
from micrograd.verified.functions import erfcx as erfcx
from micrograd.verified.functions import exp as exp
from micrograd.verified.functions import exp2 as exp2
from micrograd.verified.functions import exp10 as exp10
from micrograd.verified.functions import expm1 as expm1
from micrograd.verified.functions import floor as floor
from micrograd.verified.functions import hypot as hypot
from micrograd.verified.functions import log as log
from micrograd.verified.functions import log1p as log1p
from micrograd.verified.functions import log2 as log2
from micrograd.verified.functions import log10 as log10
from micrograd.verified.functions import logaddexp as logaddexp
from micrograd.verified.functions import maximum as maximum
from micrograd.verified.functions import minimum as minimum
from micrograd.verified.functions import rad2deg as rad2deg
from micrograd.verified.functions import reciprocal as reciprocal
from micrograd.verified.functions import relu as relu
from micrograd.verified.functions import sec as sec
from micrograd.verified.functions import secd as secd
from micrograd.verified.functions import sech as sech
from micrograd.verified.functions import sigmoid as sigmoid
from micrograd.verified.functions import sign as sign
from micrograd.verified.functions import sin as sin
from micrograd.verified.functions import sind as sind
from micrograd.verified.functions import sinh as sinh
from micrograd.verified.functions import sinpi as sinpi
from micrograd.verified.functions import softplus as softplus
from micrograd.verified.functions import sqrt as sqrt
from micrograd.verified.functions import square as square
from micrograd.verified.functions import tan as tan
from micrograd.verified.functions import tand as tand
from micrograd.verified.functions import tanh as tanh
from micrograd.verified.functions import trunc as trunc
from micrograd.verified.kernel import Theorem as Theorem
from micrograd.verified.kernel import derive as derive
from micrograd.verified.latex import to_latex as to_latex
from micrograd.verified.parsing import parse as parse
from micrograd.verified.parsing import parse_condition as parse_condition
from micrograd.verified.primitives import PRIMITIVES as PRIMITIVES
from micrograd.verified.simplification import derive_simplified as derive_simplified
from micrograd.verified.simplification import simplify as simplify
from micrograd.verified.special_functions import SPECIAL as SPECIAL
from micrograd.verified.special_functions import airyai as airyai
from micrograd.verified.special_functions import airyaiprime as airyaiprime
from micrograd.verified.special_functions import airybi as airybi
from micrograd.verified.special_functions import airybiprime as airybiprime
from micrograd.verified.special_functions import besseli as besseli
from micrograd.verified.special_functions import besselj as besselj
from micrograd.verified.special_functions import besselk as besselk
from micrograd.verified.special_functions import bessely as bessely
from micrograd.verified.special_functions import beta as beta
from micrograd.verified.special_functions import betainc as betainc
from micrograd.verified.special_functions import betaln as betaln
from micrograd.verified.special_functions import digamma as digamma
from micrograd.verified.special_functions import expint as expint
from micrograd.verified.special_functions import fresnelc as fresnelc
from micrograd.verified.special_functions import fresnels as fresnels
from micrograd.verified.special_functions import gamma as gamma
from micrograd.verified.special_functions import gammainc as gammainc
from micrograd.verified.special_functions import gammaincc as gammaincc
from micrograd.verified.special_functions import lambertw as lambertw
from micrograd.verified.special_functions import lgamma as lgamma
from micrograd.verified.special_functions import ndtri as ndtri
from micrograd.verified.special_functions import owens_t as owens_t
from micrograd.verified.special_functions import polygamma as polygamma
from micrograd.verified.special_functions import trigamma as trigamma
from micrograd.verified.wengert import from_json as from_json
from micrograd.verified.wengert import to_json as to_json

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
