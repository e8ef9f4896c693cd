"""Worker processes: whose answer it is, what they can be reached by, and when they end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from micrograd.prove.service import pool, worker
from micrograd.prove.service.pool import Worker, WorkerError, decide_all
from micrograd.prove.service.tables import Claim

RIGHT = {"function": "x**2", "wrt": "x", "derivative": "2*x", "domain": "True"}
WRONG = {"function": "x**2", "wrt": "x", "derivative": "3*x", "domain": "True"}
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc")
BOOTSTRAP = Path(pool.__file__).with_name("bootstrap.py").read_text(encoding="utf-8")


@pytest.fixture
def one() -> Iterator[Worker]:
    """A worker that is stopped in the end."""
    found = Worker()
    yield found
    found.stop()


def wait_until(condition: Any) -> None:
    """Wait for something that must happen; the limit is for tests that fail."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_gone(process: int) -> bool:
    """Whether there is no such process, or only its remains, which its parent has not collected."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


# --- answers ---------------------------------------------------------------------------------------------------------

IMPOSTOR = """
import json, sys
ready = json.loads(sys.argv[1])["ready"]
def say(**message): print(json.dumps(message), flush=True)
say(id=ready, ready=True)
before = {"id": ready, "task": None}
for line in sys.stdin:
    question = json.loads(line)
    answer = {"verdict": "proved"}
    WHAT
    before = question
