"""Polynomials and linear equations between them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from micrograd.prove.limits import TooLarge
from micrograd.prove.normal.ring import Element, Ring, coordinates


def elements(ring: Ring, *texts: str) -> list[Element]:
    """Fractions in the ring's first two generators."""
    while len(ring.generators) < 2:
        ring.new()
    a, b = (Element(ring, g, ring.one) for g in ring.generators)
    numbers = {"one": Element(ring, ring.one, ring.one), "number": lambda q: Element(ring, ring.constant(Fraction(q)), ring.one)}
    return [eval(text, {"a": a, "b": b, **numbers}) for text in texts]


@pytest.mark.parametrize(
    ("target", "basis", "found"),
    [
        ("a*number('2/3') - b", ("a", "b"), ["2/3", "-1"]),
        ("a*a - b*b", ("a + b", "a - b"), None),
        ("(a + b).inverse()", ("a*(a + b).inverse()", "b*(a + b).inverse()"), None),
        ("one", ("a*(a + b).inverse()", "b*(a + b).inverse()"), ["1", "1"]),
        ("a", ("a", "a*number(2)", "b"), ["1", "0", "0"]),
        ("b", ("a", "a*number(2)", "b"), ["0", "0", "1"]),
        ("a", (), None),
        ("a - a", ("a", "b"), ["0", "0"]),
    ],
)
def test_coordinates(target: str, basis: tuple[str, ...], found: list[str] | None) -> None:
    ring = Ring(8)
    goal, *rest = elements(ring, target, *basis)
    assert coordinates(ring, goal, rest) == (None if found is None else [Fraction(q) for q in found])


def test_coordinates_know_the_relations() -> None:
    ring = Ring(8)
    a, b = elements(ring, "a", "b")
    ring.relate(1, 2, a.num)
    assert coordinates(ring, a + b, [b * b, b]) == [Fraction(1), Fraction(1)]


def test_equations_with_too_many_digits_are_given_up() -> None:
    ring = Ring(8)
    (long,) = elements(ring, "a*number(2**15_000) + b")
    basis = [long] + [elements(ring, f"a*number(3**8_000 + {i}) + b*number({i})")[0] for i in range(30)]
    with pytest.raises(TooLarge, match="linear equations with too many digits"):
        coordinates(ring, basis[0], basis[1:])
