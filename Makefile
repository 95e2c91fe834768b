# Two commands matter: `make demo` and `make test`. `make` alone lists them all.
# A taken port: PORT=8001 make demo. Another interpreter: PYTHON=/path/to/python3 make demo.

VENV ?= .venv
PORT ?= 8000
PYTHON ?=
PYTEST_WORKERS ?= auto
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# pip compiles what it installs; without bytecode every start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check format coverage pages bench nightly install-server install-dev clean

help:
	@echo "make demo    run login API, pages and a protected notes API on http://127.0.0.1:$(PORT)"
	@echo "make test    install what the tests need and run them all"
	@echo "make check   formatting, lint, import contracts, types, documentation"
	@echo "make pages   take a screenshot of every page into build/pages/ (needs Chromium)"
	@echo "make bench   measure against the bare primitives and the peers; takes minutes"
	@echo "make nightly run the tests whose counts take hours; what is done stays done"
	@echo "make format  write the formatting that make check asks for"
	@echo "make clean   remove the virtual environment and everything that was built"

# `sh -m` makes the demo the terminal's foreground job: Ctrl-C reaches it and not make, so that
# it can drain and make reports success.
demo: install-server
	@if [ -t 0 ]; then exec sh -mc '$(BIN)/watchword demo --port $(PORT)'; \
	else exec $(BIN)/watchword demo --port $(PORT); fi

test: install-dev
	@$(BIN)/python tools/setup_services.py
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest -n $(PYTEST_WORKERS)
	@$(MAKE) --no-print-directory coverage

# A step of its own, so that a gap in coverage is not mistaken for a failed test.
coverage:
	@echo "== coverage: branches of the core rooms, lines and branches of the rest"
	@$(BIN)/coverage combine --quiet
	@$(BIN)/python tools/coverage_gate.py

check: install-dev
	@echo "== ruff format" && $(BIN)/ruff format --check --quiet .
	@echo "== ruff check" && $(BIN)/ruff check --quiet .
	@echo "== import contracts" && $(BIN)/lint-imports --no-logo
	@echo "== mypy --strict" && $(BIN)/mypy
	@echo "== tidy" && $(BIN)/python tools/tidy.py
	@echo "== requirements ledger" && $(BIN)/python tools/ledger.py
	@echo "== documentation" && $(BIN)/python tools/docs_check.py && $(BIN)/python tools/reference.py --check \
	    && $(BIN)/python tools/spec_index.py --check

format: install-dev
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

pages: install-dev
	@$(BIN)/python tools/make_pages.py

bench: install-dev
	@for file in bench/tokens.py bench/pyjwt_door.py bench/server.py bench/authserver.py bench/logins.py bench/access.py; do $(BIN)/python $$file || exit 1; done

nightly: install-dev
	@$(BIN)/python tools/nightly.py
	@$(BIN)/python tools/mutants.py

install-server: $(VENV)/.server $(VENV)/.package

install-dev: $(VENV)/.dev $(VENV)/.package

$(BIN)/python:
	@tools/make_venv.sh $(VENV) "$(PYTHON)"

$(VENV)/.server: requirements/server.txt requirements/build.txt | $(BIN)/python
	@echo "Installing what watchword stands on into $(VENV)"
	@$(PIP) --require-hashes -r requirements/server.txt -r requirements/build.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/build.txt | $(BIN)/python
	@echo "Installing what the tests stand on into $(VENV)"
	@$(PIP) --require-hashes -r requirements/dev.txt -r requirements/build.txt
	@touch $@ $(VENV)/.server

# The package itself is installed in place: the checkout is what runs.
$(VENV)/.package: pyproject.toml requirements/build.txt | $(BIN)/python
	@test -e $(VENV)/.server || $(PIP) --require-hashes -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

clean:
	rm -rf $(VENV) build dist demo-data .coverage .coverage.* \
	    .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
