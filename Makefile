# Wardkey: `make demo` to try it, `make test` to prove it, `make help` for the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

NEWEST = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTHON ?= $(or $(NEWEST),python3)
PORT ?= 8080
DEMO_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=

BIN := .venv/bin
RUNTIME = @$(PYTHON) tools/environment.py runtime
DEV = @$(PYTHON) tools/environment.py dev
CHECKED := src tests tools $(wildcard benchmarks clients)

.PHONY: help demo test lint format bench spec docs lock catalogues clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$${text/\$$(PORT)/$(PORT)}"; done

demo: ## serve a seeded practice on http://127.0.0.1:$(PORT); Ctrl-C ends it (PORT=, DEMO_ARGS=)
	$(RUNTIME)
	@exec $(BIN)/wardkey demo --port $(PORT) $(DEMO_ARGS)

test: ## every test, with PostgreSQL, a key-value server and a browser (TEST_ARGS=)
	$(DEV)
	@$(BIN)/python tools/system_packages.py chromium curl jq oathtool openssl
	@exec $(BIN)/python -m pytest -n 2 --dist loadgroup $(TEST_ARGS)

lint: ## style, strict types, direction of imports, size and the other rules of the house
	$(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CHECKED)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/architecture

format: ## put imports and layout in order
	$(DEV)
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

bench: ## measure, each figure beside its floor in the same run (BENCH_ARGS=)
	$(DEV)
	@exec $(BIN)/python -m benchmarks $(BENCH_ARGS)

spec: ## one line per promised behaviour, with the tests that prove it
	$(DEV)
	@exec $(BIN)/python -m tools.spec

docs: ## write again the pages of docs/ that are made from the code
	$(DEV)
	@exec $(BIN)/python -m tools.docs

lock: ## the lock files anew, at the newest versions that pyproject.toml allows
	$(DEV)
	@exec $(BIN)/python -m tools.lock

catalogues: ## gather every text people read and merge it into the language files
	$(DEV)
	@exec $(BIN)/python -m tools.catalogues

clean: ## forget the environment and everything made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
