"""Certificates: every one checks, every tampered one is refused, and the checker needs the standard library only."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd.verified import (
    CertificateError,
    Expr,
    absolute,
    certificate,
    certificate_files,
    check_certificate,
    const,
    cos,
    derive,
    derive_simplified,
    diff,
    domain,
    exp,
    log,
    ne,
    simplify,
    sin,
    sqrt,
    var,
    variables,
    where,
    write_certificate,
)
from micrograd.verified.certificates import theorem_from
from micrograd.verified.check import main
from micrograd.verified.checker import FORMAT, VERSION, Replay, registry_digest
from micrograd.verified.differentiation import conjuncts
from micrograd.verified.expr import HEADS, TRUE
from micrograd.verified.wengert import read_entries, to_wengert
from tests.verified.strategies import expressions
from tests.verified.test_registry import APPLICATIONS

x, y = var("x"), var("y")
RICH = where(x > 0, x * log(x) * 1 + exp(0 * x), sin(x) / 2) * x**3 / sqrt(x * x + y)
"""Constants, powers, cases, domains, several primitives, and work for the simplifier."""

each_mode = pytest.mark.parametrize("simple", [False, True], ids=["plain", "simplified"])


def claim_of(data: dict[str, Any]) -> tuple[Any, ...]:
    """Function, variable, derivative and hypothesis that a certificate claims, as expressions of this process."""
    nodes = read_entries([*data["nodes"], ["roots", *range(len(data["nodes"]))]])
    return tuple(nodes[data["claim"][name]] for name in ("function", "wrt", "derivative", "hypothesis"))


# --- every certificate checks ----------------------------------------------------------------------------------------


@each_mode
@pytest.mark.parametrize("application", APPLICATIONS, ids=str)
def test_every_primitive_is_certified(application: Expr, simple: bool) -> None:
    for variable in variables(application):
        data = certificate(application, variable, simplify=simple)
        summary = check_certificate(data)
        assert (summary["steps"], summary["nodes"]) == (len(data["steps"]), len(data["nodes"]))
        derivative = diff(application, variable)
        function, wrt, claimed, hypothesis = claim_of(data)
        assert (function, wrt) == (application, variable)
        assert claimed is (simplify(derivative) if simple else derivative)
        assert conjuncts(hypothesis) == conjuncts(domain(application))


@each_mode
@settings(max_examples=60, deadline=None)
@given(expressions(max_operations=10))
def test_random_expressions_are_certified_through_json(simple: bool, expression: Expr) -> None:
    data = certificate(expression, x, simplify=simple)
    read = json.loads(json.dumps(data))
    check_certificate(read)
    derivative = diff(expression, x)
    assert claim_of(read)[:3] == (expression, x, simplify(derivative) if simple else derivative)
    theorem = theorem_from(read)
    assert (list(theorem.axioms), list(theorem.oracles)) == (data["axioms"], data["oracles"])
    assert theorem.statement == theorem_from(data).statement


def test_axioms_and_oracles_are_those_of_the_theorem() -> None:
    data = certificate(RICH, x)
    theorem = derive(RICH, x)
    assert tuple(data["axioms"]) == theorem.axioms
    assert {"exp_add", "exp_ge", "exp_log", "sin_add", "sqrt_def"} <= set(data["axioms"])
    assert data["oracles"] == ["z3"]
    assert certificate(const(3), x)["oracles"] == []


def test_large_claims_are_not_written_as_text() -> None:
    node: Expr = x
    for _ in range(500):
        node = node * x
    assert len(certificate(node, x)["claim"]["text"]) < 100
    assert str(diff(x * x, x)) in certificate(x * x, x)["claim"]["text"]


def _chain(length: int) -> Expr:
    node: Expr = x
    for _ in range(length):
        node = sin(node * node)
    return node


def test_steps_and_nodes_grow_linearly() -> None:
    sizes = [certificate(_chain(n), x) for n in (100, 200, 300)]
    for field in ("steps", "nodes"):
        a, b, c = (len(data[field]) for data in sizes)
        assert c - b == b - a > 0


def test_checking_looks_at_each_step_once() -> None:
    """Work is counted, not timed: nodes made while checking grow by the same amount for each hundred levels."""
    made = []
    for n in (100, 200, 300):
        data = certificate(_chain(n), x)
        checker = _counting_checker(data)
        made.append(checker)
    assert made[2] - made[1] == made[1] - made[0] > 0


def _counting_checker(data: dict[str, Any]) -> int:
    checker = Replay(data)
    calls = 0
    original = checker.table.make

    def counted(name: str, *operands: int) -> int:
        nonlocal calls
        calls += 1
        return original(name, *operands)

    checker.table.make = counted  # type: ignore[method-assign]
    for number, step in enumerate(data["steps"]):
        checker.step(number, step)
    return calls


# --- tampering -------------------------------------------------------------------------------------------------------


def is_true_claim(data: dict[str, Any]) -> bool:
    """Whether the kernel derives what a certificate claims, of some function: a variable renamed throughout is no forgery."""
    function, wrt, derivative, hypothesis = claim_of(data)
    statements = [make(function, wrt).statement for make in (derive, derive_simplified)]
    return (function, wrt, derivative, hypothesis) in statements


def refused_or_harmless(original: dict[str, Any], tampered: dict[str, Any]) -> bool:
    """True where the checker refuses; False where it accepts, which it may only if what is claimed is true."""
    try:
        check_certificate(tampered)
    except CertificateError:
        return True
    assert is_true_claim(tampered), f"accepted with a false claim: {claim_of(tampered)}"
    assert tampered["axioms"] == original["axioms"]
    assert tampered["oracles"] == original["oracles"]
    return False


RULES = ("leaf", "primitive", "cases", "continuous", "replace", "reflexive", "rewrite", "congruence", "transitive", "_make", "")


def _other_values(value: Any) -> list[Any]:
    if isinstance(value, bool) or value is None:
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, str(value), None, 10**9, value + 0.0, [value]]
    if isinstance(value, str):
        return [value + "x", "", None, 0, "-" + value, "2", "x/y", "1/0"]
    return [None]


def _set(i: int, j: int, value: Any, entries: list[Any]) -> None:
    entries[i][j] = value


def _set_premise(i: int, j: int, k: int, value: Any, entries: list[Any]) -> None:
    entries[i][j][k] = value


def _edits(steps: list[Any]) -> Iterator[tuple[str, Callable[[list[Any]], None]]]:
    """Every change of one field of one entry, as a function of a copy of the entries."""
    for i, step in enumerate(steps):
        for j, value in enumerate(step):
            if isinstance(value, list):
                yield from _premise_edits(i, j, value)
                continue
            names = HEADS if value in HEADS else RULES
            others = [name for name in names if name != value] if j == 0 else _other_values(value)
            for other in others:
                yield f"entry {i} field {j} = {other!r}", partial(_set, i, j, other)
        yield f"entry {i} truncated", lambda s, i=i: s[i].pop()  # type: ignore[misc]
        yield f"entry {i} extended", lambda s, i=i: s[i].append(0)  # type: ignore[misc]
        yield f"entry {i} dropped", lambda s, i=i: s.pop(i)  # type: ignore[misc]
        yield f"entry {i} emptied", lambda s, i=i: s.__setitem__(i, [])  # type: ignore[misc]


def _premise_edits(i: int, j: int, premises: list[int]) -> Iterator[tuple[str, Callable[[list[Any]], None]]]:
    for k, premise in enumerate(premises):
        for other in (premise + 1, premise - 1, -1, i, i + 1, None, "0", 10**9):
            if other != premise:
                yield f"step {i} premise {k} = {other!r}", partial(_set_premise, i, j, k, other)
    if len(premises) > 1 and premises[0] != premises[1]:
        yield f"step {i} premises swapped", lambda s: s[i][j].reverse()
    if premises:
        yield f"step {i} premise dropped", lambda s: s[i][j].pop()
    yield f"step {i} premise added", lambda s: s[i][j].append(0)
    yield f"step {i} premises missing", lambda s: s[i].__setitem__(j, None)


def _tampered(data: dict[str, Any], field: str, wanted: Callable[[], bool]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The certificate with each of the changes that are wanted; entries hold lists of premises and nothing deeper."""
    for label, change in _edits(data[field]):
        if wanted():
            copied = [[value[:] if isinstance(value, list) else value for value in entry] for entry in data[field]]
            change(copied)
            yield label, {**data, field: copied}


