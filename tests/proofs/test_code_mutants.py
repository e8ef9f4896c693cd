"""Mutation of code: which mutants there are, that each is what it says, and that the machinery kills and spares the right ones."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from fnmatch import fnmatchcase

import pytest

from proofs.code_mutants.__main__ import FILES, LEFT_OUT, PARTS, _literal, explanation, selected
from proofs.code_mutants.changes import ROOT, broken, mutants, unbroken
from proofs.code_mutants.explained import EXPLAINED

SOURCE = '''
"""What it is."""
LIMIT = 64
TABLE = {"a": 1, "b": -1}


def f(a: int, b: int) -> int:
    """Not to be changed."""
    if not a and b >= 0:
        return max(a, b)
    total = [a - v for v in range(b) if v]
    g(a)
    return total[0] if a < 3 else a * b
'''


def _texts() -> list[tuple[str, str]]:
    return [(mutant.before, mutant.after) for mutant in mutants("some.py", SOURCE)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("64", "65"),
        ("'a': 1", "nothing"),
        ("-1", "1"),
        ("if not a and b >= 0", "if True"),
        ("if not a and b >= 0", "if False"),
        ("not a and b >= 0", "not a or b >= 0"),
        ("not a and b >= 0", "not a"),
        ("not a and b >= 0", "b >= 0"),
        ("not a", "a"),
        ("b >= 0", "b > 0"),
        ("b >= 0", "b < 0"),
        ("return max(a, b)", "pass"),
        ("max(a, b)", "max(b, a)"),
        ("a - v", "a + v"),
        ("a - v", "v - a"),
        ("for v in range(b) if v", "for v in range(b)"),
        ("g(a)", "pass"),
        ("total[0] if a < 3 else a * b", "total[0] if True else a * b"),
        ("a < 3", "a <= 3"),
        ("a * b", "a / b"),
    ],
)
def test_the_change_is_made(before: str, after: str) -> None:
    assert (before, after) in _texts()


def test_documentation_annotations_and_the_last_return_stay() -> None:
    texts = _texts()
    assert not any("changed" in before or "What" in before for before, _ in texts)
    assert not any(before.startswith("return total") for before, _ in texts)


def test_each_mutant_is_another_program_with_one_change() -> None:
    whole = ast.unparse(ast.parse(SOURCE))
    programs = [ast.unparse(broken(mutant, SOURCE)) for mutant in mutants("some.py", SOURCE)]
    assert whole not in programs
    assert whole == ast.unparse(broken(unbroken("some.py"), SOURCE))
    assert len(set(programs)) >= len(programs) - 2  # a condition that is made True, or whose test is


def test_names_last_while_lines_move_and_are_unique() -> None:
    names = [mutant.name for mutant in mutants("some.py", SOURCE)]
    assert names == [mutant.name for mutant in mutants("some.py", SOURCE.replace('"""What it is."""', '\n\n"""It moved."""'))]
    assert len(set(names)) == len(names)


def test_files_that_are_left_out_exist_and_have_a_reason() -> None:
    """Every other file on which verdicts and theorems rest is broken, new ones too."""
    there = {path.relative_to(ROOT / "micrograd").as_posix() for part in PARTS for path in (ROOT / "micrograd" / part).rglob("*.py")}
    for pattern, reason in LEFT_OUT.items():
        assert any(fnmatchcase(file, pattern) for file in there), pattern
        assert len(reason) > 10, pattern
    rules = {"smallness", "points", "quotients", "values", "cell"}
    assert {f"micrograd/verified/verdicts/{name}.py" for name in rules} <= set(FILES)


@pytest.mark.slow
def test_every_mutant_of_the_package_compiles_and_has_a_name_of_its_own() -> None:
    for file in FILES:
        found = mutants(file)
        assert len({mutant.name for mutant in found}) == len(found) > 10
        compile(broken(found[len(found) // 2]), file, "exec")


def test_a_sample_is_the_same_in_every_run() -> None:
    first = selected(FILES, None, 30)
    assert len(first) == 30
    assert first == selected(FILES, None, 30)
    assert set(first) < set(selected(FILES, None, 40))
    each = selected(FILES, None, None, 3)
    assert len(each) == 3 * len({mutant.file for mutant in each}) == 3 * len(FILES)
    assert all("/prove/" in mutant.file for mutant in selected(FILES, "prove/", 10))


def test_what_is_explained_has_a_reason() -> None:
    for entry in EXPLAINED:
        assert entry.kind in ("equivalent", "weaker", "speed", "words"), entry
        assert len(entry.reason) > 10, entry
    assert explanation("there/is/no.py::such: a -> b") is None


@pytest.mark.slow
def test_what_is_explained_exists() -> None:
    names = [mutant.name for file in FILES for mutant in mutants(file)]
    assert [entry.pattern for entry in EXPLAINED if not any(fnmatchcase(name, _literal(entry.pattern)) for name in names)] == []


PROGRAM = """
import json, sys
from proofs.code_mutants import checks, server
from proofs.code_mutants.changes import mutants, unbroken
from proofs.code_mutants.__main__ import attempts

