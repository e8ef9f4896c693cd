"""The errors of this package: each names the operator or the place, and the violated condition."""

from __future__ import annotations


class MicrogradError(Exception):
    """Base of all errors raised on purpose."""


class ParseError(MicrogradError, ValueError):
    """Text (or a serialised graph) that is not in the language.

    Attributes:
        position: offset of the offending character, or number of the offending entry.
    """

    def __init__(self, message: str, *, position: int, text: str | None = None) -> None:
        self.position = position
        self.reason = message
        where = "" if text is None else f" at position {position}{_excerpt(text, position)}"
        super().__init__(f"{message}{where}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[MicrogradError], args: tuple[object, ...], state: dict[str, object]) -> MicrogradError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _excerpt(text: str, position: int) -> str:
    piece = text[max(0, position - 15) : position + 15]
    return f", near {piece!r}" if piece else ""


class DomainError(MicrogradError, ArithmeticError):
    """A function was evaluated where it is not defined.

    Attributes:
        operator: the primitive's name.
        condition: the condition that failed, over the primitive's parameters.
    """

    def __init__(self, operator: str, condition: str, operands: str) -> None:
        self.operator, self.condition, self.operands = operator, condition, operands
        super().__init__(f"{operator}({operands}) is not defined: it needs {condition}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.operator, self.condition, self.operands)


class FloatRangeError(MicrogradError, OverflowError):
    """A value that exists, but that float arithmetic loses to overflow."""


class UnsupportedPrimitive(MicrogradError, TypeError):
    """A primitive that the requested backend cannot express."""


class ProofError(MicrogradError):
    """An inference rule was applied where it does not apply."""


class CertificateError(ProofError):
    """A certificate that does not prove its claim.

    Attributes:
        step: number of the step that fails, None where the fault is not in a step.
    """

    def __init__(self, message: str, step: int | None = None) -> None:
        self.step, self.reason = step, message
        super().__init__(message if step is None else f"step {step}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason, self.step)


__all__ = ["CertificateError", "DomainError", "FloatRangeError", "MicrogradError", "ParseError", "ProofError", "UnsupportedPrimitive"]
