"""Z3 for the prover: terms of real arithmetic, and questions about them.

Z3's own Python objects count references in Z3 whenever the garbage collector drops one, in whatever thread that happens to be, and
crash if another thread is at work in the same context.  Here nothing is counted:

* a `Session` is a Z3 context of its own, for one claim in one thread; it frees its terms all at once, when it ends;
* a `Term` is a number that stands for a Z3 term of its session, with Python's operators; dropping it does nothing.

So threads share nothing, the memory of a claim is gone when the claim is settled, and what Z3 answers depends on the claim alone: its
work is limited by Z3's count of steps (``rlimit``), and its seconds only by what is left of the claim's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, TypeAlias

from micrograd.isolation import find_the_solver
from micrograd.prove.limits import remaining, tick

find_the_solver()

from z3 import z3core  # noqa: E402
from z3.z3consts import Z3_L_FALSE  # noqa: E402
from z3.z3types import Ast, Z3Exception  # noqa: E402

STEPS = 30_000
"""Z3's count of steps for one question."""

_LONGEST_MS = 600_000

Number: TypeAlias = int | Fraction


def _ignored(context: Any, code: int) -> None:
    """Errors are raised by the wrappers; Z3's own handler would end the process."""


class Term:
    """A real number or a truth value in Z3."""

    __slots__ = ("handle", "session")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, session: Session, handle: Any) -> None:
        self.session = session
        self.handle = handle

    def __add__(self, other: Term | Number) -> Term:
        return self.session.sum([self, self.session.lift(other)])

    def __radd__(self, other: Number) -> Term:
        return self.session.sum([self.session.lift(other), self])

    def __sub__(self, other: Term | Number) -> Term:
        return self + -self.session.lift(other)

    def __mul__(self, other: Term) -> Term:
        return self.session.product([self, other])

    def __neg__(self) -> Term:
        return self.session.apply(z3core.Z3_mk_unary_minus, self)

    def __lt__(self, other: Term | Number) -> Term:
        return self.session.apply(z3core.Z3_mk_lt, self, other)

    def __le__(self, other: Term | Number) -> Term:
        return self.session.apply(z3core.Z3_mk_le, self, other)

    def __gt__(self, other: Term | Number) -> Term:
        return self.session.apply(z3core.Z3_mk_gt, self, other)

    def __ge__(self, other: Term | Number) -> Term:
        return self.session.apply(z3core.Z3_mk_ge, self, other)

    def __eq__(self, other: object) -> Term:  # type: ignore[override]
        return self.session.apply(z3core.Z3_mk_eq, self, other)

    def __ne__(self, other: object) -> Term:  # type: ignore[override]
        return self.session.apply(z3core.Z3_mk_not, self == other)


def where(condition: Term, a: Term, b: Term) -> Term:
    """a where the condition holds, else b."""
    return condition.session.apply(z3core.Z3_mk_ite, condition, a, b)


def implies(a: Term, b: Term) -> Term:
    """If a, then b."""
    return a.session.apply(z3core.Z3_mk_implies, a, b)


def absolute(a: Term) -> Term:
    """|a|."""
    return where(a >= 0, a, -a)


