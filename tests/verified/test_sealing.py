"""What is made does not change: nodes, heads, rows, rules, axioms, theorems; and nothing but the kernel's rules makes a theorem."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import micrograd.verified as mg
from micrograd.verified import Condition, Expr, ProofError, Theorem, const, derive, exp, interning, sin, var
from micrograd.verified import kernel as k
from micrograd.verified.axioms import AXIOMS
from micrograd.verified.certificates import certificate_of
from micrograd.verified.cited import CITED, FACTS
from micrograd.verified.expr import (
    ADD,
    AND,
    BOOL,
    CONST,
    CONSTRUCTORS,
    EQ,
    HEADS,
    LT,
    NOT,
    POWI,
    TRUE,
    VAR,
    WHERE,
    Head,
    Node,
    build,
    intern_node,
)
from micrograd.verified.interning import file_node, is_intact
from micrograd.verified.primitives import PRIMITIVES
from micrograd.verified.registry import REGISTRY, Rows
from micrograd.verified.rewrites import BY_HEAD, REWRITES
from micrograd.verified.special_functions import SPECIAL

x, y = var("x"), var("y")

# --- nothing can be set ----------------------------------------------------------------------------------------------

THINGS: dict[str, tuple[Any, str]] = {
    "node": (x + y, "key"),
    "condition": (x < y, "key"),
    "class of a node": (x + y, "__class__"),
    "node, new name": (x, "other"),
    "head": (HEADS["sin"], "row"),
    "rules of a head": (HEADS["sin"], "rules"),
    "arity of a head": (HEADS["sin"], "arity"),
    "row": (PRIMITIVES["sin"], "partials"),
    "what a row remembers": (PRIMITIVES["sin"], "rules"),
    "evidence": (PRIMITIVES["exp"].evidence, "uses"),
    "rewrite": (REWRITES["add_zero"], "right"),
    "what a rewrite remembers": (REWRITES["add_zero"], "replacement"),
    "axiom": (AXIOMS["exp_add"], "statement"),
    "citation": (CITED["gamma_deriv"], "statement"),
    "theorem": (derive(x * x, x), "statement"),
    "premises": (derive(x * x, x), "premises"),
    "rule": (derive(x * x, x), "rule"),
}


@pytest.mark.parametrize(("thing", "name"), THINGS.values(), ids=list(THINGS))
def test_nothing_is_set_or_deleted(thing: Any, name: str) -> None:
    before = getattr(thing, name, None)
    with pytest.raises((AttributeError, TypeError)):
        setattr(thing, name, getattr(x * y, name, None))
    with pytest.raises((AttributeError, TypeError)):
        delattr(thing, name)
    assert getattr(thing, name, None) is before


SEALED = [name for name in THINGS if "node" not in name and "head" not in name and name != "condition"]


@pytest.mark.parametrize("which", SEALED)
def test_nothing_is_set_behind_the_back_of_the_class(which: str) -> None:
    thing, name = THINGS[which]
    before = getattr(thing, name)
    with pytest.raises(AttributeError):
        object.__setattr__(thing, name, None)
    with pytest.raises(AttributeError):
        object.__delattr__(thing, name)
    assert not hasattr(thing, "__dict__")
    assert getattr(thing, name) == before


@pytest.mark.parametrize("mapping", [HEADS, CONSTRUCTORS, PRIMITIVES, SPECIAL, REGISTRY, REWRITES, BY_HEAD, AXIOMS, CITED, FACTS])
def test_the_tables_do_not_change(mapping: Any) -> None:
    first = next(iter(mapping))
    with pytest.raises(TypeError):
        mapping[first] = mapping[first]
    with pytest.raises(TypeError):
        del mapping[first]


def test_a_registered_row_is_not_replaced() -> None:
    with pytest.raises(ValueError, match="already has a row"):
        Rows().operator("sin(x)", PRIMITIVES["sin"].partials, PRIMITIVES["sin"].evidence)
    with pytest.raises(TypeError, match="made by head"):
        Head()


# --- what the kernel sees of a node that was changed by force --------------------------------------------------------


def test_a_node_that_was_changed_is_noticed() -> None:
    """``object.__setattr__`` gets through to the slot; the kernel and what it says about the node do not follow."""
    victim = sin(x * 987654321)
    theorem = derive(victim, x)
    premise = derive(x * 987654321, x)
    right = victim.key
    assert is_intact(victim)
    try:
        object.__setattr__(victim, "key", exp(x * 987654321).key)
        assert not is_intact(victim)
        uses: list[Callable[[], object]] = [
            lambda: derive(victim, x),
            lambda: k.primitive(victim, [premise]),
            lambda: k.reflexive(victim),
            lambda: str(theorem),
            lambda: certificate_of(theorem),
            lambda: pickle.dumps(theorem),
        ]
        for use in uses:
            with pytest.raises(ProofError):
                use()
    finally:
        object.__setattr__(victim, "key", right)
    assert str(theorem) == str(derive(victim, x))


@pytest.mark.parametrize("node", [x, x + y, const(3), const(Fraction(1, 3)), TRUE, x < 1, mg.pi], ids=str)
def test_nodes_as_made_are_intact(node: Node) -> None:
    assert is_intact(node)


# --- subclasses and instances made otherwise -------------------------------------------------------------------------


@pytest.mark.parametrize("base", [Node, Expr, Condition, Theorem])
def test_there_are_no_subclasses(base: type) -> None:
    with pytest.raises((TypeError, ProofError)):
        type("Evil", (base,), {})


@pytest.mark.parametrize("make", [Expr, Condition, Node, Theorem, lambda: Theorem.__new__(Theorem)])
def test_instances_are_not_made_by_the_class(make: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ProofError)):
        make()


def test_an_empty_node_is_of_no_use() -> None:
    empty: Any = object.__new__(Expr)
    uses: list[Callable[[], object]] = [
        lambda: k.leaf(empty, x),
        lambda: k.leaf(x, empty),
        lambda: k.reflexive(empty),
        lambda: derive(empty, x),
    ]
    for use in uses:
        with pytest.raises((ProofError, AttributeError)):
            use()


def test_copies_and_pickles_are_the_thing_itself() -> None:
    for node in (sin(x) + 1, x < y):
        assert copy.copy(node) is copy.deepcopy(node) is pickle.loads(pickle.dumps(node)) is node
    assert pickle.loads(pickle.dumps(HEADS["sin"])) is HEADS["sin"]


# --- ill-formed nodes ------------------------------------------------------------------------------------------------

THREE, HALF = const(3), const(Fraction(1, 2))
ILL_FORMED: dict[str, tuple[Any, ...]] = {
    "an exponent that moves": (POWI, x, x),
    "an exponent that is a variable": (POWI, x, y),
    "an exponent that is no integer": (POWI, x, HALF),
    "an exponent that is a condition": (POWI, x, TRUE),
    "an operand too few": (ADD, x),
    "an operand too many": (ADD, x, x, x),
    "no operand": (ADD,),
    "a condition for a number": (ADD, x, x < y),
    "a number for a condition": (AND, x, y),
    "a number to negate": (NOT, x),
    "a number to choose by": (WHERE, x, x, y),
    "a condition chosen": (WHERE, x < y, x, x < y),
    "conditions compared": (LT, x < y, TRUE),
    "equal conditions": (EQ, TRUE, TRUE),
    "a Python number for a node": (ADD, x, 1),
    "None for a node": (HEADS["sin"], None),
    "a bool for a constant": (CONST, True),
    "a float for a constant": (CONST, 0.5),
    "nan for a constant": (CONST, float("nan")),
    "a complex constant": (CONST, 1j),
    "an integral Fraction": (CONST, Fraction(3)),
    "text for a constant": (CONST, "1"),
    "two payloads": (CONST, 1, 3),
    "a number for a truth value": (BOOL, 1),
    "a name that is none": (VAR, "x = 0 ⊢ y"),
    "a name with a line break": (VAR, "x\n"),
    "a name that reads backwards": (VAR, "x\u202e"),
    "a reserved name": (VAR, "pi"),
    "a function's name": (VAR, "sin"),
    "an empty name": (VAR, ""),
    "a name that is bytes": (VAR, b"x"),
    "a name that is a node": (VAR, x),
    "a head that is text": ("add", x, x),
}


@pytest.mark.parametrize("key", ILL_FORMED.values(), ids=list(ILL_FORMED))
def test_ill_formed_nodes_are_not_made(key: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        intern_node(Expr, key)
    with pytest.raises(TypeError):
        intern_node(Condition, key)
    if key[0].__class__ is Head and not key[0].leaf and key[0] is not POWI:
        with pytest.raises((TypeError, AttributeError)):
            build(*key)


@pytest.mark.parametrize("key", ILL_FORMED.values(), ids=list(ILL_FORMED))
def test_the_kernel_knows_no_ill_formed_nodes(key: tuple[Any, ...]) -> None:
    """Even of a node that somebody filed without asking."""
    leaves = [k.leaf(x, x), k.leaf(y, x), k.leaf(THREE, x), k.leaf(HALF, x)]
    of = {theorem.function: theorem for theorem in leaves}
    kinds: list[Any] = [Expr, Condition]
    for cls in kinds:
        node: Any = file_node(cls, key)
        if node.key is key:  # else a well-formed node has an equal key
            for use in _uses_of(node, of):
                with pytest.raises((ProofError, AttributeError, TypeError, KeyError)):
                    use()
            interning._table.pop(key)


def _uses_of(node: Any, of: dict[Any, Theorem]) -> list[Callable[[], object]]:
    operands = node.key[1:]
    return [
        lambda: derive(node, x),
        lambda: k.leaf(node, x),
        lambda: k.leaf(x, node),
        lambda: k.primitive(node, [of[c] for c in operands]),
        lambda: k.continuous(node, x, [of[c] for c in operands]),
        lambda: k.reflexive(node),
        lambda: k.congruence(node, [k.reflexive(c) for c in operands]),
    ]


def test_a_name_of_a_class_of_its_own_becomes_a_plain_one() -> None:
    class Name(str):
        def __str__(self) -> str:
            return "y"

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    assert var(Name("x")) is x
    assert type(var(Name("fresh_name_here")).key[1]) is str
