"""Whether this package is whole.

An older package on PyPI is called ``micrograd`` too, and consists of ``micrograd/__init__.py``, ``micrograd/engine.py`` and
``micrograd/nn.py``.  Installed after this one (``micrograd-verified``), it replaces our ``__init__.py``; uninstalled after it, it takes
that file away.  Then ``import micrograd`` gives an empty package; importing anything below says what has happened.  As long as both are
there and ours came last, all works, with a warning.
"""

from __future__ import annotations

import os
import sys
import warnings
from types import ModuleType

REMEDY = (
    "the older package `micrograd` has files of the same names as micrograd-verified. Remove it, then install this one again: "
    "pip uninstall micrograd; pip install --force-reinstall --no-deps micrograd-verified"
)


def problem(package: ModuleType) -> str | None:
    """What is wrong with the package so far imported, in words; None if it is ours and whole, or is being imported."""
    beginning = getattr(package.__spec__, "_initializing", False)
    if not beginning and not hasattr(package, "__version__"):
        return f"micrograd/__init__.py is gone, or belongs to another package: {REMEDY}"
    return None


def leftover(package: ModuleType) -> str | None:
    """A file of the older package that lies in our folder, if there is one."""
    paths = (os.path.join(folder, name) for folder in package.__path__ for name in ("engine.py", "nn.py"))
    return next(filter(os.path.isfile, paths), None)


def check() -> None:
    """Make sure of it.

    Raises:
        ImportError: our ``__init__.py`` is not there.
    """
    package = sys.modules["micrograd"]
    reason = problem(package)
    if reason is not None:
        raise ImportError(reason)
    file = leftover(package)
    if file is not None:
        warnings.warn(f"{file} is not of micrograd-verified: {REMEDY}", RuntimeWarning, stacklevel=2)


check()
