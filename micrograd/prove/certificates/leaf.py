"""What is known about one cell, as lines of a certificate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.prove.certificates.draft import Draft
from micrograd.prove.certificates.strict import Found, Tracing
from micrograd.prove.normal.cell import NeedSplit
from micrograd.prove.normal.exponentials import primes
from micrograd.prove.normal.normaliser import RULES
from micrograd.prove.normal.ring import Element, ZeroDenominator
from micrograd.prove.normal.signs import ANY, NEGATIVE, NONNEGATIVE, NONPOSITIVE, NONZERO, RELATION, ZERO, Infeasible, Signs
from micrograd.prove.verdicts import NoCertificate
from micrograd.verified.errors import CertificateError
from micrograd.verified.expr import POW, TRUE, WHERE, Condition, Expr, postorder
from micrograd.verified.row import Definition, compile_template
from micrograd.verified.verdicts.constants import MAX_EXPONENT, above_exp, below_exp, sine_and_cosine
from micrograd.verified.wengert import number_text

TINY = Fraction(1, 10**9)
Hints: TypeAlias = Callable[..., list[Any]]
"""What the rule for a term needs to be told besides its value (`micrograd.prove.certificates.hints`)."""


class Closed(Exception):
    """The checker knows that the cell has no points."""


def has_own_rule(name: str) -> bool:
    """Whether the prover's rule for a function sees to it that it has a value."""
    return name in RULES and RULES[name].total


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


def unfolds(head: Any) -> bool:
    """Whether the value is that of the definition."""
    own = has_own_rule(head.name) and head.name not in ("asin", "atan2")
    return head.row is not None and isinstance(head.row.evidence, Definition) and not own


def is_integral_power(n: Tracing, node: Any) -> bool:
    """Whether a power has a negative base, and an exponent that is no number."""
    return node.head is POW and n.memo[node.args[1]].number() is None and n.know.of(n.memo[node.args[0]]) <= NEGATIVE


def stated(n: Tracing, node: Any) -> tuple[int, Condition, Expr] | None:
    """Which of the values that the row states a term has, if it is known to have one: its number, where that is so, and the value."""
    row = node.head.row
    for k, case in enumerate(row.stated):
        condition, expression = (compile_template(template, row.params)(node.key) for template in case)
        with suppress(NeedSplit):
            if n(condition):
                n(expression)
                return k, condition, expression
    return None


def arguments_of(n: Tracing, atom: Any) -> list[Element]:
    """The operands of an opaque term; the prover's names of some say more than the function."""
    _, *rest = atom.kind.split()
    arguments = list(atom.arguments)
    if rest == ["next"]:
        arguments[0] = arguments[0] + n.one
    elif rest:
        arguments.insert(0, n.number(int(rest[0])))
    return arguments


