"""Cases in a loop fail as tests of their own do: each is tried, and named."""

from __future__ import annotations

import pytest

from tests.each import each


def test_every_case_is_tried_and_those_that_fail_are_named() -> None:
    tried: list[str] = []

    def check(case: str) -> None:
        tried.append(case)
        assert case not in ("sin", "cos")

    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail: sin, cos") as found:
        each(["exp", "sin", "log", "cos"], check)
    assert tried == ["exp", "sin", "log", "cos"]
    assert [error.__notes__ for error in found.value.exceptions] == [["the case: sin"], ["the case: cos"]]
    each(["exp"], check)


def test_no_cases_are_a_failure() -> None:
    with pytest.raises(AssertionError, match="no cases"):
        each([], print)


def test_an_exception_that_does_not_come_is_a_failure_with_a_name() -> None:
    def check(case: str) -> None:
        with pytest.raises(ValueError):
            float(case)

    with pytest.raises(BaseExceptionGroup, match="1 of 2 cases fail: 7"):
        each(["seven", "7"], check)


def test_cases_have_the_names_that_they_are_given() -> None:
    with pytest.raises(ExceptionGroup, match=r"fail: case 1$"):
        each([1], lambda case: 1 / (case - 1), lambda case: f"case {case}")
