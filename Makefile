# Two commands matter: `make up` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down verify environment dev-environment web check-web check test test-stack test-engines test-browser test-compose test-compose-files test-compose-stack bench lock clean

BIN := .venv/bin
PACKAGES := $(wildcard src/*) examples/network-monitor/network_monitor
STACK_TESTS := tests/live/test_core_stack.py

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

up: environment web  ## Install what is needed, start the platform and leave it running
	@scripts/link-commands
	@$(BIN)/watchkeeper up

down:  ## Stop the platform; the data stays
	@$(BIN)/watchkeeper down

verify:  ## Prove that the running platform works
	@$(BIN)/watchkeeper verify

environment:
	@scripts/environment requirements.lock

dev-environment:
	@scripts/environment requirements-dev.lock

web:  ## Build the console's pages, if their sources changed
	@scripts/web

check-web:  ## Types and tests of the console's pages, then build them
	@scripts/web check

check: dev-environment check-web  ## Format, lint, types, import contracts, fast tests (about three minutes)
	$(BIN)/ruff format --check $(PACKAGES) tests benchmarks examples
	$(BIN)/ruff check $(PACKAGES) tests benchmarks examples
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n auto tests/unit tests/golden tests/properties tests/architecture tests/conformance

test: check  ## Everything: the checks, then live tests against real programs, in two lanes
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-stack test-engines

# Both lanes mostly wait, so they share the processors well.
test-stack: dev-environment
	$(BIN)/python -m pytest -q $(STACK_TESTS)

test-engines: dev-environment
	$(BIN)/python -m pytest -q tests/live $(STACK_TESTS:%=--ignore=%) -m "not browser"

test-browser: dev-environment web  ## The console in a real Chromium (installed by apt if missing)
	@scripts/chromium
	$(BIN)/python -m pytest -q tests/live -m browser

test-compose: dev-environment  ## A preset in containers, on a real engine (installed and started where none runs)
	@settings=$$(scripts/docker-engine start) && eval "$$settings" && \
		trap 'test -z "$$WATCHKEEPER_ENGINE_STARTED" || scripts/docker-engine stop' EXIT && \
		$(MAKE) --no-print-directory -j2 --output-sync=target test-compose-files test-compose-stack

test-compose-files:
	$(BIN)/python -m pytest -q tests/compose/test_presets.py

test-compose-stack:
	$(BIN)/python -m pytest -q tests/compose --ignore=tests/compose/test_presets.py

bench: dev-environment  ## Measure against the budgets; writes benchmarks/results
	$(BIN)/python benchmarks/run.py

lock:  ## Write the lock files anew from pyproject.toml (needs uv)
	scripts/lock

clean:  ## Remove the environment and everything that was built; the platform's data stays
	@scripts/link-commands --remove
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist benchmarks/results
