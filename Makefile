# Everything runs in a virtual environment of its own; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN := $(VENV)-run
OLDEST := $(VENV)-oldest
# A lock is complete, so no resolver has a say: what was released since cannot get in its way.
OLD_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11) and "certgate needs Python 3.11 or newer: make PYTHON=python3.x")
INSTALL := install --quiet --disable-pip-version-check --no-deps --require-hashes

# Empty, so that Python keeps what it compiles: tests start hundreds of programs.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help fuzz mutants reference demo demo-all test test-all test-oldest test-portable hooks changelog lint audit sarif locks site pictures release conformance twins integration integration-servers bench lab lock clean

help: ## Show this help
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c '$(OLD_ENOUGH)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip $(INSTALL) -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(RUN)/.installed: requirements/run.txt
	@$(PYTHON) -c '$(OLD_ENOUGH)'
	$(PYTHON) -m venv --clear $(RUN)
	$(RUN)/bin/pip $(INSTALL) -r requirements/run.txt
	@touch $@

$(OLDEST)/.installed: requirements/oldest.txt pyproject.toml
	@$(PYTHON) -c '$(OLD_ENOUGH)'
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/pip $(INSTALL) -r requirements/oldest.txt
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(RUN)/.installed ## Run the gate against eight servers that show what it says, with all reports
	@$(RUN)/bin/python -m certgate.lab.demo story demo-reports

demo-all: $(RUN)/.installed ## Run the gate against every faulty server of the lab, with all reports
	@$(RUN)/bin/python -m certgate.lab.demo all demo-reports

test: $(STAMP) ## Run the tests
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" --durations 20 --durations-min 1 $(PYTEST_ARGS)

test-all: $(STAMP) ## Run the tests, the slow ones too, with coverage
	$(BIN)/python -m pytest -n 3 --dist worksteal --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

# The pages in docs/ show the help as the newest libraries lay it out.
test-oldest: $(OLDEST)/.installed ## Run the tests with the oldest libraries that are allowed
	$(OLDEST)/bin/python -m pytest -n 3 --dist worksteal -m "not slow" --ignore tests/docs $(PYTEST_ARGS)

