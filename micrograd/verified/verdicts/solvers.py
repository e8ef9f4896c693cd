"""Who settles oracle steps: Z3, and cvc5 where the program is installed.

Nothing else of the checker needs more than the standard library; Z3 is loaded when the first sentence is to be settled.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping

from micrograd.isolation import find_the_solver
from micrograd.verified.errors import CertificateError

STEPS = 2_000_000
"""Z3's count of steps (``rlimit``) for one sentence."""
CVC5_STEPS = 200_000
UNSATISFIABLE = -1
"""What Z3 answers where there is no model."""


def _ignored(context: object, code: int) -> None:
    """Errors are raised by the wrappers; Z3's own handler would end the process."""


def z3_refutes(sentence: str) -> bool:
    """Whether Z3 says that there is no model; the work is limited by its own count of steps.

    Raises:
        CertificateError: Z3 is not installed.
    """
    find_the_solver()
    try:
        from z3 import z3core
        from z3.z3types import Z3Exception
    except ImportError:
        raise CertificateError("the certificate has oracle steps, and Z3 is not installed") from None
    configuration = z3core.Z3_mk_config()
    context = z3core.Z3_mk_context(configuration)
    z3core.Z3_del_config(configuration)
    handler = z3core.Z3_set_error_handler(context, _ignored)
    try:  # the limit is the solver's own: an option in the script would be one of the whole process
        solver = z3core.Z3_mk_solver_for_logic(context, z3core.Z3_mk_string_symbol(context, "QF_NRA"))
        z3core.Z3_solver_inc_ref(context, solver)
        limit = z3core.Z3_mk_params(context)
        z3core.Z3_params_inc_ref(context, limit)
        z3core.Z3_params_set_uint(context, limit, z3core.Z3_mk_string_symbol(context, "rlimit"), STEPS)
        z3core.Z3_solver_set_params(context, solver, limit)
        z3core.Z3_solver_from_string(context, solver, sentence.replace("(check-sat)", ""))
        return bool(z3core.Z3_solver_check(context, solver) == UNSATISFIABLE)
    except Z3Exception:
        return False
    finally:
        z3core.Z3_del_context(context)
        del handler


def cvc5_says(sentence: str) -> str:
    """What the program ``cvc5`` says; nothing where it is not installed."""
    program = shutil.which("cvc5")
    if program is None:
        return ""
    command = [program, "--lang=smt2", f"--rlimit={CVC5_STEPS}"]
    return subprocess.run(command, input=sentence, capture_output=True, text=True, check=False).stdout.strip()


def settle(sentence: str) -> bool:
    """Z3 says that there is no model, and cvc5, where it is installed, does not say that there is one."""
    return z3_refutes(sentence) and cvc5_says(sentence) != "sat"


SOLVERS: Mapping[str, Callable[[str], bool]] = {
    "all": settle,
    "z3": z3_refutes,
    "cvc5": lambda sentence: cvc5_says(sentence) == "unsat",
    "none": lambda sentence: False,
}
"""Who settles oracle steps, by name."""
