"""The runs of a traced function: once for each sequence of answers to the questions that it asks about its values.

A question is a comparison whose truth depends on the arguments.  Each run follows the answers that are given, says yes to new questions,
and knows what follows from its answers: where a < b holds, neither b < a nor a == b does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from traceback import walk_stack, walk_tb
from types import FrameType
from typing import Any, NoReturn

from micrograd.trace.readings import UncertainConstant, certain
from micrograd.trace.rebuilding import Rebuilder
from micrograd.trace.results import Fork, Leaf, guarded, lowered
from micrograd.verified.differentiation import conjuncts
from micrograd.verified.errors import MicrogradError, UnsupportedPrimitive
from micrograd.verified.expr import EQ, GE, GT, LE, LT, NE, NOT, TRUE, Condition, Expr, Head, all_of, any_of, compare, negate

CASES = 64
"""How many cases of one function are traced at most."""

_MIRRORED: dict[Head, Head] = {GT: LT, GE: LE}


def _question(condition: Condition) -> tuple[Condition, bool]:
    """The condition as ``a < b`` or ``a == b`` or another condition, and whether it is that or its negation."""
    which, *operands = condition.key
    if which is NOT:
        inner, positive = _question(operands[0])
        return inner, not positive
    if which in _MIRRORED:
        which, operands = _MIRRORED[which], operands[::-1]
    if which is LE:
        return compare(LT, operands[1], operands[0]), False
    if which is EQ or which is NE:
        return compare(EQ, *sorted(operands, key=id)), which is EQ
    return compare(LT, *operands) if which is LT else condition, True


class Cases:
    """The runs of one function: each follows given answers, and then says yes to new questions."""

    def __init__(self, title: str, rebuilder: Rebuilder, truths: bool = False) -> None:
        self.title, self.rebuilder, self.truths = title, rebuilder, truths
        self.count = 0
        self.shows = self.arrays = False
        self._answers: list[tuple[Condition, bool]] = []
        self._known: dict[Condition, bool] = {}
        self._required: dict[Expr, None] = {}
        self._assumed: dict[Condition, None] = {}
        self.existence: dict[Any, Condition] = {}
        self.asked: dict[Condition, None] = {}
        self._place = 0
        self._failure: MicrogradError | None = None

    @property
    def numpy(self) -> bool:
        """Whether numbers may be NumPy's: an argument is an array, or the function has met one of NumPy's objects."""
        return self.arrays or self.rebuilder.numpy

    def require(self, expression: Expr) -> None:
        """Note that this run ends with an error where the expression has no value."""
        self._required[expression] = None

    def assume(self, condition: Condition) -> None:
        """Note that this run is read rightly only where the condition holds."""
        answers = [c if holds else negate(c) for c, holds in self._answers[: self._place]]
        self._assumed[any_of(*map(negate, answers), all_of(*conjuncts(condition)))] = None

    @property
    def assumed(self) -> Condition:
        """Where all runs are read rightly."""
        return all_of(*self._assumed)

    def constant(self, value: float) -> Expr | None:
        """The number that a float of unknown origin stands for, None if that is not certain."""
        known, found = self.rebuilder.constants.find(value)
        if known and found is None:
            self.refuse(f"the constant {value!r} is said to be different numbers in this file", UncertainConstant)
        return found if known else certain(value)

    def refuse(self, reason: str, error: type[UnsupportedPrimitive] = UnsupportedPrimitive) -> NoReturn:
        self._failure = error(f"{self.title}{self._line()}: {reason}")
        raise self._failure

    def _line(self) -> str:
        return self._place_of(walk_stack(sys._getframe(1)))

    def _place_of(self, frames: Iterable[tuple[FrameType, int]]) -> str:
        """The user's line in the first of the frames that has one."""
        return next((f", line {line}" for frame, line in frames if self.rebuilder.is_rebuilt(frame.f_code)), "")

    def holds(self, condition: Condition) -> bool:
        """The answer of this run to a condition."""
        self.asked[condition] = None
        question, positive = _question(condition)
        if question not in self._known:
            self._learn(question, self._answer(condition) is positive)
        return self._known[question] is positive

    def _learn(self, question: Condition, holds: bool) -> None:
        self._known[question] = holds
        if holds and question.head in (LT, EQ):
            a, b = question.args
            for other in (compare(LT, a, b), compare(LT, b, a), compare(EQ, *sorted((a, b), key=id))):
                self._known.setdefault(other, False)  # but for the question itself

    def _answer(self, condition: Condition) -> bool:
        place, self._place = self._place, self._place + 1
        if place < len(self._answers):
            if self._answers[place][0] is not condition:
                self.refuse("it is not the same twice: it uses random numbers, the time, or something that it changes")
            return self._answers[place][1]
        if place >= CASES:
            self._too_many()
        self._answers.append((condition, True))
        return True

    def _too_many(self) -> NoReturn:
        self.refuse(
            f"more than {CASES} cases: a loop whose length depends on a value cannot be traced, "
            "and branches in a loop of n rounds may make 2**n cases"
        )

    def tree(self, call: Callable[[], Any]) -> Leaf | Fork:
        """All cases."""
        root = Fork(TRUE)
        self._answers, self.count = [], 0
        while True:
            self._place, self._known, self._required = 0, {}, {}
            leaf = self._run(call)
            self.count += 1
            if self.count > CASES:
                self._too_many()
            self._hang(root, leaf)
            while self._answers and not self._answers[-1][1]:
                self._answers.pop()
            if not self._answers:
                return root.after[True]  # type: ignore[no-any-return]
            self._answers[-1] = (self._answers[-1][0], False)

    def _hang(self, root: Fork, leaf: Leaf) -> None:
        node, answer = root, True
        for condition, following in self._answers:
            node, answer = node.after.setdefault(answer, Fork(condition)), following
        node.after[answer] = leaf

    def _run(self, call: Callable[[], Any]) -> Leaf:
        try:
            value = lowered(call(), self.title, self.truths)
        except MicrogradError:
            raise
        except (ValueError, ArithmeticError, AssertionError) as reason:
            if self._failure is not None:
                raise self._failure from None
            if not self._answers or not self._is_users_own(reason):
                raise UnsupportedPrimitive(self._explained(reason)) from reason
            return Leaf(None, reason)
        except RecursionError as reason:
            raise UnsupportedPrimitive(f"{self.title} calls itself without end, or too often") from reason
        except (Exception, SystemExit) as reason:
            raise self._failure or UnsupportedPrimitive(self._explained(reason)) from reason
        if self._failure is not None:
            raise self._failure
        return Leaf(guarded(value, self._required, [condition for condition, _ in self._answers]))

    def _is_users_own(self, reason: Exception) -> bool:
        """Whether Python would raise this error too: it was raised by the function, or is a division by 0."""
        frames = list(walk_tb(reason.__traceback__))
        return isinstance(reason, ZeroDivisionError) or (bool(frames) and self.rebuilder.is_rebuilt(frames[-1][0].f_code))

    def _explained(self, reason: BaseException) -> str:
        line = self._place_of(reversed(list(walk_tb(reason.__traceback__))))
        text = str(reason).replace("'Real'", "number").replace("Real object", "number")
        hint = ""
        if "Real" in str(reason) and any(word in str(reason) for word in ("subscriptable", "iterable", "len()", "unpack", "'@'", "matmul")):
            hint = "; an argument that is a vector needs its length: shapes={'name': length}"
        return f"{self.title}{line}: {type(reason).__name__}: {text}{hint}"
