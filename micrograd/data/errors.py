"""The error of data files."""

from __future__ import annotations

from micrograd.verified.errors import MicrogradError


class DataError(MicrogradError, ValueError):
    """A file or data set that cannot be used: names the file and what is wrong with it."""
