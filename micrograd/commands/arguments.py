"""Types of arguments that several commands share."""

from __future__ import annotations

import argparse

MAX_SECONDS = 1e6
MAX_JOBS = 256


def seconds(text: str) -> float:
    """A positive number of seconds."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds up to {MAX_SECONDS:,.0f}")
    return number


def jobs(text: str) -> int:
    """A number of processes."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MAX_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to {MAX_JOBS}")
    return number
