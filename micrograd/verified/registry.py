"""The registry: one table of all functions, proved and cited, and what is read off it.

A file of rows (`micrograd.verified.primitives`, `.activations`, `.special_functions`) has one statement for each function::

    _rows = Rows()
    tanh = _rows.function("tanh(x)", ("sech(x)**2",), Definition("sinh(x)/cosh(x)"), parity="odd", numpy="tanh")
    _rows.register(globals())

That statement is all there is to it: it is the row, and the Python function that builds expressions, under the name to which it is
assigned.  The parser, the derivative, the domain, the certificates, the carriers, the proofs, the tests and the documentation read the
registry.  To add a function, add its row and make ``python -m proofs`` pass.

``PRIMITIVES`` and ``SPECIAL`` are views of the registry: the rows whose derivatives are proved, and those that rest on a derivative that is
cited.  The names of ``soft`` rows remain free for variables: they are functions only where a parenthesis follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias, overload

from micrograd.verified.cited import CITED_AS
from micrograd.verified.expr import Expr, ExprLike, Head, Node, as_expr, build, file_node, head, postorder
from micrograd.verified.heads import give_row
from micrograd.verified.names import FUNCTION_NAMES, SOFT_NAMES
from micrograd.verified.row import Cited, Definition, Evidence, Induction, Primitive, Witness

_registry: dict[str, Primitive] = {}
_proved: dict[str, Primitive] = {}
_cited: dict[str, Primitive] = {}
REGISTRY: Mapping[str, Primitive] = MappingProxyType(_registry)
"""Every row that may be used in a proof, by name."""
PRIMITIVES: Mapping[str, Primitive] = MappingProxyType(_proved)
"""The rows whose derivatives are proved."""
SPECIAL: Mapping[str, Primitive] = MappingProxyType(_cited)
"""The special functions: the rows whose derivatives are cited, or made of derivatives that are."""

Partial: TypeAlias = str | None


class Rows:
    """The rows of one file: collected one by one, then registered together, since they may mention each other."""

    def __init__(self, *, soft: bool = False) -> None:
        self._soft = soft
        self._rows: list[Primitive] = []
        self._functions: dict[Callable[..., Expr], Primitive] = {}

    def operator(
        self, signature: str, partials: tuple[Partial, ...], evidence: Evidence, domain: str = "True", **columns: Any
    ) -> Primitive:
        """A row that is written as an operator: there is no Python function for it."""
        name, params = signature.rstrip(")").split("(")
        row = Primitive(name, tuple(params.split(", ")), partials, evidence, domain, **columns)
        if len(partials) != row.arity:
            raise ValueError(f"{name} has {row.arity} operands and {len(partials)} partials")
        give_row(head(name, row.arity), row)
        if not isinstance(evidence, Induction):  # integer powers are written with ** only
            (SOFT_NAMES if self._soft else FUNCTION_NAMES).add(name)
        self._rows.append(row)
        return row

    @overload
    def function(
        self, signature: str, partials: tuple[Partial], evidence: Evidence, domain: str = ..., **columns: Any
    ) -> Callable[[ExprLike], Expr]: ...

    @overload
    def function(
        self, signature: str, partials: tuple[Partial, Partial], evidence: Evidence, domain: str = ..., **columns: Any
    ) -> Callable[[ExprLike, ExprLike], Expr]: ...

    @overload
    def function(
        self, signature: str, partials: tuple[Partial, Partial, Partial], evidence: Evidence, domain: str = ..., **columns: Any
    ) -> Callable[[ExprLike, ExprLike, ExprLike], Expr]: ...

    def function(self, signature: str, partials: Any, evidence: Evidence, domain: str = "True", **columns: Any) -> Callable[..., Expr]:
        """A row, and its Python function."""
        row = self.operator(signature, partials, evidence, domain, **columns)
        made = _python_function(row)
        self._functions[made] = row
        return made

    def register(self, module: dict[str, Any]) -> None:
        """Parse every template, so that a bad row fails here; enter the rows in the registry; export the functions of the module."""
        exported = {name: self._functions[thing] for name, thing in module.items() if callable(thing) and thing in self._functions}
        public = {row.name: name for name, row in exported.items()}
        for row in self._rows:
            object.__setattr__(row, "public", public.get(row.name, row.name))
            give_row(row.head, row, row.rules)
            _ = row.make_domain, row.defined_template
            _registry[row.name] = row
            (_cited if _rests_on_citation(row) else _proved)[row.name] = row
        module["__all__"] = [*exported]


def _python_function(row: Primitive) -> Callable[..., Expr]:
    """What makes the row's expressions from expressions or exact numbers; nothing is computed."""
    apply = _unary(row.head) if row.arity == 1 else _binary(row.head) if row.arity == 2 else _general(row)
    apply.__name__ = apply.__qualname__ = row.name
    apply.__doc__ = f"The expression {row.name}({', '.join(row.params)})."
    return apply