"""
IMPOSTORS = {
    "the answer before": "say(id=before['id'], task=before['task'], answer=answer)",
    "of another task": "say(id=question['id'], task={**question['task'], 'derivative': '2*x'}, answer=answer)",
    "no name": "say(task=question['task'], answer=answer)",
    "no message": "say(**answer)",
    "ready again": "say(id=ready, ready=True)",
    "a list": "print('[]', flush=True)",
    "noise": "print('proved', flush=True)",
    "not JSON in UTF-8": "sys.stdout.buffer.write(bytes([255, 10])); sys.stdout.flush()",
    "another word": "say(id=question['id'], task=question['task'], answer={'verdict': 'certain'})",
    "no verdict": "say(id=question['id'], task=question['task'], answer='proved')",
    "the end": "sys.exit()",
    "a crash": "import os; os.abort()",
}

HONEST = "say(id=question['id'], task=question['task'], answer=answer)"


def impostor(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """From now on workers are such programs."""

    def command_line(ready: str, memory: int) -> list[str]:
        return [sys.executable, "-c", IMPOSTOR.replace("WHAT", what), json.dumps({"ready": ready})]

    monkeypatch.setattr(pool, "_command_line", command_line)


@pytest.mark.parametrize("what", IMPOSTORS)
def test_only_an_answer_to_the_question_counts(what: str, one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        impostor(patch, IMPOSTORS[what])
        for _ in range(2):  # the second process is another one
            found = one.decide(WRONG, 1.0)
            assert found["verdict"] == "unknown"
            assert found["reason"]
            assert one.process is None
    impostor(monkeypatch, HONEST)
    assert one.decide(WRONG, 20.0)["verdict"] == "proved", "the next process is asked, and its answer counts"


def test_after_an_impostor_comes_a_worker(one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        impostor(patch, IMPOSTORS["no name"])
        assert one.decide(WRONG, 20.0)["verdict"] == "unknown"
    assert one.decide(WRONG, 20.0)["verdict"] == "refuted"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import sys; sys.exit(3)", "ended with code 3"),
        ('print(\'{"id": "x", "ready": true}\', flush=True); input()', "no worker process"),
        ("print('ready', flush=True)", "no worker process"),
        ("import sys, json; print(json.dumps({'id': json.loads(sys.argv[1])['ready'], 'failed': 'no Z3'}))", "no Z3"),
    ],
)
def test_a_worker_that_is_not_ready_is_an_error(script: str, reason: str, one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_command_line", lambda ready, memory: [sys.executable, "-c", script, json.dumps({"ready": ready})])
    with pytest.raises(WorkerError, match=reason):
        one.decide(RIGHT, 1.0)
    answers = decide_all([Claim(str(i), "x", RIGHT) for i in range(9)], jobs=2, timeout=1.0)
    with pytest.raises(WorkerError, match=reason):
        list(answers)


def test_what_cannot_be_loaded_is_named(one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = BOOTSTRAP.replace("from micrograd.prove.service.worker import Service", "import micrograd.nowhere")
    monkeypatch.setattr("pkgutil.get_data", lambda package, name: broken.encode())
    with pytest.raises(WorkerError, match=r"No module named 'micrograd\.nowhere'"):
        one.start()


def test_what_libraries_print_is_no_answer(one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = "print('{}', flush=True); os.write(1, b'[]\\n'); os.system('echo 1'); from micrograd.prove.service.worker import Service"
    noisy = BOOTSTRAP.replace("from micrograd.prove.service.worker import Service", noise)
    assert noisy != BOOTSTRAP
    monkeypatch.setattr("pkgutil.get_data", lambda package, name: noisy.encode())
    assert one.decide(RIGHT, 20.0)["verdict"] == "proved"


# --- surroundings ----------------------------------------------------------------------------------------------------


def test_files_of_the_current_directory_and_the_environment_are_not_run(
    one: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    for name in ("json", "flint", "z3", "sympy", "numpy", "gmpy2", "queue", "ctypes", "sitecustomize", "usercustomize", "random", "start"):
        (tmp_path / f"{name}.py").write_text(mark)
    (tmp_path / "micrograd").mkdir()
    (tmp_path / "micrograd" / "__init__.py").write_text(mark)
    (tmp_path / "libz3.so").write_text("not a library")
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": "start.py",
        "Z3_LIBRARY_PATH": str(tmp_path),
        "PYTHONINSPECT": "1",
        "PYTHONHOME": ".",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    assert one.decide(RIGHT, 20.0)["verdict"] == "proved"
    assert not (tmp_path / "ran").exists()


def test_the_command_does_not_import_from_the_current_directory(tmp_path: Path) -> None:
    for name in ("json", "fractions", "argparse", "subprocess", "flint", "decimal"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\n")
    done = subprocess.run(
        [sys.executable, "-m", "micrograd", "prove", "x**2", "--claim", "3*x"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert not (tmp_path / "ran").exists()


@POSIX
def test_a_deleted_directory_and_an_empty_environment(tmp_path: Path) -> None:
    script = (
        f"import os, sys; d = {str(tmp_path / 'gone')!r}; os.mkdir(d); os.chdir(d); os.rmdir(d); "
        f"os.execve(sys.executable, [sys.executable, '-m', 'micrograd', 'prove', 'x**2', '--claim', '3*x'], "
        f"{{'PYTHONPATH': {os.pathsep.join(p for p in sys.path if p)!r}}})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr


# --- time ------------------------------------------------------------------------------------------------------------


@POSIX
def test_a_worker_that_is_stopped_is_replaced(one: Worker) -> None:
    os.kill(one.start().pid, signal.SIGSTOP)
    found = one.decide({**RIGHT, "function": "x**2" + " + 0" * 500_000}, 0.5)  # more than a pipe holds
    assert found["verdict"] == "unknown"
    assert "time is over" in found["reason"]
    assert one.decide(WRONG, 20.0)["verdict"] == "refuted"


@POSIX
def test_a_worker_that_is_stopped_while_it_starts_and_continued_does_not_answer_later(one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "START", 0.1)
    launch, launched = one._launch, []

    def stopped(ready: str) -> Any:
        process = launch(ready)
        process.send_signal(signal.SIGSTOP)
        launched.append(process)
        return process

    monkeypatch.setattr(one, "_launch", stopped)
    with pytest.raises(WorkerError, match="not ready in time"):
        one.decide(WRONG, 1.0)
    monkeypatch.undo()
    launched[0].send_signal(signal.SIGCONT)
    assert one.decide(WRONG, 20.0)["verdict"] == "refuted"
    assert launched[0].wait(timeout=60) == -signal.SIGKILL


SHORT_START = "import sys, micrograd.cli, micrograd.prove.service.pool as p; p.START = 1.0; sys.exit(micrograd.cli.main())"


@POSIX
@LINUX
def test_a_command_that_is_stopped_and_continued_gives_no_wrong_verdict() -> None:
    """What Ctrl-Z and fg do, for longer than a worker has for its start."""
    process = subprocess.Popen(
        [sys.executable, "-c", SHORT_START, "prove", "x**2", "--wrt", "x", "--claim", "3*x"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    wait_until(lambda: Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text() or process.poll() is not None)
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGCONT)
    out, errors = process.communicate(timeout=120)
    assert process.returncode in (1, 3, 4), (out, errors)  # a machine that is too slow for such a start says so
    assert "PROVED" not in out


# --- the end ---------------------------------------------------------------------------------------------------------

PARENT = """
import sys, time
from micrograd.prove.service import pool
pool.pkgutil.get_data = lambda package, name: BOOTSTRAP
worker = pool.Worker()
print(worker.start().pid, flush=True)
import threading
BUSY and threading.Thread(target=worker.decide, args=({"function": "x", "wrt": "x", "derivative": "1", "domain": "True"}, 1000)).start()
time.sleep(1000)
"""


@LINUX
@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("asked", ["the system", "the input"])
def test_a_worker_ends_when_its_parent_is_killed(asked: str, busy: bool, tmp_path: Path) -> None:
    mark = tmp_path / "busy"
    service = "from micrograd.prove.service import worker\n        from micrograd.prove.service.worker import Service"
    spin = f"\n        worker.answer = lambda task: (open({str(mark)!r}, 'w').close(), exec('while True: pass'))"
    text = BOOTSTRAP.replace("from micrograd.prove.service.worker import Service", service)
    text = text.replace('service = Service(answers, setup["memory"])', 'service = Service(answers, setup["memory"])' + spin)
    if asked == "the input":  # as on a system that cannot be asked
        text = text.replace('sys.platform == "linux"', "False")
    script = PARENT.replace("BOOTSTRAP", repr(text.encode())).replace("BUSY", str(busy))
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not is_gone(child)
    if busy:
        wait_until(mark.exists)
    parent.kill()
    parent.communicate()
    wait_until(lambda: is_gone(child))


def test_workers_end_with_the_iterator() -> None:
    answers = decide_all([Claim("", "x", RIGHT)] * 6, jobs=2, timeout=20)
    _, _, found = next(answers)
    assert found["verdict"] == "proved"
    before = {thread for thread in threading.enumerate() if "serve" in thread.name}
    answers.close()  # type: ignore[attr-defined]
    wait_until(lambda: not any(thread.is_alive() for thread in before))


def test_a_stopped_worker_does_not_start_again(one: Worker) -> None:
    one.stop()
    with pytest.raises(WorkerError):
        one.decide(RIGHT, 1.0)


def test_places_and_claims_that_cannot_be_used() -> None:
    claims = [Claim("right", "x", RIGHT), Claim("bad", "", error="nothing"), Claim("wrong", "x", WRONG)]
    found = {place: (claim.id, answer["verdict"]) for place, claim, answer in decide_all(iter(claims), jobs=2, timeout=20)}
    assert found == {0: ("right", "proved"), 1: ("bad", "error"), 2: ("wrong", "refuted")}


def test_an_error_in_reading_the_claims_is_passed_on() -> None:
    def claims() -> Iterator[Claim]:
        yield Claim("bad", "", error="nothing")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(decide_all(claims(), jobs=1, timeout=20))


# --- inside a worker -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "verdict", "internal"),
    [
        (MemoryError(), "unknown", None),
        (RecursionError("deep"), "unknown", None),
        (RuntimeError("Z3: out of memory"), "unknown", None),
        (ValueError("Exceeds the limit (4300 digits)"), "error", True),
        (ZeroDivisionError(), "error", True),
        (KeyError("x"), "error", True),
    ],
)
def test_errors_of_the_program_are_not_those_of_the_input(
    error: Exception, verdict: str, internal: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("micrograd.prove.claims.decide", fail)
    found = worker.answer(RIGHT)
    assert (found["verdict"], found.get("internal")) == (verdict, internal)


@pytest.mark.parametrize(
    "change",
    [
        {"function": "x +"}, {"function": 3}, {"function": "\ud800"}, {"function": "9" * 5000 + "*x("}, {"derivative": "frob(x)"},
        {"domain": "x <"}, {"domain": "x < 0 and x > 0"}, {"derivative": "q"}, {"wrt": "2"}, {"wrt": ""}, {"wrt": "sin"}, {"wrt": 5},
        {"second": "1"}, {"function": "x*y", "wrt": None}, {"function": "2", "wrt": None},
    ],
)  # fmt: skip
def test_tasks_that_cannot_be_used(change: dict[str, Any]) -> None:
    found = worker.answer({**RIGHT, **change})
    assert found["verdict"] == "error"
    assert "internal" not in found
    assert json.dumps(found)


def test_the_only_variable_need_not_be_named() -> None:
    assert worker.answer({**RIGHT, "wrt": None})["verdict"] == "proved"


def test_a_worker_is_replaced_when_it_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"now": 100.0}
    monkeypatch.setattr(worker, "resident", lambda: sizes["now"])
    service = worker.Service.__new__(worker.Service)
    service.claims, service.base, service.bound = 0, 0.0, 100.0 + worker.FIRST_GROWTH
    for _ in range(worker.SETTLED):
        sizes["now"] += 1
        assert not service.worn({})
    settled = sizes["now"]
    assert service.worn({"internal": True})
    sizes["now"] = settled + worker.GROWTH
    assert not service.worn({})
    sizes["now"] += 1
    assert service.worn({})
    sizes["now"] = settled
    assert not service.worn({})
    service.claims = worker.CLAIMS
    assert service.worn({})


def test_a_worn_worker_is_replaced_after_its_answer(one: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    impostor(monkeypatch, "say(id=question['id'], task=question['task'], answer=answer, worn=True)")
    first = one.start()
    assert one.decide(RIGHT, 20.0)["verdict"] == "proved"
    assert first.wait(timeout=60) != 0
    assert one.start() is not first


@LINUX
def test_memory_is_bounded(one: Worker) -> None:
    one.memory = 600
    limits = Path(f"/proc/{one.start().pid}/limits").read_text()
    assert f"{600 * 2**20}" in next(line for line in limits.splitlines() if line.startswith("Max address space"))
    with contextlib.suppress(KeyError):
        assert worker.resident() > 10
