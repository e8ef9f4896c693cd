"""Exit codes and streams of commands in processes of their own."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from micrograd import terminal
from micrograd.prove.service.pool import Worker
from micrograd.terminal import BROKEN_PIPE, FAILED, Interrupted, run, uninterrupted

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals, shells and devices")
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
LOG = ["prove", "log(x)", "--claim", "1/x", "--domain", "x > 0"]


def command(*arguments: str, module: str = "micrograd", **options: Any) -> subprocess.CompletedProcess[bytes]:
    options = {"env": BUFFERED, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, "check": False, **options}
    return subprocess.run([sys.executable, "-m", module, *arguments], **options)


def shell(words: str, redirections: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """``python -m WORDS`` with redirections that only a shell can make."""
    script = f'"{sys.executable}" -m {words} {redirections}'
    return subprocess.run(["bash", "-c", script], capture_output=True, timeout=120, check=False, env={**BUFFERED, **environment})


ANSWERED = """
import json, sys
from micrograd.cli import main
from micrograd.prove.service.pool import Worker

Worker.decide = lambda self, task, timeout: json.loads({!r})
sys.exit(main())
"""
"""The command with a worker that knows its answer, and starts no process for it: where only the printing matters."""


@pytest.fixture(scope="module")
def answered() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The command that proves `LOG`; it gets the answer of a worker that was asked once."""
    worker = Worker()
    try:
        answer = worker.decide({"function": "log(x)", "wrt": None, "derivative": "1/x", "domain": "x > 0"}, 60.0)
    finally:
        worker.stop()
    assert answer["verdict"] == "proved"
    script = ANSWERED.format(json.dumps(answer))

    def run_it(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-c", script, *LOG, *arguments]
        return subprocess.run(command, capture_output=True, timeout=120, check=False, env={**BUFFERED, **environment})

    return run_it


PROVE = "micrograd prove 'x**2' --claim '2*x'"
REFUTE = "micrograd prove 'x**2' --claim '3*x'"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "utf-16"])
def test_a_verdict_is_printed_in_every_encoding(encoding: str, answered: Callable[..., subprocess.CompletedProcess[bytes]]) -> None:
    done = answered(PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert ("x > 0  ⊢  d/dx" if encoding.startswith("utf") else "x > 0  |-  d/dx") in text
    done = answered("--json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout.decode(encoding))["statement"].startswith("x > 0  ⊢")


def test_characters_have_transcriptions_or_escapes() -> None:
    import codecs

    codecs.register_error("test", terminal.transcribe)
    assert "⊢ ≤ é \ud800 ▁█".encode("ascii", "test") == rb"|- <= \xe9 \ud800 _#"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "test")


@POSIX
@pytest.mark.parametrize("words", [PROVE, "micrograd --version", "micrograd prove --help"])
def test_output_that_is_lost_is_an_error_of_its_own(words: str) -> None:
    for redirection, unbuffered in ((">/dev/full", ""), (">/dev/full", "1"), (">&-", "")):
        done = shell(words, redirection, PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == FAILED, (redirection, done)
        assert done.stderr.count(b"\n") == 1, done
        assert b"output" in done.stderr


@POSIX
def test_a_reader_that_goes_away() -> None:
    done = shell(REFUTE, "| true; echo ${PIPESTATUS[0]}")
    assert done.stdout.split() == [str(BROKEN_PIPE).encode()]
    assert done.stderr == b""


@POSIX
@pytest.mark.parametrize("redirection", ["2>/dev/full", "0<&- 2>&-"])
def test_verdicts_do_not_depend_on_the_other_streams(redirection: str) -> None:
    done = shell(REFUTE, redirection)
    assert done.returncode == 1
    assert done.stdout.startswith(b"REFUTED")
    done = shell("micrograd prove 'x**2' --claim 'q('", redirection)
    assert done.returncode == 2
    assert done.stdout == b""


@POSIX
def test_the_checker_of_certificates(tmp_path: Path) -> None:
    import micrograd as mg

    x = mg.var("x")
    mg.write_certificate(good := tmp_path / "good.json", mg.certificate(mg.log(x), x))
    (bad := tmp_path / "bad.json").write_text("[" * 100_000)
    module = "micrograd.verified.check"
    for path, code in ((good, 0), (bad, 1), (tmp_path / "none", 2), (tmp_path, 1), ("/dev/zero", 1)):
        done = command(str(path), module=module)
        assert done.returncode == code, done
        assert done.stderr.count(b"\n") == (code != 0), done
    assert command(str(bad), str(tmp_path / "none"), module=module).returncode == 2
    for redirection in (">/dev/full", ">&-"):
        assert shell(f"{module} {good}", redirection).returncode == FAILED
    assert command(str(good), module=module, env={**os.environ, "PYTHONIOENCODING": "ascii"}).returncode == 0


# --- in this process -------------------------------------------------------------------------------------------------


def raising(error: BaseException) -> Any:
    def main() -> int:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ZeroDivisionError("by\n0"), FAILED, "test: internal error: ZeroDivisionError: by 0 (test_terminal.py:"),
        (UnicodeEncodeError("ascii", "⊢", 0, 1, "no"), FAILED, "test: internal error: UnicodeEncodeError"),
        (MemoryError(), FAILED, "test: there is not enough memory"),
        (PermissionError(13, "Permission denied", "place"), FAILED, "test: place: Permission denied"),
        (OSError(28, "No space left on device"), FAILED, "test: the output could not be written: No space left on device"),
        (BrokenPipeError(), BROKEN_PIPE, ""),
        (KeyboardInterrupt(), 130, "test: interrupted"),
        (Interrupted(15), 143, "test: interrupted"),
        (SystemExit(2), 2, ""),
        (SystemExit(None), 0, ""),
        (SystemExit("words"), FAILED, "test: words"),
    ],
)
def test_codes_of_errors(error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", raising(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(text)
    assert err.count("\n") == bool(text)


@POSIX
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_signals_end_a_command_and_are_heard_once(name: str) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_DFL)
    steps = []

    def main() -> int:
        try:
            signal.raise_signal(number)
        finally:
            steps.append("writing")
            signal.raise_signal(number)  # a terminal that is closed sends two
            steps.append("written")
        return 0

    try:
        assert run("test", main) == 128 + number
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert steps == ["writing", "written"]


@POSIX
def test_a_signal_waits_for_the_end_of_what_must_not_be_interrupted() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    steps = []

    def main() -> int:
        with uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            steps.append("written")
        steps.append("not reached")
        return 0

    try:
        assert run("test", main) == 143
    finally:
        signal.signal(signal.SIGTERM, before)
    assert steps == ["written"]


@POSIX
def test_signals_that_are_ignored_stay_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run("test", lambda: signal.raise_signal(signal.SIGHUP) or 5) == 5  # type: ignore[func-returns-value]
    finally:
        signal.signal(signal.SIGHUP, before)


@POSIX
def test_a_signal_that_comes_where_exceptions_are_dropped_is_heard_later() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)

    class Dropped:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def main() -> int:
        Dropped()
        queue.SimpleQueue[None]().get(timeout=60)
        return 0

    try:
        assert run("test", main) == 143
    finally:
        signal.signal(signal.SIGTERM, before)
