"""The meta-theorems: what a quadratic remainder means, and how it composes.

Notation: f has value f(a), partials d and constants K, r, so that |f(a+h) - f(a) - d·h| <= K·N² whenever N <= r, where N is the
size of the increment (|h| in one variable, the Euclidean norm in several).  Every statement is about the real numbers that stand for
these quantities, so it holds for all functions, points and dimensions at once:

* ``frechet``: a quadratic remainder is an ε-δ derivative;
* ``unique``: a point has at most one derivative;
* ``open_*``: a strict condition on differentiable (hence continuous) quantities holds near a point where it holds;
* ``locality``: what agrees near a point has the same derivative there (this is ``where`` away from the edge of its condition);
* ``joined``: what is one of two functions near a point where they have the same value and slopes (this is ``where`` at a smooth join);
* ``chain_1``, ``chain_2``: f(g) and f(g₁, g₂), in steps;
* ``sum``, ``product``, ``quotient``: the three school rules, from ``chain_2`` and the partials of + * /.
"""

from __future__ import annotations

from collections.abc import Iterator

from micrograd.verified.parsing import parse_condition
from proofs.language import conditions, sentence
from proofs.obligation import Mutant, Obligation


def _theorem(name: str, statement: str, given: list[str], goal: str) -> Obligation:
    return sentence(f"calculus.{name}", statement, parse_condition(goal), hypotheses=conditions(*given))


