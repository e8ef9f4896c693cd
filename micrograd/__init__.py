"""micrograd: differentiation in which every derivative comes with a proof.

The names below are those of `micrograd.verified`: expressions, symbolic differentiation, and theorems about derivatives.

>>> import micrograd as mg
>>> x = mg.var("x")
>>> mg.derive(mg.log(x) * x, x)
<x > 0 ⊢ d/dx log(x)*x = x*(1/x) + log(x)>
"""

from __future__ import annotations

from micrograd.verified import PRIMITIVES as PRIMITIVES
from micrograd.verified import CertificateError as CertificateError
from micrograd.verified import Condition as Condition
from micrograd.verified import DomainError as DomainError
from micrograd.verified import Expr as Expr
from micrograd.verified import FloatRangeError as FloatRangeError
from micrograd.verified import MicrogradError as MicrogradError
from micrograd.verified import MissingVariable as MissingVariable
from micrograd.verified import ParseError as ParseError
from micrograd.verified import ProofError as ProofError
from micrograd.verified import Theorem as Theorem
from micrograd.verified import UnsupportedPrimitive as UnsupportedPrimitive
from micrograd.verified import absolute as absolute
from micrograd.verified import acos as acos
from micrograd.verified import acosd as acosd
from micrograd.verified import acosh as acosh
from micrograd.verified import acot as acot
from micrograd.verified import acotd as acotd
from micrograd.verified import acoth as acoth
from micrograd.verified import acsc as acsc
from micrograd.verified import acscd as acscd
from micrograd.verified import acsch as acsch
from micrograd.verified import all_of as all_of
from micrograd.verified import any_of as any_of
from micrograd.verified import asec as asec
from micrograd.verified import asecd as asecd
from micrograd.verified import asech as asech
from micrograd.verified import asin as asin
from micrograd.verified import asind as asind
from micrograd.verified import asinh as asinh
from micrograd.verified import atan as atan
from micrograd.verified import atan2 as atan2
from micrograd.verified import atand as atand
from micrograd.verified import atanh as atanh
from micrograd.verified import cbrt as cbrt
from micrograd.verified import ceil as ceil
from micrograd.verified import certificate as certificate
from micrograd.verified import check_certificate as check_certificate
from micrograd.verified import const as const
from micrograd.verified import cos as cos
from micrograd.verified import cosd as cosd
from micrograd.verified import cosh as cosh
from micrograd.verified import cospi as cospi
from micrograd.verified import cot as cot
from micrograd.verified import cotd as cotd
from micrograd.verified import coth as coth
from micrograd.verified import csc as csc
from micrograd.verified import cscd as cscd
from micrograd.verified import csch as csch
from micrograd.verified import defined as defined
from micrograd.verified import deg2rad as deg2rad
from micrograd.verified import derive as derive
from micrograd.verified import derive_simplified as derive_simplified
from micrograd.verified import diff as diff
from micrograd.verified import domain as domain
from micrograd.verified import e as e
from micrograd.verified import eq as eq
from micrograd.verified import erf as erf
from micrograd.verified import erfc as erfc
from micrograd.verified import erfcx as erfcx
from micrograd.verified import evaluate as evaluate
from micrograd.verified import exp as exp
from micrograd.verified import exp2 as exp2
from micrograd.verified import exp10 as exp10
from micrograd.verified import expm1 as expm1
from micrograd.verified import floor as floor
from micrograd.verified import from_json as from_json
from micrograd.verified import from_sympy as from_sympy
from micrograd.verified import gradient as gradient
from micrograd.verified import hessian as hessian
from micrograd.verified import hypot as hypot
from micrograd.verified import log as log
from micrograd.verified import log1p as log1p
from micrograd.verified import log2 as log2
from micrograd.verified import log10 as log10
from micrograd.verified import logaddexp as logaddexp
from micrograd.verified import maximum as maximum
from micrograd.verified import minimum as minimum
from micrograd.verified import ne as ne
from micrograd.verified import parse as parse
from micrograd.verified import parse_condition as parse_condition
from micrograd.verified import paused_collection as paused_collection
from micrograd.verified import pi as pi
from micrograd.verified import postorder as postorder
from micrograd.verified import rad2deg as rad2deg
from micrograd.verified import reciprocal as reciprocal
from micrograd.verified import relu as relu
from micrograd.verified import sec as sec
from micrograd.verified import secd as secd
from micrograd.verified import sech as sech
from micrograd.verified import sigmoid as sigmoid
from micrograd.verified import sign as sign
from micrograd.verified import simplify as simplify
from micrograd.verified import sin as sin
from micrograd.verified import sind as sind
from micrograd.verified import sinh as sinh
from micrograd.verified import sinpi as sinpi
from micrograd.verified import softplus as softplus
from micrograd.verified import sqrt as sqrt
from micrograd.verified import square as square
from micrograd.verified import substitute as substitute
from micrograd.verified import tan as tan
from micrograd.verified import tand as tand
from micrograd.verified import tanh as tanh
from micrograd.verified import to_json as to_json
from micrograd.verified import to_latex as to_latex
from micrograd.verified import to_sympy as to_sympy
from micrograd.verified import trunc as trunc
from micrograd.verified import var as var
from micrograd.verified import variables as variables
from micrograd.verified import where as where
from micrograd.verified import write_certificate as write_certificate

__version__ = "0.1.0"
