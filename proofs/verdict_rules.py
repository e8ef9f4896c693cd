"""The rules by which certificates of verdicts are checked (`micrograd.verified.verdicts.rules`).

* conditions with comparisons that may have no value: ``not`` pushed down, a disjunction as two cells, the signs of a term as four;
* fractions, signs of products and sums: the checker's own code is run on every combination of signs, and on facts about products;
* powers, roots, exponentials, logarithms for general exponents: the step from n to n + 1, and uniqueness;
* floors: the integer below, and that integers are closed under ± and shifts;
* points: what differs on the two sides has no derivative; what agrees, glues; the sign beside a point by the first derivative that is not 0;
* bounds of constants by halving and squaring.

A statement "for all n" is the first case and the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from micrograd.verified.check_table import Table
from micrograd.verified.differentiation import defined
from micrograd.verified.expr import Condition, all_of, any_of, conjunction, const, eq
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.special_functions import SPECIAL
from micrograd.verified.verdicts.cell import Cell
from micrograd.verified.verdicts.oracle import Atom
from micrograd.verified.verdicts.polynomials import RELATION, generator, sign_plus, sign_power, sign_times
from proofs.language import conditions, sentence
from proofs.lemmas import Lemma, prove, weakened
from proofs.obligation import Mutant, Obligation

FAMILY = "verdict_rules"
SIGNS = (-1, 0, 1)
SETS = [frozenset(s) for n in (1, 2, 3) for s in combinations(SIGNS, n)]

# fmt: off
_LEMMAS = [
    # name              params    hypothesis                              statement                                   from
    ("solved",          "a b k x t", "k != 0 and a - b == k*(x - t) and a == b", "x == t",                            ""),
    ("parts_of_sums",   "a b c d", "a == c and b == d",                    "a + b == c + d and a - b == c - d and -a == -c",  ""),
    ("regrouped",       "a b c",  "True",                                  "(a + b) + c == (a + c) + b and a - (b - c) == (a - b) + c and -(a + b) == -a - b", ""),
    ("multiples",       "a b k",  "k != 0",                                "k*(a + b) == k*a + k*b and (a - b)/k == a/k - b/k", ""),
    ("cross_product",   "n d p q", "d != 0 and q != 0 and n*q - p*d == 0", "n/d == p/q",                              ""),
    ("fraction_sum",    "n d p q", "d != 0 and q != 0",                    "n/d + p/q == (n*q + p*d)/(d*q) and n/d - p/q == (n*q - p*d)/(d*q) and -(n/d) == (-n)/d", ""),
    ("fraction_product", "n d p q", "d != 0 and q != 0",                   "n/d*(p/q) == n*p/(d*q)",                  ""),
    ("fraction_quotient", "n d p q", "d != 0 and q != 0 and p/q != 0",     "p != 0 and n/d/(p/q) == n*q/(d*p)",       ""),
    ("sum_of_signs",    "s t",    "s >= 0 and t >= 0 and s + t == 0",      "s == 0 and t == 0",                       ""),
    ("sum_of_signs_down", "s t",  "s <= 0 and t <= 0 and s + t == 0",      "s == 0 and t == 0",                       ""),
    ("zero_of_power",   "p x",    "p*x == 0 and (p != 0 or x == 0)",       "x == 0",                                  ""),
    ("zero_of_multiple", "c m",   "c != 0 and c*m == 0",                   "m == 0",                                  ""),
    # --- powers, roots, exponentials, logarithms
    ("integer_power",   "p x",    "x != 0 and p != 0",                     "1/(p*x) == 1/p*(1/x)",                    ""),
    ("root_unique_2",   "v w",    "v >= 0 and w >= 0 and v**2 == w**2",    "v == w",                                  ""),
    ("root_unique_3",   "v w",    "v**3 == w**3",                          "v == w",                                  ""),
    ("root_unique_step", "v w p q", "v >= 0 and v < w and p >= 0 and p < q", "v*p < w*q",                             ""),
    ("root_exists",     "x",      "x > 0",                                 "exp(log(x)) == x and exp(log(x)) > 0",    "exp_log(x)"),
    ("root_exists_step", "u p n", "p == exp(n*u)",                         "p*exp(u) == exp((n + 1)*u)",              "exp_add(n*u, u)"),
    ("power_as_root",   "u p n",  "p == exp(n*u)",                         "p*exp(u) == exp((n + 1)*u)",              "exp_add(n*u, u)"),
    ("root_positive",   "u",      "True",                                  "exp(u) > 0",                              "exp_pos(u)"),
    ("exp_of_product",  "v u",    "v > 0 and log(v) == u",                 "exp(u) == v",                             "exp_log(v)"),
    ("general_power",   "x y v",  "x > 0 and v > 0 and log(v) == y*log(x)", "x**y == v",                              "exp_log(v)"),
    ("log_of_power_step", "p x",  "p != 0 and x != 0",                     "log(abs(p*x)) == log(abs(p)) + log(abs(x))", "log_mul(abs(p), abs(x))"),
    ("log_of_power_down", "p x",  "p != 0 and x != 0",                     "log(abs(p/x)) == log(abs(p)) - log(abs(x))", "log_mul(abs(p/x), abs(x))"),
    ("log_of_root",     "g p q n", "g > 0 and p > 0 and log(p) == n*log(g)", "log(p*g) == (n + 1)*log(g)",            "log_mul(p, g)"),
    # --- x**n = cos(πn)·exp(n·log(-x)) for x < 0 and integers n: from n to n + 1, and back
    ("negative_power_step", "x p c q", "x < 0 and p == c*q",               "p*x == (-c)*(q*(-x)) and p/x == (-c)*(q/(-x))", ""),
    ("negative_power_exp", "x n", "x < 0",                                 "exp((n + 1)*log(-x)) == exp(n*log(-x))*(-x)",
     "exp_add(n*log(-x), log(-x)); exp_log(-x)"),
    ("negative_power_turn", "n",  "True",                                  "cos(pi*n + pi) == -cos(pi*n)",
     "cos_add(pi*n, pi); cos_add(pi/2, pi/2); sin_add(pi/2, pi/2); angle_90()"),
    # --- floors
    ("floor_unique",    "u w",    "floor(w) == w and w <= u and u < w + 1", "floor(u) == w",                          "floor_def(w, u)"),
    ("floor_next",      "w",      "floor(w) == w",                         "floor(w + 1) == w + 1",
     "floor_def(w + 1, floor(w + 1)); floor_def(w, floor(w + 1))"),
    ("floor_previous",  "w",      "floor(w) == w",                         "floor(w - 1) == w - 1",
     "floor_def(w - 1, floor(floor(w - 1) + 1)); floor_def(floor(w - 1) + 1, w); floor_def(floor(w - 1) + 1, floor(floor(w - 1) + 1))"),
    ("floor_opposite_step", "m",  "floor(-m) == -m",                       "floor(-(m + 1)) == -(m + 1)",
     "floor_def(-m - 1, floor(floor(-m - 1) + 1)); floor_def(floor(-m - 1) + 1, -m); floor_def(floor(-m - 1) + 1, floor(floor(-m - 1) + 1))"),
    ("floor_shift",     "v f",    "floor(v) == f and floor(f + 1) == f + 1", "floor(v + 1) == f + 1",                 "floor_def(v, v); floor_def(f + 1, v + 1)"),
    # --- angles: a = atan(v), for which sin(a) = v·cos(a) and cos(a) > 0 are cited
    ("cos_of_arc",      "n d a r", "sin(a) == n/d*cos(a) and cos(a) > 0 and d != 0 and r*r == n*n + d*d and r > 0", "cos(a) == abs(d)/r", "sin_cos_norm(a)"),
    ("sin_of_arc",      "n d a r", "sin(a) == n/d*cos(a) and cos(a) == abs(d)/r and d != 0 and r > 0", "sin(a) == n*sign(d)/r", ""),
    ("atan_of_root",    "r",      "r > 0 and r*r == 3",                    "3*atan(1/r) == 2*atan(1) and 3*atan(r) == 4*atan(1)",
     "atan_sub(1/r, -(1/r)); atan_sub(0, 1/r); atan_sub(r, 1); atan_sub(1/r, 1); atan_sub(0, (r - 1)/(1 + r)); atan_bounds(0)"),
    # --- atan2(y, x) = 2·atan(y/(h + x)) with h = hypot(x, y), for x < 0; with s = (h + x)/y = 1/t for y > 0, the opposite for y < 0
    ("beside_cut_half", "x y h s", "x < 0 and y > 0 and h > 0 and h*h == x*x + y*y and s*y == h + x", "0 < s and s < 1 and 2*s/(1 - s*s) == (-y)/x", ""),
    ("beside_cut_double", "s",    "0 < s and s < 1",                       "2*atan(s) == atan(2*s/(1 - s*s))",        "atan_sub(s, -s); atan_sub(0, s); atan_bounds(0)"),
    ("beside_cut_inverse", "t",   "t > 0",                                 "atan(t) + atan(1/t) == 2*atan(1)",
     "atan_sub(t, 1); atan_sub(1/t, 1); atan_sub(0, (t - 1)/(1 + t)); atan_bounds(0)"),
    ("beside_cut",      "a b c q", "a + b == 2*q and q == pi/4 and 2*b == -c", "2*a == c + pi and 2*(-a) == -c - pi",  ""),
    # --- orders, for l = log|h| <= 0: |h|**r = exp(r*l)
    ("order_less",      "r s l",  "l < 0 and s < r",                       "exp(r*l) < exp(s*l)",                     "exp_strict(r*l, s*l)"),
    ("order_product",   "r s l",  "True",                                  "exp(r*l)*exp(s*l) == exp((r + s)*l)",     "exp_add(r*l, s*l)"),
    ("order_quotient",  "r k l",  "True",                                  "exp(r*l)/exp(k*l) == exp((r - k)*l)",
     "exp_add((r - k)*l, k*l); exp_pos(k*l)"),
    ("order_power",     "q u c m", "q > 0 and u > 0 and u < exp(c + m)",   "exp(q*log(u)) < exp(q*c + q*m)",
     "exp_log(u); exp_strict(c + m, log(u)); exp_injective(c + m, log(u)); exp_strict(q*log(u), q*c + q*m)"),
    ("size_power",      "q u c m", "q > 0 and u > 0 and u > exp(c + m)",   "exp(q*log(u)) > exp(q*c + q*m)",
     "exp_log(u); exp_strict(log(u), c + m); exp_strict(q*c + q*m, q*log(u))"),
    ("order_log",       "l r",    "l <= 0 and r > 0",                      "0 <= -r*l and -r*l <= exp(-r*l)",         "exp_ge(-r*l)"),
    ("order_flat_first", "y",     "y > 0",                                 "exp(-y)*y <= 1",                          "exp_ge(y); exp_neg(y); exp_pos(-y)"),
    ("order_flat_step", "y p q",  "y > 0 and p > 0 and q >= 0 and p*q <= 1", "(p*exp(-y))*(q*y) <= 1",                "exp_ge(y); exp_neg(y); exp_pos(-y)"),
    # --- functions
    ("congruence",      "x y",    "x == y",                                "erf(x) == erf(y)",                        ""),
    ("lambertw_zero",   "",       "True",                                  "lambertw(0) == 0",
     "lambertw_def(0); exp_pos(lambertw(0)); exp_pos(-1)"),
    ("lambertw_log",    "x",      "x > -exp(-1) and lambertw(x) != 0",     "log(abs(lambertw(x))) == log(abs(x)) - lambertw(x)",
     "lambertw_def(x); exp_pos(lambertw(x)); log_mul(abs(lambertw(x)), exp(lambertw(x))); exp_log(exp(lambertw(x))); "
     "exp_injective(log(exp(lambertw(x))), lambertw(x))"),
    # --- bounds of constants
    ("exp_halved",      "v p",    "0 <= p and p <= exp(v)",                "p*p <= exp(2*v)",                         "exp_add(v, v)"),
    ("exp_first",       "v",      "True",                                  "1 + v <= exp(v)",                         "exp_ge(v)"),
    ("exp_doubled_above", "q p",  "0 < p and p <= exp(-q)",                "exp(q) <= 1/p",                           "exp_neg(q)"),
    ("angle_first",     "h",      "0 <= h and h <= 1",
     "h*(1 - h**2) <= sin(h) and sin(h) <= h and 1 - h**2 <= cos(h) and cos(h) <= 1", "sin_bounds(h); sin_cos_norm(h)"),
    ("corners",         "x y a b c d", "a <= x and x <= b and c <= y and y <= d",
     "(x*y >= a*c or x*y >= a*d or x*y >= b*c or x*y >= b*d) and (x*y <= a*c or x*y <= a*d or x*y <= b*c or x*y <= b*d)", ""),
    ("log_between",     "a b p",  "exp(a) < p and p < exp(b)",             "a < log(p) and log(p) < b",
     "exp_log(p); exp_strict(log(p), a); exp_strict(b, log(p)); exp_pos(a)"),
]
_SENTENCES = [
    # name              what it says                                       hypotheses and goal, about flags (> 0: yes) and increments
    ("strict_or", "where a or b holds, a holds, or b does; b is looked at only if a is false",
     ["a_has > 0", "a > 0 or (b_has > 0 and b > 0)"], "(a_has > 0 and a > 0) or (b_has > 0 and b > 0)"),
    ("strict_not_and", "where not (a and b) holds, a is false, or b is",
     ["a_has > 0", "a <= 0 or (b_has > 0 and b <= 0)"], "(a_has > 0 and a <= 0) or (b_has > 0 and b <= 0)"),
    ("strict_not_or", "where not (a or b) holds, a is false and b is",
     ["a_has > 0", "a <= 0", "b_has > 0", "b <= 0"], "(a_has > 0 and a <= 0) and (b_has > 0 and b <= 0)"),
    ("three_signs", "a number is 0, negative or positive", [], "p == 0 or p < 0 or p > 0"),
    ("cut", "what follows in a cell may be added to it", ["cell <= 0 or c > 0", "cell <= 0 or c <= 0 or goal > 0"], "cell <= 0 or goal > 0"),
    ("larger_cell", "what holds in a cell holds in a part of it", ["cell <= 0 or goal > 0", "part <= 0 or cell > 0"], "part <= 0 or goal > 0"),
    ("fixed_variable", "the remainder along x is the same when another variable is given by a value",
     ["K >= 0", "y == t", "y != t or change == moved", "abs(moved - d*h) <= K*h**2"], "abs(change - d*h) <= K*h**2"),
    ("same_function", "functions with the same values have the same remainder",
     ["K >= 0", "f == g", "f_near == g_near", "abs(f_near - f - d*h) <= K*h**2"], "abs(g_near - g - d*h) <= K*h**2"),
    ("no_value", "a function with a derivative at a point has a value there", ["r > 0", "abs(h) > r or has > 0", "h == 0"], "has > 0"),
    ("edge", "and on both sides, close by", ["r > 0", "abs(h) > r or has > 0", "h == -min(r, s)", "s > 0"], "has > 0"),
    ("kink_right", "two slopes of one function on the right are equal",
     ["K1 >= 0", "K2 >= 0", "r > 0", "h == min(r, abs(d1 - d2)/(2*(K1 + K2 + 1)))", "abs(change - d1*h) <= K1*h**2", "abs(change - d2*h) <= K2*h**2"],
     "d1 == d2"),
    ("kink_left", "and on the left",
     ["K1 >= 0", "K2 >= 0", "r > 0", "h == -min(r, abs(d1 - d2)/(2*(K1 + K2 + 1)))", "abs(change - d1*h) <= K1*h**2",
      "abs(change - d2*h) <= K2*h**2"], "d1 == d2"),
    ("jump", "a function with a derivative has at the point the value that its pieces tend to",
     ["D1 >= 0", "D2 >= 0", "r > 0", "n == min(min(r, 1), abs(v1 - v2)/(2*(D1 + D2 + 1)))", "abs(v - v1) <= D1*n", "abs(v - v2) <= D2*n"], "v1 == v2"),
    ("join", "pieces with one value and one slope glue: the larger K serves both sides",
     ["K1 >= 0", "K2 >= 0", "h < 0 or abs(change - d*h) <= K1*h**2", "h > 0 or abs(change - d*h) <= K2*h**2"],
     "abs(change - d*h) <= max(K1, K2)*h**2"),
    ("power_at_zero", "|x**p| = |x|·q with small q for small x: a slope d at 0 is 0, for else x with q <= |d|/4 refutes it",
     ["h != 0", "K >= 0", "q >= 0", "abs(change) == abs(h)*q", "abs(change - d*h) <= K*h**2"],
     "d == 0 or abs(h) > abs(d)/(4*(K + 1)) or q > abs(d)/4"),
    ("sign_by_value", "a value that is not 0 keeps its sign close by",
     ["D >= 0", "u > 0", "n >= 0", "n <= u/(2*(D + 1))", "abs(change) <= D*n"], "u + change > 0"),
    ("sign_by_slope", "u = 0 with a slope d > 0: u has the sign of h close by",
     ["K >= 0", "d > 0", "h != 0", "abs(h) <= d/(2*(K + 1))", "abs(u - d*h) <= K*h**2"], "u*h > 0"),
    ("quotient_slope", "n = (a0 + a1·h + e)·p and d = (b0 + b1·h + f)·p with |e|, |f| <= K·h²: of n/d less V + S·h the numerator is small",
     ["v*b0 == a0", "v*b1 + s*b0 == a1", "K >= 0", "abs(e) <= K*h**2", "abs(f) <= K*h**2", "abs(h) <= 1"],
     "a0 + a1*h + e - (v + s*h)*(b0 + b1*h + f) == e - v*f - s*h*f - s*b1*h**2 "
     "and abs(e - v*f - s*h*f - s*b1*h**2) <= (K + abs(v)*K + abs(s)*K + abs(s*b1))*h**2"),
    ("quotient_limit", "and the denominator is not: n/d = V + S·h up to a multiple of h²",
     ["b0 != 0", "C >= 0", "p != 0", "abs(n) <= C*h**2", "abs(d) >= abs(b0)/2"], "d != 0 and abs(n*p/(d*p)) <= 2*C/abs(b0)*h**2"),
    ("quotient_unbounded", "n = (c + e)·p with |e| <= |c|/2 and |d| <= K·|h|·|p|: |n/d| is above any M close by",
     ["c != 0", "abs(e) <= abs(c)/2", "K >= 0", "M > 0", "p != 0", "d != 0", "abs(d) <= K*abs(h)*abs(p)", "abs(h)*K*M < abs(c)/2"],
     "abs((c + e)*p/d) > M"),
    ("order_sum", "a sum is at most the larger bound", ["C >= 0", "D >= 0", "0 <= p", "p <= q", "abs(a) <= C*p", "abs(b) <= D*q"],
     "abs(a + b) <= (C + D)*q"),
    ("order_bounds", "a product is at most the product of the bounds", ["C >= 0", "D >= 0", "p >= 0", "q >= 0", "abs(a) <= C*p", "abs(b) <= D*q"],
     "abs(a*b) <= C*D*(p*q)"),
    ("order_over", "a quotient by what is at least c·p is at most C·q/(c·p)",
     ["c > 0", "C >= 0", "p > 0", "q >= 0", "abs(a) <= C*q", "abs(b) >= c*p"], "b != 0 and abs(a/b) <= C/c*(q/p)"),
    ("size_bounds", "a product is at least the product of what its factors are at least",
     ["c >= 0", "d >= 0", "p >= 0", "q >= 0", "abs(a) >= c*p", "abs(b) >= d*q"], "abs(a*b) >= c*d*(p*q)"),
    ("size_over", "a quotient by what is at most C·p is at least c·q/(C·p)",
     ["c >= 0", "C > 0", "p > 0", "q >= 0", "b != 0", "abs(a) >= c*q", "abs(b) <= C*p"], "abs(a/b) >= c/C*(q/p)"),
    ("size_by_order", "u = c·hᵏ up to K·|h|ᵏ⁺¹ with p = |h|ᵏ: close by |u| is between |c|/2·p and 2·|c|·p",
     ["K >= 0", "c != 0", "p > 0", "abs(h) <= abs(c)/(2*(K + 1))", "abs(w) == p", "abs(u - c*w) <= K*abs(h)*p"],
     "abs(u) >= abs(c)/2*p and abs(u) <= 2*abs(c)*p"),
    ("small_slope", "|e| <= q·|h|, and up to L·|e| the slope is d: a derivative D is d, for else some small h or q refutes it",
     ["h != 0", "K >= 0", "L >= 0", "M >= 0", "q >= 0", "abs(e) <= q*abs(h)", "abs(change - d*h) <= K*h**2 + L*abs(e)", "abs(change - D*h) <= M*h**2"],
     "D == d or 2*(K + M + 1)*abs(h) >= abs(D - d) or 2*(L + 1)*q >= abs(D - d)"),
    ("small_jump", "|e| <= q, and up to L·|e| the value tends to v: a function with a derivative has the value v at the point",
     ["K >= 0", "L >= 0", "M >= 0", "n >= 0", "q >= 0", "abs(e) <= q", "abs(near - v) <= K*n + L*abs(e)", "abs(near - value) <= M*n"],
     "value == v or 2*(K + M + 1)*n >= abs(value - v) or 2*(L + 1)*q >= abs(value - v)"),
    ("steep", "a function changes by g·|e|/2 at least, up to C·|h|, and |e| >= m·|h|: m is bounded if there is a derivative D",
     ["h != 0", "abs(h) <= 1", "K >= 0", "C >= 0", "g > 0", "m >= 0", "abs(change) >= g/2*abs(e) - C*abs(h)", "abs(e) >= m*abs(h)",
      "abs(change - D*h) <= K*h**2"], "g/2*m <= abs(D) + K + C"),
    ("sign_by_order", "u = c·hᵏ up to K·|h|ᵏ⁺¹ with c > 0, and p = hᵏ: u has the sign of p close by",
     ["K >= 0", "c > 0", "p != 0", "abs(h) <= c/(2*(K + 1))", "abs(u - c*p) <= K*abs(h)*abs(p)"], "u*p > 0"),
]
# fmt: on

LEMMAS = [
    Lemma(name, tuple(params.split()), hypothesis, statement, tuple(use for use in uses.split("; ") if use))
    for name, params, hypothesis, statement, uses in _LEMMAS
]


def one_of(p: str, signs: frozenset[int]) -> Condition:
    """The term has one of the signs."""
    zero, term = const(0), parse(p)
    return any_of(*[{-1: term < zero, 0: eq(term, zero), 1: term > zero}[s] for s in sorted(signs)])


def points_and_cells() -> Iterator[Obligation]:
    """What is said of conditions and of points."""
    for name, statement, given, goal in _SENTENCES:
        yield sentence(f"{FAMILY}.{name}", statement, parse_condition(goal), hypotheses=conditions(*given))


def comparisons() -> Iterator[Obligation]:
    """The checker's table of comparisons by the sign of the difference."""
    symbols = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
    for name, signs in RELATION.items():
        holds = parse_condition(f"a {symbols[name]} b")
        difference = one_of("a - b", signs)
        goal = conjunction(~holds | difference, ~difference | holds)
        yield sentence(f"{FAMILY}.strict_comparison.{name}", f"a {symbols[name]} b exactly where a - b has one of its signs", goal)


