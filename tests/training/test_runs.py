"""Training runs: settings, folders, resuming after a kill, failures, receipts, predictions."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.data import load_mnist, write_idx
from micrograd.nn import load
from micrograd.training import Run, Settings, TrainingError, train

pytest.importorskip("safetensors")
RUN = [sys.executable, "-m", "micrograd", "train"]


def command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MICROGRAD_DATA": "", "XDG_CACHE_HOME": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-m", "micrograd", *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=environment
    )


@pytest.mark.parametrize("task", ["xor", "linear", "moons"])
def test_defaults_learn(task: str) -> None:
    outcome = train(Settings.of(task))
    assert outcome.metrics[-1]["accuracy"] == 1.0


@pytest.mark.parametrize(
    "given",
    [
        {"epochs": 0},
        {"batch": -1},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"hidden": ()},
        {"hidden": (0,)},
        {"dropout": 1.0},
        {"optimiser": "magic"},
        {"activation": "magic"},
        {"schedule": "magic"},
        {"dtype": "float16"},
        {"receipts": 1, "dropout": 0.5},
    ],
)
def test_bad_settings(given: dict[str, Any]) -> None:
    with pytest.raises(TrainingError) as caught:
        Settings.of("xor", **given)
    assert caught.value.code == 2


def test_the_same_seed_gives_the_same_bits(tmp_path: Path) -> None:
    settings = Settings.of("spirals", epochs=30, batch=32, dropout=0.1, seed=5)
    for name in ("a", "b"):
        train(settings, Run.create(tmp_path / name, settings))
    assert same_tensors(tmp_path / "a", tmp_path / "b")


def same_tensors(a: Path, b: Path) -> bool:
    first, second = (load(folder / "last.safetensors")[0] for folder in (a, b))
    return first.keys() == second.keys() and all(np.array_equal(first[k], second[k]) for k in first)


def rest(folder: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in entry.items() if "second" not in k} for entry in Run(folder).metrics()]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_resuming_after_a_kill_is_bit_for_bit(tmp_path: Path) -> None:
    arguments = ["spirals", "--batch", "16", "--epochs", "600", "--dropout", "0.1", "--optimiser", "adam", "--schedule", "onecycle"]
    whole = subprocess.run([*RUN, *arguments, "--out", str(tmp_path / "whole")], capture_output=True, text=True, timeout=120, check=False)
    assert whole.returncode == 0, whole.stderr
    cut = tmp_path / "cut"
    rng = random.Random(1)
    todo = [*RUN, *arguments, "--out", str(cut)]
    kills = 0
    for _ in range(6):
        process = subprocess.Popen(todo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=rng.uniform(1.0, 2.2))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
        if (cut / "config.json").exists():
            todo = [*RUN, "--resume", str(cut)]
    done = subprocess.run(todo if kills else [*RUN, "--resume", str(cut)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert kills
    assert same_tensors(tmp_path / "whole", cut)
    assert rest(tmp_path / "whole") == rest(cut)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_run_in_use_and_an_interrupted_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [*RUN, "spirals", "--epochs", "100000", "--out", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (folder / "metrics.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    second = command("train", "--resume", str(folder))
    assert second.returncode == 2
    assert "in use" in second.stderr
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "--resume" in errors


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    done = command("train", "mnist", "--lr", "1e38", "--schedule", "constant", "--out", str(tmp_path / "run"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "at step" in done.stderr


def test_unusable_input_is_one_line(tmp_path: Path) -> None:
    settings = Settings.of("xor", epochs=3)
    train(settings, Run.create(tmp_path / "run", settings))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    for arguments, text in (
        (["xor", "--out", str(tmp_path / "run")], "holds a run already"),
        ([], "say what to train"),
        (["--resume", str(tmp_path / "none")], "holds no run"),
        (["--resume", str(tmp_path / "broken")], "not JSON"),
        (["--resume", str(tmp_path / "run"), "--lr", "1"], "own settings"),
        (["mnist", "--data", str(tmp_path)], "lacks the files"),
        (["xor", "--lr", "-1"], "positive"),
    ):
        done = command("train", *arguments, cwd=tmp_path)
        assert done.returncode == 2, (arguments, done)
        assert text in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_checkpoint_that_does_not_fit(tmp_path: Path) -> None:
    small, large = Settings.of("xor", epochs=3), Settings.of("xor", epochs=3, hidden=(9,))
    run = Run.create(tmp_path / "run", small)
    train(small, run)
    (tmp_path / "run" / "config.json").write_text(json.dumps(large.to_dict()))
    done = command("train", "--resume", str(tmp_path / "run"))
    assert done.returncode == 1
    assert "does not fit" in done.stderr
    (tmp_path / "run" / "config.json").write_text(json.dumps(small.to_dict()))
    whole = (tmp_path / "run" / "last.safetensors").read_bytes()
    (tmp_path / "run" / "last.safetensors").write_bytes(whole[: len(whole) // 2])
    done = command("train", "--resume", str(tmp_path / "run"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "softplus"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_receipts_bound_the_error(activation: str, dtype: str) -> None:
    outcome = train(Settings.of("moons", epochs=3, hidden=(5,), activation=activation, dtype=dtype, receipts=1, seed=2))
    assert len(outcome.receipts) == 3
    eps = np.finfo(dtype).eps
    for entry in outcome.receipts:
        assert 0 < entry["max_relative_error"] < 400 * eps
        assert entry["loss_relative_error"] < 100 * eps


def test_receipts_hold_the_symbolic_gradient() -> None:
    """The enclosures agree with numerical differentiation of an independent forward pass in high precision."""
    import mpmath

    from micrograd.training.problems import prepare
    from micrograd.training.receipts import BITS, _precision, enclose

    problem = prepare(Settings.of("xor", hidden=(3,), dtype="float64"))
    model = problem.trainer.model
    arrays = model.arrays()
    x, labels = problem.inputs, problem.labels
    mp = mpmath.mp.clone()
    mp.dps = 50

    def loss(parameters: dict[str, Any]) -> Any:
        names = list(arrays)
        total = mp.mpf(0)
        for row, label in zip(x.tolist(), labels.tolist(), strict=True):
            w1, b1, w2, b2 = (parameters[n] for n in names)
            hidden = [mp.tanh(sum(row[i] * w1[i][j] for i in range(2)) + b1[j]) for j in range(3)]
            scores = [sum(hidden[i] * w2[i][j] for i in range(3)) + b2[j] for j in range(2)]
            total += mp.log(sum(mp.exp(s) for s in scores)) - scores[label]
        return total / 4

    exact = {n: [[mp.mpf(v) for v in r] for r in a.tolist()] if a.ndim == 2 else [mp.mpf(v) for v in a.tolist()] for n, a in arrays.items()}
    with _precision(BITS):
        value, gradients = enclose(model, arrays, x, labels)
        assert abs(mp.mpf(str(value.mid().str(40, radius=False))) - loss(exact)) < mp.mpf(10) ** -30
        first = next(iter(arrays))

        def along(t: Any) -> Any:
            changed = [list(r) for r in exact[first]]
            changed[1][2] = t
            return loss({**exact, first: changed})

        slope = mp.diff(along, exact[first][1][2])
        found = gradients[first][1, 2]
        assert abs(mp.mpf(str(found.mid().str(40, radius=False))) - slope) < mp.mpf(10) ** -20


def test_predict(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path / "run"
    done = command("train", "mnist", "--epochs", "3", "--json", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accuracy"] > 0.7
    assert {"config.json", "metrics.jsonl", "last.safetensors", "best.safetensors"} <= {p.name for p in folder.iterdir()}
    digits = load_mnist()
    write_idx(tmp_path / "digits", digits.test_images[:40])
    answers = json.loads(command("predict", str(folder), str(tmp_path / "digits"), "--json").stdout)
    assert sum(a["digit"] == int(label) for a, label in zip(answers, digits.test_labels[:40], strict=True)) > 28
    picture = image.fromarray(255 - digits.test_images[0]).resize((140, 140))
    picture.save(tmp_path / "seven.png")
    assert command("predict", str(folder), str(tmp_path / "seven.png")).stdout.startswith("7 ")
    (tmp_path / "text.png").write_text("no picture")
    for target in ("text.png", "none.png"):
        bad = command("predict", str(folder), str(tmp_path / target))
        assert bad.returncode == 2
        assert bad.stderr.count("\n") == 1
