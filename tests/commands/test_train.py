"""``micrograd train`` in processes of its own: kills, interrupts, full disks, and one line for everything that is wrong."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from micrograd.cli import main
from micrograd.data.mnist import SAMPLE
from micrograd.training import Run, Settings, train
from tests.commands.running import assert_same_run, command, one_line, start, tensors

pytest.importorskip("safetensors")
SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="signals")
KILLED = {
    "spirals": "spirals --batch 16 --epochs 150 --dropout 0.1 --optimiser adam --schedule onecycle --hidden 16 16",
    "mnist": "mnist --batch 32 --epochs 25 --dropout 0.2 --optimiser sgd --nesterov --schedule cosine --hidden 16",
}


def until_epoch(run: Run, epoch: int) -> None:
    """Wait for a line of the metrics."""
    deadline = time.monotonic() + 30
    while len(run.metrics()) < epoch:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill_and_resume(arguments: str, folder: Path, kills: int, rng: random.Random) -> None:
    """Start a run, kill it some time after it began to train, continue it, …, and let it finish."""
    run, words = Run(folder), [*arguments.split(), "--out", str(folder)]
    for _ in range(kills):
        done = len(run.metrics())
        process = start("train", *words, save_seconds=0.0)
        deadline = time.monotonic() + 30
        while len(run.metrics()) in (0, done) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        process.communicate()
        if run.path("config.json").exists():
            words = ["--resume", str(folder)]
    finished = start("train", *words, save_seconds=0.0)
    _, errors = finished.communicate(timeout=120)
    assert (finished.returncode, errors) == (0, "")


@pytest.mark.slow
@SIGNALS
@pytest.mark.parametrize("task", KILLED)
def test_resuming_after_kills_is_bit_for_bit(task: str, tmp_path: Path) -> None:
    done = command("train", *KILLED[task].split(), "--out", str(tmp_path / "whole"))
    assert done.returncode == 0, done.stderr
    kill_and_resume(KILLED[task], tmp_path / "cut", 2, random.Random(1))
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


@SIGNALS
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("task", KILLED)
def test_resuming_after_many_kills_is_bit_for_bit(task: str, seed: int, tmp_path: Path) -> None:
    assert command("train", *KILLED[task].split(), "--out", str(tmp_path / "whole")).returncode == 0
    kill_and_resume(KILLED[task], tmp_path / "cut", 12, random.Random(seed))
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


@SIGNALS
def test_a_run_is_used_by_one_process_and_can_be_interrupted(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    process = start("train", "spirals", "--epochs", "100000", "--out", str(run.folder), save_seconds=0.0)
    until_epoch(run, 2)
    text = one_line(command("train", "--resume", str(run.folder)), 2)
    assert text == f"micrograd train: {run.folder} is in use by another process\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == f"micrograd train: interrupted; continue with: micrograd train --resume {run.folder}\n"
    tensors(run.path("last.safetensors"))
    process = start("train", "--resume", str(run.folder), save_seconds=0.0)
    until_epoch(run, len(run.metrics()) + 2)
    process.kill()
    process.communicate()
    with run.locked():  # free again
        pass


@pytest.mark.parametrize("task", ["xor", "mnist"])
def test_a_loss_that_is_no_number_stops_the_run(task: str, tmp_path: Path) -> None:
    rates = ["--lr", "1e38", "--schedule", "constant", "--optimiser", "sgd", "--activation", "relu"]
    text = one_line(command("train", task, *rates, "--out", str(tmp_path / "run")), 1)
    assert "at step" in text
    assert "try a smaller --lr" in text


def unusable(tmp_path: Path) -> list[tuple[list[str], str]]:
    run = str(tmp_path / "run")
    configs = {
        "broken": "{",
        "list": "[]",
        "deep": "[" * 100_000,
        "kinds": '{"task": "xor", "epochs": "many"}',
        "other": '{"task": "xor", "a": 1}',
    }
    for name, text in configs.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(text)
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "config.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "file").write_text("")
    return [
        (["xor", "--out", run], "holds a run already"),
        (["xor", "--out", str(tmp_path / "file")], "file"),
        (["xor", "--out", str(tmp_path / "file" / "below")], "Not a directory"),
        ([], "say what to train"),
        (["cifar"], "invalid choice: 'cifar'"),
        (["xor", "--epochs", "many"], "invalid int value: 'many'"),
        (["xor", "--hidden"], "expected at least one argument"),
        (["xor", "--colour", "red"], "unrecognized arguments"),
        (["--resume", str(tmp_path / "none")], "holds no run"),
        (["--resume", str(tmp_path / "file")], "holds no run"),
        (["--resume", str(tmp_path / "broken")], "is not JSON"),
        (["--resume", str(tmp_path / "list")], "is not an object"),
        (["--resume", str(tmp_path / "deep")], "is not JSON"),
        (["--resume", str(tmp_path / "binary")], "is not JSON"),
        (["--resume", str(tmp_path / "kinds")], "config.json: epochs cannot be 'many'"),
        (["--resume", str(tmp_path / "other")], "these are not settings of a run: a"),
        (["--resume", run, "--lr", "1"], "own settings"),
        (["--resume", run, "xor"], "own settings"),
        (["mnist", "--data", str(tmp_path)], "lacks the files"),
        (["mnist", "--data", str(tmp_path / "none")], "is not a folder"),
        (["fashion-mnist"], "micrograd data fashion-mnist"),
        (["xor", "--lr", "-1"], "positive"),
        (["xor", "--momentum", "2"], "momentum"),
        (["xor", "--optimiser", "sgd", "--nesterov"], "momentum"),
        (["xor", "--threads", "0"], "--threads is at least 1"),
        (["xor", "--hidden", "1000", "1000000000"], "not enough memory"),
    ]


def test_unusable_input_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.of("xor", epochs=3)
    train(settings, Run.create(tmp_path / "run", settings))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICROGRAD_DATA", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for arguments, text in unusable(tmp_path):
        try:
            code = main(["train", *arguments])
        except SystemExit as leaving:
            code = int(str(leaving.code))
        out, err = capfd.readouterr()
        assert code == (1 if "memory" in text else 2), (arguments, err)
        assert text in err
        assert err.startswith(("micrograd train: ", "micrograd: unrecognized"))
        assert (out, err.count("\n")) == ("", 1), (arguments, err)
    assert not (tmp_path / "runs").exists()  # nothing was begun


AS_NOBODY = """
import os, safetensors.numpy, micrograd.cli, micrograd.training.pictures, micrograd.training.prediction
micrograd.cli.build_parser()  # what is imported late may belong to the superuser
os.geteuid() or os.setuid(54321)  # the superuser may read and write everything
"""


@SIGNALS
def test_no_permission(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # a folder that everybody can reach
    try:
        settings = Settings.of("mnist", epochs=1)
        train(settings, Run.create(folder / "run", settings))
        for path, mode in ((folder, 0o755), (folder / "run", 0o555), (folder / "run" / "lock", 0o444)):
            path.chmod(mode)
        before = {path.name: path.read_bytes() for path in (folder / "run").iterdir()}
        text = one_line(command("train", "xor", "--out", str(folder / "new"), prelude=AS_NOBODY), 2)
        assert text == f"micrograd train: {folder / 'new'}: Permission denied\n"
        text = one_line(command("train", "--resume", str(folder / "run"), prelude=AS_NOBODY), 2)
        assert text == f"micrograd train: {folder / 'run'}: Permission denied\n"
        assert {path.name: path.read_bytes() for path in (folder / "run").iterdir()} == before
        (folder / "run" / "config.json").chmod(0)
        for arguments in (
            ["train", "--resume", str(folder / "run")],
            ["predict", str(folder / "run"), str(SAMPLE / "t10k-images-idx3-ubyte.gz")],
        ):
            assert "config.json: Permission denied" in one_line(command(*arguments, prelude=AS_NOBODY), 2)
    finally:
        (folder / "run").chmod(0o755)
        shutil.rmtree(folder)


FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"


@SIGNALS
@pytest.mark.parametrize(("limit", "wanted"), [(20_000, "checkpoint could not be saved"), (100, "config.json"), (1000, "metrics.jsonl")])
def test_a_full_disk(limit: int, wanted: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    settings = ["--batch", "0", "--epochs", "20", "--hidden", "4"] if limit == 1000 else ["--epochs", "1"]
    done = command("train", "mnist", *settings, "--out", str(folder), prelude=FULL_DISK.format(limit))
    text = one_line(done, 2 if limit == 100 else 1)
    assert wanted in text or "run" in text
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


FULL_FROM_THE_SECOND_EPOCH = """
import resource
import micrograd.training.loop as loop
loop.SAVE_SECONDS, save = 0.0, loop.Loop.save
def full(self, force=False):
    if self.epoch == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
    save(self, force)
