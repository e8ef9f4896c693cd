"""The kernel: theorems about derivatives, made only by inference rules.

Three judgements, about functions of the real variable x with the other variables held fixed:

* ``HasDeriv(f, x, f′, H)``: wherever H holds, there are K >= 0 and r > 0 such that for all |h| <= r, f(x+h) is defined and
  |f(x+h) - f(x) - f′·h| <= K·h²;  H holds on an open set, and f′ is defined there.
* ``Continuous(c, x, H)``: wherever H holds, the operands of the comparisons in the condition c have derivatives, so are continuous.
* ``Refines(a, b)``: wherever a is defined, b is defined and equal.

The rules (each justified by an obligation that ``python -m proofs`` settles)::

    ----------------- leaf        u₁ ⊢ HasDeriv(uᵢ, x, uᵢ′, Hᵢ)   p a primitive with partials ∂ᵢp and domain D
    HasDeriv(x, x, 1)             ------------------------------------------------------------------------ primitive
    HasDeriv(y, x, 0)             HasDeriv(p(u), x, Σ ∂ᵢp(u)·uᵢ′, H₁ ∧ … ∧ D(u))

    Continuous(c, x, H)   HasDeriv(a, x, a′, A)   HasDeriv(b, x, b′, B)
    ------------------------------------------------------------------------------------- cases
    HasDeriv(where(c, a, b), x, where(c, a′, b′), H ∧ (int(c) ∧ A  ∨  int(¬c) ∧ B))

    HasDeriv(f, x, d, H)   Refines(d, d₂)            a row of the table            aᵢ ⊑ bᵢ
    ------------------------------------- replace    -------------- rewrite    ------------------- congruence
    HasDeriv(f, x, d₂, H)                            Refines(l, r)             Refines(p(a), p(b))

Axioms and oracles are read off the whole proof, so provenance cannot be lost.  No rule calls a solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from micrograd.verified.cited import CITED
from micrograd.verified.differentiation import combine, conjuncts, domain_step, interiors
from micrograd.verified.errors import ProofError
from micrograd.verified.expr import (
    AND,
    BOOL,
    CONST,
    EQ,
    EULER,
    GE,
    GT,
    LE,
    LT,
    NE,
    NOT,
    ONE,
    OR,
    PI,
    TRUE,
    VAR,
    WHERE,
    ZERO,
    Condition,
    Expr,
    build,
    choose,
    is_intact,
    is_well_formed,
    paused_collection,
    postorder,
)
from micrograd.verified.given import Given
from micrograd.verified.heads import Head
from micrograd.verified.registry import REGISTRY, axioms_of
from micrograd.verified.rewrites import REWRITES
from micrograd.verified.sealing import seal
from micrograd.verified.statements import continuity_text, derivative_text, refinement_text


class HasDeriv(NamedTuple):
    """f has derivative d with respect to x wherever the hypothesis holds."""

    function: Expr
    x: Expr
    derivative: Expr
    hypothesis: Condition


class Continuous(NamedTuple):
    """The operands of the comparisons in the condition are differentiable, so continuous, wherever the hypothesis holds."""

    condition: Condition
    x: Expr
    hypothesis: Condition


class Refines(NamedTuple):
    """Wherever a is defined, b is defined and equal."""

    a: Any
    b: Any


Statement: TypeAlias = HasDeriv | Continuous | Refines
pickled = Given("what a theorem is pickled as")
_CONDITIONS = (LT, LE, GT, GE, EQ, NE, AND, OR, NOT)


class Theorem:
    """A statement with its proof.  Only the inference rules of this module make theorems.

    Attributes:
        statement: what is proved.
        rule: the last inference rule, with its parameter if it has one.
        premises: the theorems it was applied to.
        inside: if the theorem says that a condition's operands are continuous, the strict conditions that imply the condition and its
            negation; a condition made of others finds theirs here, so a family of conditions is walked once.
    """

    __slots__ = ("inside", "premises", "rule", "statement")

    statement: Statement
    rule: tuple[str, ...]
    premises: tuple[Theorem, ...]
    inside: tuple[Condition, Condition] | None

    def __new__(cls, *_: object, **__: object) -> Theorem:
        raise ProofError("theorems are made by inference rules only")

    def __init_subclass__(cls) -> None:
        raise ProofError("there are no theorems but those of the inference rules")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a theorem does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a theorem does not change")

    def __reduce__(self) -> tuple[Any, ...]:
        return pickled(self)  # type: ignore[no-any-return]

    def __copy__(self) -> Theorem:
        return self

    def __deepcopy__(self, memo: object) -> Theorem:
        return self

    @property
    def function(self) -> Expr:
        """The function of a derivative theorem."""
        return _deriv(self).function

    @property
    def derivative(self) -> Expr:
        """The derivative of a derivative theorem."""
        return _deriv(self).derivative

    @property
    def hypotheses(self) -> tuple[Condition, ...]:
        """The conditions under which it holds, one by one."""
        return () if isinstance(self.statement, Refines) else tuple(conjuncts(self.statement.hypothesis))

    @property
    def axioms(self) -> tuple[str, ...]:
        """The axioms of analysis and the cited facts that the proof rests on, sorted.  Linear in the proof."""
        names: set[str] = set()
        heads: set[Head] = set()
        for theorem in proof(self):
            kind = theorem.rule[0]
            if kind == "rewrite":
                rule = REWRITES[theorem.rule[1]]
                names.update(rule.axioms)
                heads.update(n.head for n in postorder([rule.pattern, rule.replacement]))
            elif kind == "primitive":
                heads.add(theorem.function.head)
        return tuple(sorted(names.union(*(axioms_of(h.row) for h in heads if h.row is not None))))

    @property
    def cited(self) -> tuple[str, ...]:
        """Those of the axioms that are facts about special functions, taken from the literature (`micrograd.verified.cited`)."""
        return tuple(name for name in self.axioms if name in CITED)

    @property
    def oracles(self) -> tuple[str, ...]:
        """Who is trusted to have settled the obligations behind the rules that were used."""
        return ("z3",) if any(t.rule[0] in ("primitive", "cases", "rewrite") for t in proof(self)) else ()

    def __str__(self) -> str:
        statement = self.statement
        check_intact(statement)
        if isinstance(statement, Refines):
            return refinement_text(*statement)
        return continuity_text(*statement) if isinstance(statement, Continuous) else derivative_text(*statement)

    def __repr__(self) -> str:
        return f"<{self}>"


def _deriv(theorem: Theorem) -> HasDeriv:
    if type(theorem) is not Theorem or not isinstance(theorem.statement, HasDeriv):
        raise ProofError(f"a theorem about a derivative is needed, not {theorem}")
    return theorem.statement


def _refines(theorem: Theorem) -> Refines:
    if type(theorem) is not Theorem or not isinstance(theorem.statement, Refines):
        raise ProofError(f"a theorem about a refinement is needed, not {theorem}")
    return theorem.statement


def _known(rule: str, node: Any, *heads: Head) -> tuple[Any, ...]:
    """The key of a node that a rule is about: an intact node, well-formed by its own key, with one of these heads if any are given.

    Its operands are those of the premises, about which the same is known.
    """
    if type(node) is not Expr and type(node) is not Condition:
        raise ProofError(f"{rule}: {node!r:.80} is not a node")
    key: tuple[Any, ...] = getattr(node, "key", ())
    if not key or not is_well_formed(key) or not is_intact(node) or (heads and key[0] not in heads):
        raise ProofError(f"{rule}: this is not about a node of such a form")
    return key


def check_intact(nodes: Iterable[Any]) -> None:
    """Raise ProofError if anybody has changed one of the nodes, or one below.  Linear."""
    if not all(map(is_intact, postorder(nodes))):
        raise ProofError("the expressions of this theorem have been changed by force; it says nothing any more")


def _children(rule: str, node: Any, premises: Sequence[Theorem]) -> tuple[Any, ...]:
    """The operands of a node, one for each premise."""
    children: tuple[Any, ...] = node.args
    if not children or len(children) != len(premises):
        raise ProofError(f"{rule}: {node} has {len(children)} operands and there are {len(premises)} premises")
    return children


_set_statement, _set_rule, _set_premises, _set_inside = (seal(Theorem, name) for name in ("statement", "rule", "premises", "inside"))


def _make(
    statement: Statement, rule: tuple[str, ...], premises: tuple[Theorem, ...], inside: tuple[Condition, Condition] | None = None
) -> Theorem:
    theorem = object.__new__(Theorem)
    _set_inside(theorem, inside)
    _set_statement(theorem, statement)
    _set_rule(theorem, rule)
    _set_premises(theorem, premises)
    return theorem


def proof(theorem: Theorem) -> Iterator[Theorem]:
    """All theorems of the proof, premises first, each once.  Iterative."""
    done: set[int] = set()
    stack: list[tuple[Theorem, bool]] = [(theorem, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((premise, False) for premise in reversed(node.premises))


# --- derivatives -----------------------------------------------------------------------------------------------------


def leaf(node: Expr, x: Expr) -> Theorem:
    """x has derivative 1; another variable or a constant has derivative 0."""
    _known("leaf", x, VAR)
    _known("leaf", node, VAR, CONST, PI, EULER)
    return _make(HasDeriv(node, x, ONE if node is x else ZERO, TRUE), ("leaf",), ())


def primitive(node: Expr, premises: Sequence[Theorem]) -> Theorem:
    """The chain rule for one primitive, from the derivatives of its operands."""
    key, premises = _known("primitive", node), tuple(premises)
    row = REGISTRY.get(key[0].name)
    if row is None or row is not key[0].row or len(premises) != len(key) - 1:
        raise ProofError(f"primitive: {key[0].name} is not a registered primitive with {len(premises)} operands")
    parts = [_deriv(premise) for premise in premises]
    x = parts[0].x
    for child, part in zip(key[1:], parts, strict=True):
        if part.function is not child or part.x is not x:
            raise ProofError(f"primitive: the premise about {part.function} is not about {child}")
    total = None
    for place, _, _, make in row.rules:
        factor = parts[place - 1].derivative
        if factor is not ZERO:
            total = combine(total, make(key), factor)
    for partial, part in zip(row.partials, parts, strict=True):
        if partial is None and part.derivative is not ZERO:
            raise ProofError(f"primitive: {part.function} moves, and {row.name} has no partial derivative for it")
    hypothesis = domain_step(key, {part.function: part.hypothesis for part in parts}, {})
    return _make(HasDeriv(node, x, ZERO if total is None else total, hypothesis), ("primitive",), premises)


def continuous(condition: Condition, x: Expr, premises: Sequence[Theorem]) -> Theorem:
    """A condition whose operands have derivatives (comparisons), or whose parts are such (``and``, ``or``, ``not``)."""
    _known("continuous", x, VAR)
    key, premises = _known("continuous", condition, BOOL, *_CONDITIONS), tuple(premises)
    hypothesis = TRUE
    insides: dict[Any, tuple[Condition, Condition]] = {}
    if key[0] is not BOOL:
        known: dict[Any, Condition] = {}
        for child, premise in zip(_children("continuous", condition, premises), premises, strict=True):
            statement = premise.statement if type(premise) is Theorem else None
            wanted = Continuous if key[0] in (AND, OR, NOT) else HasDeriv
            if not isinstance(statement, wanted) or statement[0] is not child or statement.x is not x:
                raise ProofError(f"continuous: a premise about {child} is needed")
            known[child] = statement.hypothesis
            if premise.inside is not None:
                insides[child] = premise.inside
        hypothesis = domain_step(key, known, {})
    elif premises:
        raise ProofError("continuous: a settled condition needs no premises")
    return _make(Continuous(condition, x, hypothesis), ("continuous",), premises, interiors(condition, insides))


def cases(node: Expr, premises: Sequence[Theorem]) -> Theorem:
    """``where``: each branch's derivative where its condition holds strictly, hence near the point too."""
    key, premises = _known("cases", node, WHERE), tuple(premises)
    fits = len(premises) == 3 and type(premises[0]) is Theorem and isinstance(premises[0].statement, Continuous)
    if not fits:
        raise ProofError("cases: needs a where(), the continuity of its condition and the derivatives of its branches")
    condition: Any = premises[0].statement
    first, second = _deriv(premises[1]), _deriv(premises[2])
    x = condition.x
    if (condition.condition, first.function, second.function) != key[1:] or first.x is not x or second.x is not x:
        raise ProofError("cases: the premises are not about the parts of this where()")
    known = {key[1]: condition.hypothesis, first.function: first.hypothesis, second.function: second.hypothesis}
    both_zero = first.derivative is ZERO and second.derivative is ZERO
    derivative = ZERO if both_zero else choose(key[1], first.derivative, second.derivative)
    insides = {} if premises[0].inside is None else {key[1]: premises[0].inside}
    return _make(HasDeriv(node, x, derivative, domain_step(key, known, insides)), ("cases",), premises)


