"""The MNIST benchmark measures right answers: all engines make the same changes of the weights."""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import mnist, tape
from benchmarks.tape_harness import Case, Engine, difference, is_installed


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in mnist.cases(steps=2, images=1280)])
@pytest.mark.parametrize("engine", [pytest.param(engine, id=engine.name) for engine in mnist.PART.engines])
def test_engines_agree(engine: Engine, case: Case) -> None:
    if not is_installed(engine):
        pytest.skip(f"there is no module {engine.needs}")
    reference = mnist.NumPyOnBytes(case.settings).check().values
    assert min(np.abs(change).max() for change in reference) > 1e-4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers' own deprecations are not ours to fix
        runner = engine.start(case.settings)
        found = runner.check().values
        assert runner.run() > 0
    assert {change.dtype.name for change in found} == {case.settings.dtype}
    assert difference(reference, found) <= case.tolerance


def test_images_are_bytes_and_looked_for_where_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for place in (None, str(tmp_path)):
        if place:
            monkeypatch.setenv("MICROGRAD_DATA", place)
            monkeypatch.setattr(mnist, "FILES", ("no such file",))
            assert mnist.folder() is None
        images, labels = mnist.dataset(300)
        assert images.shape == (300, 784)
        assert images.dtype == np.uint8
        assert 0 == images.min() < images.max()
        assert set(labels.tolist()) == set(range(10))


def test_command_line_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(part: Any, cases: Any, engines: Any, options: argparse.Namespace) -> Any:
        return tape_compare(part, mnist.cases(steps=2, images=512)[:1], engines, options)

    tape_compare = tape.compare
    monkeypatch.setattr(tape, "compare", compare)
    path = tmp_path / "figures.json"
    assert mnist.main(["--engines", "numpy", "numpy-out", "ours-step", "--repeats", "1", "--json", str(path)]) == 0
    (case,) = json.loads(path.read_text())["parts"]["mnist"].values()
    assert all(case[name]["status"] == "ok" for name in ("numpy", "numpy-out", "ours-step"))
    assert "theirs / ours-step" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        mnist.main(["--repeats", "0"])
