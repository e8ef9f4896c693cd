"""Certificates of verdicts: what the prover's normal forms say, written as lines that the checker replays.

The claim is proved once more, cell by cell and strictly: every value must be shown to exist, on both sides.  When a cell is settled the
normal forms of its terms *are* the certificate.  Each line goes to a checker (`micrograd.verified.verdicts`) as it is written; what the
checker refuses ends the attempt.  Nothing here is trusted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from math import factorial
from typing import Any

from micrograd.prove.cells import solution
from micrograd.prove.limits import tick
from micrograd.prove.normal.cell import RELATION, NeedSplit, Normaliser, Plan, Refine, has_own_rule, primes
from micrograd.prove.normal.ring import Element, Unsupported, ZeroDenominator, coordinates
from micrograd.prove.normal.signs import ANY, NONNEGATIVE, NONPOSITIVE, NONZERO, POSITIVE, ZERO, Infeasible, Signs
from micrograd.verified.check_statement import nodes_of
from micrograd.verified.errors import CertificateError, MicrogradError
from micrograd.verified.expr import (
    BOOL,
    CONST,
    EQ,
    GT,
    HEADS,
    LT,
    OR,
    TRUE,
    VAR,
    WHERE,
    Condition,
    Expr,
    Node,
    build,
    const,
    postorder,
    var,
)
from micrograd.verified.functions import exp
from micrograd.verified.row import Definition, compile_template
from micrograd.verified.verdicts.check import FORMAT, VERSION, Verdict, rows_digest
from micrograd.verified.verdicts.constants import above_exp, below_exp
from micrograd.verified.verdicts.goals import Goal
from micrograd.verified.verdicts.oracle import settle
from micrograd.verified.verdicts.rules import BODY_EXCEEDS, ODD
from micrograd.verified.verdicts.special import BESSEL
from micrograd.verified.wengert import number_text

MAX_STARTS = 24
MAX_LINES = 20_000
TINY = Fraction(1, 10**9)


class NoCertificate(Exception):
    """A step for which there is no rule, or that the checker refuses."""


class NotShown(NoCertificate):
    """Something must be known of a sign that is not known."""

    def __init__(self, text: str, expression: Expr | None) -> None:
        super().__init__(text)
        self.expression = expression


class Tracing(Normaliser):
    """Normal forms that remember which term required what, and below which literal."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.current: Any = None
        self.literal: Any = None
        self.learnt: dict[Any, list[tuple[Any, Element]]] = defaultdict(list)

    def _apply(self, node: Any) -> Any:
        before, self.current = self.current, node
        try:
            return super()._apply(node)
        finally:
            self.current = before

    def require(self, element: Element, allowed: Signs, text: Callable[[], str]) -> None:
        if self.obligations is None:
            self.learnt[self.current].append((self.literal, element))
        super().require(element, allowed, text)


