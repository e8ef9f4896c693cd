"""Random functions, domains, right claims (rewritten derivatives) and wrong ones (one token changed)."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from micrograd.verified import Condition, Expr, const, diff, domain, e, pi, postorder, substitute, var, variables
from micrograd.verified.expr import HEADS, TRUE, build, choose, compare
from micrograd.verified.functions import absolute, cos, cosh, exp, floor, log, maximum, sign, sin, sqrt

COMMON = ["exp", "log", "sin", "cos", "sqrt", "abs", "square", "tanh", "atan", "max", "min", "tan", "sigmoid", "relu", "sign", "floor"]
RARE = ["cbrt", "hypot", "exp2", "exp10", "expm1", "log2", "log10", "log1p", "cot", "sec", "csc", "asin", "acos", "atan2", "acot", "asec"]
RARE += ["acsc", "sinpi", "cospi", "sind", "cosd", "tand", "asind", "acotd", "sinh", "cosh", "coth", "sech", "csch", "asinh", "acosh"]
RARE += ["atanh", "acoth", "asech", "acsch", "softplus", "logaddexp", "erf", "erfc", "erfcx", "ceil", "trunc", "reciprocal"]
POWERS = [Fraction(1, 2), Fraction(-1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(3, 2), Fraction(-3, 2), Fraction(4, 3)]
NUMBERS: list[int | Fraction] = [0, 1, 1, 2, 2, 3, -1, -2, 5, Fraction(1, 2), Fraction(-1, 2), Fraction(1, 3), Fraction(3, 2)]
COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]
TWINS = {"sin": "cos", "cos": "sin", "exp": "cosh", "sinh": "cosh", "cosh": "sinh", "tan": "cot", "max": "min", "min": "max"}
TWINS |= {"add": "sub", "sub": "add", "mul": "div", "div": "mul", "lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "eq": "ne", "ne": "eq"}
TWINS |= {"abs": "neg", "sign": "abs", "log": "sqrt", "sqrt": "abs", "tanh": "sinh", "floor": "ceil", "ceil": "floor", "sech": "csch"}


def replaced(root: Any, old: Any, new: Any) -> Any:
    """The expression with one subterm replaced wherever it occurs."""
    done: dict[Any, Any] = {old: new}
    for node in postorder([root]):
        if node not in done:
            key = node.key
            done[node] = build(key[0], *[done[c] for c in key[1:]]) if key[0].arity else node
    return done[root]


class Maker:
    """Random expressions from one source of randomness."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.names = ["x", "y", "z"][: self.r.choice([1, 1, 2, 2, 3])]

    def number(self) -> Expr:
        return const(self.r.choice(NUMBERS))

    def leaf(self) -> Expr:
        if self.r.random() < 0.7:
            return var("x" if self.r.random() < 0.6 else self.r.choice(self.names))
        return self.r.choice([pi, e]) if self.r.random() < 0.06 else self.number()

    def real(self, depth: int) -> Expr:
        r = self.r
        if depth <= 0:
            return self.leaf()
        kind = r.random()
        if kind < 0.12:
            return self.leaf()
        if kind < 0.55:
            name = r.choice(["add", "sub", "mul", "mul", "add", "div"])
            return build(HEADS[name], self.real(depth - 1), self.real(depth - 1))  # type: ignore[no-any-return]
        if kind < 0.62:
            return self.real(depth - 1) ** r.choice([2, 3, 2, -1, -2])
        if kind < 0.66:
            return self.real(depth - 1) ** const(r.choice(POWERS))
        if kind < 0.68:
            return self.real(depth - 1) ** self.real(depth - 2)
        if kind < 0.76:
            return choose(self.truth(depth - 1), self.real(depth - 1), self.real(depth - 1))
        head = HEADS[r.choice(COMMON if r.random() < 0.75 else RARE)]
        return build(head, *[self.real(depth - 1) for _ in range(head.arity)])  # type: ignore[no-any-return]

    def truth(self, depth: int) -> Condition:
        r = self.r
        if depth > 1 and r.random() < 0.15:
            return build(HEADS[r.choice(["and", "or"])], self.truth(depth - 1), self.truth(depth - 1))  # type: ignore[no-any-return]
        if depth > 1 and r.random() < 0.05:
            return build(HEADS["not"], self.truth(depth - 1))  # type: ignore[no-any-return]
        return compare(HEADS[r.choice(COMPARISONS)], self.real(min(depth - 1, 1)), self.number() if r.random() < 0.7 else self.leaf())

    def joined(self) -> Expr:
        """Two pieces that meet in a point, often smoothly."""
        r, x = self.r, var("x")
        c = self.number()
        smooth = self.real(2)
        h = x - c
        other = r.choice(
            [
                smooth,
                smooth + h**2,
                smooth + h * self.real(1),
                smooth + h**2 * self.real(1),
                substitute(smooth, {x: c}),
                smooth + absolute(h) * h,
                smooth + floor(x) * h**2,
                smooth + log(absolute(h)) * h,
                smooth + 0 * log(h),
                smooth + sqrt(absolute(h)) ** 3,
            ]
        )
        condition = compare(HEADS[r.choice(COMPARISONS)], x, c) if r.random() < 0.7 else self.truth(2)
        return choose(condition, smooth, other) if r.random() < 0.5 else choose(condition, other, smooth)

    def function(self) -> Expr:
        return self.joined() if self.r.random() < 0.25 else self.real(self.r.choice([1, 2, 2, 3, 3]))

    def domain(self) -> Condition | None:
        r = self.r
        kind = r.random()
        if kind < 0.3:
            return None
        if kind < 0.55:
            return TRUE
        total = TRUE
        for name in self.names:
            v, bound = var(name), self.number()
            how = r.randint(0, 7)
            if how == 0:
                total = total & (v > bound)
            elif how == 1:
                total = total & (v >= bound)
            elif how == 2:
                total = total & (v <= bound)
            elif how == 3:
                total = total & (bound <= v) & (v <= bound + 2)
            elif how == 4:
                total = total & (bound < v) & (v < bound + 2)
            elif how == 5:
                total = total & compare(HEADS["ne"], v, bound)
            elif how == 6:
                total = total & self.truth(2)
        return total

    # --- right claims

    def rewrite(self, claim: Expr, x: Expr) -> Expr:
        """An expression with the same values (and at most fewer points without one)."""
        nodes = [n for n in postorder([claim]) if isinstance(n, Expr)]
        node = self.r.choice(nodes)
        new = self.equal(node)
        return claim if new is None else replaced(claim, node, new)

    def equal(self, u: Expr) -> Expr | None:
        r = self.r
        head, *args = u.key
        own = _OWN.get(head.name)
        if own is not None and r.random() < 0.7:
            return own(*args)
        v = var(r.choice(self.names))
        general: list[Callable[[], Expr]] = [
            lambda: u * (v**2 + 1) / (v**2 + 1),
            lambda: u * exp(v) * exp(-v),
            lambda: u * (sin(v) ** 2 + cos(v) ** 2),
            lambda: choose(self.truth(1), u, u),
            lambda: u + v - v,
            lambda: (sqrt(v**2 + 1) - v) * u * (sqrt(v**2 + 1) + v),
            lambda: maximum(u, u),
            lambda: log(exp(u)),
            lambda: (u**3 + u) / (u**2 + 1),
            lambda: choose(compare(HEADS["eq"], v, const(1)), replaced(u, v, const(1)), u),
            lambda: sign(cosh(v)) * u,
            lambda: 0 - -u,
            lambda: choose(v > 0, u * absolute(v) / v, u),
            lambda: u * exp(log(v**2 + 2)) / (2 + v * v),
        ]
        return r.choice(general)()

    def right(self, f: Expr) -> Expr:
        claim = diff(f, var("x"))
        for _ in range(self.r.choice([0, 1, 1, 2, 3, 4])):
            claim = self.rewrite(claim, var("x"))
        return claim

    # --- wrong claims

    def wrong(self, claim: Expr) -> Expr:
        """One token changed; by chance it may still be right."""
        r = self.r
        nodes = postorder([claim])
        for _ in range(30):
            node = r.choice(nodes)
            new = self.changed(node)
            if new is not None and new is not node:
                return replaced(claim, node, new)  # type: ignore[no-any-return]
        return claim + 1

    def changed(self, node: Any) -> Any:
        r = self.r
        head, *args = node.key
        if isinstance(node, Expr) and r.random() < 0.35:
            v = var(r.choice(self.names))
            c = self.number()
            h = v - c if r.random() < 0.6 else self.real(1)
            defects: list[Callable[[], Expr]] = [
                lambda: choose(compare(HEADS["eq"], h, const(0)), const(r.choice([0, 1, 7])), node),
                lambda: h * node / h,
                lambda: node * (h / h),
                lambda: -node,
                lambda: choose(h > 0, node, -node),
                lambda: node * sqrt(h**2) / absolute(h),
                lambda: choose(h > 0, node, node * sqrt(h)),
                lambda: node + 0 * log(absolute(h)),
                lambda: choose(log(h**2) > 1, node, node),
                lambda: node * sign(h) ** 2,
                lambda: node * (h**2) ** Fraction(1, 2) * absolute(h) ** -1,
                lambda: node + floor(absolute(v) / 5),
            ]
            return r.choice(defects)()
        if head.name == "const":
            return const(args[0]) + r.choice([1, -1, 2])
        if head.name == "var":
            return var(r.choice(["x", *self.names]))
        if head.name == "where":
            return r.choice([choose(args[0], args[2], args[1]), args[1], args[2]])
        if head.name in TWINS:
            return build(HEADS[TWINS[head.name]], *(args if HEADS[TWINS[head.name]].arity == len(args) else args[:1]))
        if head.name in ("mul", "div", "add") and r.random() < 0.5:
            return args[0]
        return None


