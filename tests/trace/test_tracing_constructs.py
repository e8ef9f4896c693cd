"""Odd corners of Python and NumPy in traced functions: each is read as Python computes it, or refused.

As in `test_tracing_differential`, reading alone is tested.
"""

# ruff: noqa
# mypy: disable-error-code="call-arg, type-arg, no-untyped-def, no-any-return, attr-defined, misc, arg-type, call-overload, operator, union-attr, return, override, assignment, index, no-untyped-call, var-annotated, comparison-overlap, has-type, unused-ignore"

from __future__ import annotations

import abc
import cmath
import collections
import contextlib
import copy
import dataclasses
import decimal
import enum
import fractions
import functools
import itertools
import math
import operator
import random
import statistics
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.trace import tracing
from micrograd.trace.tracing import trace
from tests.trace.test_tracing_differential import POINTS, compared


class Temp(float):
    def __mul__(self, o: Any) -> Any:
        return 100.0

    __rmul__ = __mul__


T = Temp(2.0)


class Num(int):
    def __mul__(self, o: Any) -> Any:
        return 100.0

    __rmul__ = __mul__


N = Num(2)


class V(list):
    def __getitem__(self, i: Any) -> Any:
        return 7.0


VV = V([1.0])


class Arr(np.ndarray):
    pass


MAT = np.array([[1.0, 2.0], [3.0, 4.0]]).view(np.matrix)
MA = np.ma.masked_array([1.0, 2.0], [True, False])


class Cache:
    store = {}

    def f(self, x: Any) -> Any:
        if "k" not in self.store:
            self.store["k"] = x
        return self.store["k"]


class Count:
    n = 0

    def f(self, x: Any) -> Any:
        Count.n += 1
        return x


class Count2:
    n = 0

    def f(self, x: Any) -> Any:
        type(self).n += 1
        return x * 1


class Sig:
    def __init__(self, f: Any) -> Any:
        functools.update_wrapper(self, f)
        self.__wrapped__ = f

    def __call__(self, x: Any) -> Any:
        return 3 * self.__wrapped__(x)


@Sig
def sg(x: Any) -> Any:
    return x


def swap(f: Any) -> Any:

    @functools.wraps(f)
    def inner(y: Any, x: Any) -> Any:
        return f(x, y)

    return inner


@swap
def sw(x: Any, y: Any) -> Any:
    return x - 2 * y


class Meta(type):
    def __call__(cls, x: Any) -> Any:
        return 5 * x


class MM(metaclass=Meta):
    def g(self) -> Any:
        pass


class Color(enum.Enum):
    A = 0.5
    B = 1 / 3


class P(typing.NamedTuple):
    a: float
    b: float = 1 / 7

    def f(self, x: Any) -> Any:
        return self.a * x + self.b


class Abs(abc.ABC):
    @abc.abstractmethod
    def f(self, x: Any) -> Any: ...


class Conc(Abs):
    K = 1 / 9

    def f(self, x: Any) -> Any:
        return self.K * x


class Desc:
    def __get__(self, i: Any, o: Any) -> Any:
        return 1 / 11


class HasD:
    d = Desc()

    def f(self, x: Any) -> Any:
        return self.d * x


class Get:
    def __getattr__(self, n: Any) -> Any:
        return 1 / 13

    def f(self, x: Any) -> Any:
        return self.zz * x


class Neg:
    def __init__(self, v: Any) -> Any:
        self.v = v

    def __add__(self, o: Any) -> Any:
        return Neg(self.v - o)

    def __eq__(self, o: Any) -> Any:
        return True

    def __bool__(self) -> Any:
        return self.v > 0


def usesneg(x: Any) -> Any:
    return (Neg(x) + 1.0).v


def usesneg2(x: Any) -> Any:
    return 1.0 if Neg(x) == 3 else x


def usesneg3(x: Any) -> Any:
    return 1.0 if Neg(x) else x


def tryelse(x: Any) -> Any:
    try:
        pass
    except ValueError:
        pass
    return x


def helper_gen(x: Any) -> Any:
    yield x
    yield (2 * x)


def usesgen(x: Any) -> Any:
    return sum(helper_gen(x))