def _single_changes(field: str, simple: bool, one_of: int) -> None:
    """One of so many single changes, the same in every run."""
    data = certificate(RICH, x, simplify=simple)
    check_certificate(data)
    before, r = copy.deepcopy(data), random.Random(field)
    changed = _tampered(data, field, lambda: not r.randrange(one_of))
    outcomes = [(label, refused_or_harmless(data, tampered)) for label, tampered in changed]
    assert data == before
    accepted = [label for label, refused in outcomes if not refused]
    assert len(outcomes) > 700 / one_of
    assert len(accepted) * 10 < len(outcomes), accepted


@each_mode
@pytest.mark.parametrize("field", ["steps", "nodes"])
def test_single_changes_are_refused_or_leave_the_claim(field: str, simple: bool) -> None:
    _single_changes(field, simple, 4)


@pytest.mark.slow
@each_mode
@pytest.mark.parametrize("field", ["steps", "nodes"])
def test_every_single_change_is_refused_or_leaves_the_claim(field: str, simple: bool) -> None:
    _single_changes(field, simple, 1)


def _change_last_step(data: dict[str, Any]) -> None:
    data["steps"] = data["steps"][:-1]


def _change_hypothesis(data: dict[str, Any]) -> None:
    """A claim without one of its hypotheses."""
    entry = data["nodes"][data["claim"]["hypothesis"]]
    assert entry[0] == "and"
    data["claim"]["hypothesis"] = entry[1]


