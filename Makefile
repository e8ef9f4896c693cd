# Every target sets up the project's own .venv when needed; nothing is installed elsewhere.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: prove prove-afresh test check test-all campaign bench lint types clean

prove: .venv/.test-ready
	$(BIN)/python -m proofs

prove-afresh: .venv/.test-ready
	$(BIN)/python -m proofs --no-cache --quiet

test: .venv/.test-ready
	$(BIN)/python -m pytest -n auto --dist worksteal

check: .venv/.dev-ready lint types prove-afresh test

test-all: .venv/.dev-ready
	$(BIN)/python -m pip install -q -e '.[cvc5,peers]'
	$(BIN)/python -m proofs --no-cache --solver cvc5
	$(BIN)/python -m proofs --no-cache --mutants --quiet
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -n auto --dist worksteal -m ''

# Ten thousand claims for the prover alone, a hundred provers with errors, every mutant of the code; all go on where they were interrupted.
campaign: .venv/.dev-ready
	$(BIN)/python -m tests.prove.campaign --claims 10000
	$(BIN)/python -m tests.prove.certificates.errors
	$(BIN)/python -m proofs.code_mutants

bench: .venv/.dev-ready
	$(BIN)/python -m pip install -q -e '.[bench]'
	$(BIN)/python -m benchmarks.symbolic
	$(BIN)/python -m benchmarks.tape
	$(BIN)/python -m benchmarks.mnist
	$(BIN)/python -m benchmarks.verdicts

lint: .venv/.dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev-ready
	$(BIN)/mypy

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.test-ready: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q -e '.[test]'
	@touch $@

.venv/.dev-ready: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@ .venv/.test-ready

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
