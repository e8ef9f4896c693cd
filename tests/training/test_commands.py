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
from micrograd.training import Run, Settings, train

pytest.importorskip("safetensors")
RUN = [sys.executable, "-m", "micrograd", "train"]


def command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MICROGRAD_DATA": "", "XDG_CACHE_HOME": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-m", "micrograd", *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=environment
    )


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