def _swap(data: dict[str, Any], a: str, b: str) -> None:
    data["claim"][a], data["claim"][b] = data["claim"][b], data["claim"][a]


BAD_CLAIMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "last step missing": _change_last_step,
    "a conjunct of the hypothesis missing": _change_hypothesis,
    "function and derivative swapped": lambda d: _swap(d, "function", "derivative"),
    "derivative is the function": lambda d: d["claim"].update(derivative=d["claim"]["function"]),
    "claim missing": lambda d: d.pop("claim"),
    "claim empty": lambda d: d.update(claim={}),
    "claim not a mapping": lambda d: d.update(claim=[]),
    "index out of range": lambda d: d["claim"].update(derivative=10**9),
    "index not a number": lambda d: d["claim"].update(derivative="0"),
    "registry of another version": lambda d: d.update(registry="0" * 64),
    "registry missing": lambda d: d.pop("registry"),
    "format": lambda d: d.update(format=FORMAT + "s"),
    "version": lambda d: d.update(version=VERSION + 1),
    "no steps": lambda d: d.update(steps=[]),
    "steps missing": lambda d: d.pop("steps"),
    "nodes missing": lambda d: d.pop("nodes"),
    "nodes not a list": lambda d: d.update(nodes=7),
    "steps not a list": lambda d: d.update(steps={"0": []}),
    "axiom missing": lambda d: d["axioms"].pop(),
    "axiom forged": lambda d: d["axioms"].append("zz_is_true"),
    "axioms missing": lambda d: d.pop("axioms"),
    "axioms null": lambda d: d.update(axioms=None),
    "oracle missing": lambda d: d.update(oracles=[]),
    "oracle forged": lambda d: d.update(oracles=["z3", "me"]),
    "oracles missing": lambda d: d.pop("oracles"),
}


@each_mode
@pytest.mark.parametrize("change", BAD_CLAIMS.values(), ids=list(BAD_CLAIMS))
def test_bad_claims_are_refused(change: Callable[[dict[str, Any]], Any], simple: bool) -> None:
    data = copy.deepcopy(certificate(RICH, x, simplify=simple))
    change(data)
    with pytest.raises(CertificateError):
        check_certificate(data)


@pytest.mark.parametrize("name", ["function", "wrt", "derivative", "hypothesis"])
def test_every_other_node_as_a_part_of_the_claim_is_refused(name: str) -> None:
    data = certificate(RICH, x)
    true_index = data["claim"][name]
    for index in range(-len(data["nodes"]), len(data["nodes"])):
        if index != true_index:
            with pytest.raises(CertificateError):
                check_certificate({**data, "claim": {**data["claim"], name: index}})


