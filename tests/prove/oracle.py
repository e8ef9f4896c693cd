"""An oracle that shares nothing with the prover: mpmath at 100 digits, and difference quotients from both sides.

Two numbers closer than `SNAP` count as equal, so that a root found numerically is a point on which ``u == 0`` holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import mpmath
from mpmath import fp, mp

from micrograd.verified import Expr, postorder
from micrograd.verified.expr import Node

mp.dps = 100
SNAP = mpmath.mpf(10) ** -60
STEP = mpmath.mpf(10) ** -18
FINE = mpmath.mpf(10) ** -19
MAX_SIZE = 5000


class Undefined(Exception):
    """There is no value."""


class OutOfReach(Exception):
    """A value too large to work with."""


def _need(condition: Any) -> None:
    if not condition:
        raise Undefined


class Numbers:
    """Values of expressions at a point, in a context of mpmath.

    Attributes:
        largest: larger values are out of reach.
        exponent, angle: larger operands of exp and of sin, cos are out of reach.
    """

    largest: Any = 1e300
    exponent: Any = MAX_SIZE
    angle: Any = 1e9

    def __init__(self, context: Any, point: Mapping[str, Any]) -> None:
        self.c = context
        self.point = point
        self.snap = SNAP if context is mp else 1e-13
        self.memo: dict[Any, Any] = {}

    def same(self, a: Any, b: Any) -> bool:
        return bool(a == b or abs(a - b) <= self.snap * (self.snap**0.4 + abs(a) + abs(b)))

    def value(self, node: Any) -> Any:
        if node not in self.memo:
            try:
                self.memo[node] = self._value(node)
            except (Undefined, OutOfReach) as error:
                self.memo[node] = error
            except (ZeroDivisionError, ValueError):
                self.memo[node] = Undefined()
            except OverflowError:
                self.memo[node] = OutOfReach()
        result = self.memo[node]
        if isinstance(result, Exception):
            raise result
        return result

    def _value(self, node: Any) -> Any:
        c, (head, *args) = self.c, node.key
        name = head.name
        if name == "const":
            return c.mpf(args[0].numerator) / args[0].denominator
        if name == "var":
            return self.point[args[0]]
        if name == "bool":
            return args[0]
        if name in ("pi", "e"):
            return c.pi + 0 if name == "pi" else c.exp(1)
        if name == "where":
            return self.value(args[1] if self.value(args[0]) else args[2])
        if name in ("and", "or"):
            first = self.value(args[0])
            return self.value(args[1]) if first is (name == "and") else first
        values = [self.value(a) for a in args]
        if name == "not":
            return not values[0]
        if name in ("lt", "le", "gt", "ge", "eq", "ne"):
            a, b = values
            if self.same(a, b):
                return name in ("le", "ge", "eq")
            return {"lt": a < b, "le": a < b, "gt": a > b, "ge": a > b, "eq": False, "ne": True}[name]
        result = getattr(self, "_" + name)(*values)
        if abs(result) > self.largest or result != result:
            raise OutOfReach
        return result

    def zero(self, x: Any) -> bool:
        return bool(x == 0)

    def whole(self, x: Any) -> bool:
        return self.same(x, self.c.floor(x + 0.5))

    def _add(self, a: Any, b: Any) -> Any:
        total = a + b
        return self.c.mpf(0) if abs(total) <= self.snap * (abs(a) + abs(b)) else total

    def _sub(self, a: Any, b: Any) -> Any:
        return self._add(a, -b)

    def _mul(self, a: Any, b: Any) -> Any:
        return a * b

    def _div(self, a: Any, b: Any) -> Any:
        _need(b != 0)
        return a / b

    def _neg(self, a: Any) -> Any:
        return -a

    def _powi(self, a: Any, n: Any) -> Any:
        n = int(n)
        _need(n >= 0 or a != 0)
        return a**n if n else self.c.mpf(1)

    def _pow(self, a: Any, b: Any) -> Any:
        if self.whole(b):
            return self._powi(a, self.c.floor(b + 0.5))
        if self.zero(a):
            _need(b > 0)
            return self.c.mpf(0)
        _need(a > 0)
        return self._exp(b * self.c.log(a))

    def _reciprocal(self, a: Any) -> Any:
        return self._div(self.c.mpf(1), a)

    def _square(self, a: Any) -> Any:
        return a * a

    def _sqrt(self, a: Any) -> Any:
        _need(a >= 0 or self.zero(a))
        return self.c.sqrt(max(a, 0))

    def _cbrt(self, a: Any) -> Any:
        return self.c.mpf(0) if a == 0 else (1 if a > 0 else -1) * self.c.exp(self.c.log(abs(a)) / 3)

    def _hypot(self, a: Any, b: Any) -> Any:
        return self.c.sqrt(a * a + b * b)

    def _exp(self, a: Any) -> Any:
        if abs(a) > self.exponent:
            raise OutOfReach
        return self.c.exp(a)

    def _exp2(self, a: Any) -> Any:
        return self._exp(a * self.c.log(2))

    def _exp10(self, a: Any) -> Any:
        return self._exp(a * self.c.log(10))

    def _expm1(self, a: Any) -> Any:
        return self._sub(self._exp(a), self.c.mpf(1))

    def _log(self, a: Any) -> Any:
        _need(a > 0)
        return self.c.log(a)

    def _log2(self, a: Any) -> Any:
        return self._log(a) / self.c.log(2)

    def _log10(self, a: Any) -> Any:
        return self._log(a) / self.c.log(10)

    def _log1p(self, a: Any) -> Any:
        return self._log(1 + a)

    def _trig(self, a: Any) -> tuple[Any, Any]:
        if abs(a) > self.angle:
            raise OutOfReach
        s, k = self.c.sin(a), self.c.cos(a)
        return (self.c.mpf(0) if abs(s) < self.snap else s), (self.c.mpf(0) if abs(k) < self.snap else k)

    def _sin(self, a: Any) -> Any:
        return self._trig(a)[0]

    def _cos(self, a: Any) -> Any:
        return self._trig(a)[1]

    def _tan(self, a: Any) -> Any:
        return self._div(*self._trig(a))

    def _cot(self, a: Any) -> Any:
        return self._div(*self._trig(a)[::-1])

    def _sec(self, a: Any) -> Any:
        return self._reciprocal(self._cos(a))

    def _csc(self, a: Any) -> Any:
        return self._reciprocal(self._sin(a))

    def _asin(self, a: Any) -> Any:
        _need(abs(a) <= 1 or self.same(abs(a), 1))
        return self.c.pi / 2 * (1 if a > 0 else -1) if self.same(abs(a), 1) else self.c.asin(a)

    def _acos(self, a: Any) -> Any:
        return self.c.pi / 2 - self._asin(a)

    def _atan(self, a: Any) -> Any:
        return self.c.atan(a)

    def _atan2(self, y: Any, x: Any) -> Any:
        _need(not (self.zero(x) and self.zero(y)))
        if self.zero(y):
            return self.c.mpf(0) if x > 0 else +self.c.pi
        return self.c.atan2(y, x)

    def _acot(self, a: Any) -> Any:
        return self.c.atan(self._reciprocal(a))

    def _asec(self, a: Any) -> Any:
        return self._acos(self._reciprocal(a))

    def _acsc(self, a: Any) -> Any:
        return self._asin(self._reciprocal(a))

    def _sinpi(self, a: Any) -> Any:
        return self._sin(a * self.c.pi)

    def _cospi(self, a: Any) -> Any:
        return self._cos(a * self.c.pi)

    def _deg2rad(self, a: Any) -> Any:
        return a * self.c.pi / 180

    def _rad2deg(self, a: Any) -> Any:
        return a * 180 / self.c.pi

    def _sinh(self, a: Any) -> Any:
        return (self._exp(a) - self._exp(-a)) / 2

    def _cosh(self, a: Any) -> Any:
        return (self._exp(a) + self._exp(-a)) / 2

    def _tanh(self, a: Any) -> Any:
        return self._sinh(a) / self._cosh(a)

    def _coth(self, a: Any) -> Any:
        return self._div(self._cosh(a), self._sinh(a))

    def _sech(self, a: Any) -> Any:
        return 1 / self._cosh(a)

    def _csch(self, a: Any) -> Any:
        return self._reciprocal(self._sinh(a))

    def _asinh(self, a: Any) -> Any:
        return self.c.asinh(a) if self.c is mp else self.c.mpf(mpmath.asinh(a))

    def _acosh(self, a: Any) -> Any:
        _need(a >= 1 or self.same(a, 1))
        a = max(a, self.c.mpf(1))
        return self.c.log(a + self.c.sqrt((a - 1) * (a + 1)))

    def _atanh(self, a: Any) -> Any:
        _need(abs(a) < 1 and not self.same(abs(a), 1))
        return self.c.log((1 + a) / (1 - a)) / 2

    def _acoth(self, a: Any) -> Any:
        return self._atanh(self._reciprocal(a))

    def _asech(self, a: Any) -> Any:
        return self._acosh(self._reciprocal(a))

    def _acsch(self, a: Any) -> Any:
        return self._asinh(self._reciprocal(a))

    def _sigmoid(self, a: Any) -> Any:
        return 1 / (1 + self._exp(-a))

    def _softplus(self, a: Any) -> Any:
        return self.c.log(1 + self._exp(a))

    def _logaddexp(self, a: Any, b: Any) -> Any:
        return self.c.log(self._exp(a) + self._exp(b))

    def _erf(self, a: Any) -> Any:
        return self.c.erf(a)

    def _erfc(self, a: Any) -> Any:
        return 1 - self.c.erf(a) if a < 3 else self.c.erfc(a)

    def _erfcx(self, a: Any) -> Any:
        return self._exp(a * a) * self.c.erfc(a)

    def _abs(self, a: Any) -> Any:
        return abs(a)

    def _sign(self, a: Any) -> Any:
        return self.c.mpf(0 if self.zero(a) else 1 if a > 0 else -1)

    def _relu(self, a: Any) -> Any:
        return max(a, self.c.mpf(0))

    def _max(self, a: Any, b: Any) -> Any:
        return max(a, b)

    def _min(self, a: Any, b: Any) -> Any:
        return min(a, b)

    def _floor(self, a: Any) -> Any:
        return self.c.floor(a + 0.5) if self.whole(a) else self.c.floor(a)

    def _ceil(self, a: Any) -> Any:
        return -self._floor(-a)

    def _trunc(self, a: Any) -> Any:
        return self._floor(a) if a >= 0 else -self._floor(-a)

    def _gudermannian(self, a: Any) -> Any:
        return 2 * self.c.atan(self.c.tanh(a / 2))

    def _softsign(self, a: Any) -> Any:
        return a / (1 + abs(a))

    def _log_sigmoid(self, a: Any) -> Any:
        return -self._softplus(-a)

    def _logit(self, a: Any) -> Any:
        _need(a > 0 and a < 1)
        return self.c.log(a) - self.c.log(1 - a)

    def _hardtanh(self, a: Any) -> Any:
        return min(max(a, self.c.mpf(-1)), self.c.mpf(1))

    def _hardsigmoid(self, a: Any) -> Any:
        return min(max(a + 3, self.c.mpf(0)), self.c.mpf(6)) / 6

    def _smoothstep(self, a: Any) -> Any:
        inside = min(max(a, self.c.mpf(0)), self.c.mpf(1))
        return inside * inside * (3 - 2 * inside)

    def _silu(self, a: Any) -> Any:
        return a * self._sigmoid(a)

    def _gelu(self, a: Any) -> Any:
        return a * self._ndtr(a)

    def _ndtr(self, a: Any) -> Any:
        return self._erfc(-a / self.c.sqrt(2)) / 2

    def _mish(self, a: Any) -> Any:
        return a * self.c.tanh(self._softplus(a))

    def _elu(self, a: Any) -> Any:
        return a if a > 0 else self._expm1(a)

    def _celu(self, a: Any, alpha: Any) -> Any:
        if a > 0:
            return a
        _need(alpha > 0 and not self.zero(alpha))
        return alpha * self._expm1(a / alpha)

    def _selu(self, a: Any) -> Any:
        scale, alpha = self.c.mpf("1.0507009873554804934193349852946"), self.c.mpf("1.6732632423543772848170429916717")
        return scale * (a if a > 0 else alpha * self._expm1(a))

    def _hardswish(self, a: Any) -> Any:
        return a * self._hardsigmoid(a)

    def _xlogy(self, a: Any, b: Any) -> Any:
        return self.c.mpf(0) if self.zero(a) else a * self._log(b)

    def _xlog1py(self, a: Any, b: Any) -> Any:
        return self._xlogy(a, 1 + b)

    def _entr(self, a: Any) -> Any:
        return -self._xlogy(a, a)

    def _log_ndtr(self, a: Any) -> Any:
        return self.c.log(self._ndtr(a))

    def _sinc(self, a: Any) -> Any:
        return self.c.mpf(1) if self.zero(a) else self._sinpi(a) / (self.c.pi * a)

    def _copysign(self, a: Any, b: Any) -> Any:
        return abs(a) if b >= 0 or self.zero(b) else -abs(a)

    def _remainder(self, a: Any, b: Any) -> Any:
        _need(not self.zero(b))
        return a - b * self._floor(a / b)


def _in_degrees(name: str, inverse: bool) -> Any:
    def apply(self: Numbers, a: Any) -> Any:
        if inverse:
            return getattr(self, "_" + name)(a) * 180 / self.c.pi
        return getattr(self, "_" + name)(a * self.c.pi / 180)

    return apply


for _name in ("sin", "cos", "tan", "cot", "sec", "csc"):
    setattr(Numbers, f"_{_name}d", _in_degrees(_name, False))
    setattr(Numbers, f"_a{_name}d", _in_degrees("a" + _name, True))

Point = dict[str, Any]


class Far(Numbers):
    """Values far away, where doubles are of no use."""

    largest = mpmath.mpf(10) ** 10**11
    exponent = 10**10
    angle = 10**40


def value(node: Node, point: Point, numbers: type[Numbers] = Numbers) -> Any:
    """Value or truth at a point.  Raises: Undefined, OutOfReach."""
    return numbers(mp, point).value(node)


def slope(f: Expr, name: str, point: Point, numbers: type[Numbers] = Numbers) -> Any:
    """The derivative of f at the point by difference quotients, None where there seems to be none or it cannot be seen."""

    def moved(step: Any) -> Any:
        return value(f, {**point, name: point[name] + step}, numbers)

    try:
        here = value(f, point, numbers)
        quotients = [(moved(step) - here) / step for step in (STEP, -STEP, 30 * STEP, -30 * STEP)]
        central = (moved(FINE) - moved(-FINE)) / (2 * FINE)
    except (Undefined, OutOfReach):
        return None
    size = 1 + max(map(abs, quotients))
    if max(quotients) - min(quotients) > 1e-6 * size or abs(central - quotients[0]) > 1e-6 * size:
        return None
    return central


def fault(f: Expr, name: str, claim: Expr, point: Point, tolerance: float = 1e-4) -> str | None:
    """What is wrong with the claim at a point, None if nothing is seen."""
    true = slope(f, name, point)
    if true is None:
        return None
    try:
        claimed = value(claim, point)
    except Undefined:
        return f"the claim is undefined, the derivative is {mpmath.nstr(true, 10)}"
    except OutOfReach:
        return None
    if abs(claimed - true) > tolerance * ((tolerance > 1e-6) + abs(true)):
        return f"the claim is {mpmath.nstr(claimed, 10)}, the derivative is {mpmath.nstr(true, 10)}"
    return None


def inside(domain: Node, point: Point) -> bool:
    """Whether the point is in the domain."""
    try:
        return bool(value(domain, point))
    except (Undefined, OutOfReach):
        return False


def differences(*nodes: Node) -> list[Expr]:
    """Expressions at whose zeros something happens."""
    found: dict[Expr, None] = {}
    for node in postorder(nodes):
        head, *args = node.key
        name = head.name
        if name in ("lt", "le", "gt", "ge", "eq", "ne", "max", "min"):
            found[args[0] - args[1]] = None
        elif name == "div":
            found[args[1]] = None
        elif name in ("abs", "sign", "relu", "sqrt", "cbrt", "log", "log2", "log10", "reciprocal", "pow", "powi", "coth", "csch", "acot"):
            found[args[0]] = None
        elif name in ("asin", "acos", "atanh", "acosh", "asec", "acsc", "acoth", "asech", "asind", "acosd"):
            found[args[0] - 1] = None
            found[args[0] + 1] = None
        elif name == "log1p":
            found[args[0] + 1] = None
        elif name in ("floor", "ceil", "trunc"):
            found.update(dict.fromkeys([args[0], args[0] - 1, args[0] + 1, args[0] - 2]))
        elif name == "atan2":
            found.update(dict.fromkeys(args))
    return [h for h in found if any(n.head.name == "var" for n in postorder([h]))][:40]


def _scan(h: Expr, name: str, start: Point, grid: list[float]) -> Iterator[tuple[float, float, bool]]:
    """Brackets with a change of sign, and neighbourhoods of minima of |h|."""
    base = {k: float(v) for k, v in start.items()}
    values: list[tuple[float, float]] = []
    for t in grid:
        try:
            values.append((t, float(Numbers(fp, {**base, name: t}).value(h))))
        except (Undefined, OutOfReach, TypeError):
            values.append((t, float("nan")))
    for (a, u), (b, v) in pairwise(values):
        if u == 0:
            yield a, a, True
        elif u * v < 0:
            yield a, b, True
    for (a, u), (_, v), (b, w) in zip(values, values[1:], values[2:], strict=False):
        if v and u * v > 0 and w * v > 0 and abs(v) < abs(u) and abs(v) <= abs(w):
            yield a, b, False


def roots(h: Expr, name: str, start: Point, grid: list[float]) -> Iterator[Any]:
    """Values of the variable with h = 0, to 50 digits."""

    def g(t: Any) -> Any:
        return value(h, {**start, name: t})

    for a, b, crossing in _scan(h, name, start, grid):
        if a == b:
            yield mpmath.mpf(a)
            continue
        try:
            if crossing:
                t = mpmath.findroot(g, (mpmath.mpf(a), mpmath.mpf(b)), solver="anderson", tol=mpmath.mpf(10) ** -190, verify=False)
            else:
                slope_of = lambda t: (g(t + STEP) - g(t - STEP)) / STEP  # noqa: E731
                t = mpmath.findroot(slope_of, (mpmath.mpf(a), mpmath.mpf(b)), tol=mpmath.mpf(10) ** -90, verify=False)
            if a - 1e-9 <= t <= b + 1e-9 and abs(g(t)) < mpmath.mpf(10) ** -30:
                yield mpmath.mpf(0) if abs(t) < 1e-30 else t
        except (Undefined, OutOfReach, ZeroDivisionError, ValueError, TypeError):
            continue
