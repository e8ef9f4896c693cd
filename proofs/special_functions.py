"""Special functions: what is proved about them, and which of their derivatives are cited.

For every row: ``partials_defined``, the function and its partials have values on the domain.  For ``beta`` and ``betaln``, which are
defined by lgamma: ``domain`` and ``partial_a``, ``partial_b`` as for other definitions, given the derivative of lgamma.  The derivatives of
the others are taken from the literature: `cited` lists them, the report names them, and they count as no theorems.
"""

from __future__ import annotations

from collections.abc import Iterator

from micrograd.verified.cited import CITED
from micrograd.verified.row import Cited
from micrograd.verified.special_functions import SPECIAL
from proofs.obligation import Citation, Mutant, Obligation
from proofs.primitives import prove, variants

FAMILY = "special_functions"


def obligations() -> Iterator[Obligation]:
    """All rows."""
    for row in SPECIAL.values():
        yield from prove(row, FAMILY)


def cited() -> Iterator[Citation]:
    """Each derivative that is not proved."""
    for row in SPECIAL.values():
        if isinstance(row.evidence, Cited):
            fact = CITED[row.evidence.fact]
            given = "" if row.domain == "True" else f"{row.domain}  ⊢  "
            for name, partial in zip(row.params, row.partials, strict=True):
                if partial is not None:
                    statement = f"{given}∂{row.application}/∂{name} = {partial}"
                    yield Citation(f"{FAMILY}.{row.name}.partial_{name}", FAMILY, statement, fact.name, fact.source)


def mutants() -> Iterator[Mutant]:
    """Every partial that is proved, changed, and every domain dropped."""
    for row in SPECIAL.values():
        yield from variants(row, FAMILY)
