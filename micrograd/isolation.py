"""What must happen before anything else is imported, if the process is one of this package's commands.

* ``python -m`` puts the current directory first on the path: a ``json.py`` or ``flint.py`` that lies beside a file of claims would run as
  code.  It is taken away again.  What Python itself has imported by then cannot be helped: ``python -P -m micrograd`` and the command
  ``micrograd`` never look there.
* Until the command listens to signals, Ctrl-C ends it without a traceback.

A program that imports this package is left alone.
"""

from __future__ import annotations

import os
import signal
import sys


def prepare() -> None:
    """Do so, if a command is being started."""
    if started_as_module():
        leave_out_the_current_directory()
    elif not sys.argv or os.path.basename(sys.argv[0]) not in ("micrograd", "micrograd.exe"):
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def started_as_module() -> bool:
    """Whether this is ``python -m micrograd`` or a module of it."""
    if sys.argv[:1] != ["-m"]:  # that is what it is while Python looks for the module
        return False
    named = next((after for word, after in zip(sys.orig_argv, sys.orig_argv[1:], strict=False) if word == "-m"), "")
    return named.split(".")[0] == "micrograd"


def leave_out_the_current_directory() -> None:
    """Take the current directory from the front of the path."""
    try:
        here = os.getcwd()
    except OSError:  # it was deleted
        here = ""
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", here):
        del sys.path[0]


prepare()