def replace(theorem: Theorem, refinement: Theorem) -> Theorem:
    """Replace the derivative by one that refines it."""
    old, change = _deriv(theorem), _refines(refinement)
    if change.a is not old.derivative:
        raise ProofError("replace: needs a refinement of the derivative")
    statement = HasDeriv(old.function, old.x, change.b, old.hypothesis)
    return _make(statement, ("replace",), (theorem, refinement))


# --- refinements -----------------------------------------------------------------------------------------------------


def reflexive(node: Any) -> Theorem:
    """Everything refines itself."""
    _known("reflexive", node)
    return _make(Refines(node, node), ("reflexive",), ())


def rewrite(name: str, binding: Mapping[str, Any]) -> Theorem:
    """An instance of a row of the rewrite table."""
    rule = REWRITES.get(name)
    binding = dict(binding)
    fits = rule is not None and set(binding) == set(rule.metavariables) and all(type(e) is Expr for e in binding.values())
    if rule is None or not fits or not rule.admits(binding):
        raise ProofError(f"rewrite: {name} is not a rule for {binding}")
    left, right = rule.instance(binding)
    return _make(Refines(left, right), ("rewrite", rule.name), tuple(reflexive(binding[v]) for v in rule.metavariables))


def congruence(node: Any, premises: Sequence[Theorem]) -> Theorem:
    """Refine the operands of a node."""
    _known("congruence", node)
    premises = tuple(premises)
    children = []
    for child, premise in zip(_children("congruence", node, premises), premises, strict=True):
        change = _refines(premise)
        if change.a is not child:
            raise ProofError(f"congruence: needs a refinement of {child}")
        children.append(change.b)
    return _make(Refines(node, build(node.head, *children)), ("congruence",), premises)


