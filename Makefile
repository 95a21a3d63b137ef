# Every target prepares what it needs. ARGS is handed on: make demo ARGS="--port 9000"

# The first Python here that is new enough; asked for only while there is no .venv.
PYTHON = $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
RUN = .venv/bin/python -m
INSTALL = $(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r
COMPILE = .venv/bin/uv --no-config pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"

.DEFAULT_GOAL = help
.PHONY: help setup demo test check fix bench pictures readers requirements

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile

setup: .venv/.dev ## Make .venv with everything for working on Guildhall

demo: .venv/.run ## Try Guildhall in the browser: no tokens, no configuration
	$(RUN) bot demo $(ARGS)

test: .venv/.dev ## Run every test
	$(RUN) pytest -n logical --maxprocesses 8 --dist loadfile $(ARGS)

check: .venv/.dev ## What must pass before a commit: format, lint, types, imports, tests
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	.venv/bin/lint-imports --no-logo
	@$(MAKE) --no-print-directory test

fix: .venv/.dev ## Let ruff format the code and mend what it can
	$(RUN) ruff check --fix
	$(RUN) ruff format

bench: .venv/.dev ## Measure: every file of bench/, one after another
	@set -e; for file in bench/[a-z]*.py; do \
		name=$$(basename $$file .py); echo "== $$name"; $(RUN) bench.$$name $(ARGS); done

pictures: .venv/.dev ## Take the README's side-by-side pictures anew, in chromium
	$(RUN) docs.pictures.take

readers: tests/node/node_modules ## Get the calendar readers in JavaScript that tests compare with (needs Node and npm)

requirements: .venv/.dev ## Pin the packages again after a change of pyproject.toml (ARGS=--upgrade for newer ones)
	$(COMPILE) $(ARGS) --output-file requirements/run.txt
	$(COMPILE) $(ARGS) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

# Exact versions, without a lock file: one would name the registry it was made with.
tests/node/node_modules: tests/node/package.json
	@command -v npm >/dev/null || { echo "npm is not here: install Node (on Debian and Ubuntu: apt install npm)." >&2; exit 1; }
	@npm install --prefix tests/node --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# pip is the last thing that `venv` puts into place: while it is missing, .venv is not whole.
.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "Guildhall needs Python 3.11 or newer, and I found none here." \
		"Install it (on Debian and Ubuntu: apt install python3 python3-venv) and run make again." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python could not make a virtual environment: its venv module is" \
		"not complete. On Debian and Ubuntu: apt install python3-venv. Then run make again." >&2; exit 1; }

.venv/.run: requirements/run.txt | .venv/bin/pip
	@echo "Installing the packages that Guildhall runs on into .venv (once, about a minute) ..."
	@$(INSTALL) requirements/run.txt || { $(EXPLAIN) }
	@touch $@

# dev.txt holds all of run.txt, so that whoever has this needs the other no more.
.venv/.dev: requirements/dev.txt requirements/run.txt | .venv/bin/pip
	@echo "Installing the packages for working on Guildhall into .venv (once, about two minutes) ..."
	@$(INSTALL) requirements/dev.txt || { $(EXPLAIN) }
	@touch .venv/.run $@

EXPLAIN = echo "The packages could not be installed; pip says why above. This step needs the network, once." \
	"Nothing else was changed: run make again when it is back." >&2; exit 1;
