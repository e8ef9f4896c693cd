"""Special functions: what is proved about them.

For every row: ``partials_defined``, the function and its partials have values on the domain.  For ``beta`` and ``betaln``, which are
defined by lgamma: ``domain`` and ``partial_a``, ``partial_b`` as for other definitions, given the derivative of lgamma.  The derivatives of
the others are taken from the literature, and checked, not proved: `proofs.cited`.
"""

from __future__ import annotations

from collections.abc import Iterator

from micrograd.verified.special_functions import SPECIAL
from proofs.obligation import Mutant, Obligation
from proofs.primitives import prove, variants

FAMILY = "special_functions"


def obligations() -> Iterator[Obligation]:
    """All rows."""
    for row in SPECIAL.values():
        yield from prove(row, FAMILY)


def mutants() -> Iterator[Mutant]:
    """Every partial that is proved, changed, and every domain dropped."""
    for row in SPECIAL.values():
        yield from variants(row, FAMILY)
