"""Special functions against mpmath: values, enclosures, and every derivative that is cited."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flint
import mpmath
import numpy as np
import pytest

import micrograd as mg
from micrograd.verified.backends.arb_carrier import ball
from micrograd.verified.check import main as check
from micrograd.verified.row import Cited, Definition

MP = mpmath.mp.clone()
MP.dps = 40

REFERENCE: dict[str, Callable[..., Any]] = {
    "gamma": MP.gamma,
    "lgamma": lambda x: MP.log(abs(MP.gamma(x))),
    "digamma": MP.digamma,
    "trigamma": lambda x: MP.polygamma(1, x),
    "polygamma": lambda n, x: MP.polygamma(int(n), x),
    "betaln": lambda a, b: MP.log(MP.beta(a, b)),
    "beta": MP.beta,
    "airyai": MP.airyai,
    "airyaiprime": lambda x: MP.airyai(x, derivative=1),
    "airybi": MP.airybi,
    "airybiprime": lambda x: MP.airybi(x, derivative=1),
    "besselj": MP.besselj,
    "bessely": MP.bessely,
    "besseli": MP.besseli,
    "besselk": MP.besselk,
    "expint": MP.expint,
    "fresnels": MP.fresnels,
    "fresnelc": MP.fresnelc,
    "lambertw": lambda x: MP.lambertw(x).real,
    "ndtri": lambda p: MP.sqrt(2) * MP.erfinv(2 * p - 1),
    "owens_t": lambda h, a: MP.quad(lambda t: MP.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * MP.pi),
    "gammainc": lambda a, x: MP.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: MP.gammainc(a, x, regularized=True),
    "betainc": lambda a, b, c: MP.betainc(a, b, 0, c, regularized=True),
}
NAMES = sorted(mg.SPECIAL)


def points(name: str, count: int) -> list[dict[str, float]]:
    """Points of the domain, some of them negative where that is inside."""
    rng = random.Random(name)
    row = mg.SPECIAL[name]
    found: list[dict[str, float]] = []
    while len(found) < count:
        values = [rng.uniform(0.01, 0.99) if p in ("p", "c") else rng.uniform(-4, 6) for p in row.params]
        if name == "polygamma":
            values[0] = float(rng.randint(0, 4))
        env = dict(zip(row.params, values, strict=True))
        if mg.evaluate(row.domain_template, env) is True:
            found.append(env)
    return found


def test_every_function_has_a_reference_and_a_citation() -> None:
    assert set(REFERENCE) == set(mg.SPECIAL)
    for row in mg.SPECIAL.values():
        evidence = row.evidence
        assert isinstance(evidence, Cited | Definition)
        if isinstance(evidence, Cited):
            assert evidence.fact in mg.CITED
            assert evidence.fact in mg.derive(row.application, row.variables[-1]).axioms
    assert not set(mg.SPECIAL) & set(mg.PRIMITIVES)


@pytest.mark.parametrize("name", NAMES)
def test_floats_are_within_an_ulp(name: str) -> None:
    row = mg.SPECIAL[name]
    for env in points(name, 15):
        exact = REFERENCE[name](*[MP.mpf(v) for v in env.values()])
        value = mg.evaluate(row.application, env)
        assert abs(MP.mpf(value) - exact) <= abs(exact) * MP.mpf(2) ** -52, env


@pytest.mark.parametrize("name", NAMES)
def test_balls_hold_the_value_and_are_narrow(name: str) -> None:
    row = mg.SPECIAL[name]
    for env in points(name, 8):
        value = mg.evaluate(row.application, {k: ball(v) for k, v in env.items()})
        exact = REFERENCE[name](*[MP.mpf(v) for v in env.values()])
        low, high = (MP.mpf(str(bound.mid().str(60, radius=False))) for bound in (value.lower(), value.upper()))
        slack = abs(exact) * MP.mpf(10) ** -30
        assert low - slack <= exact <= high + slack
        assert high - low <= abs(exact) * MP.mpf(10) ** -7 + MP.mpf(10) ** -12


@pytest.mark.parametrize("name", NAMES)
def test_wide_balls_hold_the_values_of_their_points(name: str) -> None:
    row = mg.SPECIAL[name]
    for env in points(name, 5):
        wide = {k: ball(v) if k == "n" else flint.arb(v, 2**-12) for k, v in env.items()}
        value = mg.evaluate(row.application, wide)
        if value.is_finite():
            assert value.contains(flint.arb(mg.evaluate(row.application, env)))


@pytest.mark.parametrize(("name", "place"), [(n, i) for n in NAMES for i, p in enumerate(mg.SPECIAL[n].partials) if p is not None])
def test_cited_derivatives(name: str, place: int) -> None:
    row = mg.SPECIAL[name]
    template = row.partial_templates[place]
    assert template is not None
    for env in points(name, 8):
        values = [MP.mpf(v) for v in env.values()]

        def along(t: Any, values: list[Any] = values) -> Any:
            return REFERENCE[name](*[t if i == place else v for i, v in enumerate(values)])

        exact = MP.diff(along, values[place])
        assert abs(mg.evaluate(template, env) - exact) <= 1e-12 * (1 + abs(exact)), env


@pytest.mark.parametrize("name", [n for n in NAMES if None in mg.SPECIAL[n].partials])
def test_parameters_without_a_derivative_must_not_move(name: str) -> None:
    row = mg.SPECIAL[name]
    x = mg.var("x")
    moving = mg.substitute(row.application, {v: x for v, p in zip(row.variables, row.partials, strict=True) if p is None})
    for differentiate in (lambda: mg.diff(moving, x), lambda: mg.gradient(moving, [x]), lambda: mg.derive(moving, x)):
        with pytest.raises(mg.UnsupportedPrimitive, match=name):
            differentiate()


@pytest.mark.parametrize("simple", [False, True], ids=["plain", "simplified"])
@pytest.mark.parametrize(("name", "place"), [(n, i) for n in NAMES for i, p in enumerate(mg.SPECIAL[n].partials) if p is not None])
def test_certificates_and_pickles(name: str, place: int, simple: bool) -> None:
    row = mg.SPECIAL[name]
    x = row.variables[place]
    data = json.loads(json.dumps(mg.certificate(row.application, x, simplify=simple)))
    theorem = (mg.derive_simplified if simple else mg.derive)(row.application, x)
    assert tuple(mg.check_certificate(data)["axioms"]) == theorem.axioms
    assert theorem.cited == tuple(a for a in theorem.axioms if a in mg.CITED) != ()
    copy = pickle.loads(pickle.dumps(theorem))
    assert (copy.statement, copy.axioms, copy.cited) == (theorem.statement, theorem.axioms, theorem.cited)


@pytest.mark.parametrize(("name", "place"), [(n, i) for n in NAMES for i, p in enumerate(mg.SPECIAL[n].partials) if p is None])
def test_the_checker_refuses_parameters_that_move(name: str, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate by a kernel that forgets the term of a parameter."""
    row = mg.SPECIAL[name]
    x = row.variables[-1]
    moving = mg.substitute(row.application, {row.variables[place]: x**2})
    with pytest.raises(mg.UnsupportedPrimitive, match=f"{name} with respect to its parameter {row.params[place]}"):
        mg.certificate(moving, x)
    monkeypatch.setitem(row.__dict__, "rules", tuple(rule for rule in row.rules if rule[0] != place + 1))
    with pytest.raises(mg.CertificateError, match=f"operand {place} of {name} moves"):
        mg.check_certificate(mg.certificate(moving, x))


