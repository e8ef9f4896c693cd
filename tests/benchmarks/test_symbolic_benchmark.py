"""The symbolic benchmark measures right answers: all engines agree, and disagreement, timeouts and failures show."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import pytest

from benchmarks import symbolic
from benchmarks.symbolic_families import ENGINES, FAMILIES, OURS, Family, Run, installed_engines

FAMILY_CASES = [pytest.param(family, id=family.name) for family in FAMILIES]


def small_run(engine: str, family: Family) -> Run:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers' own deprecations are not ours to fix
        return ENGINES[engine]().run(family, *family.plan(family.small))


def test_ours_is_measured() -> None:
    assert installed_engines()[0] == OURS


@pytest.mark.parametrize("family", FAMILY_CASES)
def test_engines_agree(family: Family) -> None:
    gradients = [small_run(engine, family).values for engine in installed_engines()]
    assert len(gradients[0]) == len(family.plan(family.small)[0])
    assert symbolic.disagreement(gradients) <= symbolic.TOLERANCE


@pytest.mark.parametrize("family", FAMILY_CASES)
def test_gradient_is_not_trivial(family: Family) -> None:
    """A gradient that vanished or overflowed would agree without saying anything."""
    assert all(math.isfinite(value) and value != 0 for value in small_run(OURS, family).values)


@pytest.mark.parametrize("family", FAMILY_CASES)
def test_ours_counts_nodes(family: Family) -> None:
    nodes, gradient_nodes = small_run(OURS, family).nodes
    assert nodes > 0
    assert gradient_nodes > 0


def test_gradient_of_the_product_is_the_product_over_each_factor() -> None:
    family = symbolic.BY_NAME["speelpenning-100"]
    point, _ = family.plan(family.small)
    expected = [math.prod(point[:i] + point[i + 1 :]) for i in range(len(point))]
    assert symbolic.disagreement([expected, small_run(OURS, family).values]) <= symbolic.TOLERANCE


def test_gradient_of_nested_is_the_product_of_slopes() -> None:
    family = symbolic.BY_NAME["nested"]
    y, slope = family.plan(family.small)[0][0], 1.0
    for _ in range(family.small):
        slope *= (math.cos(y) + math.sin(y)) * math.exp(y) + 1
        y = math.sin(y) * math.exp(y) + y
    assert symbolic.disagreement([[slope], small_run(OURS, family).values]) <= symbolic.TOLERANCE


@pytest.mark.parametrize(
    ("other", "worst"),
    [([1.0, 2.0], 0.0), ([1.0, 4.0], 0.5), ([1.0], math.inf), ([1.0, math.nan], math.inf), ([1.0, -2.0], 2.0)],
)
def test_disagreement(other: list[float], worst: float) -> None:
    assert symbolic.disagreement([[1.0, 2.0], [1.0, 2.0], other]) == worst


def test_a_run_that_exceeds_the_limit_is_stopped() -> None:
    outcome = symbolic.measure(OURS, symbolic.BY_NAME["chain"], 200_000, repeats=1, limit=0.05)
    assert outcome.status == "timeout"
    assert symbolic.cell(outcome, 0.05) == "> 0.05 s"


def test_a_run_that_raises_fails() -> None:
    outcome = symbolic.measure(OURS, symbolic.BY_NAME["speelpenning-100"], 0, repeats=1, limit=60)
    assert (outcome.status, outcome.detail) == ("fails", "TypeError")


def outcome(seconds: float, value: float = 1.0) -> symbolic.Outcome:
    return symbolic.Outcome("ok", "", [Run((seconds, 0.0, 0.0), [value], (1, 1))])


def test_best_peer_prefers_one_that_finished() -> None:
    outcomes = {OURS: outcome(0.5), "casadi": outcome(2.0), "sympy+cse": symbolic.Outcome("timeout")}
    assert symbolic.best_peer(outcomes, limit=1.0) == (4.0, "casadi", False)


def test_best_peer_is_a_bound_when_none_finished() -> None:
    outcomes = {OURS: outcome(0.5), "casadi": symbolic.Outcome("fails"), "sympy+cse": symbolic.Outcome("timeout")}
    assert symbolic.best_peer(outcomes, limit=20.0) == (40.0, "sympy+cse", True)


def test_disagreement_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    gradients = {OURS: 1.0, "casadi": 1.0 + 1e-8}
    monkeypatch.setattr(symbolic, "measure", lambda engine, *_: outcome(1.0, gradients[engine]))
    monkeypatch.setattr(symbolic, "installed_engines", lambda: list(gradients))
    assert symbolic.main(["--only", "mlp"]) == 1
    assert "DISAGREE" in capsys.readouterr().out


def test_command_line_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"
    assert symbolic.main(["--only", "speelpenning-100", "--engines", OURS, "--repeats", "1", "--json", str(path)]) == 0
    assert json.loads(path.read_text())["families"]["speelpenning-100"][OURS]["status"] == "ok"
    assert "speelpenning-100" in capsys.readouterr().out


def test_scaling_reports_each_family(capsys: pytest.CaptureFixture[str]) -> None:
    results = symbolic.scaling(repeats=1, scales=(50, 100))
    assert set(results) == {"chain", "sum", "plain"}
    assert "max / min" in capsys.readouterr().out


@pytest.mark.slow
def test_construction_is_relative_to_plain_nodes(capsys: pytest.CaptureFixture[str]) -> None:
    figures = symbolic.construction(nodes=100, repeats=1)
    assert all(ns > 0 for ns in figures.values())
    assert "ours, new" in capsys.readouterr().out


def test_help_names_every_family(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        symbolic.main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert all(family.name in text for family in FAMILIES)