# fmt: off
_ROWS: list[tuple[str, str, list[str], str]] = [
    ("frechet_delta_positive", "δ = min(r, ε/(K + 1)) > 0", ["K >= 0", "r > 0", "eps > 0"], "min(r, eps/(K + 1)) > 0"),
    ("frechet", "|R| <= K·N², N <= δ = min(r, ε/(K + 1))  ⊢  |R| <= ε·N",
     ["K >= 0", "r > 0", "eps > 0", "N >= 0", "N <= min(r, eps/(K + 1))", "abs(R) <= K*N**2"], "abs(R) <= eps*N"),
    ("continuous", "|Δ - d·h| <= K·N², |d·h| <= D·N, N <= min(1, ε/(D + K + 1))  ⊢  |Δ| <= ε",
     ["K >= 0", "D >= 0", "eps > 0", "N >= 0", "N <= min(1, eps/(D + K + 1))", "abs(linear) <= D*N", "abs(change - linear) <= K*N**2"],
     "abs(change) <= eps"),
    ("unique", "two derivatives d1, d2 of one function at one point are equal: h = min(r, |d1 - d2|/(2(K1 + K2 + 1))) refutes d1 != d2",
     ["K1 >= 0", "K2 >= 0", "r > 0", "h == min(r, abs(d1 - d2)/(2*(K1 + K2 + 1)))",
      "abs(change - d1*h) <= K1*h**2", "abs(change - d2*h) <= K2*h**2"], "d1 == d2"),
    ("open_radius", "the radius min(r, u/(2(D + K·r + 1))) is positive", ["K >= 0", "D >= 0", "r > 0", "u > 0"],
     "min(r, u/(2*(D + K*r + 1))) > 0"),
    ("open_gt", "u > 0, |Δu| <= D·N + K·N², N <= min(r, u/(2(D + K·r + 1)))  ⊢  u + Δu > 0",
     ["K >= 0", "D >= 0", "r > 0", "u > 0", "N >= 0", "N <= min(r, u/(2*(D + K*r + 1)))", "abs(change) <= D*N + K*N**2"], "u + change > 0"),
    ("open_ne", "u != 0, |Δu| <= D·N + K·N², N <= min(r, |u|/(2(D + K·r + 1)))  ⊢  u + Δu != 0",
     ["K >= 0", "D >= 0", "r > 0", "u != 0", "N >= 0", "N <= min(r, abs(u)/(2*(D + K*r + 1)))", "abs(change) <= D*N + K*N**2"],
     "u + change != 0"),
    ("open_and", "two conditions that hold within r1 and r2 hold together within min(r1, r2) > 0",
     ["r1 > 0", "r2 > 0", "N <= min(r1, r2)"], "min(r1, r2) > 0 and N <= r1 and N <= r2"),
    ("locality", "f = g for N <= s, g has remainder K·N² for N <= r  ⊢  f has remainder K·N² for N <= min(r, s)",
     ["K >= 0", "r > 0", "s > 0", "N >= 0", "N <= min(r, s)", "N > s or change_f == change_g", "N > r or abs(change_g - linear) <= K*N**2"],
     "abs(change_f - linear) <= K*N**2 and min(r, s) > 0"),
    ("joined", "f is f1 or f2 near a, where they have one value and one slope  ⊢  f has remainder max(K1, K2)·N² for N <= min(r1, r2)",
     ["K1 >= 0", "K2 >= 0", "r1 > 0", "r2 > 0", "N >= 0", "N <= min(r1, r2)", "change_f == change_1 or change_f == change_2",
      "N > r1 or abs(change_1 - linear) <= K1*N**2", "N > r2 or abs(change_2 - linear) <= K2*N**2"],
     "abs(change_f - linear) <= max(K1, K2)*N**2 and max(K1, K2) >= 0 and min(r1, r2) > 0"),
    # chain rule, one inner function: k = dg·h + ρ
    ("chain_1_reach", "|k| <= (|g'| + K_g·r)·N for N <= r, so N <= s/(|g'| + K_g·r + 1) keeps |k| within f's radius s",
     ["Kg >= 0", "r > 0", "s > 0", "N >= 0", "N <= r", "N <= s/(abs(dg) + Kg*r + 1)", "abs(h) <= N", "abs(rho) <= Kg*N**2",
      "k == dg*h + rho"],
     "abs(k) <= (abs(dg) + Kg*r)*N and abs(k) <= s"),
    ("chain_1_square", "|k| <= L·N  ⊢  k² <= L²·N²", ["L >= 0", "N >= 0", "abs(k) <= L*N"], "k**2 <= L**2*N**2"),
    ("chain_1_outer", "|σ| <= K_f·k², k² <= L²·N²  ⊢  |σ| <= K_f·L²·N²",
     ["Kf >= 0", "L >= 0", "N >= 0", "k**2 <= L**2*N**2", "abs(sigma) <= Kf*k**2"], "abs(sigma) <= Kf*L**2*N**2"),
    ("chain_1_inner", "|f'·ρ| <= |f'|·K_g·N²", ["Kg >= 0", "N >= 0", "abs(rho) <= Kg*N**2"], "abs(df*rho) <= abs(df)*Kg*N**2"),
    ("chain_1", "f(g(a+h)) - f(g(a)) - f'·g'·h = f'·ρ + σ, and |f'·ρ + σ| <= (|f'|·K_g + K_f·(|g'| + K_g·r)²)·N²",
     ["Kf >= 0", "Kg >= 0", "r > 0", "N >= 0", "k == dg*h + rho", "change == df*k + sigma",
      "abs(df*rho) <= abs(df)*Kg*N**2", "abs(sigma) <= Kf*(abs(dg) + Kg*r)**2*N**2"],
     "change - df*dg*h == df*rho + sigma and abs(df*rho + sigma) <= (abs(df)*Kg + Kf*(abs(dg) + Kg*r)**2)*N**2"),
    # chain rule, two inner functions; l1, l2 are their linear parts, of size at most D1*N, D2*N
    ("chain_2_reach", "kᵢ = lᵢ + ρᵢ, |lᵢ| <= Dᵢ·N, |ρᵢ| <= Kᵢ·N²  ⊢  |kᵢ| <= (Dᵢ + Kᵢ·r)·N for N <= r",
     ["K1 >= 0", "D1 >= 0", "r > 0", "N >= 0", "N <= r", "abs(l1) <= D1*N", "abs(rho1) <= K1*N**2", "k1 == l1 + rho1"],
     "abs(k1) <= (D1 + K1*r)*N"),
    ("chain_2_outer", "|σ| <= K_f·(k1² + k2²), k1² <= L1²·N², k2² <= L2²·N²  ⊢  |σ| <= K_f·(L1² + L2²)·N²",
     ["Kf >= 0", "k1**2 <= L1**2*N**2", "k2**2 <= L2**2*N**2", "abs(sigma) <= Kf*(k1**2 + k2**2)"],
     "abs(sigma) <= Kf*(L1**2 + L2**2)*N**2"),
    ("chain_2_inner", "|f1·ρ1 + f2·ρ2| <= (|f1|·K1 + |f2|·K2)·N²",
     ["K1 >= 0", "K2 >= 0", "abs(f1*rho1) <= abs(f1)*K1*N**2", "abs(f2*rho2) <= abs(f2)*K2*N**2"],
     "abs(f1*rho1 + f2*rho2) <= (abs(f1)*K1 + abs(f2)*K2)*N**2"),
    ("chain_2", "f(g1, g2) has the derivative f1·g1' + f2·g2', with K = |f1|·K1 + |f2|·K2 + K_f·(L1² + L2²)",
     ["Kf >= 0", "k1 == l1 + rho1", "k2 == l2 + rho2", "change == f1*k1 + f2*k2 + sigma",
      "abs(f1*rho1 + f2*rho2) <= (abs(f1)*K1 + abs(f2)*K2)*N**2", "abs(sigma) <= Kf*(L1**2 + L2**2)*N**2"],
     "abs(change - (f1*l1 + f2*l2)) <= (abs(f1)*K1 + abs(f2)*K2 + Kf*(L1**2 + L2**2))*N**2"),
    # the school rules
    ("sum", "|ρ1| <= K1·N², |ρ2| <= K2·N²  ⊢  f + g has remainder (K1 + K2)·N²",
     ["abs(rho1) <= K1*N**2", "abs(rho2) <= K2*N**2"], "abs((l1 + rho1) + (l2 + rho2) - (l1 + l2)) <= (K1 + K2)*N**2"),
    ("product", "(f + k1)(g + k2) - f·g - (f·l2 + g·l1) = f·ρ2 + g·ρ1 + k1·k2, and |k1·k2| <= L1·L2·N²",
     ["N >= 0", "L1 >= 0", "L2 >= 0", "abs(k1) <= L1*N", "abs(k2) <= L2*N", "k1 == l1 + rho1", "k2 == l2 + rho2"],
     "(f + k1)*(g + k2) - f*g - (f*l2 + g*l1) == f*rho2 + g*rho1 + k1*k2 and abs(k1*k2) <= L1*L2*N**2"),
    ("quotient", "f = q·g with product rule f' = q'·g + q·g' and g != 0  ⊢  q' = (f' - q·g')/g",
     ["g != 0", "df == dq*g + q*dg"], "dq == (df - q*dg)/g"),
]
# fmt: on


