"""Commands that are started as ``python -m micrograd`` import nothing from the current directory.

Python puts the current directory first on the path for ``-m``: a ``json.py`` or ``flint.py`` that lies beside a file of claims would run as
code.  `leave_out_the_current_directory` takes it away again; it is called when this package is imported, before it imports anything else.
What Python itself has imported by then cannot be helped: ``python -P -m micrograd``, or the ``micrograd`` command, never looks there.
"""

from __future__ import annotations

import os
import sys


def leave_out_the_current_directory() -> None:
    """Remove what ``-m`` has put on the path, if a module of this package is what is being started."""
    if sys.argv[:1] != ["-m"] or sys.flags.safe_path or not sys.path:  # while ``python -m`` looks for its module, argv[0] is "-m"
        return
    started = next((after for word, after in zip(sys.orig_argv, sys.orig_argv[1:], strict=False) if word == "-m"), "")
    if started.split(".")[0] != "micrograd":
        return
    try:
        here = os.getcwd()
    except OSError:  # the directory was deleted
        here = ""
    if sys.path[0] in ("", here):
        del sys.path[0]


leave_out_the_current_directory()
