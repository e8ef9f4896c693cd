"""A process that decides claims: one JSON object a line in, one a line out.

    {"function": "x*log(x)", "wrt": "x", "derivative": "log(x) + 1", "domain": "x > 0", "timeout": 10}

``second`` names a variable by which the function is differentiated first, for entries of a Hessian.  A line that cannot be used gives
``{"verdict": "error", "reason": …}``.  ``python -m micrograd.verified.prove.worker MEGABYTES`` bounds the memory where the system can.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from micrograd.verified.errors import MicrogradError


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """The verdict on one task, as plain data."""
    from micrograd.verified.expr import var
    from micrograd.verified.parsing import parse, parse_condition
    from micrograd.verified.prove.decide import DEFAULT_TIMEOUT, decide
    from micrograd.verified.prove.second import decide_second

    try:
        f = _parsed(parse, task["function"], "function")
        claim = _parsed(parse, task["derivative"], "derivative")
        text = task.get("domain")
        domain = None if text is None else _parsed(parse_condition, text, "domain")
        wrt, timeout = var(task["wrt"]), task.get("timeout", DEFAULT_TIMEOUT)
        if task.get("second"):
            return decide_second(f, var(task["second"]), wrt, claim, domain, timeout=timeout).to_dict()
        return decide(f, wrt, claim, domain, timeout=timeout).to_dict()
    except MemoryError:
        return {"verdict": "unknown", "reason": "the memory allowed to a worker is used up"}
    except (MicrogradError, ValueError, TypeError) as reason:
        return {"verdict": "error", "reason": f"{reason}"}
    except RecursionError as reason:
        return {"verdict": "unknown", "reason": f"{type(reason).__name__}: {reason}"}


def _parsed(parse: Any, text: Any, what: str) -> Any:
    if not isinstance(text, str):
        raise TypeError(f"the {what} is text, not {type(text).__name__}")
    try:
        return parse(text)
    except MicrogradError as reason:
        raise ValueError(f"{what}: {reason}") from None


def limit_memory(megabytes: int) -> None:
    """Bound the address space of this process, where the system knows how."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    bound = megabytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))


def main() -> None:
    """Serve until the input ends."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it decides what Ctrl-C means
    if len(sys.argv) > 1:
        limit_memory(int(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