@pytest.mark.parametrize("junk", [None, 7, "text", [], [1], {}, {"format": FORMAT}, {"version": VERSION}], ids=repr)
def test_junk_is_refused(junk: Any) -> None:
    with pytest.raises(CertificateError):
        check_certificate(junk)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([*RULES, *HEADS, "1/2", "x"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


def _is_refused(nodes: Any, steps: Any, claim: Any) -> None:
    data = {"format": FORMAT, "version": VERSION, "registry": registry_digest(), "nodes": nodes, "steps": steps, "claim": claim}
    with pytest.raises(CertificateError):
        check_certificate({**data, "axioms": [], "oracles": []})


@settings(max_examples=100, deadline=None)
@given(json_values, json_values, json_values)
def test_arbitrary_data_is_refused_with_a_certificate_error(nodes: Any, steps: Any, claim: Any) -> None:
    _is_refused(nodes, steps, claim)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(json_values, json_values, json_values)
def test_much_arbitrary_data_is_refused_with_a_certificate_error(nodes: Any, steps: Any, claim: Any) -> None:
    _is_refused(nodes, steps, claim)


def _claiming(data: dict[str, Any], derivative: Expr, step: list[Any]) -> dict[str, Any]:
    """The certificate with one more step, claiming another derivative."""
    forged = copy.deepcopy(data)
    number = next(i for i, entry in enumerate(forged["nodes"]) if entry == ["const", str(derivative)])
    forged["claim"]["derivative"] = number
    forged["steps"].append([number if part is None else part for part in step])
    return forged


def test_a_claim_about_a_derivative_needs_a_last_step_about_it() -> None:
    """d/dx (x + 1 + 0) = 0 with a last step ``0 refines 0``."""
    data = certificate(x + 1 + 0, x)
    check_certificate(data)
    with pytest.raises(CertificateError):
        check_certificate(_claiming(data, const(0), ["reflexive", None, None, []]))


def test_a_claim_about_a_derivative_needs_more_than_a_continuous_condition() -> None:
    data = certificate(x + 1 + 0, x)
    truth = data["nodes"].index(["bool", 1])
    with pytest.raises(CertificateError):
        check_certificate(_claiming(data, const(0), ["continuous", truth, data["claim"]["wrt"], truth, []]))


@pytest.mark.parametrize("nothing", ["", {}, None, 0])
def test_premises_are_a_list(nothing: Any) -> None:
    """Nothing else, though a step without premises would not miss them: what replays the steps looks for the list."""
    data = certificate(x, x)
    data["steps"][-1][-1] = nothing
    with pytest.raises(CertificateError):
        check_certificate(data)


def test_a_forged_text_is_not_passed_on() -> None:
    data = certificate(x * x, x)
    forged = {**data, "claim": {**data["claim"], "text": "⊢ d/dx x*x = 7"}}
    try:
        summary = check_certificate(forged)
    except CertificateError:
        return
    assert summary["text"] != forged["claim"]["text"]


def test_the_error_names_the_step() -> None:
    data = certificate(RICH, x)
    for number, step in enumerate(data["steps"]):
        if step[0] == "primitive":
            wrong = copy.deepcopy(data)
            wrong["steps"][number][3] = step[3] + 1 if step[3] == 0 else step[3] - 1
            with pytest.raises(CertificateError, match=f"step {number}:") as caught:
                check_certificate(wrong)
            assert caught.value.step == number


def test_a_forged_rewrite_is_refused() -> None:
    data = certificate(RICH, x, simplify=True)
    places = [i for i, step in enumerate(data["steps"]) if step[0] == "rewrite"]
    assert places
    for i in places:
        for name in ("mul_one", "zero_mul", "log_exp", "sqrt_square", "abs_const", "unknown"):
            if name != data["steps"][i][-1]:
                wrong = copy.deepcopy(data)
                wrong["steps"][i][-1] = name
                with pytest.raises(CertificateError):
                    check_certificate(wrong)


# --- forgeries that fit together -------------------------------------------------------------------------------------

Draft = tuple[str, list[Any], list[int], *tuple[str, ...]]
"""A step as it is forged: rule, statement (as nodes), premises, parameters."""


def assembled(steps: list[Draft]) -> dict[str, Any]:
    """A certificate with these steps, whatever they are worth; it declares no axioms, which is looked at after the steps."""
    nodes = list(dict.fromkeys(node for step in steps for node in step[1]))
    entries = to_wengert(nodes)
    place = dict(zip(nodes, entries.pop()[1:], strict=True))
    rows = [[rule, *[place[node] for node in statement], premises, *rest] for rule, statement, premises, *rest in steps]
    data: dict[str, Any] = {"format": FORMAT, "version": VERSION, "registry": registry_digest(), "nodes": entries, "steps": rows}
    return {**data, "claim": {}, "axioms": [], "oracles": []}


zero, one, minus, seven, HALVES = const(0), const(1), const(-1), const(7), const(Fraction(3, 2))
LEAF_X: Draft = ("leaf", [x, x, one, TRUE], [])
LEAF_Y: Draft = ("leaf", [y, x, zero, TRUE], [])
LEAF_0: Draft = ("leaf", [zero, x, zero, TRUE], [])
SIN: Draft = ("primitive", [sin(x), x, cos(x), TRUE], [0])
POSITIVE: Draft = ("continuous", [x > 0, x, TRUE], [0, 1])
CHOICE = where(x > 0, x, y)
POWERS = [x**HALVES * x, x ** (HALVES + 1)]
BRANCH = where(x > 0, one, zero)
PARTS: list[Draft] = [LEAF_X, LEAF_0, POSITIVE, LEAF_Y]


def same(node: Any) -> Draft:
    return ("reflexive", [node, node], [])


FORGED: dict[str, list[Draft]] = {
    "leaf: x' = 0": [("leaf", [x, x, zero, TRUE], [])],
    "leaf: y' = 1": [("leaf", [y, x, one, TRUE], [])],
    "leaf: of an inner node": [("leaf", [x + y, x, zero, TRUE], [])],
    "leaf: by a constant": [("leaf", [x, one, zero, TRUE], [])],
    "leaf: another hypothesis": [("leaf", [x, x, one, x > 0], [])],
    "primitive: another derivative": [LEAF_X, ("primitive", [sin(x), x, -cos(x), TRUE], [0])],
    "primitive: a premise about y": [LEAF_Y, ("primitive", [sin(x), x, zero, TRUE], [0])],
    "primitive: premises swapped": [LEAF_X, LEAF_Y, ("primitive", [x / y, x, -(x / y) / y, ne(y, 0)], [1, 0])],
    "primitive: two variables": [LEAF_X, ("leaf", [y, y, one, TRUE], []), ("primitive", [x + y, x, one + one, TRUE], [0, 1])],
    "primitive: no domain": [LEAF_X, ("primitive", [log(x), x, 1 / x, TRUE], [0])],
    "primitive: a premise's domain lost": [
        LEAF_X,
        ("primitive", [log(x), x, 1 / x, x > 0], [0]),
        ("primitive", [sin(log(x)), x, cos(log(x)) * (1 / x), TRUE], [1]),
    ],
    "primitive: a refinement as premise": [same(x), ("primitive", [sin(x), x, cos(x), TRUE], [0])],
    "primitive: a premise too many": [LEAF_X, ("primitive", [sin(x), x, cos(x), TRUE], [0, 0])],
    "primitive: a later premise": [("primitive", [sin(x), x, cos(x), TRUE], [1])],
    "primitive: itself as premise": [LEAF_X, ("primitive", [sin(x), x, cos(x), TRUE], [1])],
    "primitive: a premise counted from the end": [LEAF_X, ("primitive", [sin(x), x, cos(x), TRUE], [-1])],
    "primitive: of where": [LEAF_X, LEAF_0, POSITIVE, ("primitive", [where(x > 0, x, zero), x, one, TRUE], [2, 0, 1])],
    "continuous: a premise about y": [LEAF_Y, LEAF_0, ("continuous", [x > 0, x, TRUE], [0, 1])],
    "continuous: another variable": [LEAF_X, LEAF_0, ("continuous", [x > 0, y, TRUE], [0, 1])],
    "continuous: a refinement as premise": [same(x), LEAF_0, ("continuous", [x > 0, x, TRUE], [0, 1])],
    "continuous: a premise missing": [LEAF_X, ("continuous", [x > 0, x, TRUE], [0])],
    "continuous: of an expression": [LEAF_X, LEAF_Y, ("continuous", [x + y, x, TRUE], [0, 1])],
    "continuous: the domain of an operand lost": [
        LEAF_X,
        ("primitive", [log(x), x, 1 / x, x > 0], [0]),
        LEAF_0,
        ("continuous", [log(x) > 0, x, TRUE], [1, 2]),
    ],
    "cases: branches swapped": [
        *PARTS,
        ("cases", [CHOICE, x, where(x > 0, zero, one), (x > 0) | (x < 0)], [2, 3, 0]),
    ],
    "cases: smooth at the edge": [*PARTS, ("cases", [CHOICE, x, BRANCH, TRUE], [2, 0, 3])],
    "cases: the closed side": [
        *PARTS,
        ("cases", [CHOICE, x, BRANCH, (x > 0) | (x <= 0)], [2, 0, 3]),
    ],
    "cases: another condition": [
        *(LEAF_X, LEAF_0, ("continuous", [x < 0, x, TRUE], [0, 1]), LEAF_Y),
        ("cases", [CHOICE, x, BRANCH, (x > 0) | (x < 0)], [2, 0, 3]),
    ],
    "cases: no continuity": [LEAF_X, LEAF_Y, ("cases", [CHOICE, x, BRANCH, (x > 0) | (x < 0)], [0, 0, 1])],
    "replace: an unrelated refinement": [LEAF_X, same(seven), ("replace", [x, x, seven, TRUE], [0, 1])],
    "replace: a weaker hypothesis": [
        LEAF_X,
        ("primitive", [log(x), x, 1 / x, x > 0], [0]),
        same(1 / x),
        ("replace", [log(x), x, 1 / x, TRUE], [1, 2]),
    ],
    "replace: another function": [LEAF_X, same(one), ("replace", [y, x, one, TRUE], [0, 1])],
    "reflexive: of two nodes": [("reflexive", [x, y], [])],
    "rewrite: against its condition": [same(minus), ("rewrite", [absolute(minus), minus], [0], "abs_const")],
    "rewrite: a variable for a constant": [same(x), ("rewrite", [absolute(x), x], [0], "abs_const")],
    "rewrite: a variable for an unconditional constant": [same(x), same(y), ("rewrite", [x * y, y * x], [0, 1], "mul_const")],
    "rewrite: a fraction for an integer": [same(x), same(HALVES), ("rewrite", POWERS, [0, 1], "mul_pow")],
    "rewrite: another conclusion": [same(x), ("rewrite", [x + 0, seven], [0], "add_zero")],
    "rewrite: of two different parts": [same(x), same(y), ("rewrite", [x - y, zero], [0, 1], "sub_self")],
    "rewrite: an unknown rule": [same(x), ("rewrite", [x, zero], [0], "x_is_zero")],
    "congruence: of other operands": [same(y), ("congruence", [sin(x), sin(y)], [0])],
    "congruence: operands swapped": [same(x), same(y), ("congruence", [x - y, y - x], [1, 0])],
    "congruence: a derivative as premise": [LEAF_X, ("congruence", [sin(x), sin(x)], [0])],
    "congruence: of a leaf": [("congruence", [x, x], [])],
    "transitive: where nothing meets": [same(one), same(seven), ("transitive", [one, seven], [0, 1])],
    "transitive: backwards": [same(x), ("rewrite", [x * 0, zero], [0], "mul_zero"), ("transitive", [zero, x * 0], [1, 1])],
    "an unknown rule": [("trust_me", [x, x, seven, TRUE], [])],
}


@pytest.mark.parametrize("steps", FORGED.values(), ids=list(FORGED))
def test_a_forgery_that_fits_together_is_refused_at_its_step(steps: list[Draft]) -> None:
    with pytest.raises(CertificateError) as caught:
        check_certificate(assembled(steps))
    assert caught.value.step is not None


GENUINE: dict[str, list[Draft]] = {
    "primitive": [LEAF_X, SIN],
    "cases": [*PARTS, ("cases", [CHOICE, x, BRANCH, (x > 0) | (x < 0)], [2, 0, 3])],
    "replace": [LEAF_X, same(one), ("replace", [x, x, one, TRUE], [0, 1])],
    "rewrite": [same(one), ("rewrite", [absolute(one), one], [0], "abs_const")],
    "congruence": [same(x), same(y), ("congruence", [x - y, x - y], [0, 1])],
    "transitive": [same(x), ("transitive", [x, x], [0, 0])],
}


@pytest.mark.parametrize("steps", GENUINE.values(), ids=list(GENUINE))
def test_steps_put_together_in_this_way_are_accepted_if_right(steps: list[Draft]) -> None:
    checker = Replay(assembled(steps))
    for number, step in enumerate(assembled(steps)["steps"]):
        checker.step(number, step)
    assert len(checker.proved) == len(steps)


GOOD_NODES: list[list[Any]] = [["var", "x"], ["const", "2"], ["gt", 0, 1]]
BAD_NODES: list[list[Any]] = [
    *(
        ["add", -3, 0],
        ["mul", 0, -3],
        ["add", True, 0],
        ["add", 0, 3],
        ["add", 0, 9],
        ["add", 0],
        ["add", 0, 0, 0],
        ["add", 0, "1"],
        ["add", 0, None],
    ),
    *(["sin", -1], ["sin", 3], ["sin", "0"], ["sin", 0, 0], ["sin"], ["sin", 0.0], ["sin", True], ["sin", [0]]),
    *(["unknown", 0], ["roots", 0], [None, 0], [0], [], [[]]),
    *(["var", "2x"], ["var", "sin"], ["var", "where"], ["var", "pi"], ["var", ""], ["var", 3], ["var", "x", "y"], ["var"]),
    *(["const", "1/0"], ["const", 3], ["const", "x"], ["const", "1.5"], ["const", " 1"], ["const", "1_0"], ["const"]),
    *(["bool", 2], ["bool", "True"], ["bool", None], ["bool"], ["bool", 1, 1]),
    *(["add", 1, 1], ["neg", 1], ["pow", 0, 1], ["powi", 1, 1], ["powi", 0, 0], ["and", 2, 2], ["gt", 1, 1]),
    *(["sin", 2], ["add", 2, 0], ["add", 0, 2], ["gt", 2, 0], ["not", 0], ["where", 0, 0, 0], ["where", 2, 2, 0], ["and", 0, 2]),
]


@pytest.mark.parametrize("entry", BAD_NODES, ids=repr)
def test_a_bad_node_is_refused_before_any_step(entry: list[Any]) -> None:
    data = {**assembled([LEAF_X]), "nodes": [*GOOD_NODES, entry]}
    with pytest.raises(CertificateError, match=r"^(node 3:|malformed)") as caught:
        check_certificate(data)
    assert caught.value.step is None


def test_a_truth_value_is_not_the_number_of_a_node() -> None:
    data = assembled([LEAF_X, SIN])
    number, field = next((i, j) for i, step in enumerate(data["steps"]) for j, part in enumerate(step) if part == 1 and j)
    data["steps"][number][field] = True
    with pytest.raises(CertificateError) as caught:
        check_certificate(data)
    assert caught.value.step == number


def test_good_nodes_are_read() -> None:
    assert len(Replay({**assembled([LEAF_X]), "nodes": [*GOOD_NODES, ["where", 2, 0, 1]]}).place) == 4


# --- files and the command -------------------------------------------------------------------------------------------


def _run(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], timeout=60
    )


def test_command_exit_codes(tmp_path: Path) -> None:
    good, bad, junk = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "junk.json"
    data = certificate(RICH, x)
    write_certificate(good, data)
    write_certificate(bad, {**data, "steps": data["steps"][:-1]})
    junk.write_text("{")
    module = ("-m", "micrograd.verified.check")
    proved, refused, missing, unreadable = (
        _run(*module, str(good)),
        _run(*module, str(good), str(bad)),
        _run(*module, str(tmp_path / "none.json")),
        _run(*module, str(junk)),
    )
    assert (proved.returncode, refused.returncode, missing.returncode, unreadable.returncode) == (0, 1, 2, 1)
    assert "proved in" in proved.stdout
    assert "exp_log" in proved.stdout
    assert "REJECTED" in refused.stderr
    assert "REJECTED" in unreadable.stderr
    assert "Traceback" not in refused.stderr + missing.stderr + unreadable.stderr


def test_worst_exit_code_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    write_certificate(good, certificate(x * x, x))
    bad.write_text("[]")
    assert [main([str(p) for p in paths]) for paths in ([good], [good, bad], [bad, good], [tmp_path / "no", bad])] == [0, 1, 1, 2]
    assert "REJECTED" in capsys.readouterr().err


def test_checker_loads_the_standard_library_only(tmp_path: Path) -> None:
    file = tmp_path / "certificate.json"
    write_certificate(file, certificate(RICH, x, simplify=True))
    program = (
        "import sys; sys.path.insert(0, '.'); from micrograd.verified.check import main; code = main([sys.argv[1]]); "
        "foreign = {m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names - {'micrograd', '__main__'}; "
        "print(sorted(foreign), 'micrograd.verified.kernel' in sys.modules); sys.exit(code)"
    )
    done = _run("-I", "-S", "-c", program, str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("[] "), done.stdout


def test_writing_is_atomic(tmp_path: Path) -> None:
    target = tmp_path / "certificate.json"
    with pytest.raises(TypeError):
        write_certificate(target, {"format": FORMAT, "steps": [object()]})
    assert list(tmp_path.iterdir()) == []
    target.write_text("before")
    with pytest.raises(TypeError):
        write_certificate(target, {"steps": {1j: 2}})
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == "before"
    write_certificate(target, certificate(absolute(x), x))
    assert check_certificate(json.loads(target.read_text()))["text"].startswith("x != 0 ⊢")


# --- what the command prints -----------------------------------------------------------------------------------------


def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: Any, *options: str) -> tuple[int, str]:
    """Exit code and output of the command for one file."""
    file = tmp_path / "certificate.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    code = main([*options, str(file)])
    found = capsys.readouterr()
    return code, found.out + found.err


def test_the_statement_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = printed(tmp_path, capsys, certificate(x * log(x) / y, x))
    assert code == 0
    lines = [line.split(maxsplit=1) for line in text.splitlines()[1:]]
    assert lines == [
        ["function:", "x*log(x)/y"],
        ["variable:", "x"],
        ["derivative:", str(diff(x * log(x) / y, x))],
        ["hypotheses:", "x > 0"],
        ["y", "!= 0"],
    ]


@each_mode
@settings(max_examples=40, deadline=None)
@given(expressions(max_operations=10))
def test_what_is_printed_is_the_theorem(simple: bool, expression: Expr) -> None:
    statement = check_certificate(certificate(expression, x, simplify=simple), statement=True)["statement"]
    theorem = (derive_simplified if simple else derive)(expression, x)
    if not statement["abbreviated"] and not statement["where"]:
        assert statement["function"] == str(expression)
        assert statement["derivative"] == str(theorem.derivative)
        assert statement["hypotheses"] == [str(h) for h in theorem.hypotheses]


def test_the_statement_comes_from_the_steps() -> None:
    """Not from the text of the claim, which would be refused, and not from anything else in the file."""
    data = certificate(x * x, x)
    data["comment"] = "d/dx x*x = 7"
    assert "7" not in json.dumps({k: v for k, v in check_certificate(data, statement=True)["statement"].items() if k != "digest"})


def test_json_is_one_object_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = printed(tmp_path, capsys, certificate(sin(x), x), "--json")
    found = json.loads(text)
    assert (code, found["proved"], found["statement"]["derivative"]) == (0, True, "cos(x)")
    code, text = printed(tmp_path, capsys, "{}", "--json")
    found = json.loads(text)
    assert (code, found["proved"], found["error"][:8]) == (1, False, "REJECTED")


def test_long_statements_are_abbreviated_and_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = []
    for length in (2000, 4000):
        node: Expr = x
        for i in range(length):
            node = log(node + i)
        code, text = printed(tmp_path, capsys, certificate(node, x))
        assert code == 0
        assert "abbreviated: the statement has" in text
        assert "hypotheses or named parts are left out; its digest is" in text
        sizes.append(len(text))
    assert sizes[1] < sizes[0] * 1.2


def test_equal_statements_have_equal_digests() -> None:
    first, again, other = (check_certificate(certificate(f, x), statement=True)["statement"]["digest"] for f in (sin(x), sin(x), cos(x)))
    assert first == again != other


@pytest.mark.parametrize(
    "name", ["x\n", "x = 0 ⊢ y", "x\u202ey", "\ud800", "pi", "sin", "x@1", "", "9", None, 7, ["x"], "x" * 10**6 + "!"], ids=ascii
)
def test_names_that_could_confuse_are_refused(name: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = certificate(sin(x), x)
    data["nodes"] = [["var", name] if entry[0] == "var" else entry for entry in data["nodes"]]
    code, text = printed(tmp_path, capsys, data)
    assert code == 1
    assert text.count("\n") == 1
    assert len(text) < 500
    assert text.isprintable() or text[:-1].isprintable()


BAD_FILES = {
    "an integer of 5000 digits": '{"format": ' + "9" * 5000 + "}",
    "an exponent": '{"format": 1e400}',
    "not a number": '{"format": NaN}',
    "deep lists": "[" * 10**5,
    "null": "null",
    "a lone surrogate": '"\\ud800"',
    "nothing": "",
    "no JSON": "\x00\x00",
}


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=list(BAD_FILES))
def test_bad_files_are_refused_in_a_line(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = printed(tmp_path, capsys, text)
    assert code == 1
    assert "REJECTED" in found
    assert found.count("\n") == 1


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path / "none"), "a\0b", str(tmp_path / "\udc80\n")]) == 2
    assert capsys.readouterr().err.count("\n") == 4


