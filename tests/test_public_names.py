"""The names that the README, the guides and the examples use can be imported from where those pages take them.

The tables are written by hand and independent of the packages' own lists on purpose: a name that disappears from a package must fail here.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping

import pytest

USED: Mapping[str, str] = {
    "micrograd": """
        certificate check_certificate const derive diff domain evaluate gradient log parse parse_condition paused_collection simplify var
        variables
    """,
    "micrograd.verified.errors": "DomainError",
    "micrograd.verified.prove": "prove_derivative prove_equal prove_gradient prove_hessian prove_jacobian EmptyDomain Refuted",
    "micrograd.prove": "prove_derivative prove_equal prove_gradient prove_hessian prove_jacobian EmptyDomain Refuted",
    "micrograd.testing": "assert_derivative assert_gradient assert_hessian assert_jacobian proves_gradient_of",
    "micrograd.engine": """
        Tape Value compile cross_entropy custom_vjp equal grad hessian hvp jacobian jvp linear logaddexp logsumexp no_grad relu sigmoid
        softmax softplus sqrt tanh value_and_grad vjp where
    """,
    "micrograd.engine.errors": "TapeError",
    "micrograd.nn": """
        Adam AdamW Batches Constant Cosine Layer Linear MLP Module Neuron OneCycle ReLU SGD Sequential StepDecay Tanh Trainer WarmUp
        accuracy cross_entropy evaluate glorot_uniform load load_model make_step multilayer save save_model to_jax to_jax_function
    """,
    "micrograd.nn.errors": "CheckpointError",
    "micrograd.data": "DataError linear load_mnist moons read_idx spirals write_idx xor",
    "micrograd.data.errors": "DataError",
    "micrograd.training": "Run Settings train",
    "micrograd.training.prediction": "predict",
}
"""Statements ``from … import …``, attributes ``mg.…`` and ``me.…``, and the names that docs/nn.md
uses after ``from micrograd.nn import *``."""

FUNCTIONS = """
    absolute acos acosd acosh acot acotd acoth acsc acscd acsch asec asecd asech asin asind asinh atan atan2 atand atanh cbrt ceil cos
    cosd cosh cospi cot cotd coth csc cscd csch deg2rad erf erfc erfcx exp exp10 exp2 expm1 floor hypot log log10 log1p log2 logaddexp
    maximum minimum rad2deg reciprocal relu sec secd sech sigmoid sign sin sind sinh sinpi softplus sqrt square tan tand tanh trunc where
"""
SPECIAL = """
    airyai airyaiprime airybi airybiprime besseli besselj besselk bessely beta betainc betaln digamma expint fresnelc fresnels gamma
    gammainc gammaincc lambertw lgamma ndtri owens_t polygamma trigamma
"""
CORE = f"""
        CITED PRIMITIVES SPECIAL CertificateError Condition DomainError Expr FloatRangeError MicrogradError MissingVariable ParseError
        ProofError Theorem UnsupportedPrimitive all_of any_of certificate check_certificate const defined derive derive_simplified diff
        domain e eq evaluate from_json from_sympy gradient hessian ne parse parse_condition paused_collection pi postorder simplify
        substitute to_json to_latex to_sympy var variables write_certificate {FUNCTIONS} {SPECIAL}
"""
EXPORTED: Mapping[str, str] = {
    "micrograd": f"{CORE} __version__",
    "micrograd.verified": CORE,
    "micrograd.verified.prove": """
        EmptyDomain ForeignVariable Proved Refuted Undecided Unknown Verdicts prove_derivative prove_equal prove_gradient prove_hessian
        prove_jacobian
    """,
    "micrograd.engine": f"""
        Compiled DtypeError ShapeError Tape TapeError Value add array broadcast_to clip compile concatenate cross_entropy custom_vjp div
        dot equal expand_dims grad greater greater_equal hessian hinge hvp jacobian jvp less less_equal linear log_softmax logsumexp
        matmul max mean min mse mul neg no_grad not_equal pow power ravel reshape softmax squeeze stack sub sum transpose value_and_grad
        vjp {FUNCTIONS}
    """,
    "micrograd.nn": """
        ACTIVATIONS Adam AdamW ArrayModule Batches CheckpointError Constant Cosine Dropout GELU INITIALISERS Identity LOSSES Layer Linear
        MLP Module Neuron OPTIMISERS OneCycle Optimiser ReLU SGD Sequential Sigmoid Softplus StateError Step StepDecay Tanh Trainer WarmUp
        accuracy batches cross_entropy evaluate glorot_normal glorot_uniform he_normal he_uniform hinge load load_model make_step mse
        multilayer normal save save_model to_jax to_jax_function uniform zeros
    """,
    "micrograd.data": "DataError ImageSet linear load_mnist moons read_idx spirals write_idx xor",
    "micrograd.training": "DEFAULTS Outcome Run Settings TrainingError train",
    "micrograd.testing": "assert_derivative assert_gradient assert_hessian assert_jacobian proves_gradient_of",
}
"""What the packages offer: everything that their ``__init__`` re-exported when the rooms of the house were divided."""

COMMANDS = """
    micrograd micrograd.verified.check micrograd.data.make_sample proofs proofs.code_mutants benchmarks.mnist benchmarks.tape
    benchmarks.verdicts benchmarks.symbolic benchmarks.accuracy docs.generate examples.museum
"""
"""What the pages start with ``python -m``."""


def _missing(names: Mapping[str, str]) -> list[str]:
    """Missing names, as ``from … import`` sees them: a submodule counts."""
    wanted = [(place, name) for place, text in names.items() for name in text.split()]
    return [f"{place}.{name}" for place, name in wanted if not hasattr(importlib.import_module(place), name)]


def test_missing_names_are_seen() -> None:
    assert _missing({"micrograd.verified.errors": "DomainError NoError"}) == ["micrograd.verified.errors.NoError"]


@pytest.mark.parametrize("place", USED)
def test_names_that_the_pages_use(place: str) -> None:
    assert not _missing({place: USED[place]})


@pytest.mark.parametrize("place", EXPORTED)
def test_names_that_the_packages_export(place: str) -> None:
    assert not _missing({place: EXPORTED[place]})


@pytest.mark.parametrize("module", COMMANDS.split())
def test_modules_that_the_pages_start(module: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__") is not None
