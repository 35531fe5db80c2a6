.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help serve test tests check format lock bench wheel clean venv

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What runs on Windows, too: nothing in it may be named that Python does not have there.
PORTABLE := src/grantwell/sdk src/grantwell/resource src/grantwell/protocol
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet

help: ## Say what can be made (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: .venv/serve ## Start the server (ARGS="--port 9000 --data-dir DIR")
	@$(BIN)/grantwell serve $(ARGS)

test: check tests ## Everything that a change must pass: the static checks and every test (ARGS="-k refresh")

# Without a browser its tests are left out (the closing line says how many), but never under CI.
tests: .venv/dev
	@if GRANTWELL_TEST_CHROMIUM="$$($(BIN)/python tools/find_chromium.py)"; then \
		export GRANTWELL_TEST_CHROMIUM; $(BIN)/pytest $(ARGS); \
	elif [ -n "$$CI" ]; then exit 1; \
	else $(BIN)/pytest -m "not browser" $(ARGS); fi

check: .venv/dev ## The checks that run nothing: format, lint, types, imports
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 $(PORTABLE)
	@$(BIN)/lint-imports --no-logo

format: .venv/dev ## Format the code and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/dev ## Measure the speed of the server
	@$(BIN)/python -m benchmarks $(ARGS)

lock: .venv/dev ## Resolve the versions in requirements/ anew (UPGRADE=--upgrade for the newest)
	$(COMPILE) $(UPGRADE) --extra server --group build -o requirements/serve.txt
	$(COMPILE) $(UPGRADE) --extra server --extra testing --group dev -c requirements/serve.txt -o requirements/dev.txt

wheel: .venv/dev ## Build dist/*.whl and dist/*.tar.gz
	@$(BIN)/python -m build --no-isolation --outdir dist .

venv: .venv/dev ## Make .venv with everything that development needs

clean: ## Remove everything that was made, .venv too
	rm -rf .venv build dist .tools .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Pythons are asked, not looked up: a version manager's shim is on PATH even where its version is not chosen.
.venv/made:
	@for python in python3.13 python3.12 python3.11 python3 none; do \
		$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	if [ $$python = none ]; then echo "Grantwell needs Python 3.11 or newer with venv, and PATH has none." >&2; exit 1; fi; \
	$$python -m venv .venv && touch $@

.venv/serve: .venv/made requirements/serve.txt pyproject.toml
	@echo "Installing the server into .venv (once) ..."
	@$(PIP) install --require-hashes -r requirements/serve.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/serve requirements/dev.txt
	@echo "Installing the development tools into .venv (once) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