def test_long_files_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_files, "MAX_BYTES", 1 << 20)
    if Path("/dev/zero").exists():
        assert main(["/dev/zero"]) == 1
        assert "a NUL byte at byte 0" in capsys.readouterr().err
    code, text = printed(tmp_path, capsys, " " * (1 << 20) + "{}")
    assert (code, "larger than the 1 MB" in text) == (2, True), text


def test_long_constants_are_refused() -> None:
    """So that no step takes long: a quotient of two numbers of four million digits takes minutes."""
    data = certificate(x * 3 / const(7), x)
    for text in ("0x" + "f" * 5000, "0x" + "f" * (1 << 22), "1/0x" + "f" * 5000, "9" * 4301):
        entries = [["const", text] if entry == ["const", "3"] else entry for entry in data["nodes"]]
        with pytest.raises(CertificateError, match=r"bits|not an exact number"):
            check_certificate({**data, "nodes": entries})


def test_a_long_constant_makes_long_folding_impossible() -> None:
    big = const(2**16000 + 1)
    for node in (x * (big * big), x * (big + big), x**2 * (big - 1)):
        check_certificate(certificate(node, x))


def test_numbers_are_not_folded_beyond_the_bound_by_either_side() -> None:
    """The checker folds exactly what the expression language folds."""
    limit = 2**4095
    for a in (limit, limit * 2, limit - 1, Fraction(1, limit), Fraction(3, limit * 2)):
        for b in (1, -limit, limit * 2, Fraction(1, 3), Fraction(1, limit)):
            for node in (const(a) * b, const(a) + b, const(a) - b, const(a) / b):
                check_certificate(certificate(x * node, x))
