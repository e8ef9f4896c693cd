"""Terms of SMT-LIB over integers, real numbers, vectors, and arrays of these.

Python's operators build them: ``a[i] + d * b[k]`` is a term if a and b are arrays, so that a Python function can be run on terms.  A term
has an SMT-LIB text for the solver and a plain one for the reader.  Vectors (``Vec``) are opaque: they can be added (``plus``), have an
inner product ``ip``, and linear maps (``Map``) take adjoints to adjoints (``vjp``) and tangents to tangents (``jvp``).

`script` declares what occurs.  Quantifiers are not used: the constants of a script are arbitrary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TEXT = {
    "select": "{0}[{1}]", "store": "{0}[{1} := {2}]", "ite": "({1} if {0} else {2})", "not": "not ({0})", "=>": "{1} if {0}",
    "and": "{0} and {1}", "or": "({0} or {1})", "=": "{0} = {1}", "<": "{0} < {1}", "<=": "{0} <= {1}",
    "+": "{0} + {1}", "-": "{0} - {1}", "*": "{0}·{1}",
    "plus": "{0} + {1}", "ip": "⟨{0}, {1}⟩", "vjp": "vjp({0}, {1})", "jvp": "jvp({0}, {1})",
}  # fmt: skip
_DECLARED = ("plus", "ip", "vjp", "jvp")
_SYMBOLS = {"x": "ẋ", "zero": "0"}


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A constant, a literal, or a function applied to arguments."""

    head: str
    sort: str
    args: tuple[Term, ...] = ()

    @property
    def smtlib(self) -> str:
        return f"({self.head} {' '.join(a.smtlib for a in self.args)})" if self.args else self.head

    @property
    def declaration(self) -> str:
        """Of the head; empty if SMT-LIB knows it."""
        if not self.head[0].isalpha() or (self.head in _TEXT and self.head not in _DECLARED):
            return ""
        return f"(declare-fun {self.head} ({' '.join(a.sort for a in self.args)}) {self.sort})"

    def __str__(self) -> str:
        parts = [f"({a})" if self.head in "*-" and a.head in "+-" else str(a) for a in self.args]
        if self.head in _TEXT:
            return _TEXT[self.head].format(*parts)
        name = _SYMBOLS.get(self.head, self.head.removesuffix(".0"))
        return f"{name}({', '.join(parts)})" if parts else name

    def lift(self, other: Term | int) -> Term:
        """The other, as a literal of this sort if it is an integer."""
        if isinstance(other, Term):
            return other
        return Term({"Int": f"{other}", "Real": f"{other}.0"}[self.sort], self.sort)

    def __add__(self, other: Term | int) -> Term:
        return Term("plus" if self.sort == "Vec" else "+", self.sort, (self, self.lift(other)))

    def __sub__(self, other: Term) -> Term:
        return Term("-", self.sort, (self, other))

    def __mul__(self, other: Term) -> Term:
        """The product; of a linear map and an adjoint, the vjp."""
        return Term("vjp", "Vec", (self, other)) if self.sort == "Map" else Term("*", self.sort, (self, other))

    def __getitem__(self, i: Term) -> Term:
        return Term("select", self.sort.removeprefix("(Array Int ").removesuffix(")"), (self, i))

    def __lt__(self, other: Term) -> Term:
        return Term("<", "Bool", (self, other))

    def __le__(self, other: Term | int) -> Term:
        return Term("<=", "Bool", (self, self.lift(other)))

    def __ge__(self, other: int) -> Term:
        return Term("<=", "Bool", (self.lift(other), self))

    def __bool__(self) -> bool:
        raise TypeError(f"{self} is a term, neither true nor false")


def eq(left: Term, right: Term | int) -> Term:
    """The equation."""
    return Term("=", "Bool", (left, left.lift(right)))


def holds(head: str, *args: Term) -> Term:
    """A Boolean combination."""
    return Term(head, "Bool", args)


def choose(condition: Term, term: Term) -> Term:
    """The term, a number, where the condition holds, else 0."""
    return Term("ite", term.sort, (condition, term, term.lift(0)))


def store(a: Term, i: Term, new: Term) -> Term:
    """The array a but for ``new`` at i."""
    return Term("store", a.sort, (a, i, new))


def script(terms: Iterable[Term]) -> str:
    """Declarations of what occurs in the terms, and an assertion for each.

    >>> k = Term("k", "Int")
    >>> print(script([Term("a", "(Array Int Real)")[k] < Term("s", "Real"), k >= 0]), end="")
    (declare-fun a () (Array Int Real))
    (declare-fun k () Int)
    (declare-fun s () Real)
    (assert (< (select a k) s))
    (assert (<= 0 k))
    """
    stack = roots = list(terms)
    found: set[str] = set()
    while stack:
        found |= {term.declaration for term in stack}
        stack = [argument for term in stack for argument in term.args]
    declarations = sorted(found - {""})
    sorts = sorted({sort for line in declarations for sort in re.findall(r"\b(?:Vec|Map)\b", line)})
    lines = [f"(declare-sort {sort} 0)" for sort in sorts] + declarations + [f"(assert {term.smtlib})" for term in roots]
    return "\n".join(lines) + "\n"
