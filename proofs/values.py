"""Values that a primitive has where its definition says nothing, and does not have although its definition has one.

At the ends of closed domains a primitive has the value that makes it continuous: ``asin(1) = pi/2``.  ``x**y`` has the values of integer
powers at negative x.  ``beta`` and ``betaln`` are taken for positive operands only, although lgamma has values elsewhere.
`proofs.hypotheses` proves that these are all exceptions; `proofs.rules`, that normal forms know the values; and Arb has the same values
(`proofs.cited`).
"""

from __future__ import annotations

from collections.abc import Mapping

EXTENSIONS: Mapping[str, tuple[tuple[str, str | None], ...]] = {
    "asin": (("x == 1", "pi/2"), ("x == -1", "-pi/2")),
    "atan2": (("y == 0 and x < 0", "pi"),),
    "pow": (("x == 0 and y > 0", "0"), ("x != 0 and y == 0", "1"), ("x == 0 and y == 0", "1"), ("y == floor(y) and x != 0", None)),
}
"""By primitive: where it has a value besides, and which; None for integer powers, which have a rule of their own."""

RESTRICTIONS: Mapping[str, str] = {"beta": "a > 0 and b > 0", "betaln": "a > 0 and b > 0"}
"""By primitive: where alone its definition is used."""
