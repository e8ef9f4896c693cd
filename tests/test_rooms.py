"""One row drives everything: every room works for every row, or `tests.rooms` says why it does not."""

from __future__ import annotations

import pytest

import micrograd as mg
from micrograd.verified.row import Primitive
from tests.rooms import ROOMS, Lacks, check, lacks

ROWS: dict[str, Primitive] = {**mg.PRIMITIVES, **mg.SPECIAL}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_every_row(room: str, name: str) -> None:
    reason = lacks(room, ROWS[name])
    if room == "jax":
        pytest.importorskip("jax")
    if not reason:
        check(room, ROWS[name])
        return
    with pytest.raises(Lacks):
        check(room, ROWS[name])
