"""Goals: what is to be shown of a cell, and how a goal is cut into others.

A goal is a list of literals, with two sides that must agree there, or none: then the cell must have no points.  The points of a stated
domain D at which a condition h of the smooth domain is false make a goal of their own; it knows the function (`Problem`), so that
rules about kinks, fixed variables and missing values apply to it.

A condition holds only where its comparisons have values, as they are looked at from left to right.  So ``not`` can be pushed down to the
comparisons, and the points where ``a or b`` holds are among those where a holds and those where b does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from micrograd.verified.check_table import ARITY, BOOLEAN, OPPOSITE, defined_of
from micrograd.verified.checker import Replay
from micrograd.verified.registry import REGISTRY
from micrograd.verified.verdicts.polynomials import (
    MAX_BITS,
    NOTHING,
    Number,
    Polynomial,
    Ring,
    bits,
    constant,
    generator,
    plus,
    require,
    scaled,
)

_SUMS = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}
_ARITHMETIC = frozenset(("add", "sub", "mul", "neg", "div"))


@dataclass(frozen=True)
class Problem:
    """That ``claim`` is the derivative of ``function`` with respect to ``x``."""

    function: int
    x: int
    claim: int


@dataclass(frozen=True)
class Goal:
    """See the module's text; ``literals`` is None where one of them is false: then there is nothing to show."""

    literals: tuple[int, ...] | None
    sides: tuple[int, int] | None = None
    problem: Problem | None = None


