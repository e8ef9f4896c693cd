"""The sums over a tape with which the reverse sweep is proved: definitions, laws and lemmas, as instances.

With adjoints a and tangents ẋ of the entries 0 … r, the products a[m]·ẋ[m] are summed over the first entries, and over the last leaves::

    W(a, 0) = 0,  W(a, n+1) = W(a, n) + a[n]·ẋ[n]            G(a, r+1) = 0,  G(a, k) = G(a, k+1) + (a[k]·ẋ[k] if k is a leaf)

W and G are uninterpreted functions; what is known of them enters a script as instances of these equations, and of lemmas that
`proofs.sweep` proves.  Each instance carries its side conditions (``n >= 0``), so that a proof has to establish them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proofs.loops import Body
from proofs.terms import Term, choose, eq, holds, store

j, n, r = (Term(name, "Int") for name in "jnr")
ZERO = n.lift(0)


@dataclass(frozen=True, slots=True)
class Entries:
    """What the entries of a tape hold: real numbers, or arrays as vectors with an inner product.

    Attributes:
        prefix: of the names of claims.
        number: the sort of adjoints and tangents.
        partial: the sort of partials.
    """

    prefix: str
    number: str
    partial: str

    def adjoints(self, names: str) -> list[Term]:
        """Arrays of adjoints."""
        return [Term(name, f"(Array Int {self.number})") for name in names]

    def partials(self, names: str) -> list[Term]:
        return [Term(name, self.partial) for name in names]

    @property
    def seed(self) -> Term:
        return Term("s", self.number)

    @property
    def zero(self) -> Term:
        return Term("zero" if self.number == "Vec" else "0.0", self.number)

    def remaining(self, j: Term) -> Term:
        """T(j), the tangent that operands j, j+1, … contribute to the entry's."""
        return Term("T", self.number, (j,))


NUMBERS = Entries("", "Real", "Real")
ARRAYS = Entries("arrays.", "Vec", "Map")


def pair(u: Term, t: Term) -> Term:
    """The product of an adjoint and a tangent, a real number."""
    return Term("ip", "Real", (u, t)) if u.sort == "Vec" else u * t


def push(d: Term, t: Term) -> Term:
    """A partial applied to a tangent."""
    return Term("jvp", "Vec", (d, t)) if d.sort == "Map" else d * t


def tangent(a: Term, m: Term) -> Term:
    """ẋ[m] on the tape whose adjoints are a."""
    return Term("x", a.sort)[m]


def W(a: Term, n: Term) -> Term:
    """Σ over m < n of a[m]·ẋ[m]."""
    return Term("W", "Real", (a, n))


def G(a: Term, k: Term) -> Term:
    """Σ over leaves m with k <= m <= r of a[m]·ẋ[m]."""
    return Term("G", "Real", (a, k))


def leaf(k: Term) -> Term:
    """Whether entry k is a leaf."""
    return Term("leaf", "Bool", (k,))


# --- definitions -----------------------------------------------------------------------------------------------------


def sum_zero(a: Term) -> Term:
    """W(a, 0) = 0."""
    return eq(W(a, ZERO), 0)


def sum_next(a: Term, n: Term) -> Term:
    """W(a, n+1) = W(a, n) + a[n]·ẋ[n] for n >= 0."""
    return holds("=>", n >= 0, eq(W(a, n + 1), W(a, n) + pair(a[n], tangent(a, n))))


def leaves_none(a: Term) -> Term:
    """G(a, r+1) = 0."""
    return eq(G(a, r + 1), 0)


def leaves_next(a: Term, k: Term) -> Term:
    """G(a, k) = G(a, k+1) + (a[k]·ẋ[k] if k is a leaf) for k <= r."""
    return holds("=>", k <= r, eq(G(a, k), G(a, k + 1) + choose(leaf(k), pair(a[k], tangent(a, k)))))


# --- lemmas ----------------------------------------------------------------------------------------------------------


def sum_store(a: Term, i: Term, new: Term, n: Term) -> Term:
    """W(a[i := new], n) = W(a, n) + (new·ẋ[i] - a[i]·ẋ[i] if i < n) for i, n >= 0."""
    change = choose(i < n, pair(new, tangent(a, i)) - pair(a[i], tangent(a, i)))
    return holds("=>", holds("and", i >= 0, n >= 0), eq(W(store(a, i, new), n), W(a, n) + change))


def leaves_store(a: Term, i: Term, new: Term, k: Term) -> Term:
    """G(a[i := new], k) = G(a, k) for k <= r + 1, if i < k or i is not a leaf."""
    irrelevant = holds("or", i < k, holds("not", leaf(i)))
    return holds("=>", holds("and", irrelevant, k <= r + 1), eq(G(store(a, i, new), k), G(a, k)))


def leaves_one(a: Term, k: Term) -> Term:
    """G(a, k) = (a[j]·ẋ[j] if k <= j <= r) for k <= r + 1, if leaf j moves and no other."""
    return holds("=>", k <= r + 1, eq(G(a, k), choose(holds("and", k <= j, j <= r), pair(a[j], tangent(a, j)))))


# --- laws of inner products, vjps and jvps ---------------------------------------------------------------------------


def laws(*terms: Term) -> tuple[Term, ...]:
    """What holds of these terms if they are of vectors: 0, additivity, duality.  Nothing for numbers, which the solver knows."""
    found = []
    for term in terms:
        u, t = term.args if len(term.args) == 2 else (term, term)
        match (term.head, u.head, t.head):
            case ("ip", "zero", _) | ("ip", _, "zero"):
                found.append(eq(term, 0))
            case ("jvp", _, "zero") | ("plus", "zero", _):
                found.append(eq(term, t))
            case ("ip", "plus", _):
                found.append(eq(term, pair(u.args[0], t) + pair(u.args[1], t)))
            case ("ip", _, "plus"):
                found.append(eq(term, pair(u, t.args[0]) + pair(u, t.args[1])))
            case ("ip", "vjp", _):
                found.append(eq(term, pair(u.args[1], push(u.args[0], t))))
    return tuple(found)


class Trace:
    """An array of adjoints on which loop bodies are run with terms: it notes the stores."""

    def __init__(self, start: Term) -> None:
        self.now = start
        self.stores: list[tuple[Term, Term, Term]] = []

    def __getitem__(self, i: Term) -> Term:
        return self.now[i]

    def __setitem__(self, i: Term, new: Term) -> None:
        self.stores.append((self.now, i, new))
        self.now = store(self.now, i, new)

    def run(self, body: Body, k: Term, *shares: tuple[Term, Term]) -> Trace:
        """Process entry k; returns itself."""
        body(self, k, shares)
        return self

    def facts(self, n: Term) -> Iterator[Term]:
        """What the stores do to W( , n): instances of `sum_store`, and the laws for what is stored."""
        for a, i, new in self.stores:
            yield sum_store(a, i, new, n)
            parts = new.args if new.head == "plus" else ()
            yield from laws(*(pair(part, tangent(a, i)) for part in (new, *parts)))
