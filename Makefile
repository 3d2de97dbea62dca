# Everything runs in a virtual environment of its own; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint conformance bench lab lock clean

help: ## Show this help
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "certgate needs Python 3.11 or newer: make PYTHON=python3.x")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## Run the gate against the built-in lab, with all reports
	@$(BIN)/python -m certgate.lab.demo demo-reports

test: $(STAMP) ## Run the tests
	$(BIN)/python -m pytest -n 2 -m "not slow" $(PYTEST_ARGS)

test-all: $(STAMP) ## Run the tests, the slow ones too, with coverage
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

lint: $(STAMP) ## Check style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(STAMP) ## Judge NIST PKITS and x509-limbo; write the result to docs/conformance.md
	$(BIN)/python -m tests.conformance.run --docs docs/conformance.md --json conformance.json

bench: $(STAMP) ## Measure speed and memory (needs nginx and openssl)
	$(BIN)/python bench/bench.py

lab: $(STAMP) ## Prove that the gate says no when it should
	$(BIN)/certgate lab verify

lock: $(STAMP) ## Pin the development environment anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet --upgrade --output-file requirements/dev.txt

clean: ## Remove everything that was built
	rm -rf $(VENV) dist build demo-reports .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