loop.Loop.save = full
"""


@pytest.mark.slow
@SIGNALS
def test_a_full_disk_leaves_the_old_checkpoint_and_the_run_goes_on_later(tmp_path: Path) -> None:
    arguments = ["train", "mnist", "--epochs", "3", "--hidden", "16"]
    assert command(*arguments, "--out", str(tmp_path / "whole")).returncode == 0
    folder = tmp_path / "run"
    run = Run(folder)
    text = one_line(command(*arguments, "--out", str(folder), prelude=FULL_FROM_THE_SECOND_EPOCH), 1)
    assert "the one before is whole" in text
    assert "larger than allowed" in text
    tensors(run.path("last.safetensors"))
    assert command("train", "--resume", str(folder)).returncode == 0
    assert_same_run(tmp_path / "whole", folder)


@pytest.mark.slow
@SIGNALS
def test_pictures_that_cannot_be_drawn_do_not_fail_the_run(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = command("train", "xor", "--epochs", "3", "--out", str(tmp_path / "run"), prelude=FULL_DISK.format(15_000))
    assert done.returncode == 0
    assert one_line(subprocess.CompletedProcess(done.args, 0, done.stdout, done.stderr), 0).startswith(
        "micrograd train: the run is complete"
    )


@pytest.mark.parametrize("arguments", [["train", "xor", "--out"], ["train", "--resume"], ["predict"]], ids=["train", "resume", "predict"])
def test_a_missing_package_is_named_before_anything_is_done(tmp_path: Path, arguments: list[str]) -> None:
    run, image = tmp_path / "run", tmp_path / "images"
    image.write_bytes(bytes((0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28)) + bytes(784))
    if arguments != ["train", "xor", "--out"]:
        run.mkdir()
        (run / "config.json").write_text(json.dumps(Settings.of("xor").to_dict()))
    before = sorted(run.glob("*"))
    rest = [str(run), str(image)] if arguments == ["predict"] else [str(run)]
    done = command(*arguments, *rest, prelude="import sys; sys.modules['safetensors'] = None")
    assert "pip install 'micrograd-verified[train]'" in one_line(done, 2)
    assert "safetensors" in done.stderr
    assert "epoch" not in done.stdout
    assert {path for path in run.glob("*") if path.name != "lock"} == set(before)
    assert run.exists() == bool(before)


def test_that_there_will_be_no_pictures_is_said_at_the_start(tmp_path: Path) -> None:
    done = command("train", "xor", "--epochs", "3", "--out", str(tmp_path / "run"), prelude="import sys; sys.modules['matplotlib'] = None")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "matplotlib" in lines[2]
    assert sum("matplotlib" in line for line in lines) == 1


def test_json_and_default_folders(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = []
    for receipts in ("1", "0"):
        assert main(["train", "xor", "--epochs", "5", "--receipts", receipts, "--json"]) == 0
        out, err = capfd.readouterr()
        assert err == ""
        found.append(json.loads(out))
    for facts in found:
        assert facts["epoch"] == 5
        assert {"loss", "test_loss", "accuracy", "best_accuracy", "best_epoch", "run"} <= facts.keys()
        assert (tmp_path / facts["run"] / "config.json").exists()
    assert found[0]["receipts"]["entries"] == 5 * 114
    assert found[0]["run"] != found[1]["run"]
    assert {key: found[0][key] for key in ("loss", "accuracy")} == {key: found[1][key] for key in ("loss", "accuracy")}
    assert main(["train", "--resume", found[0]["run"], "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["loss"] == found[0]["loss"]


def test_the_report(tmp_path: Path) -> None:
    done = command("train", "xor", "--epochs", "30", "--receipts", "1", "--out", str(tmp_path / "run"))
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("4 points", "114 weights", "epoch 30/30", "test accuracy 100.00 %", "receipts  30 steps", "4.bias", "16 ulps"):
        assert part in done.stdout


@pytest.mark.slow
def test_a_relative_data_folder_is_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").symlink_to(SAMPLE)
    monkeypatch.chdir(tmp_path)
    assert main(["train", "mnist", "--epochs", "1", "--data", "data", "--out", "run", "--json"]) == 0
    monkeypatch.chdir(tmp_path.parent)
    assert main(["train", "--resume", str(tmp_path / "run"), "--json"]) == 0


def test_the_commands_of_the_guide_and_of_the_help_are_understood() -> None:
    from micrograd.cli import build_parser
    from micrograd.commands import data, predict
    from micrograd.commands import train as train_command

    guide = (Path(__file__).resolve().parents[2] / "docs" / "train.md").read_text(encoding="utf-8")
    text = "\n".join([*guide.split("```")[1::2], train_command.EPILOG, data.EPILOG, predict.EPILOG])
    lines = [line.split("   ")[0].split("#")[0].split() for line in text.splitlines() if line.strip().startswith("micrograd ")]
    assert len(lines) >= 20
    for words in lines:
        options = vars(build_parser().parse_args(words[1:]))
        if options["command"] == "train" and options["task"]:
            given = {name: tuple(v) if isinstance(v := options[name], list) else v for name in train_command._SETTINGS}
            Settings.of(options["task"], **given)


def test_a_mapped_set_is_not_copied(tmp_path: Path) -> None:
    import tracemalloc

    import numpy as np

    from micrograd.training.problems import prepare

    count = 100_000
    for part, size in (("train", count), ("t10k", 1000)):
        for kind, shape in (("images-idx3", (size, 28, 28)), ("labels-idx1", (size,))):
            with (tmp_path / f"{part}-{kind}-ubyte").open("wb") as file:  # zeros that take no place on the disk
                file.write(bytes((0, 0, 8, len(shape))) + np.array(shape, ">u4").tobytes())
                file.truncate(4 + 4 * len(shape) + int(np.prod(shape)))
    tracemalloc.start()
    problem = prepare(Settings.of("mnist", data=str(tmp_path)))
    x, labels = next(iter(problem.trainer.data))
    problem.trainer.step(x, labels)
    problem.test()
    assert len(problem.digest) == 64
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(problem.trainer.data.images, np.memmap)
    assert peak < 16 << 20  # the images are 75 MB
