# Everything a person does with Leadledger by hand; `make` alone says what there is.

HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_ARGS ?=
BENCH_ARGS ?=
ROUNDS ?= 10

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps
CLIENTS := tests/clients

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-fast faults check fix bench pictures lock clean

help: ## say what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: .venv/.runtime var/token ## set up, fill an empty database with a sample company, and serve (HOST, PORT)
	@export LEADLEDGER_API_TOKEN="$${LEADLEDGER_API_TOKEN:-$$(cat var/token)}"; \
	$(BIN)/leadledger sample --if-empty && \
	exec $(BIN)/leadledger serve --host "$(HOST)" --port "$(PORT)" --show-token

# The first administrator's token, the same at every run; nobody but you can read it.
var/token:
	@mkdir -p var
	@umask 077; od -An -N20 -tx1 /dev/urandom | tr -d ' \n' > $@

test: .venv/.development clients ## set up and run the tests, slow ones too (PYTEST_ARGS)
	@$(BIN)/pytest --numprocesses=auto --dist=worksteal $(PYTEST_ARGS)

test-fast: .venv/.development ## run the tests of the inner loop, without the slow ones (PYTEST_ARGS)
	@$(BIN)/pytest -m "not slow" --numprocesses=auto $(PYTEST_ARGS)

faults: .venv/.development ## cause many faults under load, and count what was acknowledged (ROUNDS, PYTEST_ARGS)
	@$(BIN)/pytest tests/faults tests/benchmarks --rounds $(ROUNDS) --capture=no --verbose -o faulthandler_timeout=0 $(PYTEST_ARGS)

check: .venv/.development ## format, lint, types and import contracts; changes nothing
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: .venv/.development ## format, and mend what the linter can mend
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: .venv/.development ## measure, each figure beside a baseline of the same run (BENCH_ARGS)
	@$(BIN)/python -m tests.benchmarks.bench $(BENCH_ARGS)

pictures: .venv/.development ## take the pictures in the README anew, of the sample company; needs Chromium
	@$(BIN)/python -m tests.pages.pictures

clean: ## remove what can be made again; the data in var/ stays
	@rm -rf .venv .venv-lock build *.egg-info $(CLIENTS)/node_modules
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find aggregates projections service tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A lock names versions and hashes but no host and no path, so it holds wherever it is read.
LOCK = .venv-lock/bin/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-header
lock: .venv-lock/.ready ## choose the newest versions that pyproject.toml admits, and lock them
	@$(LOCK) --group build --output-file requirements.lock
	@$(LOCK) --group dev --constraints requirements.lock --output-file requirements-dev.lock

.venv-lock/.ready: pyproject.toml
	@$(FIND_PYTHON); "$$python" -m venv .venv-lock
	@.venv-lock/bin/python -m pip install -qq --disable-pip-version-check --upgrade \
		"$$(.venv-lock/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["lock"])')"
	@touch $@

# Tries each name by running it: a name may be there and lead nowhere.
define FIND_PYTHON
for python in $(PYTHON) python3.11 python3 none; do \
	if [ "$$python" = none ]; then \
		echo "Leadledger needs Python 3.11 or newer, and neither python3.11 nor python3 is that." \
			"Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
done
endef

.venv/bin/python:
	@$(FIND_PYTHON); "$$python" -m venv .venv || { rm -rf .venv; \
		echo "Python could not make a virtual environment; on Debian, install python3-venv." >&2; exit 1; }

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what requirements.lock names ..."
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/.development: requirements-dev.lock .venv/.runtime
	@echo "Installing what requirements-dev.lock names ..."
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@

# The official client needs Node; where there is none, its tests skip and say so.
.PHONY: clients
clients:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(CLIENTS)/node_modules/.ready; \
	else echo "No npm here: the tests with the official pipedrive client will be skipped." >&2; fi

$(CLIENTS)/node_modules/.ready: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json
	@npm ci --prefix $(CLIENTS) --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@
