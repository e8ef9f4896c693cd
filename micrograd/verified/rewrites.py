"""Rewrite rules: the only way expressions are simplified, each a theorem.

A rule ``left → right`` is a *refinement*: wherever the left side is defined (and the constants satisfy ``condition``), the right side is
defined and has the same value.  So a rule never adds undefinedness; it may remove some (``log(x)*0 → 0``), which is harmless since a
derivative keeps the domain it was derived under.

In the patterns ``a`` and ``b`` stand for any expression, ``p`` and ``q`` for rational constants, ``n`` for an integer constant.
``python -m proofs`` proves every row; ``uses`` names the axioms and lemmas that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import micrograd.verified.functions  # noqa: F401  the patterns mention its rows
from micrograd.verified.expr import CONST, POW, POWI, TRUE, VAR, Condition, Expr, Head, substitute, var, variables
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.sealing import Remembering, lazy, set_once

CONSTANTS = frozenset("pqn")
INTEGERS = frozenset("n")


@set_once
@dataclass(frozen=True, slots=True)
class Rewrite(Remembering):
    """One rule; see the module's text.

    Attributes:
        name: as certificates call it.
        left, right: the two sides, as text.
        condition: what the constants must satisfy; settled when the rule is applied.
        uses: instances of axioms and lemmas for its proof, over the rule's variables.
        axioms: the axioms it rests on beyond those of the primitives that occur.
    """

    name: str
    left: str
    right: str
    condition: str = "True"
    uses: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()

    @lazy
    def pattern(self) -> Expr:
        """The left side."""
        return parse(self.left)

    @lazy
    def replacement(self) -> Expr:
        """The right side."""
        return parse(self.right)

    @lazy
    def guard(self) -> Condition:
        """The condition on constants."""
        return parse_condition(self.condition)

    @lazy
    def metavariables(self) -> tuple[str, ...]:
        """The names in the pattern, sorted: the order in which certificates list what they stand for."""
        return tuple(str(v.key[1]) for v in variables(self.pattern))

    def admits(self, binding: Mapping[str, Expr]) -> bool:
        """Whether constants stand where constants must, and satisfy the condition."""
        for name in self.metavariables:
            if name in CONSTANTS:
                key = binding[name].key
                if key[0] is not CONST or (name in INTEGERS and type(key[1]) is not int):
                    return False
        return self.guard is TRUE or substitute(self.guard, _by_variable(binding)) is TRUE

    def instance(self, binding: Mapping[str, Expr]) -> tuple[Expr, Expr]:
        """Both sides with the metavariables put in."""
        by_variable = _by_variable(binding)
        return substitute(self.pattern, by_variable), substitute(self.replacement, by_variable)

    def match(self, node: Any) -> dict[str, Expr] | None:
        """What the metavariables stand for if the node is an instance, else None.  Constant time: patterns are small."""
        binding: dict[str, Any] = {}
        todo = [(self.pattern, node)]
        while todo:
            pattern, found = todo.pop()
            key = pattern.key
            if key[0] is VAR:
                if binding.setdefault(key[1], found) is not found:
                    return None
                if key[1] in CONSTANTS and found.key[0] is not CONST:
                    return None
            elif not key[0].arity:
                if pattern is not found:
                    return None
            elif key[0] is found.key[0] or (key[0] is POW and found.key[0] is POWI):
                todo.extend(zip(key[1:], found.key[1:], strict=True))
            else:
                return None
        return binding if self.admits(binding) else None


def _by_variable(binding: Mapping[str, Expr]) -> dict[Expr, Any]:
    return {var(name): value for name, value in binding.items()}


def _rule(name: str, text: str, condition: str = "True", uses: str = "", axioms: str = "") -> Rewrite:
    left, right = text.split(" → ")
    return Rewrite(name, left.strip(), right.strip(), condition, tuple(filter(None, uses.split("; "))), tuple(axioms.split()))


# fmt: off
_TABLE = (
    # --- neutral and absorbing elements
    _rule("add_zero",     "a + 0 → a"),
    _rule("zero_add",     "0 + a → a"),
    _rule("sub_zero",     "a - 0 → a"),
    _rule("zero_sub",     "0 - a → -a"),
    _rule("sub_self",     "a - a → 0"),
    _rule("mul_one",      "a*1 → a"),
    _rule("one_mul",      "1*a → a"),
    _rule("mul_zero",     "a*0 → 0"),
    _rule("zero_mul",     "0*a → 0"),
    _rule("mul_minus_one", "a*(-1) → -a"),
    _rule("minus_one_mul", "-1*a → -a"),
    _rule("div_one",      "a/1 → a"),
    _rule("zero_div",     "0/a → 0"),
    _rule("div_self",     "a/a → 1"),
    _rule("pow_zero",     "a**0 → 1"),
    # --- signs
    _rule("neg_neg",      "-(-a) → a"),
    _rule("add_neg",      "a + -b → a - b"),
    _rule("neg_add",      "-a + b → b - a"),
    _rule("sub_neg",      "a - -b → a + b"),
    _rule("neg_sub",      "-(a - b) → b - a"),
    _rule("mul_neg",      "a*-b → -(a*b)"),
    _rule("neg_mul",      "-a*b → -(a*b)"),
    _rule("div_neg",      "a/-b → -(a/b)"),
    _rule("neg_div",      "-a/b → -(a/b)"),
    _rule("neg_square",   "(-a)**2 → a**2"),
    # --- constants
    _rule("mul_const",    "a*p → p*a"),
    _rule("const_const",  "p*(q*a) → p*q*a"),
    _rule("const_out_left",  "p*a*b → p*(a*b)"),
    _rule("const_out_right", "a*(p*b) → p*(a*b)"),
    _rule("neg_const",    "-(p*a) → -p*a"),
    _rule("const_div",    "p*a/q → p/q*a", "q != 0"),
    # --- like terms and powers
    _rule("add_self",     "a + a → 2*a"),
    _rule("add_like",     "p*a + q*a → (p + q)*a"),
    _rule("add_like_one", "p*a + a → (p + 1)*a"),
    _rule("one_add_like", "a + p*a → (1 + p)*a"),
    _rule("sub_like",     "p*a - q*a → (p - q)*a"),
    _rule("mul_self",     "a*a → a**2"),
    _rule("mul_pow",      "a**n*a → a**(n + 1)", "n >= 1", uses="powi_succ(a, n)"),
    _rule("pow_mul",      "a*a**n → a**(n + 1)", "n >= 1", uses="powi_succ(a, n)"),
    _rule("square_pow",   "square(a) → a**2"),
    _rule("reciprocal_div", "reciprocal(a) → 1/a"),
    _rule("div_div_one",  "1/(1/a) → a"),
    _rule("mul_recip",    "a*(1/b) → a/b"),
    _rule("recip_mul",    "1/b*a → a/b"),
    _rule("mul_div_self", "a*(b/a) → b"),
    _rule("div_mul_self", "b/a*a → b"),
    # --- functions at constants
    _rule("exp_zero",     "exp(0) → 1", uses="exp_add(0, 0); exp_ge(0)", axioms="exp_add exp_ge"),
    _rule("log_one",      "log(1) → 0", uses="exp_log(1); exp_injective(log(1), 0); exp_zero()", axioms="exp_log exp_add exp_ge"),
    _rule("sin_zero",     "sin(0) → 0", uses="trig_zero()"),
    _rule("cos_zero",     "cos(0) → 1", uses="trig_zero()"),
    _rule("abs_const",    "abs(p) → p", "p >= 0"),
    _rule("sqrt_zero",    "sqrt(0) → 0"),
    _rule("sqrt_one",     "sqrt(1) → 1"),
    # --- inverses, symmetries, addition theorems
    _rule("exp_log",      "exp(log(a)) → a", uses="exp_log(a)"),
    _rule("log_exp",      "log(exp(a)) → a", uses="exp_log(exp(a)); exp_pos(a); exp_injective(log(exp(a)), a)"),
    _rule("exp_mul_exp",  "exp(a)*exp(b) → exp(a + b)", uses="exp_add(a, b)"),
    _rule("sqrt_square",  "sqrt(a)**2 → a"),
    _rule("square_sqrt",  "sqrt(a**2) → abs(a)"),
    _rule("sqrt_mul_self", "sqrt(a)*sqrt(a) → a"),
    _rule("abs_abs",      "abs(abs(a)) → abs(a)"),
    _rule("abs_neg",      "abs(-a) → abs(a)"),
    _rule("abs_square",   "abs(a)**2 → a**2"),
    _rule("sin_neg",      "sin(-a) → -sin(a)", uses="trig_neg(a)"),
    _rule("cos_neg",      "cos(-a) → cos(a)", uses="trig_neg(a)"),
    _rule("sin_cos_norm", "sin(a)**2 + cos(a)**2 → 1", uses="sin_cos_norm(a)"),
    _rule("cos_sin_norm", "cos(a)**2 + sin(a)**2 → 1", uses="sin_cos_norm(a)"),
    _rule("max_self",     "max(a, a) → a"),
    _rule("min_self",     "min(a, a) → a"),
    _rule("where_self",   "where(b > 0, a, a) → a"),
)
# fmt: on

REWRITES: Mapping[str, Rewrite] = MappingProxyType({rule.name: rule for rule in _TABLE})
"""Every rule by name, in the order in which they are tried."""


def _index() -> Mapping[Head, tuple[Rewrite, ...]]:
    found: dict[Head, list[Rewrite]] = {}
    for rule in _TABLE:
        found.setdefault(rule.pattern.key[0], []).append(rule)
    return MappingProxyType({head: tuple(rules) for head, rules in found.items()})


BY_HEAD = _index()
"""The rules by the head of their left side."""