class Goals:
    """Makes goals over a table of nodes, which it shares with the replay of derivatives."""

    def __init__(self, replay: Replay, work: list[int]) -> None:
        self.replay, self.table, self.ring = replay, replay.table, Ring(work)
        self.negations: dict[int, int] = {}
        self.exists: dict[int, int] = {}

    def below(self, roots: Iterable[int], known: Container[int] = (), opened: Callable[[str], bool] = lambda name: True) -> list[int]:
        """`Table.below`, which counts as work."""
        found = self.table.below(roots, opened, known)
        self.ring.spend(len(found))
        return found

    # --- conditions

    def opposite(self, condition: int) -> int:
        """The negation, pushed down to the comparisons."""
        table = self.table
        for node in self.below([condition], self.negations, lambda name: name in ("and", "or")):
            name, *parts = table.keys[node]
            if name in OPPOSITE:
                self.negations[node] = table.make(OPPOSITE[name], *parts)
            elif name in ("and", "or"):
                self.negations[node] = table.make("or" if name == "and" else "and", *[self.negations[part] for part in parts])
            else:
                self.negations[node] = parts[0] if name == "not" else table.make("not", node)
        return self.negations[condition]

    def conjuncts(self, condition: int) -> list[int]:
        """The members of a conjunction, in order."""
        found: dict[int, None] = {}
        seen: set[int] = set()
        stack = [condition]
        while stack:
            node = stack.pop()
            name, *parts = self.table.keys[node]
            if name == "and" and node not in seen:
                seen.add(node)
                stack += reversed(parts)
            elif name != "and" and node != self.table.true:
                found[node] = None
        return list(found)

    def literals(self, conditions: Sequence[int]) -> tuple[int, ...] | None:
        """Comparisons and disjunctions that hold where the conditions do; None if one is false."""
        found: dict[int, None] = {}
        seen: set[int] = set()
        stack = list(reversed(conditions))
        while stack:
            node = stack.pop()
            name, *parts = self.table.keys[node]
            if node in seen:
                continue
            seen.add(node)
            if name == "and":
                stack += reversed(parts)
            elif name == "not":
                stack.append(self.opposite(parts[0]))
            elif node == self.table.false:
                return None
            elif node != self.table.true:
                found[node] = None
        self.ring.spend(len(seen))
        return tuple(found)

    def defined(self, root: int) -> int:
        """The condition that a term has a value; looked at from left to right, it is true or false everywhere."""
        table, exists = self.table, self.exists
        for node in self.below([root], exists):
            name, *operands = table.keys[node]
            if not ARITY[name]:
                exists[node] = table.true
                continue
            total = exists[operands[0]]
            if name in ("where", "and", "or"):
                first = operands[0]
                if name == "where":
                    yes, no = (exists[operand] for operand in operands[1:])
                    rest = table.make("or", table.make("and", first, yes), table.make("and", table.make("not", first), no))
                    rest = table.true if yes == no == table.true else rest
                else:
                    skipped = table.make("not", first) if name == "and" else first
                    rest = exists[operands[1]]
                    rest = rest if rest == table.true else table.make("or", skipped, rest)
                exists[node] = table.make("and", total, rest)
                continue
            for operand in operands[1:]:
                total = table.make("and", total, exists[operand])
            exists[node] = table.make("and", total, defined_of(name)(table, operands)) if name in REGISTRY else total
        return exists[root]

    def derived(self, function: int, x: int) -> tuple[int, int]:
        """The symbolic derivative T, and the condition H under which it is the derivative."""
        replay, number = self.replay, dict[int, int]()
        for node in self.below([function]):
            name, *operands = self.table.keys[node]
            premises = [number[operand] for operand in operands] if ARITY[name] else []
            if name in BOOLEAN:
                statement = replay.continuous(node, x, premises)
            elif not ARITY[name]:
                statement = replay.leaf(node, x)
            else:
                statement = (replay.cases if name == "where" else replay.primitive)(node, premises)
            number[node] = len(replay.proved)
            replay.proved.append(statement)
        _, _, _, derivative, hypothesis = replay.proved[-1]
        return derivative, hypothesis

    # --- goals

    def derivative(self, x: int, function: int, claim: int, domain: int) -> Iterator[Goal]:
        """That the claim is the derivative with respect to x on the domain."""
        truth, smooth = self.derived(function, x)
        yield Goal(self.literals([domain, smooth]), (truth, claim))
        yield from self.outside(domain, [smooth], Problem(function, x, claim))

    def outside(self, domain: int, conditions: Sequence[int], problem: Problem | None = None) -> Iterator[Goal]:
        """The points of a domain at which a member of the conditions, which the domain does not state, is false."""
        stated = self.conjuncts(domain)
        for h in dict.fromkeys(h for condition in conditions for h in self.conjuncts(condition)):
            if h not in stated:
                yield Goal(self.literals([domain, self.opposite(h)]), None, problem)

    def second(self, x: int, y: int, function: int, claim: int, domain: int, slope: int, around: int) -> Iterator[Goal]:
        """That the claim is the derivative with respect to y of that with respect to x.

        The slope is the first derivative wherever that exists in ``around``, which holds on the domain and stays true close by along y.
        So where the second derivative exists, it is that of the slope.
        """
        yield from self.derivative(x, function, slope, around)
        yield from self.derivative(y, slope, claim, domain)
        _, stays = self.derived(self.table.make("where", around, self.table.zero, self.table.zero), y)
        yield from self.outside(domain, [self.defined(around), around, stays])

    def equality(self, a: int, b: int, domain: int) -> Iterator[Goal]:
        """That b has the value of a wherever a has one."""
        yield Goal(self.literals([domain, self.defined(a)]), (a, b))

    def with_literals(self, goal: Goal, literals: Sequence[int], left_out: int = -1) -> Goal:
        """A smaller cell."""
        assert goal.literals is not None
        return Goal(self.literals([*[c for c in goal.literals if c != left_out], *literals]), goal.sides, goal.problem)

    def either(self, goal: Goal, literal: int) -> list[Goal]:
        """A disjunction: two cells."""
        name, *parts = self.table.keys[literal]
        require(goal.literals is not None and literal in goal.literals and name == "or", "not a disjunction of this cell")
        return [self.with_literals(goal, [part], literal) for part in parts]

    def by_sign(self, goal: Goal, p: int) -> list[Goal]:
        """p = 0, p < 0, p > 0, or p has no value."""
        require(self.table.keys[p][0] not in BOOLEAN, "a condition has no sign")
        parts = [self.table.make(name, p, self.table.zero) for name in ("eq", "lt", "gt")]
        return [self.with_literals(goal, [part]) for part in [*parts, self.opposite(self.defined(p))]]

    def solved(self, goal: Goal, equation: int, x: int, value: int) -> list[Goal]:
        """x = t from a literal a = b with a - b = k·(x - t), k a number, t without x: t is put for x everywhere."""
        name = self.table.keys[equation][0]
        require(goal.literals is not None and equation in goal.literals and name == "eq", "not an equation of this cell")
        require(self.table.keys[x][0] == "var", "not a variable")
        form, terms = self.linear(equation, x, value)
        slope = form[0].get(((x, 1),), 0)
        require(slope != 0 and form[0] == scaled(plus(generator(x), form[1], -1), slope), "the equation is not solved by this")
        require(not self.mentions(terms, x), "the solution mentions the variable")
        table: dict[int, int] = {x: value}
        literals = [self.put(c, table) for c in goal.literals or () if c != equation]
        sides_ = None if goal.sides is None else (self.put(goal.sides[0], table), self.put(goal.sides[1], table))
        return [Goal(self.literals(literals), sides_)]

    def fixed(self, goal: Goal, equation: int, y: int, value: int) -> list[Goal]:
        """The problem of a goal anew with another variable y fixed: d/dx does not see y."""
        problem = goal.problem
        require(problem is not None and problem.x != y, "there is no problem with another variable here")
        assert problem is not None
        (rest,) = self.solved(Goal(goal.literals), equation, y, value)
        require(not self.mentions({value}, problem.x), "the value moves with the variable")
        table = {y: value}
        if rest.literals is None:
            return []
        domain = self.table.true
        for literal in rest.literals:
            domain = self.table.make("and", domain, literal)
        return list(self.derivative(problem.x, self.put(problem.function, table), self.put(problem.claim, table), domain))

    def summed(self, goal: Goal, *parts: int) -> list[Goal]:
        """Sides as sums of parts, one by one: ``parts`` are a part of the first side, one of the second, and so on."""
        require(goal.sides is not None and len(parts) > 1 and len(parts) % 2 == 0, "a part of each side, and so on")
        for side, own in zip(goal.sides or (), (parts[::2], parts[1::2]), strict=True):
            require(self.addends([side]) == self.addends(own), "the parts do not have the terms of their side")
        return [Goal(goal.literals, pair) for pair in zip(parts[::2], parts[1::2], strict=True)]

    def kept(self, goal: Goal, *literals: int) -> list[Goal]:
        """A larger cell, with some of the literals."""
        require(set(literals) <= set(goal.literals or ()), "not literals of this cell")
        return [Goal(tuple(dict.fromkeys(literals)), goal.sides, goal.problem)]

    def same(self, goal: Goal, other: int) -> list[Goal]:
        """The problem with another function, which has the same values at all points, and no others."""
        problem, true = goal.problem, self.table.true
        require(problem is not None and self.table.keys[other][0] not in BOOLEAN, "there is no problem here with a function")
        assert problem is not None
        both = [*self.equality(problem.function, other, true), *self.equality(other, problem.function, true)]
        return [*both, Goal(goal.literals, None, Problem(other, problem.x, problem.claim))]

    def without_value(self, goal: Goal) -> list[Goal]:
        """Where the function has no value there is no derivative: no point where it has one is left."""
        require(goal.problem is not None, "there is no problem here")
        assert goal.problem is not None
        return [Goal(self.literals([*(goal.literals or ()), self.defined(goal.problem.function)]))]

    # --- terms

    def linear(self, equation: int, x: int, value: int) -> tuple[tuple[Polynomial, Polynomial], set[int]]:
        """The difference of an equation's sides and the solution, as polynomials over terms taken as they are, and these terms but x.

        Every term of the solution occurs in the equation too, so the solution has a value where the equation holds.
        """
        ring, forms = self.ring, dict[int, Polynomial]()
        sides = self.table.keys[equation][1:]

        def form(root: int) -> set[int]:
            terms: set[int] = set()
            for node in self.below([root], (), _ARITHMETIC.__contains__):
                name, *operands = self.table.keys[node]
                if name == "const":
                    forms[node] = constant(operands[0])
                elif name not in _ARITHMETIC or (name == "div" and not self.is_number(operands[1])):
                    forms[node] = generator(node)
                    terms.add(node)
                elif name in ("add", "sub"):
                    forms[node] = plus(forms[operands[0]], forms[operands[1]], 1 if name == "add" else -1)
                elif name == "mul":
                    forms[node] = ring.times(forms[operands[0]], forms[operands[1]])
                elif name == "neg":
                    forms[node] = scaled(forms[operands[0]], -1)
                else:
                    forms[node] = scaled(forms[operands[0]], 1 / Fraction(self.table.keys[operands[1]][1]))
            return terms

        terms = form(sides[0]) | form(sides[1])
        require(form(value) <= terms - {x}, "the solution has terms that the equation does not have")
        return (plus(forms.get(sides[0], NOTHING), forms.get(sides[1], NOTHING), -1), forms[value]), terms - {x}

    def addends(self, roots: Sequence[int]) -> dict[int, Number]:
        """The terms of a sum of sums and how often each is added, less how often it is taken away; that may be 0."""
        times: dict[int, Number] = dict(Counter(roots))
        found: dict[int, Number] = {}
        for node in reversed(self.below(times, (), _ARITHMETIC.__contains__)):
            if node in times:
                operands = self.added(node)
                if operands is None:
                    found[node] = times[node]
                for operand, factor in operands or ():
                    times[operand] = times.get(operand, 0) + factor * times[node]
                    require(bits({(): times[operand]}) <= MAX_BITS, f"a number of more than {MAX_BITS} bits")
        return found

    def added(self, node: int) -> list[tuple[int, Number]] | None:
        """Of what a node is the sum, with numbers as factors; None for a term."""
        name, *operands = self.table.keys[node]
        if name in _SUMS:
            return list(zip(operands, _SUMS[name], strict=True))
        if name == "mul":
            for factor, other in (operands, operands[::-1]):
                if self.table.keys[factor][0] == "const":
                    return [(other, self.table.keys[factor][1])]
        if name == "div" and self.is_number(operands[1]):
            return [(operands[0], 1 / Fraction(self.table.keys[operands[1]][1]))]
        return None

    def is_number(self, node: int) -> bool:
        """Whether a node is a number other than 0."""
        name, *value = self.table.keys[node]
        return name == "const" and bool(value[0])

    def mentions(self, nodes: set[int], x: int) -> bool:
        """Whether x occurs in one of them."""
        return x in self.below(nodes)

    def put(self, root: int, table: dict[int, int]) -> int:
        """A term with others put for variables; ``table`` remembers what was found."""
        keys = self.table.keys
        for node in self.below([root], table):
            name, *operands = keys[node]
            table[node] = self.table.make(name, *[table[operand] for operand in operands]) if ARITY[name] else node
        return table[root]
