"""The registry's functions as Python functions that build expressions, under their NumPy names.

Each takes expressions or exact numbers and returns an expression; nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable

from micrograd.verified.expr import HEADS, Expr, ExprLike, as_expr, file_node
from micrograd.verified.primitives import PRIMITIVES


def _unary(name: str) -> Callable[[ExprLike], Expr]:
    which = HEADS[name]

    def apply(x: ExprLike) -> Expr:
        return file_node(Expr, (which, x if type(x) is Expr else as_expr(x)))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"The expression {name}(x)."
    return apply


def _binary(name: str) -> Callable[[ExprLike, ExprLike], Expr]:
    which = HEADS[name]
    first, second = PRIMITIVES[name].params

    def apply(a: ExprLike, b: ExprLike) -> Expr:
        return file_node(Expr, (which, as_expr(a), as_expr(b)))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"The expression {name}({first}, {second})."
    return apply


reciprocal = _unary("reciprocal")
square = _unary("square")
sqrt = _unary("sqrt")
cbrt = _unary("cbrt")
hypot = _binary("hypot")
exp = _unary("exp")
exp2 = _unary("exp2")
exp10 = _unary("exp10")
expm1 = _unary("expm1")
log = _unary("log")
log2 = _unary("log2")
log10 = _unary("log10")
log1p = _unary("log1p")
sin = _unary("sin")
cos = _unary("cos")
tan = _unary("tan")
cot = _unary("cot")
sec = _unary("sec")
csc = _unary("csc")
asin = _unary("asin")
acos = _unary("acos")
atan = _unary("atan")
atan2 = _binary("atan2")
acot = _unary("acot")
asec = _unary("asec")
acsc = _unary("acsc")
sinpi = _unary("sinpi")
cospi = _unary("cospi")
deg2rad = _unary("deg2rad")
rad2deg = _unary("rad2deg")
sind = _unary("sind")
cosd = _unary("cosd")
tand = _unary("tand")
cotd = _unary("cotd")
secd = _unary("secd")
cscd = _unary("cscd")
asind = _unary("asind")
acosd = _unary("acosd")
atand = _unary("atand")
acotd = _unary("acotd")
asecd = _unary("asecd")
acscd = _unary("acscd")
sinh = _unary("sinh")
cosh = _unary("cosh")
tanh = _unary("tanh")
coth = _unary("coth")
sech = _unary("sech")
csch = _unary("csch")
asinh = _unary("asinh")
acosh = _unary("acosh")
atanh = _unary("atanh")
acoth = _unary("acoth")
asech = _unary("asech")
acsch = _unary("acsch")
sigmoid = _unary("sigmoid")
softplus = _unary("softplus")
logaddexp = _binary("logaddexp")
erf = _unary("erf")
erfc = _unary("erfc")
erfcx = _unary("erfcx")
absolute = _unary("abs")
sign = _unary("sign")
relu = _unary("relu")
maximum = _binary("max")
minimum = _binary("min")
floor = _unary("floor")
ceil = _unary("ceil")
trunc = _unary("trunc")
