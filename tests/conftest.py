"""Hypothesis profiles, and where the bytecode of the tests and of what they start is kept.

Hypothesis makes the same examples on every run by default, fresh ones with ``HYPOTHESIS_PROFILE=explore``.  With ``mutants`` a failing
example is not made smaller: only that there is one matters.

A proof that the prover has found and that has no certificate is a fault of the one or the other: a test in which that is logged fails.

Some hundred tests start another Python, and pytest rewrites every module of tests.  Without bytecode, as where ``PYTHONDONTWRITEBYTECODE``
is set, that compiles everything again each time, which is a third of the suite's time; so it is kept in pytest's cache, beside no source.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
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


class _Uncertified(logging.Handler):
    """Keeps what the prover has proved and has no certificate for."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


UNCERTIFIED = _Uncertified()
logging.getLogger("micrograd.prove.certificates").addHandler(UNCERTIFIED)
logging.getLogger("micrograd.prove.certificates").setLevel(logging.INFO)


@pytest.fixture(autouse=True)
def every_proof_has_a_certificate(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test, unless it is marked with ``uncertified``, in which a proof was found that has no certificate."""
    UNCERTIFIED.messages.clear()
    yield
    messages = list(UNCERTIFIED.messages)
    UNCERTIFIED.messages.clear()
    assert not messages or request.node.get_closest_marker("uncertified"), f"no certificate for {messages}"