PORTABLE := tests/checks tests/judge tests/model tests/trust tests/x509 --ignore tests/checks/test_pre_deploy.py
test-portable: $(STAMP) ## Run the tests that need no POSIX system (on Windows with BIN=.venv/Scripts)
	PYTHONUTF8=1 $(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" $(PORTABLE) $(PYTEST_ARGS)

hooks: $(STAMP) ## Install the hooks that run before each commit
	$(BIN)/pre-commit install

changelog: $(STAMP) ## Show what the fragments in changelog.d/ add to the changelog
	$(BIN)/towncrier build --draft --version Unreleased

lint: $(STAMP) ## Check style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --strict docs/*.py .github/action .ci/sarif/validate.py .ci/snippets.py .ci/release_locks.py
	$(BIN)/lint-imports

ZIZMOR := --offline --persona auditor --collect all --strict-collection
ACTIONLINT := go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
SNIPPETS := .snippets
audit: ## Audit the action, the workflows and those that the docs show (needs Go)
	$(PYTHON) -m venv --clear $(VENV)-audit
	$(VENV)-audit/bin/pip $(INSTALL) -r requirements/audit.txt
	$(VENV)-audit/bin/zizmor $(ZIZMOR) action.yml .github .pre-commit-hooks.yaml
	$(ACTIONLINT)
	rm -rf $(SNIPPETS) && $(PYTHON) .ci/snippets.py $(SNIPPETS)
	cd $(SNIPPETS) && ../$(VENV)-audit/bin/zizmor $(ZIZMOR) --config zizmor.yml . && git init --quiet && $(ACTIONLINT)

sarif: $(STAMP) ## Hold the SARIF report to Microsoft's validator (needs npm)
	npm ci --prefix .ci/sarif --ignore-scripts --no-fund --no-audit --loglevel error
	chmod u+x .ci/sarif/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
	$(BIN)/python .ci/sarif/validate.py

locks: ## Install every lock into a fresh environment with the oldest pip that is allowed
	@$(PYTHON) -m venv --clear $(VENV)-pip
	@$(VENV)-pip/bin/pip $(INSTALL) -r requirements/oldest-pip.txt
	@for lock in $(filter-out requirements/oldest-pip.txt,$(wildcard requirements/*.txt)); do \
		echo "$$lock" && $(PYTHON) -m venv --clear --without-pip $(VENV)-lock \
		&& $(VENV)-pip/bin/pip --python $(VENV)-lock $(INSTALL) --no-compile -r $$lock \
		&& $(VENV)-pip/bin/pip --python $(VENV)-lock --disable-pip-version-check check || exit; \
	done

$(VENV)-site/.installed: requirements/site.txt
	@$(PYTHON) -c '$(OLD_ENOUGH)'
	$(PYTHON) -m venv --clear $(VENV)-site
	$(VENV)-site/bin/pip $(INSTALL) -r requirements/site.txt
	@touch $@

site: $(VENV)-site/.installed ## Build the site into site/; a broken link or anchor is an error
	$(VENV)-site/bin/python -m docs.site .site
	NO_COLOR=1 $(VENV)-site/bin/zensical build --clean --strict

release: ## Build the packages and their bill of materials into dist/
	$(PYTHON) -m venv --clear $(VENV)-release
	$(VENV)-release/bin/pip $(INSTALL) -r requirements/release.txt
	rm -rf dist
	$(VENV)-release/bin/hatchling build --directory dist
	$(PYTHON) -m venv --clear --without-pip $(VENV)-released
	$(VENV)-release/bin/pip --python $(VENV)-released $(INSTALL) -r requirements/run.txt
	$(VENV)-release/bin/pip --python $(VENV)-released install --quiet --no-deps dist/*.whl
	$(PYTHON) .ci/release_locks.py dist
	sed "s/^dynamic = .*/version = \"$$($(VENV)-release/bin/hatchling version)\"/" pyproject.toml >$(VENV)-release/pyproject.toml
	$(VENV)-release/bin/cyclonedx-py environment --pyproject $(VENV)-release/pyproject.toml --mc-type application \
		--output-reproducible --output-file dist/sbom.cdx.json $(VENV)-released

SUFFIXES = certgate/checks/names/public_suffix_list.dat
suffixes: ## Replace the Public Suffix List that comes with certgate by the current one
	curl --fail --silent --show-error --max-time 60 https://publicsuffix.org/list/public_suffix_list.dat \
		| sed '/===END ICANN DOMAINS===/q' >$(SUFFIXES).new
	grep -q '===END ICANN DOMAINS===' $(SUFFIXES).new
	mv $(SUFFIXES).new $(SUFFIXES)

reference: $(STAMP) ## Write the reference and the schemas in docs/ again
	$(BIN)/python -m docs.generate
	$(BIN)/certgate policy schema policy > docs/policy.schema.json
	$(BIN)/certgate policy schema config > docs/certgate.schema.json

pictures: $(STAMP) ## Draw the pictures in docs/ again (needs chromium)
	$(BIN)/python -m docs.drawings
	$(BIN)/python -m docs.picture
	$(BIN)/python -m docs.gallery

conformance: $(STAMP) ## Judge NIST PKITS and x509-limbo; write the result to docs/contributing/conformance.md
	$(BIN)/python -m tests.conformance.run --docs docs/contributing/conformance.md --json conformance.json

twins: $(STAMP) ## Compare rules with zlint and pkilint on 2,000 certificates; write docs/contributing/conformance.md (needs Go)
	$(BIN)/python -m tests.twins.run --docs docs/contributing/conformance.md $(TWINS_ARGS)

SECONDS ?= 60
SEED ?= 1
fuzz: $(STAMP) ## Give readers, judge and whole runs damaged inputs for SECONDS=60, from SEED=1
	$(BIN)/python -m tests.fuzz.run $(SECONDS) $(SEED)

COUNT ?= 150
mutants: $(STAMP) ## Put COUNT=150 faults, drawn by SEED=1, into judge, trust and checks: the tests must find each
	$(BIN)/python -m tests.mutants.run $(COUNT) $(SEED)

bench: $(STAMP) ## Measure speed and memory; RATIOS=FILE adds the figures to a file (needs nginx and openssl)
	@status=0; for script in bench large rules workers webhook; do $(BIN)/python bench/$$script.py $(RATIOS) || status=1; done; exit $$status

integration-servers: $(STAMP) ## Build the servers of the integration tests into a cache (needs Go; minutes)
	$(BIN)/python -m tests.integration.build

integration: integration-servers ## Test against a real Kubernetes API server
	$(BIN)/python -m pytest --integration tests/integration --no-skip $(PYTEST_ARGS)

lab: $(STAMP) ## Prove that the gate says no when it should
	$(BIN)/certgate lab verify

COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade
EXTRAS := cel dask lint notify spiffe webhook
# The action installs several extras at once: no two locks may pin one package differently.
lock: ## Pin all environments anew (needs uv)
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --extra webhook --output-file requirements/image.txt
	$(COMPILE) pyproject.toml --group dev --output-file requirements/dev.txt
	$(COMPILE) --resolution lowest-direct pyproject.toml --group dev --output-file requirements/oldest.txt
	for group in build release audit site; do $(COMPILE) --group $$group --output-file requirements/$$group.txt || exit; done
	pins="--constraint requirements/run.txt --constraint requirements/build.txt"; for extra in $(EXTRAS); do \
		$(COMPILE) pyproject.toml --extra $$extra $$pins --output-file requirements/extra-$$extra.txt || exit; \
		pins="$$pins --constraint requirements/extra-$$extra.txt"; \
	done

clean: ## Remove everything that was built
	rm -rf $(SNIPPETS) .site site .cache $(VENV)-site $(VENV) $(RUN) $(OLDEST) $(VENV)-audit $(VENV)-release $(VENV)-released $(VENV)-pip $(VENV)-lock .ci/*/node_modules dist build demo-reports .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
