"""Forward mode: tangents pushed along a tape, from the first entry to the last."""

from __future__ import annotations

from typing import Any

from micrograd.engine.elementwise import OPERATIONS
from micrograd.engine.tape import Tape

ADD = OPERATIONS["add"]


def push_forward(tape: Tape, tangents: dict[int, Any], operand: Any = None) -> dict[int, Any]:
    """Tangents of all entries that move when the given ones do.  Linear in the length of the tape.

    Args:
        tape: the entries.
        tangents: tangents by entry, in the shape of their data.
        operand: gives the operand at an entry; by default its data.  (Values instead make the tangents differentiable.)
    """
    at = operand or tape.data.__getitem__
    moving = dict(tangents)
    for k in range(len(tape.ops)):
        left = tape.lefts[k]
        if left is None or k in moving or tape.ops[k].truth:
            continue
        options = tape.options(k)
        places = tape.operands(k)
        total = None
        for place, i in enumerate(places):
            if i in moving:
                share = tape.ops[k].jvp(moving[i], place, [at(j) for j in places], at(k), **options)
                if share is not None:
                    total = share if total is None else ADD(total, share)
        if total is not None:
            moving[k] = total
    return moving
