"""What a row of the registry says, and templates.

A row says how the primitive is written, where it is smooth (``domain``: strict conditions, so an open set), where its value
exists (``defined``, by default the same), what its partial derivatives are (templates over ``params``), and why (``evidence``):

* `Definition`: the primitive abbreviates an expression over others; its partials are proved equal to the derivative of that;
* `Witness`: constants K and r such that |f(a+h) - f(a) - Σ ∂ᵢf(a)·hᵢ| <= K·Σ hᵢ² whenever all |hᵢ| <= r, which is proved
  from the named axioms and lemmas;
* `Joined`: a definition by cases whose pieces meet smoothly, so that the primitive is smooth at the joins too;
* `Induction`: integer powers, from the product rule;
* `Cited`: the partials are taken from the literature (special functions), and every theorem says so.

``kink`` is where the primitive is continuous but not smooth; the partials give a subgradient there.  The columns from ``numpy`` on are what
other packages need to know of a function; each is read by whoever needs it, so that nobody keeps a list of names.

Trust: a row is believed only because ``python -m proofs`` proves it; a cited one, because ``proofs`` and the tests compare it with Arb.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from micrograd.verified.errors import UnsupportedPrimitive
from micrograd.verified.expr import (
    CONSTRUCTORS,
    HEADS,
    TRUE,
    VAR,
    WHERE,
    Condition,
    Expr,
    Head,
    Node,
    conjunction,
    file_node,
    negate,
    postorder,
    var,
)
from micrograd.verified.heads import Maker, Rules
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.sealing import Remembering, lazy, set_once


@set_once
@dataclass(frozen=True, slots=True)
class Definition:
    """The primitive is an abbreviation of ``body``; ``uses`` are the axioms and lemmas that its proof needs, as calls.

    ``cites`` names the fact that the definition is, if it is one of the literature.
    """

    body: str
    uses: tuple[str, ...] = ()
    cites: str | None = None


@set_once
@dataclass(frozen=True, slots=True)
class Witness:
    """Constants of the quadratic remainder; ``h`` names the increments (``dx`` for parameter ``x``).

    ``steps`` are intermediate facts, each proved from the hypotheses and the steps before it.
    """

    K: str
    r: str = "1"
    uses: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()


@set_once
@dataclass(frozen=True, slots=True)
class Joined(Definition):
    """The primitive is put together from pieces: ``body`` is ``where(c1, f1, where(c2, f2, …))``.

    On the domain every piece that is taken at a point or arbitrarily close to it is smooth there, with the primitive's own value and
    partials.  Its higher derivatives may jump there: the domain of the partials says where they do not.  Where a piece is not smooth, at
    the points ``at`` (a removable point such as 0 of sin(x)/x), there is a `Witness` instead.
    """

    at: str = "False"
    witness: Witness | None = None


@set_once
@dataclass(frozen=True, slots=True)
class Induction:
    """Integer powers: x**0 = 1, x**(n+1) = x**n * x, x**-n = 1/x**n."""


@set_once
@dataclass(frozen=True, slots=True)
class Cited:
    """The partials are not proved here: ``fact`` names where they come from (`micrograd.verified.cited`).

    ``uses`` are the facts, axioms and lemmas, as calls, by which the partials are proved to be defined on the domain.
    """

    fact: str
    uses: tuple[str, ...] = ()


Evidence: TypeAlias = Definition | Witness | Induction | Cited


@set_once
@dataclass(frozen=True, slots=True)
class Primitive(Remembering):
    """One row; see the module's text.

    Attributes:
        name: as it is written and as the carriers call it.
        params: names of the operands.
        partials: one template per operand; None where the operand is a literal (the exponent of ``powi``).
        domain: the open set on which it is smooth and the partials are right.
        defined: where it has a value; None means ``domain``.
        evidence: why the partials are right.
        reference: where the formula can be looked up.
        latex: template with ``{0}``, ``{1}``; None for the function's name.
        kink: where it is continuous, not differentiable, and ``partials`` give a chosen (sub)gradient.
        shape: ``convex`` or ``concave``: which inequality the (sub)gradient at the kink satisfies.
        corner: where it has a value and no derivative; proved.
        values: where it has a value although its definition has none, and which: ``(condition, value)``; None for integer powers.
        within: the only points where its definition is used; None for everywhere.
        range: a condition on ``value``, the function's value, that holds wherever there is one; proved.
        parity: ``even`` or ``odd``: f(-x) is f(x) or -f(x), wherever there is a value; proved.
        by: instances of axioms, facts and lemmas by which ``range`` and ``parity`` are proved.
        normal: further instances, with those of the evidence, by which the prover's normal form is proved.
        numpy: the name in ``numpy`` of the function with the same operands and values; None if there is none.
        scipy: the name in ``scipy.special``, likewise.
        public: the name under which Python has the function: ``absolute`` for ``abs``; set when the row is registered.
    """

    name: str
    params: tuple[str, ...]
    partials: tuple[str | None, ...]
    evidence: Evidence
    domain: str = "True"
    defined: str | None = None
    reference: str = ""
    latex: str | None = None
    kink: str | None = None
    shape: str | None = None
    corner: str | None = None
    values: tuple[tuple[str, str | None], ...] = ()
    within: str | None = None
    range: str | None = None
    parity: str | None = None
    by: tuple[str, ...] = ()
    normal: tuple[str, ...] = ()
    numpy: str | None = None
    scipy: str | None = None
    public: str = field(init=False, compare=False, repr=False)

    @property
    def head(self) -> Head:
        """The head of its nodes."""
        return HEADS[self.name]

    @property
    def arity(self) -> int:
        """Number of operands."""
        return len(self.params)

    @lazy
    def variables(self) -> tuple[Expr, ...]:
        """The parameters as variables, in which the templates are written."""
        return tuple(var(name) for name in self.params)

    @lazy
    def application(self) -> Expr:
        """The primitive applied to its parameters."""
        return file_node(Expr, (self.head, *self.variables))

    @lazy
    def partial_templates(self) -> tuple[Expr | None, ...]:
        """The partials as expressions over `variables`."""
        return tuple(None if text is None else parse(text) for text in self.partials)

    @lazy
    def domain_template(self) -> Condition:
        """The domain over `variables`."""
        return parse_condition(self.domain)

    @lazy
    def defined_template(self) -> Condition:
        """Where the value exists, over `variables`."""
        return self.domain_template if self.defined is None else parse_condition(self.defined)

    @lazy
    def definition(self) -> Expr | None:
        """The body of its `Definition`, if that is its evidence."""
        return parse(self.evidence.body) if isinstance(self.evidence, Definition) else None

    @lazy
    def stated(self) -> tuple[tuple[Condition, Expr], ...]:
        """The values that it has where its definition has none, each with the condition under which it has it."""
        return tuple((parse_condition(where), parse(value)) for where, value in self.values if value is not None)

    @lazy
    def pieces(self) -> tuple[tuple[Condition, Expr], ...]:
        """The pieces of its definition, each with the condition under which it is taken; one piece if the definition has no cases."""
        found: list[tuple[Condition, Expr]] = []
        node, so_far = self.definition, TRUE
        while node is not None and node.head is WHERE:
            condition, piece, node = node.args
            found.append((conjunction(so_far, condition), piece))
            so_far = conjunction(so_far, negate(condition))
        return (*found, (so_far, node)) if node is not None else ()

    @lazy
    def rules(self) -> Rules:
        """For each differentiable operand: its place in a node's key; its partial, if that is a constant; the place of the operand that
        the partial is, else 0; and the function that makes the partial from a key."""
        found: list[tuple[int, Expr | None, int, Maker]] = []
        for place, template in enumerate(self.partial_templates, start=1):
            if template is None and isinstance(self.evidence, Cited):
                found.append((place, None, 0, _no_derivative(self.name, self.params[place - 1])))
            elif template is not None:
                constant = not any(n.head is VAR for n in postorder([template]))
                operand = self.variables.index(template) + 1 if template in self.variables else 0
                found.append((place, template if constant else None, operand, compile_template(template, self.params)))
        return tuple(found)

    @lazy
    def make_domain(self) -> Maker | None:
        """The function that makes the domain from a node's key; None where the primitive is smooth everywhere."""
        template = self.domain_template
        return None if template.key[-1] is True else compile_template(template, self.params)

    @lazy
    def make_defined(self) -> Maker | None:
        """The function that makes the condition for a value from a node's key; None where there is always a value."""
        template = self.defined_template
        return None if template.key[-1] is True else compile_template(template, self.params)