class Session:
    """A Z3 context with two solvers at most, each for one owner at a time."""

    def __init__(self) -> None:
        configuration = z3core.Z3_mk_config()
        self._open: Any = z3core.Z3_mk_context(configuration)
        z3core.Z3_del_config(configuration)
        self._handler = z3core.Z3_set_error_handler(self._context, _ignored)
        self._real = z3core.Z3_mk_real_sort(self._context)
        self._logic = self._symbol("QF_NRA")
        self._parameters = z3core.Z3_mk_params(self._context)
        z3core.Z3_params_inc_ref(self._context, self._parameters)
        z3core.Z3_params_set_uint(self._context, self._parameters, self._symbol("rlimit"), STEPS)
        z3core.Z3_params_set_uint(self._context, self._parameters, self._symbol("random_seed"), 0)
        z3core.Z3_params_set_bool(self._context, self._parameters, self._symbol("ctrl_c"), False)
        self._timeout = self._symbol("timeout")
        self._solvers: dict[Any, tuple[object, Any]] = {}
        self._fresh = 0

    @property
    def _context(self) -> Any:
        """Z3's context; an error once it is gone, since Z3 would crash."""
        if self._open is None:
            raise RuntimeError("this session has ended")
        return self._open

    def close(self) -> None:
        """Free everything; its terms are of no use any more."""
        context, self._open = self._open, None
        if context is not None:
            for _, solver in self._solvers.values():
                z3core.Z3_solver_dec_ref(context, solver)
            self._solvers.clear()
            z3core.Z3_params_dec_ref(context, self._parameters)
            z3core.Z3_del_context(context)

    def __del__(self) -> None:
        # Reached only when nothing refers to any part of the context, so no thread can be at work in it.
        if getattr(self, "_open", None) is not None and z3core is not None:
            self.close()

    # --- terms

    def _symbol(self, text: str) -> Any:
        return z3core.Z3_mk_string_symbol(self._context, text)

    def variable(self, name: str) -> Term:
        """The real variable of that name."""
        return Term(self, z3core.Z3_mk_const(self._context, self._symbol(name), self._real))

    def fresh(self) -> Term:
        """A variable that nothing else mentions."""
        self._fresh += 1
        return self.variable(f"q{self._fresh}")

    def number(self, value: int | Fraction) -> Term:
        """A rational number of moderate length."""
        return Term(self, z3core.Z3_mk_numeral(self._context, f"{value.numerator}/{value.denominator}", self._real))

    def lift(self, value: Any) -> Term:
        """A term as it is, a number as a term."""
        return value if value.__class__ is Term else self.number(value)

    def apply(self, make: Any, *operands: Any) -> Term:
        """What Z3 makes of the operands."""
        return Term(self, make(self._context, *[self.lift(x).handle for x in operands]))

    def _several(self, make: Any, terms: list[Term]) -> Term:
        if len(terms) == 1:
            return terms[0]
        return Term(self, make(self._context, len(terms), (Ast * len(terms))(*[t.handle for t in terms])))

    def sum(self, terms: list[Term]) -> Term:
        """The sum."""
        return self._several(z3core.Z3_mk_add, terms) if terms else self.number(0)

    def product(self, terms: list[Term]) -> Term:
        """The product."""
        return self._several(z3core.Z3_mk_mul, terms) if terms else self.number(1)

    def any_of(self, terms: list[Term]) -> Term:
        """Whether one of them holds, of one or more."""
        return self._several(z3core.Z3_mk_or, terms)

    # --- questions

    def solver(self, owner: object, place: bool) -> tuple[Any, bool]:
        """The solver at a place, which holds facts of this owner only; and whether it is new, so that the owner must tell it everything."""
        former, solver = self._solvers.get(place, (None, None))
        if former is owner:
            return solver, False
        if solver is not None:
            z3core.Z3_solver_dec_ref(self._context, solver)
        solver = z3core.Z3_mk_solver_for_logic(self._context, self._logic)
        z3core.Z3_solver_inc_ref(self._context, solver)
        self._solvers[place] = owner, solver
        return solver, True

    def tell(self, solver: Any, facts: Iterable[Term]) -> None:
        """Add facts."""
        for fact in facts:
            z3core.Z3_solver_assert(self._context, solver, fact.handle)

    def impossible(self, solver: Any, fact: Term | None = None) -> bool:
        """Whether Z3 proves, within its steps, that the facts contradict each other, or this one.

        Raises:
            OutOfTime: the claim's time is over.
        """
        tick()
        milliseconds = min(remaining() * 1000 + 1, _LONGEST_MS)
        z3core.Z3_params_set_uint(self._context, self._parameters, self._timeout, int(milliseconds))
        z3core.Z3_solver_set_params(self._context, solver, self._parameters)
        if fact is None:
            return self._unsatisfiable(solver)
        z3core.Z3_solver_push(self._context, solver)
        try:
            z3core.Z3_solver_assert(self._context, solver, fact.handle)
            return self._unsatisfiable(solver)
        finally:
            z3core.Z3_solver_pop(self._context, solver, 1)

    def _unsatisfiable(self, solver: Any) -> bool:
        try:
            found = z3core.Z3_solver_check(self._context, solver)
        except Z3Exception:  # such as a polynomial that is too large for it
            found = None
        if found == Z3_L_FALSE:
            return True
        tick()  # what the clock has ended is not an answer
        return False


class _Claim:
    """A claim that is being decided: its session is made when Z3 is first asked."""

    session: Session | None = None


_claim: ContextVar[_Claim | None] = ContextVar("_claim", default=None)


@contextmanager
def one_session() -> Iterator[None]:
    """All questions inside share one session, which ends with the block."""
    if _claim.get() is not None:
        yield
        return
    claim = _Claim()
    token = _claim.set(claim)
    try:
        yield
    finally:
        _claim.reset(token)
        if claim.session is not None:
            claim.session.close()


def current() -> Session:
    """The session of the claim that is being decided; a new one outside of any claim."""
    claim = _claim.get()
    if claim is None:
        return Session()
    if claim.session is None:
        claim.session = Session()
    return claim.session
