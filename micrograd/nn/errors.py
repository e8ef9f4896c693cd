"""Errors of networks and checkpoints: each is one line that names the parameter or the file, and the condition."""

from __future__ import annotations

from micrograd.verified.errors import MicrogradError


class StateError(MicrogradError, ValueError):
    """Saved numbers do not fit what they are loaded into, or parameters are not what was built; nothing was changed."""


class CheckpointError(MicrogradError):
    """A checkpoint cannot be written or read."""