def test_the_command_names_what_is_cited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gamma.json"
    x = mg.var("x")
    file.write_text(json.dumps(mg.certificate(mg.lgamma(mg.exp(x)), x)))
    assert check([str(file)]) == 0
    assert "axioms: exp_add, exp_ge, floor_def; cited, not proved: digamma_deriv, lgamma_deriv" in capsys.readouterr().out


def test_arrays() -> None:
    x = np.linspace(0.5, 3, 5)
    assert np.allclose(mg.evaluate(mg.lgamma(mg.var("x")), x=x), [float(MP.loggamma(v)) for v in x], rtol=1e-15)
    assert mg.evaluate(mg.gamma(mg.var("x")), x=x.astype(np.float32)).dtype == np.float32


def test_poles_are_domain_errors() -> None:
    with pytest.raises(mg.DomainError, match="gamma"):
        mg.evaluate(mg.gamma(mg.var("x")), x=-2.0)
    with pytest.raises(mg.DomainError, match="ndtri"):
        mg.evaluate(mg.ndtri(mg.var("p")), p=1.5)


def test_their_names_stay_free_for_variables() -> None:
    f = mg.parse("beta*x + gamma(x)*gamma")
    assert {str(v) for v in mg.variables(f)} == {"beta", "gamma", "x"}
    assert str(mg.parse(str(f))) == str(f)


@pytest.mark.parametrize(
    ("left", "right", "domain"),
    [
        ("lgamma(x + 3) - lgamma(x)", "log(x) + log(x + 1) + log(x + 2)", "x > 0"),
        ("digamma(x + 1)", "digamma(x) + 1/x", "x > 0"),
        ("trigamma(x + 1)", "polygamma(1, x) - 1/x**2", "x > 0"),
        ("gamma(x + 1)", "x*gamma(x)", "x > 0"),
        ("exp(lgamma(x))", "gamma(x)", "x > 0"),
        ("beta(a, b)", "gamma(a)*gamma(b)/gamma(a + b)", "a > 0 and b > 0"),
        ("besselj(n + 1, x)", "2*n/x*besselj(n, x) - besselj(n - 1, x)", "x > 0"),
        ("besselk(n - 1, x)", "besselk(n + 1, x) - 2*n/x*besselk(n, x)", "x > 0"),
        ("besseli(2, x)", "besseli(0, x) - 2/x*besseli(1, x)", "x > 0"),
        ("expint(2, x)", "exp(-x) - x*expint(1, x)", "x > 0"),
    ],
)
def test_recurrences_in_proofs(left: str, right: str, domain: str) -> None:
    from micrograd.verified.prove import prove_equal

    assert prove_equal(left, right, domain).verdict == "proved"
    assert prove_equal(left, f"{right} + 1/1000", domain).verdict == "refuted"
