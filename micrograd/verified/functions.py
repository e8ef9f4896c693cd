"""All functions of the registry as Python functions that build expressions, under their public names.

Each takes expressions or exact numbers and returns an expression; nothing is computed.
"""

from __future__ import annotations

from micrograd.verified import activations, primitives, special_functions
from micrograd.verified.activations import *
from micrograd.verified.names import exported
from micrograd.verified.primitives import *
from micrograd.verified.registry import REGISTRY as REGISTRY
from micrograd.verified.special_functions import *

globals()["__all__"] = exported(primitives, activations, special_functions)