class Writer:
    """Writes a certificate, line by line, for a checker that sees each of them."""

    def __init__(self, oracle: Callable[[str], bool] = settle) -> None:
        self.verdict = Verdict(oracle)
        self.nodes: list[list[Any]] = []
        self.number: dict[Any, int] = {}
        self.lines: list[list[Any]] = []
        self.claim: dict[str, Any] = {}

    def place(self, root: Node) -> int:
        """The number of a node in the certificate, which is entered if need be."""
        if root not in self.number:
            for node in postorder([root]):
                if node not in self.number:
                    head, *rest = node.key
                    if head is CONST:
                        entry = ["const", number_text(rest[0])]
                    elif head.leaf:
                        entry = [head.name, int(rest[0]) if head is BOOL else rest[0]]
                    else:
                        entry = [head.name, *[self.number[child] for child in rest]]
                    self.number[node] = self.verdict.add_node(entry)
                    self.nodes.append(entry)
        return self.number[root]

    def write(self, *line: Any) -> None:
        """A line that the checker accepts.

        Raises:
            NoCertificate: it does not.
        """
        tick()
        if len(self.lines) >= MAX_LINES:
            raise NoCertificate(f"more than {MAX_LINES} lines")
        try:
            self.verdict.line(list(line))
        except CertificateError as refusal:
            raise NoCertificate(f"{line[0]}: {refusal}") from None
        self.lines.append(list(line))

    def derivative(self, f: Expr, xs: Sequence[Expr], claim: Expr, domain: Condition) -> dict[str, Any]:
        """The certificate that the claim is the derivative of f with respect to xs, one after the other."""
        parts = {"function": self.place(f), "wrt": [self.place(x) for x in xs], "claim": self.place(claim), "domain": self.place(domain)}
        return self.certificate({"kind": "derivative", **parts})

    def equality(self, a: Expr, b: Expr, domain: Condition) -> dict[str, Any]:
        """The certificate that b has the value of a wherever a has one."""
        return self.certificate({"kind": "equality", "a": self.place(a), "b": self.place(b), "domain": self.place(domain)})

    def certificate(self, claim: dict[str, Any]) -> dict[str, Any]:
        """All lines that the claim takes.

        Raises:
            NoCertificate: there is a step for which there is no rule.
        """
        self.claim = claim
        self.verdict.claim(claim)
        plan = Plan()
        while self.verdict.goals:
            self.goal(self.verdict.goals[-1], plan)
        return {
            "format": FORMAT,
            "version": VERSION,
            "registry": rows_digest(),
            "nodes": self.nodes,
            "claim": claim,
            "lines": self.lines,
        }

    def expressions(self, numbers: Sequence[int]) -> list[Any]:
        """Nodes of the checker's table."""
        return nodes_of(self.verdict.table, numbers)

    def goal(self, goal: Goal, plan: Plan) -> None:
        """One goal: settled, or cut."""
        literals: list[Any] = self.expressions(goal.literals or ())
        sides: Any = None if goal.sides is None else self.expressions(goal.sides)
        mark, nodes = len(self.lines), len(self.verdict.goals)
        try:
            self.settled(literals, sides, plan)
        except NoCertificate as reason:
            if len(self.lines) != mark or len(self.verdict.goals) != nodes or self.verdict.cell is not None:
                self.undo(mark)
            if not self.cut(literals) and not self.by_sign(literals, getattr(reason, "expression", None)):
                raise reason from None

    def undo(self, mark: int) -> None:
        """Take back the lines of a cell that did not succeed: the checker replays the ones before."""
        del self.lines[mark:]
        self.verdict.cell = None

    def cut(self, literals: list[Any]) -> bool:
        """Cut a goal by an equation that can be solved, or by a disjunction."""
        for literal in literals:
            if literal.head is EQ:
                for name in sorted({node.key[1] for node in postorder([literal]) if node.head is VAR}):
                    value = solution(literal.args[0] - literal.args[1], name)
                    if value is not None and self.tried("put", literal, var(name), value):
                        return True
        for literal in literals:
            if literal.head is OR:
                self.write("or", self.place(literal))
                return True
        return False

    def tried(self, kind: str, *nodes: Node) -> bool:
        """Whether the checker accepts a cut."""
        try:
            self.write(kind, *[self.place(node) for node in nodes])
        except NoCertificate:
            return False
        return True

    def by_sign(self, literals: list[Any], p: Expr | None) -> bool:
        """Cut a goal by the sign of an expression, unless it was."""
        if p is None or any(c.head in (LT, GT, EQ) and p in c.args and const(0) in c.args for c in literals):
            return False
        self.write("sign", self.place(p))
        return True

    def settled(self, literals: list[Any], sides: Any, plan: Plan) -> None:
        """Settle a goal in one cell, or cut it by a sign that is asked for."""
        for _ in range(MAX_STARTS):
            n = Tracing(plan)
            found = _Found(n)
            try:
                found.look(literals, sides)
            except Refine:
                continue
            except NeedSplit as need:
                if not self.by_sign(literals, need.expression):
                    raise NoCertificate(f"the sign of {need.expression} remains open") from None
                return
            except (Unsupported, MicrogradError) as reason:
                raise NoCertificate(str(reason)) from None
            Leaf(self, n, literals, found).write(sides)
            return
        raise NoCertificate("the terms do not get a common basis")


