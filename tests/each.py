"""Many small cases in one test: pytest takes longer over a test than most of them do.

Where one test has some hundreds of cases of a few milliseconds or less, they are a loop.  All of them are tried, and those that fail are
named, each with its own traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")


def each(cases: Iterable[Case], check: Callable[[Case], object], name: Callable[[Case], str] = str) -> None:
    """Check every case.

    Raises:
        BaseExceptionGroup: of what the cases raised that failed; its message names them.
    """
    failures: dict[str, BaseException] = {}
    tried = 0
    for case in cases:
        tried += 1
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            error.add_note(f"the case: {name(case)}")
            failures[name(case)] = error
    assert tried, "there are no cases"
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} of {tried} cases fail: {', '.join(failures)}", [*failures.values()])
