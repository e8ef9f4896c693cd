"""Random changes of the certificates of right claims, put under a wrong claim: none may be accepted."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest

from micrograd.prove.certificates.certify import derivative_certificate
from micrograd.verified import parse, var
from micrograd.verified.errors import CertificateError
from micrograd.verified.parsing import parse_condition
from micrograd.verified.verdicts.check import check_verdict

CLAIMS = [
    ("x*log(x)", "log(x) + 1", "x > 0"),
    ("sqrt(x**2 + 1)", "x/sqrt(x**2 + 1)", "True"),
    ("abs(x)", "sign(x)", "True"),
    ("x*abs(x)", "2*abs(x)", "True"),
    ("where(y > 0, x**2, x)", "where(y > 0, 2*x, 1)", "True"),
    ("exp(x)*cos(2*x)", "exp(x)*(cos(2*x) - 4*sin(x)*cos(x))", "True"),
    ("tanh(x)", "1 - tanh(x)**2", "True"),
    ("lgamma(x + 1)", "digamma(x) + 1/x", "x > 0"),
    ("besselj(1, x)", "besselj(0, x) - besselj(1, x)/x", "x > 0"),
    ("x**y", "y*x**(y - 1)", "x > 0"),
    ("max(x, y)", "where(x > y, 1, 0)", "x != y"),
    ("floor(x)*x", "floor(x)", "x != floor(x)"),
    ("asin(x/2)", "1/sqrt(4 - x**2)", "-2 < x and x < 2"),
    ("sqrt(x)", "1/(2*sqrt(x))", "x >= 0"),
]


@cache
def certificates() -> list[str]:
    """Certificates of right claims, as texts."""
    return [json.dumps(derivative_certificate(parse(f), var("x"), parse(claim), parse_condition(d)).data) for f, claim, d in CLAIMS]


def wrong(data: dict[str, Any], r: random.Random) -> None:
    """Put the certificate under the claim plus 1, with a value for it that is right or wrong."""
    nodes, claim = data["nodes"], data["claim"]["claim"]
    nodes += [["const", "1"], ["add", claim, len(nodes)]]
    one, more = len(nodes) - 2, len(nodes) - 1
    data["claim"]["claim"] = more
    lines: list[Any] = []
    value: Any = None
    for line in data["lines"]:
        if line[0] == "val" and line[1] == claim:
            value = line
        if line[0] == "end" and value is not None:
            top = r.choice([value[2], [*value[2], *value[3]]])
            lines += [["val", one, [["1", []]], [["1", []]], []], ["val", more, top, *value[3:5]]]
        lines.append(line)
    data["lines"] = lines


def places(data: Any, found: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """Where numbers and texts stand."""
    for i, part in enumerate(data):
        if isinstance(part, list):
            places(part, found)
        elif not isinstance(part, bool):
            found.append((data, i))
    return found


def edited(seed: int) -> dict[str, Any]:
    """A certificate under a wrong claim, changed in a few places."""
    r = random.Random(seed)
    data: dict[str, Any] = json.loads(r.choice(certificates()))
    wrong(data, r)
    spots = places(data["lines"], [])
    for _ in range(r.choice([0, 1, 1, 2, 3])):
        what = r.random()
        if what < 0.15:
            del data["lines"][r.randrange(len(data["lines"]))]
        elif what < 0.25:
            data["lines"].insert(r.randrange(len(data["lines"])), r.choice(data["lines"]))
        elif what < 0.3:
            data["lines"].insert(
                r.randrange(len(data["lines"])), r.choice([["empty", False], ["end"], ["use", 0], ["none"], ["kink", ["1", []]]])
            )
        else:
            row, i = r.choice(spots)
            row[i] = (
                row[i] + r.choice([-1, 1])
                if isinstance(row[i], int)
                else r.choice(["0", "1", "-1", "2", "1/2", "hyp", "val", "end", "empty"])
            )
    return data


def check(seed: int) -> None:
    try:
        found = check_verdict(edited(seed))
    except CertificateError:
        return
    raise AssertionError(f"seed {seed}: {found['statement']} was accepted")


def test_the_certificates_are_right() -> None:
    assert all(check_verdict(json.loads(text)) for text in certificates())


def test_edits() -> None:
    for seed in range(300):
        check(seed)


@pytest.mark.slow
def test_many_edits() -> None:
    for seed in range(1000, 9000):
        check(seed)
