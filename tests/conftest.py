"""Hypothesis profiles, and where the bytecode of the tests and of what they start is kept.

Hypothesis makes the same examples on every run by default, fresh ones with ``HYPOTHESIS_PROFILE=explore``.  With ``mutants`` a failing
example is not made smaller: only that there is one matters.

Some hundred tests start another Python, and pytest rewrites every module of tests.  Without bytecode, as where ``PYTHONDONTWRITEBYTECODE``
is set, that compiles everything again each time, which is a third of the suite's time; so it is kept in pytest's cache, beside no source.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from hypothesis import Phase, settings

BYTECODE = Path(__file__).resolve().parents[1] / ".pytest_cache" / "bytecode"
sys.dont_write_bytecode, sys.pycache_prefix = False, str(BYTECODE)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
if "PYTEST_XDIST_WORKER" not in os.environ:  # modules that tests wrote into temporary folders are not seen again
    shutil.rmtree(BYTECODE / Path(tempfile.gettempdir()).relative_to("/"), ignore_errors=True)

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.register_profile("mutants", derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
