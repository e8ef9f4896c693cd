"""The tape engine: reverse-mode differentiation of numbers and arrays, with rules that are proved.

`Value` records what is done to it; ``backward()`` gives gradients.  Functions carry their NumPy names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micrograd.engine.compilation import Compiled as Compiled
from micrograd.engine.compilation import compile as compile
from micrograd.engine.custom import custom_vjp as custom_vjp
from micrograd.engine.errors import DtypeError as DtypeError
from micrograd.engine.errors import ShapeError as ShapeError
from micrograd.engine.errors import TapeError as TapeError
from micrograd.engine.functions import *
from micrograd.engine.tape import Tape as Tape
from micrograd.engine.tape import no_grad as no_grad
from micrograd.engine.transforms import grad as grad
from micrograd.engine.transforms import hessian as hessian
from micrograd.engine.transforms import hvp as hvp
from micrograd.engine.transforms import jacobian as jacobian
from micrograd.engine.transforms import jvp as jvp
from micrograd.engine.transforms import value_and_grad as value_and_grad
from micrograd.engine.transforms import vjp as vjp
from micrograd.engine.value import Value as Value

if TYPE_CHECKING:
    from collections.abc import Callable

    def __getattr__(name: str) -> Callable[..., Any]:
        """The registry's functions (`micrograd.engine.functions`)."""
