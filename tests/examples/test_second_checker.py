"""The checker in JavaScript agrees with ours: on right certificates, and on changed ones."""

from __future__ import annotations

import copy
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from examples.second_checker.__main__ import rows
from micrograd.verified import parse, var
from micrograd.verified.certificates import certificate
from micrograd.verified.checker import check_certificate
from micrograd.verified.errors import CertificateError

CHECKER = Path(__file__).resolve().parents[2] / "examples" / "second_checker" / "checker.mjs"
FUNCTIONS = [
    "x",
    "3",
    "x*log(x)",
    "abs(x)**3/y",
    "where(x > 1 and not (y <= 2 or x == y), sqrt(x), exp(y*x))",
    "x**-2 + 2**x + x**(1/3)",
    "0*x + 1*x",
]
FUNCTIONS += [
    "atan2(y, x)*besselj(0, x)",
    "max(x, min(y, 3)) - relu(x)",
    "where(x > 0, 1, 2)",
    "tanh(sigmoid(x))*log(x)*0",
    "gammainc(2, x)",
]


def said(folder: Path, certificates: list[dict[str, Any]]) -> list[bool]:
    """What the other checker says."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    (folder / "rows.json").write_text(json.dumps(rows()))
    names = []
    for number, data in enumerate(certificates):
        names.append(str(folder / f"{number:04d}.json"))
        Path(names[-1]).write_text(json.dumps(data))
    run = subprocess.run([node, str(CHECKER), str(folder / "rows.json"), *names], capture_output=True, text=True, check=False)
    assert not run.stderr
    return [": proved in" in line for line in run.stdout.splitlines()]


def good() -> list[dict[str, Any]]:
    return [certificate(parse(text), var("x"), simplify=simplify) for text in FUNCTIONS for simplify in (False, True)]


def test_right_certificates(tmp_path: Path) -> None:
    assert all(said(tmp_path, good()))


def ours(data: dict[str, Any]) -> bool:
    try:
        check_certificate(data)
    except CertificateError as reason:
        # what the other one does not look at: words for people
        return "text of the claim" in str(reason) or "the list of" in str(reason)
    return True


@pytest.mark.slow
def test_changed_certificates(tmp_path: Path) -> None:
    r, changed = random.Random(0), []
    for _ in range(400):
        data = copy.deepcopy(r.choice(good()))
        row = r.choice(data[r.choice(["nodes", "steps", "steps"])])
        place = r.randrange(len(row))
        row[place] = r.choice([0, 1, 2, len(data["nodes"]) - 1, "add", "mul", "leaf", "primitive", [], [0], ["x"], "1", "x"])
        changed.append(data)
    verdicts = said(tmp_path, changed)
    assert verdicts == [ours(data) for data in changed]
    assert any(verdicts)
    assert not all(verdicts)
