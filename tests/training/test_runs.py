"""Runs as a library: they learn, their folders, the same bits from the same seed, resuming, what cannot be resumed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.data import load_mnist, write_idx
from micrograd.nn import load, save
from micrograd.training import Run, Settings, TrainingError, train
from micrograd.training import loop as module
from micrograd.training.pictures import available
from tests.commands.running import assert_same_run, command, rest, tensors

pytest.importorskip("safetensors")
SMALL = Settings.of("spirals", epochs=6, batch=64, dropout=0.1, hidden=(8, 8), seed=5, schedule="onecycle")


def run_of(folder: Path, settings: Settings = SMALL, **options: Any) -> Run:
    run = Run.create(folder, settings)
    train(settings, run, **options)
    return run


@pytest.mark.parametrize("task", ["xor", "linear", "moons"])
def test_defaults_learn(task: str) -> None:
    assert train(Settings.of(task)).metrics[-1]["accuracy"] == 1.0


def test_the_sample_is_learnt() -> None:
    outcome = train(Settings.of("mnist", epochs=5))
    assert outcome.metrics[-1]["accuracy"] > 0.85


@pytest.mark.slow
def test_spirals_are_learnt() -> None:
    assert train(Settings.of("spirals")).metrics[-1]["accuracy"] > 0.98


@pytest.mark.slow
def test_xor_is_learnt_from_a_hundred_seeds() -> None:
    for seed in range(100):
        assert train(Settings.of("xor", seed=seed)).metrics[-1]["accuracy"] == 1.0, seed


WHOLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist"


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE.is_dir(), reason="needs the whole data set")
def test_the_figures_of_the_guide(tmp_path: Path) -> None:
    def accuracy(*arguments: str) -> float:
        done = command("train", "mnist", "--data", str(WHOLE), "--json", *arguments, cwd=tmp_path)
        return float(json.loads(done.stdout)["accuracy"])

    assert np.median([accuracy("--seed", str(seed)) for seed in range(5)]) >= 0.965
    larger = "--hidden 256 128 --epochs 20 --batch 128 --dropout 0.2 --optimiser adam --schedule onecycle"
    assert accuracy(*larger.split()) >= 0.983


def test_a_folder_has_what_the_guide_says(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    assert {path.name for path in tmp_path.joinpath("run").iterdir()} == {
        "config.json",
        "metrics.jsonl",
        "last.safetensors",
        "best.safetensors",
        "lock",
    }
    assert Settings.from_dict(json.loads(run.path("config.json").read_text())) == SMALL
    metrics = run.metrics()
    assert [entry["epoch"] for entry in metrics] == [1, 2, 3, 4, 5, 6]
    assert set(metrics[0]) == {"epoch", "loss", "test_loss", "accuracy", "lr", "seconds", "examples_per_second"}
    best = max(metrics, key=lambda entry: entry["accuracy"])
    stored, texts = load(run.path("best.safetensors"))
    assert json.loads(texts["best"]) == [best["accuracy"], best["epoch"]]
    assert texts["epoch"] == str(best["epoch"])
    assert all(name.startswith("model.") for name in stored)
    assert any(name.startswith("optimiser.") for name in tensors(run.path("last.safetensors")))


def test_the_same_seed_gives_the_same_bits(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run_of(tmp_path / name)
    assert_same_run(tmp_path / "a", tmp_path / "b")
    run_of(tmp_path / "c", Settings.of("spirals", epochs=6, batch=64, dropout=0.1, hidden=(8, 8), seed=6, schedule="onecycle"))
    assert rest(tmp_path / "a") != rest(tmp_path / "c")


@pytest.mark.parametrize("task", ["spirals", "mnist"])
@pytest.mark.parametrize("optimiser", ["sgd", "adam", "adamw"])
def test_resuming_after_every_epoch(tmp_path: Path, task: str, optimiser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is stopped once after each epoch, with a checkpoint or (in every other one) without."""
    settings = Settings.of(
        task, epochs=5, batch=64, dropout=0.1, hidden=(8,), optimiser=optimiser, momentum=0.9, weight_decay=1e-4, schedule="cosine"
    )
    run_of(tmp_path / "whole", settings)
    run = Run.create(tmp_path / "cut", settings)
    for stop in range(1, 5):

        def interrupt(entry: dict[str, Any], stop: int = stop) -> None:
            if entry["epoch"] == stop:
                raise KeyboardInterrupt

        monkeypatch.setattr(module, "SAVE_SECONDS", 0.0 if stop % 2 else 1e9)
        with pytest.raises(KeyboardInterrupt):
            train(settings, run, resume=stop > 1, watch=interrupt)
    train(settings, run, resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    for name in ("once", "again"):
        run_of(tmp_path / name)
    outcome = train(SMALL, Run(tmp_path / "again"), resume=True)
    assert len(outcome.metrics) == 6
    assert_same_run(tmp_path / "once", tmp_path / "again")


def test_receipts_are_resumed(tmp_path: Path) -> None:
    settings = Settings.of("xor", epochs=6, receipts=1)
    run_of(tmp_path / "whole", settings)
    run = Run.create(tmp_path / "cut", settings)

    def interrupt(entry: dict[str, Any]) -> None:
        if entry["epoch"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(settings, run, watch=interrupt)
    assert len(run.receipts()) == 3
    with run.path("receipts.jsonl").open("a") as file:
        file.write(json.dumps({**run.receipts()[0], "epoch": 4, "arrays": {"0.weight": 5}}) + "\n")
    assert len(run.receipts()) == 3
    assert len(train(settings, run, resume=True).receipts) == 6
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


ILL_TYPED: dict[str, Any] = {"loss": "1", "test_loss": None, "accuracy": [1], "epoch": True, "seconds": {}, "lr": False}


def test_lines_that_were_cut_off_or_are_foreign(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    path = run.path("metrics.jsonl")
    whole = path.read_bytes()
    ill_typed = [{**json.loads(whole.splitlines()[-1]), "epoch": 7, name: value} for name, value in ILL_TYPED.items()]
    lines = [json.dumps(entry).encode() + b"\n" for entry in ill_typed]
    for damage in (b'{"epoch": 7, "lo', b"5\n", b'{"loss": 1}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n", *lines):
        path.write_bytes(whole + damage)
        assert [entry["epoch"] for entry in run.metrics()] == [1, 2, 3, 4, 5, 6]
        train(SMALL, run, resume=True)
        assert path.read_bytes() == whole


def refusal(run: Run, settings: Settings = SMALL) -> str:
    with pytest.raises(TrainingError) as caught:
        train(settings, run, resume=True)
    text = str(caught.value)
    assert caught.value.code == 2
    assert str(run.path("last.safetensors")) in text
    assert "\n" not in text
    return text


def test_checkpoints_that_do_not_fit(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    path = run.path("last.safetensors")
    arrays, texts = load(path)
    whole = path.read_bytes()
    assert "does not fit these settings" in refusal(run, Settings.from_dict({**SMALL.to_dict(), "hidden": [9, 8]}))
    assert "with another lr" in refusal(run, Settings.from_dict({**SMALL.to_dict(), "lr": 0.5}))
    assert "with another epochs, seed" in refusal(run, Settings.from_dict({**SMALL.to_dict(), "epochs": 9, "seed": 1}))
    for name in ("epoch", "best", "settings", "data", "batches"):
        save(path, arrays, {key: text for key, text in texts.items() if key != name})
        assert name in refusal(run)
    for changed in ({"epoch": "x"}, {"best": "5"}, {"best": "[1]"}, {"settings": "{"}, {"settings": "5"}, {"batches": "5"}):
        save(path, arrays, {**texts, **changed})
        assert "does not fit" in refusal(run)
    for cut in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        refusal(run)
    path.write_bytes(b"\x00" * 1000)
    refusal(run)
    path.unlink()
    path.mkdir()
    refusal(run)


def test_other_data_are_not_trained_on(tmp_path: Path) -> None:
    """Somebody downloads the whole of MNIST between two halves of a run."""
    digits = load_mnist()
    for part, array in (("train", digits.train_images[:200]), ("t10k", digits.test_images[:50])):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", array)
    write_idx(tmp_path / "train-labels-idx1-ubyte", digits.train_labels[:200])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", digits.test_labels[:50])
    settings = Settings.of("mnist", epochs=2, data=str(tmp_path))
    run = run_of(tmp_path / "run", settings)
    train(settings, run, resume=True)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", digits.test_labels[1:51])
    assert "the data are not those that the run was started with" in refusal(run, settings)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus", "gelu", "identity"])
@pytest.mark.parametrize("task", ["xor", "mnist"])
def test_a_network_that_blows_up_keeps_its_last_good_checkpoint(
    tmp_path: Path, task: str, activation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_SECONDS", 0.0)
    settings = Settings.of(task, lr=1e38, schedule="constant", optimiser="sgd", activation=activation, epochs=50, momentum=0.9)
    run = Run.create(tmp_path / "run", settings)
    with pytest.raises(TrainingError, match=r"the (test )?loss is (nan|inf|-inf) at step \d+ \(epoch \d+\): try a smaller --lr") as caught:
        train(settings, run)
    assert caught.value.code == 1
    if run.path("last.safetensors").exists():
        assert str(run.path("last.safetensors")) in str(caught.value)
        assert all(np.isfinite(array).all() for array in tensors(run.path("last.safetensors")).values())
    assert all(np.isfinite(entry["test_loss"]) for entry in run.metrics())


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    with run.locked():
        with pytest.raises(TrainingError, match="in use by another process") as caught:
            train(SMALL, Run(tmp_path / "run"), resume=True)
        assert caught.value.code == 2
    train(SMALL, run, resume=True)


def test_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        place = Run.unused(tmp_path / "runs", "xor")
        Run.create(place, Settings.of("xor"))
        names.append(place.name)
    assert names == ["xor", "xor-2", "xor-3"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(TrainingError, match="Permission denied"):
        Run.create(tmp_path / "run", SMALL)


@pytest.mark.skipif(not available(), reason="needs matplotlib")
@pytest.mark.skipif(sys.platform == "win32", reason="paths")
def test_pictures_of_unusual_runs(tmp_path: Path) -> None:
    from micrograd.training.loop import Loop
    from micrograd.training.pictures import draw_all, sparkline

    loop = Loop(Settings.of("xor", epochs=1))
    entry = {"epoch": 1, "loss": 0.0, "test_loss": 0.0, "accuracy": 1.0}
    assert [path.name for path in draw_all(loop.problem, [entry], tmp_path)] == ["curves.png", "boundary.png"]
    assert draw_all(loop.problem, [], tmp_path) == []
    assert sparkline([]) == sparkline([float("nan")]) == ""
    assert sparkline([2.0] * 3) == "▁▁▁"
    assert len(sparkline(list(range(1000)))) == 60