checks._all_claims = lambda: [
    Claim(*row) for Claim in [__import__("tests.prove.bed", fromlist=["Claim"]).Claim]
    for row in [
        ("t", "derivative", "x**2", "2*x", "True", "", None),
        ("t", "derivative", "where(x == 0, 0, x**2)", "2*x", "True", "", None),
        ("t", "derivative", "x**2", "where(x > 10**9, 7, 2*x)", "True", "", {"x": "10**9 + 1"}),
        ("t", "derivative", "x**2", "where(x**2 == 2, 7, 2*x)", "True", "", {"x": "sqrt(2)"}),
        ("t", "derivative", "x", "x/x", "x >= 0", "", {"x": "0"}),
        ("t", "derivative", "where(x == 0, 0, x**2)", "where(x == 0, 5, 2*x)", "True", "", {"x": "0"}),
        ("t", "equal", "abs(x)", "where(x >= 0, x, -x)", "True", "", None),
    ]
]
checks.plan = lambda file: checks.Plan((), ())
checks.SLOW_CLAIM = 60.0  # on a busy machine, what is quick takes long too
server.prepare()
known = checks.Baseline()
for part, result, _ in server.find_baseline(["claims"], 1):
    known.add(part, result)
assert len(known.claims) == 7, [claim[:3] for claim in known.claims]
files = [f"micrograd/{file}.py" for file in ("prove/cells", "verified/verdicts/goals")]
wanted = json.loads(sys.argv[1])
chosen = [m for file in files for m in mutants(file) if any(text in m.name for text in wanted)]
print(json.dumps(dict(attempts([*chosen, unbroken(files[0])], known, 2))))
"""

KILLED = (
    "goals.py::Goals.derivative: yield from self.outside(domain, [smooth], Problem(function, x, claim)) -> pass",
    "goals.py::Goals.derivative: yield Goal(self.literals([domain, smooth]), (truth, claim)) -> pass",
    "goals.py::Goals.outside: if h not in stated -> if False in",
)
SPARED = ("cells.py::: 400 -> 401", "cells.py::: nothing -> nothing")


def test_the_machinery_kills_and_spares() -> None:
    """A few mutants of the checker, by a few claims; of the prover, what changes no verdict."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([*KILLED, *SPARED])], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    results: dict[str, str | None] = json.loads(run.stdout.splitlines()[-1])
    for text in KILLED:
        noticed = [answer for name, answer in results.items() if text in name]
        assert any(noticed), text
    for text in SPARED:
        assert [answer for name, answer in results.items() if text in name] == [None], text


ALL_CLAIMS = """
import json, sys
from proofs.code_mutants import checks, server
from proofs.code_mutants.changes import mutants
from proofs.code_mutants.__main__ import FILES, attempts

checks.CLAIMS = 0
server.prepare()
known = checks.Baseline()
for part, result, _ in server.find_baseline(["claims"], 1):
    known.add(part, result)
wanted = json.loads(sys.argv[1])
chosen = [m for file in FILES for m in mutants(file) if any(text in m.name for text in wanted)]
print(json.dumps(dict(attempts(chosen, known, 2))))
"""

FALSE_THEOREMS = (
    *KILLED,
    "boundary.py::Boundary.step: if n.know.contradictory() -> if True",
    "onesided.py::derivative_at: near.piece(exists, side) is FALSE -> near.piece(exists, side) is not FALSE",
    "beside.py::opened: if row is not None and taken_apart(row) -> if False",
    "removable.py::_series: if any((part is None for part in parts)) -> if True",
    "ring.py::factor: 1 -> 2 in for polynomial, sign in ((element.num, 1), (element.den, -1)): #2",
    "linear.py::_combine: known[0][0] - known[1][0] -> known[1][0] - known[0][0]",
    "linear.py::linear_in: p is not None and (not p[0]) -> p is not None or not p[0]",
    "decide.py::decide: smooth if domain is None else domain -> smooth if True else domain",
    "signs.py::Knowledge._outline: p if e % 2 else product(p, p) -> p if False",
    "signs.py::plus: (x or y,) if x == y or not (x and y) else (-1, 0, 1) -> (x or y,) if True",
    "signs.py::power: x if n % 2 else x * x -> x if True",
    "special.py::_neighbours: 1 -> 2 in if distance is not None and distance.denominator == 1",
    "cell.py::Terms.split: divmod(slope, u.den) -> divmod(u.den, slope)",
)
"""Each would make a rule wrong that true claims need.  What only explains an unknown claim is noticed by tests of its own."""


@pytest.mark.slow
def test_claims_alone_notice_what_makes_false_theorems() -> None:
    there = [mutant.name for file in FILES for mutant in mutants(file)]
    assert [text for text in FALSE_THEOREMS if not any(text in name for name in there)] == []
    run = subprocess.run(
        [sys.executable, "-c", ALL_CLAIMS, json.dumps(FALSE_THEOREMS)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    results: dict[str, str | None] = json.loads(run.stdout.splitlines()[-1])
    assert [name for name, answer in results.items() if answer is None] == []
