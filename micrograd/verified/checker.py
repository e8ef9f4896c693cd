"""A checker of certificates that is independent of the kernel: standard library only, linear time.

With the kernel it shares the *rows* of the registry and of the rewrite table (they are what ``python -m proofs`` proves), and the printing
of the claim for people.  The rest is its own: nodes are integers in its own table, instances of templates are built by its own
code, and each step is recomputed from its premises and compared.

`python -m micrograd.verified.check FILE` runs it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn

from micrograd.files import read_text
from micrograd.verified.check_statement import described
from micrograd.verified.check_table import ARITY, BOOLEAN, PLAIN, Table, Template, domain_of, partials_of, template
from micrograd.verified.cited import CITED
from micrograd.verified.errors import CertificateError, ParseError
from micrograd.verified.expr import Node, paused_collection
from micrograd.verified.names import is_fresh, is_variable_name
from micrograd.verified.registry import REGISTRY, axioms_of
from micrograd.verified.rewrites import CONSTANTS, INTEGERS, REWRITES
from micrograd.verified.statements import continuity_text, derivative_text, refinement_text
from micrograd.verified.wengert import number_value, read_entries

FORMAT = "micrograd-certificate"
VERSION = 1
TEXT_NODES = 400
"""A claim over more nodes than this is not written out as text."""
TEXT_LEAF = 64
"""Nor is one in which a name or a number has more characters than this."""
MAX_BYTES = 256 << 20
"""Longer files are not read."""
MAX_CONSTANT = 1 << 14
"""Constants in certificates have at most this many bits, so that no step takes long."""


@cache
def registry_digest() -> str:
    """SHA-256 of the rows that a certificate relies on."""
    rows = [repr((r.name, r.params, r.partials, r.domain)) for r in REGISTRY.values()]
    rows += [repr((r.name, r.left, r.right, r.condition)) for r in REWRITES.values()]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


# --- steps -----------------------------------------------------------------------------------------------------------

_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""The exceptions that reading malformed data raises."""

_Statement = tuple[Any, ...]  # ("d", f, x, f', H) | ("c", condition, x, H) | ("r", a, b)