def obligations() -> Iterator[Obligation]:
    """All meta-theorems."""
    for row in _ROWS:
        yield _theorem(*row)


_WRONG: list[tuple[str, str, str]] = [
    ("chain_1", "abs(df*rho + sigma) <= (abs(df)*Kg + Kf*", "abs(df*rho + sigma) <= (Kg + Kf*"),
    ("chain_1", "Kf*(abs(dg) + Kg*r)**2)*N**2", "Kf*abs(dg)**2)*N**2"),
    ("chain_1", "change - df*dg*h ==", "change - df*h =="),
    ("chain_1", "change - df*dg*h == df*rho + sigma", "change - df*dg*h == df*rho - sigma"),
    ("chain_1", "change - df*dg*h", "change + df*dg*h"),
    ("chain_1_reach", "(abs(dg) + Kg*r)*N", "abs(dg)*N"),
    ("chain_1_reach", "and abs(k) <= s", "and abs(k) <= s/2"),
    ("chain_1_square", "L**2*N**2", "L*N**2"),
    ("chain_1_outer", "Kf*L**2*N**2", "Kf*L*N**2"),
    ("chain_1_inner", "abs(df)*Kg*N**2", "Kg*N**2"),
    ("chain_2", "change - (f1*l1 + f2*l2)", "change - (f1*l1 - f2*l2)"),
    ("chain_2", "change - (f1*l1 + f2*l2)", "change - f1*l1"),
    ("chain_2", "change - (f1*l1 + f2*l2)", "change - (f1*l2 + f2*l1)"),
    ("chain_2", "+ Kf*(L1**2 + L2**2)", "+ Kf*L1**2"),
    ("chain_2_outer", "Kf*(L1**2 + L2**2)", "Kf*L1*L2"),
    ("chain_2_inner", "abs(f1)*K1 + abs(f2)*K2", "abs(f1)*K1"),
    ("chain_2_reach", "(D1 + K1*r)*N", "D1*N"),
    ("product", "(f*l2 + g*l1)", "(f*l1 + g*l2)"),
    ("product", "(f*l2 + g*l1)", "l1*l2"),
    ("quotient", "(df - q*dg)/g", "(df + q*dg)/g"),
    ("sum", "(l1 + l2)", "(l1 - l2)"),
    ("joined", "max(K1, K2)*N**2", "min(K1, K2)*N**2"),
    ("joined", "change_f - linear", "change_f + linear"),
    ("frechet", "eps*N", "eps*N**2"),
    ("unique", "d1 == d2", "d1 == -d2"),
    ("open_gt", "u + change > 0", "u + change > u"),
    ("open_ne", "u + change != 0", "u - 2*change != u"),
]
"""Wrong variants: theorem, a part of its goal, what it is replaced by."""


def mutants() -> Iterator[Mutant]:
    """Each wrong variant of the chain rule and its companions."""
    rows = {row[0]: row for row in _ROWS}
    for name, part, wrong in _WRONG:
        _, statement, given, goal = rows[name]
        if part not in goal:
            raise ValueError(f"{part!r} does not occur in the goal of {name}")
        yield Mutant(f"calculus.{name}", f"{part}  ->  {wrong}", (_theorem(name, statement, given, goal.replace(part, wrong)),))
