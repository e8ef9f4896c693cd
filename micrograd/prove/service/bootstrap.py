"""The first statements of a worker process: ``python -s -P -c TEXT-OF-THIS-FILE SETUP``.

They run before anything of this package or of another is imported, and see to it that a worker is on its own:

* it ends when the process that started it ends.  Linux is asked for that; everywhere, the end of the input is the end of the process, also
  while a solver computes;
* the channel to its parent is not its standard output, so nothing that a library prints is taken for an answer;
* packages come from where the interpreter has them, whatever lies in the current directory or stands in ``PYTHONPATH``.  Only this package
  comes from the folder that the parent names, since it may be a checkout, and so do packages that the interpreter does not have at all.

SETUP is a JSON object: ``parent``, a process id; ``home``, the folder that holds this package; ``others``, folders of further packages by
name; ``memory`` in megabytes; ``ready``, the name of the first message.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any, BinaryIO


class Places:
    """Finds packages in the folders that are named for them, and nothing else there."""

    def __init__(self, folders: dict[str, str]) -> None:
        self.folders = folders

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder` has it."""
        return PathFinder.find_spec(name, [self.folders[name]]) if name in self.folders else None


def end_with(parent: int) -> None:
    """Be killed when the parent ends."""
    if sys.platform == "linux":
        import ctypes
        import signal

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
    if hasattr(os, "getppid") and os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def channels() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to and from the parent; what they were is the null device from now on."""
    questions, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    return os.fdopen(questions, "rb"), os.fdopen(answers, "wb")


def listen(questions: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    """Pass on what the parent asks; end the process, whatever it is doing, when there is no parent."""
    try:
        for line in questions:
            lines.put(line)
    finally:
        os._exit(0)


def main() -> None:
    """Serve the parent."""
    setup = json.loads(sys.argv[1])
    end_with(setup["parent"])
    questions, answers = channels()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(questions, lines), daemon=True).start()
    sys.meta_path.insert(0, Places({"micrograd": setup["home"]}))
    sys.meta_path.append(Places(setup["others"]))
    try:
        from micrograd.prove.service.worker import Service

        service = Service(answers, setup["memory"])
    except Exception as reason:
        failure = {"id": setup["ready"], "failed": f"{type(reason).__name__}: {reason}"}
        answers.write(json.dumps(failure).encode() + b"\n")
        answers.flush()
        return
    service.run(setup["ready"], lines)


if __name__ == "__main__":
    main()
