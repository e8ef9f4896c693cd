"""What must happen before anything else is imported, if the process is one of this package's commands.

* ``python -m`` puts the current directory first on the path: a ``json.py`` or ``flint.py`` that lies beside a file of claims would run as
  code.  It is taken away again.  What Python itself has imported by then cannot be helped: ``python -P -m micrograd`` and the command
  ``micrograd`` never look there.
* Until the command listens to signals, Ctrl-C ends it without a traceback.

A program that imports this package is left alone.

Z3's bindings look for their library in the current directory before they look beside themselves; `find_the_solver` tells them where it is.
"""

from __future__ import annotations

import builtins
import importlib.util
import os
import signal
import sys


def prepare() -> None:
    """Do all of this, if a command is being started."""
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


def find_the_solver() -> None:
    """Let Z3's bindings load the library that they came with; to be called before they are imported."""
    spec = importlib.util.find_spec("z3")
    if spec is not None and spec.submodule_search_locations and not hasattr(builtins, "Z3_LIB_DIRS"):
        home = os.path.abspath(spec.submodule_search_locations[0])
        builtins.Z3_LIB_DIRS = [os.path.join(home, "lib"), home, os.path.join(sys.prefix, "lib")]  # type: ignore[attr-defined]


prepare()