def signs() -> Iterator[Obligation]:
    """The checker's signs of sums, products and powers."""
    for a, b in product(SIGNS, SIGNS):
        one, two = frozenset((a,)), frozenset((b,))
        given = [one_of("x", one), one_of("y", two)]
        for label, term, found in (("sum", "x + y", sign_plus(one, two)), ("product", "x*y", sign_times(one, two))):
            yield sentence(f"{FAMILY}.sign_of_{label}.{a}_{b}".replace("-", "m"), f"signs {a}, {b}: {term} has one of {sorted(found)}",
                           one_of(term, found), hypotheses=given)  # fmt: skip
    for a, n in product(SIGNS, (1, 2, 3, -1, -2)):
        if a or n > 0:
            found = sign_power(frozenset((a,)), n)
            yield sentence(f"{FAMILY}.sign_of_power.{a}_{n}".replace("-", "m"), f"sign {a}: x**{n} has one of {sorted(found)}",
                           one_of(f"x**({n})", found), hypotheses=[one_of("x", frozenset((a,)))])  # fmt: skip


def facts() -> Iterator[Obligation]:
    """The checker's conclusions about one factor of a product."""
    for allowed, known, e in product(SETS, SETS, (1, 2, -1)):
        if len(allowed) == 3 or (e < 0 and 0 in allowed and len(allowed) == 1):
            continue
        cell = Cell(Table(), [], int, lambda sentence: False, [10**6], set())
        for name in "xy":
            cell.add(Atom(name))
        cell.record(generator(1), known)
        if e < 0:
            cell.record(generator(0), frozenset((-1, 1)))
        cell.facts.append(((1, [(generator(0), e), (generator(1), 1)]), allowed))
        for p, left in cell.conclusions(0):
            name = "x" if p == generator(0) else "y"
            term = f"x**({e})*y"
            given = [one_of(term, allowed), one_of("y", known), *([parse_condition("x != 0")] if e < 0 else [])]
            label = "_".join("".join(str(s) for s in sorted(part)) for part in (allowed, known)).replace("-", "m")
            title, said = (
                f"{FAMILY}.product_sign.{label}_{e}_{name}".replace("-", "m"),
                f"{term} in {sorted(allowed)}, y in {sorted(known)}",
            )
            if left:
                yield sentence(title, f"{said}: {name} in {sorted(left)}", one_of(name, left), hypotheses=given)
            else:
                yield sentence(title, f"{said} is impossible", ~all_of(*given), partial=False)