def nested_try(x: Any) -> Any:

    def g() -> Any:
        try:
            return math.log(x)
        except ValueError:
            return 0.0

    return g()


def lookup(x: Any) -> Any:
    return {True: x, False: -x}[x > 0]


def compr(x: Any) -> Any:
    return sum([k * x for k in range(4) if k % 2])


def dictc(x: Any) -> Any:
    return sum({k: k * x for k in range(3)}.values())


def starred(x: Any) -> Any:
    a, *b = [x, 2 * x, 3 * x]
    return a + b[-1]


def glb(x: Any) -> Any:
    return globals()["math"].pi * x


def delx(x: Any) -> Any:
    y = x
    del x
    return y


def assert_msg(x: Any) -> Any:
    assert x > -100, f"{x:.3f} {len(str(x))}"
    return x


def rais(x: Any) -> Any:
    if x > 100:
        raise ValueError(str(x), len(repr(x)))
    return x


def custom(x: Any) -> Any:

    class E(ValueError):
        def __init__(self, v: Any) -> Any:
            super().__init__(v)
            self.v = v

    if x > 100:
        raise E(x)
    return x


def raise_from(x: Any) -> Any:
    if x > 100:
        raise ValueError("a") from TypeError(f"{x}")
    return x


def loopb(x: Any) -> Any:
    s = 0.0
    for i in range(10):
        if i > 5:
            break
        s += x * i
    else:
        s = 100.0
    return s


def intfun(x: Any) -> Any:
    n = int(7 / 2)
    return x**n


def isinst_np(x: Any) -> Any:
    return x if isinstance(x, np.generic) else 2 * x


def cmpnone(x: Any) -> Any:
    return x if x != None else 0


def eqstr(x: Any) -> Any:
    return 1.0 if x == "a" else x


def fmt(x: Any) -> Any:
    return x + len("%d" % 3)


def mod_str(x: Any) -> Any:
    return x if "%s" % 0.5 == "0.5" else 2 * x


def boolmul(x: Any) -> Any:
    return True * x + False


def nanidiom(x: Any) -> Any:
    return 0.0 if x != x else x


def mutarg(v: Any) -> Any:
    v[0] = 3.0
    return v.sum()


def defaultmut(x: Any, acc: Any = {}) -> Any:
    acc["n"] = acc.get("n", 0) + 1
    return x


def fattr(x: Any) -> Any:
    fattr.calls = getattr(fattr, "calls", 0) + 1
    return x


def floatmeth(x: Any) -> Any:
    return float.__mul__(x, 2.0)


def floatfromhex(x: Any) -> Any:
    return float.fromhex("0x1p-1") * x


def mathattr(x: Any) -> Any:
    return getattr(math, "sin")(x)


def npattr(x: Any) -> Any:
    return getattr(np, "exp")(x)


def imp(x: Any) -> Any:
    import importlib

    return importlib.import_module("math").sin(x)


def lam_default(x: Any) -> Any:
    return (lambda y, k=1 / 3: k * y)(x)


def decimals(x: Any) -> Any:
    return float(decimal.Decimal("0.1")) * x


def fr(x: Any) -> Any:
    return x * fractions.Fraction("0.1") + fractions.Fraction(1, 3)


def stats(x: Any) -> Any:
    return statistics.mean([x, 1.0])


def sortkey(x: Any) -> Any:
    return sorted([(x, 1.0), (1.0, 2.0)])[0][1]


def minl(x: Any) -> Any:
    return min([x, 1.0, 2.0], key=lambda t: abs(t - 1.5))


def z(x: Any) -> Any:
    return math.copysign(1.0, x - x)


def zz(x: Any) -> Any:
    return math.copysign(1.0, -(x - x))


def zz3(x: Any) -> Any:
    return math.copysign(1.0, 0 * x)


def at0(x: Any) -> Any:
    return math.atan2(x - x, -1.0)


def at1(x: Any) -> Any:
    return math.atan2(-(x - x), -1.0)


def flr(x: Any) -> Any:
    return math.floor(x) / 2


def flr2(x: Any) -> Any:
    return [1, 2, 3][math.floor(2.7)] * x


def trun(x: Any) -> Any:
    return int(math.trunc(7.9)) * x


