"""The rules of the tape engine, executed on expressions: each is the symbolic derivative, for all real entries.

For y = f(x₁, …, xₙ) with entries yⱼ, and a cotangent with entries cⱼ, the code of the engine is run on arrays of variables, and

* ``vjp``: entry i of the share of operand k is Σⱼ cⱼ·∂yⱼ/∂xₖᵢ, where ∂ is `diff` on the operation's own value;
* ``dual``: ⟨c, jvp(t)⟩ = ⟨vjp(c), t⟩ for every tangent t.

Shapes are small: with and without broadcasting, repeated indices, stacks of matrices, empty axes.  Where the largest entry is not
unique, ``max`` has no derivative; there the shares are non-negative, add up to the cotangent, and go to the largest entries only, so
that they lie in the subdifferential.

``networks``: each weight's adjoint after ``backward()`` is the symbolic derivative of the loss: a tanh network 2→2→1 for all weights and
inputs, a relu network for each pattern of signs.

Trust: the code is the same at every shape; that it is right at shapes that are not tried here is tested (``tests/engine``), not proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from micrograd.carriers.forms import FORMS
from micrograd.engine import array_operations as arrays
from micrograd.engine import softmax_operations as softmaxes
from micrograd.engine.affine import affine
from micrograd.engine.broadcasting import broadcast_to, cast, sum_to
from micrograd.engine.choosing import where
from micrograd.engine.elementwise import COMPOSITES, OPERATIONS, integer_power_slope, powi
from micrograd.engine.kinds import as_objects
from micrograd.engine.operation import Operation
from micrograd.engine.scaling import scaled
from micrograd.engine.value import Value
from micrograd.verified import diff
from micrograd.verified.expr import ZERO, Condition, Expr, all_of, as_expr, eq, var
from micrograd.verified.primitives import PRIMITIVES
from proofs.language import sentence
from proofs.obligation import Mutant, Obligation

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """An operation at given shapes; ``given`` and ``uses`` are hypotheses and facts over the entries a0, a1, …, b0, …"""

    name: str
    operation: Operation
    shapes: tuple[Shape, ...]
    options: dict[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    definitions: bool = False
    fixed: tuple[Any, ...] = ()
    """Leading operands that are not differentiated."""


def _sums(*names: str) -> tuple[str, ...]:
    """exp(x - log S) = exp(x)/S for S the sum of the exponentials of these."""
    total = " + ".join(f"exp({name})" for name in names)
    positive = tuple(f"exp_pos({name})" for name in names)
    return (*positive, f"exp_log({total})", *(f"exp_add({name} - log({total}), log({total}))" for name in names))


def _elementwise() -> Iterator[Case]:
    for name, operation in OPERATIONS.items():
        shapes: tuple[Shape, ...] = ((2,),) if operation.arity == 1 else ((2, 2), (2,))
        yield Case(name, operation, shapes)
    for name, composite in COMPOSITES.items():
        yield Case(name, composite, ((2,),) if composite.arity == 1 else ((2, 2), (2,)))
    for n in (-2, -1, 0, 1, 2, 3):
        yield Case(f"powi_{n}".replace("-", "minus_"), powi, ((2,),), {"n": n})
        yield Case(f"integer_power_slope_{n}".replace("-", "minus_"), integer_power_slope, ((2,),), {"n": n})


_BINARY: dict[str, tuple[Shape, ...]] = {
    "same": ((2,), (2,)),
    "row": ((2,), (2, 2)),
    "column": ((2, 1), (1, 2)),
    "number": ((), (2,)),
    "empty": ((0, 2), (2,)),
}
_PRODUCTS: dict[str, tuple[Shape, ...]] = {
    "vectors": ((2,), (2,)),
    "matrix_vector": ((2, 3), (3,)),
    "vector_matrix": ((2,), (2, 3)),
    "matrices": ((2, 3), (3, 2)),
    "square": ((2, 2), (2, 2)),
    "stack": ((2, 2, 1), (1, 2)),
    "stacks": ((2, 1, 2), (1, 2, 1)),
    "stack_vector": ((2, 1, 2), (2,)),
    "empty": ((2, 0), (0, 2)),
}
_LINEAR: dict[str, tuple[Shape, ...]] = {
    "rows": ((2, 2), (2, 2), (2,)),
    "vector": ((2,), (2, 2), (2,)),
    "stack": ((2, 1, 2), (2, 1), ()),
    "empty": ((2, 0), (0, 2), (2,)),
}
_REPEATED = np.array([0, 2, 2])
_INDICES = {
    "integer": 0,
    "slice": slice(0, 3, 2),
    "repeated": _REPEATED,
    "mask": np.array([True, False, True]),
    "new_axis": (None, slice(1, None)),
}


def _array_cases() -> Iterator[Case]:
    for name, shapes in _BINARY.items():
        yield Case(f"mul_{name}", OPERATIONS["mul"], shapes)
        yield Case(f"max_{name}", OPERATIONS["max"], shapes)
        yield Case(f"scaled_{name}", scaled, shapes)
    for name, shapes in _PRODUCTS.items():
        yield Case(f"matmul_{name}", arrays.matmul, shapes)
    for name, shapes in _LINEAR.items():
        yield Case(f"linear_{name}", arrays.linear, shapes)
    for name, index in _INDICES.items():
        yield Case(f"take_{name}", arrays.take, ((3,),), {"index": index})
    yield Case("put_repeated", arrays.put, ((3,),), {"index": _REPEATED, "shape": (4,)})
    yield Case("put_slice", arrays.put, ((2,),), {"index": slice(1, 3), "shape": (4,)})
    for axes, keepdims in product(((0,), (1,), (0, 1)), (False, True)):
        name = f"{''.join(map(str, axes))}{'_kept' if keepdims else ''}"
        yield Case(f"sum_{name}", arrays.sum_, ((2, 3),), {"axes": axes, "keepdims": keepdims})
    yield Case("sum_empty", arrays.sum_, ((0, 2),), {"axes": (0,), "keepdims": False})
    yield Case("broadcast_to", broadcast_to, ((2, 1),), {"shape": (3, 2, 2)})
    yield Case("sum_to", sum_to, ((3, 2, 2),), {"shape": (2, 1)})
    yield Case("cast", cast, ((2,),), {"dtype": np.float32})
    yield Case("reshape", arrays.reshape, ((2, 3),), {"shape": (3, 2)})
    yield Case("reshape_number", arrays.reshape, ((),), {"shape": (1, 1)})
    yield Case("transpose", arrays.transpose, ((2, 1, 3),), {"axes": (2, 0, 1)})
    yield Case("concatenate", arrays.concatenate, ((1, 2), (2, 2)), {"axis": 0})
    yield Case("stack_operands", arrays.stack, ((2,), (2,)), {"axis": 1})
    yield Case("identity", arrays.identity, ((2,),))
    yield Case("affine", affine, ((), (), (), (), ()))
    yield Case("affine_broadcast", affine, ((2,), (), (2,), (2, 1), (2,)))
    choice = as_objects([var("c0") > 0, var("c1") > var("c0")])
    yield Case("where_condition", where, ((2,), (2, 2)), fixed=(choice,))


def _reductions() -> Iterator[Case]:
    for name, operation, sign in (("largest", arrays.largest, ">"), ("smallest", arrays.smallest, "<")):
        for i in range(3):
            strict = tuple(f"a{i} {sign} a{j}" for j in range(3) if j != i)
            yield Case(f"{name}_{i}", operation, ((3,),), {"axes": (0,), "keepdims": False}, given=strict, definitions=True)
    pair, rows = _sums("a0", "a1"), (*_sums("a0", "a1"), *_sums("a2", "a3"))
    yield Case("logsumexp", softmaxes.logsumexp, ((2,),), {"axes": (0,), "keepdims": False}, uses=pair)
    yield Case("logsumexp_rows", softmaxes.logsumexp, ((2, 2),), {"axes": (1,), "keepdims": True}, uses=rows)
    yield Case("log_softmax", softmaxes.log_softmax, ((2,),), {"axes": (0,)}, uses=pair)
    labels = {"labels": np.array([1, 0])}
    yield Case("cross_entropy", softmaxes.cross_entropy, ((2, 2),), labels, uses=rows)
    yield Case("cross_entropy_residual", softmaxes.cross_entropy_residual, ((1, 2),), {"labels": np.array([1])}, uses=pair)


CASES: Sequence[Case] = [*_elementwise(), *_array_cases(), *_reductions()]


# --- running the engine's code on expressions ------------------------------------------------------------------------


def _variables(letter: str, shape: Shape) -> Any:
    """An array of distinct variables; a single one for the shape ()."""
    count = int(np.prod(shape))
    names = as_objects([var(f"{letter}{i}") for i in range(count)])
    return names.reshape(shape) if shape else names[0]


def _entries(x: Any) -> list[Expr]:
    """The entries of an array of expressions, or the expression itself; None is 0 throughout."""
    return [as_expr(entry) for entry in x.ravel().tolist()] if isinstance(x, np.ndarray) else [as_expr(x)]


def _dot(a: Any, b: Any) -> Expr:
    total = ZERO
    for left, right in zip(_entries(a), _entries(b), strict=True):
        total = total + left * right
    return total


def _state(case: Case, name: str, statement: str, goal: Condition) -> Obligation:
    from micrograd.verified.parsing import parse_condition

    return sentence(
        f"engine.{case.name}.{name}",
        statement,
        goal,
        hypotheses=[parse_condition(text) for text in case.given],
        uses=case.uses,
        definitions=case.definitions,
        partial=False,
    )


def prove(case: Case) -> Iterator[Obligation]:
    """Both obligations for each operand of a case."""
    operands = [*case.fixed, *(_variables("abdfgh"[n], shape) for n, shape in enumerate(case.shapes))]
    output = case.operation.value(*operands, **case.options)
    ct = _variables("ct", np.shape(output) if isinstance(output, np.ndarray) else ())
    for place in range(len(case.fixed), len(operands)):
        share = case.operation.vjp(ct, place, operands, output, **case.options)
        found = [ZERO] * len(_entries(operands[place])) if share is None else _entries(share)
        expected = [
            _dot(ct, as_objects([diff(y, x) for y in _entries(output)]) if isinstance(output, np.ndarray) else diff(output, x))
            for x in _entries(operands[place])
        ]
        shown = f"{case.name} at {', '.join(map(str, case.shapes))}"
        goal = all_of(*[eq(a, b) for a, b in zip(found, expected, strict=True)])
        yield _state(case, f"vjp_{place}", f"{shown}: the share of operand {place} is Σ ctⱼ·∂yⱼ", goal)
        t = _variables("t", np.shape(operands[place]) if isinstance(operands[place], np.ndarray) else ())
        moved = case.operation.jvp(t, place, operands, output, **case.options)
        left = ZERO if moved is None else _dot(ct, moved)
        right = ZERO if share is None else _dot(share, t)
        yield _state(case, f"dual_{place}", f"{shown}: ⟨ct, jvp(t)⟩ = ⟨vjp(ct), t⟩ for operand {place}", eq(left, right))


def ties() -> Iterator[Obligation]:
    """Where two or three entries are largest (smallest), the shares lie in the subdifferential."""
    for name, operation, sign in (("largest", arrays.largest, ">"), ("smallest", arrays.smallest, "<")):
        for given, tied in ((("a0 == a1", f"a0 {sign} a2"), (0, 1)), (("a0 == a1", "a1 == a2"), (0, 1, 2))):
            case = Case(f"{name}_tie_{len(tied)}", operation, ((3,),), given=(*given, "ct0 >= 0"), definitions=True)
            x, ct = _variables("a", (3,)), var("ct0")
            shares = _entries(operation.vjp(ct, 0, [x], operation.value(x, axes=(0,), keepdims=False), axes=(0,), keepdims=False))
            claims = [shares[i] >= 0 if i in tied else eq(shares[i], 0) for i in range(3)]
            goal = all_of(*claims, eq(shares[0] + shares[1] + shares[2], ct))
            yield _state(case, "subdifferential", f"{name} with {len(tied)} equal entries: shares ≥ 0, in all ct, none elsewhere", goal)


# --- networks, end to end --------------------------------------------------------------------------------------------

_RELU_GIVEN = {True: ">", False: "<"}


def _scalar_network(activation: Callable[[Value], Value]) -> tuple[Value, dict[str, Value], list[Expr]]:
    """The loss of a network 2→2→1 of single numbers, its weights, and its hidden sums."""
    weights = {name: Value(var(name)) for name in ("w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "c")}
    x1, x2, target = var("x1"), var("x2"), var("target")
    sums = [weights[f"w{i}1"] * x1 + weights[f"w{i}2"] * x2 + weights[f"b{i}"] for i in (1, 2)]
    hidden = [activation(s) for s in sums]
    out = weights["v1"] * hidden[0] + weights["v2"] * hidden[1] + weights["c"]
    return (out - target) ** 2, weights, [s.data for s in sums]


def _array_network(activation: Callable[[Any], Any]) -> tuple[Value, dict[str, Value], list[Expr]]:
    """The same with arrays, on two samples."""
    weights = {"W": Value(_variables("w", (2, 2))), "b": Value(_variables("b", (2,))), "V": Value(_variables("v", (2, 1)))}
    sums = _variables("x", (2, 2)) @ weights["W"] + weights["b"]
    loss = ((activation(sums) @ weights["V"] - _variables("y", (2, 1))) ** 2).sum()
    return loss, weights, _entries(sums.data)


def _claims(loss: Value, weights: dict[str, Value]) -> Condition:
    loss.backward()
    found = [(g, x) for w in weights.values() for g, x in zip(_entries(w.grad), _entries(w.data), strict=True)]
    return all_of(*[eq(g, diff(loss.data, x)) for g, x in found])


def networks() -> Iterator[Obligation]:
    """Each weight's gradient on the tape is the symbolic derivative of the loss."""
    for kind, network in (("numbers", _scalar_network), ("arrays", _array_network)):
        loss, weights, _ = network(OPERATIONS["tanh"])
        case = Case(f"network_tanh_{kind}", OPERATIONS["tanh"], ())
        yield _state(case, "gradient", f"2→2→1 with tanh ({kind}): every weight's gradient is ∂loss/∂weight", _claims(loss, weights))
    _, _, sums = _scalar_network(OPERATIONS["relu"])
    for pattern in product((True, False), repeat=2):
        loss, weights, _ = _scalar_network(OPERATIONS["relu"])
        given = tuple(f"{s} {_RELU_GIVEN[on]} 0" for s, on in zip(sums, pattern, strict=True))
        case = Case(f"network_relu_{''.join('+-'[not on] for on in pattern)}", OPERATIONS["relu"], (), given=given, definitions=True)
        yield _state(case, "gradient", f"2→2→1 with relu, {' and '.join(given)}", _claims(loss, weights))