_OWN: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: b + a,
    "sub": lambda a, b: a + -1 * b,
    "mul": lambda a, b: a * b.key[1] + a * b.key[2] if b.head.name == "add" else b * a,
    "div": lambda a, b: a * b**-1,
    "neg": lambda a: 0 - a,
    "sqrt": lambda a: a ** const(Fraction(1, 2)),
    "abs": lambda a: sqrt(a**2),
    "square": lambda a: a * a,
    "max": lambda a, b: (a + b + absolute(a - b)) / 2,
    "min": lambda a, b: (a + b - absolute(a - b)) / 2,
    "sign": lambda a: choose(a < 0, const(-1), choose(a > 0, const(1), const(0))),
    "relu": lambda a: (a + absolute(a)) / 2,
    "tan": lambda a: sin(a) / cos(a),
    "sin": lambda a: 2 * sin(a / 2) * cos(a / 2),
    "cos": lambda a: 1 - 2 * sin(a / 2) ** 2,
    "exp": lambda a: exp(a / 2) ** 2,
    "log": lambda a: 2 * log(sqrt(a)),
    "sinh": lambda a: (exp(a) - exp(-a)) / 2,
    "cosh": lambda a: (exp(2 * a) + 1) / (2 * exp(a)),
    "tanh": lambda a: 1 - 2 / (exp(2 * a) + 1),
    "sigmoid": lambda a: exp(a) / (1 + exp(a)),
    "sech": lambda a: 2 / (exp(a) + exp(-a)),
    "powi": lambda a, n: a * a if n.key[1] == 2 else a ** (n.key[1] - 1) * a if n.key[1] > 1 else 1 / a ** -n.key[1],
    "where": lambda c, a, b: choose(build(HEADS["not"], c), b, a),
    "floor": lambda a: floor(a - 1) + 1,
}


def problem(seed: int) -> tuple[Expr, Expr, Condition | None, bool]:
    """(function, claim, domain, whether the claim was made to be right)."""
    maker = Maker(seed)
    f = maker.function()
    while not any(n is var("x") for n in postorder([f])):
        f = maker.function()
    maker.names = [v.key[1] for v in variables(f)]
    claim = maker.right(f)
    right = maker.r.random() < 0.45
    if not right:
        claim = maker.wrong(claim)
    return f, claim, maker.domain(), right


def meant(f: Expr, stated: Condition | None) -> Condition:
    """The domain that a verdict is about."""
    return domain(f) if stated is None else stated