def roundhalf(x: Any) -> Any:
    return round(2.5) * x + round(3.5) + round(-2.5)


def round2(x: Any) -> Any:
    return round(0.125, 2) * x


def round3(x: Any) -> Any:
    return round(1234.5678, -2) * x


def divm(x: Any) -> Any:
    return divmod(-7, 2)[0] * x + divmod(7.5, -2)[1]


def shifts(x: Any) -> Any:
    return (1 << 4) * x + ~5


def bigint(x: Any) -> Any:
    return 10**30 * x / 10**30


def intdivbig(x: Any) -> Any:
    return 10**20 // 3 * x


def floatint(x: Any) -> Any:
    return (1e16 + 1 - 1e16) * x


def cexp(x: Any) -> Any:
    return abs(cmath.exp(1j * x))


def logadd(x: Any) -> Any:
    return np.logaddexp(x, -np.inf)


def nanmean(x: Any) -> Any:
    return np.nanmean([x, 1.0])


def tuplemul(x: Any) -> Any:
    return sum((x,) * 3)


def npsum_gen(x: Any) -> Any:
    return np.sum(np.fromiter((k * x for k in range(3)), dtype=float))


def npsum_range(x: Any) -> Any:
    return np.sum(range(4)) * x


def npc(x: Any) -> Any:
    return np.array(range(3)).sum() * x


def nppoly(x: Any) -> Any:
    return np.polyval([1, 2, 3], x)


def npcross(x: Any) -> Any:
    return np.cross([1, 2], [x, 3.0])


def einsumint(x: Any) -> Any:
    return np.einsum("i,i", [1, 2], [3, 4]) / 7 * x


def intarr_div(x: Any) -> Any:
    a = np.array([1, 2, 3])
    return (a / a.sum() * x).sum()