def _unary(which: Head) -> Callable[..., Expr]:
    def apply(x: ExprLike) -> Expr:
        return file_node(Expr, (which, x if type(x) is Expr else as_expr(x)))

    return apply


def _binary(which: Head) -> Callable[..., Expr]:
    def apply(a: ExprLike, b: ExprLike) -> Expr:
        return file_node(Expr, (which, as_expr(a), as_expr(b)))

    return apply


def _general(row: Primitive) -> Callable[..., Expr]:
    def apply(*operands: ExprLike) -> Expr:
        if len(operands) != row.arity:
            raise TypeError(f"{row.name} takes {row.arity} arguments ({', '.join(row.params)}), not {len(operands)}")
        made: Expr = build(row.head, *map(as_expr, operands))
        return made

    return apply


# --- what the rows rest on -------------------------------------------------------------------------------------------


def _heads_below(*roots: Node | None) -> set[str]:
    return {n.head.name for n in postorder([r for r in roots if r is not None]) if n.head.arity or n.head.name in ("pi", "e")}


def _rests_on_citation(row: Primitive) -> bool:
    return isinstance(row.evidence, Cited) or bool(_heads_below(row.definition) & _cited.keys())


_OF_CONSTANTS = {"pi": {"pi_bounds"}, "e": {"e_def", "exp_add", "exp_ge"}}


def _own_axioms(name: str) -> set[str]:
    """The axioms and facts that the evidence of one row names itself."""
    if name not in REGISTRY:
        return _OF_CONSTANTS.get(name, set())
    evidence: Any = REGISTRY[name].evidence
    if isinstance(evidence, Induction):
        return set()
    found = {CITED_AS[fact] for use in evidence.uses if (fact := use.partition("(")[0]) in CITED_AS}
    for witness in (evidence, getattr(evidence, "witness", None)):
        found |= set(witness.axioms) if isinstance(witness, Witness) else set()
    if isinstance(evidence, Cited):
        found.add(evidence.fact)
    if isinstance(evidence, Definition) and evidence.cites is not None:
        found.add(evidence.cites)
    return found


def axioms_of(row: Primitive) -> frozenset[str]:
    """The axioms and cited facts on which the row's proof may rest, including those of the functions that it is made of."""
    return _axioms_of(row.name)


@cache
def _axioms_of(function: str) -> frozenset[str]:
    found: set[str] = set()
    reached: set[str] = set()
    stack = [function]
    while stack:
        name = stack.pop()
        if name not in reached:
            reached.add(name)
            found |= _own_axioms(name)
            part = REGISTRY.get(name)
            if part is not None and not isinstance(part.evidence, Induction):
                stack.extend(_heads_below(part.definition, *part.partial_templates, part.domain_template))
    return frozenset(found)


__all__ = ["PRIMITIVES", "SPECIAL"]
