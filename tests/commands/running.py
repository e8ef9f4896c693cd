"""What the tests of training runs share: the command in a process of its own, and comparing two runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from micrograd.nn import load
from micrograd.training import Run

THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # another number may change the last bits
ENVIRONMENT = {**os.environ, **THREADS, "MICROGRAD_DATA": "", "XDG_CACHE_HOME": "/nonexistent"}
OFTEN = """
import signal, sys
import micrograd.cli, micrograd.training.loop as loop
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests themselves run in the background, it is ignored
loop.SAVE_SECONDS = {}
sys.exit(micrograd.cli.main())
"""


def command(*arguments: str, cwd: Path | None = None, prelude: str = "") -> subprocess.CompletedProcess[str]:
    """``micrograd ARGUMENTS`` without the data sets of whoever runs the tests; the prelude is code that runs before it."""
    program = ["-c", f"{prelude}\nimport sys, micrograd.cli; sys.exit(micrograd.cli.main())"] if prelude else ["-m", "micrograd"]
    return subprocess.run(
        [sys.executable, *program, *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=ENVIRONMENT
    )


def start(*arguments: str, save_seconds: float = 1.0) -> subprocess.Popen[str]:
    """The same, not waited for; checkpoints are written after so many seconds."""
    program = [sys.executable, "-c", OFTEN.format(save_seconds)]
    return subprocess.Popen([*program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The single line on stderr of a command that failed with this code."""
    assert done.returncode == code, done
    assert done.stderr.count("\n") == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr


def assert_same_run(a: Path, b: Path) -> None:
    """Bit for bit: last and best checkpoint with their metadata, and the metrics but for the times."""
    for name in ("last.safetensors", "best.safetensors"):
        (first, first_texts), (second, second_texts) = load(a / name), load(b / name)
        assert first.keys() == second.keys()
        for key, array in first.items():
            assert array.dtype == second[key].dtype, key
            assert array.tobytes() == second[key].tobytes(), (name, key)
        assert first_texts == second_texts
    assert rest(a) == rest(b)
    assert Run(a).receipts() == Run(b).receipts()


def rest(folder: Path) -> list[dict[str, Any]]:
    """The metrics but for the times."""
    return [{key: value for key, value in entry.items() if "second" not in key} for entry in Run(folder).metrics()]


def tensors(path: Path) -> dict[str, Any]:
    """The arrays of a checkpoint."""
    return {name: np.asarray(array) for name, array in load(path)[0].items()}