def intarr_floordiv(x: Any) -> Any:
    a = np.array([7, -7])
    return (a // 2)[1] * x + (a % 4)[1]


def intneg(x: Any) -> Any:
    return np.array([2, 4]) ** np.array([1, 2]) @ np.array([1, 1]) * x


def int8(x: Any) -> Any:
    return np.array([100, 100], dtype=np.int8).sum() * x


def int8b(x: Any) -> Any:
    return (np.array([100], dtype=np.int8) + np.int8(100))[0] * x


def uint(x: Any) -> Any:
    return (np.array([1], dtype=np.uint8) - np.uint8(2))[0] * x


def boolarr(x: Any) -> Any:
    a = np.array([True, False])
    return (a * x).sum() + (~a).sum()


def boolsub(x: Any) -> Any:
    return (np.array([True, False]).astype(int) - 1).sum() * x


def meanint(x: Any) -> Any:
    return np.mean([1, 2]) * x + np.var([1, 2, 4]) + np.median([1, 2, 3])


def medi(x: Any) -> Any:
    return np.median([1, 2, 3]) * x


def argm(x: Any) -> Any:
    return np.argmax([x, 1.0, 2.0]) * 1.0


def amaxint(x: Any) -> Any:
    return np.max([1, 5, 3]) * x + np.array([3, 1]).min()


def clipint(x: Any) -> Any:
    return np.clip(5, 0, 3) * x + np.clip(np.array([1, 9]), 0, 3)[1] / 2


def condarr(x: Any) -> Any:
    return np.where(np.array([True, False]), x, 2 * x).sum()


def condint(x: Any) -> Any:
    return np.where(np.array([1, 0]), x, 2 * x).sum()


def selint(x: Any) -> Any:
    return np.select([np.array([True, False])], [np.array([x, x])], 0).sum()


def powint(x: Any) -> Any:
    return np.power(np.array([1, 2, 3]), 2).sum() * x


def npneg(x: Any) -> Any:
    return np.negative(x) + np.positive(x) + np.abs(-x) + np.absolute(x)


def npint(x: Any) -> Any:
    return np.int64(x)


def npbool(x: Any) -> Any:
    return np.bool_(x) * x


def npfl(x: Any) -> Any:
    return np.float64("0.1") * x


def npdt(x: Any) -> Any:
    return np.dtype(float).itemsize * x


def finfo(x: Any) -> Any:
    return np.finfo(float).eps + x


def eps(x: Any) -> Any:
    return sys.float_info.epsilon + x


def infcmp(x: Any) -> Any:
    return x if x > -math.inf and x <= math.inf else 0.0


def infmin(x: Any) -> Any:
    best = math.inf
    for t in (x, 2 * x, x + 1):
        if t < best:
            best = t
    return best


def infmaxnp(x: Any) -> Any:
    return np.max([x, -np.inf, 1.0])


def infsum(x: Any) -> Any:
    return 1 / (1 + math.inf) + x


def expinf(x: Any) -> Any:
    return np.exp(-np.inf) * x + np.exp(-np.array([np.inf, 0.0])).sum()


def whereinf2(x: Any) -> Any:
    return np.exp(-np.where(x > 0, x, np.inf))


def wheremask(x: Any) -> Any:
    return np.where(x > 0, x, -np.inf) - np.where(x > 0, 0.0, -np.inf)


def nancmp(x: Any) -> Any:
    return 1.0 if not math.nan < x else x


def nanw(x: Any) -> Any:
    return np.where(np.isnan(np.where(x > 0, x, np.nan)), 0.0, x)


def isinfw(x: Any) -> Any:
    return np.where(np.isinf(np.where(x > 0, x, np.inf)), 0.0, x)


def nonz(x: Any) -> Any:
    return 0**x if x > 0 else 1.0


def chainis(x: Any) -> Any:
    return 1.0 if x is not None is not False else x


def sumtruth(x: Any) -> Any:
    return sum((t > 0 for t in (x, -x, 1.0))) * x


def cnt(x: Any) -> Any:
    return [x > 0, True].count(True) * x


def anyl(x: Any) -> Any:
    return any((t > 2 for t in [x, 1])) * x


def strjoin(x: Any) -> Any:
    return len(",".join([f"{x}"])) * x


def fstreq(x: Any) -> Any:
    return 1.0 if f"{x:.3f}" in ("1.000",) else x


def setl(x: Any) -> Any:
    return len({round(x)}) * x


def npunique(x: Any) -> Any:
    return np.unique([x, x]).size * x


def zipl(x: Any) -> Any:
    return sum((a * b for a, b in zip([x, 1], [2, 3, 4])))


def itert(x: Any) -> Any:
    return sum(itertools.islice(itertools.cycle([x, 1.0]), 5))


def prodit(x: Any) -> Any:
    return sum((a * b for a, b in itertools.product([x, 1], [2, 3])))


def red(x: Any) -> Any:
    return functools.reduce(lambda a, b: a / b, [x, 2, 3])


def part(x: Any) -> Any:
    return functools.partial(pow, x)(2)


def cmpk(x: Any) -> Any:
    return sorted([x, 1.0], key=functools.cmp_to_key(lambda a, b: -1 if a < b else 1))[0]


def nt(x: Any) -> Any:
    return collections.namedtuple("Q", "a b")(x, 2.0).a * 2


def dd(x: Any) -> Any:
    d = collections.defaultdict(float)
    d["a"] += x
    return d["a"]


def cntr(x: Any) -> Any:
    return collections.Counter("aab")["a"] * x


def dq(x: Any) -> Any:
    return sum(collections.deque([x, 1.0], maxlen=1))


def dc(x: Any) -> Any:

    @dataclasses.dataclass
    class Q:
        a: float
        b: float = 1 / 3

    return Q(x).a * Q(x).b


def op(x: Any) -> Any:
    return operator.itemgetter(0)([x]) * operator.mul(x, 2)


def opinv(x: Any) -> Any:
    return operator.inv(x > 0) * x


def opnot(x: Any) -> Any:
    return operator.not_(x > 0) * x


def oppos(x: Any) -> Any:
    return operator.contains([1.0, 3.0], x) * x


def attrg(x: Any) -> Any:
    return operator.attrgetter("real")(x)


def attrg2(x: Any) -> Any:
    return len(operator.attrgetter("__class__.__name__")(x)) * x


def methc(x: Any) -> Any:
    return len(operator.methodcaller("__repr__")(x)) * x


def tps(x: Any) -> Any:
    return types.SimpleNamespace(a=x).a * 2


def cpy(x: Any) -> Any:
    return copy.copy([x])[0]


def mapp(x: Any) -> Any:
    return sum(map(math.sin, [x, 1.0]))


def filt(x: Any) -> Any:
    return sum(filter(lambda t: t > 0, [x, -x, 1.0]))


def rev(x: Any) -> Any:
    return list(reversed([x, 2.0]))[0]


def enum_(x: Any) -> Any:
    return sum((i * t for i, t in enumerate([x, x], start=1)))


def slic(x: Any) -> Any:
    return [x, 1.0, 2.0][::2][1] * x


def sstr(x: Any) -> Any:
    return len(str(0.1 + 0.2)) * x


def tstr(x: Any) -> Any:
    return float(str(0.1)) * x


def tstr2(x: Any) -> Any:
    return float(repr(1 / 3)) * x


def ord_(x: Any) -> Any:
    return ord("a") * x


def rd(x: Any) -> Any:
    return random.Random(0).random() * x


def vec(x: Any) -> Any:
    return np.vectorize(math.sin)([x, 1.0]).sum()


def frompy(x: Any) -> Any:
    return np.frompyfunc(lambda a: a * 2, 1, 1)(x)


def apply_over(x: Any) -> Any:
    return np.apply_along_axis(np.sum, 0, np.array([x, 1.0]))


def piecew(x: Any) -> Any:
    return np.piecewise(x, [x < 0, x >= 0], [lambda t: -t, lambda t: t])


def trap(x: Any) -> Any:
    return np.trapezoid([x, 1.0])


def shapes_(x: Any) -> Any:
    return np.zeros((2, 3)).shape[1] * x


def outd(x: Any) -> Any:
    o = np.empty(2)
    o[0] = x
    o[1] = 1.0
    return o.sum()


def outd2(x: Any) -> Any:
    o = np.empty(2)
    o[0] = x
    return o.sum()


def emptyl(x: Any) -> Any:
    return np.sum([]) + np.prod([1.0]) * x


def emptym(x: Any) -> Any:
    return np.mean([]) * x


def aug(x: Any) -> Any:
    x *= 2
    x -= 1
    x /= 3
    x **= 2
    x //= 0.25
    x %= 7
    return x


def tern(x: Any) -> Any:
    return (x if x > 0 else -x) if x != 1 else 5.0


def eqint(x: Any) -> Any:
    return x if x == int(3.0) else 2 * x


def rng2(x: Any) -> Any:
    return sum((x for _ in range(int(4 / 2))))


def whileint(x: Any) -> Any:
    n = 8
    while n > 1:
        n /= 2
        x = x * 2
    return x


def fl(x: Any) -> Any:
    return float(x > 0) * x


def bl(x: Any) -> Any:
    return bool(x > 0) * x


def inl(x: Any) -> Any:
    return int(x > 0) + int(3.9)


def rndt(x: Any) -> Any:
    return round(x > 0) * x


def absT(x: Any) -> Any:
    return abs(x > 0) * x


def posT(x: Any) -> Any:
    return +(x > 0) * x


def powT(x: Any) -> Any:
    return (x > 0) ** 2 * x


def divT(x: Any) -> Any:
    return (x > 0) / 2


def cmpT(x: Any) -> Any:
    return ((x > 0) > (x > 1)) * x


def eqT(x: Any) -> Any:
    return ((x > 0) == (x > 1)) * x


def eqT1(x: Any) -> Any:
    return ((x > 0) == 1) * x


def addT(x: Any) -> Any:
    return 1 + (x > 0) + (x > 1)


def subT(x: Any) -> Any:
    return 1 - (x > 0) - (x > 1)


def floorT(x: Any) -> Any:
    return (x > 0) // 2


def npaddT(x: Any) -> Any:
    return np.add(x > 0, x > 1) * x


def npmulT(x: Any) -> Any:
    return np.multiply(x > 0, x > 1) * x


def npmaxT(x: Any) -> Any:
    return np.maximum(x > 0, x > 1) * x


def npsqrtT(x: Any) -> Any:
    return np.sqrt(x > 0) * x


def npwT(x: Any) -> Any:
    return np.where(x > 0, x > 1, 0.5) * x


def listT(x: Any) -> Any:
    return np.array([x > 0, x > 1]).sum() * x


def listT2(x: Any) -> Any:
    return np.array([x > 0, 2.0]).sum() * x


def listT3(x: Any) -> Any:
    return (np.array([x > 0, True]) + np.array([True, True])).sum() * x


class Refl:
    def __rmul__(self, o: Any) -> Any:
        return 42.0

    def __radd__(self, o: Any) -> Any:
        return 1.0


RF = Refl()


def refl(x: Any) -> Any:
    return x * RF


class Fl:
    def __float__(self) -> Any:
        return 2.5

    def __index__(self) -> Any:
        return 2


FL = Fl()


def flo(x: Any) -> Any:
    return float(FL) * x


def flx(x: Any) -> Any:
    return x * [1, 2, 3][FL]


class Call:
    def __init__(self) -> Any:
        self.n = 0

    def __call__(self, x: Any) -> Any:
        self.n += 1
        return x


call = Call()


def usescall(x: Any) -> Any:
    return call(x)


def gl(x: Any) -> Any:
    return x * GG


GG = [0.5, 1 / 3][1]


class Ov:
    def __new__(cls, x: Any) -> Any:
        return x * 2


def usesov(x: Any) -> Any:
    return Ov(x)


class CtxOK:
    def __enter__(self) -> Any:
        return self

    def __exit__(self, *a: Any) -> Any:
        return None


def ctx(x: Any) -> Any:
    with CtxOK():
        return x * 2


@contextlib.contextmanager
def cm() -> Any:
    yield 5


def ctx2(x: Any) -> Any:
    with cm() as c:
        return x * c


def closed() -> Any:
    acc = []

    def f(x: Any) -> Any:
        acc.append(1)
        return x

    return f


clo = closed()

CONSTRUCTS: dict[str, Callable[..., Any]] = {
    "usesneg": usesneg,
    "usesneg2": usesneg2,
    "usesneg3": usesneg3,
    "tryelse": tryelse,
    "usesgen": usesgen,
    "nested_try": nested_try,
    "lookup": lookup,
    "compr": compr,
    "dictc": dictc,
    "starred": starred,
    "glb": glb,
    "delx": delx,
    "assert_msg": assert_msg,
    "rais": rais,
    "custom": custom,
    "raise_from": raise_from,
    "loopb": loopb,
    "intfun": intfun,
    "isinst_np": isinst_np,
    "cmpnone": cmpnone,
    "eqstr": eqstr,
    "fmt": fmt,
    "mod_str": mod_str,
    "boolmul": boolmul,
    "nanidiom": nanidiom,
    "mutarg": mutarg,
    "defaultmut": defaultmut,
    "fattr": fattr,
    "floatmeth": floatmeth,
    "floatfromhex": floatfromhex,
    "mathattr": mathattr,
    "npattr": npattr,
    "imp": imp,
    "lam_default": lam_default,
    "decimals": decimals,
    "fr": fr,
    "stats": stats,
    "sortkey": sortkey,
    "minl": minl,
    "z": z,
    "zz": zz,
    "zz3": zz3,
    "at0": at0,
    "at1": at1,
    "flr": flr,
    "flr2": flr2,
    "trun": trun,
    "roundhalf": roundhalf,
    "round2": round2,
    "round3": round3,
    "divm": divm,
    "shifts": shifts,
    "bigint": bigint,
    "intdivbig": intdivbig,
    "cexp": cexp,
    "logadd": logadd,
    "nanmean": nanmean,
    "tuplemul": tuplemul,
    "npsum_gen": npsum_gen,
    "npsum_range": npsum_range,
    "npc": npc,
    "nppoly": nppoly,
    "npcross": npcross,
    "einsumint": einsumint,
    "intarr_div": intarr_div,
    "intarr_floordiv": intarr_floordiv,
    "intneg": intneg,
    "int8": int8,
    "int8b": int8b,
    "uint": uint,
    "boolarr": boolarr,
    "boolsub": boolsub,
    "meanint": meanint,
    "medi": medi,
    "argm": argm,
    "amaxint": amaxint,
    "clipint": clipint,
    "condarr": condarr,
    "condint": condint,
    "selint": selint,
    "powint": powint,
    "npneg": npneg,
    "npint": npint,
    "npbool": npbool,
    "npfl": npfl,
    "npdt": npdt,
    "finfo": finfo,
    "eps": eps,
    "infcmp": infcmp,
    "infmin": infmin,
    "infmaxnp": infmaxnp,
    "infsum": infsum,
    "expinf": expinf,
    "whereinf2": whereinf2,
    "wheremask": wheremask,
    "nancmp": nancmp,
    "nanw": nanw,
    "isinfw": isinfw,
    "nonz": nonz,
    "chainis": chainis,
    "sumtruth": sumtruth,
    "cnt": cnt,
    "anyl": anyl,
    "strjoin": strjoin,
    "fstreq": fstreq,
    "setl": setl,
    "npunique": npunique,
    "zipl": zipl,
    "itert": itert,
    "prodit": prodit,
    "red": red,
    "part": part,
    "cmpk": cmpk,
    "nt": nt,
    "dd": dd,
    "cntr": cntr,
    "dq": dq,
    "dc": dc,
    "op": op,
    "opinv": opinv,
    "opnot": opnot,
    "oppos": oppos,
    "attrg": attrg,
    "attrg2": attrg2,
    "methc": methc,
    "tps": tps,
    "cpy": cpy,
    "mapp": mapp,
    "filt": filt,
    "rev": rev,
    "enum_": enum_,
    "slic": slic,
    "sstr": sstr,
    "tstr": tstr,
    "tstr2": tstr2,
    "ord_": ord_,
    "rd": rd,
    "vec": vec,
    "frompy": frompy,
    "apply_over": apply_over,
    "piecew": piecew,
    "trap": trap,
    "shapes_": shapes_,
    "outd": outd,
    "outd2": outd2,
    "emptyl": emptyl,
    "emptym": emptym,
    "aug": aug,
    "tern": tern,
    "eqint": eqint,
    "rng2": rng2,
    "whileint": whileint,
    "fl": fl,
    "bl": bl,
    "inl": inl,
    "rndt": rndt,
    "absT": absT,
    "posT": posT,
    "powT": powT,
    "divT": divT,
    "cmpT": cmpT,
    "eqT": eqT,
    "eqT1": eqT1,
    "addT": addT,
    "subT": subT,
    "floorT": floorT,
    "npaddT": npaddT,
    "npmulT": npmulT,
    "npmaxT": npmaxT,
    "npsqrtT": npsqrtT,
    "npwT": npwT,
    "listT": listT,
    "listT2": listT2,
    "listT3": listT3,
    "refl": refl,
    "flo": flo,
    "flx": flx,
    "usescall": usescall,
    "gl": gl,
    "usesov": usesov,
    "ctx": ctx,
    "ctx2": ctx2,
    "times a float of another class": lambda x: x * T,
    "a float of another class times": lambda x: T * x,
    "an int of another class": lambda x: x * N,
    "a list of another class": lambda x: VV[0] * x,
    "matrices": lambda x: (MAT * MAT)[0, 0] * x,
    "matrices of x": lambda x: (MAT * x * MAT)[0, 0],
    "masked": lambda x: (MA * x).sum(),
    "masked sum": lambda x: np.sum(MA) * x,
    "class that remembers": Cache().f,
    "class that counts": Count().f,
    "class that counts by type": Count2().f,
    "class decorator": sg,
    "metaclass": MM,
    "metaclass inside": lambda x: MM(x),
    "enum": lambda x: Color.A.value * x + Color.B.value,
    "named tuple": P(0.5).f,
    "named tuple inside": lambda x: P(x).f(x),
    "abstract": Conc().f,
    "descriptor": HasD().f,
    "__getattr__": Get().f,
    "closure that appends": clo,
    "callable that counts": call,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CONSTRUCTS)
def test_constructs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "disagreement", lambda *arguments: "")
    function = CONSTRUCTS[name]
    try:
        traced = trace(function)
    except UnsupportedPrimitive:
        return
    for x in [*POINTS, 2.0, 0.5]:
        Cache.store.clear()
        compared(function, x, traced.result, {traced.names[0]: x})