def guarded() -> Iterator[Obligation]:
    """The condition of a row's domain has a truth value wherever its operands have values: so a smooth domain is true or false."""
    for name, row in {**PRIMITIVES, **SPECIAL}.items():
        yield sentence(
            f"{FAMILY}.guarded.{name}", f"{row.domain} has a truth value everywhere", defined(row.domain_template), partial=False
        )


def obligations() -> Iterator[Obligation]:
    """Every rule."""
    for lemma in LEMMAS:
        yield from prove(lemma, FAMILY)
    yield from points_and_cells()
    yield from comparisons()
    yield from signs()
    yield from facts()
    yield from guarded()


_WRONG = [
    ("strict_or", "(b_has > 0 and b > 0)", "(b_has > 0 and b <= 0)"),
    ("larger_cell", "part <= 0 or ", ""),
    ("strict_not_and", "(a_has > 0 and a <= 0) or", "(a_has > 0 and a > 0) or"),
    ("strict_not_or", "(b_has > 0 and b <= 0)", "(b_has > 0 and b > 0)"),
    ("three_signs", "p == 0 or ", ""),
    ("fixed_variable", "K*h**2", "K*h**2/2"),
    ("same_function", "g_near - g", "g_near + g"),
    ("no_value", "has > 0", "has > 1"),
    ("kink_left", "d1 == d2", "d1 == -d2"),
    ("jump", "v1 == v2", "v1 == -v2"),
    ("order_sum", "(C + D)*q", "(C + D)*p"),
    ("order_over", "C/c*(q/p)", "C*c*(q/p)"),
    ("size_bounds", "abs(a*b)", "abs(a + b)"),
    ("size_over", "c/C*(q/p)", "c*C*(q/p)"),
    ("small_slope", " or 2*(L + 1)*q >= abs(D - d)", ""),
    ("small_jump", " or 2*(L + 1)*q >= abs(value - v)", ""),
    ("steep", "abs(D) + K + C", "abs(D) + K"),
    ("join", "max(K1, K2)", "min(K1, K2)"),
    ("sign_by_slope", "u*h > 0", "u > 0"),
    ("sign_by_order", "u*p > 0", "u > 0"),
    ("quotient_slope", "- s*b1*h**2 and", "- s*b1*h**2 + 1 and"),
    ("quotient_limit", "<= 2*C/abs(b0)*h**2", "< 0"),
    ("quotient_unbounded", "abs((c + e)*p/d) > M", "abs((c + e)*p/d) < M"),
    ("sign_by_value", "u + change > 0", "change > 0"),
    ("power_at_zero", "q > abs(d)/4", "q > abs(d)"),
]
"""Wrong variants: theorem, a part of its goal, what it is replaced by."""


def mutants() -> Iterator[Mutant]:
    """Each lemma with one of its reasons left out, and wrong variants of the others."""
    for lemma in LEMMAS:
        yield from weakened(lemma, FAMILY)
    rows = {row[0]: row for row in _SENTENCES}
    for name, part, wrong in _WRONG:
        _, statement, given, goal = rows[name]
        if part not in goal:
            raise ValueError(f"{part!r} does not occur in the goal of {name}")
        changed = sentence(f"{FAMILY}.{name}", statement, parse_condition(goal.replace(part, wrong, 1)), hypotheses=conditions(*given))
        yield Mutant(f"{FAMILY}.{name}", f"{part}  ->  {wrong}", (changed,))