class _Found:
    """What is found out about a cell: the literals in the order in which they were taken in, and whether they contradict each other."""

    def __init__(self, n: Tracing) -> None:
        self.n = n
        self.order: list[Any] = []
        self.empty = False

    def look(self, literals: list[Any], sides: Any) -> None:
        """Take the literals in, and compare the sides."""
        try:
            self.learn([c for c in literals if c.head is not OR])
            if sides is not None and any(c.head is OR for c in literals):
                raise NoCertificate("a disjunction")
            if sides is not None:
                self.compare(sides)
        except (Infeasible, ZeroDenominator):
            self.empty = True

    def learn(self, literals: list[Any]) -> None:
        """Simple ones first; one that needs a sign waits for what the others say."""
        n, waiting = self.n, sorted(literals, key=lambda c: len(postorder([c])))
        while waiting:
            stuck: list[Any] = []
            need: NeedSplit | None = None
            for literal in waiting:
                n.literal = literal
                a, b = literal.args
                self.order.append(literal)
                try:
                    n.know.learn(n(a) - n(b), RELATION[literal.head])
                except ZeroDenominator:
                    raise Infeasible from None
                except NeedSplit as open_sign:
                    self.order.pop()
                    need = need or open_sign
                    stuck.append(literal)
            if need is not None and len(stuck) == len(waiting):
                raise need
            waiting = stuck

    def compare(self, sides: Any) -> None:
        """Both sides must be shown to have values, and the same."""
        n = self.n
        n.obligations = []
        truth = n(sides[0])
        difference = truth - n(sides[1])
        if n.obligations:
            raise NotShown(f"not shown: {n.obligations[0].text}", self.open_sign(n.obligations[0].element))
        if difference and n.know.of(difference) != ZERO:
            raise NoCertificate("a difference remains")

    def open_sign(self, element: Element) -> Expr | None:
        """Of what the sign would help to know that of an element."""
        n = self.n
        for p, _ in n.know.factor(element)[1] if element else ():
            if len(n.know.of_polynomial(p)) > 1:
                g = n.as_generator(p)
                if g is not None and n.atoms[g].kind == "lambertw":
                    return n.to_expression(n.atoms[g].arguments[0].num)
                return n.to_expression(p)
        return None


