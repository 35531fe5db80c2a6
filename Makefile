.DEFAULT_GOAL := help
.PHONY: help serve test check format lock bench wheel clean venv

BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet

help: ## Say what can be made (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/made:
	@for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; \
	done; \
	if [ -z "$$python" ]; then echo "Grantwell needs Python 3.11 or newer; none was found on PATH." >&2; exit 1; fi; \
	$$python -m venv .venv && touch $@

.venv/serve: .venv/made requirements/serve.txt pyproject.toml
	@echo "Installing the server into .venv ..."
	@$(INSTALL) --require-hashes -r requirements/serve.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/serve requirements/dev.txt
	@echo "Installing the tools for development into .venv ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

venv: .venv/dev ## Make .venv with everything that development needs

lock: .venv/dev ## Resolve the pinned versions in requirements/ anew (UPGRADE=--upgrade for the newest)
	$(COMPILE) $(UPGRADE) --extra server --group build -o requirements/serve.txt
	$(COMPILE) $(UPGRADE) --extra server --extra testing --group dev -c requirements/serve.txt -o requirements/dev.txt
