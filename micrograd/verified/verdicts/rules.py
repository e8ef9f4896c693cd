"""The rules of verdict certificates as one table: what each says, its theorems in ``python -m proofs``, its axioms and cited facts.

A rule without a theorem does not exist: the tests look each name up.  Γ is the cell; "e ↦ v" says that e has a value in Γ, which is v; "V"
is the value that a line states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from micrograd.verified.sealing import set_once

ODD = frozenset(("erf", "atan"))


@set_once
@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: the line's kind, or the function of a ``val`` line.
        says: what follows from what.
        theorems: names or patterns of names in ``python -m proofs``.
        axioms: axioms and cited facts, as statements list them.
    """

    name: str
    says: str
    theorems: tuple[str, ...]
    axioms: tuple[str, ...] = ()


_EXP = "exp_add exp_ge exp_log"
_TRIG = "sin_add cos_add sin_cos_norm"
_SIDES = "hypotheses.where.* sign_by_value sign_by_slope sign_by_order"
_LOGS = "normal_forms.log_product log_of_power_* log_of_root"
# fmt: off
_ROWS = [
    # name, what it says
    #     theorems                                                                                   axioms and cited facts
    # --- cells
    ("or", "Γ, a or b: from Γ, a and Γ, b",
         "strict_or strict_not_and strict_not_or",                                                   ""),
    ("sign", "Γ: from Γ, p = 0; Γ, p < 0; Γ, p > 0; Γ, p has no value",
         "three_signs hypotheses.defined.*",                                                         ""),
    ("put", "Γ, a = b with a - b = k·(x - t): t for x everywhere",
         "solved",                                                                                   ""),
    ("second", "f′ = g near the points of D, along y: where f″ exists, it is g′",
         "calculus.locality hypotheses.where.* hypotheses.defined.* guarded.*",                      ""),
    ("have", "Γ: from Γ, c if c is shown in Γ",
         "cut",                                                                                      ""),
    ("sum", "Σ aᵢ and Σ cᵢ with the terms of the sides, and numbers: aᵢ = cᵢ for each i",
         "parts_of_sums regrouped multiples guarded.*",                                                        ""),
    ("keep", "Γ, Δ: from Γ",
         "larger_cell",                                                                              ""),
    ("fix", "the derivative with respect to x, with y = t fixed",
         "fixed_variable solved guarded.*",                                                          ""),
    ("same", "a function with the same values has the same derivative",
         "same_function congruence guarded.*",                                                       ""),
    ("none", "where f has no value, it has no derivative",
         "no_value hypotheses.defined.*",                                                            ""),
    ("end", "a ↦ N/D, b ↦ P/Q, and N·Q - P·D reduces to 0, or the difference has the sign 0: a = b",
         "cross_product guarded.* hypotheses.primitive.*",                                           ""),
    # --- signs
    ("hyp", "a literal a R b: the signs of a - b",
         "strict_comparison.* product_sign.*",                                                       ""),
    ("def", "what has a value is in its domain",
         "hypotheses.extent.* hypotheses.defined.* product_sign.*",                                  ""),
    ("use", "a product's sign and all factors but one: that one's",
         "product_sign.* sign_of_*",                                                                 ""),
    ("cmp", "the sign of a - b: the truth of a R b",
         "strict_comparison.* sign_of_*",                                                            ""),
    ("terms", "Σ tᵢ = 0 with all tᵢ >= 0: each tᵢ = 0",
         "sum_of_signs* zero_of_*",                                                                  ""),
    ("ask", "no model: not these signs",
         "normal_forms.exp_* normal_forms.log_* normal_forms.trig_size normal_forms.atan_sign",      ""),
    ("empty", "no model: no points",
         "normal_forms.exp_* normal_forms.log_* normal_forms.trig_size normal_forms.atan_sign",      ""),
    ("bound", "rational bounds of exp(q) and log(p)",
         "exp_first exp_halved exp_doubled_above log_between",                                       _EXP),
    ("angle bounds", "rational bounds of sin(q) and cos(q)",
         "angle_first corners normal_forms.sin_double normal_forms.cos_double normal_forms.sin_odd normal_forms.cos_even",
         f"sin_bounds {_TRIG}"),
    ("gen", "a generator stands for a real number", "", ""),
    ("root", "|p|^(1/m), for p >= 0 or p <= 0",
         "root_exists* root_positive",                                                               _EXP),
    ("about", "what is known of every value of a function",
         "normal_forms.floor_between cited.fact.lambertw_range",                                     ""),
    ("val", "e ↦ N/D",
         "cross_product",                                                                            ""),
    # --- points
    ("beside", "u and its derivatives below the k-th are 0, the k-th is not: the sign of u beside the point",
         _SIDES,                                                                                     "mean_value"),
    ("kink", "the slopes of the pieces differ: no derivative",
         "kink_left kink_right calculus.locality",                                                   ""),
    ("jump", "a piece has another value: no derivative",
         "jump calculus.continuous",                                                                 ""),
    ("edge", "no value on one side: no derivative",
         "edge no_value",                                                                            ""),
    ("join", "one value and one slope: that is the derivative",
         "join",                                                                                     ""),
    ("quotient", "n/d, with derivatives below the k-th 0 at the point: its limit and slope, or no limit",
         "quotient_limit quotient_slope quotient_unbounded jump join calculus.continuous",           "taylor"),
    ("power", "x**p at x = 0 with p > 1: a derivative there is 0",
         "power_at_zero",                                                                            _EXP),
    ("small", "|e| <= q·|h| with q as small as wanted: a piece that is smooth in x and e is as with 0 for e, in value and slope",
         "order_* size_by_order sign_by_order small_slope small_jump normal_forms.log_product",      f"taylor mean_value {_EXP}"),
    ("bounded sin", "|sin u| <= 1", "columns.sin.range", _TRIG),
    ("bounded cos", "|cos u| <= 1", "columns.cos.range", _TRIG),
    ("bounded tanh", "|tanh u| <= 1", "columns.tanh.range", _EXP),
    ("bounded atan", "|atan u| <= 2", "cited.fact.atan_range", "atan_def pi_bounds"),
    ("bounded erf", "|erf u| <= 1", "cited.fact.erf_bounds", "erf_bounds"),
    ("steep", "e tends to 0, |e|/|h| is unbounded, and the slope of the piece along e is not 0: no derivative",
         "steep size_* order_* normal_forms.log_product",                                            f"taylor mean_value {_EXP}"),
    # --- values
    ("const", "a number is itself", "", ""),
    ("var", "a variable is its generator", "", ""),
    ("pi", "3 < π < 4", "", "pi_bounds"),
    ("add", "a + b", "fraction_sum", ""),
    ("sub", "a - b", "fraction_sum", ""),
    ("mul", "a·b", "fraction_product", ""),
    ("neg", "-a", "fraction_sum", ""),
    ("div", "a/b, b != 0", "fraction_quotient", ""),
    ("abs", "|u| = ±u by the sign of u", "hypotheses.extent.abs", ""),
    ("where", "the branch that the condition chooses", "hypotheses.defined.*", ""),
    ("e", "V > 0 and log V = 1", f"exp_of_product {_LOGS}", f"e_def {_EXP}"),
    ("exp", "V > 0 and log V = u: V = exp(u)", f"exp_of_product {_LOGS}", _EXP),
    ("log", "u = c·Π pᵉ > 0: log u = log|c| + Σ e·log|p|", _LOGS, _EXP),
    ("sqrt", "V² = u, V >= 0, u >= 0", "root_unique_2", "sqrt_def"),
    ("cbrt", "V³ = u", "root_unique_3", "cbrt_def"),
    ("pow", "V^m = u^k, V >= 0, u >= 0 (k < 0: u > 0), for the exponent k/m or its value; 0**y; exp(y·log x)",
         "root_unique_step power_as_root general_power congruence cited.values.pow",                 _EXP),
    ("powi", "u^k; u != 0 where k < 0", "integer_power", ""),
    ("sin", "Σ n·b by the addition formulas", "normal_forms.sin_double normal_forms.sin_odd", _TRIG),
    ("cos", "Σ n·b by the addition formulas", "normal_forms.cos_double normal_forms.cos_even", _TRIG),
    ("turn", "sin and cos of multiples of π/12", "cited.fact.angle_* normal_forms.sin_odd", f"pi_angles {_TRIG}"),
    ("arc", "sin and cos of atan(N/D): N/r and D/r with r = sqrt(N² + D²), by the sign of D",
         "sin_of_arc cos_of_arc",                                                                    f"atan_def {_TRIG}"),
    ("floor", "the integer V with V <= u < V + 1", "floor_*", "floor_def"),
    ("floor facts", "⌊u⌋ <= u < ⌊u⌋ + 1", "normal_forms.floor_between", "floor_def"),
    ("atan2 beside", "atan2(y, x) = atan(y/x) ± π by the sign of y, where x < 0",
         "beside_cut* cited.fact.atan_one normal_forms.atan_odd cited.values.atan2",            "atan_def atan_bounds atan_sub pi_bounds"),
    ("erf", "odd, between -1 and 1, with the sign of its operand", "cited.fact.erf_*", "erf_bounds"),
    ("atan", "odd, below 8/5, with the sign of its operand",
         "normal_forms.atan_odd normal_forms.atan_sign cited.fact.atan_range",                       "atan_def atan_bounds atan_sub"),
    ("lambertw", "log|W(u)| = log|u| - W(u)", "cited.fact.lambertw_def lambertw_log", f"lambertw_def {_EXP}"),
    ("lambertw facts", "W > -1, with the sign of its operand", "cited.fact.lambertw_*", "lambertw_def lambertw_range"),
    ("unfold", "a function is its definition, where that has a value", "hypotheses.extent.*", ""),
    ("stated", "a value that the row states, where its definition has none", "cited.values.*", ""),
    ("stated pow", "x**n = cos(πn)·exp(n·log(-x)) for x < 0 and integers n; 0**y = 0; x**0 = 1",
         "negative_power_step negative_power_exp cited.fact.angle_90 cited.values.pow",              f"pi_angles cos_add sin_add {_EXP}"),
    ("app", "the same function of the same operands", "congruence", ""),
    # --- special functions
    ("special step", "f(v + k) from f(v) for the Γ family", "cited.fact.*_step", "gamma_recurrence"),
    ("special number", "Γ(n) = (n - 1)!", "cited.fact.gamma_one cited.fact.gamma_step", "gamma_recurrence"),
    ("special turn", "atan(v) = q·π where v = tan(q·π)",
         "atan_of_root cited.fact.atan_one normal_forms.atan_odd",                                   "atan_def atan_bounds atan_sub"),
    ("special exp", "Γ(u) = exp(log Γ(u)), u > 0", "cited.fact.lgamma_def", f"lgamma_def {_EXP}"),
    ("special same", "ψ⁽⁰⁾ = ψ, ψ⁽¹⁾ = ψ′", "cited.fact.polygamma_def", "polygamma_def"),
    ("special three", "three neighbouring orders, x != 0", "cited.fact.bessel*_step", "bessel_recurrence"),
    ("special zero", "J and I at 0", "cited.fact.bessel*_zero", "bessel_recurrence"),
    ("special origin", "W(0) = 0", "lambertw_zero", "lambertw_def exp_add exp_ge"),
    ("special expint", "E(n ± 1) from E(n)", "cited.fact.expint_*", "expint_recurrence"),
]
# fmt: on


def _theorem(name: str) -> str:
    return name if name.split(".")[0] in ("normal_forms", "cited", "calculus", "hypotheses", "columns") else f"verdict_rules.{name}"


RULES: Mapping[str, Rule] = MappingProxyType(
    {name: Rule(name, says, tuple(map(_theorem, theorems.split())), tuple(axioms.split())) for name, says, theorems, axioms in _ROWS}
)
"""Every rule by name."""


def axioms_of_rules(names: Iterable[str]) -> set[str]:
    """What the rules of these names rest on."""
    return {axiom for name in names if name in RULES for axiom in RULES[name].axioms}