def transitive(first: Theorem, second: Theorem) -> Theorem:
    """a ⊑ b and b ⊑ c give a ⊑ c."""
    one, two = _refines(first), _refines(second)
    if one.b is not two.a:
        raise ProofError("transitive: the refinements do not meet")
    return _make(Refines(one.a, two.b), ("transitive",), (first, second))


# --- derived ---------------------------------------------------------------------------------------------------------


@paused_collection()
def derive(expression: Expr, x: Expr) -> Theorem:
    """The theorem whose conclusion is ``HasDeriv(expression, x, diff(expression, x), domain)``.  Linear in the graph.

    >>> from micrograd.verified import var, log
    >>> x = var("x"); derive(x * log(x), x)
    <x > 0 ⊢ d/dx x*log(x) = log(x) + x*(1/x)>
    """
    table: dict[Any, Theorem] = {}
    for node in postorder([expression]):
        key = node.key
        which = key[0]
        if which.boolean:
            table[node] = continuous(node, x, [table[c] for c in key[1:]] if which.arity else [])
        elif not which.arity:
            table[node] = leaf(node, x)
        else:
            premises = [table[child] for child in key[1:]]
            table[node] = cases(node, premises) if which is WHERE else primitive(node, premises)
    return table[expression]


__all__ = ["Theorem", "derive"]
