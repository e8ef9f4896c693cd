"""Points at which rules of differentiation say nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd.verified.verdicts.goals import Goal, Goals

RULES: dict[str, Callable[[Goals, Goal, list[Any]], list[Goal]]] = {}