class _Checker:
    """Replays the steps; ``proved[i]`` is what step i established."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.table = Table()
        self.place = self.read_nodes(data["nodes"])
        self.proved: list[_Statement] = []
        self.heads: set[str] = set()
        self.rewrites: set[str] = set()

    def read_nodes(self, entries: list[Any]) -> list[int]:
        """Enter the certificate's nodes; each must be in canonical form, with operands before it and of the right sort."""
        place: list[int] = []
        table = self.table
        keys, numbers = table.keys, table.numbers
        for number, entry in enumerate(entries):
            if entry[0] in PLAIN and len(entry) == 3:
                name, i, j = entry
                if i.__class__ is not int or j.__class__ is not int or i < 0 or j < 0:
                    raise CertificateError(f"node {number}: {name} does not fit its operands")
                key = (name, place[i], place[j])
                first, second = keys[key[1]][0], keys[key[2]][0]
                if first not in BOOLEAN and second not in BOOLEAN and not first == second == "const":
                    found = numbers.get(key)
                    place.append(table.node(key) if found is None else found)
                    continue
            place.append(self.read_node(number, entry, place))
        return place

    def read_node(self, number: int, entry: list[Any], place: list[int]) -> int:
        """`read_nodes` for one entry of any kind."""
        table = self.table
        name, *rest = entry
        if name in ("var", "const", "bool"):
            (payload,) = rest
            if name == "const":
                value = number_value(payload)
                if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_CONSTANT:
                    raise CertificateError(f"node {number}: a constant of more than {MAX_CONSTANT} bits")
                return table.const(value)
            if name == "bool":
                return (table.false, table.true)[[0, 1].index(payload)]
            if not is_variable_name(payload) or is_fresh(payload):
                raise CertificateError(f"node {number}: {_short(payload)} is not a variable name")
            return table.node(("var", payload))
        if ARITY.get(name) != len(rest) or name in _LEAVES or any(i.__class__ is not int or not 0 <= i < number for i in rest):
            raise CertificateError(f"node {number}: {_short(name)} does not fit its operands")
        operands = [place[i] for i in rest]
        if name == "div" and self.are_integers(operands):
            raise CertificateError(f"node {number}: not in canonical form")
        made = table.make(name, *operands)
        if table.keys[made] != (name, *operands):
            raise CertificateError(f"node {number}: not in canonical form")
        self.check_sorts(number, name, operands)
        return made

    def are_integers(self, operands: list[int]) -> bool:
        """Whether both operands are integers and the second is not 0: their quotient would be one constant."""
        (kind, *value), (kind2, *value2) = (self.table.keys[operand] for operand in operands)
        return kind == kind2 == "const" and value[0].__class__ is value2[0].__class__ is int and value2[0] != 0

    def check_sorts(self, number: int, name: str, operands: list[int]) -> None:
        """Conditions stand where conditions belong, and only there."""
        for position, operand in enumerate(operands):
            wants = name in ("and", "or", "not") or (name == "where" and position == 0)
            if (self.table.keys[operand][0] in BOOLEAN) is not wants:
                raise CertificateError(f"node {number}: operand {position} of {name} has the wrong sort")

    def derivative(self, step: int) -> _Statement:
        """The derivative that an earlier step established."""
        statement = self.proved[step]
        if statement[0] != "d":
            raise ValueError(f"step {step} is not about a derivative")
        return statement

    def refinement(self, step: int) -> _Statement:
        """The refinement that an earlier step established."""
        statement = self.proved[step]
        if statement[0] != "r":
            raise ValueError(f"step {step} is not a refinement")
        return statement

    # Each rule recomputes the statement from the subject and the premises.

    def leaf(self, node: int, x: int) -> _Statement:
        """x′ = 1; other leaves 0."""
        table = self.table
        if table.keys[x][0] != "var" or ARITY[table.keys[node][0]] or table.keys[node][0] == "bool":
            raise ValueError("leaf needs a leaf and a variable")
        return ("d", node, x, table.one if node == x else table.zero, table.true)

    def primitive(self, node: int, premises: list[int]) -> _Statement:
        """The chain rule."""
        table = self.table
        name, *operands = table.keys[node]
        if name not in REGISTRY or len(premises) != len(operands):
            raise ValueError(f"{name} is not a primitive with {len(premises)} operands")
        self.heads.add(name)
        derivatives, hypothesis, x = [], table.true, self.derivative(premises[0])[2]
        for operand, premise in zip(operands, premises, strict=True):
            _, subject, wrt, derivative, condition = self.derivative(premise)
            if subject != operand or wrt != x:
                raise ValueError(f"step {premise} is not about the operand")
            derivatives.append(derivative)
            if condition != table.true:
                hypothesis = table.make("and", hypothesis, condition)
        total = -1
        for place, partial in enumerate(partials_of(name)):
            if derivatives[place] == table.zero:
                continue
            if partial is None:
                raise ValueError(f"operand {place} of {name} moves, and no derivative with respect to it is known")
            total = self.combine(total, partial(table, operands), derivatives[place])
        domain = domain_of(name)
        if domain is not None:
            hypothesis = table.make("and", hypothesis, domain(table, operands))
        return ("d", node, x, table.zero if total < 0 else total, hypothesis)

    def combine(self, total: int, partial: int, factor: int) -> int:
        """total + partial·factor, without terms 0 and factors ±1."""
        table = self.table
        if partial == table.zero or factor == table.zero:
            return total
        if partial == table.minus_one:
            return table.make("neg", factor) if total < 0 else table.make("sub", total, factor)
        if partial == table.one:
            term = factor
        elif factor == table.one:
            term = partial
        else:
            term = table.make("mul", partial, factor)
        return term if total < 0 else table.make("add", total, term)

    def continuous(self, condition: int, x: int, premises: list[int]) -> _Statement:
        """Operands differentiable."""
        table = self.table
        name, *operands = table.keys[condition]
        if name not in BOOLEAN or (name == "bool" and premises) or table.keys[x][0] != "var":
            raise ValueError("continuous is about a condition and a variable")
        hypothesis = table.true
        wanted = "c" if name in ("and", "or", "not") else "d"
        if name != "bool":
            for operand, premise in zip(operands, premises, strict=True):
                statement = self.proved[premise]
                if statement[0] != wanted or statement[1:3] != (operand, x):
                    raise ValueError(f"step {premise} is not about the operand")
                hypothesis = table.make("and", hypothesis, statement[-1])
        return ("c", condition, x, hypothesis)

    def cases(self, node: int, premises: list[int]) -> _Statement:
        """``where``."""
        table = self.table
        name, *operands = table.keys[node]
        kind, condition, x, hypothesis = self.proved[premises[0]]
        first, second = self.derivative(premises[1]), self.derivative(premises[2])
        if (name, kind, operands) != ("where", "c", [condition, first[1], second[1]]) or not x == first[2] == second[2]:
            raise ValueError("the premises are not about the parts of a where()")
        holds, fails = table.interiors(condition)
        either = table.make("or", table.make("and", holds, first[4]), table.make("and", fails, second[4]))
        zero = first[3] == second[3] == table.zero
        derivative = table.zero if zero else table.make("where", condition, first[3], second[3])
        return ("d", node, x, derivative, table.make("and", hypothesis, either))

    def replace(self, premises: list[int]) -> _Statement:
        """Replace a derivative by what refines it."""
        (_, function, x, derivative, hypothesis), (_, a, b) = self.derivative(premises[0]), self.refinement(premises[1])
        if a != derivative:
            raise ValueError("the refinement is not of this derivative")
        return ("d", function, x, b, hypothesis)

    def rewrite(self, name: str, premises: list[int]) -> _Statement:
        """An instance of a rewrite rule."""
        rule = REWRITES[name]
        names = rule.metavariables
        bound = [self.refinement(premise)[1] for premise in premises]
        if len(bound) != len(names):
            raise ValueError(f"{name} binds {len(names)} variables")
        for variable, node in zip(names, bound, strict=True):
            key = self.table.keys[node]
            if variable in CONSTANTS and (key[0] != "const" or (variable in INTEGERS and key[1].__class__ is not int)):
                raise ValueError(f"{name} needs a constant for {variable}")
            if key[0] in BOOLEAN:
                raise ValueError(f"{name} needs an expression for {variable}")
        left, right, guard = _rewrite(name)
        if guard(self.table, bound) != self.table.true:
            raise ValueError(f"the condition of {name} does not hold")
        self.rewrites.add(name)
        return ("r", left(self.table, bound), right(self.table, bound))

    def congruence(self, node: int, premises: list[int]) -> _Statement:
        """Operands refined."""
        name, *operands = self.table.keys[node]
        changes = [self.refinement(premise) for premise in premises]
        if not ARITY[name] or [change[1] for change in changes] != operands:
            raise ValueError("the premises are not about the operands")
        return ("r", node, self.table.make(name, *[change[2] for change in changes]))

    def transitive(self, premises: list[int]) -> _Statement:
        """a ⊑ b ⊑ c."""
        (_, a, b), (_, b2, c) = self.refinement(premises[0]), self.refinement(premises[1])
        if b != b2:
            raise ValueError("the refinements do not meet")
        return ("r", a, c)

    def step(self, number: int, step: list[Any]) -> None:
        """Check one step and remember what it establishes."""
        rule = step[0]
        count = _STATEMENT_SIZE[rule]
        claimed = [self.place[i] for i in step[1 : 1 + count] if i.__class__ is int and i >= 0]
        premises = step[1 + count]
        if premises.__class__ is not list:
            raise ValueError("the premises are not a list")
        for premise in premises:
            if premise.__class__ is not int or not 0 <= premise < number:
                raise ValueError(f"premise {premise} is not an earlier step")
        statement: _Statement
        if rule == "primitive":
            statement = self.primitive(claimed[0], premises)
        elif rule == "leaf":
            statement = self.leaf(claimed[0], claimed[1])
        elif rule == "reflexive":
            statement = ("r", claimed[0], claimed[0])
        elif rule == "continuous":
            statement = self.continuous(claimed[0], claimed[1], premises)
        elif rule == "rewrite":
            statement = self.rewrite(step[-1], premises)
        elif rule in ("cases", "congruence"):
            statement = getattr(self, rule)(claimed[0], premises)
        else:
            statement = getattr(self, rule)(premises)
        if list(statement[1:]) != claimed:
            raise ValueError(f"{rule} does not give the stated conclusion")
        self.proved.append(statement)