def obligations() -> Iterator[Obligation]:
    """Every operation at its shapes, ties, and the networks."""
    for case in CASES:
        yield from prove(case)
    yield from ties()
    yield from networks()


# --- deliberate errors -----------------------------------------------------------------------------------------------


def _wrong_rules(operation: Operation) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Ways to get a share wrong without changing its shape."""
    right = operation.vjp

    def negated(ct: Any, place: int, *rest: Any, **options: Any) -> Any:
        share = right(ct, place, *rest, **options)
        return None if share is None else -share

    def doubled(ct: Any, place: int, *rest: Any, **options: Any) -> Any:
        share = right(ct, place, *rest, **options)
        return None if share is None else share + share

    def dropped(ct: Any, place: int, *rest: Any, **options: Any) -> Any:
        share = right(ct, place, *rest, **options)
        return None if share is None else share * 0

    def reversed_entries(ct: Any, place: int, *rest: Any, **options: Any) -> Any:
        share = right(ct, place, *rest, **options)
        return share.ravel()[::-1].reshape(share.shape) if isinstance(share, np.ndarray) and share.size > 1 else None

    yield "the sign of the share is flipped", negated
    yield "the share is counted twice", doubled
    yield "the share is lost", dropped
    yield "the share's entries are in reverse order", reversed_entries


def _overwriting(x: Any, *, index: Any, shape: Shape) -> Any:
    result = np.full(shape, ZERO, dtype=object)
    result[index] = x
    return result


def _first_only(x: Any, *, shape: Shape) -> Any:
    return x[0] if x.shape[1:] == shape else x


_BROKEN_PARTS: Sequence[tuple[str, str, Any, str, Any]] = (
    ("take_repeated", "an index that occurs twice is overwritten", arrays.put, "value", _overwriting),
    ("mul_row", "of what was broadcast only the first share is kept", sum_to, "value", _first_only),
    ("matmul_square", "a transposition is forgotten", arrays, "swapped", lambda x: x),
)
"""Case, what is wrong, and the part of the engine that is replaced."""


def mutants() -> Iterator[Mutant]:
    """Each operation's vjp broken in every way, at its first case whose derivative is not 0; and parts that rules share."""
    by_name = {case.name: case for case in CASES}
    for name, change, owner, attribute, wrong in _BROKEN_PARTS:
        original = getattr(owner, attribute)
        setattr(owner, attribute, wrong)
        try:
            broken = tuple(prove(by_name[name]))
        finally:
            setattr(owner, attribute, original)
        yield Mutant(f"engine.{name}", change, broken)
    yield from _wrong_shares()


def _wrong_shares() -> Iterator[Mutant]:
    """Each operation's vjp broken in every way, at its first case whose derivative is not 0."""
    seen: set[str] = set()
    for case in CASES:
        operation = case.operation
        if (
            operation.name in seen
            or operation.name in _CONSTANT
            or "empty" in case.name
            or case.name in ("powi_0", "integer_power_slope_0")
        ):
            continue
        if operation in (powi, integer_power_slope) and not case.name.endswith("_3"):
            continue
        seen.add(operation.name)
        for change, wrong in _wrong_rules(operation):
            operation.vjp = wrong
            try:
                broken = tuple(prove(case))
            finally:
                del operation.vjp
            yield Mutant(f"engine.{case.name}", change, broken)


_STEPS = frozenset(name for name, row in PRIMITIVES.items() if set(row.partials) == {"0"})
_CONSTANT = _STEPS | {form.name for form in FORMS if form.template.head.name in _STEPS}
"""Operations whose derivative is 0: a wrong sign of it is not wrong."""