def _no_derivative(name: str, parameter: str) -> Maker:
    def make(key: tuple[Any, ...]) -> Any:
        raise UnsupportedPrimitive(f"the derivative of {name} with respect to its parameter {parameter} is not known here")

    return make


def compile_template(template: Node, params: tuple[str, ...]) -> Maker:
    """A function from a node's key to the template with the node's operands put in.

    Instances are built by the same constructors as everything else, so constants fold.
    """
    place = {name: i for i, name in enumerate(params, start=1)}
    made: dict[Any, Maker] = {}
    for node in postorder([template]):
        key = node.key
        if key[0] is VAR:
            made[node] = _operand(place[key[1]])
        elif not key[0].arity:
            made[node] = _fixed(node)
        else:
            made[node] = _application(key[0], [made[child] for child in key[1:]])
    return made[template]


def _operand(place: int) -> Maker:
    return lambda key: key[place]


def _fixed(node: Node) -> Maker:
    return lambda key: node


def _application(which: Head, parts: list[Maker]) -> Maker:
    make = CONSTRUCTORS.get(which)
    if make is None:
        cls: Any = Condition if which.boolean else Expr
        if len(parts) == 1:
            first = parts[0]
            return lambda key: file_node(cls, (which, first(key)))
        return lambda key: file_node(cls, (which, *[part(key) for part in parts]))
    build = make
    if len(parts) == 1:
        only = parts[0]
        return lambda key: build(only(key))
    if len(parts) == 2:
        left, right = parts
        return lambda key: build(left(key), right(key))
    return lambda key: build(*[part(key) for part in parts])