_LEAVES = ("var", "const", "bool")


def _short(value: object) -> str:
    """A value of the certificate, as far as it can be said in a few characters."""
    return repr(value[:40]) if isinstance(value, str) else f"a {type(value).__name__}"


_STATEMENT_SIZE = {
    "leaf": 4,
    "primitive": 4,
    "cases": 4,
    "replace": 4,
    "continuous": 3,
    "reflexive": 2,
    "rewrite": 2,
    "congruence": 2,
    "transitive": 2,
}


@cache
def _rewrite(name: str) -> tuple[Template, Template, Template]:
    rule = REWRITES[name]
    names = rule.metavariables
    left, right, guard = (template(part, names) for part in (rule.pattern, rule.replacement, rule.guard))
    return left, right, guard


def _rows_axioms(heads: set[str], rewrites: set[str]) -> list[str]:
    names: set[str] = set()
    for name in rewrites:
        rule = REWRITES[name]
        names.update(rule.axioms)
        stack: list[Node] = [rule.pattern, rule.replacement]
        while stack:
            node = stack.pop()
            stack.extend(node.args)
            if node.head.row is not None:
                heads = heads | {node.head.name}
    return sorted(names.union(*(axioms_of(REGISTRY[name]) for name in heads)))


def check_certificate(data: Any, *, statement: bool = False) -> dict[str, Any]:
    """Replay a certificate; returns a summary ``{"steps", "nodes", "axioms", "cited", "oracles", "text"}``.

    With ``statement`` the summary also has "statement": what the last step establishes, as `micrograd.verified.check_statement.described`
    reads it from the steps.

    Raises:
        CertificateError: with the number of the first step that does not follow.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise CertificateError(f"not a {FORMAT} of version {VERSION}")
    if data.get("registry") != registry_digest():
        raise CertificateError("made with another registry of rules")
    try:
        checker = _Checker(data)
        steps = data["steps"]
        if not isinstance(steps, list) or not steps:
            raise CertificateError("no steps")
    except _MALFORMED as error:
        raise CertificateError(f"malformed: {str(error)[:200]}") from None
    for number, step in enumerate(steps):
        try:
            checker.step(number, step)
        except _MALFORMED as error:
            raise CertificateError(str(error)[:200] or type(error).__name__, number) from None
    _check_claim(data, checker)
    summary: dict[str, Any] = {
        "steps": len(steps),
        "nodes": len(data["nodes"]),
        "axioms": data["axioms"],
        "cited": [name for name in data["axioms"] if name in CITED],
        "oracles": data["oracles"],
        "text": str(data["claim"].get("text", "")),
    }
    if statement:
        summary["statement"] = described(checker.table, checker.proved[-1])
    return summary


_CLAIMS = {
    "d": ("function", "wrt", "derivative", "hypothesis"),
    "c": ("condition", "wrt", "hypothesis"),
    "r": ("a", "b"),
}
"""The parts of a claim, by the kind of statement."""


def _check_claim(data: Mapping[str, Any], checker: _Checker) -> None:
    """The claim is what the last step establishes, its text says so, and axioms and oracles are declared in full."""
    statement = checker.proved[-1]
    claim = data.get("claim")
    names = _CLAIMS[statement[0]]
    if not isinstance(claim, Mapping) or set(claim) != {*names, "text"}:
        raise CertificateError(f"the claim must have the parts {', '.join(names)} and text")
    numbers = [claim[name] for name in names]
    if any(number.__class__ is not int or not 0 <= number < len(checker.place) for number in numbers):
        raise CertificateError("a part of the claim is not the number of a node")
    if [checker.place[number] for number in numbers] != list(statement[1:]):
        raise CertificateError("the claim is not what the last step establishes")
    if claim["text"] != claim_text(data["nodes"], claim):
        raise CertificateError("the text of the claim is not what the claim says")
    if data.get("axioms") != _rows_axioms(checker.heads, checker.rewrites):
        raise CertificateError("the list of axioms is not the list of axioms used")
    used = any(step[0] in ("primitive", "cases", "rewrite") for step in data["steps"])
    if data.get("oracles") != (["z3"] if used else []):
        raise CertificateError("the list of oracles is not the list of oracles used")


def claim_text(entries: list[Any], claim: Mapping[str, Any]) -> str:
    """The claim in words; over more than `TEXT_NODES` nodes it is not written out."""
    if len(entries) > TEXT_NODES or any(len(str(e[1])) > TEXT_LEAF for e in entries if e[0] in ("var", "const")):
        return f"see the {len(entries)} nodes"
    try:
        nodes = read_entries([*entries, ["roots", *range(len(entries))]])
    except ParseError as error:
        raise CertificateError(str(error)) from None
    for kind, write in (("d", derivative_text), ("c", continuity_text), ("r", refinement_text)):
        if _CLAIMS[kind][0] in claim:
            return write(*[nodes[claim[name]] for name in _CLAIMS[kind]])
    raise CertificateError("no claim")


def check_file(path: str) -> dict[str, Any]:
    """Read and check one file.

    Raises:
        OSError: it cannot be read.  CertificateError: it does not check.
    """
    try:
        raw = read_text(path, MAX_BYTES)
    except UnicodeDecodeError as error:
        raise CertificateError(f"not UTF-8 text: {error.reason} at byte {error.start}") from None
    with paused_collection():
        try:
            data = json.loads(raw, parse_int=_index, parse_float=_no_number, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise CertificateError(f"not JSON: {error}") from None
        del raw
        return check_certificate(data, statement=True)


def _index(text: str) -> int:
    """A number of a node or a step; a long one is refused before it is read."""
    return int(text) if len(text) <= 18 else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a number that certificates have")


__all__ = ["check_certificate"]
