"""The error of training runs."""

from __future__ import annotations

from micrograd.verified.errors import MicrogradError


class TrainingError(MicrogradError):
    """A run that cannot be started, continued or finished; one line says why.

    Attributes:
        code: the exit code of the command: 2 for unusable input, 1 for a failure.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
