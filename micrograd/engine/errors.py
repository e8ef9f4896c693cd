"""Errors of the tape engine: each names the operation and the shapes."""

from __future__ import annotations

from micrograd.verified.errors import MicrogradError


class TapeError(MicrogradError, RuntimeError):
    """A tape was used in a way that cannot give a right gradient."""


class ShapeError(MicrogradError, ValueError):
    """Shapes do not fit an operation."""


class DtypeError(MicrogradError, TypeError):
    """Data that cannot be differentiated."""
