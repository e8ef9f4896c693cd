"""What one proof obligation is: a closed sentence, ready for any solver.

Every file of this package that states theorems has a function ``obligations()`` that yields `Obligation` objects.  They are
plain text, so that they can be sent to another process, written to a file, hashed for the cache, and replayed by a
solver that knows nothing of Python.

An obligation is *proved* when the solver answers ``unsat`` to ``smtlib`` (the hypotheses and the negated goal), answers
``sat`` to ``witness`` (the hypotheses alone: a theorem whose hypotheses cannot hold says nothing), and every identity
in ``identities`` is confirmed by SymPy and by exact polynomial normal form.  An obligation with ``expected = "sat"`` is a
*refutation*: the script must have a model, and ``replay`` names the function that confirms the model outside the solver.
An obligation with neither script nor identities is a *check* of something that is cited, not proved: ``check`` names the function that
compares it with Arb at many points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Obligation:
    """One sentence to settle, with all that a report or a second solver needs to know about it.

    Attributes:
        name: unique dotted name, the family first, e.g. ``primitives.tanh.partial_x``.
        family: the group in which the report lists it, e.g. ``primitives``.
        statement: one line that a mathematician can read.
        smtlib: an SMT-LIB 2.6 script without ``check-sat``: declarations, hypotheses, negated goal.
        expected: the answer that settles it as stated.
        witness: a script with the hypotheses alone, which must be satisfiable; None if there are none.
        hypotheses: the hypotheses as text.
        axioms: names of the axioms of analysis that it uses (`micrograd.verified.axioms`).
        identities: pairs of expressions (text) that must be equal under ``relations``.
        relations: expressions (text) that vanish, such as ``s**2 - x``, over the atoms that stand for transcendental terms.
        replay: ``"module:function"``, called with the model ``{name: text}``; it returns a line of evidence or raises.
        check: ``"module:function"``, called with the name and ``data``; it returns a line of evidence or raises.
        data: texts for ``check``.
    """

    name: str
    family: str
    statement: str
    smtlib: str
    expected: Literal["unsat", "sat"] = "unsat"
    witness: str | None = None
    hypotheses: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()
    relations: tuple[str, ...] = ()
    replay: str | None = None
    check: str | None = None
    data: tuple[str, ...] = ()

    @property
    def stated(self) -> Literal["proved", "refuted", "checked"]:
        """What it is when it is settled as stated."""
        if self.check is not None:
            return "checked"
        return "refuted" if self.expected == "sat" else "proved"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A deliberately wrong variant: at least one of its obligations must fail to be proved.

    Attributes:
        name: dotted name of what was changed, e.g. ``primitives.tanh.partial_x``.
        change: what was changed, e.g. ``1 - tanh(x)**2  ->  1 + tanh(x)**2``.
        obligations: the obligations as they come out with the change made.
    """

    name: str
    change: str
    obligations: tuple[Obligation, ...]