class Leaf:
    """Writes what is known about one cell."""

    def __init__(self, writer: Writer, n: Tracing, literals: list[Any], found: _Found) -> None:
        self.writer, self.n, self.found = writer, n, found
        self.cell = writer.verdict.current()
        self.places: dict[int, int] = {}
        self.done: set[Any] = set()
        self.compared: set[Any] = set()
        self.bounded = False

    @property
    def closed(self) -> bool:
        """Whether the checker knows that the cell has no points."""
        return self.cell.empty

    def line(self, *line: Any) -> None:
        """A line, and the conclusions that it makes possible."""
        self.writer.write(*line)
        changed = line[0] in ("hyp", "def", "ask", "about")
        while changed and not self.closed:
            changed = False
            for k in range(len(self.cell.facts)):
                if not self.closed and any(True for _ in self.cell.conclusions(k)):
                    self.writer.write("use", k)
                    changed = True

    def write(self, sides: Any) -> None:
        """All lines of the cell."""
        place = self.writer.place
        for literal in self.found.order:
            a, b = literal.args
            try:
                self.value(a)
                if not self.closed:
                    self.value(b)
                if not self.closed:
                    self.line("hyp", place(literal), self.factored(self.n.memo[a] - self.n.memo[b]))
            except (KeyError, ZeroDenominator):
                if not self.found.empty:
                    raise NoCertificate(f"no value of a side of {literal}") from None
            if self.closed:
                return
        if self.found.empty or sides is None:
            self.either("empty")
            return
        for side in sides:
            self.value(side)
            if self.closed:
                return
        difference = self.n.memo[sides[0]] - self.n.memo[sides[1]]
        if difference:
            raise NoCertificate("a difference remains that only the solver knows to be 0")
        self.line("end")

    def either(self, kind: str, *rest: Any) -> None:
        """Ask the solver, at first without the order of exponentials."""
        for ordered in (False, True):
            with suppress(NoCertificate):
                self.line(kind, *rest, ordered)
                return
        if not self.bounded:
            self.bound_constants()
        if not self.closed:
            self.line(kind, *rest, True)

    def bound_constants(self) -> None:
        """Rational bounds of the generators that are exp(q) or log(p) of a number."""
        self.bounded = True
        for g, atom in enumerate(self.cell.atoms):
            q = Fraction(0)
            if atom.kind == "exp" and atom.arguments[0][1] == {(): 1} and set(atom.arguments[0][0]) == {()}:
                q = Fraction(atom.arguments[0][0][()])
                low, high = below_exp(q) * (1 - TINY), above_exp(q) * (1 + TINY)
            elif atom.kind == "log" and atom.inner is not None and set(atom.inner) == {()}:
                size = math.log(abs(atom.inner[()]))
                low, high = Fraction(size) - TINY, Fraction(size) + TINY
            else:
                continue
            self.line("bound", g, number_text(low.limit_denominator(10**12) - TINY), number_text(high.limit_denominator(10**12) + TINY))

    # --- polynomials

    def polynomial(self, p: Any) -> list[Any]:
        """For the certificate; generators that it does not have are made."""
        found = []
        for c, monomial in self.n.ring.terms(p):
            powers = sorted((self.generator(g), n) for g, n in monomial)
            found.append([number_text(c), [x for pair in powers for x in pair]])
        return found

    def factored(self, element: Element) -> list[Any]:
        """An element as a product."""
        if not element:
            return ["0", []]
        content, factors = self.n.know.factor(element)
        return [number_text(content), [[self.polynomial(p), e] for p, e in factors]]

    def fraction(self, element: Element) -> list[Any]:
        """N, D and the factors of D, each shown not to be 0."""
        return [self.polynomial(element.num), self.polynomial(element.den), self.denominator(element.den)]

    def denominator(self, p: Any) -> list[Any]:
        """The factors of a denominator."""
        element = Element(self.n.ring, p, self.n.ring.one)
        if p.is_one():
            return []
        for q, _ in self.n.know.factor(element)[1] if not p.is_constant() else ():
            self.ensure(q, NONZERO)
        return self.factored(element)

    def primes(self, element: Element) -> list[Any]:
        """The primes of the content."""
        return [[number_text(q), n] for q, n in primes(self.n.know.factor(element)[0])]

    # --- signs

    def checked(self, p: Any) -> Any:
        """A polynomial as the checker has it."""
        return self.cell.polynomial(self.polynomial(p))

    def ensure(self, p: Any, signs: Signs) -> None:
        """The checker knows that an irreducible polynomial has one of the signs."""
        mine = self.checked(p)
        if self.closed or self.cell.sign(mine) <= signs:
            return
        known = self.n.know.of_polynomial(p)
        if not known <= signs:
            raise NoCertificate("a sign that follows from a product only")
        self.either("ask", self.polynomial(p), sorted(known))

    def ensure_element(self, element: Element, signs: Signs) -> None:
        """The checker knows that an element has one of the signs."""
        if not element or self.closed:
            return
        if self.sign(element) <= signs:
            return
        for p, _ in self.n.know.factor(element)[1]:
            have, known = self.cell.sign(self.checked(p)), self.n.know.of_polynomial(p)
            if len(have) > 1 and known < have and not self.closed:
                self.either("ask", self.polynomial(p), sorted(known & have))
        if not self.closed and not self.sign(element) <= signs:
            raise NoCertificate("a sign that follows from a product only")

    def sign(self, element: Element) -> Signs:
        """What the checker knows of an element's sign."""
        value = self.checked(element.num), self.checked(element.den)
        try:
            return self.cell.sign_by(value, self.cell.factored(self.factored(element)))
        except CertificateError:
            return ANY

    # --- generators

    def generator(self, g: int) -> int:
        """The checker's generator for one of the prover's."""
        if g not in self.places:
            self.make(g, self.n.atoms[g])
        return self.places[g]

    def make(self, g: int, atom: Any) -> None:
        """Write a generator."""
        kind = atom.kind
        if kind == "var":
            data: list[Any] = [self.writer.place(atom.expression)]
        elif kind == "pi":
            data = []
        elif kind in ("exp", "cos"):
            data = self.fraction(atom.arguments[0])
        elif kind == "sin":
            self.generator(g - 1)
            return
        elif kind == "log":
            if not atom.polynomial.is_constant():
                self.ensure(atom.polynomial, NONZERO)
            data = [self.polynomial(atom.polynomial)]
        elif kind == "root":
            p = atom.polynomial
            self.ensure(p, NONNEGATIVE if p.is_constant() or self.n.weak(p) > 0 else NONPOSITIVE)
            data = [self.polynomial(p), atom.order]
        elif atom.arguments:
            kind, data = self.application(atom)
        else:
            raise NoCertificate(f"a generator for {kind}")
        if self.closed:
            raise _Closed
        self.writer.write("gen", kind, *data)
        self.places[g] = len(self.cell.atoms) - 1
        if kind == "cos":
            self.places[g] -= 1
            self.places[g + 1] = len(self.cell.atoms) - 1
        if kind in ("floor", "lambertw"):
            self.about(g, atom)

    def application(self, atom: Any) -> tuple[str, list[Any]]:
        """The function and the operands of an opaque term."""
        return atom.kind.split()[0], [self.fraction(argument) for argument in self.arguments(atom)]

    def arguments(self, atom: Any) -> list[Element]:
        """The operands of an opaque term; the prover's names of some say more than the function."""
        _, *rest = atom.kind.split()
        arguments = list(atom.arguments)
        if rest == ["next"]:
            arguments[0] = arguments[0] + self.n.one
        elif rest:
            arguments.insert(0, self.n.number(int(rest[0])))
        return arguments

    def about(self, g: int, atom: Any) -> None:
        """What the prover knows of every value of a function."""
        n, u, element, place = self.n, atom.arguments[0], self.n.element(g), self.places[g]
        if atom.kind == "floor":
            self.line("about", place, 0, self.factored(u - element))
            if not self.closed:
                self.line("about", place, 1, self.factored(element + n.one - u))
            return
        self.line("about", place, 0, self.factored(element + n.one))
        if not self.closed and len(self.sign(u)) < 3:
            self.line("about", place, 1, [self.factored(element), self.factored(u)])

    # --- values

    def value(self, root: Any) -> None:
        """Write the values of a term and of what it is made of."""
        stack = [root]
        with suppress(_Closed):
            while stack and not self.closed:
                node = stack[-1]
                if node in self.done:
                    stack.pop()
                    continue
                operands = self.operands(node)
                waiting = [operand for operand in operands if operand not in self.done]
                if waiting:
                    stack += waiting
                    continue
                stack.pop()
                self.one(node)
                self.done.add(node)

    def operands(self, node: Any) -> list[Any]:
        """What must have a value before the node."""
        n, head = self.n, node.head
        if head is WHERE:
            condition, first, second = node.args
            return [*self.compared_in(condition), first if n.memo[condition] else second]
        if not head.arity:
            return []
        if head.name == "asin":
            body = unfolded(node)
            n(body)
            return [body]
        if self.unfolds(head):
            return [unfolded(node), *(self.compared_in(defined(node)) if head.name in BODY_EXCEEDS else [])]
        if not has_own_rule(head.name):
            return [*node.args, *self.compared_in(defined(node))]
        return list(node.args)

    def unfolds(self, head: Any) -> bool:
        """Whether the value is that of the definition."""
        return head.row is not None and isinstance(head.row.evidence, Definition) and (not has_own_rule(head.name))

    def comparisons(self, condition: Any) -> Iterator[Any]:
        """Those of which the truth is known."""
        for c in postorder([condition]):
            if c.head in RELATION and c in self.n.memo and all(side in self.n.memo for side in c.args):
                yield c

    def compared_in(self, condition: Any) -> list[Any]:
        """The sides of the comparisons on which the truth of a condition depends."""
        self.n(condition)
        return [side for c in self.comparisons(condition) for side in c.args]

    def decide(self, condition: Any) -> None:
        """Write the truth of the comparisons of a condition."""
        for c in self.comparisons(condition):
            if c not in self.compared and all(side in self.done for side in c.args):
                difference = self.n.memo[c.args[0]] - self.n.memo[c.args[1]]
                wanted = RELATION[c.head]
                self.ensure_element(difference, wanted if self.n.memo[c] else ANY - wanted)
                if self.closed:
                    raise _Closed
                self.line("cmp", self.writer.place(c), self.factored(difference))
                self.compared.add(c)

    def one(self, node: Any) -> None:
        """Write the value of a term whose operands have theirs."""
        for literal, element in self.n.learnt.get(node, ()):
            if element and literal is not None:
                self.line("def", self.writer.place(literal), self.writer.place(node), self.factored(element))
            if self.closed:
                return
        element = self.n.memo[node]
        hints = self.hints(node, element)
        if not self.closed:
            data = self.fraction(element)
        if not self.closed:
            self.line("val", self.writer.place(node), *data, *hints)

    def hints(self, node: Any, element: Element) -> list[Any]:
        """The hints of the rule for a term."""
        head, n = node.head, self.n
        name, operands = head.name, [n.memo.get(child) for child in node.args] if head.arity else []
        if name in ("e", "exp"):
            self.prepare(element)
            self.ensure_element(element, POSITIVE)
            return [self.factored(element), self.primes(element)]
        if name == "div":
            self.ensure_element(operands[1], NONZERO)
            return [self.factored(operands[1])]
        if name in ("sqrt", "cbrt", "pow", "powi"):
            return self.power_hints(node, name, operands, element)
        if name == "log":
            self.prepare(operands[0])
            self.ensure_element(operands[0], POSITIVE)
            return [self.factored(operands[0]), self.primes(operands[0])]
        if name in ("sin", "cos"):
            return self.angle_hints(operands[0])
        if name == "floor":
            return self.floor_hints(operands[0], element)
        if name == "abs":
            self.ensure_element(operands[0], NONNEGATIVE if element == operands[0] else NONPOSITIVE)
            return [self.factored(operands[0])]
        if head is WHERE:
            self.decide(node.args[0])
            return []
        if self.unfolds(head) or name == "asin":
            if name in BODY_EXCEEDS:
                self.decide(defined(node))
            return []
        if name in ("var", "const", "pi", "add", "sub", "mul", "neg"):
            return []
        return self.function_hints(node, name, operands, element)

    def power_hints(self, node: Any, name: str, operands: list[Any], element: Element) -> list[Any]:
        """Roots and powers."""
        u = operands[0]
        if name == "pow" and node.args[1].head is not CONST:
            if self.n.know.of(u) == ZERO:
                return [self.factored(u), self.factored(operands[1])]
            self.ensure_element(u, POSITIVE)
            self.ensure_element(element, POSITIVE)
            self.prepare(u)
            self.prepare(element)
            return [self.factored(u), self.primes(u), self.factored(element), self.primes(element)]
        q = Fraction(1, 2) if name == "sqrt" else Fraction(1, 3) if name == "cbrt" else Fraction(node.args[1].key[1])
        if q.denominator > 1 and name != "cbrt":
            self.ensure_element(u, NONNEGATIVE if q > 0 else POSITIVE)
            self.ensure_element(element, NONNEGATIVE)
        elif q < 0:
            self.ensure_element(u, NONZERO)
        elif q.denominator == 1:
            return []
        return [self.factored(u), self.factored(element)]

    def angle_hints(self, u: Element) -> list[Any]:
        """An angle by the basis."""
        found = coordinates(self.n.ring, u, [basis for basis, _, _ in self.n.angles])
        if found is None or any(q.denominator != 1 for q in found):
            raise NoCertificate("an angle with pi or an arc")
        return [[[self.generator(c), int(q)] for (_, c, _), q in zip(self.n.angles, found, strict=True) if q]]

    def floor_hints(self, u: Element, element: Element) -> list[Any]:
        """The floor as an integer."""
        n = self.n
        g = next((i for i in n.ring.used(element.num) if n.atoms[i].kind == "floor"), None)
        slope, rest = 0, element
        if g is not None:
            slope = 1 if (element - n.element(g)).number() is not None else -1
            rest = element - n.element(g).scaled(slope)
        whole = rest.number()
        if whole is None or whole.denominator != 1:
            raise NoCertificate("a floor that is no floor and an integer")
        place = 0 if g is None else self.generator(g)
        if g is not None and slope == 1 and (u - n.atoms[g].arguments[0]).number() == whole:
            return [place, 1, int(whole)]
        over, under = u - element, element + n.one - u
        self.ensure_element(over, NONNEGATIVE)
        self.ensure_element(under, POSITIVE)
        return [place, slope, int(whole), self.factored(over), self.factored(under)]

    def function_hints(self, node: Any, name: str, operands: list[Any], element: Element) -> list[Any]:
        """An opaque function: its generator."""
        n = self.n
        if head_defined(node):
            self.decide(defined(node))
        for g in n.ring.used(element.num):
            if n.atoms[g].kind.split()[0] == name:
                for sign in (1, -1) if name in ODD else (1,):
                    same = all(a == b.scaled(sign) for a, b in zip(self.arguments(n.atoms[g]), operands, strict=True))
                    if same and element == n.element(g).scaled(sign):
                        return ["app", self.generator(g), sign]
        return ["by", *self.special(node, name, operands, element)]

    def special(self, node: Any, name: str, operands: list[Any], element: Element) -> list[Any]:
        """How the value of a special function follows from others."""
        n, u = self.n, operands[-1]
        if name in BESSEL:
            return self.bessel_hints(node, name, *operands)
        if name == "expint":
            return self.expint_hints(node, *operands)
        if name == "lambertw" and not u:
            return ["origin", self.factored(u)]
        if name == "polygamma" and operands[0].number() in (0, 1):
            return ["same", self.known(build(HEADS["trigamma" if operands[0].number() else "digamma"], node.args[1]))]
        whole = u.number()
        if name in ("gamma", "lgamma") and whole is not None and whole.denominator == 1 and whole > 0:
            value = Element(n.ring, n.ring.constant(factorial(int(whole) - 1)), n.ring.one)
            self.prepare(value)
            return ["number", self.primes(value)]
        if name == "gamma" and n.know.of(u) == POSITIVE:
            logarithm = self.known(build(HEADS["lgamma"], node.args[0]))
            self.ensure_element(u, POSITIVE)
            self.prepare(element)
            self.ensure_element(element, POSITIVE)
            return ["exp", logarithm, self.factored(u), self.factored(element), self.primes(element)]
        for atom in n.atoms:
            kind, *order = atom.kind.split()
            if kind == name and (not order or operands[0].number() == int(order[0])):
                distance = (u - atom.arguments[-1]).number()
                if distance is not None and distance.denominator == 1:
                    return ["step", self.known(atom.expression), self.steps(name, u, int(distance))]
        raise NoCertificate(f"a recurrence or a value of {name}")

    def known(self, node: Any) -> int:
        """The place of another term, whose value is written first."""
        self.n(node)
        self.value(node)
        if self.closed:
            raise _Closed
        return self.writer.place(node)

    def steps(self, name: str, u: Element, distance: int) -> list[Any]:
        """The factors whose logarithms lgamma sums."""
        found = []
        low = u - self.n.number(max(distance, 0))
        for i in range(abs(distance) if name == "lgamma" else 0):
            w = low + self.n.number(i)
            self.prepare(w)
            found.append([self.factored(w), self.primes(w)])
        return found

    def bessel_hints(self, node: Any, name: str, order: Element, x: Element) -> list[Any]:
        """By two neighbours on the side of those that are known."""
        if not x or self.n.know.of(x) == ZERO:
            self.ensure_element(x, ZERO)
            self.ensure_element(order, ZERO if self.n.know.of(order) == ZERO else NONZERO)
            return ["zero", self.factored(x), self.factored(order)]
        for atom in self.n.atoms:
            if atom.kind == name and atom.arguments[1] == x:
                distance = (order - atom.arguments[0]).number()
                if distance is not None and distance.denominator == 1:
                    side = -1 if distance > 0 else 1
                    n, operand = node.args
                    near, far = (self.known(build(node.head, n + side * k, operand)) for k in (1, 2))
                    self.ensure_element(x, NONZERO)
                    return ["three", near, far, self.factored(x)]
        raise NoCertificate(f"a recurrence of {name}")

    def expint_hints(self, node: Any, order: Element, x: Element) -> list[Any]:
        """By the neighbour on the side of the one that is known."""
        n, operand = node.args
        exponential = self.known(exp(-operand))
        if not order:
            return ["expint", exponential]
        for atom in self.n.atoms:
            if atom.kind == "expint" and atom.arguments[1] == x:
                distance = (order - atom.arguments[0]).number()
                if distance is not None and distance.denominator == 1:
                    neighbour = n - 1 if distance > 0 else n + 1
                    near = self.known(build(node.head, neighbour, operand))
                    divisor = self.n.memo[neighbour]
                    if distance > 0:
                        self.ensure_element(divisor, NONZERO)
                    return ["expint", exponential, near, *([self.factored(divisor)] if distance > 0 else [])]
        raise NoCertificate("a recurrence of expint")

    def prepare(self, element: Element) -> None:
        """Make the logarithms of the factors known to the checker."""
        n = self.n
        content, factors = n.know.factor(element)
        for p in [*[p for p, _ in factors], *[n.ring.constant(q) for q, _ in primes(content)]]:
            while True:
                g = None if p.is_constant() else n.as_generator(p)
                if g is None or n.atoms[g].kind != "root":
                    break
                p = n.atoms[g].polynomial
            if g is not None and n.atoms[g].kind == "lambertw":
                self.lambert(n.atoms[g].arguments[0])
            for i, atom in enumerate(n.atoms):
                if atom.kind == "log" and atom.polynomial == p:
                    self.generator(i)

    def lambert(self, u: Element) -> None:
        """The logarithms by which that of W(u) is known."""
        for p in (u.num, u.den):
            if not p.is_one() and not any(atom.kind == "log" and atom.inner == self.checked(p) for atom in self.cell.atoms):
                self.ensure_element(Element(self.n.ring, p, self.n.ring.one), NONZERO)
                if not self.closed:
                    self.line("gen", "log", self.polynomial(p))


class _Closed(Exception):
    """The checker knows that the cell has no points."""


def unfolded(node: Any) -> Any:
    """The definition of a term's function over its operands."""
    row = node.head.row
    return compile_template(row.definition, row.params)(node.key)


def head_defined(node: Any) -> bool:
    """Whether the function has values at some operands only."""
    return node.head.row is not None and node.head.row.make_defined is not None


def defined(node: Any) -> Condition:
    """The condition that a term's function has a value."""
    return node.head.row.make_defined(node.key) if head_defined(node) else TRUE
