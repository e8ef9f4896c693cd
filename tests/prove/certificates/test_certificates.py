"""Right claims have certificates: of every kind, with the statement that was asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from micrograd.cli import main as command
from micrograd.prove.api import prove_derivative, prove_equal, prove_gradient, prove_hessian
from micrograd.prove.certificates.certify import derivative_certificate, second_certificate
from micrograd.prove.certificates.writer import Writer
from micrograd.prove.verdicts import NoCertificate, Proved, Unknown
from micrograd.verified import parse, var
from micrograd.verified.check import main
from micrograd.verified.parsing import parse_condition
from micrograd.verified.verdicts.check import check_verdict

DERIVATIVES = [
    # elementary
    ("x*log(x)", "log(x) + 1", "x > 0"),
    ("sqrt(x**2 + 1)", "x/sqrt(x**2 + 1)", None),
    ("x**y", "y*x**(y - 1)", "x > 0"),
    ("cosh(x)**2", "sinh(2*x)", None),
    ("sin(x)*cos(3*x)", "cos(4*x)*2 - cos(2*x)", None),
    ("cbrt(x)", "1/(3*cbrt(x)**2)", "x != 0"),
    ("log1p(exp(x))", "1/(1 + exp(-x))", None),
    ("acosh(x)", "1/sqrt(x**2 - 1)", "x > 1"),
    # pieces
    ("abs(x)", "sign(x)", "True"),
    ("relu(x)", "where(x > 0, 1, 0)", "True"),
    ("x*abs(x)", "2*abs(x)", "True"),
    ("where(x >= 1, 2*x - 1, x**2)", "where(x >= 1, 2, 2*x)", "True"),
    ("where(x >= 1, 2*x, x**2)", "where(x >= 1, 2, 2*x)", "True"),
    ("where(y > 0, x**2, x)", "where(y > 0, 2*x, 1)", "True"),
    ("sqrt(x)", "1/(2*sqrt(x))", "x >= 0"),
    ("sqrt(x)", "1/(2*sqrt(x))", "True"),
    ("log(x)", "1/x", "True"),
    ("tan(x)", "1 + tan(x)**2", "True"),
    ("where(x < 0, exp(x) - 1, x)", "where(x < 0, exp(x), 1)", "True"),
    ("floor(x)*x", "floor(x)", "x != floor(x)"),
    ("sin(2*atan(x))", "2*(1 - x**2)/(1 + x**2)**2", None),
    ("cos(atan(1/x))", "abs(x)/sqrt(1 + x**2)/x - x*abs(x)/sqrt(1 + x**2)**3", "x != 0"),
    ("sin(asin(x))", "1", "True"),
    ("tan(asin(x))", "1/sqrt(1 - x**2)**3", "abs(x) < 1"),
    ("cos(2*asin(x)) + sin(acos(x))", "-4*x - x/sqrt(1 - x**2)", "abs(x) < 1"),
    ("cos(atan2(y, x))", "y**2/sqrt(x**2 + y**2)**3", "x > 0 or y != 0"),
    # exponents that are numbers, but not written as such
    ("x**3", "3*x**max(2, 2)", "True"),
    ("1/x", "-x**(-2*(sin(x)**2 + cos(x)**2))", "x != 0"),
    ("x**(3/2)", "3/2*x**where(x == 0, 1/2, 1/2)", "x >= 0"),
    ("sech(x)**3", "-3*sech(x)**max(3, 3)*tanh(x)", "True"),
    # cells without points, which show while signs are found
    ("40*x", "40*(x**where(log((x + 1/2)**2) > 1, 2, 2) + 1)/(x**2 + 1)", "1/2 < x and x < 5/2"),
    ("(x/x)**(1/3)", "where(log((x - 2)**2) > 1, 0, 0)", "x <= 1/2 and x/x > 0"),
    ("(x/ceil(x))**exp2(y)", "exp2(y)*(x/ceil(x))**(exp2(y) - 1)/ceil(x)", "x != ceil(x) and x/ceil(x) > 0"),
    # sines and cosines of numbers
    ("abs(x)*tan(3/10)", "sign(x)*tan(3/10)", "True"),
    ("max(x*sin(1/3), 0)", "where(x > 0, sin(1/3), 0)", "True"),
    ("sqrt(x**2 + cos(1/2))", "x/sqrt(x**2 + cos(1/2))", "True"),
    ("where(x <= 1/2, tan(x), tan(1/2))", "where(x <= 1/2, 1 + tan(x)**2, 0)", "True"),
    # values that a row states
    ("x*asin(1) + x*acos(-1) + x*atan2(0, -1)", "5*pi/2", "True"),
    ("x*asin(1/2) + x*atan(-sqrt(3)) + x*acos(-sqrt(2)/2)", "7*pi/12", "True"),
    ("x*asin(y)", "where(y == 1, pi/2, where(y == -1, -pi/2, asin(y)))", "-1 <= y and y <= 1"),
    ("atan2(x, y)", "y/(x**2 + y**2)", "True"),
    ("atan2(y, x)", "-y/(x**2 + y**2)", "x != 0 or y != 0"),
    ("abs(x - 1)*atan2(y, x)", "sign(x - 1)*atan2(y, x) - abs(x - 1)*y/(x**2 + y**2)", "x != 1 and y**2 + x**2 > 0"),
    ("atan2(x**2, -1)", "-2*x/(1 + x**4)", "True"),
    # sums by parts, and sums of squares
    ("sqrt(x**2 + y**2) - x/7", "x/sqrt(x**2 + y**2) - 1/7", "x**2 + y**2 > 0"),
    ("where(x**2 + y**2 <= 0, 1, y)", "0", "True"),
    ("1/(1 + x) + 2/(2 + x) + 3/(3 + x) + x/(4 + x)", "4/(4 + x)**2 - 3/(3 + x)**2 - 2/(x + 2)**2 - 1/(x + 1)**2", "x > 0"),
    # roots of squares at 0
    ("sqrt(x**2)**2", "2*x", "True"),
    ("hypot(x, y)", "x/hypot(x, y)", "True"),
    ("sqrt(x**2 + y**2 + z**2)**3", "3*x*sqrt(x**2 + y**2 + z**2)", "True"),
    ("(x**2 + y**2)**(3/2)", "3*x*sqrt(x**2 + y**2)", "True"),
    # 0 to a power
    ("abs(y)**(x**2)", "where(y == 0, 0, 2*x*abs(y)**(x**2)*log(abs(y)))", "True"),
    # steps beside a point, and differences that are 0 for a reason
    ("where(x >= 5, y + floor(x)*(x - 5)**2, y)", "where(x >= 5, floor(x)*(2*(x - 5)), 0)", "True"),
    ("floor(x) + ceil(-x)", "0", "True"),
    ("x + 0*floor(x)", "1", "True"),
    ("where(x == floor(x), x, x)", "1", "True"),
    ("ceil(x)*x", "ceil(x)", "True"),
    ("floor(x)*sin(pi*x)**2", "floor(x)*2*pi*sin(pi*x)*cos(pi*x)", "True"),
    ("max(0, 1 - y*x)**2", "-2*y*max(0, 1 - y*x)", "True"),
    ("where(abs(x) < 1, x**2/2, abs(x) - 1/2)", "max(min(x, 1), -1)", "True"),
    # quotients whose denominator is 0 at the point
    ("where(x == 0, 1, sin(x)/x)", "where(x == 0, 0, (x*cos(x) - sin(x))/x**2)", "True"),
    ("where(x == 0, 1/2, (1 - cos(x))/x**2)", "where(x == 0, 0, (x*sin(x) - 2*(1 - cos(x)))/x**3)", "True"),
    ("where(x == y, exp(x), (exp(x) - exp(y))/(x - y))", "where(x == y, exp(x)/2, (exp(x)*(x - y) - exp(x) + exp(y))/(x - y)**2)", "True"),
    ("where(x == 0, 1, (expm1(x)/x)**2)", "where(x == 0, 1, 2*expm1(x)/x*(x*exp(x) - expm1(x))/x**2)", "True"),
    ("where(x == 0, 2, sin(x)/x)", "(x*cos(x) - sin(x))/x**2", "True"),
    ("where(x == 0, 1, (x + 1/x)*x/1)", "2*x", "True"),
    # what is small or steep beside a point
    ("abs(x)**(3/2)", "3/2*sign(x)*sqrt(abs(x))", "True"),
    ("abs(x)**p", "p*sign(x)*abs(x)**(p - 1)", "p > 1"),
    ("x*abs(x)**a", "(a + 1)*abs(x)**a", "a > 0"),
    ("max(x, 0)**p", "where(x > 0, p*x**(p - 1), 0)", "p > 1"),
    ("cbrt(x)**4", "4/3*cbrt(x)", "True"),
    ("cbrt(x**2)**2", "4/3*cbrt(x)", "True"),
    ("x + x*sqrt(abs(x))", "1 + 3/2*sqrt(abs(x))", "True"),
    ("exp(x*sqrt(abs(x)))*cos(x)", "exp(x*sqrt(abs(x)))*(3/2*sqrt(abs(x))*cos(x) - sin(x))", "True"),
    ("abs(x - 1)**(4/3)*x", "abs(x - 1)**(4/3) + 4/3*x*sign(x - 1)*cbrt(abs(x - 1))", "True"),
    ("abs(sin(x))**(3/2)", "3/2*sqrt(abs(sin(x)))*sign(sin(x))*cos(x)", "True"),
    ("(x**2 + y**2)**(3/4)", "where(x == 0 and y == 0, 0, 3/2*x/(x**2 + y**2)**(1/4))", "True"),
    ("where(x == 0, 0, x**2*log(abs(x)))", "where(x == 0, 0, 2*x*log(abs(x)) + x)", "True"),
    ("where(x > 0, x**2*log(x), 0)", "where(x > 0, 2*x*log(x) + x, 0)", "True"),
    ("where(x == 0, 0, x**2*sin(1/x))", "where(x == 0, 0, 2*x*sin(1/x) - cos(1/x))", "True"),
    ("where(x == 0, 0, x**2*tanh(1/x))", "where(x == 0, 0, 2*x*tanh(1/x) - 1 + tanh(1/x)**2)", "True"),
    ("where(x == 0, 0, exp(-1/x**2))", "where(x == 0, 0, 2/x**3*exp(-1/x**2))", "True"),
    ("where(x == 0, 0, exp(-1/abs(x))/x)", "where(x == 0, 0, exp(-1/abs(x))*(1/abs(x) - 1)/x**2)", "True"),
    ("where(x > 0, exp(-1/x), 0)", "where(x > 0, exp(-1/x)/x**2, 0)", "True"),
    ("where(x < 1, exp(-1/(1 - x**2)), 0)", "where(x < 1, -2*x/(1 - x**2)**2*exp(-1/(1 - x**2)), 0)", "x > -1"),
    ("where(x == 0, 1, x**2*sin(1/x))", "where(x == 0, 7, 2*x*sin(1/x) - cos(1/x))", "True"),
    ("cbrt(x)", "1/(3*cbrt(x)**2)", "True"),
    ("sqrt(abs(x))", "where(x == 0, 7, sign(x)/(2*sqrt(abs(x))))", "True"),
    ("1 + 2*cbrt(x - 1)", "2/(3*cbrt(x - 1)**2)", "True"),
    ("where(x > 0, x*log(x), 0)", "where(x > 0, log(x) + 1, 0)", "True"),
    # integer powers of negative numbers
    ("x**n", "n*x**(n - 1)", "x != 0 and n == floor(n)"),
    ("x**n", "n*x**(n - 1)", "n >= 2 and n == floor(n)"),
    ("x**-n", "-n*x**(-n - 1)", "x != 0 and n == floor(n)"),
    ("sin((x - 1)**n)", "cos((x - 1)**n)*n*(x - 1)**(n - 1)", "x < 1 and n == floor(n)"),
    # special functions
    ("lgamma(x + 2)", "digamma(x) + 1/x + 1/(x + 1)", "x > 0"),
    ("gamma(x)", "gamma(x + 1)*digamma(x)/x", "x > 0"),
    ("besselj(0, x)", "-besselj(1, x)", "True"),
    ("besselk(1, x)", "-besselk(0, x) - besselk(1, x)/x", "x > 0"),
    ("erf(x)", "2/sqrt(pi)*exp(-x**2)", None),
    ("lambertw(x)", "lambertw(x)/(x*(lambertw(x) + 1))", "x > 0"),
    ("lambertw(x**2)", "where(x == 0, 0, 2*x/(x**2 + exp(lambertw(x**2))))", "True"),
    ("expint(2, x)", "-expint(1, x)", "x > 0"),
    ("polygamma(1, x)", "polygamma(2, x)", "x > 0"),
]


@pytest.mark.parametrize(("function", "claim", "domain"), DERIVATIVES)
def test_derivatives(function: str, claim: str, domain: str | None) -> None:
    verdict = prove_derivative(function, claim, domain, wrt="x")
    assert verdict.verdict == "proved"
    assert verdict.certificate is not None
    found = check_verdict(json.loads(json.dumps(verdict.certificate)))
    assert (found["statement"]["function"], found["statement"]["variable"]) == (str(parse(function)), "x")
    assert found["statement"]["derivative"] == str(parse(claim))
    if domain is not None:
        assert " and ".join(found["statement"]["hypotheses"]) == ("" if domain == "True" else str(parse_condition(domain)))


def test_other_kinds() -> None:
    for verdict in prove_gradient("x**2*y", {"x": "2*x*y", "y": "x**2"}).values():
        assert check_verdict(verdict.certificate)["statement"]["function"] == "x**2*y"
    for (first, second), verdict in prove_hessian(
        "exp(x*y)", [["y**2*exp(x*y)", "(1 + x*y)*exp(x*y)"]] * 2, wrt=["x", "y"], timeout=60
    ).items():
        if verdict.verdict == "proved":
            statement = check_verdict(verdict.certificate)["statement"]
            assert (statement["variable"], statement["then"]) == (first, second)
    statement = check_verdict(prove_equal("sqrt(x**2)", "abs(x)").certificate)["statement"]
    assert statement["expression"] == "sqrt(x**2)"
    assert statement["equal to"] == "abs(x)"


@pytest.mark.parametrize(
    ("function", "claim", "domain"),
    [
        ("abs(x)", "1", "x != 0"),
        ("x*abs(x)", "where(x == 0, 1, 2*abs(x))", "True"),
        ("sqrt(x)", "1/(2*sqrt(x)) + 0*log(x - 1)", "x > 0"),
        ("x**2", "2*x + 0/x", "True"),
        ("lgamma(x)", "digamma(x) + 0*betaln(x, 2)", "x > 1 or exp(x) == 1/2"),
        ("where(x == 0, 0, x)", "where(x == 0, 0, 1)", "x < 1"),
        ("besselj(2, x)", "besselj(1, x) - 2/x*besselj(2, x)", "True"),
        ("floor(x)*(x - 3)**2", "where(x == 3, 1, floor(x)*2*(x - 3))", "True"),
        ("where(x == 0, 1, sin(x)/x)", "where(x == 0, 1/10**9, (x*cos(x) - sin(x))/x**2)", "True"),
        ("where(x == 0, 1, (expm1(x)/x)**2)", "where(x == 0, 2, 2*expm1(x)/x*(x*exp(x) - expm1(x))/x**2)", "True"),
        ("x**n", "n*abs(x)**(n - 1)", "x != 0 and n == floor(n)"),
        ("x**n", "where(x == -3 and n == 5, 0, n*x**(n - 1))", "x < 0 and n == floor(n)"),
        ("x**n", "n*x**(n - 1)", "n >= 0 and n == floor(n)"),
        ("abs(x)**(3/2)", "where(x == 0, 1, 3/2*sign(x)*sqrt(abs(x)))", "True"),
        ("abs(x)**p", "where(x == 0, p, p*sign(x)*abs(x)**(p - 1))", "p >= 1"),
        ("cbrt(x)**4", "4/3*x/cbrt(x)**2", "True"),
        ("where(x == 0, 0, x**2*log(abs(x)))", "2*x*log(abs(x)) + x", "True"),
        ("where(x == 0, 0, x**2*sin(1/x))", "where(x == 0, 1/10**9, 2*x*sin(1/x) - cos(1/x))", "True"),
        ("where(x > 0, exp(-1/x), 0)", "exp(-1/x)/x**2", "True"),
        ("x + x*sqrt(abs(x))", "where(x == 0, 0, 1 + 3/2*sqrt(abs(x)))", "True"),
        ("where(x <= 0, 0, exp(1/x))", "where(x <= 0, 0, -exp(1/x)/x**2)", "x <= 0 or x > 1"),
        ("atan2(y, x)", "where(y == 0 and x == -2, 1, -y/(x**2 + y**2))", "x != 0 or y != 0"),
        ("atan2(x**2, -1)", "where(x == 0, 1, -2*x/(1 + x**4))", "True"),
        ("atan2(x**2, y)", "where(x == 0, 0*log(y), 2*x*y/(x**4 + y**2))", "True"),
        ("x*asin(1)", "where(x == 5, pi/3, pi/2)", "True"),
        ("sqrt(x**2)**2", "where(x == 0, 1, 2*x)", "True"),
        ("(x**2 + y**2)**(3/2)", "where(x == 0, y/2, 3*x*sqrt(x**2 + y**2))", "True"),
        ("abs(y)**(x**2)", "where(y == 0, x, 2*x*abs(y)**(x**2)*log(abs(y)))", "True"),
        ("sin(asin(x))", "where(x == 1/2, -1, 1)", "True"),
        ("1/(1 + x) + 2/(2 + x) + 3/(3 + x)", "-3/(3 + x)**2 - 2/(2 + x)**2 - 1/(x + 1)**2 + 0/(x - 7)", "x > 0"),
        ("where(x == 0, 0, x**3/x)", "where(x == 0, 1, 2*x)", "True"),
        ("x**2*ceil(x)", "where(x == 0, 1, 2*x*ceil(x))", "True"),
        ("x - floor(x) - ceil(-x)", "where(x == 2, 0, 1)", "True"),
    ],
)
def test_claims_that_are_false_somewhere(function: str, claim: str, domain: str) -> None:
    with pytest.raises(NoCertificate):
        derivative_certificate(parse(function), var("x"), parse(claim), parse_condition(domain))


@pytest.mark.parametrize(
    "ask", [lambda: prove_derivative("x**2", "2*x", wrt="x"), lambda: prove_equal("x + 1 - x", "1")], ids=["derivative", "equality"]
)
@pytest.mark.uncertified
def test_a_proof_without_a_certificate_is_unknown(ask: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(ask(), Proved)

    def refused(self: Writer, goal: Any, plan: Any) -> None:
        raise NoCertificate("hyp: not a literal of this cell")

    monkeypatch.setattr(Writer, "goal", refused)
    with caplog.at_level("INFO", logger="micrograd.prove.certificates"):
        found = ask()
    assert isinstance(found, Unknown)
    assert "not a literal of this cell" in found.reason
    assert found.certificate is None
    assert "not a literal of this cell" in caplog.text
    caplog.clear()


def test_the_command_reads_both_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = prove_derivative("log(x)", "1/x", "x > 0", wrt="x")
    (tmp_path / "verdict.json").write_text(json.dumps(verdict.certificate))
    from micrograd.verified.certificates import certificate

    (tmp_path / "derivative.json").write_text(json.dumps(certificate(parse("log(x)"), var("x"))))
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("proved in") == 2
    assert main(["--solver", "none", str(tmp_path / "verdict.json")]) == 0


def test_oracle_steps_need_a_solver(tmp_path: Path) -> None:
    verdict = prove_derivative("sqrt(x**2 + x + 1)", "(2*x + 1)/(2*sqrt(x**2 + x + 1))", "True", wrt="x")
    (tmp_path / "verdict.json").write_text(json.dumps(verdict.certificate))
    assert main([str(tmp_path / "verdict.json")]) == 0
    assert main(["--solver", "none", str(tmp_path / "verdict.json")]) == 1


def test_the_commands_write_certificates(tmp_path: Path) -> None:
    file, folder = tmp_path / "one.json", tmp_path / "many"
    assert command(["prove", "log(x)", "--claim", "1/x", "--certificate", str(file)]) == 0
    assert main([str(file)]) == 0
    folder.mkdir()
    table = [{"function": "x**2", "wrt": "x", "derivative": "2*x"}, {"function": "sin(x)", "wrt": "x", "derivative": "-cos(x)"}]
    (tmp_path / "table.json").write_text(json.dumps(table))
    output = tmp_path / "verdicts.json"
    assert command(["check", str(tmp_path / "table.json"), "--certificates", str(folder), "--output", str(output)]) == 1
    written = json.loads(output.read_text())
    assert [entry.get("certificate") for entry in written] == ["000001.json", None]
    assert main([str(folder)]) == 0
    assert command(["check", str(tmp_path / "table.json"), "--certificates", str(tmp_path / "nowhere")]) == 2


SECOND = [
    ("where(x == 0, 0, sin(x))", "-sin(x)", "True"),
    ("x*abs(x)", "2*sign(x)", "x > -1 and x < 1"),
    ("abs(x)**3", "6*abs(x)", "True"),
    ("x*softsign(x)", "2", "x == 0"),
    ("elu(x)", "where(x > 0, 0, exp(x))", "True"),
    ("smoothstep(x)", "where(x < 0, 0, where(x > 1, 0, 6 - 12*x))", "True"),
    ("where(x > 0, x**3, x**4)", "where(x > 0, 6*x, 12*x**2)", "x > -1"),
    ("log(x)", "-1/x**2", "x > 0"),
]


@pytest.mark.parametrize(("function", "claim", "domain"), SECOND)
def test_second_derivatives(function: str, claim: str, domain: str) -> None:
    (verdict,) = prove_hessian(function, [[claim]], domain).values()
    assert verdict.verdict == "proved"
    assert verdict.certificate is not None
    statement = check_verdict(json.loads(json.dumps(verdict.certificate)))["statement"]
    assert (statement["function"], statement["variable"], statement["then"]) == (str(parse(function)), "x", "x")
    assert statement["derivative"] == str(parse(claim))


@pytest.mark.parametrize(
    ("function", "claim", "domain", "slope", "around"),
    [
        ("x**2", "0", "x == 0", "0", "x == 0"),  # the slope is f′ at the point only
        ("x**2", "0", "x == 0", "0", "abs(x) <= 0"),
        ("x**2", "0", "x == 0", "0", "floor(x) == x"),
        ("x**2", "0", "True", "0", "x == 0"),  # not around the domain
        ("x**2", "0", "True", "0", "False"),
        ("x**2", "0", "True", "0", "log(x) < 0 and x == 0"),
        ("x**2", "0", "True", "0", "True"),  # not the slope
        ("x**2", "3", "True", "2*x", "True"),
        ("where(x > 0, x**2, x)", "where(x > 0, 2, 0)", "True", "where(x > 0, 2*x, 3)", "True"),
    ],
)
def test_slopes_that_are_not_the_first_derivative(function: str, claim: str, domain: str, slope: str, around: str) -> None:
    x = var("x")
    parts = parse(function), [x, x], parse(claim), parse_condition(domain), parse(slope), parse_condition(around)
    with pytest.raises(NoCertificate):
        second_certificate(*parts)


@pytest.mark.uncertified
@pytest.mark.parametrize(
    "other", [{"domain": "x > 1"}, {"claim": "2*x + 0"}, {"function": "x**2 + 1"}], ids=["domain", "claim", "function"]
)
def test_a_certificate_of_another_statement_is_none(other: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the writer says: what the checker has read must be what was asked."""
    real = Writer.claimed

    def mistaken(self: Writer, kind: str, xs: Any, **parts: Any) -> dict[str, Any]:
        read = {name: parse_condition(text) if name == "domain" else parse(text) for name, text in other.items()}
        return real(self, kind, xs, **{**parts, **read})

    monkeypatch.setattr(Writer, "claimed", mistaken)
    found = prove_derivative("x**2", "2*x", "x > 0", wrt="x")
    assert isinstance(found, Unknown)
    assert "another statement" in found.reason