class Leaf:
    """Writes what is known about one cell."""

    def __init__(self, draft: Draft, n: Tracing, found: Found, hints: Hints) -> None:
        self.draft, self.n, self.found, self.hints = draft, n, found, hints
        self.cell = draft.verdict.current()
        self.places: dict[int, int] = {}
        self.needed: dict[Any, list[Any]] = {}
        self.done: set[Any] = set()
        self.compared: set[Any] = set()
        self.bounded = 0
        self.whole: list[Any] = []
        self.written: dict[int, list[Any]] = {}

    @property
    def closed(self) -> bool:
        """Whether the checker knows that the cell has no points."""
        return self.cell.empty

    def line(self, *line: Any) -> None:
        """A line, and the conclusions that it makes possible."""
        self.draft.write(*line)
        changed = line[0] in ("hyp", "def", "ask", "about")
        while changed and not self.closed:
            changed = False
            for k in range(len(self.cell.facts)):
                if not self.closed and any(True for _ in self.cell.conclusions(k)):
                    self.draft.write("use", k)
                    changed = True

    def write(self, sides: Any) -> None:
        """All lines of the cell."""
        try:
            self.start()
            if not self.closed:
                self.finish(sides)
        except Infeasible:  # what is known so far has no points
            self.either("empty")

    def start(self) -> None:
        """What the literals say."""
        place = self.draft.place
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

    def finish(self, sides: Any) -> None:
        """That there are no points, or that the sides agree."""
        if self.found.empty or sides is None:
            try:
                self.either("empty")
            except NoCertificate as refusal:
                raise NoCertificate(self.found.reason or str(refusal)) from None
            return
        for side in sides:
            self.value(side)
            if self.closed:
                return
        difference = self.n.memo[sides[0]] - self.n.memo[sides[1]]
        if difference:
            self.ensure_element(difference, ZERO)
        if not self.closed:
            self.line("end", *([self.factored(difference)] if difference else []))

    def either(self, kind: str, *rest: Any) -> None:
        """Ask the solver, at first without the order of exponentials."""
        for ordered in (False, True):
            with suppress(NoCertificate):
                self.line(kind, *rest, ordered)
                return
        if self.bounded < len(self.cell.atoms):
            self.bound_constants()
        if not self.closed:
            self.line(kind, *rest, True)

    def bound_constants(self) -> None:
        """Rational bounds of the new generators that are exp(q), log(p), sin(q) or cos(q) of a number."""
        first, self.bounded = self.bounded, len(self.cell.atoms)
        for g, atom in enumerate(self.cell.atoms[first:], first):
            if atom.kind in ("exp", "sin", "cos") and atom.arguments[0][1] == {(): 1} and set(atom.arguments[0][0]) == {()}:
                q = Fraction(atom.arguments[0][0][()])
                if abs(q) > MAX_EXPONENT:
                    continue
                if atom.kind == "exp":
                    low, high = below_exp(q) * (1 - TINY), above_exp(q) * (1 + TINY)
                else:
                    low, high = sine_and_cosine(q)[atom.kind == "cos"]
            elif atom.kind == "log" and atom.inner is not None and set(atom.inner) == {()}:
                size = math.log(abs(Fraction(atom.inner[()])))
                low, high = Fraction(size) - TINY, Fraction(size) + TINY
            else:
                continue
            if self.closed:
                return
            self.line("bound", g, number_text(low.limit_denominator(10**12) - TINY), number_text(high.limit_denominator(10**12) + TINY))

    # --- polynomials

    def polynomial(self, p: Any) -> list[Any]:
        """For the certificate; generators that it does not have are made."""
        key = self.n.ring.key(p)
        if key in self.written:
            return self.written[key]
        found: list[Any] = []
        for c, monomial in self.n.ring.terms(p):
            powers = sorted((self.generator(g), n) for g, n in monomial)
            found.append([number_text(c), [x for pair in powers for x in pair]])
        self.written[key] = found
        return found

    def factored(self, element: Element) -> list[Any]:
        """An element as a product."""
        if not element:
            return ["0", []]
        if element.den.is_one() and element.num in self.whole:
            return ["1", [[self.polynomial(element.num), 1]]]
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
        self.either("ask", self.polynomial(p), sorted(known or signs))

    def ensure_element(self, element: Element, signs: Signs) -> None:
        """The checker knows that an element has one of the signs."""
        if not element or self.closed:
            return
        if self.sign(element) <= signs:
            return
        for p, _ in self.n.know.factor(element)[1]:
            have, known = self.cell.sign(self.checked(p)), self.n.know.of_polynomial(p)
            if len(have) > 1 and known and known < have and not self.closed:
                with suppress(NoCertificate):  # it may follow only from what is not written yet
                    self.either("ask", self.polynomial(p), sorted(known & have))
        if not self.closed and not self.sign(element) <= signs:
            self.ensure_whole(element, signs)

    def ensure_whole(self, element: Element, signs: Signs) -> None:
        """The sign of a numerator that does not follow from those of its factors; it is one factor from now on."""
        know = self.n.know
        if not element.den.is_one():
            unknown = [p for p, _ in know.factor(element)[1] if len(know.of_polynomial(p)) > 1]
            raise NeedSplit(self.n.to_expression(unknown[0])) if unknown else NoCertificate("the sign of a fraction")
        self.whole.append(element.num)
        self.either("ask", self.polynomial(element.num), sorted(know.of(element) & signs or signs))

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
            data: list[Any] = [self.draft.place(atom.expression)]
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
            raise Closed
        self.draft.write("gen", kind, *data)
        self.places[g] = len(self.cell.atoms) - 1
        if kind == "cos":
            self.places[g] -= 1
            self.places[g + 1] = len(self.cell.atoms) - 1
        if kind in ("floor", "lambertw"):
            self.about(g, atom)

    def application(self, atom: Any) -> tuple[str, list[Any]]:
        """The function and the operands of an opaque term."""
        return atom.kind.split()[0], [self.fraction(argument) for argument in arguments_of(self.n, atom)]

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
        with suppress(Closed):
            while stack and not self.closed:
                node = stack[-1]
                if node in self.done:
                    stack.pop()
                    continue
                if node not in self.needed:
                    self.needed[node] = self.operands(node)
                waiting = [operand for operand in self.needed[node] if operand not in self.done]
                if waiting:
                    stack += waiting
                    continue
                stack.pop()
                self.one(node)
                self.done.add(node)

    def operands(self, node: Any) -> list[Any]:
        """What must have a value before the node."""
        n, head = self.n, node.key[0]
        children: list[Any] = list(node.key[1:])
        if head is WHERE:
            condition, first, second = children
            return [*self.compared_in(condition), first if n.memo[condition] else second]
        if not head.arity:
            return []
        if unfolds(head) or is_integral_power(n, node):
            known = stated(n, node)
            if known is not None:
                return [*children, known[2], *self.compared_in(known[1]), *self.compared_in(defined(node))]
            body = unfolded(node)
            n(body)
            return [body, *(self.compared_in(defined(node)) if head.row.within is not None else [])]
        if not has_own_rule(head.name):
            return [*children, *self.compared_in(defined(node))]
        return children

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
                    raise Closed
                self.line("cmp", self.draft.place(c), self.factored(difference))
                self.compared.add(c)

    def one(self, node: Any) -> None:
        """Write the value of a term whose operands have theirs."""
        for literal, element in self.n.learnt.get(node, ()):
            if element and literal is not None:
                with suppress(NoCertificate):  # a function need not be its definition, and then it may be known otherwise
                    self.line("def", self.draft.place(literal), self.draft.place(node), self.factored(element))
            if self.closed:
                return
        element = self.n.memo[node]
        hints = self.hints(self, node, element)
        if not self.closed:
            data = self.fraction(element)
        if not self.closed:
            self.line("val", self.draft.place(node), *data, *hints)

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
        n = self.n
        for p in (u.num, u.den):
            powers = [m for _, monomial in n.ring.terms(p) for m in monomial] if len(p) == 1 and p.leading_coefficient() == 1 else []
            for part in [n.element(g).num for g, _ in powers] or [p]:
                if not part.is_one() and not any(atom.kind == "log" and atom.inner == self.checked(part) for atom in self.cell.atoms):
                    self.ensure_element(Element(n.ring, part, n.ring.one), NONZERO)
                    if not self.closed:
                        self.line("gen", "log", self.polynomial(part))
