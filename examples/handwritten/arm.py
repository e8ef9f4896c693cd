"""A planar robot arm with three links: where its hand is, and the Jacobian that its controller uses."""

from __future__ import annotations

from math import cos, sin

UPPER, FORE, HAND = 0.4, 0.35, 0.12
"""Lengths of the links in metres."""


def forward(shoulder: float, elbow: float, wrist: float) -> tuple[float, float, float]:
    """Position and angle of the hand from the angles of the joints, each relative to the link before."""
    first = shoulder
    second = first + elbow
    third = second + wrist
    x = UPPER * cos(first) + FORE * cos(second) + HAND * cos(third)
    y = UPPER * sin(first) + FORE * sin(second) + HAND * sin(third)
    return x, y, third


def jacobian(shoulder: float, elbow: float, wrist: float) -> list[list[float]]:
    """The partial derivatives of `forward`, with the sums that the columns share."""
    first, second, third = shoulder, shoulder + elbow, shoulder + elbow + wrist
    x3, y3 = HAND * cos(third), HAND * sin(third)
    x2, y2 = x3 + FORE * cos(second), y3 + FORE * sin(second)
    x1, y1 = x2 + UPPER * cos(first), y2 + UPPER * sin(first)
    return [[-y1, -y2, -y3], [x1, x2, x3], [1, 1, 1]]


def wrong_jacobian(shoulder: float, elbow: float, wrist: float) -> list[list[float]]:
    """A slip that is easy to make: the wrist's column uses the angle relative to the forearm."""
    rows = jacobian(shoulder, elbow, wrist)
    rows[0][2] = -HAND * sin(wrist)
    rows[1][2] = HAND * cos(wrist)
    return rows
